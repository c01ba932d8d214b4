"""``nusterile projection``: the limit that an experiment expects against its exposure."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from nusterile.arguments import scan_of
from nusterile.cli.inputs import files_read
from nusterile.cli.options import ListCommand, config_option, load_analysis
from nusterile.cli.output import format_option, note_doubts, plain_text, say, show
from nusterile.files.replacing import require_replaceable
from nusterile.product.rows import projection_listing
from nusterile.vocabulary import EXPOSURE, M_4, PROJECTED_MASSES

__all__ = ["projection"]


@click.command(cls=ListCommand)
@config_option
@click.option(
    "--experiment",
    metavar="NAME",
    help="By default the one without data of the configuration, or xlzd.",
)
@click.option(
    "--exposure",
    multiple=True,
    default=("1:1000:31",),
    show_default=True,
    metavar="LOW:HIGH:POINTS",
    help="Exposures in tonne years, logarithmic; or several numbers.",
)
@click.option(
    "--m4",
    M_4,
    multiple=True,
    type=float,
    default=PROJECTED_MASSES,
    show_default="0 0.1 0.3 1",
    metavar="MEV...",
    help="Sterile masses in MeV; 0 is allowed.",
)
@click.option(
    "--flavor", multiple=True, metavar="NAME...", help="effective, e, mu or tau; all by default."
)
@click.option(
    "--cl",
    multiple=True,
    type=float,
    default=(0.9,),
    show_default=True,
    metavar="LEVEL...",
    help="Confidence levels.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Product to write, FILE.nc.")
@format_option
def projection(
    config_path: Path | None,
    experiment: str | None,
    exposure: tuple[str, ...],
    m_4: tuple[float, ...],
    flavor: tuple[str, ...],
    cl: tuple[float, ...],
    output: Path | None,
    format: str,
) -> None:
    """Limit that an experiment expects against its exposure.

    Solar neutrinos and backgrounds grow with the exposure, the widths of their constraints
    stay; counts are what is expected without a signal. One degree of freedom.
    """
    exposures = np.concatenate([scan_of(EXPOSURE, text) for text in exposure])
    analysis = load_analysis(config_path)
    one = analysis.of_experiment(experiment)
    (name,) = (e.name for e in one.experiments)
    if output is not None:
        inputs = files_read(analysis.configuration, config_path)
        require_replaceable(output, ".nc", (*inputs, *files_read(one.configuration)))
    found = one.projection(name, exposures, flavor or None, m_4, cl, path=output)
    note_doubts(one, m_4)
    show(projection_listing(found), format)
    if output is not None:
        say(plain_text(str(output)), error=True)
