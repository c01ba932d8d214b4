"""Kinematics of ν_ℓ e → ν₄ e on an electron at rest.

Energies and masses in MeV. ``m_4 = 0`` gives elastic scattering.

References
----------
Two-body kinematics; E_min as in figure 3 of arXiv:2511.00701.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.physics.constants import ELECTRON_MASS

__all__ = ["minimum_neutrino_energy", "recoil_interval", "threshold_energy"]


def threshold_energy(m_4: ArrayLike) -> NDArray[np.float64]:
    """Neutrino energy below which ν₄ cannot be produced.

    Parameters
    ----------
    m_4 : array_like
        Sterile mass, MeV.

    Returns
    -------
    ndarray
        ``m_4 + m_4²/(2 m_e)``, MeV, shape of `m_4`.

    Examples
    --------
    >>> float(threshold_energy(0.0))
    0.0
    """
    mass = np.asarray(m_4, dtype=float)
    return mass + mass**2 / (2 * ELECTRON_MASS)


def minimum_neutrino_energy(recoil_energy: ArrayLike, m_4: ArrayLike) -> NDArray[np.float64]:
    """Smallest neutrino energy that can give an electron the recoil energy T.

    Parameters
    ----------
    recoil_energy : array_like
        Recoil energy T > 0, MeV.
    m_4 : array_like
        Sterile mass, MeV; broadcast against `recoil_energy`.

    Returns
    -------
    ndarray
        ``(m_4² + 2 m_e T) / (2 (p - T))`` with ``p = sqrt(T (T + 2 m_e))``, MeV.
        Infinite at T = 0 where m_4 > 0.

    Notes
    -----
    ``p - T = 2 m_e T / (p + T)`` removes the cancellation at large T.

    Examples
    --------
    >>> float(minimum_neutrino_energy(0.01, 0.0).round(6))
    0.055794
    """
    T = np.asarray(recoil_energy, dtype=float)
    mass = np.asarray(m_4, dtype=float)
    p_plus_T = np.sqrt(T * (T + 2 * ELECTRON_MASS)) + T
    with np.errstate(divide="ignore", invalid="ignore"):
        massive = mass**2 * p_plus_T / (4 * ELECTRON_MASS * T)
    massive = np.where(mass > 0, np.where(T > 0, massive, np.inf), 0.0)
    found: NDArray[np.float64] = massive + p_plus_T / 2
    return found


def recoil_interval(
    neutrino_energy: ArrayLike, m_4: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Closed interval of recoil energies that a neutrino energy reaches.

    Parameters
    ----------
    neutrino_energy : array_like
        Neutrino energy E, MeV.
    m_4 : array_like
        Sterile mass, MeV; broadcast against `neutrino_energy`.

    Returns
    -------
    low, high : ndarray
        Ends of the interval, MeV; both NaN where E is below the threshold.

    Notes
    -----
    With ``s = m_e² + 2 m_e E``, the larger root of the quadratic
    ``E_min(T) = E`` is computed directly and the smaller one from their
    product ``m_4⁴ / (4 s)``, so neither loses digits to cancellation.

    Examples
    --------
    >>> low, high = recoil_interval(0.8613, 0.0)
    >>> float(low), float(high.round(4))
    (0.0, 0.6643)
    """
    E, mass = np.broadcast_arrays(
        np.asarray(neutrino_energy, dtype=float), np.asarray(m_4, dtype=float)
    )
    me = ELECTRON_MASS
    s = me**2 + 2 * me * E
    root_s = np.sqrt(s)
    # sqrt(s) - m_e without cancellation at small E
    available = 2 * me * E / (root_s + me)
    open_ = (available >= mass) & (E > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        kallen = (available**2 - mass**2) * ((root_s + me) ** 2 - mass**2)
        half_sum = 2 * E**2 * me - mass**2 * (me + E)
        high = (half_sum + E * np.sqrt(np.maximum(kallen, 0.0))) / (2 * s)
        low = mass**4 / (4 * s * high)
    return np.where(open_, low, np.nan), np.where(open_, high, np.nan)
