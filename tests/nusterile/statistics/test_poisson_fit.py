"""The minimiser on small random fits against scipy's, corners included.

The fits hold what real data rarely do: bins without counts, free and degenerate
components, components and dipoles of zero, fixed pulls, strengths from nothing to 1e12.
Two inequalities fix the minimum from both sides: no other minimiser finds a lower χ²,
and the reported pulls attain the reported χ².
"""

from __future__ import annotations

from typing import NamedTuple

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from independent_fit import (
    Problem,
    minimise_inside,
    minimise_with_iminuit,
    minimise_with_scipy,
)

from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.poisson_fit import _log_ratio

amounts = st.one_of(st.just(0.0), st.floats(0.01, 300.0))
widths = st.one_of(st.just(np.inf), st.floats(0.01, 2.0))
strengths = st.one_of(st.just(0.0), st.floats(-6.0, 12.0).map(lambda x: 10.0**x))


class Fit(NamedTuple):
    likelihood: Likelihood
    dipole: np.ndarray  # (2, n_bin)

    def problem(self, row: int, strength: float, *, apart: bool = False) -> Problem:
        """The same fit; `apart`: the dipole as a free component of its own, not with α."""
        like, dipole = self.likelihood, self.dipole[row] * strength
        # One block suffices: a component is zero outside its experiment.
        background = np.vstack([like.background, dipole]) if apart else like.background
        sigma = np.append(like.sigma, np.inf) if apart else like.sigma
        solar = like.solar if apart else like.solar + dipole
        return Problem([like.counts], [solar], [background], sigma)


@st.composite
def fits(draw) -> Fit:
    experiments = draw(st.integers(1, 3))
    bins = [draw(st.integers(1, 4)) for _ in range(experiments)]
    parts = [draw(st.integers(0, 3)) for _ in range(experiments)]
    bin_start = np.concatenate([[0], np.cumsum(bins)])
    part_start = np.concatenate([[0], np.cumsum(parts)])
    n_bin, n_part = int(bin_start[-1]), int(part_start[-1])

    def row(size: int) -> list[float]:
        return draw(st.lists(amounts, min_size=size, max_size=size))

    background = np.zeros((n_part, n_bin))
    for k in range(experiments):
        block = slice(bin_start[k], bin_start[k + 1])
        for part in range(part_start[k], part_start[k + 1]):
            degenerate = part > part_start[k] and draw(st.booleans())
            background[part, block] = (
                2 * background[part - 1, block] if degenerate else row(bins[k])
            )
    counts = draw(st.lists(st.integers(0, 60), min_size=n_bin, max_size=n_bin))
    sigma = [draw(st.one_of(st.just(0.0), widths)), *(draw(widths) for _ in range(n_part))]
    likelihood = Likelihood(
        counts=np.array(counts, dtype=float),
        solar=np.array(row(n_bin)),
        background=background,
        bin_start=bin_start.astype(np.int64),
        part_start=part_start.astype(np.int64),
        sigma=np.array(sigma),
        pull_names=tuple(f"p{i}" for i in range(n_part + 1)),
    )
    return Fit(likelihood, np.array([row(n_bin), row(n_bin)]))


def reported_scales(fit: Fit, pulls: np.ndarray) -> np.ndarray:
    sigma = fit.likelihood.sigma
    return 1 + pulls * np.where((sigma > 0) & np.isfinite(sigma), sigma, 1.0)


