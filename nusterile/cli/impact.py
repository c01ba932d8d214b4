"""``nusterile impact``: what an upper limit depends on."""

from __future__ import annotations

from pathlib import Path

import click

from nusterile.cli import INTERRUPT
from nusterile.cli.options import config_option, load_analysis
from nusterile.cli.output import format_option, note_doubts, show
from nusterile.product.rows import impact_listing
from nusterile.vocabulary import M_4

__all__ = ["impact"]


@click.command()
@config_option
@click.option("--selection", metavar="NAME", help="Experiment or combination; by default all.")
@click.option("--flavor", metavar="NAME", help="effective (default), e, mu or tau.")
@click.option("--m4", M_4, type=float, default=0.0, show_default=True, metavar="MEV")
@click.option("--cl", type=float, default=0.9, show_default=True, metavar="LEVEL")
@format_option
def impact(
    config_path: Path | None,
    selection: str | None,
    flavor: str | None,
    m_4: float,
    cl: float,
    format: str,
) -> None:
    """What an upper limit depends on: one change at a time, the largest first.

    Solar model, couplings, solar pulls by source, the response of the electrons, fit ranges
    by one bin, each pull fixed and twice as wide, each experiment left out. One degree of
    freedom. `nusterile figure impact` draws it.
    """
    analysis = load_analysis(config_path)
    note_doubts(analysis, m_4)
    found = analysis.impact(selection, flavor, m_4, cl, cancelled=lambda: INTERRUPT.seen)
    show(impact_listing(found), format)
