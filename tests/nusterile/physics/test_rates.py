"""dR/dT against direct adaptive integration of the formulas, source by source.

The direct rate is one adaptive quadrature over the neutrino energy per recoil energy and
mass, split at every node of the spectrum (`direct_integration`), asked for 1e-10. It is itself
checked against thirty digits below. Two tolerances apply:

* 1e-6 wherever the rate is above 1e-9 of its maximum over T. Close to the kinematic limits
  the terms of the dipole cross section cancel to 1e-5 of their size and more, and the
  1e-14 of the flux moments grows accordingly; 7e-10 is the worst seen.
* 1e-11 where it is above 1e-3 of its maximum; 2e-13 is the worst seen.
"""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from direct_integration import (
    ALPHA,
    CONTINUOUS,
    DELTA_M2,
    G_F,
    HBARC2,
    M_E,
    MOLAR_MASS,
    N_A,
    SECONDS,
    SIN2_12,
    SIN2_13,
    SOURCES,
    dipole_rates,
    end_energies,
    flux,
    free_electrons,
    from_vector_axial,
    minimum_energy,
    reached_recoils,
    shells,
    spectrum,
    standard_model_rate,
    tree_couplings,
    zone,
)
from hypothesis import given
from hypothesis import strategies as st

from nusterile.physics.flux_moments import FluxMoments
from nusterile.physics.rates import RecoilRates
from nusterile.physics.solar import solar_sources
from nusterile.physics.survival import Oscillation
from nusterile.physics.xenon import xenon
from nusterile.vocabulary import FLAVORS

MASSES = (0.0, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.3, 1.7, 2.0, 2.5, 3.0)
#: Distances from an edge, as shares of its energy.
CLOSE = (1e-2, 3e-3, 1e-4, 1e-8)
LOWEST_KEV = 0.0122


def rates_of(*names: str, **options) -> RecoilRates:
    oscillation = Oscillation()
    return RecoilRates(
        FluxMoments(solar_sources(names=names or None), oscillation), oscillation, **options
    )


@pytest.fixture(scope="module")
def rates():
    return rates_of()


def recoils_to_probe(source: str, m_4: float) -> np.ndarray:
    """Recoil energies (keV) over the whole reach of a source and around each edge of it."""
    reached = [reached_recoils(E, m_4) for E in end_energies(source)]
    edges = 1e3 * np.array([edge for ends in reached if ends for edge in ends])
    if edges.size == 0:
        return edges
    low, high = max(edges.min(), LOWEST_KEV), edges.max()
    if high <= low:
        return np.array([])
    spread = np.geomspace(low * 1.0001, high * 0.9999, 18)
    close = np.outer(edges, [1 + sign * d for d in CLOSE for sign in (-1, 1)]).ravel()
    return np.unique(np.concatenate([spread, close[close > LOWEST_KEV]]))


def assert_agrees(found: np.ndarray, expected: np.ndarray, where: str) -> float:
    """Compare curves over the last axis; return the largest deviation above 1e-9 of the top."""
    largest = 0.0
    highest = expected.max(axis=-1, keepdims=True)
    for floor, tolerance in ((1e-9, 1e-6), (1e-3, 1e-11)):
        seen = expected > floor * highest
        deviation = abs(found[seen] / expected[seen] - 1)
        assert deviation.size == 0 or deviation.max() < tolerance, where
        largest = max(largest, deviation.max(initial=0.0))
    # Exactly nothing where nothing can come from.
    assert np.all(found[expected == 0] == 0), where
    return largest


@pytest.mark.parametrize("source", SOURCES)
def test_dipole_rate_against_direct_integration(source, measured):
    rates = rates_of(source)
    probed = 0
    for m_4 in MASSES:
        T = recoils_to_probe(source, m_4)
        if T.size == 0:
            assert not rates.dipole(np.geomspace(0.02, 1e4, 50), m_4).any()
            continue
        direct = [dipole_rates(source, t, m_4) for t in T]
        expected = np.array([[point[flavor] for point in direct] for flavor in FLAVORS])
        found = rates.dipole(T, m_4)[:, 0]
        measured("rates", assert_agrees(found, expected, f"{source}, m_4 = {m_4}"))
        probed += T.size
    assert probed > 100


@pytest.mark.parametrize("source", SOURCES)
def test_standard_model_rate_against_direct_integration(source, measured):
    T = recoils_to_probe(source, 0.0)
    expected = np.array([standard_model_rate(source, t) for t in T])
    measured("rates", assert_agrees(rates_of(source).standard_model(T), expected, source))