@given(
    fit=fits(),
    points=st.lists(st.tuples(st.integers(0, 1), strengths), min_size=1, max_size=5),
)
def test_profile_is_the_minimum(fit, points):
    rows, x = zip(*points, strict=True)
    found = fit.likelihood.profile(fit.dipole, rows, x)
    for chi2, pulls, row, strength in zip(found.chi2, found.pulls, rows, x, strict=True):
        problem = fit.problem(row, strength)
        nominal = problem.predicted(np.ones(fit.likelihood.sigma.size))
        if np.any((fit.likelihood.counts > 0) & (nominal <= 0)):
            # Counts where nothing is expected: impossible, and said so.
            assert chi2 == np.inf
            assert np.isnan(pulls).all()
            continue
        assert np.isfinite(chi2)
        # scipy's reaches the minimum to 1e-8 in 98 of 100 of these fits, and never goes below.
        assert chi2 <= minimise_with_scipy(problem) + 1e-9 * (1 + chi2)
        scales = reported_scales(fit, pulls)
        assert np.all(scales >= -1e-12)
        # The solar pull knows 1 + α to 1e-16 only, to which χ² reacts with its curvature.
        rounding = 4e-16 / max(scales[0], 1e-16)
        if rounding < 1e-3:
            attained = problem.chi2(np.maximum(scales, 0.0))
            curvature = 2 * (fit.likelihood.counts.sum() + 1) * rounding**2
            slope = 1e-15 * problem.matrix[0].sum()
            assert attained == pytest.approx(chi2, rel=1e-9, abs=1e-9 + curvature + slope)


@given(fit=fits())
def test_best_fit_is_the_minimum_over_the_strength_too(fit):
    best = fit.likelihood.best_fit(fit.dipole)
    for row in range(2):
        chi2, strength = best.chi2[row], best.strength[row]
        problem = fit.problem(row, 1.0, apart=True)
        everything = problem.predicted(np.ones(fit.likelihood.sigma.size + 1))
        if np.any((fit.likelihood.counts > 0) & (everything <= 0)):
            assert chi2 == np.inf
            continue
        assert np.isfinite(chi2)
        size = fit.likelihood.sigma.size
        starts = [np.append(np.ones(size), y) for y in (0.0, 1e-3, 1.0)]
        starts.append(np.full(size + 1, 0.5))
        assert chi2 <= minimise_with_scipy(problem, starts) + 1e-9 * (1 + chi2)
        assert strength >= 0
        if not fit.dipole[row].any():
            assert strength == 0
        if np.isfinite(strength):
            # The strength attains it, and neighbours do not go below.
            around = strength * np.array([1.0, 0.5, 0.999, 1.001, 2.0])
            profile = fit.likelihood.profile(fit.dipole, np.full(5, row), around).chi2
            assert profile[0] == pytest.approx(chi2, rel=1e-9, abs=1e-8)
            assert np.all(profile >= chi2 - 1e-9 * (1 + chi2))
        else:
            # Only without any solar neutrinos, where ever larger strengths fit ever better.
            assert best.pulls[row, 0] * fit.likelihood.sigma[0] == pytest.approx(-1) or np.isinf(
                fit.likelihood.sigma[0]
            )


@given(fit=fits(), factor=st.floats(1.001, 3.0), x=st.floats(-3.0, 4.0).map(lambda v: 10.0**v))
def test_profile_rises_on_both_sides_of_the_best_fit(fit, factor, x):
    best = fit.likelihood.best_fit(fit.dipole[:1])
    strength = best.strength[0]
    assume(np.isfinite(best.chi2[0]) and np.isfinite(strength))
    above = [strength + x, strength + x * factor]
    near, far = fit.likelihood.profile(fit.dipole, [0, 0], above).chi2
    assert near <= far + 1e-9 * (1 + abs(far))


def simple(counts, solar, background, sigma) -> Likelihood:
    background = np.atleast_2d(np.array(background, dtype=float))
    return Likelihood(
        counts=np.array(counts, dtype=float),
        solar=np.array(solar, dtype=float),
        background=background,
        bin_start=np.array([0, len(counts)]),
        part_start=np.array([0, len(background)]),
        sigma=np.array(sigma, dtype=float),
        pull_names=("solar", *(f"b{i}" for i in range(len(background)))),
    )


magnitudes = st.floats(-6.0, 6.0).map(lambda x: 10.0**x)
few_or_many = st.one_of(st.just(0.0), magnitudes, st.floats(1e-4, 1.0))


