"""Figure ``limits``: upper limits against the sterile mass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.transforms import blended_transform_factory

from nusterile.arguments import require_name
from nusterile.figures.captions import convention_sentence
from nusterile.figures.drawing import Drawing
from nusterile.figures.style import (
    DASHED,
    FLAVOR_LINES,
    FLAVOR_NAMES,
    FLAVOR_SYMBOLS,
    FLAVOR_TITLES,
    GREY,
    MASS_LABEL,
    MOMENT_LABEL,
    THIN,
    Line,
    literal,
    mass_axis,
    panel_letters,
    panels,
    selection_lines,
    written,
)
from nusterile.files.listing import Listing
from nusterile.product.rows import kind_of, kinds_of, limit_listing
from nusterile.results import Results
from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import (
    EXCLUDED,
    EXPECTED,
    EXPECTED_LIMIT,
    EXPERIMENT,
    FAILED,
    FLAVOR,
    LIMIT_LOW,
    M_4,
    OPEN,
)

__all__ = ["draw"]

_PANEL_HEIGHT = {"single": 4.2, "double": 5.4}
_KINDS = ("both", EXPERIMENT, FLAVOR)
#: Lines of a legend above the curves of a narrow figure.
_MOST_LINES = 6
#: Strip at the foot of a panel, as shares of its height, for masses without a limit.
_STRIP_LOW, _STRIP_STEP = 0.025, 0.022


class _Curve(NamedTuple):
    selection: str
    flavor: str
    label: str
    line: Line


class _Panel(NamedTuple):
    """Curves of one panel, for some degrees of freedom, and what they have in common."""

    curves: list[_Curve]
    dof: int
    title: str
    words: str


def draw(
    results: Results,
    *,
    width: str = "double",
    by: str = "both",
    cl: float = 0.9,
    dof: int | None = None,
    flavor: str | None = None,
    selection: str | None = None,
    expected: bool = False,
) -> Drawing:
    """Draw limits by experiment and by flavour, for one and two degrees of freedom.

    Parameters
    ----------
    results : Results
        A product or an analysis.
    width : {'single', 'double'}
        Print width.
    by : {'both', 'experiment', 'flavor'}
        Which panels to draw.
    cl : float
        Confidence level.
    dof : {1, 2}, optional
        Only panels for these degrees of freedom.
    flavor : str, optional
        Flavour of the panels by experiment.
    selection : str, optional
        Selection of the panels by flavour.
    expected : bool
        Asimov limits, dashed; they are computed, of a product from its configuration.

    Returns
    -------
    Drawing
        Data columns: panel, selection, flavor, m_4, cl, dof, limit, status, kind, limit_low,
        expected.
    """
    flavor = flavor or results.main_flavor
    selection = selection or results.main_selection
    results.require(flavor=flavor, selection=selection)
    require_name("kind of panel", by, _KINDS)
    degrees = results.chosen_degrees(dof)
    limits = results.limits(cl, expected=expected)
    expected = kind_of(limits) == EXPECTED
    contents = _contents(results, by, degrees, flavor, selection)
    if expected:
        contents = [_dashed(panel) for panel in contents]
    columns = len(degrees) if width == "double" else 1
    rows = len(contents) // columns
    figure, grid = panels(width, rows, columns, _PANEL_HEIGHT.get(width, 0.0))
    axes = list(grid.ravel())
    listed: list[tuple[str, Listing]] = []
    for letter, ax, panel in zip("abcd", axes, contents, strict=False):
        part = limits.sel(dof=panel.dof)
        _plot(ax, part, panel.curves)
        for curve in panel.curves:
            main = (curve.selection, curve.flavor) == (selection, flavor)
            _plot_beside(ax, _part(part, curve), curve.line, expected=main and not expected)
        listed += [(letter, limit_listing(_part(part, curve))) for curve in panel.curves]
        ax.set(xlabel=MASS_LABEL, ylabel=MOMENT_LABEL)
        ax.label_outer()
        if panel.dof == degrees[0]:
            _legend(ax, width, len(panel.curves), "expected (Asimov)" if expected else None)
    _frame(axes[0], results, limits)
    kind = "expected, " if expected else ""
    titles = [f"{p.title}, {kind}{100 * cl:g} % CL, {p.dof} dof" for p in contents]
    panel_letters(axes, titles)
    listing = Listing(
        ("panel", *listed[0][1].columns),
        tuple((letter, *row) for letter, part in listed for row in part.rows),
        listed[0][1].units,
    )
    common = f"{results.label(selection)}, {FLAVOR_NAMES[flavor]}"
    caption = _caption(results, limits, cl, contents, common)
    return Drawing("limits", figure, caption, listing, results.origin)


def _legend(ax: Axes, width: str, curves: int, title: str | None) -> None:
    """Above the curves, which many lines below each other would reach in a narrow figure."""
    if width == "double" or curves <= _MOST_LINES:
        ax.legend(loc="upper left", title=title)
    else:
        ax.legend(
            loc="upper left",
            title=title,
            ncols=2,
            fontsize=7.0,
            handlelength=2.0,
            columnspacing=0.8,
        )


def _contents(
    results: Results, by: str, degrees: Sequence[int], flavor: str, selection: str
) -> list[_Panel]:
    lines = selection_lines(results.selections, results.main_selection)
    by_experiment = [
        _Curve(name, flavor, literal(results.label(name)), line) for name, line in lines.items()
    ]
    by_flavor = [
        _Curve(selection, name, FLAVOR_SYMBOLS[name], FLAVOR_LINES[name])
        for name in results.flavors
    ]
    label = results.label(selection)
    kinds = {
        EXPERIMENT: (by_experiment, FLAVOR_TITLES[flavor], f"{FLAVOR_NAMES[flavor]}, by "),
        FLAVOR: (by_flavor, literal(label), f"{label}, by "),
    }
    return [
        _Panel(curves, dof, title, words + (EXPERIMENT if kind == EXPERIMENT else "flavour"))
        for kind, (curves, title, words) in kinds.items()
        if by in (kind, "both")
        for dof in degrees
    ]


def _dashed(panel: _Panel) -> _Panel:
    """Draw every curve with the same dashes; their colours still differ."""
    lines = [curve.line._replace(style=DASHED) for curve in panel.curves]
    pairs = zip(panel.curves, lines, strict=True)
    return panel._replace(curves=[curve._replace(line=line) for curve, line in pairs])


def _plot(ax: Axes, limits: xr.Dataset, curves: list[_Curve]) -> None:
    masses = limits.m_4.values
    height = _STRIP_LOW
    strip = blended_transform_factory(ax.transData, ax.transAxes)
    for curve in curves:
        part = _part(limits, curve)
        ax.plot(masses, part.limit.values, label=curve.label, **curve.line.drawn)
        missing = _without_limit(part)
        if missing.any():
            ax.plot(
                masses,
                np.where(missing, height, np.nan),
                transform=strip,
                **curve.line.drawn,
            )
            height += _STRIP_STEP
    if height > _STRIP_LOW:
        ax.text(
            0.015,
            height - 0.005,
            "no limit at these masses:",
            transform=ax.transAxes,
            fontsize="small",
            color=GREY,
        )


def _plot_beside(ax: Axes, part: xr.Dataset, line: Line, *, expected: bool) -> None:
    """The lower end of what is allowed, where it is not 0, and the expected limit."""
    beside = {}
    if LIMIT_LOW in part and bool((part[LIMIT_LOW] > 0).any()):
        low = part[LIMIT_LOW].values
        beside["lower end"] = (np.where(low > 0, low, np.nan), (0, (1.0, 1.4)))
    if expected and EXPECTED_LIMIT in part:
        beside["expected"] = (part[EXPECTED_LIMIT].values, DASHED)
    for gid, (values, style) in beside.items():
        thin = line._replace(style=style, width=THIN).drawn
        ax.plot(part.m_4.values, values, gid=gid, label="_beside", **thin)


def _without_limit(part: xr.Dataset) -> np.ndarray:
    """Masses without a limit although heavier ones have one, and all that are excluded."""
    status = part.limit_status.values.astype(str)
    missing = np.isin(status, (OPEN, EXCLUDED, FAILED))
    found = np.flatnonzero(~missing)
    last = found[-1] if found.size else missing.size
    return np.asarray((missing & (np.arange(missing.size) < last)) | (status == EXCLUDED))


def _frame(ax: Axes, results: Results, limits: xr.Dataset) -> None:
    mass_axis(ax, limits.m_4.values)
    ax.set_yscale("log")
    lowest = 0.1 * float(limits.limit.min())
    ax.set_ylim(lowest, max(results.configuration.grids.mu.array()[-1], 1e3 * lowest))


def _caption(
    results: Results, limits: xr.Dataset, cl: float, contents: list[_Panel], common: str
) -> str:
    what = "; ".join(
        (f"({letter}) " if len(contents) > 1 else "") + f"{panel.words}, {panel.dof} dof"
        for letter, panel in zip("abcd", contents, strict=False)
    )
    expected = kind_of(limits) == EXPECTED
    sentences = [
        ("Expected upper" if expected else "Upper")
        + " limits on the transition magnetic moment μ against the sterile mass m_4 at "
        f"{100 * cl:g} % CL: {what}."
    ]
    kinds = kinds_of(limits)
    without_data = [results.label(name) for name, kind in kinds.items() if kind == EXPECTED]
    if expected:
        sentences.append(
            "Dashed: Asimov limits, from counts as expected without a signal in place of the data."
        )
    elif without_data:
        sentences.append(
            "Asimov limits, from counts as expected without a signal where there are no data: "
            f"{'; '.join(without_data)}."
        )
    shown = [_part(limits.sel(dof=p.dof), curve) for p in contents for curve in p.curves]
    if not expected and EXPECTED_LIMIT in limits:
        sentences.append(f"Thin dashes: the expected (Asimov) limit, {common}.")
    if any(LIMIT_LOW in part and bool((part[LIMIT_LOW] > 0).any()) for part in shown):
        sentences.append("Thin dots: the lower end of what is allowed, where 0 is excluded.")
    degrees = {panel.dof for panel in contents}
    if 1 in degrees:
        sentences += [
            "One degree of freedom: Δχ² against the minimum at each mass.",
            convention_sentence(cl),
        ]
    if 2 in degrees:
        sentences.append(
            "Two degrees of freedom: Δχ² against the minimum over the whole (m_4, μ) plane."
        )
    curves = [curve for panel in contents if panel.dof == 2 for curve in panel.curves]
    preferred = [
        _best_point(results, curve, limits)
        for curve in curves
        if _without_limit(_part(limits.sel(dof=2), curve)).any()
    ]
    if preferred:
        sentences.append(
            "Where every moment fits worse than the best point of the plane by more than "
            f"{float(threshold(cl, 2)):.3g} there is no limit for two degrees of freedom: such "
            "masses are gaps of the curve, marked by a line at the foot of the panel. "
            f"Best points: {'; '.join(dict.fromkeys(preferred))}."
        )
    sentences.append(
        "Curves end with the grid of masses, or before it where too few solar neutrinos can "
        "make the sterile state; values above the frame are in the data file."
    )
    return " ".join(sentences)


def _best_point(results: Results, curve: _Curve, limits: xr.Dataset) -> str:
    part = _part(limits, curve)
    best = part.isel(m_4=int(part.chi2_min.argmin(M_4)))
    # chi2_min is that of no moment wherever the best moment is 0, and below it elsewhere
    gain = float(part.chi2_min.max() - best.chi2_min)
    preference = f", preferred to no moment by Δχ² = {gain:.1f}" if gain > 0 else ""
    mass, moment = written(float(best.m_4), 2), written(float(best.mu_best), 2)
    return (
        f"{results.label(curve.selection)}, {FLAVOR_NAMES[curve.flavor]}: "
        f"m_4 = {mass} MeV, μ = {moment} μ_B{preference}"
    )


def _part(limits: xr.Dataset, curve: _Curve) -> xr.Dataset:
    return limits.sel(selection=curve.selection, flavor=curve.flavor)
