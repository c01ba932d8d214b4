"""Rows of results on the screen: a table that fits it, CSV or JSON."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from nusterile.files.listing import Listing
from nusterile.files.text import plain_text, visible_text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nusterile.analysis import Analysis

__all__ = ["format_option", "note", "note_doubts", "plain_text", "print_table", "say", "show"]

format_option = click.option(
    "--format",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="A table for people, or CSV or JSON with full precision.",
)


def say(text: object, *, error: bool = False, end: str = "\n") -> None:
    """Print a text; characters that would act on the terminal are made visible."""
    click.echo(f"{visible_text(str(text))}{end}", err=error, nl=False)


def note_doubts(analysis: Analysis, m_4: ArrayLike = ()) -> None:
    """Say on standard error what in the inputs, and the masses (MeV), is probably a mistake."""
    note(analysis.doubts(m_4))


def note(doubts: Iterable[str]) -> None:
    """Say on standard error what is doubtful, one line each."""
    for text in doubts:
        say(f"note: {plain_text(text)}", error=True)


def show(listing: Listing, format: str) -> None:
    """Write rows to standard output.

    Parameters
    ----------
    listing : Listing
        What to write.
    format : {'table', 'csv', 'json'}
        A missing number is empty in CSV, null in JSON and a dash in the table.
    """
    if format == "table":
        print_table(*_fitted(listing.header, listing.readable))
    else:
        say(listing.render("csv" if format == "csv" else "json"))


def _fitted(header: list[str], cells: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """Break long headers, or turn the table on its side, where it is wider than the screen."""
    available = shutil.get_terminal_size().columns
    if _width(header, cells) <= available:
        return header, cells
    broken = [name.replace(":", ":\n").replace(" [", "\n[") for name in header]
    if _width(broken, cells) <= available or len(cells) >= len(header):
        return broken, cells
    columns = [list(column) for column in zip(*cells, strict=True)]
    sideways = [[name, *column] for name, column in zip(header, columns, strict=True)]
    return sideways[0], sideways[1:]


def _width(header: list[str], cells: list[list[str]]) -> int:
    columns = zip(header, *cells, strict=True)
    longest = (max(len(line) for text in c for line in text.split("\n")) for c in columns)
    return sum(width + 3 for width in longest) + 1


def print_table(
    header: Sequence[str], cells: Sequence[Sequence[str]], title: str = "", *, wrap: bool = False
) -> None:
    """Print aligned columns, numbers to the right; as wide as needed, or wrapped."""
    from rich import box
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD,
        title=Text(visible_text(title)) if title else None,
        title_justify="left",
    )
    for index, name in enumerate(header):
        numeric = all(_is_number(row[index]) for row in cells)
        table.add_column(
            Text(visible_text(name)), justify="right" if numeric else "left", no_wrap=not wrap
        )
    for row in cells:
        table.add_row(*(Text(visible_text(cell)) for cell in row))
    console = Console(highlight=False, width=shutil.get_terminal_size().columns)
    if not wrap:
        needed = Measurement.get(console, console.options.update(width=10_000), table).maximum
        console.width = max(console.width, needed)
    with console.capture() as text:
        console.print(table)
    click.echo(text.get(), nl=False)  # which may hold colours


def _is_number(cell: str) -> bool:
    if cell in ("-", ""):
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True
