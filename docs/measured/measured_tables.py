"""Tables of measured figures: CSV files beside this one, which pages of the documentation show.

The first column of a table is a key, by which a page quotes one cell: ``TABLE/KEY/COLUMN``. Cells
are text with the digits that are shown, numbers as ``7.44e-12``; `shown` writes them as pages do.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

__all__ = [
    "FOLDER",
    "KEY",
    "cell",
    "chosen",
    "path_of",
    "read",
    "shown",
    "text_of",
    "update",
    "write",
]

FOLDER = Path(__file__).parent
#: Heading of the column that no page shows.
KEY = "key"

#: A row: cells by heading, the key first.
Row = Mapping[str, str]

_POWER = re.compile(r"(\d+(?:\.\d+)?)e([+-]?\d+)")
_MINUS = re.compile(r"(?<![\w.])-(?=\d)")
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def path_of(name: str) -> Path:
    """Return the file of a table."""
    return FOLDER / f"{name}.csv"


def read(path: Path) -> list[dict[str, str]]:
    """Read the rows of a table.

    Parameters
    ----------
    path : Path
        Its file.

    Returns
    -------
    list of dict
        Cells by heading, in the order of the file.

    Raises
    ------
    LookupError
        If there is no such table.
    """
    if not path.is_file():
        raise LookupError(f"there is no table '{path.stem}' in {path.parent.name}")
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def cell(reference: str) -> str:
    """Return one cell, as it is stored.

    Parameters
    ----------
    reference : str
        ``TABLE/KEY/COLUMN``; the column is a heading, and may hold a slash itself.

    Returns
    -------
    str

    Raises
    ------
    LookupError
        Naming what is not there.

    Examples
    --------
    >>> cell("accuracy/chi2/bar")
    '1e-06'
    """
    parts = reference.split("/", 2)
    if len(parts) != 3:
        raise LookupError(f"'{reference}' is not TABLE/KEY/COLUMN")
    name, key, column = parts
    rows = {row[KEY]: row for row in read(path_of(name))}
    if key not in rows:
        raise LookupError(f"the table '{name}' has no row '{key}'")
    if column not in rows[key] or column == KEY:
        raise LookupError(f"the table '{name}' has no column '{column}'")
    return rows[key][column]


def chosen(rows: Iterable[Row], patterns: Sequence[str]) -> list[Row]:
    """Return the rows whose keys match a pattern.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of a table.
    patterns : sequence of str
        Keys, in which ``*`` stands for anything; each has to match.

    Returns
    -------
    list of mapping
        In the order of the patterns.

    Raises
    ------
    LookupError
        Naming a pattern that matches no key.
    """
    rows = list(rows)
    found: dict[str, Row] = {}
    for pattern in patterns:
        matching = {row[KEY]: row for row in rows if fnmatchcase(row[KEY], pattern)}
        if not matching:
            raise LookupError(f"no row '{pattern}'")
        found |= matching
    return list(found.values())


def shown(text: str) -> str:
    """Write numbers as pages do.

    Parameters
    ----------
    text : str
        A cell.

    Returns
    -------
    str

    Examples
    --------
    >>> shown("7.44e-12"), shown("1e-06 relative"), shown("-3.1 %")
    ('7.44·10⁻¹²', '10⁻⁶ relative', '−3.1 %')
    """

    def power(found: re.Match[str]) -> str:
        if float(found[1]) == 0:
            return "0"
        raised = f"10{str(int(found[2])).translate(_RAISED)}"
        return raised if found[1] == "1" else f"{found[1]}·{raised}"

    return _MINUS.sub("−", _POWER.sub(power, text))


def text_of(rows: Iterable[Row]) -> str:
    """Return rows as the text of a file; all of them have the headings of the first."""
    rows = list(rows)
    text = io.StringIO()
    table = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(rows)
    return text.getvalue()


def write(path: Path, rows: Iterable[Row]) -> None:
    """Write a table, all of its rows.

    Parameters
    ----------
    path : Path
        Its file.
    rows : iterable of mapping
        Cells by heading, the key first; keys differ.
    """
    rows = list(rows)
    keys = [row[KEY] for row in rows]
    assert len(set(keys)) == len(keys), f"{path.stem}: keys differ"
    path.write_text(text_of(rows), encoding="utf-8")


def update(path: Path, rows: Iterable[Row]) -> None:
    """Replace the rows of a table that have the same keys, and add the others at its end.

    Parameters
    ----------
    path : Path
        Its file; what was measured earlier and not again stays in it.
    rows : iterable of mapping
        Cells by heading, the key first.
    """
    stored = {row[KEY]: row for row in (read(path) if path.is_file() else [])}
    write(path, {**stored, **{row[KEY]: row for row in rows}}.values())
