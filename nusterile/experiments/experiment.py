"""An experiment: a folder with ``experiment.toml`` and its tables, read and checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from nusterile.errors import InputError, SettingError, nearest_name
from nusterile.experiments.settings import (
    HIGHEST_ENERGY,
    LARGEST_NUMBER,
    ComponentOverrides,
    ComponentSettings,
    ExperimentFile,
    ExperimentOverrides,
    Range,
    Resolution,
)
from nusterile.files.folder import TextFolder
from nusterile.files.settings import parse_toml, validate_model
from nusterile.files.tables import LARGEST_TABLE, Table, parse_table
from nusterile.publications.reference import Reference
from nusterile.vocabulary import ASIMOV, EXPOSURE

__all__ = [
    "Experiment",
    "builtin_experiments",
    "histogram_ends",
    "read_experiment",
]


#: Name that tables of counts mostly have.
_USUAL_COUNTS = "counts.csv"
#: Bins that are far more than any resolution needs, and how exactly a bin edge is met.
_MOST_BINS = 10_000
_EDGE = 1e-9
_OF_THE_COUNTS = (
    "the exposure belongs to the counts, which would stay as they are; for other data copy the "
    "experiment's folder, change exposure, counts and events there, and name it in "
    "experiment_folders"
)
_ENERGY = f"energies lie between 0 and {HIGHEST_ENERGY:.0f} keV"


@dataclass(frozen=True)
class Experiment:
    """What an analysis needs of one experiment.

    Attributes
    ----------
    name, label, caveats : str
        Identifier, text for people, and what to keep in mind.
    exposure : float
        Exposure that the counts and the events of the components belong to, t yr.
    bin_edges : ndarray, shape (n_bin + 1,)
        Bins inside the fit range, keV.
    range_edges : ndarray
        Edges at which a fit range may begin and end, keV: those of all bins for which the
        tables have counts, backgrounds and an efficiency.
    counts : ndarray, shape (n_bin,), optional
        Observed events; None for an experiment that is expected only.
    efficiency_energy, efficiency : ndarray
        Nodes of the efficiency, keV; linear between, zero outside.
    efficiency_acts_on : {'true', 'reconstructed'}
        Which energy the efficiency is a function of.
    resolution : Resolution
        Width of the smearing.
    components : tuple of ComponentSettings
        Background components that are on.
    tables : dict
        Tables of the components of shape ``table``, by component.
    references : tuple of Reference
        Sources.
    input_texts : dict
        Text of every file read, by ``experiments/<name>/<file>``.
    """

    name: str
    label: str
    caveats: str
    exposure: float
    bin_edges: NDArray[np.float64]
    range_edges: NDArray[np.float64]
    counts: NDArray[np.float64] | None
    efficiency_energy: NDArray[np.float64]
    efficiency: NDArray[np.float64]
    efficiency_acts_on: Literal["true", "reconstructed"]
    resolution: Resolution
    components: tuple[ComponentSettings, ...]
    tables: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]
    references: tuple[Reference, ...]
    input_texts: dict[str, str] = field(repr=False)

    @property
    def input_hashes(self) -> dict[str, str]:
        """SHA-256 of every file read, by ``experiments/<name>/<file>``."""
        return {
            name: hashlib.sha256(text.encode()).hexdigest()
            for name, text in self.input_texts.items()
        }

    @property
    def expected_only(self) -> bool:
        """Whether there are no data: counts are what the Standard Model and backgrounds make."""
        return self.counts is None

    @property
    def n_bins(self) -> int:
        """Number of bins."""
        return self.bin_edges.size - 1

    @property
    def bin_width(self) -> NDArray[np.float64]:
        """Width of each bin, keV."""
        return np.diff(self.bin_edges)


def builtin_experiments() -> dict[str, Path]:
    """Return the folder of each experiment that comes with nusterile."""
    from nusterile_data import ROOT

    return {
        path.parent.name: path.parent for path in sorted(ROOT.glob("experiments/*/experiment.toml"))
    }


def read_experiment(
    folder: Path | TextFolder, overrides: ExperimentOverrides | None = None
) -> Experiment:
    """Read and check an experiment folder.

    Parameters
    ----------
    folder : Path or TextFolder
        Folder with ``experiment.toml``.
    overrides : ExperimentOverrides, optional
        Changes to apply.

    Returns
    -------
    Experiment

    Raises
    ------
    InputError
        If a file, key or number cannot be used; the message names it.
    """
    change = overrides or ExperimentOverrides()
    files = folder if isinstance(folder, TextFolder) else TextFolder(folder)
    toml = files.path / "experiment.toml"
    text, whole = files.read("experiment.toml", "TOML")
    settings = validate_model(ExperimentFile, parse_toml(text, str(toml)), str(toml), text)
    texts = {f"experiments/{settings.name}/experiment.toml": whole}

    def read(file: str, columns: list[str]) -> Table:
        text, whole = files.read(file, "CSV", LARGEST_TABLE)
        texts[f"experiments/{settings.name}/{file}"] = whole
        return parse_table(text, files.path / file, columns)

    if change.exposure is not None:
        if not settings.expected_only:
            raise SettingError(("overrides", settings.name, EXPOSURE), _OF_THE_COUNTS)
        settings = settings.of_exposure(change.exposure)
    counts = None
    if not settings.expected_only:
        counts = read(settings.counts, ["energy_low_keV", "energy_high_keV", "counts"])
    elif files.holds(_USUAL_COUNTS):
        raise InputError(
            f'{toml}: counts = "{ASIMOV}" is for an experiment without data, and the folder holds '
            f"{_USUAL_COUNTS} too; name that table as counts, or remove it"
        )
    efficiency = read(settings.efficiency.table, ["energy_keV", "efficiency"])
    efficiency.require_increasing("energy_keV")
    efficiency.require_range("energy_keV", 0, HIGHEST_ENERGY, _ENERGY)
    efficiency.require_range("efficiency", 0, 1, "an efficiency lies between 0 and 1")
    if efficiency["energy_keV"].size < 2 or not efficiency["efficiency"].any():
        raise InputError(
            f"{efficiency.path}: expected at least two rows and an efficiency above 0 somewhere"
        )

    components = _apply_component_overrides(settings, change, toml)
    tables = {}
    for component in components:
        if component.table is not None:
            value = "rate_per_tonne_year_keV" if component.events is None else "density"
            table = read(component.table, ["energy_keV", value])
            table.require_increasing("energy_keV")
            table.require_range("energy_keV", 0, HIGHEST_ENERGY, _ENERGY)
            table.require_range(
                value, 0, LARGEST_NUMBER, "a rate cannot be negative or beyond 1e15"
            )
            _require_steps(table, equal=component.energy == "reconstructed")
            tables[component.name] = (table["energy_keV"], table[value])

    resolution = _resolution(settings, change, efficiency["energy_keV"], toml)
    fit_range = change.fit_range or settings.fit_range
    try:
        edges, observed = (
            (_equal_bins(settings, fit_range), None)
            if counts is None
            else _bins_in_range(counts, fit_range)
        )
    except _WrongRange as error:
        if change.fit_range:
            raise SettingError(("overrides", settings.name, "fit_range"), str(error)) from None
        raise InputError(f"{toml}: fit_range: {error}") from None
    possible = (
        _all_equal_bins(settings, efficiency["energy_keV"][-1])
        if counts is None
        else _edges_of(counts)
    )
    return Experiment(
        name=settings.name,
        label=settings.label or settings.name,
        caveats=settings.caveats,
        exposure=settings.exposure,
        bin_edges=edges,
        range_edges=_covered(
            possible, max(edges[-1], efficiency["energy_keV"][-1]), components, tables
        ),
        counts=observed,
        efficiency_energy=efficiency["energy_keV"],
        efficiency=efficiency["efficiency"],
        efficiency_acts_on=settings.efficiency.energy,
        resolution=resolution,
        components=components,
        tables=tables,
        references=settings.references,
        input_texts=texts,
    )


def _apply_component_overrides(
    settings: ExperimentFile, change: ExperimentOverrides, toml: Path
) -> tuple[ComponentSettings, ...]:
    names = [component.name for component in settings.components]
    for name in change.components:
        if name not in names:
            raise SettingError(
                ("overrides", settings.name, "components", name),
                f"{toml} has no component '{name}'{nearest_name(name, names)}",
            )
    kept = []
    for component in settings.components:
        override = change.components.get(component.name, ComponentOverrides())
        if not override.enabled:
            continue
        if override.free:
            component = component.model_copy(
                update={"free": True, "sigma": None, "relative_sigma": None}
            )
        elif override.relative_sigma is not None:
            component = component.model_copy(
                update={
                    "free": False,
                    "sigma": None,
                    "relative_sigma": override.relative_sigma,
                }
            )
        kept.append(component)
    return tuple(kept)


class _WrongRange(Exception):
    """A fit range that does not go from bin edge to bin edge."""


def _bins_in_range(
    counts: Table, fit_range: Range
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    low, high = counts["energy_low_keV"], counts["energy_high_keV"]
    for row in range(low.size):
        if not low[row] < high[row]:
            raise InputError(f"{counts.where(row)}: the bin [{low[row]:g}, {high[row]:g}] is empty")
        if row and low[row] < high[row - 1]:
            raise InputError(
                f"{counts.where(row)}: the bin [{low[row]:g}, {high[row]:g}] overlaps the one "
                f"before, which ends at {high[row - 1]:g}; bins must be sorted and disjoint"
            )
        if row and low[row] > high[row - 1]:
            raise InputError(
                f"{counts.where(row)}: there is a gap between {high[row - 1]:g} and "
                f"{low[row]:g} keV; bins must join"
            )
    counts.require_range("counts", 0, LARGEST_NUMBER, "counts cannot be negative or beyond 1e15")
    fractional = np.flatnonzero(counts["counts"] != np.round(counts["counts"]))
    if fractional.size:
        row = int(fractional[0])
        raise InputError(
            f"{counts.where(row)}: counts holds {counts['counts'][row]:g}; events are whole numbers"
        )
    edges = _edges_of(counts)
    for verb, bound in zip(("begins", "ends"), fit_range, strict=True):
        if not np.any(np.isclose(edges, bound, rtol=0, atol=1e-9)):
            nearest = edges[np.argmin(abs(edges - bound))]
            raise _WrongRange(
                f"{verb} at {bound:g} keV, which is no bin edge of {counts.path.name}; "
                f"the nearest edge is {nearest:g}"
            )
    inside = (low > fit_range[0] - 1e-9) & (high < fit_range[1] + 1e-9)
    return np.append(low[inside], high[inside][-1]), counts["counts"][inside]


def _edges_of(counts: Table) -> NDArray[np.float64]:
    """Edges of all bins of a table of counts that join."""
    return np.append(counts["energy_low_keV"], counts["energy_high_keV"][-1])


def _covered(
    edges: NDArray[np.float64],
    last: float,
    components: tuple[ComponentSettings, ...],
    tables: dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
) -> NDArray[np.float64]:
    """Edges of bins that begin below `last`, inside of what the tables of bins cover."""
    inside = np.append(True, edges[:-1] < last - _EDGE)
    for component in components:
        if component.name in tables and component.energy == "reconstructed":
            low, high = histogram_ends(tables[component.name][0])
            inside &= (edges >= low - _EDGE) & (edges <= high + _EDGE)
    return np.asarray(edges[inside])


def histogram_ends(centres: NDArray[np.float64]) -> tuple[float, float]:
    """Ends of the equal bins of a table of reconstructed energy, keV.

    Parameters
    ----------
    centres : ndarray
        Centres of the bins, keV, at least two.
    """
    half = (centres[1] - centres[0]) / 2
    return float(centres[0] - half), float(centres[-1] + half)


def _all_equal_bins(settings: ExperimentFile, last: float) -> NDArray[np.float64]:
    """Edges of the bins of `_equal_bins` from 0 on, as far as the efficiency goes (keV)."""
    width, (origin, end) = settings.bin_width, settings.fit_range
    assert width is not None
    below, above = (int(x / width + _EDGE) for x in (origin, max(last, end) - origin))
    if below + above > _MOST_BINS:
        return _equal_bins(settings, settings.fit_range)
    return np.asarray(origin + width * np.arange(-below, above + 1))


def _equal_bins(settings: ExperimentFile, fit_range: Range) -> NDArray[np.float64]:
    """Edges of bins of the same width, counted from the beginning of the described fit range."""
    width, origin = settings.bin_width, settings.fit_range[0]
    assert width is not None
    places = (np.array(fit_range) - origin) / width
    for verb, bound, place in zip(("begins", "ends"), fit_range, places, strict=True):
        if abs(place - round(place)) * width > _EDGE or bound < 0:
            raise _WrongRange(
                f"{verb} at {bound:g} keV, which is no bin edge: bins are {width:g} keV wide and "
                f"counted from {origin:g} keV"
            )
    if places[1] - places[0] > _MOST_BINS:
        raise _WrongRange(
            f"holds {places[1] - places[0]:.3g} bins of bin_width = {width:g} keV; at most "
            f"{_MOST_BINS}, give a larger bin_width"
        )
    first, last = np.round(places).astype(int)
    return np.asarray(origin + width * np.arange(first, last + 1))


def _require_steps(table: Table, *, equal: bool) -> None:
    steps = np.diff(table["energy_keV"])
    if steps.size == 0:
        raise InputError(f"{table.path}: holds one row; expected at least two")
    if equal and not np.allclose(steps, steps[0], rtol=1e-6):
        raise InputError(
            f"{table.path}: energy_keV must hold equally spaced bin centres, as the table is one "
            "of reconstructed energy"
        )


def _resolution(
    settings: ExperimentFile,
    change: ExperimentOverrides,
    energies: NDArray[np.float64],
    toml: Path,
) -> Resolution:
    """The resolution with its override, positive over the energies (keV) of the efficiency."""
    resolution = settings.resolution
    try:
        if change.resolution is not None:
            resolution = validate_model(
                Resolution,
                {"model": resolution.model, "parameters": change.resolution},
                "the resolution",
            )
        probe = np.linspace(max(energies[0], 1e-3), energies[-1], 200)
        width = resolution(probe)
        if not np.all(width > 0):
            raise InputError(
                f"the resolution is {width.min():g} keV at {probe[np.argmin(width)]:g} keV; "
                "it must be positive"
            )
    except InputError as error:
        if change.resolution is not None:
            keys = ("overrides", settings.name, "resolution")
            raise SettingError(keys, str(error)) from None
        raise InputError(f"{toml}: {error}") from None
    return resolution
