"""Commands that compute straight from the data: limits, spectrum, rate, chi2."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from nusterile.cli.options import ListCommand, config_option, expected_option, load_analysis
from nusterile.cli.output import format_option, note_doubts, show
from nusterile.files.listing import Listing
from nusterile.product.rows import limit_listing
from nusterile.vocabulary import (
    BOHR_MAGNETONS,
    CHI2,
    COUNTS,
    DEFAULT_MASSES,
    EFFECTIVE,
    KEV,
    M_4,
    MU,
    PER_TONNE_YEAR_KEV,
)

__all__ = ["chi2", "limits", "rate", "spectrum"]

_FLAVOR = "effective, e, mu or tau."


@click.command(cls=ListCommand)
@config_option
@click.option(
    "--selection",
    multiple=True,
    metavar="NAME...",
    help="Experiments or combinations; all by default.",
)
@click.option("--flavor", multiple=True, metavar="NAME...", help=f"{_FLAVOR} All by default.")
@click.option(
    "--m4",
    M_4,
    multiple=True,
    type=float,
    metavar="MEV...",
    help="Sterile masses in MeV; 0 is allowed.",
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
    default=(1,),
    show_default=True,
    metavar="1|2...",
    help="1: best fit at each mass; 2: best fit at any mass.",
)
@expected_option
@format_option
def limits(
    config_path: Path | None,
    selection: tuple[str, ...],
    flavor: tuple[str, ...],
    m_4: tuple[float, ...],
    cl: tuple[float, ...],
    dof: tuple[int, ...],
    expected: bool,
    format: str,
) -> None:
    """Upper limits on the moment at any masses, from the data.

    Without --m4, at 0, 0.01, 0.1, 0.3 and 1 MeV.

    Δχ² = 2.706 is the two-sided 90 % threshold, the convention of this literature; used as an
    upper limit with μ ≥ 0 it covers 95 % away from the boundary and nearly always at it.
    """
    analysis = load_analysis(config_path)
    found = analysis.limits(
        selection=selection or None,
        flavor=flavor or None,
        m_4=m_4 or DEFAULT_MASSES,
        cl=cl,
        dof=dof,
        expected=expected,
    )
    note_doubts(analysis, m_4)
    show(limit_listing(found), format)


@click.command()
@config_option
@click.option("--experiment", required=True, metavar="NAME", help="xenonnt_sr0, pandax4t_run0, ...")
@click.option("--flavor", default=EFFECTIVE, show_default=True, metavar="NAME", help=_FLAVOR)
@click.option("--m4", M_4, type=float, required=True, metavar="MEV", help="Sterile mass in MeV.")
@click.option("--mu", type=float, required=True, metavar="MU_B", help="Moment in Bohr magnetons.")
@format_option
def spectrum(
    config_path: Path | None, experiment: str, flavor: str, m_4: float, mu: float, format: str
) -> None:
    """Expected and observed events of an experiment, bin by bin.

    There are no counts of an experiment that is expected only.
    """
    analysis = load_analysis(config_path)
    data = analysis.spectrum(experiment, flavor, m_4, mu)
    parts = [str(name) for name in data.component.values]
    without_data = experiment in analysis.expected_only
    columns = {
        "energy_low": data.bin_low.values,
        "energy_high": data.bin_high.values,
        COUNTS: np.full(data.bin.size, np.nan) if without_data else data.counts.values,
        "sm": data.sm.values,
        "dipole": data.dipole.values,
        **{f"background:{name}": data.background.sel(component=name).values for name in parts},
        "total": data.total.values,
    }
    rows = zip(*columns.values(), strict=True)
    note_doubts(analysis, m_4)
    show(Listing.of(columns, rows, {"energy_low": KEV, "energy_high": KEV}), format)


@click.command(cls=ListCommand)
@config_option
@click.option("--flavor", default=EFFECTIVE, show_default=True, metavar="NAME", help=_FLAVOR)
@click.option("--m4", M_4, type=float, required=True, metavar="MEV", help="Sterile mass in MeV.")
@click.option("--mu", type=float, required=True, metavar="MU_B", help="Moment in Bohr magnetons.")
@click.option(
    "--energy",
    multiple=True,
    required=True,
    type=float,
    metavar="KEV...",
    help="Recoil energies in keV.",
)
@format_option
def rate(
    config_path: Path | None,
    flavor: str,
    m_4: float,
    mu: float,
    energy: tuple[float, ...],
    format: str,
) -> None:
    """Recoil rate dR/dT in 1/(t yr keV) before any detector."""
    data = load_analysis(config_path).rates(flavor, m_4, energy, mu)
    unit = PER_TONNE_YEAR_KEV
    rows = zip(data.energy.values, data.sm.values, data.dipole.values[0, 0], strict=True)
    units = {"energy": KEV, "sm": unit, "dipole": unit}
    show(Listing.of(units, rows, units), format)


@click.command(cls=ListCommand)
@config_option
@click.option("--selection", required=True, metavar="NAME", help="Experiment or combination.")
@click.option("--flavor", default=EFFECTIVE, show_default=True, metavar="NAME", help=_FLAVOR)
@click.option("--m4", M_4, type=float, required=True, metavar="MEV", help="Sterile mass in MeV.")
@click.option(
    "--mu",
    multiple=True,
    required=True,
    type=float,
    metavar="MU_B...",
    help="Moments in Bohr magnetons.",
)
@format_option
def chi2(
    config_path: Path | None,
    selection: str,
    flavor: str,
    m_4: float,
    mu: tuple[float, ...],
    format: str,
) -> None:
    """Profiled chi-square and best-fit pulls at given moments."""
    analysis = load_analysis(config_path)
    data = analysis.chi2(selection, flavor, m_4, mu).isel(selection=0, flavor=0, m_4=0)
    data = data.sel(pull=list(analysis.likelihood(selection).pull_names))
    pulls = [f"pull:{name}" for name in data.pull.values]
    rows = np.column_stack([data.mu, data.chi2, data.pulls]).tolist()
    note_doubts(analysis, m_4)
    show(Listing.of([MU, CHI2, *pulls], rows, {MU: BOHR_MAGNETONS}), format)
