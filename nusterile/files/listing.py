"""Rows with units for people and programs: aligned text, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from nusterile.errors import InputError, nearest_name
from nusterile.vocabulary import PURE_NUMBER

__all__ = ["FORMATS", "Cell", "Format", "Listing", "aligned", "comments", "without_guard"]

Cell = str | float | int | bool | None
Format = Literal["text", "csv", "json"]

#: How text begins that a spreadsheet would take for a formula, and what is then put before it.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_GUARD = "'"
#: The same after a comma or semicolon in a line of comment, which a spreadsheet splits as well.
_FORMULA_INSIDE = re.compile(r"([,;]\s*)(?=['\"]*(?:[=@]|[+-][A-Za-z(]))")

#: The formats that `Listing.render` knows.
FORMATS: tuple[str, ...] = get_args(Format)


@dataclass(frozen=True)
class Listing:
    """Rows under named columns.

    Attributes
    ----------
    columns : tuple of str
        Column names.
    rows : tuple of tuple
        Cells: text, numbers or None where there is no value.
    units : dict of str to str
        Unit of the columns that have one; the others hold text or pure numbers.

    Examples
    --------
    >>> listing = Listing.of(["m_4", "limit"], [(0.1, 1.5e-11)], {"m_4": "MeV"})
    >>> print(listing.render("csv"))
    m_4,limit
    0.1,1.5e-11
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    units: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        columns: Iterable[str],
        rows: Iterable[Sequence[Cell]],
        units: Mapping[str, str] | None = None,
    ) -> Listing:
        """Make a listing; NaN becomes None."""
        return cls(
            tuple(columns),
            tuple(tuple(_plain(cell) for cell in row) for row in rows),
            dict(units or {}),
        )

    def column(self, name: str) -> list[Cell]:
        """Return the cells of one column."""
        if name not in self.columns:
            raise InputError(f"no column '{name}'{nearest_name(name, self.columns)}")
        index = self.columns.index(name)
        return [row[index] for row in self.rows]

    @property
    def header(self) -> list[str]:
        """Column names with their units, for people."""
        return [
            name if self._unit(name) == PURE_NUMBER else f"{name} [{self._unit(name)}]"
            for name in self.columns
        ]

    @property
    def readable(self) -> list[list[str]]:
        """Cells for people: numbers to 5 digits, a dash where there is none."""
        return [[_short(cell) for cell in row] for row in self.rows]

    def render(self, format: Format = "text") -> str:
        """Write the listing, without a line end after the last row.

        Parameters
        ----------
        format : {'text', 'csv', 'json'}
            ``text``: aligned columns, `header` over `readable`. ``csv`` and ``json``: full
            precision; a missing number is empty in CSV and null in JSON. Text that a
            spreadsheet would take for a formula begins with ``'`` in CSV.

        Raises
        ------
        InputError
            If the format is unknown.
        """
        if format == "text":
            by_column = [[row[i] for row in self.rows] for i in range(len(self.columns))]
            numeric = [all(map(_is_number, cells)) for cells in by_column]
            return aligned([self.header, *self.readable], numeric)
        if format == "csv":
            return self._csv()
        if format == "json":
            return self._json()
        raise InputError(f"unknown format '{format}'{nearest_name(format, FORMATS)}")

    def _unit(self, name: str) -> str:
        return self.units.get(name, PURE_NUMBER)

    def _json(self) -> str:
        rows = [[cell if _is_written(cell) else None for cell in row] for row in self.rows]
        units = {name: self._unit(name) for name in self.columns}
        return json.dumps({"columns": self.columns, "units": units, "rows": rows})

    def _csv(self) -> str:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerows([_guarded(cell) for cell in row] for row in (self.columns, *self.rows))
        return buffer.getvalue().rstrip("\n")


def aligned(lines: Sequence[Sequence[str]], right: Sequence[bool]) -> str:
    """Lay cells out in columns, two spaces between them.

    Parameters
    ----------
    lines : sequence of sequence of str
        Cells of each line, the header among them.
    right : sequence of bool
        Which columns stand to the right.

    Examples
    --------
    >>> print(aligned([["name", "n"], ["a", "10"]], [False, True]))
    name   n
    a     10
    """
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def comments(facts: Mapping[str, str]) -> str:
    """Write facts as the lines of comment at the head of a CSV file, ``# name: value``.

    Examples
    --------
    >>> print(comments({"title": "a,=1+1"}), end="")
    # title: a,'=1+1
    """
    lines = (f"# {name}: {' '.join(value.split())}\n" for name, value in facts.items())
    return "".join(_FORMULA_INSIDE.sub(rf"\1{_GUARD}", line) for line in lines)


def without_guard(cell: str) -> str:
    """Return a text of a CSV cell as it was before it was written.

    Examples
    --------
    >>> without_guard("'=1+1"), without_guard("'t Hooft")
    ('=1+1', "'t Hooft")
    """
    return cell[1:] if cell.startswith(_GUARD) and _FORMULA.match(cell) else cell


def _guarded(cell: Cell) -> Cell:
    """Put a sign before text that a spreadsheet would take for a formula; numbers stay."""
    if not isinstance(cell, str) or not _FORMULA.match(cell):
        return cell
    try:
        float(cell)
    except ValueError:
        return _GUARD + cell
    return cell


def _plain(cell: Cell) -> Cell:
    """Make a Python value of a numpy scalar, and None of NaN."""
    if isinstance(cell, bool | str | None):
        return cell
    value = cell.item() if hasattr(cell, "item") else cell
    return None if isinstance(value, float) and math.isnan(value) else value


def _is_written(cell: Cell) -> bool:
    """Whether JSON knows a cell: it has no infinite numbers."""
    return not isinstance(cell, float) or math.isfinite(cell)


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, int | float | None)


def _short(cell: Cell) -> str:
    if cell is None or not _is_written(cell):
        return "-"
    return f"{cell:.5g}" if isinstance(cell, float) else str(cell)
