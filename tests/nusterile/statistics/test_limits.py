"""Upper limits against Brent's root finder on the exact χ², and every status."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import chi2 as chi2_distribution

from nusterile import Analysis, Configuration
from nusterile.physics.signal import DIPOLE
from nusterile.statistics.intervals import threshold
from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.limits import allowed_interval, limits_of_masses
from nusterile.vocabulary import EXCLUDED, FAILED, FLAVORS, OK, OPEN

SELECTIONS = (
    "xenonnt_sr0",
    "pandax4t_run0",
    "pandax4t_run1",
    "pandax4t",
    "lz_ws2022",
    "lz",
    "xenon",
    "combined",
)
LEVELS = (0.9, 0.95, 0.99)
MASSES = (0.0, 0.01, 0.1, 0.3, 0.6, 1.0, 2.0, 2.6)


def limits_of(likelihood, templates, levels=(0.9,), degrees=(1, 2), grid=None):
    critical = threshold(np.asarray(levels)[:, None], degrees)
    return limits_of_masses(likelihood, templates, DIPOLE, critical, np.asarray(degrees), grid)


def brent_limit(likelihood: Likelihood, template: np.ndarray, start: float, level: float) -> float:
    """The moment above `start` (both in Bohr magnetons) at which the exact χ² is `level`."""

    def excess(mu: float) -> float:
        return float(likelihood.profile(template, [0], [(mu / 1e-11) ** 2]).chi2[0]) - level

    high = max(2 * start, 1e-13)
    while excess(high) < 0:
        high *= 2
    return brentq(excess, start, high, xtol=1e-30, rtol=1e-13, maxiter=500)


def brent_lower_end(
    likelihood: Likelihood, template: np.ndarray, best: float, level: float
) -> float:
    """The moment below `best` at which the exact χ² is `level`, by its strength."""

    def excess(strength: float) -> float:
        return float(likelihood.profile(template, [0], [strength]).chi2[0]) - level

    root = brentq(excess, 0.0, (best / 1e-11) ** 2, xtol=1e-30, rtol=1e-13, maxiter=500)
    return 1e-11 * np.sqrt(root)


@pytest.mark.parametrize("selection", SELECTIONS)
@pytest.mark.parametrize("expected", [False, True])
def test_limits_against_brent(analysis, selection, expected, measured):
    """Relative 1e-6 at every mass, flavour, level and degree of freedom, data and Asimov.

    χ² carries a rounding of 1e-13 of itself and the slope of a limit is of order one, so
    the two root finders may differ by 1e-12; 1e-10 is asked for.
    """
    likelihood = analysis.likelihood(selection)
    if expected:
        likelihood = likelihood.asimov()
    found = analysis.limits(selection, m_4=MASSES, expected=expected)
    grid = analysis.configuration.grids.m_4.array()
    events = analysis.dipole_events(selection, MASSES)
    on_grid = analysis.dipole_events(selection, grid)
    solved = 0
    for f, flavor in enumerate(FLAVORS):
        plane = likelihood.best_fit(on_grid[f]).chi2.min()
        for m, m_4 in enumerate(MASSES):
            here = found.sel(flavor=flavor, m_4=m_4).squeeze()
            lowest, best = here.chi2_min.item(), here.mu_best.item()
            for cl in LEVELS:
                for dof, base in ((1, lowest), (2, plane)):
                    limit = here.limit.sel(cl=cl, dof=dof).item()
                    status = here.limit_status.sel(cl=cl, dof=dof).item()
                    level = base + chi2_distribution.ppf(cl, dof)
                    low = here.limit_low.sel(cl=cl, dof=dof).item()
                    if lowest >= level:
                        # A mass that a better fit at another one excludes altogether.
                        assert (dof, status) == (2, "excluded")
                        assert np.isnan(limit)
                        assert np.isnan(low)
                        continue
                    if not events[f, m].any():  # whatever the moment
                        assert (status, low) == ("open", 0)
                        assert np.isnan(limit)
                        continue
                    at_zero = float(likelihood.profile(events[f], [m], [0.0]).chi2[0])
                    if at_zero > level:
                        exact = brent_lower_end(likelihood, events[f, m : m + 1], best, level)
                        assert low == pytest.approx(exact, rel=1e-9)
                    else:
                        assert low == 0
                    exact = brent_limit(likelihood, events[f, m : m + 1], best, level)
                    assert limit == pytest.approx(exact, rel=1e-10)
                    measured("limits_root", abs(limit / exact - 1))
                    assert status == ("ok" if 1e-12 <= limit <= 1e-6 else "outside")
                    solved += 1
    assert solved > 100


def test_two_degrees_of_freedom_use_the_minimum_of_the_configured_grid(analysis):
    """The minimum over the plane, found independently: a fine scan in μ at every mass."""
    selection = "pandax4t_run0"
    likelihood = analysis.likelihood(selection)
    grid = analysis.configuration.grids.m_4.array()
    scan = analysis.chi2(selection, "e", grid, np.geomspace(1e-12, 1e-3, 2000)).chi2.values
    at_zero = analysis.chi2(selection, "e", 0.0, 0.0).chi2.item()
    scanned = min(scan.min(), at_zero)
    m_4 = 0.0777  # no mass of the grid
    assert np.min(abs(grid / m_4 - 1)) > 1e-3
    found = analysis.limits(selection, "e", m_4, 0.9, 2).squeeze()
    template = analysis.dipole_events(selection, m_4)[FLAVORS.index("e")]
    at_limit = float(likelihood.profile(template, [0], [(found.limit.item() / 1e-11) ** 2]).chi2[0])
    # The scan misses the best μ² by 1 % at most, with a width of tens of per cent.
    assert at_limit - chi2_distribution.ppf(0.9, 2) == pytest.approx(scanned, abs=2e-3)
    assert at_limit - chi2_distribution.ppf(0.9, 2) <= scanned + 1e-9
    # And that is below the minimum at this mass alone.
    assert scanned < found.chi2_min.item() - 0.01


def test_limits_off_the_grid_agree_with_those_on_it(analysis):
    chosen = analysis.configuration.grids.m_4.array()[[0, 60, 90]]
    whole = analysis.limits("xenonnt_sr0", "mu").sel(m_4=chosen)
    for index, m_4 in enumerate(chosen):
        alone = analysis.limits("xenonnt_sr0", "mu", m_4).isel(m_4=0)
        np.testing.assert_allclose(alone.limit, whole.limit.isel(m_4=index), rtol=1e-10)
        np.testing.assert_array_equal(alone.limit_status, whole.limit_status.isel(m_4=index))


def test_two_degrees_do_not_depend_on_the_masses_asked_for(analysis):
    alone = analysis.limits("pandax4t_run0", "tau", [0.2], 0.95, 2).limit.item()
    company = analysis.limits("pandax4t_run0", "tau", [0.0, 0.2, 1.0], 0.95, 2)
    assert company.limit.sel(m_4=0.2).item() == pytest.approx(alone, rel=1e-12)


@pytest.fixture(scope="module")
def fit_of(analysis):
    """Likelihood and dipole events of a selection at some masses, computed once."""

    @cache
    def fit(selection: str) -> tuple[Likelihood, np.ndarray]:
        events = analysis.dipole_events(selection, MASSES)[FLAVORS.index("effective")]
        return analysis.likelihood(selection), events

    return fit


@given(
    levels=st.lists(st.floats(0.5, 0.9999), min_size=2, max_size=5, unique=True),
    selection=st.sampled_from(SELECTIONS),
)
def test_limits_rise_with_the_confidence_level(fit_of, levels, selection):
    likelihood, events = fit_of(selection)
    levels = np.sort(levels)
    _, _, limit, status, low = limits_of(likelihood, events, levels, [1, 2])
    # What a level allows, any higher one allows as well.
    assert not np.any(np.diff(low, axis=1) > 1e-12 * low[:, 1:])
    for curve, names in zip(
        np.moveaxis(limit, 1, -1).reshape(-1, levels.size),
        np.moveaxis(status, 1, -1).reshape(-1, levels.size),
        strict=True,
    ):
        # Open ones, if any, belong to the lowest levels or to all.
        found = curve[names == OK]
        assert np.isnan(curve[: levels.size - found.size]).all()
        # Levels may differ by one rounding: never falling, to the precision of the root.
        assert np.all(np.diff(found) >= -1e-12 * found[:-1])
        if found.size > 1 and levels[-1] - levels[-found.size] > 1e-6:
            assert found[-1] > found[0]


def test_limits_lie_above_the_best_fit(analysis):
    found = analysis.limits("pandax4t_run0", m_4=MASSES)
    assert (found.mu_best > 0).any()
    limit = found.limit.sel(dof=1)
    assert bool(((limit > found.mu_best) | (limit.m_4 == 2.6)).all())


def test_two_degrees_of_freedom_against_one_where_the_grid_holds_the_minimum(analysis):
    """At the best mass of the grid both share the minimum: the larger threshold is weaker."""
    found = analysis.limits("pandax4t_run0", "effective").squeeze()
    best = found.isel(m_4=int(found.chi2_min.argmin("m_4")))
    assert bool((best.limit.sel(dof=2) > best.limit.sel(dof=1)).all())


def test_open_above_the_last_threshold(analysis):
    # hep neutrinos, up to 18.784 MeV, make masses up to 3.90 MeV.
    selections = ["xenonnt_sr0", "pandax4t_run0"]
    found = analysis.limits(selections, m_4=[3.95, 4.0])
    assert np.isnan(found.limit).all()
    assert (found.limit_status.sel(dof=1) == "open").all()
    assert (found.limit_low.sel(dof=1) == 0).all()
    # XENONnT prefers no mass by that much, PandaX-4T does, at 90 % for some flavours.
    assert (found.limit_status.sel(selection="xenonnt_sr0", dof=2) == "open").all()
    assert set(found.limit_status.sel(dof=2).values.ravel()) == {"open", "excluded"}
    assert (found.mu_best == 0).all()
    at_zero = analysis.chi2(selections, "e", 0.0, 0.0).chi2
    np.testing.assert_allclose(found.chi2_min.isel(flavor=0, m_4=0), at_zero.squeeze(), rtol=1e-12)


def test_outside_of_a_small_grid_but_found(analysis):
    limits = analysis.limits("xenonnt_sr0", "effective", [0.0, 0.6], 0.9, 1)
    assert (limits.limit_status == "ok").all()
    for grid in ({"low": 1e-12, "high": 3e-12, "points": 4}, {"values": [1e-7, 1e-6]}):
        small = Analysis(Configuration.from_values({"grids": {"mu": grid}}))
        found = small.limits("xenonnt_sr0", "effective", [0.0, 0.6], 0.9, 1)
        assert (found.limit_status == "outside").all()
        np.testing.assert_array_equal(found.limit, limits.limit)


def test_every_crossing_is_found(analysis):
    """A dense scan at random points, data and made-up counts: one interval and these ends.

    A crossing is bracketed by two points of the scan, which are closer than its neighbours;
    χ² just inside and just outside (1e-8) says that it is there to 1e-8.
    """
    random = np.random.default_rng(7)
    ends = {"low": 0, "high": 0, "excluded": 0}
    for _ in range(60):
        selection = random.choice(SELECTIONS)
        likelihood = analysis.likelihood(selection)
        f, masses = random.integers(len(FLAVORS)), 10 ** random.uniform(-3, 0.3, 3)
        events = analysis.dipole_events(selection, masses)[f]
        if random.random() < 0.7:
            expected = likelihood.solar + likelihood.background.sum(axis=0)
            counts = random.poisson(expected * random.uniform(0.2, 2, expected.size))
            likelihood = likelihood.with_counts(counts.astype(float))
        level, dof = random.uniform(0.5, 0.999), int(random.integers(1, 3))
        found = limits_of(likelihood, events, [level], [dof])
        floor = found.chi2_min if dof == 1 else found.chi2_min.min()
        top = np.broadcast_to(floor + threshold(level, dof), 3)
        for m, unit in enumerate(likelihood.typical_strength(events)):
            strength = np.concatenate([[0.0], np.geomspace(1e-4, 1e8, 2001)]) * unit
            chi2 = likelihood.profile(events, np.full(strength.size, m), strength).chi2
            inside = chi2 <= top[m]
            low, high = found.low[m, 0, 0], found.limit[m, 0, 0]
            status = found.status[m, 0, 0]
            if status == EXCLUDED:
                assert dof == 2
                assert not inside.any()
                ends["excluded"] += 1
                continue
            moment = 1e-11 * np.sqrt(strength)
            upper = np.inf if status == OPEN else high
            np.testing.assert_array_equal(inside, (moment >= low) & (moment <= upper))
            for name, end, outward in (("low", low, -1), ("high", upper, 1)):
                if 0 < end < np.inf:
                    near = end * (1 + outward * np.array([-1e-8, 1e-8]))
                    chi2 = likelihood.profile(events, [m, m], (near / 1e-11) ** 2).chi2 - top[m]
                    assert chi2[0] < 0 < chi2[1]
                    ends[name] += 1
    assert min(ends.values()) > 10


def test_the_general_search_finds_the_same_ends(analysis, monkeypatch):
    """The search that expects several intervals, where there is one."""
    likelihood = analysis.likelihood("pandax4t_run0")
    events = analysis.dipole_events("pandax4t_run0", MASSES)[0]
    plain = limits_of(likelihood, events, LEVELS)
    monkeypatch.setattr(Likelihood, "allows_one_interval", False)
    general = limits_of(likelihood, events, LEVELS)
    np.testing.assert_array_equal(general.status, plain.status)
    np.testing.assert_allclose(general.limit, plain.limit, rtol=1e-10)
    np.testing.assert_allclose(general.low, plain.low, rtol=1e-8)
    assert (plain.low > 0).any()
    assert {OK, OPEN} <= set(plain.status.ravel())


def test_expected_limits_are_those_of_expected_counts(analysis):
    observed = analysis.limits(["pandax4t", "lz"], ["e", "tau"], MASSES)
    expected = analysis.limits(["pandax4t", "lz"], ["e", "tau"], MASSES, expected=True)
    np.testing.assert_allclose(observed.expected_limit, expected.limit, rtol=1e-10)
    assert "expected_limit" not in expected
    assert observed.expected_limit.attrs["kind"] == "expected"


def test_fit_without_a_dipole(analysis):
    found = analysis.limits(m_4=MASSES, cl=0.9, dof=1)
    alone = analysis.chi2(flavor="e", m_4=0.1, mu=0.0).chi2.squeeze(drop=True)
    np.testing.assert_allclose(found.chi2_sm, alone, rtol=1e-13)
    delta = found.chi2_sm - found.chi2_min
    np.testing.assert_allclose(found.delta_chi2_sm, delta, atol=1e-11)
    assert (found.delta_chi2_sm >= 0).all()
    assert (found.delta_chi2_sm > 3).any()


def test_asimov_limits_start_from_zero(analysis):
    found = analysis.limits(flavor="e", m_4=MASSES[:-1], dof=1, expected=True)
    # Zero to the rounding of χ², 1e-13: a ten-thousandth of any limit.
    assert bool((found.mu_best < 1e-4 * found.limit.sel(cl=0.9, dof=1)).all())
    np.testing.assert_allclose(found.chi2_min, 0.0, atol=1e-10)
    assert bool((found.limit_status.isin(["ok", "outside"])).all())


def test_thresholds():
    np.testing.assert_allclose(
        threshold(np.array([[0.9], [0.95], [0.99]]), np.array([1, 2])),
        [[2.705543, 4.605170], [3.841459, 5.991465], [6.634897, 9.210340]],
        atol=1e-6,
    )


# Likelihoods made by hand, for what the data do not show.


def one_bin(count: float, background: float, solar: float = 0.0) -> Likelihood:
    return Likelihood(
        counts=np.array([float(count)]),
        solar=np.array([solar]),
        background=np.array([[background]]),
        bin_start=np.array([0, 1]),
        part_start=np.array([0, 1]),
        sigma=np.array([0.0, 0.0]),
        pull_names=("solar", "b"),
    )


@given(count=st.integers(0, 200), background=st.floats(0.1, 100.0), factor=st.floats(-6, 6))
def test_one_bin_has_the_limit_of_the_counting_experiment(count, background, factor):
    """2 (s + b - n + n ln(n/(s + b))) minus its minimum over s >= 0, solved for s by Brent."""
    unit = 10.0**factor
    likelihood = one_bin(count, background)
    template = np.array([[unit]])

    def chi2(s: float) -> float:
        logarithm = count * np.log(count / (s + background)) if count else 0.0
        return 2 * (s + background - count + logarithm)

    best = max(count - background, 0.0)
    level = chi2(best) + 2.706
    exact = brentq(lambda s: chi2(s) - level, best, 10 * (best + 10) + 200, rtol=1e-13)
    fit = likelihood.best_fit(template)
    assert fit.strength[0] * unit == pytest.approx(best, rel=1e-6, abs=1e-6)
    found = allowed_interval(likelihood, template, fit, [[level]])
    assert found.status[0, 0] == OK
    assert found.high[0, 0] * unit == pytest.approx(exact, rel=1e-9)


def test_impossible_counts_have_failed_limits():
    likelihood = one_bin(3, 0.0)
    found = limits_of(likelihood, np.zeros((1, 1)))
    assert found[0][0] == np.inf
    assert np.isnan(found[2]).all()
    assert (found[3] == FAILED).all()


def test_template_without_events_is_open():
    likelihood = one_bin(3, 3.0)
    found = limits_of(likelihood, np.zeros((2, 1)))
    assert np.isnan(found[2]).all()
    assert (found[3] == OPEN).all()
    assert (found[1] == 0).all()


def test_mass_that_another_one_beats_is_excluded_for_two_degrees():
    """Only one template makes up for the missing events: the other never comes below the level."""
    likelihood = Likelihood(
        counts=np.array([100.0, 10.0]),
        solar=np.zeros(2),
        background=np.array([[20.0, 10.0]]),
        bin_start=np.array([0, 2]),
        part_start=np.array([0, 1]),
        sigma=np.array([0.0, 0.0]),
        pull_names=("solar", "b"),
    )
    templates = np.array([[1.0, 0.0], [0.0, 1.0]])
    found = limits_of(likelihood, templates)
    assert found[3][:, 0].tolist() == [[OK, OK], [OK, EXCLUDED]]
    assert np.isnan(found.low[1, 0, 1])
    # With no event of the first template χ² is far above any level: both ends are there.
    assert (found.low[0] > 0).all()
    assert (found.low[0] < found.best[0]).all()
    assert np.isnan(found[2][1, 0, 1])
    # Alone, without the better mass on the grid, it has one.
    alone = limits_of(likelihood, templates[1:])
    assert alone[3][0, 0].tolist() == [OK, OK]
    # With the better mass on the grid only, it has none.
    grid = limits_of(likelihood, templates[1:], grid=templates)
    assert grid[3][0, 0].tolist() == [OK, EXCLUDED]


def test_best_fit_without_bound_is_open():
    """Data that want dipole events and no solar neutrinos at all: χ² falls for ever."""
    likelihood = Likelihood(
        counts=np.array([5.0, 0.0]),
        solar=np.array([0.0, 50.0]),
        background=np.zeros((0, 2)),
        bin_start=np.array([0, 2]),
        part_start=np.array([0, 0]),
        sigma=np.array([np.inf]),
        pull_names=("solar",),
    )
    found = limits_of(likelihood, np.array([[1.0, 0.0]]), degrees=(1,))
    assert found[0][0] == pytest.approx(0.0, abs=1e-10)
    assert found[3][0, 0, 0] == OPEN
    assert np.isnan(found[2][0, 0, 0])
    # It has a lower end all the same, where χ² has fallen to the level.
    at_low = likelihood.profile(np.array([[1.0, 0.0]]), [0], [(found.low[0, 0, 0] / 1e-11) ** 2])
    assert at_low.chi2[0] == pytest.approx(2.705543454, abs=1e-8)
