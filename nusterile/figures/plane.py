"""Figure ``plane``: what is excluded in the plane of mass and moment, and by whom."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from numpy.typing import NDArray

from nusterile.bounds.curve import Bound
from nusterile.bounds.registry import Bounds, load_bounds, massless_marks
from nusterile.errors import InputError, nearest_name
from nusterile.figures.captions import bounds_sentence, convention_sentence, marks_sentence
from nusterile.figures.drawing import Drawing
from nusterile.figures.placement import Label, place_labels
from nusterile.figures.style import (
    BLACK,
    BLUE,
    DASHED,
    FLAVOR_NAMES,
    FLAVOR_TITLES,
    GREEN,
    GREY,
    MASS_LABEL,
    MOMENT_LABEL,
    ORANGE,
    PURPLE,
    SKY,
    THIN,
    VERMILION,
    Line,
    darker,
    literal,
    panel_letters,
    panels,
)
from nusterile.files.listing import Cell, Listing
from nusterile.product.rows import kind_of
from nusterile.results import Results
from nusterile.vocabulary import (
    BOHR_MAGNETONS,
    CL,
    EXCLUDED,
    EXPECTED,
    EXPECTED_LIMIT,
    FLAVOR,
    FLAVORS,
    LIMIT,
    LIMIT_LOW,
    M_4,
    MEV,
    MU,
    OPEN,
)

__all__ = ["draw"]

#: Below every moment, for what is excluded from there on.
_BOTTOM = 1e-30
#: The decade left of the lightest mass is room for the names of the massless marks.
_MASSES = (1e-4, 1e4)
_MOMENTS = (5e-14, 3e-6)
_PANEL_HEIGHT = {"single": 5.1, "double": 6.6}
_LABEL_SIZE = 6.5
#: Where a mark's tip ends, as a share of the width of the panel.
_MARK_REACH = 0.012
_MARK_LETTERS = 15
_EXCLUDED, _OURS = "#EEEEEE", "#D9E8F5"
_COLORS = (BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE)
_STYLES: tuple[object, ...] = ("solid", (0, (5, 1.6)), (0, (5, 1.5, 1.2, 1.5)))
_UNFILLED = (0, (1.2, 1.2))
_COLUMNS = (FLAVOR, "curve", "label", "kind", CL, "piece", M_4, MU)


def draw(
    results: Results,
    *,
    width: str = "double",
    cl: float = 0.9,
    dof: int = 1,
    flavor: str | None = None,
    selection: str | None = None,
    bounds: Sequence[str | Path] = (),
    show: Sequence[str] | None = None,
) -> Drawing:
    """Draw the exclusion of a selection among the external bounds, one panel a flavour.

    Parameters
    ----------
    results : Results
        A product or an analysis.
    width : {'single', 'double'}
        Print width.
    cl : float
        Confidence level of the selection's limit; bounds keep the published one.
    dof : {1, 2}
        Degrees of freedom of the selection's limit.
    flavor : str, optional
        Only this flavour; all by default.
    selection : str, optional
        Experiment or combination; the combination by default.
    bounds : sequence of str or Path
        Folders with further bounds.
    show : sequence of str, optional
        Names of the bounds and of the limits for a massless final state to draw; all by
        default, and none for an empty sequence. Each keeps its line whatever is shown.

    Returns
    -------
    Drawing
        Data columns: flavor, curve, label, kind, cl, piece, m_4, mu.

    Raises
    ------
    InputError
        If a name is unknown, or no flavour that is drawn has what it names.
    """
    selection = selection or results.main_selection
    results.require(flavor=flavor, selection=selection)
    every = load_bounds([*results.configuration.own_bounds(), *bounds])
    lines = _lines(every)
    flavors = results.flavors if flavor is None else (flavor,)
    known, marks = _chosen(every, massless_marks(), flavors, show)
    (degree,) = results.chosen_degrees(dof)
    limits = results.limits(cl).sel(dof=degree, selection=selection)
    columns = 2 if width == "double" and len(flavors) > 1 else 1
    rows = -(-len(flavors) // columns)
    figure, grid = panels(width, rows, columns, _PANEL_HEIGHT.get(width, 0.0))
    axes = list(grid.ravel()[: len(flavors)])
    for spare in grid.ravel()[len(flavors) :]:
        spare.remove()
    axes[0].set(xscale="log", yscale="log", xlim=_MASSES, ylim=_MOMENTS)
    for ax in axes:
        ax.set(xlabel=MASS_LABEL, ylabel=MOMENT_LABEL)
        ax.label_outer()
    panel_letters(axes, [FLAVOR_TITLES[name] for name in flavors])
    data: list[list[Cell]] = []
    for ax, name in zip(axes, flavors, strict=True):
        part = limits.sel(flavor=name)
        held = [_is_for(mark, name) for mark in marks]
        content = _Content(
            results.label(selection),
            np.stack([limits.m_4.values, part.limit.values], axis=1),
            np.stack([limits.m_4.values, _lower_ends(part)], axis=1),
            np.stack([limits.m_4.values, _expected(part)], axis=1),
            part.limit_status.values.astype(str) == EXCLUDED,
            known.select(name),
            marks[held],
        )
        _draw_panel(ax, content, lines)
        data += [[name, *row] for row in _rows(content, selection, cl)]
    listing = Listing.of(_COLUMNS, data, {M_4: MEV, MU: BOHR_MAGNETONS})
    caption = _caption(results.label(selection), cl, dof, flavors, known, marks, limits)
    return Drawing("plane", figure, caption, listing, results.origin)


class _Content(NamedTuple):
    """What one panel shows.

    Our limit, the lower end of what is allowed and the expected limit, (n, 2), and whether a
    mass is excluded altogether, (n,); external bounds and massless marks.
    """

    label: str
    limit: NDArray[np.float64]
    low: NDArray[np.float64]
    expected: NDArray[np.float64]
    excluded: NDArray[np.bool_]
    bounds: list[Bound]
    marks: xr.DataArray


def _chosen(
    known: Bounds, marks: xr.DataArray, flavors: Sequence[str], show: Sequence[str] | None
) -> tuple[Bounds, xr.DataArray]:
    """Take the bounds and marks of some names; all for None."""
    if show is None:
        return known, marks
    held: dict[str, str] = {bound.name: bound.flavor for bound in known.values()}
    held = {str(mark.mark.item()): str(mark.flavor.item()) for mark in marks} | held
    for name in show:
        if name not in held:
            raise InputError(f"no bound '{name}'{nearest_name(name, held)}")
        if held[name] not in (*flavors, "all"):
            raise InputError(
                f"bound '{name}' holds for flavor {held[name]}; drawn are {', '.join(flavors)}"
            )
    kept = Bounds(bound for bound in known.values() if bound.name in show)
    return kept, marks[np.isin(marks.mark.values, list(show))]


def _lines(known: Bounds) -> dict[str, Line]:
    """Give each bound a line; those of one panel differ as long as colours and dashes last."""
    common = [bound for bound in known.values() if bound.flavor == "all"]
    lines = {}
    for index, bound in enumerate(common):
        lines[bound.name] = _line(bound, index)
    for flavor in FLAVORS:
        own = [bound for bound in known.values() if bound.flavor == flavor]
        for index, bound in enumerate(own, len(common)):
            lines[bound.name] = _line(bound, index)
    return lines


def _line(bound: Bound, index: int) -> Line:
    dashes = _STYLES[index // len(_COLORS) % len(_STYLES)]
    style = _UNFILLED if bound.kind == "line" else dashes
    return Line(_COLORS[index % len(_COLORS)], style, 0.9)


def _is_for(mark: xr.DataArray, flavor: str) -> bool:
    return str(mark.flavor.item()) in (flavor, "all")


def _draw_panel(ax: Axes, content: _Content, lines: dict[str, Line]) -> None:
    labels = [Label(literal(content.label), BLACK, content.limit)]
    for part in _finite_runs(_up_to_excluded(content.limit, content.excluded)):
        ax.add_patch(Polygon(_closed_above(part), facecolor=_OURS, edgecolor="none", zorder=1.5))
    for part in _finite_runs(_up_to_excluded(content.low, content.excluded)):
        area = np.concatenate([part, [[part[-1, 0], _BOTTOM], [part[0, 0], _BOTTOM]]])
        ax.add_patch(Polygon(area, facecolor=_OURS, edgecolor="none", zorder=1.5))
    edges = _cells(content.limit[:, 0])
    for place in np.flatnonzero(content.excluded):
        ends = edges[place], edges[place + 1]
        ax.axvspan(*ends, facecolor=_OURS, edgecolor="none", zorder=1.5, gid=EXCLUDED)
    ax.plot(*content.limit.T, color=BLACK, linewidth=1.6, zorder=3, gid=LIMIT)
    if np.isfinite(content.low[:, 1]).any():
        ax.plot(*content.low.T, color=BLACK, linewidth=0.9, zorder=3, gid=LIMIT_LOW)
    if np.isfinite(content.expected[:, 1]).any():
        thin = Line(BLACK, DASHED, THIN).drawn
        ax.plot(*content.expected.T, zorder=3, gid=EXPECTED_LIMIT, **thin)
    for bound in content.bounds:
        line = lines[bound.name]
        outlines = bound.polygons() if bound.kind == "region" else list(bound.pieces)
        for outline in outlines:
            if bound.kind != "line":
                area = outline if bound.kind == "region" else _closed_above(outline)
                ax.add_patch(Polygon(area, facecolor=_EXCLUDED, edgecolor="none", zorder=1))
            ax.plot(*outline.T, gid=bound.name, zorder=2, **line.drawn)
        inside = outlines[0] if bound.kind == "region" else None
        gaps = [np.concatenate([outline, [[np.nan, np.nan]]]) for outline in outlines]
        name = literal(bound.label).replace(" (", "\n(")
        labels.append(Label(name, darker(line.color), np.concatenate(gaps), inside))
    left, right = ax.get_xlim()
    beside = left * (right / left) ** _MARK_REACH
    for mark in content.marks:
        mu = mark.item()
        ax.plot(left, mu, marker=">", color=GREY, markersize=4, clip_on=False, zorder=4, gid="mark")
        name = _wrapped(str(mark.label.item()))
        labels.append(Label(name, GREY, np.array([[beside, mu]]), beside=True))
    place_labels(ax, labels, [content.low, content.expected], _LABEL_SIZE)


def _lower_ends(part: xr.Dataset) -> NDArray[np.float64]:
    """Lower ends of what is allowed, NaN where the moment 0 is allowed as well."""
    if LIMIT_LOW not in part:  # files of schema version 1
        return np.full(part.sizes[M_4], np.nan)
    low = part[LIMIT_LOW].values
    return np.where(low > 0, low, np.nan)


def _expected(part: xr.Dataset) -> NDArray[np.float64]:
    """Expected limits beside observed ones, NaN where there are none."""
    # files of schema version 1 lack them, and where there are no data the limit is one itself
    if EXPECTED_LIMIT not in part or kind_of(part) == EXPECTED:
        return np.full(part.sizes[M_4], np.nan)
    return np.asarray(part[EXPECTED_LIMIT].values)


def _cells(masses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends of the strips that neighbouring masses make, halfway in logarithms, (n + 1,)."""
    low, high = masses[:-1], masses[1:]
    middle = np.where(low > 0, np.sqrt(low * high), high)
    return np.concatenate([masses[:1], middle, masses[-1:]])


