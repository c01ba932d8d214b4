"""Pulls of the solar fluxes by source, against other minimisers and the common pull."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from independent_fit import Problem, minimise_with_iminuit, minimise_with_scipy
from scipy.optimize import minimize_scalar

from nusterile import Analysis
from nusterile.model.predictions import Predictions
from nusterile.physics.solar import solar_sources
from nusterile.statistics.solar_pulls import SolarPulls

SOURCES = tuple(source.name for source in solar_sources())
WIDTHS = np.array([source.relative_sigma for source in solar_sources()])
MASSES = [0.0, 0.3, 1.0]


@cache
def analysis(names: tuple[str, ...] = ("xenonnt_sr0", "pandax4t_run0"), **solar) -> Analysis:
    widths = dict(solar.pop("widths", ()))
    settings = {**solar, **({"source_sigma": widths} if widths else {})}
    return Analysis().with_changes(
        experiments=names, selections={"both": names}, solar={"pulls": "by_source", **settings}
    )


def equal(width: float, spread: float = 0.0) -> tuple[tuple[str, float], ...]:
    """The same width for all fluxes, or as good as."""
    return tuple((name, width * (1 + spread * place)) for place, name in enumerate(SOURCES))


def problem(analysis: Analysis, flavor: int, m_4: float, strength: float) -> Problem:
    """The fit with every source as a component of one long experiment."""
    predictions = Predictions(analysis.configuration)
    likelihood = predictions.likelihood("both")
    expectations = [predictions.expectations[name] for name in predictions.members("both")]
    sources = np.concatenate(
        [
            e.standard_model_by_source + strength * e.dipole_by_source(m_4)[flavor, 0]
            for e in expectations
        ],
        axis=-1,
    )
    return Problem(
        [likelihood.counts],
        [sources[0]],
        [np.concatenate([sources[1:], likelihood.background])],
        np.concatenate([WIDTHS, likelihood.sigma[len(SOURCES) :]]),
    )


@pytest.mark.parametrize("m_4", MASSES)
@pytest.mark.parametrize("mu", [0.0, 8e-12, 1e-10, 3e-9])
def test_every_flux_by_itself_against_other_minimisers(m_4, mu, measured):
    """Absolute 1e-6."""
    fit = analysis()
    found = fit.chi2("both", "mu", m_4, mu).chi2.item()
    other = problem(fit, 2, m_4, (mu / 1e-11) ** 2)
    by_others = min(minimise_with_iminuit(other), minimise_with_scipy(other))
    assert found == pytest.approx(by_others, rel=0, abs=1e-6)
    measured("chi2_sources", abs(found - by_others))


def test_sources_add_up():
    predictions = Predictions(analysis().configuration)
    for expectation in predictions.expectations.values():
        np.testing.assert_allclose(
            expectation.standard_model_by_source.sum(axis=0),
            expectation.standard_model,
            rtol=1e-9,
        )
        np.testing.assert_allclose(
            expectation.dipole_by_source(MASSES).sum(axis=2),
            expectation.dipole(MASSES),
            rtol=1e-9,
        )


@pytest.mark.parametrize("spread", [0.0, 1e-13])
def test_equal_and_correlated_is_common(spread, measured):
    """Relative 1e-9; with a spread nothing of the common pull's code takes part."""
    by_source = analysis(correlated=True, widths=equal(0.07, spread))
    assert len(Predictions(by_source.configuration).solar_pulls.names) == (1 if spread == 0 else 2)
    common = Analysis().with_changes(
        experiments=by_source.configuration.experiments,
        selections={"both": by_source.configuration.experiments},
    )
    found, expected = (a.limits("both", None, MASSES, 0.9) for a in (by_source, common))
    np.testing.assert_allclose(found.limit, expected.limit, rtol=1e-9)
    measured("pulls_equal", np.nanmax(abs(found.limit.values / expected.limit.values - 1)))
    np.testing.assert_allclose(found.chi2_min, expected.chi2_min, rtol=1e-9)
    moments = [0.0, 1e-11, 1e-9]
    found, expected = (a.chi2("both", "e", MASSES, moments) for a in (by_source, common))
    np.testing.assert_allclose(found.chi2, expected.chi2, rtol=1e-9)


