"""A bound's folder from a digitised curve: two columns of numbers in, a checked folder out."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from nusterile.arrays import Floats
from nusterile.bounds.curve import Bound
from nusterile.bounds.folder import read_bound
from nusterile.errors import InputError
from nusterile.files.folder import TextFolder
from nusterile.files.tables import LARGEST_TABLE
from nusterile.files.text import hidden_character, read_text
from nusterile.files.writing import make_folder, part_of, reason_of, write_file

__all__ = [
    "DigitisedCurve",
    "add_bound",
    "bound_texts",
    "parse_digitised",
    "read_digitised",
    "reference_of",
]

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_ARXIV = re.compile(
    r"(?:https?://arxiv\.org/abs/|arxiv:\s*)?(\d{4}\.\d{4,5}|[a-z\-]+/\d{7})", re.IGNORECASE
)
_DECIMAL_COMMA = re.compile(r"\d,\d")
_SHOWN = 60


@dataclass(frozen=True)
class DigitisedCurve:
    """The points of a digitised curve, as their file writes them.

    Attributes
    ----------
    rows : tuple of (str, str)
        Mass and coupling of each point.
    header : tuple of (str, str)
        What stands above the columns; empty texts for nothing.
    """

    rows: tuple[tuple[str, str], ...]
    header: tuple[str, str] = ("", "")

    @property
    def values(self) -> Floats:
        """Mass and coupling of each point as numbers, shape (n, 2), in units of their own."""
        return np.array([[float(cell) for cell in row] for row in self.rows])


def read_digitised(path: Path, *, ordered: bool = True) -> DigitisedCurve:
    """Read two columns, mass and coupling, with a header or without one.

    Parameters
    ----------
    path : Path
        Text with columns that are separated by commas, semicolons, tabs or blanks. Empty
        lines and lines that start with ``#`` are passed over.
    ordered : bool
        Whether the masses have to increase.

    Raises
    ------
    InputError
        If there are no points, or a line is not two finite positive numbers or repeats the
        one before, or the masses do not increase; the message names the line.
    """
    return parse_digitised(read_text(path, "CSV", LARGEST_TABLE)[0], str(path), ordered=ordered)


def parse_digitised(text: str, where: str, *, ordered: bool = True) -> DigitisedCurve:
    """Read two columns, mass and coupling, from a text, as `read_digitised` does.

    Parameters
    ----------
    text : str
        The text.
    where : str
        Where it is from, for messages.
    ordered : bool
        Whether the masses have to increase.

    Raises
    ------
    InputError
        As `read_digitised` does.

    Examples
    --------
    >>> parse_digitised("1; 2e-11", "clipboard").rows
    (('1', '2e-11'),)
    """
    lines = [
        (number, line.strip())
        for number, line in enumerate(re.split(r"\r\n|\n|\r", text), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    header = ("", "")
    if lines and _is_header(lines[0][1]):
        number, line = lines.pop(0)
        cells = _cells(line)
        if re.match(r"(mass|m_?4)\b", cells[-1], re.IGNORECASE):
            raise InputError(
                f"{where}, line {number}: the last column is the mass; expected mass, coupling"
            )
        if len(cells) == 2:
            header = (cells[0], cells[1])
    if not lines:
        raise InputError(f"{where}: is empty; expected two columns, mass and coupling")
    rows: list[tuple[str, str]] = []
    for number, line in lines:
        mass, coupling = _point(line, f"{where}, line {number}")
        if ordered and rows and float(mass) <= float(rows[-1][0]):
            what = "repeats" if float(mass) == float(rows[-1][0]) else "is smaller than"
            raise InputError(
                f"{where}, line {number}: mass {mass} {what} the one before, {rows[-1][0]}; sort "
                "the rows by mass, one coupling for each, or say that the curve is an outline"
            )
        if rows and (float(mass), float(coupling)) == tuple(map(float, rows[-1])):
            raise InputError(
                f"{where}, line {number}: repeats the point before; remove the duplicate"
            )
        rows.append((mass, coupling))
    return DigitisedCurve(tuple(rows), header)


def reference_of(text: str) -> dict[str, str]:
    """Return a reference of ``bound.toml`` from a DOI, an arXiv number or another text."""
    text = text.strip()
    if found := _DOI.fullmatch(text):
        return {"text": f"doi:{found[1]}", "doi": found[1]}
    if found := _ARXIV.fullmatch(text):
        return {"text": f"arXiv:{found[1]}", "arxiv": found[1]}
    return {"text": text}


def bound_texts(
    curve: DigitisedCurve, settings: Mapping[str, Any], references: Iterable[str]
) -> dict[str, str]:
    """Return the texts of the folder of a bound, by the names of their files.

    Parameters
    ----------
    curve : DigitisedCurve
        The points.
    settings : mapping
        Keys of ``bound.toml`` other than the curve and the references.
    references : iterable of str
        DOIs, arXiv numbers or texts.

    Raises
    ------
    InputError
        If a reference is empty or holds a character that nobody sees.
    """
    sources = [reference_of(text) for text in references]
    for source in sources:
        if not source["text"] or hidden_character(source["text"]):
            raise InputError("the reference is empty or holds a character that nobody sees")
    toml = tomli_w.dumps({**settings, "curve": "curve.csv", "references": sources})
    rows = "".join(f"{mass},{coupling}\n" for mass, coupling in curve.rows)
    return {"bound.toml": toml, "curve.csv": f"mass,coupling\n{rows}"}


def add_bound(
    curve: DigitisedCurve, settings: Mapping[str, Any], references: Iterable[str], folder: Path
) -> Bound:
    """Write the folder of a bound, whole or not at all, and read it back.

    Parameters
    ----------
    curve : DigitisedCurve
        The points.
    settings : mapping
        Keys of ``bound.toml`` other than the curve and the references.
    references : iterable of str
        DOIs, arXiv numbers or texts.
    folder : Path
        The folder, which must not be there yet.

    Returns
    -------
    Bound
        What the reader of bounds makes of the folder.

    Raises
    ------
    InputError
        If the folder is there, cannot be written, or would hold no usable bound.
    """
    if os.path.lexists(folder):
        raise InputError(f"{folder}: is already there and is kept; name another folder")
    texts = bound_texts(curve, settings, references)
    read_bound(TextFolder(folder, texts))  # before anything is written
    make_folder(folder.parent)
    with _moved_into_place(folder) as part:
        for name, text in texts.items():
            write_file(part / name, text)
    return read_bound(folder)


@contextmanager
def _moved_into_place(folder: Path) -> Iterator[Path]:
    """Lend a folder beside the wanted one, which gets its name where the block ends well."""
    part = part_of(folder)
    try:
        part.mkdir()
        yield part
        part.rename(folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({reason_of(error)})") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _cells(line: str) -> list[str]:
    for separator in (";", "\t", ","):
        if separator in line:
            return [cell.strip() for cell in line.split(separator)]
    return line.split()


def _number(cell: str) -> float | None:
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _is_header(line: str) -> bool:
    """Whether a line has words only: neither a number nor one with a decimal comma."""
    return all(_number(cell.replace(",", ".")) is None for cell in _cells(line)) and not (
        line[0].isdigit()
    )


def _point(line: str, where: str) -> tuple[str, str]:
    cells = _cells(line)
    comma = "; write decimal points, not commas" if _DECIMAL_COMMA.search(line) else ""
    if len(cells) != 2:
        columns = f"{len(cells)} column" + ("" if len(cells) == 1 else "s")
        raise InputError(f"{where}: has {columns}; expected two, mass and coupling{comma}")
    for name, cell in zip(("mass", "coupling"), cells, strict=True):
        value = _number(cell)
        if value is None or not np.isfinite(value) or value <= 0:
            raise InputError(
                f"{where}: the {name} is '{cell[:_SHOWN]}'; expected a finite number above 0{comma}"
            )
    return cells[0], cells[1]
