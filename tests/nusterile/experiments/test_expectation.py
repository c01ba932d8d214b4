"""Expected events against finer quadrature, and against integration that shares nothing."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache
from math import erf, exp, pi, sqrt

import numpy as np
import pytest
from direct_integration import (
    LINES,
    dipole_rates,
    reached_recoils,
    shells,
    standard_model_rate,
)
from scipy.integrate import quad

from nusterile.experiments.expectation import Expectation
from nusterile.physics.flux_moments import FluxMoments
from nusterile.physics.rates import RecoilRates
from nusterile.physics.solar import solar_sources
from nusterile.physics.survival import Oscillation
from nusterile.vocabulary import FLAVORS

EXPOSURE = {
    "xenonnt_sr0": 1.16,
    "pandax4t_run0": 0.54,
    "pandax4t_run1": 1.00,
    "pandax4t_run1_wimp": 1.00,
    "lz_ws2022": 0.904,
    "lz_ws2024": 3.315,
}
NAMES = tuple(EXPOSURE)


def sigma_of(name: str, T: float) -> float:
    if name.startswith("lz"):
        return 0.33 * sqrt(T)
    if name == "xenonnt_sr0":
        return 0.310 * sqrt(T) + 0.0037 * T
    return 0.073 + 0.173 * T - 6.5e-3 * T**2 + 1.1e-4 * T**3


@pytest.fixture(scope="module")
def of_sources(shipped):
    """Expectations of some solar sources alone."""

    @cache
    def expectation(name: str, *sources: str) -> Expectation:
        oscillation = Oscillation()
        moments = FluxMoments(solar_sources(names=sources), oscillation)
        (experiment,) = [e for e in shipped.experiments if e.name == name]
        return Expectation.of(experiment, RecoilRates(moments, oscillation))

    return expectation


@pytest.mark.parametrize("name", NAMES)
def test_events_against_a_quadrature_ten_times_finer(shipped, name, measured):
    """Relative 1e-5 in every bin, from the lightest mass to the heaviest.

    Bins that hold less than 1e-20 events at a moment of 1e-6 Bohr magnetons are left out:
    nothing but the Gaussian tail beyond nine sigma, where the response is cut, feeds them.
    The steps of the spectra's tables are the largest source of error, 4e-6 at the worst.
    """
    coarse = shipped.expectations[name]
    fine = Expectation.of(coarse.experiment, coarse.rates, refinement=10)
    np.testing.assert_allclose(coarse.standard_model, fine.standard_model, rtol=1e-9)
    np.testing.assert_allclose(coarse.background, fine.background, rtol=1e-9)
    masses = np.concatenate(
        [[0.0], np.geomspace(1e-3, 0.15, 20), np.linspace(0.16, 3.9, 140), [2.436, 2.567, 2.637]]
    )
    expected, found = fine.dipole(masses), coarse.dipole(masses)
    seen = expected * (1e-6 / 1e-11) ** 2 > 1e-20
    measured("events_finer", np.max(abs(found[seen] / expected[seen] - 1)))
    assert np.all(found[expected == 0] == 0)
    # LZ ends at 20 keV, below the recoils of the heaviest masses.
    reached = 90 if name.startswith("lz") else 100
    assert seen.sum() > 4 * reached * coarse.experiment.counts.size


def response(experiment, T: float, low: float, high: float) -> float:
    """Probability of a recoil T to be counted in [low, high], integrated numerically."""
    sigma = sigma_of(experiment.name, T)
    nodes, values = experiment.efficiency_energy, experiment.efficiency
    if experiment.efficiency_acts_on == "true":
        reached = erf((high - T) / sigma / sqrt(2)) - erf((low - T) / sigma / sqrt(2))
        return float(np.interp(T, nodes, values, left=0, right=0)) * reached / 2
    low, high = max(low, T - 9 * sigma), min(high, T + 9 * sigma)
    if low >= high:
        return 0.0
    edges = [low, *(n for n in nodes if low < n < high), high]
    heights = np.interp(edges, nodes, values, left=0, right=0)
    total = 0.0
    for a, b, at_a, at_b in zip(edges[:-1], edges[1:], heights[:-1], heights[1:], strict=True):
        total += quad(
            lambda r, a=a, b=b, at_a=at_a, at_b=at_b: (
                (at_a + (at_b - at_a) * (r - a) / (b - a)) * exp(-0.5 * ((r - T) / sigma) ** 2)
            ),
            a,
            b,
            epsabs=1e-13,
            epsrel=1e-9,
        )[0]
    return total / sqrt(2 * pi) / sigma


def events(
    experiment, rate, low: float, high: float, jumps: list[float], tolerance: float
) -> float:
    """∫ dT rate(T) response(T), split wherever the integrand is not smooth."""
    nodes = experiment.efficiency_energy
    if experiment.efficiency_acts_on == "true":
        start, stop = nodes[0], nodes[-1]
        kinks = nodes
    else:
        start, stop = 0.0122, 60.0
        kinks = np.array([low, high])
    while low - start > 9 * sigma_of(experiment.name, start + 0.1) + 0.1:
        start += 0.1
    while stop - high > 9 * sigma_of(experiment.name, stop - 0.1) + 0.1:
        stop -= 0.1
    points = [*kinks, *(b * 1e-3 for b, _ in shells()), *jumps]
    points = sorted({float(p) for p in points if start < p < stop})
    return (
        EXPOSURE[experiment.name]
        * quad(
            lambda T: rate(T) * response(experiment, T, low, high),
            start,
            stop,
            points=points,
            limit=1000,
            epsabs=0,
            epsrel=tolerance,
        )[0]
    )


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("m_4", [0.0, 0.05, 0.3, 0.45])
def test_events_of_the_lines_against_nested_quadrature(of_sources, name, m_4):
    """7Be and pep: the sharpest edges in T. quad is asked for 1e-8, the inner one for 1e-9."""
    expectation = of_sources(name, "7Be", "pep")
    found = expectation.dipole(m_4)[:, 0]
    energies = [energy for lines in LINES.values() for energy, _ in lines]
    reached = [reached_recoils(energy, m_4) for energy in energies]
    jumps = [edge * 1e3 for ends in reached if ends for edge in ends]
    edges = expectation.experiment.bin_edges
    for index in (0, 4, 15):

        def rate(T):
            return sum(dipole_rates(source, T, m_4)["mu"] for source in LINES)

        expected = events(expectation.experiment, rate, *edges[index : index + 2], jumps, 1e-8)
        assert expected > 0
        assert found[FLAVORS.index("mu"), index] == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("name", "index"), [("xenonnt_sr0", 1), ("pandax4t_run0", 0)])
def test_events_of_pp_against_triple_quadrature(of_sources, name, index):
    """Neutrino energy, recoil and reconstructed energy all by quad; asked for 1e-7."""
    expectation = of_sources(name, "pp")
    low, high = expectation.experiment.bin_edges[index : index + 2]
    found = expectation.dipole(0.08)[:, 0, index]
    expected = events(
        expectation.experiment,
        lambda T: dipole_rates("pp", T, 0.08)["effective"],
        low,
        high,
        [],
        1e-7,
    )
    assert found[FLAVORS.index("effective")] == pytest.approx(expected, rel=1e-6)
    expected = events(
        expectation.experiment, lambda T: standard_model_rate("pp", T), low, high, [], 1e-7
    )
    assert expectation.standard_model[index] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_flavors_sum_to_effective(shipped, name):
    effective, *flavors = shipped.expectations[name].dipole([0.0, 0.1, 0.5, 1.0])
    np.testing.assert_allclose(sum(flavors), effective, rtol=1e-12)


def test_nothing_above_the_last_threshold(analysis):
    for expectation in analysis.expectations.values():
        np.testing.assert_array_equal(expectation.dipole([3.95, 10.0]), 0.0)


def test_masses_are_independent(analysis):
    """A mass gives the same alone and in company."""
    expectation = analysis.expectations["xenonnt_sr0"]
    together = expectation.dipole([0.0, 0.1, 0.4])
    for index, m_4 in enumerate((0.0, 0.1, 0.4)):
        np.testing.assert_array_equal(expectation.dipole(m_4)[:, 0], together[:, index])


def test_exposure_scales_neutrinos_and_leaves_the_events_of_a_background(analysis):
    one = analysis.expectations["pandax4t_run0"]
    two = Expectation.of(replace(one.experiment, exposure=1.08), one.rates)
    np.testing.assert_allclose(two.standard_model, 2 * one.standard_model, rtol=1e-13)
    np.testing.assert_allclose(two.dipole(0.1), 2 * one.dipole(0.1), rtol=1e-13)
    # Those of the first component hold the solar neutrinos.
    np.testing.assert_allclose(two.background[1:], one.background[1:], rtol=1e-13)


def test_exposure_scales_a_background_that_is_a_rate(analysis):
    one = analysis.expectations["xenonnt_sr0"]
    two = Expectation.of(replace(one.experiment, exposure=2.32), one.rates)
    np.testing.assert_allclose(two.background, 2 * one.background, rtol=1e-13)


def test_solar_neutrinos_in_xenonnt_as_published(analysis):
    """25 ± 2 events between 1 and 10 keV (arXiv:2207.11330, table of backgrounds)."""
    expectation = analysis.expectations["xenonnt_sr0"]
    below_ten = expectation.experiment.bin_edges[1:] <= 10
    assert expectation.standard_model[below_ten].sum() == pytest.approx(25, abs=2)


def test_pickled_expectation_computes_the_same(analysis):
    expectation = analysis.expectations["pandax4t_run1"]
    again = pickle.loads(pickle.dumps(expectation))
    np.testing.assert_array_equal(again.standard_model, expectation.standard_model)
    np.testing.assert_array_equal(again.background, expectation.background)
    np.testing.assert_array_equal(again.dipole([0.1, 0.7]), expectation.dipole([0.1, 0.7]))
