"""Recoil rates dR/dT in xenon, before any detector, in the free-electron approximation.

Rates are in 1/(t yr keV); the recoil energies of this module's interface are in keV.

References
----------
arXiv:2511.00701, section on solar neutrinos in xenon; binding energies: X-ray Data
Booklet, LBNL/PUB-490 (2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.constants import (
    AVOGADRO,
    KEV_PER_MEV,
    MU_REFERENCE,
    SIN2_THETA_W,
    TONNE_GRAMS,
    XENON_MOLAR_MASS,
    YEAR_SECONDS,
)
from nusterile.cross_sections import couplings, dipole_coefficients, standard_model_coefficients
from nusterile.flux_moments import FluxMoments
from nusterile.kinematics import minimum_neutrino_energy, recoil_interval
from nusterile.survival import Oscillation
from nusterile.tables import Table, read_table

__all__ = ["FLAVORS", "RecoilRates", "binding_energies", "effective_charge"]

#: The flavour axis of every product.
FLAVORS = ("effective", "e", "mu", "tau")

#: Factor from cm²/(MeV electron) times 1/(cm² s) to 1/(t yr keV) per electron of an atom.
_RATE_UNIT = AVOGADRO / XENON_MOLAR_MASS * TONNE_GRAMS * YEAR_SECONDS / KEV_PER_MEV

#: Distances below the end of a continuous spectrum, as shares of its energy. The rate sets
#: in there like a high power of the distance, too steep for one cell of a quadrature.
_BELOW_END = np.append(0.0, 1e-3 * 2.0 ** np.arange(7))


@lru_cache(maxsize=1)
def _shell_table() -> Table:
    from nusterile_data import ROOT

    return read_table(ROOT / "xenon" / "shells.csv", ["binding_eV", "electrons"], ["shell"])


def input_hashes() -> dict[str, str]:
    """SHA-256 of the table of shells."""
    return {"xenon/shells.csv": _shell_table().sha256}


def binding_energies() -> NDArray[np.float64]:
    """Binding energies of the xenon shells, keV, increasing."""
    return np.sort(_shell_table()["binding_eV"]) / 1e3


def effective_charge(recoil_energy: ArrayLike) -> NDArray[np.float64]:
    """Electrons of a xenon atom that a recoil energy can ionise.

    Parameters
    ----------
    recoil_energy : array_like
        T, keV.

    Returns
    -------
    ndarray
        Z_eff(T), the number of electrons with binding energy up to T.

    Examples
    --------
    >>> effective_charge([0.001, 1.0, 40.0]).tolist()
    [0.0, 40.0, 54.0]
    """
    table = _shell_table()
    order = np.argsort(table["binding_eV"])
    cumulative = np.concatenate([[0.0], table["electrons"][order].cumsum()])
    return cumulative[
        np.searchsorted(binding_energies(), np.asarray(recoil_energy, dtype=float), side="right")
    ]


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
    """

    moments: FluxMoments
    oscillation: Oscillation
    scheme: Literal["tree", "radiative"] = "tree"
    sin2_theta_w: float = SIN2_THETA_W

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
            for f in ("e", "mu", "tau")
        )
        s23 = self.oscillation.sin2_theta_23
        by_channel = np.stack([e, (1 - s23) * mu + s23 * tau])
        per_electron = (by_channel * self._moments_above(T, np.zeros(1))[:, :, 0]).sum(axis=(0, 1))
        return per_electron * effective_charge(recoil_energy) * _RATE_UNIT

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
        coefficients = dipole_coefficients(T, mass[:, None])
        survived, converted = (coefficients * self._moments_above(T, mass)).sum(axis=1)
        s23 = self.oscillation.sin2_theta_23
        rates = np.stack([survived + converted, survived, (1 - s23) * converted, s23 * converted])
        return rates * (effective_charge(energy) * _RATE_UNIT * MU_REFERENCE**2)

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
            some energies below these ends reach, keV, sorted.
        """
        below_ends = np.outer(self.moments.end_energies, 1 - _BELOW_END).ravel()
        energies = np.concatenate([self.moments.line_energy, below_ends])
        ends = np.concatenate(recoil_interval(energies, m_4)) * KEV_PER_MEV
        return np.unique(ends[np.isfinite(ends)])

    def _moments_above(
        self, T: NDArray[np.float64], mass: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """F_k(E_min(T, m_4)) with the lines as steps, shape (2, 3, n_m, n_T)."""
        above = self.moments.continuous(minimum_neutrino_energy(T, mass[:, None]))
        powers = self.moments.line_powers()
        for index, energy in enumerate(self.moments.line_energy):
            low, high = recoil_interval(energy, mass[:, None])
            reached = (low <= T) & (high >= T)
            above += powers[:, :, index, None, None] * reached
        return above
