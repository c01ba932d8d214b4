"""Figure ``profile``: Δχ² against the moment at some masses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator
from numpy.typing import NDArray

from nusterile.errors import InputError
from nusterile.figures.drawing import Drawing
from nusterile.figures.style import (
    FLAVOR_LINES,
    FLAVOR_NAMES,
    FLAVOR_SYMBOLS,
    FLAVOR_TITLES,
    GREY,
    MOMENT_LABEL,
    Line,
    Margins,
    literal,
    number,
    panel_letters,
    panels,
    selection_lines,
    written,
)
from nusterile.files.listing import Cell, Listing
from nusterile.results import Results
from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import BOHR_MAGNETONS, DEFAULT_MASSES, FLAVOR, M_4, MEV, MU, SELECTION

__all__ = ["draw"]

_PANEL_HEIGHT = {"single": 3.6, "double": 4.4}
_HIGHEST = 10.0
_MOST_MASSES = 5
_MASSES = DEFAULT_MASSES[1:4]
#: Ends of the axis of moments, relative to the first and the last crossing of the top.
_REACH = (0.12, 4.5)


class _Curve(NamedTuple):
    selection: str
    flavor: str
    label: str
    line: Line


def draw(
    results: Results,
    *,
    width: str = "double",
    m_4: Sequence[float] | None = None,
    flavor: str | None = None,
    selection: str | None = None,
) -> Drawing:
    """Draw Δχ² of every experiment and the combination, and of every flavour.

    Parameters
    ----------
    results : Results
        A product or an analysis; of a product, the nearest stored masses are shown.
    width : {'single', 'double'}
        Print width.
    m_4 : sequence of float, optional
        Masses, MeV; some usual ones by default.
    flavor : str, optional
        Flavour of the panels by experiment.
    selection : str, optional
        Selection of the panels by flavour.

    Returns
    -------
    Drawing
        Data columns: selection, flavor, m_4, mu, delta_chi2.
    """
    flavor = flavor or results.main_flavor
    selection = selection or results.main_selection
    results.require(flavor=flavor, selection=selection)
    m_4 = results.usual_masses(_MASSES) if m_4 is None else m_4
    if np.size(m_4) > _MOST_MASSES:
        raise InputError(f"m_4: at most {_MOST_MASSES} masses fit into the figure profile")
    delta = results.delta_chi2(m_4)
    lines = selection_lines(results.selections, results.main_selection)
    by_experiment = [
        _Curve(name, flavor, literal(results.label(name)), line) for name, line in lines.items()
    ]
    by_flavor = [
        _Curve(selection, name, FLAVOR_SYMBOLS[name], FLAVOR_LINES[name])
        for name in results.flavors
    ]
    families = {
        f"By experiment, {FLAVOR_TITLES[flavor]}": by_experiment,
        f"By flavour, {literal(results.label(selection))}": by_flavor,
    }
    figure, panels_of_mass = _panels(width, families, delta.sizes[M_4])
    levels = [float(cl) for cl in results.configuration.grids.cl]
    ends = _range(delta, [*by_experiment, *by_flavor])
    panels_of_mass[0, 0].set_xlim(ends)
    # half a decade more than is seen, so that lines go up to the frame
    delta = delta.sel(mu=slice(ends[0] / 3, ends[1] * 3))
    data: list[list[Cell]] = []
    for pair, mass in zip(panels_of_mass, delta.m_4.values, strict=True):
        part = delta.sel(m_4=mass)
        for ax, curves in zip(pair, families.values(), strict=True):
            _draw_panel(ax, part, curves, levels)
            data += [row for curve in curves for row in _rows(part, curve)]
    ordered = sorted(panels_of_mass.ravel(), key=_reading_order)
    masses = {
        id(ax): mass
        for pair, mass in zip(panels_of_mass, delta.m_4.values, strict=True)
        for ax in pair
    }
    panel_letters(ordered, [f"$m_4 = {number(masses[id(ax)])}$ MeV" for ax in ordered])
    listing = Listing.of(
        [SELECTION, FLAVOR, M_4, MU, "delta_chi2"],
        data,
        {M_4: MEV, MU: BOHR_MAGNETONS, "delta_chi2": "1"},
    )
    caption = _caption(results, delta, levels, flavor, selection)
    return Drawing("profile", figure, caption, listing, results.origin)


def _panels(
    width: str, families: dict[str, list[_Curve]], count: int
) -> tuple[Figure, NDArray[Any]]:
    """Figure with the legends above and axes of shape (mass, family)."""
    columns = 2 if width == "double" else 1
    rows = max(-(-len(curves) // columns) for curves in families.values())
    margins = Margins(top=1.15 + 0.34 * rows, between_columns=0.5)
    height = _PANEL_HEIGHT.get(width, 0.0)
    if width == "double":
        figure, axes = panels(width, 2, count, height, margins=margins)
        axes = axes.T
    else:
        figure, axes = panels(width, count, 2, height, margins=margins)
    for ax in axes.ravel():
        ax.set(xscale="log", xlabel=MOMENT_LABEL, ylabel=r"$\Delta\chi^2$ [1]")
        ax.xaxis.set_major_locator(LogLocator(numticks=9))
        ax.label_outer()
    for (title, curves), left in zip(families.items(), (0.02, 0.55), strict=True):
        figure.legend(
            handles=[Line2D([], [], label=c.label, **c.line.drawn) for c in curves],
            title=title,
            loc="upper left",
            bbox_to_anchor=(left, 1.0),
            ncols=columns,
            alignment="left",
            title_fontsize=8.0,
            fontsize=7.5,
            columnspacing=1.2,
        )
    return figure, axes


def _draw_panel(ax: Axes, delta: xr.DataArray, curves: list[_Curve], levels: list[float]) -> None:
    for level in levels:
        height = float(threshold(level, 1))
        ax.axhline(height, color=GREY, linewidth=0.5, linestyle=(0, (2, 2)))
        ax.annotate(
            f"{100 * level:g} %",
            (1, height),
            xycoords=("axes fraction", "data"),
            xytext=(-6, 1),
            textcoords="offset points",
            ha="right",
            color=GREY,
            fontsize=6.5,
        )
    for curve in curves:
        values = delta.sel(selection=curve.selection, flavor=curve.flavor).values
        ax.plot(
            delta.mu.values, values, gid=f"{curve.selection}:{curve.flavor}", **curve.line.drawn
        )
    ax.set_ylim(0, _HIGHEST)


def _range(delta: xr.DataArray, curves: list[_Curve]) -> tuple[float, float]:
    """Moments from below the first crossing of the top of the panels to above the last."""
    moments = delta.mu.values
    ends = []
    for curve in curves:
        values = delta.sel(selection=curve.selection, flavor=curve.flavor).values
        below = np.isfinite(values) & (values < _HIGHEST)
        ends += [moments[np.flatnonzero(row)[-1]] for row in below if row.any()]
    low = _REACH[0] * min(ends, default=moments[0])
    high = _REACH[1] * max(ends, default=moments[-1])
    # The label of a decade at the left end would meet the 0 of the other axis.
    decade = 10.0 ** np.ceil(np.log10(low))
    return (decade / 2 if decade < 2 * low else low), high


def _reading_order(ax: Axes) -> tuple[float, float]:
    box = ax.get_position()
    return (-round(box.y0, 3), round(box.x0, 3))


def _rows(delta: xr.DataArray, curve: _Curve) -> list[list[Cell]]:
    values = delta.sel(selection=curve.selection, flavor=curve.flavor).values
    head: list[Cell] = [curve.selection, curve.flavor, float(delta.m_4)]
    return [
        [*head, float(moment), float(value)]
        for moment, value in zip(delta.mu.values, values, strict=True)
    ]


def _caption(
    results: Results, delta: xr.DataArray, levels: list[float], flavor: str, selection: str
) -> str:
    masses = ", ".join(written(float(mass)) for mass in delta.m_4.values)
    lines = ", ".join(f"{100 * level:g} % ({float(threshold(level, 1)):.3g})" for level in levels)
    return (
        "Δχ², profiled over all nuisance parameters, against the transition magnetic moment μ at "
        f"m_4 = {masses} MeV: by experiment for the {FLAVOR_NAMES[flavor]}, and by flavour for "
        f"{results.label(selection)}. Each curve is relative to its minimum over μ ≥ 0 at that "
        f"mass. Horizontal lines: confidence levels for one degree of freedom, {lines}."
    )
