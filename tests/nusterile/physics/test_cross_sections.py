"""Cross sections against the formulas with 40 digits and against textbook numbers."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from direct_integration import ALPHA, G_F, HBARC2, M_E, S2W, minimum_energy
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from nusterile.physics.cross_sections import (
    Couplings,
    couplings,
    dipole_coefficients,
    dipole_cross_section,
    standard_model_cross_section,
)

recoils = st.floats(1e-5, 10.0)
masses = st.one_of(st.just(0.0), st.floats(1e-3, 3.0))
above = st.floats(1e-9, 3.0)


def exact_dipole_terms(T: float, E: float, m_4: float) -> list[mpmath.mpf]:
    """The five terms of the bracket, 1/MeV."""
    T, E, m_4, m_e = (mpmath.mpf(v) for v in (T, E, m_4, M_E))
    ratio = m_4**2 / (2 * E * T * m_e)
    return [
        1 / T,
        -1 / E,
        -ratio * (1 - T / (2 * E)),
        -ratio * m_e / (2 * E),
        m_4**4 * (T - m_e) / (8 * E**2 * T**2 * m_e**2),
    ]


@given(T=recoils, m_4=masses, excess=above)
def test_dipole_against_the_formula(T, m_4, excess):
    E = minimum_energy(T, m_4) * (1 + excess)
    with mpmath.workdps(40):
        terms = exact_dipole_terms(T, E, m_4)
        scale = mpmath.pi * mpmath.mpf(ALPHA) ** 2 / mpmath.mpf(M_E) ** 2 * HBARC2
        expected = float(scale * sum(terms))
        largest = float(scale * max(abs(t) for t in terms))
    # Rounding of each term, 1e-15 of the largest: near E_min they cancel.
    assert float(dipole_cross_section(T, E, m_4, 1.0)) == pytest.approx(
        expected, rel=1e-14, abs=5e-15 * largest
    )


@given(T=recoils, excess=above)
@pytest.mark.parametrize("flavor", ["e", "mu", "tau"])
@pytest.mark.parametrize("scheme", ["tree", "radiative"])
def test_standard_model_against_the_formula(T, excess, flavor, scheme):
    E = minimum_energy(T, 0.0) * (1 + excess)
    if scheme == "tree":
        g_v, g_a = (2 * S2W + 0.5, 0.5) if flavor == "e" else (2 * S2W - 0.5, -0.5)
    else:
        g_v = {"e": 0.9521, "mu": -0.0397, "tau": -0.0353}[flavor]
        g_a = {"e": 0.4938, "mu": -0.5062, "tau": -0.5062}[flavor]
    with mpmath.workdps(40):
        T_, E_, m_e = mpmath.mpf(T), mpmath.mpf(E), mpmath.mpf(M_E)
        # The form with g_V and g_A: (G_F² m_e / 2π) [...] is the same cross section.
        terms = [
            mpmath.mpf(g_v + g_a) ** 2,
            mpmath.mpf(g_v - g_a) ** 2 * (1 - T_ / E_) ** 2,
            -(mpmath.mpf(g_v) ** 2 - mpmath.mpf(g_a) ** 2) * m_e * T_ / E_**2,
        ]
        scale = mpmath.mpf(G_F) ** 2 * m_e / (2 * mpmath.pi) * HBARC2
        expected = float(scale * sum(terms))
        largest = float(scale * max(abs(t) for t in terms))
    value = float(standard_model_cross_section(T, E, couplings(flavor, scheme)))
    assert value == pytest.approx(expected, rel=1e-13, abs=5e-15 * largest)


@given(T=recoils, m_4=masses, excess=st.floats(1e-6, 10.0))
def test_dipole_is_positive_inside_the_kinematic_interval(T, m_4, excess):
    assert float(dipole_cross_section(T, minimum_energy(T, m_4) * (1 + excess), m_4, 1e-11)) > 0


@given(T=recoils, m_4=masses, missing=st.floats(1e-9, 0.9))
def test_cross_sections_vanish_below_the_minimum_energy(T, m_4, missing):
    E = minimum_energy(T, m_4) * (1 - missing)
    assert float(dipole_cross_section(T, E, m_4, 1e-11)) == 0.0
    E = minimum_energy(T, 0.0) * (1 - missing)
    assert float(standard_model_cross_section(T, E, couplings("e"))) == 0.0


@given(T=recoils, m_4=masses, excess=above, factor=st.floats(1e-3, 1e3))
def test_dipole_scales_with_the_square_of_the_moment(T, m_4, excess, factor):
    E = minimum_energy(T, m_4) * (1 + excess)
    one, scaled = dipole_cross_section(T, E, m_4, [1e-11, 1e-11 * factor])
    assert scaled == pytest.approx(one * factor**2, rel=1e-14)


def test_massless_limit_is_the_classic_magnetic_scattering():
    # π α²/m_e² is π times the classical electron radius squared: 2.4945e-25 cm².
    T, E = 0.01, 0.5
    assert float(dipole_cross_section(T, E, 0.0, 1.0)) == pytest.approx(
        np.pi * (2.8179403205e-13) ** 2 * (1 / T - 1 / E), rel=1e-9
    )
    # m_4² terms: m_4 = 1 keV changes it by about m_4²/(2 E T m_e)(1 + m_e/2E) T.
    tiny = float(dipole_cross_section(T, E, 1e-6, 1.0))
    assert tiny == pytest.approx(float(dipole_cross_section(T, E, 0.0, 1.0)), rel=1e-9)


def test_total_standard_model_cross_section_at_high_energy():
    """σ = σ₀ E/m_e (g_L² + g_R²/3) for E >> m_e, σ₀ = 2 G_F² m_e²/π = 88.06e-46 cm²."""
    E = 1e4
    end = 2 * E**2 / (M_E + 2 * E)
    for flavor in ("e", "mu"):
        g = couplings(flavor)
        total, _ = quad(lambda T, g=g: float(standard_model_cross_section(T, E, g)), 0, end)
        # σ₀ is published with four digits; m_e/E is 5e-5.
        assert total == pytest.approx(88.06e-46 * E / M_E * (g.left**2 + g.right**2 / 3), rel=2e-4)


def test_couplings():
    assert couplings("e") == Couplings(pytest.approx(0.73863), pytest.approx(0.23863))
    assert (
        couplings("mu")
        == couplings("tau")
        == Couplings(pytest.approx(-0.26137), pytest.approx(0.23863))
    )
    for flavor in ("e", "mu", "tau"):
        tree, radiative = couplings(flavor), couplings(flavor, "radiative")
        # Radiative corrections are a few per cent.
        assert radiative.left == pytest.approx(tree.left, abs=0.02)
        assert radiative.right == pytest.approx(tree.right, abs=0.02)
        assert radiative != tree
    assert couplings("mu", "radiative") != couplings("tau", "radiative")
    assert couplings("e", "radiative", 0.3) == couplings("e", "radiative")


def test_coefficients_broadcast():
    assert dipole_coefficients(np.ones(3), np.ones((2, 1))).shape == (3, 2, 3)
