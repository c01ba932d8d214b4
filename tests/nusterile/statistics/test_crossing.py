"""Limits from a stored scan, against curves known in closed form and the exact limits."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import brentq

from nusterile.statistics.crossing import crossing

MOMENTS = np.geomspace(1e-12, 1e-6, 181)


def parabola(best: float, width: float) -> np.ndarray:
    """Δχ² of a Gaussian likelihood in μ²."""
    return ((MOMENTS**2 - best**2) / width**2) ** 2


@given(
    width=st.floats(-11.5, -6.5).map(lambda x: 10.0**x),
    level=st.floats(0.5, 20.0),
)
def test_gaussian_likelihood_is_exact(width, level):
    """sqrt(Δχ²) is a straight line in μ², which the interpolation keeps."""
    found = crossing(parabola(0.0, width), np.array(0.0), moments=MOMENTS, level=level)
    expected = width * level**0.25
    if MOMENTS[0] < expected < MOMENTS[-1]:
        assert float(found) == pytest.approx(expected, rel=1e-10)
    else:
        assert np.isnan(found)


def test_crossing_above_the_best_fit_is_taken():
    best = 3e-10
    delta = parabola(best, 1e-10)
    # Below the best fit the curve crosses as well: (μ² - best²)² = level · width⁴ twice.
    found = crossing(delta, np.array(best), moments=MOMENTS, level=4.0)
    assert float(found) == pytest.approx(np.sqrt(best**2 + 2e-20), rel=1e-9)


def test_curve_against_the_same_interpolation_by_scipy():
    """On a curve that is not Gaussian: cubic Hermite with central differences, solved by Brent."""
    u = MOMENTS**2
    delta = 20 * np.log1p((MOMENTS / 1e-10) ** 2) ** 2
    spline = CubicHermiteSpline(u, np.sqrt(delta), np.gradient(np.sqrt(delta), u))
    expected = np.sqrt(brentq(lambda v: spline(v) - np.sqrt(2.706), u[0], u[-1], xtol=1e-40))
    found = crossing(delta, np.array(0.0), moments=MOMENTS, level=2.706)
    assert float(found) == pytest.approx(expected, rel=1e-9)


def test_no_crossing_is_nan():
    flat = np.full(MOMENTS.size, 1.0)
    assert np.isnan(crossing(flat, np.array(0.0), moments=MOMENTS, level=2.7))
    # Above the level all along: the crossing lies below the grid.
    assert np.isnan(crossing(flat, np.array(0.0), moments=MOMENTS, level=0.5))
    # Above the level only below the best fit.
    falling = np.geomspace(100.0, 1e-3, MOMENTS.size)
    assert np.isnan(crossing(falling, np.array(1e-6), moments=MOMENTS, level=2.7))
    # NaN stays NaN; one moment is no grid.
    nothing = np.full(MOMENTS.size, np.nan)
    assert np.isnan(crossing(nothing, np.array(0.0), moments=MOMENTS, level=2.7))
    assert np.isnan(crossing(flat[:1], np.array(0.0), moments=MOMENTS[:1], level=2.7))


def test_leading_dimensions():
    widths = np.array([[1e-11, 1e-10, 1e-9], [3e-11, 3e-10, 1e-3]])
    delta = np.stack([[parabola(0.0, w) for w in row] for row in widths])
    found = crossing(delta, np.zeros((2, 3)), moments=MOMENTS, level=1.0)
    np.testing.assert_allclose(found.ravel()[:5], widths.ravel()[:5], rtol=1e-9)
    assert np.isnan(found[1, 2])


@pytest.mark.parametrize("selection", ["xenonnt_sr0", "pandax4t_run0", "combined"])
def test_scan_of_the_data_against_the_exact_limits(analysis, selection, measured):
    """On the default grid of moments, within 3e-3 of the exact limits and mostly 5e-4."""
    masses = np.concatenate([[0.0], np.geomspace(1e-3, 2.5, 24)])
    chi2 = analysis.chi2(selection, None, masses)
    exact = analysis.limits(selection, None, masses, dof=1)
    deviations = []
    for cl, level in ((0.9, 2.705543), (0.95, 3.841459), (0.99, 6.634897)):
        delta = (chi2.chi2 - exact.chi2_min).transpose(*chi2.chi2.dims).values
        found = crossing(delta, exact.mu_best.values, moments=MOMENTS, level=level)
        limit = exact.limit.sel(cl=cl, dof=1).values
        inside = (limit > MOMENTS[1]) & (limit < MOMENTS[-1])
        assert np.isfinite(found[inside]).all()
        assert np.isnan(found[limit > MOMENTS[-1]]).all()
        deviations.append(abs(found[inside] / limit[inside] - 1))
    deviation = np.concatenate(deviations)
    measured("scan_largest", deviation.max())  # which holds it to its bar
    measured("scan_median", np.median(deviation))
