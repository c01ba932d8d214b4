"""Solar neutrino sources: normalisation, spectrum and production zone of each.

References
----------
N. Vinyoles et al., Astrophys. J. 835 (2017) 202, arXiv:1611.09867 (fluxes of
B16-GS98 and B16-AGSS09met); J. N. Bahcall's standard spectra; see the headers
of the tables for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nusterile.errors import InputError
from nusterile.files.tables import Table, read_table
from nusterile.physics.survival import ProductionZone

__all__ = ["BERYLLIUM_LINES", "PEP_LINE", "Line", "SolarSource", "Spectrum", "solar_sources"]

SolarModel = Literal["gs98", "agss09met"]

#: Energies (MeV) and branching shares of the two 7Be lines.
BERYLLIUM_LINES = ((0.8613, 0.897), (0.3843, 0.103))
#: Energy (MeV) and share of the pep line.
PEP_LINE = ((1.442, 1.0),)
_LINES = {"7Be": BERYLLIUM_LINES, "pep": PEP_LINE}


@dataclass(frozen=True)
class Line:
    """A monoenergetic source: energy in MeV, flux in 1/(cm² s)."""

    energy: float
    flux: float


@dataclass(frozen=True)
class Spectrum:
    """A continuous flux, 1/(cm² s MeV), linear between nodes (MeV) and zero outside."""

    energy: NDArray[np.float64]
    density: NDArray[np.float64]

    def __call__(self, neutrino_energy: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evaluate the flux density at energies in MeV."""
        return np.interp(neutrino_energy, self.energy, self.density, left=0.0, right=0.0)


@dataclass(frozen=True)
class SolarSource:
    """One reaction of the Sun.

    Attributes
    ----------
    name : str
        ``pp``, ``pep``, ``hep``, ``7Be``, ``8B``, ``13N``, ``15O`` or ``17F``.
    flux : float
        Total flux at the Earth, 1/(cm² s).
    relative_sigma : float
        Relative uncertainty of the flux in the solar model.
    zone : ProductionZone
        Where in the Sun the neutrinos are born.
    lines : tuple of Line
        Monoenergetic parts (empty for a continuous source).
    spectrum : Spectrum or None
        Continuous part (None for a line source).
    """

    name: str
    flux: float
    relative_sigma: float
    zone: ProductionZone
    lines: tuple[Line, ...]
    spectrum: Spectrum | None


@lru_cache(maxsize=1)
def _tables() -> dict[str, Table]:
    from nusterile_data import ROOT

    folder = ROOT / "solar"
    return {
        "solar/fluxes.csv": read_table(
            folder / "fluxes.csv",
            ["gs98", "gs98_rel", "agss09met", "agss09met_rel"],
            ["source", "kind"],
        ),
        "solar/spectra.csv": read_table(
            folder / "spectra.csv", ["energy_MeV", "density_per_MeV"], ["source"]
        ),
        "solar/production.csv": read_table(
            folder / "production.csv", ["weight", "n_e_mol_per_cm3"], ["source"]
        ),
    }


def input_hashes() -> dict[str, str]:
    """SHA-256 of each solar table."""
    return {name: table.sha256 for name, table in _tables().items()}


def solar_sources(
    model: SolarModel = "gs98", names: Iterable[str] | None = None
) -> tuple[SolarSource, ...]:
    """Load the solar neutrino sources of a standard solar model.

    Parameters
    ----------
    model : {'gs98', 'agss09met'}
        Solar model.
    names : iterable of str, optional
        Only these sources; all eight by default.

    Returns
    -------
    tuple of SolarSource

    Examples
    --------
    >>> [source.name for source in solar_sources()]
    ['pp', 'pep', 'hep', '7Be', '8B', '13N', '15O', '17F']
    """
    tables = _tables()
    fluxes = tables["solar/fluxes.csv"]
    spectra = tables["solar/spectra.csv"]
    production = tables["solar/production.csv"]
    available = fluxes.text["source"]
    wanted = available if names is None else list(names)
    unknown = set(wanted) - set(available)
    if unknown:
        raise InputError(f"unknown solar source '{min(unknown)}'; valid: {', '.join(available)}")
    sources = []
    for name in wanted:
        row = available.index(name)
        flux = float(fluxes[model][row])
        born_here = np.array(production.text["source"]) == name
        zone = ProductionZone(
            production["weight"][born_here], production["n_e_mol_per_cm3"][born_here]
        )
        in_spectrum = np.array(spectra.text["source"]) == name
        lines = tuple(Line(energy, flux * share) for energy, share in _LINES.get(name, ()))
        spectrum = (
            None
            if lines
            else Spectrum(
                spectra["energy_MeV"][in_spectrum],
                flux * spectra["density_per_MeV"][in_spectrum],
            )
        )
        sources.append(
            SolarSource(name, flux, float(fluxes[f"{model}_rel"][row]), zone, lines, spectrum)
        )
    return tuple(sources)
