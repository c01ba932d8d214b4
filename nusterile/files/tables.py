"""Reading CSV tables with checks that name the file, the line and the remedy."""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nusterile.errors import InputError
from nusterile.files.text import hidden_character, read_text

__all__ = ["LARGEST_TABLE", "Table", "parse_table", "read_table"]

#: Most bytes of a table: some hundred thousand rows.
LARGEST_TABLE = 16 * 2**20
#: Characters of a header that a message shows.
_SHOWN = 100


@dataclass(frozen=True)
class Table:
    """Columns of a CSV file with the line each row stands on.

    Attributes
    ----------
    path : Path
        The file.
    columns : dict of str to ndarray
        Columns of numbers, float64.
    text : dict of str to list of str
        Columns of text.
    lines : tuple of int
        Line number of every row in the file, counted from 1.
    sha256 : str
        Checksum of the text as UTF-8.
    """

    path: Path
    columns: dict[str, NDArray[np.float64]]
    text: dict[str, list[str]]
    lines: tuple[int, ...]
    sha256: str

    def __getitem__(self, column: str) -> NDArray[np.float64]:
        return self.columns[column]

    def where(self, row: int) -> str:
        """Return ``path, line n`` of a row, for messages."""
        return f"{self.path}, line {self.lines[row]}"

    def require_increasing(self, column: str, *, strict: bool = True) -> None:
        """Raise InputError at the first row where a column does not increase."""
        values = self.columns[column]
        steps = np.diff(values)
        bad = np.flatnonzero(steps <= 0 if strict else steps < 0)
        if bad.size:
            row = int(bad[0]) + 1
            raise InputError(
                f"{self.where(row)}: column '{column}' does not increase "
                f"({values[row - 1]:g} is followed by {values[row]:g}); "
                "sort the rows and remove duplicates"
            )

    def require_range(self, column: str, low: float, high: float, what: str) -> None:
        """Raise InputError at the first value of a column outside [low, high]."""
        values = self.columns[column]
        bad = np.flatnonzero((values < low) | (values > high))
        if bad.size:
            row = int(bad[0])
            raise InputError(f"{self.where(row)}: column '{column}' holds {values[row]:g}; {what}")


def read_table(
    path: Path,
    numbers: Sequence[str],
    text: Sequence[str] = (),
    optional_text: Sequence[str] = (),
) -> Table:
    """Read a CSV file; see `parse_table`.

    Raises
    ------
    InputError
        If the file cannot be read or is too large, or as `parse_table` says.
    """
    content, _ = read_text(path, "CSV", LARGEST_TABLE)
    return parse_table(content, path, numbers, text, optional_text)


def parse_table(
    content: str,
    path: Path,
    numbers: Sequence[str],
    text: Sequence[str] = (),
    optional_text: Sequence[str] = (),
) -> Table:
    """Make a table of CSV text; lines that start with ``#`` are comments.

    Parameters
    ----------
    content : str
        The text.
    path : Path
        The file that it is from, for messages.
    numbers : sequence of str
        Columns that must be there and hold finite numbers.
    text : sequence of str, optional
        Columns that must be there and are kept as text.
    optional_text : sequence of str, optional
        Columns that are kept as text where they are there.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If the text is empty, lacks a column, or holds a cell that is not a finite number or a
        text with a character that acts without being seen; the message names the line.
    """
    lines = re.split(r"\r\n|\n|\r", content)
    numbered = [
        (number, line)
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(numbered) < 2:
        raise InputError(
            f"{path}: is empty; expected a header line {','.join([*text, *numbers])} "
            "and rows below it"
        )
    header = [name.strip() for name in _cells(*numbered[0], path)]
    for name in (*text, *numbers):
        if header.count(name) > 1:
            raise InputError(f"{path}, line {numbered[0][0]}: column '{name}' is there twice")
        if name not in header:
            raise InputError(
                f"{path}, line {numbered[0][0]}: the header has {', '.join(header)[:_SHOWN]}; "
                f"expected {', '.join([*text, *numbers])}, separated by commas"
            )
    text = [*text, *(name for name in optional_text if name in header)]
    index = {name: header.index(name) for name in (*text, *numbers)}
    columns: dict[str, list[float]] = {name: [] for name in numbers}
    words: dict[str, list[str]] = {name: [] for name in text}
    for number, line in numbered[1:]:
        cells = _cells(number, line, path)
        if len(cells) != len(header):
            raise InputError(
                f"{path}, line {number}: has {len(cells)} cells, the header has {len(header)}"
            )
        for name in text:
            word = cells[index[name]].strip()
            if found := hidden_character(word):
                raise InputError(
                    f"{path}, line {number}: column '{name}' holds the character {found!r}, "
                    "which nobody sees; remove it"
                )
            words[name].append(word)
        for name in numbers:
            cell = cells[index[name]].strip()
            try:
                value = math.nan if "_" in cell else float(cell)
            except ValueError:
                value = math.nan
            if not math.isfinite(value):
                raise InputError(
                    f"{path}, line {number}: column '{name}' holds '{cell[:60]}'; "
                    "expected a finite number"
                )
            columns[name].append(value)
    return Table(
        path=path,
        columns={name: np.array(values) for name, values in columns.items()},
        text=words,
        lines=tuple(number for number, _ in numbered[1:]),
        sha256=hashlib.sha256(content.encode()).hexdigest(),
    )


def _cells(number: int, line: str, path: Path) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise InputError(f"{path}, line {number}: is not CSV ({error})") from None
