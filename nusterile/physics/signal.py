"""What is looked for beside the Standard Model: an interaction, its kinematics, its strength.

A signal enters rates through the coefficients of a polynomial in 1/E and the interval of
neutrino energies that reach a recoil; it enters fits through its strength, the factor by
which its events exceed those of the reference parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from nusterile.arrays import Floats
from nusterile.physics.cross_sections import dipole_coefficients
from nusterile.physics.kinematics import minimum_neutrino_energy, recoil_interval
from nusterile.vocabulary import MU_REFERENCE

__all__ = ["DIPOLE", "Signal"]


@dataclass(frozen=True)
class Signal:
    """An interaction ν e → ν₄ e whose events scale as a power of one parameter.

    Attributes
    ----------
    coefficients : callable
        Maps recoil energies T (MeV, shape (n_T,)) and masses (MeV, shape (n_m, 1)) to the
        coefficients of E^-k in dσ/dT for a parameter of 1, cm²/MeV, shape (3, n_m, n_T).
    minimum_energy : callable
        Maps T and masses to the least neutrino energy (MeV) that makes this recoil.
    recoil_interval : callable
        Maps a neutrino energy and masses (MeV) to the ends of the recoil energies (MeV) that
        it reaches.
    reference : float
        Parameter of every stored rate.
    power : float
        Rates scale as this power of the parameter.

    Examples
    --------
    >>> float(DIPOLE.strength(2e-11)), float(DIPOLE.parameter(4.0))
    (4.0, 2e-11)
    """

    coefficients: Callable[[ArrayLike, ArrayLike], Floats]
    minimum_energy: Callable[[ArrayLike, ArrayLike], Floats]
    recoil_interval: Callable[[ArrayLike, ArrayLike], tuple[Floats, Floats]]
    reference: float
    power: float

    def strength(self, parameter: ArrayLike) -> Floats:
        """Return the factor by which events exceed those of the reference parameter."""
        return np.asarray((np.asarray(parameter, dtype=float) / self.reference) ** self.power)

    def parameter(self, strength: ArrayLike) -> Floats:
        """Return the parameter of a strength: the inverse of `strength`."""
        return np.asarray(self.reference * np.asarray(strength, dtype=float) ** (1 / self.power))


#: The transition magnetic moment, in Bohr magnetons: rates scale as its square.
DIPOLE = Signal(
    coefficients=dipole_coefficients,
    minimum_energy=minimum_neutrino_energy,
    recoil_interval=recoil_interval,
    reference=MU_REFERENCE,
    power=2,
)
