"""External bounds as files: a folder with ``bound.toml`` and its curve, read and checked.

The curve is a CSV table with the columns ``mass`` and ``coupling`` and, where it
has several pieces, ``branch``. ``bound.toml`` says what they mean: the unit of the
mass (MeV, GeV or keV) and whether the coupling is the moment μ in Bohr magnetons
(``mu``) or the coupling d in 1/GeV (``d``), μ = 2 d / μ_B.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from nusterile.bounds.curve import Bound, BoundFlavor, Finding, Kind
from nusterile.bounds.units import MASS_UNITS, MU_PER_D
from nusterile.errors import InputError
from nusterile.files.folder import TextFolder
from nusterile.files.settings import FileInFolder, OneLine, StrictModel, parse_toml, validate_model
from nusterile.files.tables import LARGEST_TABLE, Table, parse_table
from nusterile.publications.reference import BoundReference
from nusterile.vocabulary import BoundMassUnit, BoundQuantity

__all__ = ["SENTINEL_MU", "bound_folders", "builtin_bound_folders", "read_bound"]

#: Moments from here on, in Bohr magnetons, only mark where a curve ends.
SENTINEL_MU = 1e-4


class _BoundFile(StrictModel):
    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
    label: Annotated[OneLine, Field(min_length=1)]
    flavor: BoundFlavor
    cl: Annotated[float, Field(gt=0, lt=1)]
    kind: Kind
    mass_unit: BoundMassUnit
    quantity: BoundQuantity
    curve: FileInFolder
    outline: bool = False
    converted: OneLine = ""
    notes: OneLine = ""
    references: tuple[BoundReference, ...] = Field(min_length=1)


def builtin_bound_folders() -> dict[str, Path]:
    """Return the folder of each bound that comes with nusterile."""
    from nusterile_data import ROOT

    return {path.parent.name: path.parent for path in sorted(ROOT.glob("bounds/*/bound.toml"))}


def bound_folders(folder: Path) -> list[Path]:
    """Find the bounds in a user's folder.

    Parameters
    ----------
    folder : Path
        A folder with ``bound.toml``, or one whose subfolders have one each.

    Returns
    -------
    list of Path

    Raises
    ------
    InputError
        If there is no bound in it, or a subfolder holds tables without a ``bound.toml``.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: is not a folder; expected one with a bound.toml in it")
    if (folder / "bound.toml").exists():
        return [folder]
    found = []
    for subfolder in sorted(path for path in folder.iterdir() if path.is_dir()):
        if (subfolder / "bound.toml").exists():
            found.append(subfolder)
        elif any(subfolder.glob("*.csv")):
            raise InputError(f"{subfolder}: holds a table but no bound.toml to describe it")
    if not found:
        raise InputError(f"{folder}: holds no bound; expected <bound>/bound.toml and its curve")
    return found


def read_bound(folder: Path | TextFolder) -> Bound:
    """Read and check a bound's folder.

    Parameters
    ----------
    folder : Path or TextFolder
        Folder with ``bound.toml``.

    Returns
    -------
    Bound

    Raises
    ------
    InputError
        If a file, key or number cannot be used; the message names the file and,
        where there is one, the line.
    """
    files = folder if isinstance(folder, TextFolder) else TextFolder(folder)
    toml = files.path / "bound.toml"
    text, whole = files.read("bound.toml", "TOML")
    settings = validate_model(_BoundFile, parse_toml(text, str(toml)), str(toml), text)
    curve, whole_curve = files.read(settings.curve, "CSV", LARGEST_TABLE)
    table = _curve(curve, files.path / settings.curve)
    mass = table["mass"] * MASS_UNITS[settings.mass_unit]
    mu = table["coupling"] * (MU_PER_D if settings.quantity == "d" else 1.0)
    points = np.stack([mass, mu], axis=1)
    sentinel = mu >= SENTINEL_MU
    findings = []
    if sentinel.any():
        first = int(np.flatnonzero(sentinel)[0])
        findings.append(
            Finding(
                table.path,
                table.lines[first],
                f"{_count(int(sentinel.sum()), 'sentinel point')} with mu >= {SENTINEL_MU:g} "
                f"from m_4 = {mass[first]:g} MeV on, left out: no part of the limit",
            )
        )
    pieces, names = [], []
    for name, rows in _branches(table):
        rows = rows[~sentinel[rows]]
        if settings.kind == "region" and rows.size > 1 and _same(points, rows[0], rows[-1]):
            rows = rows[:-1]  # the outline is closed anyway
        needed = 3 if settings.kind == "region" else 2
        if rows.size < needed:
            raise InputError(
                f"{table.path}: a {settings.kind} needs at least {needed} points"
                + (f" in branch '{name}'" if name else "")
                + f" below mu = {SENTINEL_MU:g}; it has {rows.size}"
            )
        _check_order(table, points, rows, settings)
        findings += _peculiarities(table, points, rows, settings.kind)
        pieces.append(points[rows])
        names.append(name)
    return Bound(
        name=settings.name,
        label=settings.label,
        flavor=settings.flavor,
        cl=settings.cl,
        kind=settings.kind,
        pieces=tuple(pieces),
        branches=tuple(names),
        sentinels=points[sentinel],
        references=settings.references,
        converted=settings.converted,
        notes=settings.notes,
        findings=tuple(findings),
        input_texts={
            f"bounds/{settings.name}/bound.toml": whole,
            f"bounds/{settings.name}/{settings.curve}": whole_curve,
        },
    )


