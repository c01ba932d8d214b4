"""Quantiles, shares and p-values of toys against scipy and against what they promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chi2, norm

from nusterile.statistics.toys.summaries import (
    global_p_of_crossings,
    normal_significance,
    quantiles,
    reaching,
    share,
    upcrossings,
)

ONE_SIGMA = 0.6826894921370859


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_shares_are_those_of_clopper_and_pearson(numbers):
    k, n = numbers
    found = share(k, n)
    theirs = binomtest(k, n).proportion_ci(ONE_SIGMA, method="exact")
    assert float(found.value) == k / n
    np.testing.assert_allclose(
        [found.low, found.high], [theirs.low, theirs.high], rtol=1e-9, atol=1e-12
    )


def test_a_share_of_no_toys_is_not_known():
    assert np.isnan(share(0, 0)).all()


@pytest.mark.parametrize("n", [1, 2, 7, 1000])
def test_quantiles_are_those_of_numpy(n):
    values = np.random.default_rng(n).normal(size=(n, 3))
    found = quantiles(values, [0.0228, 0.5, 0.9])
    theirs = np.quantile(values, [0.0228, 0.5, 0.9], axis=0, method="weibull").T
    np.testing.assert_allclose(found.value, theirs, rtol=1e-12)
    assert np.all(found.low <= found.value)
    assert np.all(found.value <= found.high)


@pytest.mark.parametrize("probability", [0.0228, 0.5, 0.9])
def test_intervals_of_quantiles_hold_the_truth_as_often_as_they_say(probability):
    rng = np.random.default_rng(5)
    values = rng.normal(size=(400, 3000))
    found = quantiles(values, [probability])
    truth = norm.ppf(probability)
    held = ((found.low <= truth) & (truth <= found.high)).mean()
    # at least what they promise, and not much more: they end at toys
    assert ONE_SIGMA - 0.025 < held < ONE_SIGMA + 0.12


def test_toys_that_failed_are_left_out_and_those_without_a_limit_come_last():
    values = np.array([[np.nan, 3.0], [1.0, np.inf], [2.0, 1.0], [3.0, np.inf]])
    found = quantiles(values, [0.5, 0.9])
    assert found.value[0].tolist() == [2.0, 3.0]
    assert found.value[1].tolist() == [np.inf, np.inf]
    assert np.isnan(quantiles(np.full((4, 1), np.nan), [0.5]).value).all()


def test_a_toy_that_is_the_data_reaches_them():
    assert reaching(np.array([1.0 - 1e-12, 1.0 - 1e-6]), 1.0).tolist() == [True, False]


def test_upcrossings_count_rises_only():
    q0 = np.array([[0, 1, 0, 1, 1, 0], [1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]], dtype=float)
    assert upcrossings(q0, 0.5).tolist() == [2, 0, 1]


def test_the_estimate_from_upcrossings_is_that_of_gross_and_vitells():
    expected = chi2.sf(9.0, 1) / 2 + 3.5 * np.exp(-(9.0 - 0.5) / 2)
    assert global_p_of_crossings(9.0, 3.5, 0.5) == pytest.approx(expected, rel=1e-12)
    assert global_p_of_crossings(0.0, 100.0, 0.5) == 1.0


def test_significance_is_one_sided():
    p = np.array([0.5, 0.158655, 0.00134990, 2.866516e-7])
    np.testing.assert_allclose(normal_significance(p), norm.isf(p), rtol=1e-12, atol=1e-15)
