"""Neutrino-electron cross sections as polynomials in 1/E.

Both the Standard Model and the dipole cross section have the form
``dσ/dT = Σ_k c_k(T, m_4) E^-k`` with k = 0, 1, 2. The coefficients are the one
place where the formulas stand; the rates fold them with flux moments.

Recoil energy T, neutrino energy E and masses in MeV; cross sections in cm²/MeV
per free electron.

References
----------
Standard Model: G. 't Hooft, Phys. Lett. B 37 (1971) 195; W. J. Marciano and
Z. Parsa, J. Phys. G 29 (2003) 2629, hep-ph/0403168. Radiative couplings:
J. Erler and S. Su, Prog. Part. Nucl. Phys. 71 (2013) 119, arXiv:1303.5522, as
used in arXiv:2207.05036. Dipole: D. McKeen and M. Pospelov, arXiv:1011.3046;
G. Magill et al., arXiv:1803.03262; V. Brdar et al., arXiv:2007.15563;
O. G. Miranda et al., arXiv:2109.09545.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.physics.constants import (
    ELECTRON_MASS,
    FERMI_CONSTANT,
    FINE_STRUCTURE,
    HBARC_SQUARED,
    SIN2_THETA_W,
)
from nusterile.physics.kinematics import recoil_interval
from nusterile.vocabulary import ACTIVE_FLAVORS, ActiveFlavor

__all__ = [
    "Couplings",
    "couplings",
    "dipole_coefficients",
    "dipole_cross_section",
    "standard_model_coefficients",
    "standard_model_cross_section",
]

#: Vector and axial couplings with flavour-dependent radiative corrections.
_RADIATIVE = dict(
    zip(ACTIVE_FLAVORS, ((0.9521, 0.4938), (-0.0397, -0.5062), (-0.0353, -0.5062)), strict=True)
)


@dataclass(frozen=True)
class Couplings:
    """Left- and right-handed neutrino-electron couplings of one flavour."""

    left: float
    right: float


def couplings(
    flavor: ActiveFlavor,
    scheme: Literal["tree", "radiative"] = "tree",
    sin2_theta_w: float = SIN2_THETA_W,
) -> Couplings:
    """Couplings of an active flavour.

    Parameters
    ----------
    flavor : {'e', 'mu', 'tau'}
        Neutrino flavour.
    scheme : {'tree', 'radiative'}
        Tree level, or with radiative corrections (then `sin2_theta_w` has no effect).
    sin2_theta_w : float
        sin²θ_W at low momentum transfer.

    Returns
    -------
    Couplings

    Examples
    --------
    >>> couplings("e", sin2_theta_w=0.25)
    Couplings(left=0.75, right=0.25)
    """
    if scheme == "radiative":
        vector, axial = _RADIATIVE[flavor]
        return Couplings((vector + axial) / 2, (vector - axial) / 2)
    return Couplings(sin2_theta_w + (0.5 if flavor == "e" else -0.5), sin2_theta_w)


def standard_model_coefficients(
    recoil_energy: ArrayLike, coupling: Couplings
) -> NDArray[np.float64]:
    """Coefficients c_k(T) of elastic scattering.

    Parameters
    ----------
    recoil_energy : array_like
        Recoil energy T, MeV, shape (...).
    coupling : Couplings
        Couplings of the flavour.

    Returns
    -------
    ndarray
        Shape (3, ...): coefficients of E⁰, E⁻¹, E⁻², in cm² MeV^(k-1).
    """
    T = np.asarray(recoil_energy, dtype=float)
    left, right = coupling.left, coupling.right
    scale = 2 * FERMI_CONSTANT**2 * ELECTRON_MASS / np.pi * HBARC_SQUARED
    return scale * np.stack(
        [
            np.full_like(T, left**2 + right**2),
            -2 * right**2 * T,
            right**2 * T**2 - left * right * ELECTRON_MASS * T,
        ]
    )


def dipole_coefficients(recoil_energy: ArrayLike, m_4: ArrayLike) -> NDArray[np.float64]:
    """Coefficients c_k(T, m_4) of up-scattering for a moment of one Bohr magneton.

    Parameters
    ----------
    recoil_energy : array_like
        Recoil energy T > 0, MeV.
    m_4 : array_like
        Sterile mass, MeV; broadcast against `recoil_energy`.

    Returns
    -------
    ndarray
        Shape (3, ...): coefficients of E⁰, E⁻¹, E⁻², in cm² MeV^(k-1). Scales as
        the square of the moment.
    """
    T, mass = np.broadcast_arrays(
        np.asarray(recoil_energy, dtype=float), np.asarray(m_4, dtype=float)
    )
    me = ELECTRON_MASS
    scale = np.pi * FINE_STRUCTURE**2 / me**2 * HBARC_SQUARED
    ratio = mass**2 / (2 * me * T)
    return scale * np.stack([1 / T, -1 - ratio, -(me - T) / 2 * ratio * (1 + ratio)])


def _evaluate(
    coefficients: NDArray[np.float64], T: NDArray[np.float64], E: ArrayLike, m_4: ArrayLike
) -> NDArray[np.float64]:
    energy = np.asarray(E, dtype=float)
    c0, c1, c2 = coefficients
    value = c0 + (c1 + c2 / energy) / energy
    low, high = recoil_interval(energy, m_4)
    return np.where((low <= T) & (high >= T), value, 0.0)


def standard_model_cross_section(
    recoil_energy: ArrayLike, neutrino_energy: ArrayLike, coupling: Couplings
) -> NDArray[np.float64]:
    """Differential cross section dσ/dT of ν e → ν e.

    Parameters
    ----------
    recoil_energy, neutrino_energy : array_like
        T and E, MeV, broadcast against each other.
    coupling : Couplings
        Couplings of the flavour.

    Returns
    -------
    ndarray
        cm²/MeV per electron; zero beyond the kinematic end.
    """
    T, E = np.broadcast_arrays(
        np.asarray(recoil_energy, dtype=float), np.asarray(neutrino_energy, dtype=float)
    )
    return _evaluate(standard_model_coefficients(T, coupling), T, E, 0.0)


def dipole_cross_section(
    recoil_energy: ArrayLike, neutrino_energy: ArrayLike, m_4: ArrayLike, mu: ArrayLike
) -> NDArray[np.float64]:
    """Differential cross section dσ/dT of ν e → ν₄ e through a transition moment.

    Parameters
    ----------
    recoil_energy, neutrino_energy : array_like
        T and E, MeV.
    m_4 : array_like
        Sterile mass, MeV.
    mu : array_like
        Transition moment, Bohr magnetons. All arguments are broadcast together.

    Returns
    -------
    ndarray
        cm²/MeV per electron; zero outside the kinematic interval.
    """
    T, E, mass, moment = np.broadcast_arrays(
        *(np.asarray(a, dtype=float) for a in (recoil_energy, neutrino_energy, m_4, mu))
    )
    found: NDArray[np.float64] = _evaluate(dipole_coefficients(T, mass), T, E, mass) * moment**2
    return found
