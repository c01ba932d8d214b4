"""``nusterile compare``: two products or configurations side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nusterile.cli.options import PRODUCT, ListCommand, load_results
from nusterile.cli.output import format_option, plain_text, say, show
from nusterile.files.places import Place
from nusterile.vocabulary import M_4

if TYPE_CHECKING:
    from nusterile.results import Results

__all__ = ["compare"]


@click.command(cls=ListCommand)
@click.argument("first", type=PRODUCT)
@click.argument("second", type=PRODUCT)
@click.option("--selection", multiple=True, metavar="NAME...", help="What both have by default.")
@click.option("--flavor", multiple=True, metavar="NAME...", help="What both have by default.")
@click.option("--m4", M_4, multiple=True, type=float, metavar="MEV...", help="Masses in MeV.")
@click.option("--cl", type=float, default=0.9, show_default=True, help="Confidence level.")
@click.option("--dof", multiple=True, type=int, help="1 (mass fixed), 2, or both.")
@format_option
def compare(
    first: Place,
    second: Place,
    selection: tuple[str, ...],
    flavor: tuple[str, ...],
    m_4: tuple[float, ...],
    cl: float,
    dof: tuple[int, ...],
    format: str,
) -> None:
    """Ratios of the limits of two products or configurations (.toml), and what differs in them.

    FIRST is divided by SECOND. Settings and input tables that differ are listed after the
    ratios in the table for people, on standard error with CSV and JSON.
    """
    from nusterile.comparison import compare_limits, compare_settings

    a, b = (_load(path) for path in (first, second))
    ratios = compare_limits(
        a,
        b,
        selection=selection or None,
        flavor=flavor or None,
        m_4=m_4 or None,
        cl=cl,
        dof=dof or None,
    )
    differences = compare_settings(a, b)
    show(ratios, format)
    for setting, one, other in differences.rows:
        say(plain_text(f"{setting}: {one} | {other}"), error=format != "table")
    if not differences.rows:
        say("no setting and no input table differs", error=format != "table")


def _load(place: Place) -> Results:
    """A configuration by its suffix, a product otherwise."""
    if isinstance(place, Path) and place.suffix == ".toml":
        return load_results(None, place)
    return load_results(place, None)
