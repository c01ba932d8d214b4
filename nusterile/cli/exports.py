"""Commands that hand results to others: export, table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nusterile.cli.inputs import files_read
from nusterile.cli.options import (
    PRODUCT,
    ListCommand,
    config_option,
    expected_option,
    load_results,
)
from nusterile.cli.output import say
from nusterile.errors import InputError
from nusterile.exports import FORMATS
from nusterile.exports.projection_table import ProjectionTable
from nusterile.exports.table import TABLE_FORMATS, TABLE_SUFFIXES, LimitTable
from nusterile.files.places import Place
from nusterile.files.replacing import require_replaceable
from nusterile.files.writing import write_file
from nusterile.vocabulary import M_4

if TYPE_CHECKING:
    from nusterile.results import Results

__all__ = ["export", "table"]


@click.command(
    epilog="Forms: " + "; ".join(f"{name}, {form.what}" for name, form in FORMATS.items()) + "."
)
@click.argument("product", type=PRODUCT)
@click.option("--to", "form", required=True, type=click.Choice(list(FORMATS)), help="Form.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File to write.")
@expected_option
def export(product: Place, form: str, output: Path | None, expected: bool) -> None:
    """Write a product in a form that others use."""
    import nusterile
    from nusterile.exports import export as write

    dataset = nusterile.open(product)
    target = output or Path(FORMATS[form].file_name)
    inputs = files_read(dataset.nusterile.config, product)
    require_replaceable(target, FORMATS[form].suffix, inputs)
    write(dataset, form, target, expected=expected)
    say(target)


@click.command(cls=ListCommand)
@click.argument("product", required=False, type=PRODUCT)
@config_option
@click.option("--selection", multiple=True, help="Experiment or combination; all by default.")
@click.option("--flavor", multiple=True, help="effective, e, mu or tau; all by default.")
@click.option("--m4", M_4, multiple=True, type=float, help="Sterile mass in MeV.")
@click.option("--cl", type=float, default=0.9, show_default=True)
@click.option("--dof", multiple=True, type=int, show_default="all that are there")
@expected_option
@click.option(
    "--format",
    "style",
    type=click.Choice(list(TABLE_FORMATS)),
    default="text",
    show_default=True,
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File instead of the screen.")
def table(
    product: Place | None,
    config_path: Path | None,
    selection: tuple[str, ...],
    flavor: tuple[str, ...],
    m_4: tuple[float, ...],
    cl: float,
    dof: tuple[int, ...],
    expected: bool,
    style: str,
    output: Path | None,
) -> None:
    """Print the limits by experiment, flavour and mass.

    From PRODUCT, at the nearest masses of its grid; without one from the configuration,
    at any masses. Without --m4, at some masses up to 1 MeV. Those of a projection by exposure
    and mass.
    """
    results = load_results(product, config_path)
    if output is not None:
        inputs = files_read(results.configuration, product, config_path)
        require_replaceable(output, TABLE_SUFFIXES[style], inputs)
    made: LimitTable | ProjectionTable
    if results.holds_projection:
        made = _projection_table(results, selection, flavor, m_4, cl, dof)
    else:
        made = LimitTable.of(
            results,
            selection=selection or None,
            flavor=flavor or None,
            m_4=m_4 or None,
            cl=cl,
            dof=dof or None,
            expected=expected,
        )
    text = made.render(style)
    if output is None:
        say(text)
    else:
        write_file(output, text + "\n")
        say(output)


def _projection_table(
    results: Results,
    selection: tuple[str, ...],
    flavor: tuple[str, ...],
    m_4: tuple[float, ...],
    cl: float,
    dof: tuple[int, ...],
) -> ProjectionTable:
    """The table of a product that holds a projection, whose limits are for the mass fixed."""
    if selection or set(dof) - {1}:
        option = "--selection" if selection else "--dof 2"
        raise InputError(
            f"{option}: the product holds a projection, limits of one experiment for one degree "
            "of freedom"
        )
    return ProjectionTable.of(results, flavor=flavor or None, m_4=m_4 or None, cl=cl)
