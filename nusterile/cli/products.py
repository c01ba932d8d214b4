"""Commands about product files and the configuration: build, info, validate, config."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np

from nusterile.cli import INTERRUPT
from nusterile.cli.options import PRODUCT, config_option, load_analysis
from nusterile.cli.output import note_doubts, plain_text, print_table, say
from nusterile.cli.progress import progress_bar
from nusterile.errors import ProductError
from nusterile.files.places import Place
from nusterile.vocabulary import (
    FLAVOR,
    LIMIT,
    LIMIT_STATUS,
    SELECTION,
    STORED_MASSES,
    unit_word,
)

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["build", "config", "info", "validate"]

DEFAULT_OUTPUT = Path("products/reference.nc")


@click.command()
@config_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=DEFAULT_OUTPUT,
    show_default=True,
    help="File to write.",
)
@click.option(
    "--scheduler",
    metavar="WHERE",
    help="For grids beyond memory: compute block by block, by threads, processes, or a dask "
    "scheduler, tcp://HOST:PORT. A run that was killed goes on where it stopped.",
)
def build(config_path: Path | None, output: Path, scheduler: str | None) -> None:
    """Compute the product and write it; print the limits at the end."""
    from nusterile.cli.inputs import files_read
    from nusterile.files.replacing import require_replaceable
    from nusterile.product.files import check_target

    if output == DEFAULT_OUTPUT:
        try:
            output.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise ProductError(
                f"{output.parent}: cannot be made ({error.strerror}); name a file with -o"
            ) from None
    analysis = load_analysis(config_path)
    check_target(output)
    require_replaceable(output, ".nc", files_read(analysis.configuration, config_path))
    with progress_bar() as report:
        dataset = analysis.build(
            output, scheduler=scheduler, progress=report, cancelled=lambda: INTERRUPT.seen
        )
    note_doubts(analysis)
    _print_limits(dataset)
    say(f"{plain_text(str(output))}: {output.stat().st_size / 1e6:.1f} MB")


@click.command()
@click.argument("file", type=PRODUCT)
def info(file: Place) -> None:
    """Say what a product holds and where it comes from."""
    import nusterile
    from nusterile.product.kinds import KINDS, content_of

    dataset = nusterile.open(file)
    attributes = {name: plain_text(str(value)) for name, value in dataset.attrs.items()}
    for name in ("title", "summary", "comment", "date_created", "nusterile_version", "git_commit"):
        if attributes.get(name):
            _paragraph(f"{name}: {attributes[name]}")
    _paragraph(f"schema: {attributes['schema_version']} ({content_of(dataset)})")
    _paragraph(f"content: {KINDS[content_of(dataset)].what}")
    _paragraph(f"configuration: sha256 {attributes.get('config_hash', 'none')}")
    _paragraph("references:")
    for reference in attributes.get("references", "none").split("; "):
        _paragraph(f"  {reference}")
    print_table(
        ["coordinate", "size", "values", "unit"],
        [
            [plain_text(str(name)), str(array.size), _extent(array), _units(array)]
            for name, array in dataset.coords.items()
        ],
        wrap=True,
    )
    print_table(
        ["variable", "dimensions", "unit", "what"],
        [
            [
                plain_text(str(name)),
                plain_text(", ".join(map(str, array.dims))),
                _units(array),
                _attribute(array, "long_name"),
            ]
            for name, array in dataset.data_vars.items()
        ],
        wrap=True,
    )


@click.command()
@click.argument("file", type=PRODUCT)
def validate(file: Place) -> None:
    """Check that a product keeps the contract (exit 1 if not)."""
    from nusterile.product.files import fetch_product, open_product
    from nusterile.product.kinds import content_of

    try:
        # Of a service, values too: they are all in its file.
        dataset = open_product(file) if isinstance(file, Path) else fetch_product(file)[0]
    except ProductError as error:
        say(f"nusterile: {plain_text(str(error))}", error=True)
        raise click.exceptions.Exit(1) from None
    say(
        f"{plain_text(str(file))}: keeps the contract "
        f"(schema {dataset.attrs['schema_version']}, {content_of(dataset)})"
    )


@click.command()
@click.argument("product", type=PRODUCT, required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File to write instead, and beside it the product's own experiments and bounds.",
)
def config(product: Place | None, output: Path | None) -> None:
    """Print the default configuration, or that of a PRODUCT.

    The default one is commented. With -o, a product's own experiments and bounds are written
    into the folders experiments and bounds beside the file, so that the analysis can be done
    again and changed.
    """
    from nusterile.cli.inputs import files_read
    from nusterile.files.replacing import require_replaceable
    from nusterile.files.writing import write_file
    from nusterile.model.configuration import Configuration, default_toml
    from nusterile.product.files import open_product
    from nusterile.product.stored import stored_configuration

    if product is None:
        made, text = Configuration(), default_toml()
    else:
        made = stored_configuration(open_product(product))
        lines = made.to_toml().splitlines()
        indents = [len(line) - len(line.lstrip()) for line in lines]
        text = "".join(
            " " * indent + plain_text(line) + "\n"
            for indent, line in zip(indents, lines, strict=True)
        )
    if output is None:
        say(text, end="")
        return
    require_replaceable(output, ".toml", files_read(made, product))
    if product is None:
        write_file(output, text)
    else:
        made.save(output)
    say(plain_text(str(output)))


def _print_limits(dataset: xr.Dataset) -> None:
    from nusterile.exports.table import LimitTable, three_digits
    from nusterile.product.labels import expected_only_of
    from nusterile.results import Results

    results, grid = Results(dataset), dataset.m_4.values
    masses = np.clip(STORED_MASSES, grid[0], grid[-1])
    # The upper ends alone, which fit the screen; `nusterile table` says the rest.
    limits = results.limits_at(masses, float(dataset.cl.values[0]))[[LIMIT, LIMIT_STATUS]]
    table = LimitTable(limits, {name: name for name in results.selections})
    for dof, rows in table.parts(three_digits, {name: name for name in results.flavors}):
        print_table(
            [SELECTION, FLAVOR, *(f"{mass} MeV" for mass in table.masses)],
            rows,
            f"Upper limits on the moment in mu_B, {100 * table.cl:g} % CL, {dof} dof, "
            "by sterile mass",
        )
    without_data = expected_only_of(dataset, SELECTION)
    if without_data:
        say(f"expected (Asimov) limits, without data: {', '.join(without_data)}")


def _extent(array: xr.DataArray) -> str:
    values = array.values.ravel()
    if values.dtype.kind not in "fiu":
        return plain_text(", ".join(map(str, values)))
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return "-"
    low, high = finite.min(), finite.max()
    return f"{low:g} to {high:g}" if low < high else f"{low:g}"


def _attribute(array: xr.DataArray, name: str) -> str:
    return plain_text(str(array.attrs.get(name, "-")))


def _units(array: xr.DataArray) -> str:
    return plain_text(unit_word(str(array.attrs.get("units", "-"))))


def _paragraph(text: str) -> None:
    """Print a text, wrapped to the terminal; links and hashes stay whole."""
    width = max(40, shutil.get_terminal_size().columns)
    indent = " " * (len(text) - len(text.lstrip()) + 2)
    say(
        textwrap.fill(
            text, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
        )
    )
