"""Kinematics against four-momentum conservation and against a root finder."""

from __future__ import annotations

from math import sqrt

import mpmath
import numpy as np
import pytest
from direct_integration import M_E, reached_recoils
from hypothesis import given
from hypothesis import strategies as st

from nusterile.physics.kinematics import minimum_neutrino_energy, recoil_interval, threshold_energy

masses = st.one_of(st.just(0.0), st.floats(1e-4, 4.0))
recoils = st.floats(1e-6, 30.0)


def exact_minimum_energy(T: float, m_4: float) -> mpmath.mpf:
    """Solve (E - T)² - (E - p)² = m_4², forward scattering, with 50 digits."""
    with mpmath.workdps(50):
        T, m_4 = mpmath.mpf(T), mpmath.mpf(m_4)
        p = mpmath.sqrt(T * (T + 2 * mpmath.mpf(M_E)))
        return (m_4**2 - T**2 + p**2) / (2 * (p - T))


@given(T=recoils, m_4=masses)
def test_minimum_energy_solves_forward_scattering(T, m_4):
    # A dozen operations without cancellation: some 1e-15.
    assert float(minimum_neutrino_energy(T, m_4)) == pytest.approx(
        float(exact_minimum_energy(T, m_4)), rel=5e-15
    )


@given(E=st.floats(0.01, 20.0), T=recoils, m_4=masses)
def test_minimum_energy_bounds_the_scattering_angle(E, T, m_4):
    """|cos θ| <= 1 of the sterile neutrino is the same as E >= E_min."""
    sterile_energy = E - T
    p_electron = sqrt(T * (T + 2 * M_E))
    p4_squared = sterile_energy**2 - m_4**2
    lowest = float(minimum_neutrino_energy(T, m_4))
    if abs(E / lowest - 1) < 1e-9:
        return  # on the border, where rounding decides
    # Both momenta given: the electron's angle to the neutrino closes the triangle.
    allowed = (
        sterile_energy > m_4
        and p4_squared >= 0
        and abs(E**2 + p_electron**2 - p4_squared) <= 2 * E * p_electron
    )
    assert (lowest <= E) == allowed


@given(E=st.floats(0.01, 20.0), fraction=st.floats(0.0, 0.999))
def test_ends_of_the_interval_have_that_minimum_energy(E, fraction):
    heaviest = sqrt(M_E**2 + 2 * M_E * E) - M_E
    m_4 = fraction * heaviest
    low, high = (float(end) for end in recoil_interval(E, m_4))
    assert 0 <= low <= high
    # E_min has a slope of order one in ln T away from its minimum; rounding 1e-15 of T.
    assert float(minimum_neutrino_energy(high, m_4)) == pytest.approx(E, rel=1e-12)
    if low > 1e-290:
        assert float(minimum_neutrino_energy(low, m_4)) == pytest.approx(E, rel=1e-12)


@given(E=st.floats(0.01, 20.0), fraction=st.floats(1e-3, 0.98), inside=st.floats(0.01, 0.99))
def test_interval_is_where_the_minimum_energy_is_reached(E, fraction, inside):
    m_4 = fraction * (sqrt(M_E**2 + 2 * M_E * E) - M_E)
    low, high = (float(end) for end in recoil_interval(E, m_4))
    assert float(minimum_neutrino_energy(low ** (1 - inside) * high**inside, m_4)) < E
    assert float(minimum_neutrino_energy(low * (1 - 1e-6), m_4)) > E
    assert float(minimum_neutrino_energy(high * (1 + 1e-6), m_4)) > E


@pytest.mark.parametrize("E", [0.3843, 0.8613, 1.442, 18.784])
@pytest.mark.parametrize("m_4", [0.0, 1e-3, 0.05, 0.2, 0.5, 0.85])
def test_interval_against_a_root_finder(E, m_4):
    expected = reached_recoils(E, m_4)
    low, high = recoil_interval(E, m_4)
    if expected is None:
        assert np.isnan(low)
        assert np.isnan(high)
    else:
        # The root finder works in ln T to 1e-14.
        assert float(low) == pytest.approx(expected[0], rel=1e-12)
        assert float(high) == pytest.approx(expected[1], rel=1e-12)


@given(m_4=st.floats(1e-4, 4.0))
def test_interval_opens_at_the_threshold(m_4):
    E = float(threshold_energy(m_4))
    np.testing.assert_allclose(E, ((M_E + m_4) ** 2 - M_E**2) / (2 * M_E), rtol=1e-12)
    assert np.isnan(recoil_interval(E * (1 - 1e-9), m_4)[0])
    low, high = recoil_interval(E * (1 + 1e-9), m_4)
    # Both ends leave T = m_4² / (2 (m_e + m_4)) like the square root of the distance.
    at_threshold = m_4**2 / (2 * (M_E + m_4))
    assert float(low) == pytest.approx(at_threshold, rel=1e-3)
    assert float(high) == pytest.approx(at_threshold, rel=1e-3)


def test_elastic_end_is_the_textbook_one():
    E = np.array([0.1, 0.8613, 10.0])
    low, high = recoil_interval(E, 0.0)
    np.testing.assert_array_equal(low, 0.0)
    np.testing.assert_allclose(high, 2 * E**2 / (M_E + 2 * E), rtol=1e-14)


def test_no_recoil_without_energy():
    assert np.isinf(minimum_neutrino_energy(0.0, 0.1))
    assert float(minimum_neutrino_energy(0.0, 0.0)) == 0.0
    assert np.isnan(recoil_interval(0.0, 0.1)[0])


def test_arguments_broadcast():
    assert minimum_neutrino_energy(np.ones(3), np.ones((2, 1))).shape == (2, 3)
    low, high = recoil_interval(np.ones(3), np.full((2, 1), 0.1))
    assert low.shape == high.shape == (2, 3)
