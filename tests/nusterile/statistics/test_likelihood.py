"""The profiled χ² of the data against iminuit, and its symmetries."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from independent_fit import Problem, minimise_with_iminuit
from scipy.optimize import minimize_scalar

from nusterile import Analysis, Configuration
from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.solar_pulls import SolarPulls
from nusterile.vocabulary import FLAVORS

EXPERIMENTS = ("xenonnt_sr0", "pandax4t_run0", "pandax4t_run1", "lz_ws2022", "lz_ws2024")
SELECTIONS = (*EXPERIMENTS, "pandax4t", "xenon", "combined")
SOLAR_SIGMA = 0.07


def strength_of(mu: float) -> float:
    return (mu / 1e-11) ** 2


def problem_of(analysis: Analysis, selection: str, flavor: str, m_4: float, mu: float) -> Problem:
    """The fit, put together from the expectations of each experiment alone."""
    members = [analysis.expectations[name] for name in analysis.selections[selection]]
    dipole = [e.dipole(m_4)[FLAVORS.index(flavor), 0] * strength_of(mu) for e in members]
    widths = [c.width for e in members for c in e.experiment.components]
    return Problem(
        [e.experiment.counts for e in members],
        [e.standard_model + d for e, d in zip(members, dipole, strict=True)],
        [e.background for e in members],
        np.array([SOLAR_SIGMA, *widths]),
    )


def random_points() -> list[tuple[str, str, float, float]]:
    """320 points: 40 of each selection; every fifth mass is 0, moments up to 1e-6."""
    rng = np.random.default_rng(20260)
    points = []
    for index in range(40 * len(SELECTIONS)):
        round_, place = divmod(index, len(SELECTIONS))
        m_4 = 0.0 if round_ % 5 == 0 else float(10 ** rng.uniform(-3, np.log10(3.5)))
        mu = float(10 ** rng.uniform(-12, -6 if (round_ + place) % 2 else -9))
        points.append((SELECTIONS[place], FLAVORS[round_ % 4], m_4, mu))
    return points


@pytest.mark.parametrize("selection", SELECTIONS)
def test_profile_against_iminuit(analysis, selection, measured):
    """Absolute 1e-6 at 40 random points of each selection, 320 in all.

    iminuit (strategy 2, EDM below 1e-8) stops up to 2e-7 above the minimum; where it is
    caught at a bound its further attempts are not, and the best of three is within 1e-8.
    """
    likelihood = analysis.likelihood(selection)
    for chosen, flavor, m_4, mu in random_points():
        if chosen != selection:
            continue
        dipole = analysis.dipole_events(selection, m_4)[FLAVORS.index(flavor)]
        found = likelihood.profile(dipole, [0], [strength_of(mu)])
        problem = problem_of(analysis, selection, flavor, m_4, mu)
        where = f"{selection}, {flavor}, m_4 = {m_4}, mu = {mu}"
        by_iminuit = minimise_with_iminuit(problem)
        assert found.chi2[0] == pytest.approx(by_iminuit, rel=0, abs=1e-6), where
        measured("chi2", abs(found.chi2[0] - by_iminuit))
        # The pulls are those of the minimum: put in, they give it back. A pull close to -1
        # knows 1 + α only to 1e-16, to which χ² reacts with its curvature.
        unit = np.where(np.isfinite(likelihood.sigma), likelihood.sigma, 1.0)
        scales = 1 + found.pulls[0] * unit
        rounding = 4e-16 / max(scales[0], 1e-16)
        if rounding < 1e-3:
            counts = sum(c.sum() for c in problem.counts)
            assert problem.chi2(np.maximum(scales, 0)) == pytest.approx(
                found.chi2[0], rel=1e-12, abs=1e-9 + 2 * counts * rounding**2
            ), where


def test_chi2_of_the_standard_model_fits(shipped):
    """χ²/bins as a direct calculation from the tables gives."""
    expected = {
        "xenonnt_sr0": (22.9, 29),
        "pandax4t_run0": (21.7, 23),
        "pandax4t_run1": (27.9, 29),
        "pandax4t_run1_wimp": (26.2, 23),
        "lz_ws2022": (8.3, 19),
        "lz_ws2024": (12.2, 18),
    }
    for selection, (chi2, bins) in expected.items():
        found = shipped.chi2(selection, "effective", 0.0, 0.0).chi2.item()
        assert round(found, 1) == chi2
        assert shipped.likelihood(selection).counts.size == bins


def test_chi2_at_zero_moment_is_the_same_everywhere(analysis):
    chi2 = analysis.chi2(m_4=[0.0, 0.3, 2.0], mu=[0.0]).chi2
    first = np.broadcast_to(chi2.values[:, :1, :1], chi2.shape)
    np.testing.assert_allclose(chi2.values, first, rtol=1e-13)


@given(
    m_4=st.sampled_from([0.0, 0.02, 0.2, 0.6, 1.5]),
    mu=st.floats(-12.0, -6.0).map(lambda x: 10.0**x),
    flavor=st.sampled_from(FLAVORS),
)
def test_combination_without_common_pull_is_the_sum_of_its_parts(fixed_sun, m_4, mu, flavor):
    chi2 = fixed_sun.chi2(None, flavor, m_4, mu).chi2.squeeze()
    parts = sum(chi2.sel(selection=name).item() for name in EXPERIMENTS[:3])
    runs = sum(chi2.sel(selection=name).item() for name in EXPERIMENTS[1:3])
    # Each minimum is found to 1e-12 of itself.
    assert chi2.sel(selection="combined").item() == pytest.approx(parts, rel=1e-11)
    lz = sum(chi2.sel(selection=name).item() for name in EXPERIMENTS[3:])
    assert chi2.sel(selection="lz").item() == pytest.approx(lz, rel=1e-11)
    assert chi2.sel(selection="xenon").item() == pytest.approx(parts + lz, rel=1e-11)
    assert chi2.sel(selection="pandax4t").item() == pytest.approx(runs, rel=1e-11)


@pytest.fixture(scope="module")
def fixed_sun():
    """The default analysis with σ_α = 0."""
    return Analysis(Configuration.from_values({"solar": {"sigma": 0.0}}))


def test_narrow_solar_pull_goes_over_into_a_fixed_one(analysis, fixed_sun):
    dipole = analysis.dipole_events("combined", [0.1])[0]
    fixed = fixed_sun.likelihood("combined").profile(dipole, [0, 0], [0.1, 3.0])
    np.testing.assert_array_equal(fixed.pulls[:, 0], 0.0)
    members = [analysis.expectations[name] for name in analysis.selections["combined"]]
    narrow = Likelihood.of(members, SolarPulls.common(1e-8))
    near = narrow.profile(dipole, [0, 0], [0.1, 3.0])
    # The pull gains (slope σ/2)², about (100 * 1e-8)².
    np.testing.assert_allclose(near.chi2, fixed.chi2, rtol=1e-11)


def test_common_pull_costs_something(analysis, fixed_sun):
    """With one sun the combination is no sum: the solar pull is paid for once."""
    chi2 = analysis.chi2(None, "effective", 0.0, 1e-11).chi2.squeeze()
    parts = sum(chi2.sel(selection=name).item() for name in EXPERIMENTS[:3])
    assert abs(chi2.sel(selection="combined").item() - parts) > 1e-3


@given(order=st.permutations(range(5)), mu=st.floats(-12.0, -7.0).map(lambda x: 10.0**x))
def test_order_of_the_experiments_changes_nothing(analysis, order, mu):
    members = list(analysis.expectations.values())
    shuffled = [members[i] for i in order]
    x = [strength_of(mu)]

    def fit(chosen):
        dipole = np.concatenate([e.dipole(0.1)[0] for e in chosen], axis=-1)
        likelihood = Likelihood.of(chosen, SolarPulls.common(SOLAR_SIGMA))
        found = likelihood.profile(dipole, [0], x)
        pulls = dict(zip(likelihood.pull_names, found.pulls[0], strict=True))
        return found.chi2[0], pulls, likelihood.best_fit(dipole)

    chi2, pulls, best = fit(members)
    again, pulls_again, best_again = fit(shuffled)
    assert again == pytest.approx(chi2, rel=1e-12)
    # χ² is flat to 1e-12 over 1e-6 of a pull.
    assert pulls_again == pytest.approx(pulls, abs=1e-5)
    assert best_again.chi2[0] == pytest.approx(best.chi2[0], rel=1e-12)


@pytest.mark.parametrize("selection", SELECTIONS)
def test_best_fit_against_a_bounded_scalar_minimiser(analysis, selection):
    likelihood = analysis.likelihood(selection)
    masses = [0.0, 0.03, 0.2, 0.5, 1.0, 2.0]
    events = analysis.dipole_events(selection, masses)
    for flavor in range(4):
        best = likelihood.best_fit(events[flavor])
        for row in range(len(masses)):
            template = events[flavor][row : row + 1]

            def chi2(x, template=template):
                return float(likelihood.profile(template, [0], [x]).chi2[0])

            unit = float(likelihood.typical_strength(template)[0])
            found = minimize_scalar(
                lambda t, chi2=chi2, unit=unit: chi2(t * unit),
                bounds=(0, 20),
                method="bounded",
                options={"xatol": 1e-10},
            )
            lowest = min(found.fun, chi2(0.0))
            # The scalar minimiser comes within 1e-9 of the argument, squared in χ².
            assert best.chi2[row] == pytest.approx(lowest, abs=1e-9)
            assert chi2(best.strength[row]) == pytest.approx(best.chi2[row], abs=1e-9)
            if best.strength[row] > 1e-3 * unit:
                assert best.strength[row] == pytest.approx(found.x * unit, rel=1e-4)
            else:
                assert found.x < 2e-3


@pytest.mark.parametrize("selection", SELECTIONS)
def test_asimov_data_fit_themselves(analysis, selection):
    likelihood = analysis.likelihood(selection).asimov()
    np.testing.assert_allclose(
        likelihood.counts, likelihood.solar + likelihood.background.sum(axis=0), rtol=1e-15
    )
    best = likelihood.best_fit(analysis.dipole_events(selection, [0.0, 0.1, 1.0])[0])
    # 2 (R - N + N ln N/R) of equal numbers: rounding of some ten events, squared and less.
    np.testing.assert_allclose(best.chi2, 0.0, atol=1e-10)
    np.testing.assert_allclose(best.pulls, 0.0, atol=1e-6)
    unit = likelihood.typical_strength(analysis.dipole_events(selection, [0.0, 0.1, 1.0])[0])
    assert np.all(best.strength < 1e-6 * unit)


def test_pull_names_and_widths(analysis):
    likelihood = analysis.likelihood("combined")
    assert likelihood.pull_names == (
        "solar",
        "xenonnt_sr0:b0",
        "pandax4t_run0:other_er",
        "pandax4t_run0:tritium",
        "pandax4t_run0:xe124",
        "pandax4t_run0:xe127",
        "pandax4t_run0:accidental",
        "pandax4t_run1:total",
    )
    assert likelihood.sigma[0] == SOLAR_SIGMA
    assert np.flatnonzero(np.isinf(likelihood.sigma)).tolist() == [3]


def test_components_touch_only_their_experiment(analysis):
    likelihood = analysis.likelihood("combined")
    for k, name in enumerate(analysis.selections["combined"]):
        parts = slice(likelihood.part_start[k], likelihood.part_start[k + 1])
        bins = slice(likelihood.bin_start[k], likelihood.bin_start[k + 1])
        expectation = analysis.expectations[name]
        np.testing.assert_array_equal(likelihood.background[parts, bins], expectation.background)
        outside = np.delete(likelihood.background[parts], np.r_[bins], axis=1)
        assert not outside.any()
        np.testing.assert_array_equal(likelihood.counts[bins], expectation.experiment.counts)


def test_pickled_likelihood_computes_the_same(analysis):
    likelihood = analysis.likelihood("combined")
    again = pickle.loads(pickle.dumps(likelihood))
    dipole = analysis.dipole_events("combined", [0.0, 0.2])[0]
    one, two = (one.profile(dipole, [0, 1], [1.0, 2.0]) for one in (likelihood, again))
    np.testing.assert_array_equal(one.chi2, two.chi2)
    np.testing.assert_array_equal(one.pulls, two.pulls)


def test_threads_compute_the_same(analysis):
    """The kernel releases the interpreter lock and keeps nothing between calls."""
    likelihood = analysis.likelihood("combined")
    dipole = analysis.dipole_events("combined", np.geomspace(1e-3, 3, 8))[0]
    x = np.geomspace(1e-2, 1e4, 60)

    def scan(row: int) -> np.ndarray:
        return likelihood.profile(dipole, np.full(x.size, row), x).chi2

    serial = [scan(row) for row in range(8)]
    with ThreadPoolExecutor(4) as pool:
        np.testing.assert_array_equal(list(pool.map(scan, range(8))), serial)


def test_order_of_the_points_changes_nothing(analysis):
    """Warm starts along increasing strengths are an economy, no part of the answer."""
    likelihood = analysis.likelihood("combined")
    dipole = analysis.dipole_events("combined", [0.0, 0.5])[0]
    rows, x = np.repeat([0, 1], 40), np.tile(np.geomspace(1e-3, 1e9, 40), 2)
    shuffled = np.random.default_rng(3).permutation(80)
    ordered = likelihood.profile(dipole, rows, x).chi2
    again = likelihood.profile(dipole, rows[shuffled], x[shuffled]).chi2
    np.testing.assert_allclose(again, ordered[shuffled], rtol=1e-11)
    backwards = likelihood.profile(dipole, rows[::-1], x[::-1]).chi2
    np.testing.assert_allclose(backwards[::-1], ordered, rtol=1e-11)


@given(factor=st.floats(-3.0, 8.0).map(lambda x: 10.0**x))
def test_only_the_product_of_template_and_strength_counts(analysis, factor):
    likelihood = analysis.likelihood("pandax4t")
    dipole = analysis.dipole_events("pandax4t", [0.1])[1]
    one = likelihood.profile(dipole, [0], [0.7])
    two = likelihood.profile(dipole * factor, [0], [0.7 / factor])
    np.testing.assert_allclose(two.chi2, one.chi2, rtol=1e-12)
    best, scaled = likelihood.best_fit(dipole), likelihood.best_fit(dipole * factor)
    np.testing.assert_allclose(scaled.chi2, best.chi2, rtol=1e-12)
    np.testing.assert_allclose(scaled.strength * factor, best.strength, rtol=1e-5, atol=1e-9)


def test_typical_strength_stands_out_by_one_sigma(analysis):
    """Without pulls, Δχ² of Asimov data is 1 at the typical strength, to first order."""
    likelihood = analysis.likelihood("xenonnt_sr0").asimov()
    fixed = replace(likelihood, sigma=np.zeros_like(likelihood.sigma))
    dipole = analysis.dipole_events("xenonnt_sr0", [0.0])[0]
    unit = fixed.typical_strength(dipole)
    chi2 = fixed.profile(dipole, [0], 0.01 * unit).chi2[0]
    assert chi2 == pytest.approx(1e-4, rel=0.05)
    assert np.isinf(likelihood.typical_strength(np.zeros_like(dipole)))[0]
