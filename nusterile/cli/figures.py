"""``nusterile figure``: figures for a paper, with their captions and numbers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nusterile.cli.inputs import files_read
from nusterile.cli.options import (
    PRODUCT,
    ListCommand,
    config_option,
    expected_option,
    load_results,
)
from nusterile.cli.output import note, say
from nusterile.errors import InputError, require_package
from nusterile.figures import FIGURES, draw, options_of
from nusterile.files.places import Place
from nusterile.files.replacing import require_replaceable_figure
from nusterile.files.writing import make_folder
from nusterile.vocabulary import EXPERIMENT, FLAVOR, M_4

if TYPE_CHECKING:
    from nusterile.figures.drawing import Drawing

__all__ = ["figure"]

_ALL = "all"
_FORMATS = ("pdf", "svg", "png")


@click.command(cls=ListCommand)
@click.argument("name", metavar="NAME")
@click.argument("product", required=False, type=PRODUCT)
@config_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="File, by default NAME.pdf; for all a folder, by default figures.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    type=click.Choice(_FORMATS),
    help="By default what the file's suffix says; for all pdf and png.",
)
@click.option("--width", type=click.Choice(["single", "double"]), help="8.6 or 17.8 cm.")
@click.option("--dpi", type=click.FloatRange(20, 1200), default=300, show_default=True)
@click.option("--selection", help="Experiment or combination.")
@click.option("--experiment", help="Experiment of a projection.")
@click.option("--flavor", help="effective, e, mu or tau.")
@click.option("--m4", M_4, multiple=True, type=float, help="Sterile mass in MeV.")
@click.option("--mu", type=float, help="Moment in Bohr magnetons.")
@click.option(
    "--by",
    type=click.Choice(["both", EXPERIMENT, FLAVOR]),
    help="Panels of the limits; both by default.",
)
@click.option("--cl", type=float, help="Confidence level.")
@click.option("--dof", type=int, help="1: mass fixed; 2.")
@expected_option
@click.option(
    "--bounds",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Folder with further bounds for the plane.",
)
@click.option(
    "--show",
    multiple=True,
    metavar="ID...",
    help="Bounds and massless limits in the plane (`nusterile bounds list`); all by default.",
)
def figure(
    name: str,
    product: Place | None,
    config_path: Path | None,
    output: Path | None,
    formats: tuple[str, ...],
    dpi: float,
    **options: Any,
) -> None:
    """Draw a figure, with its caption (.txt) and its numbers (.csv) beside it.

    NAME is kinematics, spectrum, profile, limits, plane, survival, flux, impact, projection or
    all; of products of studies with toys bands, coverage, unified or significance. The numbers
    come from PRODUCT, or from the configuration if no product is given.
    """
    require_package("matplotlib", "export", "figures")
    results = load_results(product, config_path)
    given = {key: value for key, value in options.items() if value not in (None, (), False)}
    inputs = files_read(
        results.configuration, product, config_path, bound_folders=options["bounds"]
    )
    if name == _ALL:
        if results.holds_projection:
            raise InputError(f"{product}: holds a projection; draw it with: figure projection")
        if results.figure:
            raise InputError(f"{product}: has a figure of its own; draw it with: {results.figure}")
        folder = output or Path("figures")
        make_folder(folder)
        for each in FIGURES:
            require_replaceable_figure(folder / each, formats or ("pdf", "png"), inputs)
        for each in FIGURES:
            taken = {key: value for key, value in given.items() if key in options_of(each)}
            _save(draw(each, results, **taken), folder / each, formats or ("pdf", "png"), dpi)
        return
    stem, formats = _target(output or Path(f"{name}.pdf"), formats)
    for option in given:
        if option not in options_of(name):
            raise InputError(
                f"figure {name} takes no option {_word(option)}; it takes "
                + ", ".join(_word(each) for each in options_of(name))
            )
    require_replaceable_figure(stem, formats, inputs)
    _save(draw(name, results, **given), stem, formats, dpi)


def _save(drawing: Drawing, stem: Path, formats: tuple[str, ...], dpi: float) -> None:
    for path in drawing.save(stem, formats, dpi):
        say(path)
    note(drawing.doubts())


def _target(output: Path, formats: tuple[str, ...]) -> tuple[Path, tuple[str, ...]]:
    """Stem and formats of an output path whose suffix may be a format."""
    suffix = output.suffix.removeprefix(".").lower()
    if suffix in _FORMATS:
        return output.with_suffix(""), tuple(dict.fromkeys((suffix, *formats)))
    if not formats:
        raise InputError(
            f"{output}: the suffix says no format; end the name with .pdf, .svg or .png, or "
            "give --format"
        )
    return output, formats


def _word(option: str) -> str:
    return f"--{option.replace('_', '')}"
