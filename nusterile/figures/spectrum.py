"""Figure ``spectrum``: the data of each experiment over what is expected."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from nusterile.arguments import masses_of, moments_of, single
from nusterile.arrays import Floats
from nusterile.experiments.experiment import Experiment
from nusterile.experiments.spectrum import BinnedSpectrum
from nusterile.figures.drawing import Drawing
from nusterile.figures.style import (
    BLACK,
    BLUE,
    FLAVOR_NAMES,
    FLAVOR_TITLES,
    GREY,
    VERMILION,
    Margins,
    literal,
    nuclide,
    number,
    panel_letters,
    panels,
    written,
)
from nusterile.files.listing import Cell, Listing
from nusterile.results import Results
from nusterile.statistics.intervals import poisson_interval
from nusterile.vocabulary import COUNTS, EXPERIMENT, KEV, M_4, MU

__all__ = ["draw"]

_HEIGHTS = {"single": (3.3, 1.25), "double": (5.2, 1.7)}
_LEGEND_COLUMNS = {"single": 2, "double": 4}
_LEGEND_ROW = 0.4
#: Fills of the background components: pale, so that points and lines stand out.
_FILLS = ("#F6D9A6", "#BFE3D6", "#E3CFE0", "#CFE6F5", "#F3C9B0", "#F4EFA9")
_HATCHES = ("", "////", "....", "xxxx")
_SOLAR_FILL = "#8FBEDD"


_Fills = dict[str, dict[str, Any]]


class _Fit(NamedTuple):
    """One experiment at a fitted point, and the best total without any dipole events."""

    experiment: Experiment
    events: BinnedSpectrum
    standard: Floats

    def residual(self, expected: Floats) -> Floats:
        """(N - R)/√R."""
        return np.asarray((self.events.counts - expected) / np.sqrt(expected))

    @property
    def interval(self) -> tuple[Floats, Floats]:
        """Poisson interval of the counts; NaN where there are no data."""
        if self.events.expected_only:
            return np.full_like(self.events.counts, np.nan), np.full_like(
                self.events.counts, np.nan
            )
        return poisson_interval(self.events.counts)


def draw(
    results: Results,
    *,
    width: str = "double",
    selection: str | None = None,
    flavor: str | None = None,
    m_4: float = 0.1,
    mu: float = 2e-11,
) -> Drawing:
    """Draw counts, expected events and residuals, one column an experiment.

    Parameters
    ----------
    results : Results
        A product or an analysis.
    width : {'single', 'double'}
        Print width; one below another in a single column.
    selection : str, optional
        Experiments to show, and whose fit gives the pulls; the combination by default.
    flavor : str, optional
        Flavour.
    m_4 : float
        Sterile mass, MeV.
    mu : float
        Moment, Bohr magnetons.

    Returns
    -------
    Drawing
        Data columns: experiment, energy_low, energy_high, counts, counts_low,
        counts_high, sm, dipole, background:<component>, total, total_without_dipole,
        residual, residual_without_dipole; events, with the fitted pulls applied.
    """
    selection = selection or results.main_selection
    flavor = flavor or results.main_flavor
    results.require(flavor=flavor, selection=selection)
    mass, moment = single(M_4, masses_of(m_4)), single(MU, moments_of(mu))
    analysis = results.analysis
    fitted = analysis.fitted_spectra(selection, flavor, mass, moment)
    standard = analysis.fitted_spectra(selection, flavor, mass, 0.0)
    by_name = {experiment.name: experiment for experiment in analysis.experiments}
    fits = [
        _Fit(by_name[name], events, standard.spectra[name].total)
        for name, events in fitted.spectra.items()
    ]
    fills = _fills(fits)
    figure, columns = _panels(width, len(fits), len(fills) + 4)
    for fit, (main, below) in zip(fits, columns, strict=True):
        _draw_events(main, fit, fills)
        _draw_residuals(below, fit)
        main.set_ylabel(r"Events [keV$^{-1}$]")
        below.set_ylabel("Pull [1]")
        below.set_xlabel("Energy [keV]")
    if width == "double":
        for main, below in columns[1:]:
            main.set_ylabel("")
            below.set_ylabel("")
    else:
        for _, below in columns[:-1]:
            below.set_xlabel("")
    panel_letters([main for main, _ in columns], [literal(fit.experiment.label) for fit in fits])
    point = rf"$m_4 = {number(mass)}$ MeV, $\mu = {number(moment)}\,\mu_\mathrm{{B}}$"
    without_data = all(fit.events.expected_only for fit in fits)
    legend = _legend(fills)[1 if without_data else 0 :]
    figure.legend(
        handles=legend,
        title=f"{FLAVOR_TITLES[flavor]}, {point}",
        loc="upper center",
        ncols=_LEGEND_COLUMNS[width],
        handlelength=1.8,
        columnspacing=1.2,
        fontsize=7.5,
        title_fontsize=8.5,
    )
    caption = _caption(
        results, selection, flavor, mass, moment, (fitted.chi2, standard.chi2), without_data
    )
    return Drawing("spectrum", figure, caption, _listing(fits), results.origin)


def _fills(fits: list[_Fit]) -> _Fills:
    """Colour and hatch of each background component, by its label."""
    labels = dict.fromkeys(c.label or c.name for fit in fits for c in fit.experiment.components)
    return {
        label: {
            "facecolor": _FILLS[index % len(_FILLS)],
            "hatch": _HATCHES[index // len(_FILLS) % len(_HATCHES)],
            "edgecolor": "#FFFFFF",
        }
        for index, label in enumerate(labels)
    }


def _panels(width: str, count: int, entries: int) -> tuple[Figure, list[tuple[Axes, Axes]]]:
    """Figure with a pair of axes, events and residuals, for each experiment."""
    main, below = _HEIGHTS.get(width, (1.0, 1.0))
    rows = -(-entries // _LEGEND_COLUMNS.get(width, 1))
    margins = Margins(top=1.2 + rows * _LEGEND_ROW, between_rows=0.1, between_columns=0.9)
    if width == "double":
        figure, axes = panels(
            width,
            2,
            count,
            (main + below) / 2,
            margins=margins,
            ratios=(main, below),
            sharex="col",
            sharey=False,
        )
        return figure, [(axes[0, k], axes[1, k]) for k in range(count)]
    gap = 1.2
    heights = [main, below, gap] * count
    figure, axes = panels(
        width,
        3 * count - 1,
        1,
        (sum(heights) - gap) / (3 * count - 1),
        margins=margins,
        ratios=heights[:-1],
        sharex=False,
        sharey=False,
    )
    column = axes[:, 0]
    for spare in column[2::3]:
        spare.remove()
    pairs = [(column[3 * k], column[3 * k + 1]) for k in range(count)]
    for upper, lower in pairs:
        upper.sharex(lower)
        upper.tick_params(labelbottom=False)
    return figure, pairs


def _draw_events(ax: Axes, fit: _Fit, fills: _Fills) -> None:
    data = fit.experiment
    edges, bin_width = data.bin_edges, data.bin_width
    base = np.zeros(data.n_bins)
    for component, events in zip(data.components, fit.events.background, strict=True):
        top = base + events / bin_width
        style = fills[component.label or component.name]
        ax.stairs(top, edges, baseline=base, fill=True, linewidth=0, **style)
        base = top
    solar = base + fit.events.sm / bin_width
    ax.stairs(solar, edges, baseline=base, fill=True, color=_SOLAR_FILL, linewidth=0)
    ax.stairs(
        fit.standard / bin_width,
        edges,
        color=BLUE,
        linestyle=(0, (4, 1.5)),
        baseline=None,
        gid="standard",
    )
    ax.stairs(fit.events.total / bin_width, edges, color=VERMILION, baseline=None, gid="total")
    ax.set_xlim(edges[0], edges[-1])
    if fit.events.expected_only:
        highest = np.maximum(fit.events.total, fit.standard)
        ax.set_ylim(0, 1.15 * float((highest / bin_width).max()))
        return
    counts = fit.events.counts
    low, high = fit.interval
    ax.errorbar(
        (edges[:-1] + edges[1:]) / 2,
        counts / bin_width,
        yerr=np.stack([counts - low, high - counts]) / bin_width,
        fmt="o",
        color=BLACK,
        markersize=2.2,
        elinewidth=0.7,
        gid=COUNTS,
    )
    ax.set_ylim(0, 1.08 * float((high / bin_width).max()))


def _draw_residuals(ax: Axes, fit: _Fit) -> None:
    edges = fit.experiment.bin_edges
    centre = (edges[:-1] + edges[1:]) / 2
    for level, shade in ((2, "#EFEFEF"), (1, "#DEDEDE")):
        ax.axhspan(-level, level, color=shade, linewidth=0)
    ax.axhline(0, color=GREY, linewidth=0.5)
    without = fit.residual(fit.standard)
    with_dipole = fit.residual(fit.events.total)
    ax.plot(centre, without, "o", mfc="white", color=BLUE, markersize=2.6, mew=0.7, gid="without")
    ax.plot(centre, with_dipole, "o", color=VERMILION, markersize=2.2, gid="with")
    reach = max(3.0, 1.1 * float(np.abs([without, with_dipole]).max()))
    ax.set_ylim(-reach, reach)
    ax.yaxis.set_major_locator(MaxNLocator(4, integer=True, symmetric=True, prune="both"))


def _legend(fills: _Fills) -> list[Artist]:
    dashed = (0, (4, 1.5))
    hollow = Line2D([], [], color=BLUE, linestyle=dashed, marker="o", mfc="white", ms=2.6, mew=0.7)
    hollow.set_label("Standard Model, fitted anew")
    return [
        Line2D([], [], color=BLACK, marker="o", ms=2.4, linestyle="none", label="data"),
        Line2D([], [], color=VERMILION, marker="o", ms=2.2, label="with dipole events"),
        hollow,
        Patch(facecolor=_SOLAR_FILL, label=r"solar $\nu$, Standard Model"),
        *(Patch(linewidth=0, label=nuclide(name), **style) for name, style in fills.items()),
    ]


def _listing(fits: list[_Fit]) -> Listing:
    names = list(dict.fromkeys(c.name for fit in fits for c in fit.experiment.components))
    columns = [
        *(EXPERIMENT, "energy_low", "energy_high", COUNTS, "counts_low", "counts_high"),
        *("sm", "dipole", *(f"background:{name}" for name in names)),
        *("total", "total_without_dipole", "residual", "residual_without_dipole"),
    ]
    rows: list[list[Cell]] = []
    for fit in fits:
        data = fit.experiment
        own = [component.name for component in data.components]
        low, high = fit.interval
        counts = np.full(low.size, np.nan) if data.expected_only else fit.events.counts
        values = [
            *(data.bin_edges[:-1], data.bin_edges[1:], counts, low, high),
            *(fit.events.sm, fit.events.dipole),
            *(
                fit.events.background[own.index(name)] if name in own else np.full(low.size, np.nan)
                for name in names
            ),
            *(
                fit.events.total,
                fit.standard,
                fit.residual(fit.events.total),
                fit.residual(fit.standard),
            ),
        ]
        rows += [[data.name, *row] for row in np.stack(values, axis=1).tolist()]
    return Listing.of(columns, rows, {"energy_low": KEV, "energy_high": KEV})


def _caption(
    results: Results,
    selection: str,
    flavor: str,
    mass: float,
    moment: float,
    chi2: tuple[float, float],
    without_data: bool,
) -> str:
    data = (
        "Electron-recoil data (points, central 68.3 % Poisson intervals) over the expected events"
    )
    counts = ""
    if without_data:
        data = "Expected events of electron recoils (there are no data)"
        counts = ", where N is what is expected without a dipole,"
    return (
        f"{data}: backgrounds and solar neutrinos with Standard Model interactions, stacked "
        f"(filled), and the total with the {FLAVOR_NAMES[flavor]}, μ = {written(moment)} μ_B, for "
        f"m_4 = {written(mass)} MeV (solid line). The nuisance parameters are those of the fit to "
        f"{results.label(selection)}{',' * without_data} at this point, χ² = {chi2[0]:.1f}; "
        f"without dipole events, fitted again (dashed line), χ² = {chi2[1]:.1f}. Below: "
        f"(N - R)/√R{counts} in each bin with the dipole (filled) and without it "
        "(open); bands at 1 and 2."
    )