@pytest.mark.parametrize("source", ["pp", "8B", "7Be"])
def test_radiative_couplings_and_other_mixing_angle(source):
    T = recoils_to_probe(source, 0.0)
    radiative = {
        "e": from_vector_axial(0.9521, 0.4938),
        "mu": from_vector_axial(-0.0397, -0.5062),
        "tau": from_vector_axial(-0.0353, -0.5062),
    }
    expected = np.array([standard_model_rate(source, t, radiative) for t in T])
    assert_agrees(rates_of(source, scheme="radiative").standard_model(T), expected, source)
    expected = np.array([standard_model_rate(source, t, tree_couplings(0.25)) for t in T])
    assert_agrees(rates_of(source, sin2_theta_w=0.25).standard_model(T), expected, source)


@given(
    T=st.floats(np.log(0.0122), np.log(1e3)).map(np.exp),
    m_4=st.one_of(st.just(0.0), st.floats(1e-3, 3.0)),
)
def test_all_sources_at_a_random_point(rates, T, m_4):
    direct = [dipole_rates(source, T, m_4) for source in SOURCES]
    found = rates.dipole([T], m_4)[:, 0, 0]
    highest = rates.dipole(np.geomspace(LOWEST_KEV, 1e4, 200), m_4).max()
    for value, flavor in zip(found, FLAVORS, strict=True):
        expected = sum(point[flavor] for point in direct)
        assert value == pytest.approx(expected, rel=1e-6, abs=1e-9 * highest)


@given(T=st.floats(np.log(0.0122), np.log(300.0)).map(np.exp))
def test_standard_model_of_all_sources_at_a_random_point(rates, T):
    expected = sum(standard_model_rate(source, T) for source in SOURCES)
    assert float(rates.standard_model([T])[0]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("source", "T_keV", "m_4"),
    [("pp", 150.0, 0.0), ("pp", 60.0, 0.2), ("pp", 263.9, 0.0), ("13N", 1.5, 0.3)],
)
def test_direct_integration_against_thirty_digits(source, T_keV, m_4):
    """Check the checker: the same integral with Gauss-Legendre of mpmath on every segment."""
    energy, density = spectrum(source)
    weight, n_e = zone(source)
    lowest = minimum_energy(T_keV * 1e-3, m_4)
    with mpmath.workdps(30):
        T, m, m_e = mpmath.mpf(T_keV) / 1000, mpmath.mpf(m_4), mpmath.mpf(M_E)
        per_mol = N_A * mpmath.mpf(HBARC2) ** mpmath.mpf(1.5)
        c13, cos2 = 1 - mpmath.mpf(SIN2_13), 1 - 2 * mpmath.mpf(SIN2_12)
        betas = [2 * mpmath.sqrt(2) * G_F * mpmath.mpf(n) * per_mol * c13 / DELTA_M2 for n in n_e]

        def survived(E):
            total = mpmath.mpf(0)
            for share, beta in zip(weight, betas, strict=True):
                x = cos2 - beta * E
                total += share * (1 + cos2 * x / mpmath.sqrt(x**2 + 1 - cos2**2)) / 2
            return c13**2 * total / sum(weight) + mpmath.mpf(SIN2_13) ** 2

        def cross_section(E):
            mass = m**2 / (2 * E * T * m_e) * (1 - T / (2 * E) + m_e / (2 * E))
            quartic = m**4 * (T - m_e) / (8 * E**2 * T**2 * m_e**2)
            return 1 / T - 1 / E - mass + quartic

        total = mpmath.mpf(0)
        start = int(np.searchsorted(energy, lowest, side="right")) - 1
        for i in range(max(start, 0), energy.size - 1):
            a, b = mpmath.mpf(energy[i]), mpmath.mpf(energy[i + 1])
            rise = (mpmath.mpf(density[i + 1]) - density[i]) / (b - a)
            low = max(a, mpmath.mpf(lowest))
            total += mpmath.quad(
                lambda E, i=i, a=a, r=rise: (
                    (density[i] + r * (E - a)) * survived(E) * cross_section(E)
                ),
                [low, b],
                method="gauss-legendre",
                maxdegree=3,
            )
        scale = mpmath.pi * mpmath.mpf(ALPHA) ** 2 / m_e**2 * HBARC2 * mpmath.mpf("1e-22")
        unit = N_A / MOLAR_MASS * 1e6 * SECONDS * 1e-3 * free_electrons(T_keV) * flux(source)
        expected = float(total * scale * unit)
    assert dipole_rates(source, T_keV, m_4)["e"] == pytest.approx(expected, rel=1e-9)


