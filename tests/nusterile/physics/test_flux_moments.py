"""Cumulative flux moments against adaptive integration from node to node."""

from __future__ import annotations

import numpy as np
import pytest
from direct_integration import CONTINUOUS, LINES, SOURCES, flux, spectrum, survival, zone
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from nusterile.physics.flux_moments import FluxMoments
from nusterile.physics.solar import solar_sources
from nusterile.physics.survival import Oscillation


@pytest.fixture(scope="module")
def moments():
    """Moments of each source alone, and of all together."""
    single = {n: FluxMoments(solar_sources(names=[n]), Oscillation()) for n in SOURCES}
    return {**single, "all": FluxMoments(solar_sources(), Oscillation())}


def direct_moment(source: str, power: int, converted: bool, start: float) -> float:
    energy, density = spectrum(source)
    weight, n_e = zone(source)
    start = max(start, energy[0])
    if start >= energy[-1]:
        return 0.0

    def integrand(E: float) -> float:
        p_ee = survival(E, weight, n_e, weight.size)
        probability = 1 - p_ee if converted else p_ee
        return np.interp(E, energy, density) * probability * E**-power

    edges = np.concatenate([[start], energy[energy > start * (1 + 1e-12)]])
    # Only some tens of nodes for the fine tables: smooth panels, kinks as split points.
    total = 0.0
    for panel in np.array_split(np.arange(edges.size - 1), max(1, edges.size // 40)):
        points = edges[panel[0] : panel[-1] + 2]
        total += quad(
            integrand,
            points[0],
            points[-1],
            points=points[1:-1] if points.size > 2 else None,
            epsabs=0.0,
            epsrel=1e-12,
            limit=200,
        )[0]
    return flux(source) * total


@pytest.mark.parametrize("source", CONTINUOUS)
def test_moments_against_direct_integration(source, moments):
    nodes = spectrum(source)[0]
    rng = np.random.default_rng(1)
    # Below, on and between nodes, and within 1 % of the end.
    for start in (2e-3, nodes[1], nodes[nodes.size // 2], rng.uniform(0, 1) * nodes[-1]):
        found = moments[source].continuous(start)
        for power in (0, 1, 2):
            for converted in (False, True):
                # Six Gauss nodes in a cell of 1 % leave 1e-13; quad itself stops at 1e-12.
                assert found[int(converted), power] == pytest.approx(
                    direct_moment(source, power, converted, start), rel=1e-11
                )


@pytest.mark.parametrize("source", CONTINUOUS)
def test_moments_close_to_the_end_keep_their_digits(source, moments):
    energy, density = spectrum(source)
    end = energy[np.flatnonzero(density)[-1] + 1]
    for distance in (1e-2, 1e-3, 1e-5):
        start = end * (1 - distance)
        found = moments[source].continuous(start)
        for power in (0, 2):
            assert found[0, power] == pytest.approx(
                direct_moment(source, power, False, start), rel=1e-9
            )


def test_moments_of_sources_add_up(moments):
    E = np.geomspace(1e-3, 20, 300)
    total = sum(moments[name].continuous(E) for name in SOURCES)
    # Each table is refined differently: 1e-13 of each cell.
    np.testing.assert_allclose(moments["all"].continuous(E), total, rtol=1e-10, atol=0)


@given(E=st.floats(1e-4, 30.0), factor=st.floats(1.0, 2.0))
def test_moments_only_fall_with_the_lower_energy(moments, E, factor):
    # Up to rounding of the sum.
    below, above = moments["all"].continuous(E), moments["all"].continuous(E * factor)
    assert np.all(above <= below * (1 + 1e-13))
    assert np.all(above >= 0)


def test_channels_sum_to_the_flux(moments):
    for source in CONTINUOUS:
        found = moments[source].continuous(1e-5)[:, 0].sum()
        # The unit integral of a table is known to 2e-6.
        assert found == pytest.approx(flux(source), rel=3e-6)


def test_nothing_above_the_end(moments):
    for source in CONTINUOUS:
        energies = [spectrum(source)[0][-1], 25.0, np.inf]
        np.testing.assert_array_equal(moments[source].continuous(energies), 0.0)


def test_ends_are_where_the_flux_ends(moments):
    for source in CONTINUOUS:
        energy, density = spectrum(source)
        (end,) = moments[source].end_energies
        assert np.all(density[energy >= end] == 0)
        assert density[np.searchsorted(energy, end) - 1] > 0


def test_lines(moments):
    for source, lines in LINES.items():
        weight, n_e = zone(source)
        powers = moments[source].line_powers()
        assert powers.shape == (2, 3, len(lines))
        for index, (energy, share) in enumerate(lines):
            p_ee = survival(energy, weight, n_e, weight.size)
            for power in (0, 1, 2):
                expected = flux(source) * share * energy**-power * np.array([p_ee, 1 - p_ee])
                np.testing.assert_allclose(powers[:, power, index], expected, rtol=1e-13)
        np.testing.assert_array_equal(moments[source].continuous([0.1, 1.0]), 0.0)


def test_shape_follows_the_energies(moments):
    assert moments["pp"].continuous(np.ones((2, 5))).shape == (2, 3, 2, 5)