def _up_to_excluded(curve: NDArray[np.float64], excluded: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Carry a curve on to the edge of its strip where the next mass is excluded altogether."""
    edges = _cells(curve[:, 0])
    beside = np.concatenate([[False], excluded, [False]])
    points = []
    for place, (mass, mu) in enumerate(curve):
        points += [(edges[place], mu)] if beside[place] else []
        points += [(mass, mu)]
        points += [(edges[place + 1], mu)] if beside[place + 2] else []
    return np.array(points)


def _wrapped(text: str) -> str:
    return textwrap.fill(literal(text), _MARK_LETTERS, break_on_hyphens=False)


def _finite_runs(curve: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Stretches of a curve without a gap."""
    finite = np.isfinite(curve).all(axis=1)
    edges = np.flatnonzero(np.diff(finite)) + 1
    return [run for run in np.split(curve, edges) if np.isfinite(run).all()]


def _closed_above(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Outline of what an upper limit excludes, as far as far above the axes.

    Where the curve turns back, its upper part is the end of the exclusion.
    """
    top = 1e3 * _MOMENTS[1]
    return np.concatenate([curve, [[curve[-1, 0], top], [curve[0, 0], top]]])


def _rows(content: _Content, selection: str, cl: float) -> list[list[Cell]]:
    own: list[Cell] = [selection, content.label, "upper_limit", cl, 0]
    rows = [[*own, *point] for point in content.limit.tolist()]
    for kind, curve in (("lower_end", content.low), (EXPECTED_LIMIT, content.expected)):
        points = curve[np.isfinite(curve).all(axis=1)]
        rows += [[selection, content.label, kind, cl, 0, *point] for point in points.tolist()]
    for bound in content.bounds:
        outlines = bound.polygons() if bound.kind == "region" else list(bound.pieces)
        head: list[Cell] = [bound.name, bound.label, bound.kind, bound.cl]
        rows += [
            [*head, piece, *point]
            for piece, outline in enumerate(outlines)
            for point in outline.tolist()
        ]
    rows += [
        [
            str(mark.mark.item()),
            str(mark.label.item()),
            "massless",
            float(mark.cl),
            0,
            0.0,
            mark.item(),
        ]
        for mark in content.marks
    ]
    return rows


def _caption(
    label: str,
    cl: float,
    dof: int,
    flavors: Sequence[str],
    known: Bounds,
    marks: xr.DataArray,
    limits: xr.Dataset,
) -> str:
    panels = ", ".join(FLAVOR_NAMES[flavor] for flavor in flavors)
    degrees = "one degree" if dof == 1 else "two degrees"
    sentences = [
        f"Excluded (shaded) sterile masses m_4 and transition magnetic moments μ: {panels}.",
        f"Black: {label}, {100 * cl:g} % CL, {degrees} of freedom.",
    ]
    drawn = limits.sel(flavor=list(flavors))
    if any(np.isfinite(_expected(drawn.sel(flavor=name))).any() for name in flavors):
        sentences.append("Thin dashes: its expected (Asimov) limit.")
    status = drawn.limit_status.values.astype(str)
    if LIMIT_LOW in drawn and bool((drawn[LIMIT_LOW] > 0).any()):
        sentences.append("Thin black: the lower end of what is allowed, where 0 is excluded.")
    if np.any(status == EXCLUDED):
        sentences.append("Masses at which every moment is excluded are shaded over all moments.")
    # files of schema version 1 call them open as well
    none = np.isin(status, (OPEN, EXCLUDED))
    reached = np.cumsum(~none[:, ::-1], axis=1)[:, ::-1] > 0
    if np.any(none & reached):
        sentences.append(
            "Its gaps are masses without a limit: there every moment fits worse than the best "
            "point of the plane by more than the threshold."
        )
    if dof == 1:
        sentences.append(convention_sentence(cl))
    shown = [bound for bound in known.values() if any(map(bound.applies_to, flavors))]
    if shown:
        sentences.append(bounds_sentence(shown))
    if any(bound.kind == "line" for bound in shown):
        names = ", ".join(bound.label for bound in shown if bound.kind == "line")
        sentences.append(f"Dotted ({names}): boundary whose excluded side is not recorded.")
    held = [mark for mark in marks if any(_is_for(mark, flavor) for flavor in flavors)]
    if held:
        sentences.append(marks_sentence(held))
    if shown:
        sentences.append(
            "External curves begin where their sources do; some go on beyond the frame."
        )
    return " ".join(sentences)
