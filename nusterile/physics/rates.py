"""Recoil rates dR/dT in xenon, before any detector, in the free-electron approximation.

Rates are in 1/(t yr keV); the recoil energies of this module's interface are in keV.

References
----------
arXiv:2511.00701, section on solar neutrinos in xenon.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.physics.constants import (
    AVOGADRO,
    KEV_PER_MEV,
    SIN2_THETA_W,
    TONNE_GRAMS,
    YEAR_SECONDS,
)
from nusterile.physics.cross_sections import couplings, standard_model_coefficients
from nusterile.physics.flux_moments import FluxMoments
from nusterile.physics.signal import DIPOLE, Signal
from nusterile.physics.survival import Oscillation
from nusterile.physics.xenon import Target, xenon
from nusterile.vocabulary import ACTIVE_FLAVORS

__all__ = ["RecoilRates"]

#: Distances below the end of a continuous spectrum, as shares of its energy. The rate sets
#: in there like a high power of the distance, too steep for one cell of a quadrature.
_BELOW_END = np.append(0.0, 1e-3 * 2.0 ** np.arange(7))


@dataclass(frozen=True)
class RecoilRates:
    """Rates of solar neutrinos on xenon electrons.

    Attributes
    ----------
    moments : FluxMoments
        The flux at the Earth.
    oscillation : Oscillation
        Mixing parameters (θ₂₃ shares μ and τ).
    scheme : {'tree', 'radiative'}
        Standard Model couplings.
    sin2_theta_w : float
        sin²θ_W of the tree couplings.
    interaction : Signal
        What is looked for beside the Standard Model.
    target : Target
        The atom, as Standard Model scattering sees it.
    dipole_target : Target, optional
        As dipole scattering sees it; the same by default.
    """

    moments: FluxMoments
    oscillation: Oscillation
    scheme: Literal["tree", "radiative"] = "tree"
    sin2_theta_w: float = SIN2_THETA_W
    interaction: Signal = DIPOLE
    target: Target = field(default_factory=xenon)
    dipole_target: Target | None = None

    def standard_model(self, recoil_energy: ArrayLike) -> NDArray[np.float64]:
        """Standard Model rate, all flavours.

        Parameters
        ----------
        recoil_energy : array_like
            T > 0, keV, shape (n_T,).

        Returns
        -------
        ndarray
            dR/dT in 1/(t yr keV), shape (n_T,).
        """
        T = np.asarray(recoil_energy, dtype=float) / KEV_PER_MEV
        e, mu, tau = (
            standard_model_coefficients(T, couplings(f, self.scheme, self.sin2_theta_w))
            for f in ACTIVE_FLAVORS
        )
        s23 = self.oscillation.sin2_theta_23
        by_channel = np.stack([e, (1 - s23) * mu + s23 * tau])
        per_electron = (by_channel * self._moments_above(T, np.zeros(1))[:, :, 0]).sum(axis=(0, 1))
        return self.target.per_atom(per_electron, recoil_energy) * self._unit

    def dipole(self, recoil_energy: ArrayLike, m_4: ArrayLike) -> NDArray[np.float64]:
        """Dipole rate of each flavour for the reference moment of 1e-11 Bohr magnetons.

        Parameters
        ----------
        recoil_energy : array_like
            T > 0, keV, shape (n_T,).
        m_4 : array_like
            Sterile masses, MeV, shape (n_m,).

        Returns
        -------
        ndarray
            dR/dT in 1/(t yr keV), shape (4, n_m, n_T), flavours in the order of
            `FLAVORS`. Scales as the square of the moment.
        """
        energy = np.asarray(recoil_energy, dtype=float)
        T = energy / KEV_PER_MEV
        mass = np.atleast_1d(np.asarray(m_4, dtype=float))
        coefficients = self.interaction.coefficients(T, mass[:, None])
        survived, converted = (coefficients * self._moments_above(T, mass)).sum(axis=1)
        s23 = self.oscillation.sin2_theta_23
        rates = np.stack([survived + converted, survived, (1 - s23) * converted, s23 * converted])
        interaction = self.interaction
        scale = interaction.reference**interaction.power
        target = self.dipole_target or self.target
        return np.asarray(rates * (target.per_atom(self._unit, energy) * scale))

    def edges(self, m_4: float) -> NDArray[np.float64]:
        """Recoil energies at which the dipole rate is not smooth or sets in steeply.

        Parameters
        ----------
        m_4 : float
            Sterile mass, MeV.

        Returns
        -------
        ndarray
            Ends of the intervals that the lines, the ends of the continuous spectra and
            some energies below these ends reach, and where the response of the atom bends,
            keV, sorted.
        """
        below_ends = np.outer(self.moments.end_energies, 1 - _BELOW_END).ravel()
        energies = np.concatenate([self.moments.line_energy, below_ends])
        ends = np.concatenate(self.interaction.recoil_interval(energies, m_4)) * KEV_PER_MEV
        atoms = (self.target, self.dipole_target or self.target)
        ends = np.concatenate([ends, *(atom.kinks for atom in atoms)])
        return np.unique(ends[np.isfinite(ends)])

    @property
    def _unit(self) -> float:
        """Factor from cm²/MeV times 1/(cm² s) per atom to 1/(t yr keV)."""
        return AVOGADRO / self.target.molar_mass * TONNE_GRAMS * YEAR_SECONDS / KEV_PER_MEV

    def _moments_above(
        self, T: NDArray[np.float64], mass: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """F_k(E_min(T, m_4)) with the lines as steps, shape (2, 3, n_m, n_T)."""
        above = self.moments.continuous(self.interaction.minimum_energy(T, mass[:, None]))
        powers = self.moments.line_powers()
        for index, energy in enumerate(self.moments.line_energy):
            low, high = self.interaction.recoil_interval(energy, mass[:, None])
            reached = (low <= T) & (high >= T)
            above += powers[:, :, index, None, None] * reached
        return above
