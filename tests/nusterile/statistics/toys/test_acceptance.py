"""Ends of what a test accepts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nusterile.statistics.toys.acceptance import accepted, upper_limit

POINTS = np.array([0.0, 1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("excess", "low", "high", "status"),
    [
        ([-1, -1, 1, 1], 0.0, 1.5, "ok"),
        ([1, -1, -1, 3], 0.5, 2.25, "ok"),
        ([1, 1, 1, 1], np.nan, np.nan, "excluded"),
        ([-1, -1, -1, -1], 0.0, np.nan, "open"),
        ([1, -1, 1, -1], 0.5, np.nan, "open"),
        ([-1, 1, -1, 1], 0.0, 2.5, "disjoint"),
        ([-1, np.nan, 1, 1], np.nan, np.nan, "failed"),
        ([0, 1, 1, 1], 0.0, 0.0, "ok"),
    ],
)
def test_ends_and_statuses(excess, low, high, status):
    found = accepted(POINTS, np.array(excess, dtype=float))
    np.testing.assert_array_equal([found.low, found.high], [low, high])
    assert found.status == status


def test_a_lower_end_below_the_grid_is_not_known():
    found = accepted(POINTS[1:], np.array([-1.0, 1.0, 1.0]))
    assert np.isnan(found.low)
    assert found.high == 1.5


@given(st.floats(0.05, 0.95), st.floats(0.3, 30.0))
def test_the_limit_of_an_exponential_is_exact(level, slope):
    """A straight line in the logarithm, as it is interpolated."""
    points = np.linspace(0.01, 20.0, 60)
    found = upper_limit(points, np.exp(-points / slope), level)
    expected = -slope * np.log(level)
    if expected < points[0]:
        assert found.status == "excluded"
        assert np.isnan(found.high)
    elif expected >= points[-1]:
        assert found.status == "open"
        assert np.isnan(found.high)
    else:
        assert found.status == "ok"
        assert found.high == pytest.approx(expected, rel=1e-9)