@st.composite
def hard_fits(draw) -> Fit:
    """Counts from 1e-6 to 1e6, pulls of any kind, a first bin that one component feeds alone."""
    n_bin, n_part = draw(st.integers(1, 4)), draw(st.integers(1, 3))

    def row(amount: st.SearchStrategy[float]) -> list[float]:
        return draw(st.lists(amount, min_size=n_bin, max_size=n_bin))

    any_width = st.one_of(
        st.just(np.inf), st.just(0.0), st.floats(-2.0, 1.0).map(lambda x: 10.0**x)
    )
    solar = row(few_or_many)
    background = np.array([row(few_or_many) for _ in range(n_part)])
    solar[0] = 0.0
    background[1:, 0] = 0.0
    sigma = draw(st.lists(any_width, min_size=1 + n_part, max_size=1 + n_part))
    return Fit(simple(row(few_or_many), solar, background, sigma), np.array([row(few_or_many)] * 2))


def lowest(problem: Problem) -> float:
    """χ² by the interior-point method; infinite where a count is impossible."""
    nominal = problem.predicted(np.ones(problem.sigma.size))
    impossible = np.any((np.concatenate(problem.counts) > 0) & (nominal <= 0))
    return np.inf if impossible else minimise_inside(problem)


@given(fit=hard_fits(), x=st.lists(strengths, min_size=1, max_size=3).map(sorted))
def test_profile_of_hard_fits_is_the_minimum(fit, x):
    found = fit.likelihood.profile(fit.dipole, np.zeros(len(x), int), x).chi2
    expected = [lowest(fit.problem(0, strength)) for strength in x]
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-6)


@given(fit=hard_fits())
def test_best_fit_of_hard_fits_is_the_minimum(fit):
    found = fit.likelihood.best_fit(fit.dipole[:1]).chi2
    expected = lowest(fit.problem(0, 1.0, apart=True))
    np.testing.assert_allclose(found, [expected], rtol=1e-14, atol=1e-6)


@pytest.mark.parametrize("width", [np.inf, 1.0, 0.3])
@pytest.mark.parametrize("few", [1e-4, 1e-3, 1e-2, 0.1])
def test_bin_of_less_than_one_count_that_one_component_feeds(few, width):
    """Where a full step of a small promise would empty the bin."""
    likelihood = simple([few, 10], [0, 10], [[1, 0]], [0.07, width])
    fit = Fit(likelihood, np.array([[0.0, 1.0]]))
    x = np.append(0.0, np.geomspace(1e-3, 1e3, 60))
    found = likelihood.profile(fit.dipole, np.zeros(61, int), x).chi2
    best = likelihood.best_fit(fit.dipole)
    # The bin is a fit of its own: with v = 1 + β, v² + (σ² - 1) v - few σ² = 0, or v = few.
    b = width**2 - 1
    v = few if np.isinf(width) else (np.sqrt(b**2 + 4 * few * width**2) - b) / 2
    alone = 2 * (v - few + few * np.log(few / v)) + ((v - 1) / width) ** 2
    rest = simple([10], [10], [[0]], [0.07, 0.0]).profile([[1.0]], np.zeros(61, int), x).chi2
    np.testing.assert_allclose(found, rest + alone, rtol=0, atol=1e-9)
    assert best.chi2[0] == pytest.approx(alone, abs=1e-9)
    assert best.strength[0] == pytest.approx(0, abs=1e-4)
    assert found[30] == pytest.approx(minimise_with_iminuit(fit.problem(0, x[30])), abs=1e-6)


def test_one_bin_by_hand():
    # Free background of 4 fits 9 counts exactly: 1 + β = 9/4.
    found = simple([9], [0], [[4]], [0.1, np.inf]).profile(np.zeros((1, 1)), [0], [0])
    assert found.chi2[0] == pytest.approx(0, abs=1e-12)
    assert found.pulls[0] == pytest.approx([0, 1.25])
    # Fixed: 2 (4 - 9 + 9 ln 9/4).
    fixed = simple([9], [0], [[4]], [0.0, 0.0]).profile(np.zeros((1, 1)), [0], [0])
    assert fixed.chi2[0] == pytest.approx(2 * (4 - 9 + 9 * np.log(9 / 4)), rel=1e-14)
    # Without counts: 2 (1 + α) S + (α/σ)² has α = -σ² S inside the bounds.
    empty = simple([0], [3], [[0]], [0.2, 0.5]).profile(np.zeros((1, 1)), [0], [0])
    assert empty.pulls[0] == pytest.approx([-0.2 * 3, 0])
    assert empty.chi2[0] == pytest.approx(2 * 3 - (0.2 * 3) ** 2, rel=1e-13)


