"""Flavour of solar neutrinos at the Earth: adiabatic MSW conversion in the Sun.

References
----------
S. J. Parke, Phys. Rev. Lett. 57 (1986) 1275; NuFIT 6.0, arXiv:2410.05380
(default parameters). Production zones: arXiv:1302.2791, arXiv:0909.2668.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.physics.constants import AVOGADRO, FERMI_CONSTANT, HBARC_SQUARED
from nusterile.vocabulary import ACTIVE_FLAVORS

__all__ = ["Oscillation", "ProductionZone", "flavor_weights", "survival_probability"]


@dataclass(frozen=True)
class Oscillation:
    """Oscillation parameters; defaults NuFIT 6.0, normal ordering (IC24 with SK-atm).

    Attributes
    ----------
    sin2_theta_12, sin2_theta_13, sin2_theta_23 : float
        Squared sines of the mixing angles.
    delta_m2_21 : float
        Solar mass splitting, eV².
    """

    sin2_theta_12: float = 0.308
    sin2_theta_13: float = 0.02215
    sin2_theta_23: float = 0.470
    delta_m2_21: float = 7.49e-5


@dataclass(frozen=True)
class ProductionZone:
    """Where a source is born: weights (sum 1) and electron densities, mol/cm³."""

    weight: NDArray[np.float64]
    electron_density: NDArray[np.float64]


def survival_probability(
    neutrino_energy: ArrayLike, zone: ProductionZone, oscillation: Oscillation
) -> NDArray[np.float64]:
    """P_ee at the Earth, averaged over the production zone.

    Parameters
    ----------
    neutrino_energy : array_like
        E, MeV, shape (...).
    zone : ProductionZone
        Weights and electron densities by radius.
    oscillation : Oscillation
        Mixing parameters.

    Returns
    -------
    ndarray
        Survival probability, shape (...).

    Examples
    --------
    >>> vacuum = ProductionZone(np.array([1.0]), np.array([0.0]))
    >>> float(survival_probability(1.0, vacuum, Oscillation()).round(4))
    0.5491
    """
    E = np.asarray(neutrino_energy, dtype=float)
    s12, s13 = oscillation.sin2_theta_12, oscillation.sin2_theta_13
    c13 = 1 - s13
    cos2, sin2_squared = 1 - 2 * s12, 4 * s12 * (1 - s12)
    density = zone.electron_density * AVOGADRO * HBARC_SQUARED**1.5  # MeV^3
    splitting = oscillation.delta_m2_21 * 1e-12  # MeV^2
    beta = 2 * np.sqrt(2) * FERMI_CONSTANT * c13 / splitting * E[..., None] * density
    cos2_matter = (cos2 - beta) / np.sqrt((cos2 - beta) ** 2 + sin2_squared)
    average = (cos2_matter * zone.weight).sum(axis=-1) / zone.weight.sum()
    found: NDArray[np.float64] = c13**2 * (0.5 + 0.5 * average * cos2) + s13**2
    return found


def flavor_weights(survival: ArrayLike, oscillation: Oscillation) -> dict[str, NDArray[np.float64]]:
    """Share of each active flavour at the Earth.

    Parameters
    ----------
    survival : array_like
        P_ee.
    oscillation : Oscillation
        Mixing parameters (θ₂₃ shares the rest between μ and τ).

    Returns
    -------
    dict
        ``'e'``, ``'mu'``, ``'tau'``: arrays of the shape of `survival`, summing to 1.
    """
    p_ee = np.asarray(survival, dtype=float)
    s23 = oscillation.sin2_theta_23
    shares = (p_ee, (1 - p_ee) * (1 - s23), (1 - p_ee) * s23)
    return dict(zip(ACTIVE_FLAVORS, shares, strict=True))