def _curve(text: str, path: Path) -> Table:
    table = parse_table(text, path, ["mass", "coupling"], optional_text=["branch"])
    for column in ("mass", "coupling"):
        bad = np.flatnonzero(table[column] <= 0)
        if bad.size:
            row = int(bad[0])
            raise InputError(
                f"{table.where(row)}: column '{column}' holds {table[column][row]:g}; "
                "masses and couplings are positive"
            )
    return table


def _branches(table: Table) -> list[tuple[str, NDArray[np.intp]]]:
    """Return name and rows of each branch, in the file's order."""
    labels = table.text.get("branch")
    if labels is None:
        return [("", np.arange(len(table.lines)))]
    found: dict[str, list[int]] = {}
    for row, label in enumerate(labels):
        if label in found and labels[row - 1] != label:
            raise InputError(
                f"{table.where(row)}: branch '{label}' comes back after '{labels[row - 1]}'; "
                "keep the rows of a branch together"
            )
        found.setdefault(label, []).append(row)
    return [(label, np.array(rows)) for label, rows in found.items()]


def _same(points: NDArray[np.float64], first: int, second: int) -> bool:
    return bool(np.array_equal(points[first], points[second]))


def _check_order(
    table: Table, points: NDArray[np.float64], rows: NDArray[np.intp], settings: _BoundFile
) -> None:
    """Refuse duplicates and, unless the curve is an outline, masses that do not increase."""
    for before, row in pairwise(rows):
        if _same(points, before, row):
            raise InputError(f"{table.where(row)}: repeats the point before; remove the duplicate")
        if settings.kind != "upper_limit" or settings.outline:
            continue
        here, last = table["mass"][row], table["mass"][before]
        if here <= last:
            what = "repeats" if here == last else "is followed by a smaller one"
            raise InputError(
                f"{table.where(row)}: mass {last:g} {what}"
                + (f" ({here:g})" if here < last else " with another coupling")
                + "; sort the rows by mass, one coupling for each mass, or set outline = true "
                "in bound.toml where the curve has vertical walls or turns back"
            )


def _peculiarities(
    table: Table, points: NDArray[np.float64], rows: NDArray[np.intp], kind: Kind
) -> list[Finding]:
    """Report walls and turns of an upper limit and how a region is closed."""
    mass = points[rows, 0]
    found = []
    if kind == "upper_limit":
        steps = np.diff(mass)
        walls, turns = np.flatnonzero(steps == 0) + 1, np.flatnonzero(steps < 0) + 1
        if walls.size:
            found.append(
                Finding(
                    table.path,
                    table.lines[rows[walls[0]]],
                    f"vertical wall of {_count(walls.size, 'step')} from "
                    f"m_4 = {mass[walls[0]]:g} MeV on; the limit there is the lowest point",
                )
            )
        if turns.size:
            found.append(
                Finding(
                    table.path,
                    table.lines[rows[turns[0]]],
                    f"the curve turns back in {_count(turns.size, 'step')} from "
                    f"m_4 = {mass[turns[0] - 1]:g} MeV on; the limit is the lowest point",
                )
            )
    elif kind == "region":
        start, end = points[rows[0]], points[rows[-1]]
        found.append(
            Finding(
                table.path,
                table.lines[rows[-1]],
                f"closed from (m_4, mu) = ({end[0]:g} MeV, {end[1]:g}) "
                f"to ({start[0]:g} MeV, {start[1]:g})",
            )
        )
    return found


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
