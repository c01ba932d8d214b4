"""The target: a xenon atom and how many of its electrons a recoil can free.

References
----------
Binding energies: X-ray Data Booklet, LBNL/PUB-490 (2009); molar mass: IUPAC.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from nusterile.arrays import Floats
from nusterile.files.tables import read_table
from nusterile.physics.constants import XENON_MOLAR_MASS

__all__ = ["Target", "xenon"]


@dataclass(frozen=True, eq=False)
class Target:
    """An atom in the free-electron approximation.

    Attributes
    ----------
    molar_mass : float
        g/mol.
    binding_energies : ndarray, shape (n_shell,)
        Of the shells, keV, increasing.
    shell_electrons : ndarray, shape (n_shell,)
        Electrons of each shell.
    input_hashes : dict of str to str
        SHA-256 of the tables behind them.

    Examples
    --------
    >>> xenon().electrons([0.001, 1.0, 40.0]).tolist()
    [0.0, 40.0, 54.0]
    """

    molar_mass: float
    binding_energies: Floats
    shell_electrons: Floats
    input_hashes: dict[str, str]

    def electrons(self, recoil_energy: ArrayLike) -> Floats:
        """Electrons of an atom that a recoil energy can ionise.

        Parameters
        ----------
        recoil_energy : array_like
            T, keV.

        Returns
        -------
        ndarray
            Z_eff(T), the number of electrons with binding energy up to T.
        """
        cumulative = np.concatenate([[0.0], self.shell_electrons.cumsum()])
        energy = np.asarray(recoil_energy, dtype=float)
        return np.asarray(cumulative[np.searchsorted(self.binding_energies, energy, side="right")])

    def per_atom(self, per_electron: ArrayLike, recoil_energy: ArrayLike) -> Floats:
        """Turn a quantity per free electron into one per atom.

        Parameters
        ----------
        per_electron : array_like, shape (..., n_T)
            For one electron at rest and unbound.
        recoil_energy : array_like, shape (n_T,)
            T, keV.

        Returns
        -------
        ndarray, shape (..., n_T)
        """
        return np.asarray(np.asarray(per_electron) * self.electrons(recoil_energy))


@lru_cache(maxsize=1)
def xenon() -> Target:
    """Return xenon, with the shells of the table that comes with nusterile."""
    from nusterile_data import ROOT

    table = read_table(ROOT / "xenon" / "shells.csv", ["binding_eV", "electrons"], ["shell"])
    order = np.argsort(table["binding_eV"])
    return Target(
        molar_mass=XENON_MOLAR_MASS,
        binding_energies=table["binding_eV"][order] / 1e3,
        shell_electrons=table["electrons"][order],
        input_hashes={"xenon/shells.csv": table.sha256},
    )
