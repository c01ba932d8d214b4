"""The target: a xenon atom and how many of its electrons a recoil can free.

References
----------
Binding energies: X-ray Data Booklet, LBNL/PUB-490 (2009); molar mass: IUPAC. What is between free
and bound electrons: J.-W. Chen et al., Phys. Lett. B 774 (2017) 656, arXiv:1610.04177.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.files.tables import Table, parse_table, read_table
from nusterile.physics.constants import XENON_MOLAR_MASS

__all__ = ["Target", "free_xenon", "parse_response", "shipped_response", "with_response", "xenon"]

_ENERGY, _RATIO = "energy_keV", "ratio"


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
    response_energy, response : ndarray, shape (n_node,)
        Rates over those of the electrons that a recoil can free, linear between recoil energies
        in keV and constant beyond them; empty for 1 everywhere.

    Examples
    --------
    >>> xenon().electrons([0.001, 1.0, 40.0]).tolist()
    [0.0, 40.0, 54.0]
    """

    molar_mass: float
    binding_energies: Floats
    shell_electrons: Floats
    input_hashes: dict[str, str]
    response_energy: Floats = field(default_factory=lambda: np.empty(0))
    response: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def kinks(self) -> Floats:
        """Recoil energies at which the response bends, keV."""
        slopes = np.diff(self.response) / np.diff(self.response_energy)
        bends = np.diff(np.concatenate([[0.0], slopes, [0.0]])) != 0
        return self.response_energy[bends] if self.response.size > 1 else np.empty(0)

    def electrons(self, recoil_energy: ArrayLike) -> Floats:
        """Electrons of an atom that a recoil energy can ionise.

        Parameters
        ----------
        recoil_energy : array_like
            T, keV.

        Returns
        -------
        ndarray
            Z_eff(T), the number of electrons with binding energy up to T, times the response.
        """
        cumulative = np.concatenate([[0.0], self.shell_electrons.cumsum()])
        energy = np.asarray(recoil_energy, dtype=float)
        freed = cumulative[np.searchsorted(self.binding_energies, energy, side="right")]
        if self.response.size:
            freed = freed * np.interp(energy, self.response_energy, self.response)
        return np.asarray(freed)

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


def free_xenon() -> Target:
    """Return xenon whose electrons are all free at every recoil energy."""
    atom = xenon()
    electrons = atom.shell_electrons.sum()
    return replace(atom, binding_energies=np.zeros(1), shell_electrons=np.array([electrons]))


def parse_response(content: str, path: Path) -> Table:
    """Read the ratio of rates in xenon to those of the electrons that a recoil can free.

    Parameters
    ----------
    content : str
        CSV text with the columns ``energy_keV``, recoil energies, and ``ratio``.
    path : Path
        The file that it is from, for messages.

    Raises
    ------
    InputError
        If the text is no such table, an energy is not above the one before or below 0, or a ratio
        is negative; names the line.
    """
    table = parse_table(content, path, [_ENERGY, _RATIO])
    table.require_increasing(_ENERGY)
    for column in (_ENERGY, _RATIO):
        below = np.flatnonzero(table[column] < 0)
        if below.size:
            raise InputError(
                f"{table.where(int(below[0]))}: column '{column}' holds "
                f"{table[column][below[0]]:g}; expected a number not below 0"
            )
    return table


def shipped_response() -> tuple[Table, dict[str, str]]:
    """Return the relativistic random-phase approximation over the steps, Standard Model part.

    Returns
    -------
    table : Table
        As `parse_response` returns it.
    input_hashes : dict of str to str
        SHA-256 of its file.
    """
    from nusterile_data import ROOT

    path = ROOT / "xenon" / "rrpa_over_steps.csv"
    table = parse_response(path.read_text(encoding="utf-8"), path)
    return table, {"xenon/rrpa_over_steps.csv": table.sha256}


def with_response(table: Table, input_hashes: dict[str, str]) -> Target:
    """Return xenon with the response of a table.

    Parameters
    ----------
    table : Table
        From `parse_response`.
    input_hashes : dict of str to str
        SHA-256 of its file.
    """
    atom = xenon()
    return replace(
        atom,
        response_energy=table[_ENERGY],
        response=table[_RATIO],
        input_hashes=atom.input_hashes | input_hashes,
    )