def test_free_component_in_bins_without_counts_vanishes():
    found = simple([0, 5], [0, 5], [[7, 0]], [0.1, np.inf]).profile(np.zeros((1, 2)), [0], [0])
    assert found.chi2[0] == pytest.approx(0, abs=1e-12)
    assert found.pulls[0, 1] == pytest.approx(-1)


def test_degenerate_components_share_without_harm():
    found = simple([12], [0], [[3], [3]], [0.1, np.inf, np.inf]).profile(np.zeros((1, 1)), [0], [0])
    assert found.chi2[0] == pytest.approx(0, abs=1e-12)
    assert 3 * (2 + found.pulls[0, 1:].sum()) == pytest.approx(12)
    # Degenerate where there are counts, not where there are none: the second gives way.
    found = simple([6, 0], [0, 0], [[3, 0], [3, 2]], [0.1, np.inf, np.inf]).profile(
        np.zeros((1, 2)), [0], [0]
    )
    assert found.chi2[0] == pytest.approx(0, abs=1e-10)
    assert found.pulls[0, 1:] == pytest.approx([1, -1])


def test_strength_in_bins_without_counts_is_zero():
    best = simple([4, 0], [4, 0], [[0, 0]], [0.1, 0.1]).best_fit(np.array([[0.0, 2.0]]))
    assert best.strength[0] == 0
    assert best.chi2[0] == pytest.approx(0, abs=1e-12)


def test_smaller_strength_after_a_larger_one():
    """The background that a large strength switched off comes back for a small one."""
    likelihood = simple([5, 0], [0, 0], [[4, 4]], [np.inf, np.inf])
    dipole = np.array([[1.0, 0.0]])
    up = likelihood.profile(dipole, [0, 0, 0], [0.0, 1.0, 100.0]).chi2
    down = likelihood.profile(dipole, [0, 0, 0], [100.0, 1.0, 0.0]).chi2
    assert np.isfinite(down).all()
    np.testing.assert_allclose(down[::-1], up, atol=1e-10)


def test_count_where_nothing_is_expected():
    likelihood = simple([1, 4], [0, 4], [[0, 0]], [0.1, 0.1])
    found = likelihood.profile([[2.0, 0.0]], [0, 0], [0.0, 1.0])
    assert found.chi2[0] == np.inf
    assert np.isfinite(found.chi2[1])
    assert np.isfinite(likelihood.best_fit([[2.0, 0.0]]).chi2[0])
    assert likelihood.best_fit([[0.0, 2.0]]).chi2[0] == np.inf


def test_moments_for_which_the_pull_is_minus_one_to_rounding():
    """(1 + α) x dipole must fit the counts; α itself has no digits left for that."""
    likelihood = simple([40, 60], [1, 1], [[30, 40]], [0.07, 0.1])
    dipole = np.array([[10.0, 20.0]])
    chi2 = likelihood.profile(dipole, np.zeros(4, int), [1e6, 1e12, 1e18, 1e24]).chi2
    # Beyond 1e6 only products count, and 2 · 1e-6 of χ² comes from the penalty.
    np.testing.assert_allclose(chi2[1:], chi2[1], rtol=1e-9)
    np.testing.assert_allclose(chi2[0], chi2[1], rtol=1e-4)


@given(
    st.floats(-280.0, 27.0).map(lambda x: 10.0**x),
    st.one_of(st.floats(-250.0, 25.0).map(lambda x: 10.0**x), st.just(None)),
    st.floats(-0.7, 0.7),
)
def test_logarithm_of_a_ratio_keeps_its_digits(a, b, nearness):
    """Against mpmath: 1e-15 of the logarithm, close to one (b None) and far from it."""
    b = a * (1 + nearness**5) if b is None else b
    assume(1e-280 <= b <= 1e27)
    with mpmath.workdps(40):
        exact = mpmath.log(mpmath.mpf(a) / mpmath.mpf(b))
        deviation = abs(mpmath.mpf(_log_ratio(a, b)) - exact)
        assert deviation <= 1e-15 * abs(exact)
