"""``nusterile toys``: what toy experiments say about limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from nusterile.cli import INTERRUPT
from nusterile.cli.inputs import files_read
from nusterile.cli.options import ListCommand, config_option, load_analysis
from nusterile.cli.output import format_option, note_doubts, plain_text, say, show
from nusterile.cli.progress import progress_bar
from nusterile.errors import InputError
from nusterile.files.replacing import require_replaceable
from nusterile.model.toys.defaults import DEFAULT_TOYS
from nusterile.model.toys.request import STUDIES, TRUTHS
from nusterile.product.toy_rows import toy_listing
from nusterile.vocabulary import M_4, N_FAILED

__all__ = ["toys"]


@click.command(cls=ListCommand)
@click.argument("study", metavar="STUDY", type=click.Choice(STUDIES))
@config_option
@click.option(
    "--selection",
    multiple=True,
    metavar="NAME...",
    help="Experiments or combinations; all for expected, otherwise the main combination.",
)
@click.option(
    "--flavor",
    multiple=True,
    metavar="NAME...",
    help="effective, e, mu or tau; all for expected, otherwise the first.",
)
@click.option(
    "--m4",
    M_4,
    multiple=True,
    type=float,
    metavar="MEV...",
    help="Sterile masses in MeV; the configured grid for expected and significance, otherwise "
    "0, 0.01, 0.1, 0.3 and 1.",
)
@click.option(
    "--mu",
    multiple=True,
    type=float,
    metavar="MU_B...",
    help="Moments of coverage, unified and cls in Bohr magnetons; by default around the limits. "
    "With unified, prints the critical values there.",
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
@click.option(
    "--dof",
    multiple=True,
    type=int,
    metavar="1|2...",
    help="Of unified: 1, the best fit at each mass (the default); 2, at any mass.",
)
@click.option(
    "--toys", "n_toys", type=int, default=DEFAULT_TOYS, show_default=True, help="Of each truth."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Which random numbers.")
@click.option(
    "--truth",
    type=click.Choice(TRUTHS),
    help="Nuisance parameters of coverage, unified and cls: as the data want them at each point "
    "(the default), or nominal.",
)
@click.option(
    "--precision",
    type=float,
    help="Double the toys until every Monte Carlo error is below this: of expected and unified "
    "relative, of shares and p-values absolute.",
)
@click.option(
    "--power-constrained",
    is_flag=True,
    help="Of cls: the power-constrained limits as well, in a last column.",
)
@click.option(
    "--scheduler",
    default="threads",
    show_default=True,
    metavar="WHERE",
    help="threads, processes, or the address of a dask scheduler, tcp://HOST:PORT.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Product to write, FILE.nc. A run that was killed goes on where it stopped.",
)
@format_option
def toys(
    study: Any,
    config_path: Path | None,
    selection: tuple[str, ...],
    flavor: tuple[str, ...],
    m_4: tuple[float, ...],
    mu: tuple[float, ...],
    cl: tuple[float, ...],
    dof: tuple[int, ...],
    n_toys: int,
    seed: int,
    truth: Any,
    precision: float | None,
    power_constrained: bool,
    scheduler: str,
    output: Path | None,
    format: str,
) -> None:
    """Toy experiments: what a limit means.

    STUDY is expected (median and bands of the limit without a signal), coverage (how often limits
    and intervals hold the truth), unified (Feldman and Cousins), cls (CL_s and power-constrained
    limits) or significance (of the largest preference for a moment at any mass).
    """
    if power_constrained and study != "cls":
        raise InputError(f"--power-constrained: belongs to cls, not to {study}")
    analysis = load_analysis(config_path)
    if output is not None:
        require_replaceable(output, ".nc", files_read(analysis.configuration, config_path))
    with progress_bar() as report:
        found = analysis.toys(
            study,
            selection=selection or None,
            flavor=flavor or None,
            m_4=m_4 or None,
            mu=mu or None,
            cl=cl,
            dof=dof or None,
            toys=n_toys,
            seed=seed,
            truth=truth,
            precision=precision,
            scheduler=scheduler,
            path=output,
            progress=report,
            cancelled=lambda: INTERRUPT.seen,
        )
    note_doubts(analysis, m_4)
    failed = int(found[N_FAILED].sum())
    if failed:
        say(f"note: {failed} toys could not be fitted and are left out", error=True)
    critical = study == "unified" and bool(mu)
    show(toy_listing(found, critical=critical, power_constrained=power_constrained), format)
    if output is not None:
        say(plain_text(str(output)), error=True)
