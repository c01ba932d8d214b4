"""A table of rows for people and programs: aligned text, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from nusterile.errors import InputError, nearest_name

__all__ = ["FORMATS", "Cell", "Format", "Listing"]

Cell = str | float | int | bool | None
Format = Literal["table", "csv", "json"]

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
        Unit of the columns that have one.

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
        columns: Sequence[str],
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

    def render(self, form: str = "table") -> str:
        """Write the listing as text, without a line end after the last row.

        Parameters
        ----------
        form : {'table', 'csv', 'json'}
            ``table``: aligned columns, numbers to 5 digits, units in the header.
            ``csv`` and ``json``: full precision.

        Raises
        ------
        InputError
            If the format is unknown.
        """
        if form == "table":
            return self._table()
        if form == "csv":
            return self._csv()
        if form == "json":
            return self._json()
        raise InputError(f"unknown format '{form}'{nearest_name(form, FORMATS)}")

    def _json(self) -> str:
        return json.dumps(
            {"columns": self.columns, "units": self.units, "rows": self.rows},
            ensure_ascii=False,
            allow_nan=False,
        )

    def _csv(self) -> str:
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return buffer.getvalue().rstrip("\n")

    def _table(self) -> str:
        header = [
            f"{name} [{self.units[name]}]" if name in self.units else name for name in self.columns
        ]
        cells = [[_short(cell) for cell in row] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
        numeric = [
            all(isinstance(row[i], int | float | None) for row in self.rows)
            for i in range(len(header))
        ]

        def line(texts: Sequence[str]) -> str:
            return "  ".join(
                text.rjust(width) if right else text.ljust(width)
                for text, width, right in zip(texts, widths, numeric, strict=True)
            ).rstrip()

        return "\n".join(line(texts) for texts in [header, *cells])


def _plain(cell: Cell) -> Cell:
    """Make a Python value of a numpy scalar, and None of NaN."""
    if isinstance(cell, bool | str | None):
        return cell
    value = cell.item() if hasattr(cell, "item") else cell
    return None if isinstance(value, float) and math.isnan(value) else value


def _short(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"{cell:.5g}" if isinstance(cell, float) else str(cell)
