"""Adiabatic conversion against the formula with 30 digits and its known limits."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from direct_integration import SOURCES, zone
from hypothesis import given
from hypothesis import strategies as st

from nusterile.physics.solar import solar_sources
from nusterile.physics.survival import (
    Oscillation,
    ProductionZone,
    flavor_weights,
    survival_probability,
)

energies = st.floats(1e-5, 20.0)
oscillations = st.builds(
    Oscillation,
    sin2_theta_12=st.floats(0.0, 1.0),
    sin2_theta_13=st.floats(0.0, 1.0),
    sin2_theta_23=st.floats(0.0, 1.0),
    delta_m2_21=st.floats(1e-6, 1e-3),
)


def exact_survival(E: float, density: float, oscillation: Oscillation) -> float:
    """P_ee at one density (mol/cm³), from the mixing angle in matter and in eV."""
    with mpmath.workdps(30):
        s12, s13 = mpmath.mpf(oscillation.sin2_theta_12), mpmath.mpf(oscillation.sin2_theta_13)
        theta = mpmath.asin(mpmath.sqrt(s12))
        hbarc_eV_cm = mpmath.sqrt(mpmath.mpf("0.3893793721e-27")) * 10**9
        n_e = density * mpmath.mpf("6.02214076e23") * hbarc_eV_cm**3  # eV³
        fermi = mpmath.mpf("1.1663788e-5") * mpmath.mpf(10) ** -18  # eV^-2
        potential = mpmath.sqrt(2) * fermi * n_e  # eV
        beta = 2 * potential * (1 - s13) * mpmath.mpf(E) * 10**6 / oscillation.delta_m2_21
        theta_m = mpmath.atan2(mpmath.sin(2 * theta), mpmath.cos(2 * theta) - beta) / 2
        average = (1 + mpmath.cos(2 * theta_m) * mpmath.cos(2 * theta)) / 2
        return float((1 - s13) ** 2 * average + s13**2)


@given(E=energies, density=st.floats(0.0, 200.0))
def test_one_density_against_the_formula(E, density):
    point = ProductionZone(np.array([1.0]), np.array([density]))
    # A dozen roundings.
    assert float(survival_probability(E, point, Oscillation())) == pytest.approx(
        exact_survival(E, density, Oscillation()), rel=1e-14
    )


@given(E=energies, source=st.sampled_from(SOURCES))
def test_average_over_the_production_zone(E, source):
    weight, density = zone(source)
    expected = sum(
        w * exact_survival(E, n, Oscillation()) for w, n in zip(weight, density, strict=True)
    ) / sum(weight)
    (loaded,) = solar_sources(names=[source])
    value = float(survival_probability(E, loaded.zone, Oscillation()))
    assert value == pytest.approx(expected, rel=1e-13)


def test_matter_potential_has_its_textbook_size():
    """√2 G_F n_e = 7.63e-14 eV per mol/cm³ of electrons (Giunti and Kim, three digits)."""
    # On resonance, β = cos 2θ, two flavours mix maximally and P_ee is one half.
    oscillation = Oscillation(sin2_theta_13=0.0)
    density = 100.0
    resonance = (1 - 2 * 0.308) * 7.49e-5 / (2 * 7.63e-14 * density) * 1e-6  # MeV
    point = ProductionZone(np.array([1.0]), np.array([density]))
    assert float(survival_probability(resonance, point, oscillation)) == pytest.approx(
        0.5, abs=1e-4
    )


def test_vacuum_and_matter_limits():
    oscillation = Oscillation()
    s12, s13 = oscillation.sin2_theta_12, oscillation.sin2_theta_13
    (boron,) = solar_sources(names=["8B"])
    low, high = survival_probability([1e-6, 1e5], boron.zone, oscillation)
    vacuum = (1 - s13) ** 2 * (1 - 2 * s12 * (1 - s12)) + s13**2
    # β is 1e-7 at the low end and 4e4, with corrections 1/β², at the high one.
    assert low == pytest.approx(vacuum, rel=1e-6)
    assert high == pytest.approx((1 - s13) ** 2 * s12 + s13**2, rel=1e-6)


def test_measured_survival_of_solar_neutrinos():
    """Borexino (Nature 562 (2018) 505): pp 0.57 ± 0.09, 7Be 0.53 ± 0.05, 8B 0.37 ± 0.08."""
    for source, energy, value, error in (
        ("pp", 0.27, 0.57, 0.09),
        ("7Be", 0.862, 0.53, 0.05),
        ("8B", 8.1, 0.37, 0.08),
    ):
        (loaded,) = solar_sources(names=[source])
        p_ee = float(survival_probability(energy, loaded.zone, Oscillation()))
        assert abs(p_ee - value) < error


@given(E=energies, source=st.sampled_from(SOURCES))
def test_survival_lies_between_matter_and_vacuum(E, source):
    oscillation = Oscillation()
    s12, s13 = oscillation.sin2_theta_12, oscillation.sin2_theta_13
    (loaded,) = solar_sources(names=[source])
    p_ee = float(survival_probability(E, loaded.zone, oscillation))
    matter = (1 - s13) ** 2 * s12 + s13**2
    vacuum = (1 - s13) ** 2 * (1 - 2 * s12 * (1 - s12)) + s13**2
    assert matter < p_ee < vacuum


@given(E=energies, oscillation=oscillations, source=st.sampled_from(SOURCES))
def test_any_parameters_give_probabilities(E, oscillation, source):
    (loaded,) = solar_sources(names=[source])
    p_ee = survival_probability(E, loaded.zone, oscillation)
    assert -1e-15 <= float(p_ee) <= 1 + 1e-15
    weights = flavor_weights(p_ee, oscillation)
    assert list(weights) == ["e", "mu", "tau"]
    assert float(sum(weights.values())) == pytest.approx(1.0, rel=1e-15)
    assert all(-1e-15 <= float(w) <= 1 + 1e-15 for w in weights.values())


def test_atmospheric_angle_shares_muon_and_tau():
    weights = flavor_weights(0.4, Oscillation(sin2_theta_23=0.47))
    assert float(weights["mu"]) == pytest.approx(0.6 * 0.53)
    assert float(weights["tau"]) == pytest.approx(0.6 * 0.47)


def test_shape_follows_the_energies():
    (loaded,) = solar_sources(names=["pp"])
    assert survival_probability(np.ones((2, 3)), loaded.zone, Oscillation()).shape == (2, 3)