def test_correlated_of_different_widths_against_one_unknown():
    """χ² over u in Σ_s (1 + σ_s u) t_s, with the rest minimised by another program."""
    fit = analysis(("xenonnt_sr0",), correlated=True)
    predictions = Predictions(fit.configuration)
    expectation = predictions.expectations["xenonnt_sr0"]
    strength = 4.0
    sources = (
        expectation.standard_model_by_source + strength * expectation.dipole_by_source(0.1)[0, 0]
    )
    free = predictions.likelihood("both").sigma[2:]

    def chi2(u: float) -> float:
        rest = Problem(
            [expectation.experiment.counts],
            [(1 + WIDTHS * u) @ sources],
            [expectation.background],
            np.append(0.0, free),
        )
        return minimise_with_scipy(rest) + u**2

    lowest = minimize_scalar(chi2, bounds=(-3, 3), method="bounded", options={"xatol": 1e-6})
    found = fit.chi2("both", "effective", 0.1, 2e-11)
    assert found.chi2.item() == pytest.approx(lowest.fun, rel=0, abs=1e-6)
    assert found.pulls.sel(pull="solar").item() == pytest.approx(lowest.x, abs=1e-3)
    assert found.pulls.sel(pull="solar:fixed").item() == 0


@pytest.mark.parametrize("m_4", [0.0, 1.0])
def test_best_fit_is_the_lowest_of_a_fine_scan(m_4):
    fit = analysis(("xenonnt_sr0",))
    best = fit.limits("both", "effective", m_4, 0.9)
    moments = np.append(0.0, np.geomspace(1e-13, 1e-8, 4001))
    scan = fit.chi2("both", "effective", m_4, moments).chi2.values.ravel()
    assert best.chi2_min.item() <= scan.min() + 1e-10
    assert best.chi2_min.item() == pytest.approx(scan.min(), abs=1e-4)
    place = moments[scan.argmin()]
    assert best.mu_best.item() == pytest.approx(place, rel=3e-3, abs=1e-13)


def test_limits_are_crossings():
    fit = analysis(("xenonnt_sr0",))
    found = fit.limits("both", "tau", MASSES, 0.9)
    for m_4 in MASSES:
        here = found.sel(m_4=m_4, dof=1)
        chi2 = fit.chi2("both", "tau", m_4, here.limit.item()).chi2.item()
        assert chi2 - here.chi2_min.item() == pytest.approx(2.705543454, abs=1e-8)


def test_boron_8_is_what_widens_limits_of_heavy_masses():
    """Its 12 % where the common pull has 7; alone, as all the others stand."""
    limits = [
        analysis(("xenonnt_sr0",), widths=(("8B", width),)).limits("both", "effective", 1.0, 0.9)
        for width in (0.0, 0.12, 0.3)
    ]
    fixed, stated, wide = (x.limit.sel(dof=1).item() for x in limits)
    assert fixed < stated < wide
    default = analysis(("xenonnt_sr0",)).limits("both", "effective", 1.0, 0.9)
    assert stated == default.limit.sel(dof=1).item()


def test_shares_sum_to_one():
    pulls = SolarPulls.by_source(SOURCES, WIDTHS, correlated=True)
    assert pulls.shares is not None
    np.testing.assert_allclose(pulls.shares.sum(axis=0), 1, rtol=1e-15)
    np.testing.assert_allclose(pulls.of_sources([1.3, 1.0]), 1 + WIDTHS, rtol=1e-15)


def test_no_widths_at_all_is_a_fixed_sun():
    fit = analysis(("xenonnt_sr0",), correlated=True, widths=equal(0.0))
    fixed = Analysis().with_changes(experiments=("xenonnt_sr0",), solar={"sigma": 0.0})
    found = fit.limits("both", "effective", 0.1, 0.9).limit
    expected = fixed.limits("xenonnt_sr0", "effective", 0.1, 0.9).limit
    np.testing.assert_allclose(found, expected, rtol=1e-9)
