"""Tables of measured figures: CSV files beside this one, which pages of the documentation show.

The first column of a table is a key, by which a page quotes one cell: ``TABLE/KEY/COLUMN``. Cells
are text with the digits that are shown, numbers as ``7.44e-12``; `shown` writes them as pages do.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

__all__ = ["FOLDER", "KEY", "cell", "path_of", "read", "shown", "text_of", "update", "write"]

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


def read(name: str) -> list[dict[str, str]]:
    """Read the rows of a table.

    Parameters
    ----------
    name : str
        Table, the name of its file without the suffix.

    Returns
    -------
    list of dict
        Cells by heading, in the order of the file.

    Raises
    ------
    LookupError
        If there is no such table.
    """
    path = path_of(name)
    if not path.is_file():
        raise LookupError(f"there is no table '{name}' in {FOLDER.name}")
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
    rows = {row[KEY]: row for row in read(name)}
    if key not in rows:
        raise LookupError(f"the table '{name}' has no row '{key}'")
    if column not in rows[key] or column == KEY:
        raise LookupError(f"the table '{name}' has no column '{column}'")
    return rows[key][column]


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


def write(name: str, rows: Iterable[Row]) -> None:
    """Write a table, all of its rows.

    Parameters
    ----------
    name : str
        Table.
    rows : iterable of mapping
        Cells by heading, the key first; keys differ.
    """
    rows = list(rows)
    keys = [row[KEY] for row in rows]
    assert len(set(keys)) == len(keys), f"{name}: keys differ"
    path_of(name).write_text(text_of(rows), encoding="utf-8")


def update(name: str, rows: Iterable[Row]) -> None:
    """Replace the rows of a table that have the same keys, and add the others at its end.

    Parameters
    ----------
    name : str
        Table; what was measured earlier and not again stays in it.
    rows : iterable of mapping
        Cells by heading, the key first.
    """
    stored = {row[KEY]: row for row in (read(name) if path_of(name).is_file() else [])}
    write(name, {**stored, **{row[KEY]: dict(row) for row in rows}}.values())