def test_lines_reach_closed_intervals():
    """At an edge the rate jumps: there just inside, gone just outside."""
    rates = rates_of("pep")
    for m_4 in (0.2, 0.5, 0.8):
        low, high = (1e3 * edge for edge in reached_recoils(1.442, m_4))
        inside = rates.dipole([low * (1 + 1e-11), high * (1 - 1e-11)], m_4)
        outside = rates.dipole([low * (1 - 1e-11), high * (1 + 1e-11)], m_4)
        assert np.all(inside > 0)
        assert np.all(outside == 0)


def test_heaviest_mass_that_the_sun_makes(rates):
    # hep neutrinos end at 18.784 MeV: m + m²/(2 m_e) = 18.784 MeV.
    heaviest = np.sqrt(M_E**2 + 2 * M_E * 18.784) - M_E
    T = np.geomspace(1.0, 1e5, 2000)
    assert rates.dipole(T, heaviest * 0.999).any()
    assert not rates.dipole(T, heaviest * 1.001).any()


@given(
    T=st.floats(0.02, 1e3),
    m_4=st.one_of(st.just(0.0), st.floats(1e-3, 3.0)),
)
def test_flavors_sum_to_effective(rates, T, m_4):
    effective, *flavors = rates.dipole([T], m_4)[:, 0, 0]
    assert sum(flavors) == pytest.approx(effective, rel=1e-14)
    assert min(flavors) >= 0


def test_sources_add_up(rates):
    T = np.geomspace(0.02, 500, 200)
    single = [rates_of(name) for name in SOURCES]
    np.testing.assert_allclose(
        sum(r.standard_model(T) for r in single), rates.standard_model(T), rtol=1e-10
    )
    for m_4 in (0.0, 0.1):
        total = rates.dipole(T, m_4)
        np.testing.assert_allclose(
            sum(r.dipole(T, m_4) for r in single), total, rtol=1e-9, atol=1e-12 * total.max()
        )


def test_solar_model_and_survival_enter():
    T = np.array([1.0, 50.0])
    low_metals = RecoilRates(
        FluxMoments(solar_sources("agss09met", ["8B"]), Oscillation()), Oscillation()
    )
    np.testing.assert_allclose(
        low_metals.standard_model(T) / rates_of("8B").standard_model(T), 4.50 / 5.46, rtol=1e-12
    )
    # Without mixing only electron neutrinos arrive: no μ and τ dipole rate.
    unmixed = Oscillation(sin2_theta_12=0.0, sin2_theta_13=0.0)
    found = RecoilRates(FluxMoments(solar_sources(names=["7Be"]), unmixed), unmixed).dipole(T, 0.0)
    np.testing.assert_array_equal(found[2:], 0.0)
    np.testing.assert_array_equal(found[0], found[1])


def test_effective_charge_counts_the_shells():
    table = shells()
    assert sum(electrons for _, electrons in table) == 54
    for binding, _ in table:
        for T_keV in (binding * 1e-3 * (1 - 1e-12), binding * 1e-3 * (1 + 1e-12)):
            assert float(xenon().electrons(T_keV)) == free_electrons(T_keV)
    np.testing.assert_allclose(xenon().binding_energies, sorted(b * 1e-3 for b, _ in table))
    assert float(xenon().electrons(0.012)) == 0.0
    # A shell counts from its binding energy on, itself included.
    at_the_edges = xenon().electrons(xenon().binding_energies)
    assert at_the_edges.tolist() == [free_electrons(b * 1e-3) for b, _ in sorted(table)]


@pytest.mark.parametrize("source", CONTINUOUS)
def test_edges_hold_the_ends_of_the_reach(source):
    rates = rates_of(source)
    energy, density = spectrum(source)
    end = energy[np.flatnonzero(density)[-1] + 1]
    for m_4 in (0.01, 0.1, 0.25):
        found = rates.edges(m_4)
        assert np.all(np.diff(found) > 0)
        for edge in reached_recoils(end, m_4):
            assert np.min(abs(found / (edge * 1e3) - 1)) < 1e-12


def test_shapes(rates):
    assert rates.standard_model(np.ones(3)).shape == (3,)
    assert rates.dipole(np.ones(3), np.zeros(5)).shape == (4, 5, 3)
