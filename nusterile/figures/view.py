"""Figure of a view: the plane of mass and moment as an interactive view shows it.

What is drawn comes as arrays, so that the figure shows the numbers of the view and no
others: Δχ² and its contours, limits, external bounds, marks and the cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap, ListedColormap
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Polygon
from matplotlib.patheffects import Normal, Stroke
from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter
from numpy.typing import NDArray

from nusterile.bounds.curve import Bound
from nusterile.figures.captions import bounds_sentence, convention_sentence, marks_sentence
from nusterile.figures.drawing import Drawing
from nusterile.figures.notes import Note, draw_notes
from nusterile.figures.placement import Label, place_labels
from nusterile.figures.style import (
    BLACK,
    DASHED,
    FLAVOR_LINES,
    FLAVOR_NAMES,
    GREY,
    MOMENT_LABEL,
    THIN,
    Margins,
    darker,
    literal,
    panels,
    written,
)
from nusterile.figures.view_studies import ViewedBand, ViewedCurve, draw_studies, study_rows
from nusterile.files.listing import Cell, Listing
from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import (
    BOHR_MAGNETONS,
    CL,
    DISJOINT,
    DOF,
    EFFECTIVE,
    EXCLUDED,
    EXPECTED_LIMIT,
    FAILED,
    FLAVOR,
    FOUND,
    LIMIT,
    LIMIT_LOW,
    M_4,
    MEV,
    MU,
    OK,
    OUTSIDE,
)

__all__ = ["Contour", "View", "ViewedLimit", "draw_view"]

Floats = NDArray[np.float64]

#: Decades between a massless point and the lightest massive one.
_MASSLESS_GAP = 0.25
_HEIGHT = {"single": 6.4, "double": 9.6}
#: Room for the colour bar, cm.
_COLOR_BAR = 1.5
_LABEL_SIZE = {"single": 6.0, "double": 7.0}
#: Δχ² at the upper end of the colours: just above 99 % for two degrees of freedom, since what
#: lies beyond is excluded in any case and should not be the loudest.
_TOP = 12.0
#: From white to a quiet blue, in steps of lightness.
_SHADES = LinearSegmentedColormap.from_list("plane", ["#ffffff", "#dfe8f1", "#b3c6d9", "#9db3c9"])
#: Confidence levels between which the plane is filled where it is not shaded.
_FILLED = (0.68, 0.90, 0.95, 0.99)
#: Height of the first row of marks and distance of the next, as shares of the axes.
_FIRST_ROW, _ROW_STEP = 0.975, 0.024
_MASS_LABEL = r"Sterile neutrino mass $m_4$ [MeV]"
_COLUMNS = ("kind", "label", FLAVOR, CL, DOF, M_4, MU, "value", "status")
_UNITS = {M_4: MEV, MU: BOHR_MAGNETONS}
#: Marks of masses without a limit, as on the screen: (marker, filled).
_STATUS_MARKS = {
    OUTSIDE: ("^", True),
    EXCLUDED: ("s", False),
    DISJOINT: ("d", True),
    FAILED: ("x", True),
}
_NO_LIMIT_MARK = ("o", False)


@dataclass(frozen=True)
class Contour:
    """A contour of Δχ²: its degrees of freedom and points, NaN between its parts."""

    dof: int
    m_4: Floats
    mu: Floats


@dataclass(frozen=True)
class ViewedLimit:
    """A limit of the view.

    Attributes
    ----------
    label, color : str
        Text for people and colour (``#rrggbb``).
    flavor : str
        Flavour, which gives the dashes.
    m_4, limit : ndarray, shape (n,)
        Masses (MeV) and limits (Bohr magnetons), NaN where there is none.
    status : ndarray of str, shape (n,)
        Status of each limit.
    low, expected : ndarray, shape (n,)
        Lower end of what is allowed and expected limit, Bohr magnetons, NaN where none is drawn.
    main : bool
        Drawn thicker than the others.
    """

    label: str
    color: str
    flavor: str
    m_4: Floats
    limit: Floats
    status: NDArray[np.str_]
    low: Floats
    expected: Floats
    main: bool = False

    def beside(self) -> list[tuple[str, Floats]]:
        """What stands beside the limit and its values."""
        parts = ((LIMIT_LOW, self.low), (EXPECTED_LIMIT, self.expected))
        return [(name, values) for name, values in parts if np.isfinite(values).any()]


@dataclass(frozen=True)
class View:
    """What a view of the plane shows.

    Attributes
    ----------
    title : str
        Whose Δχ² is shown, text for people.
    flavor : str
        Its flavour.
    cl : float
        Confidence level of contours and limits.
    dof : int
        Degrees of freedom of Δχ² and limits.
    m_4, mu : ndarray, shape (n_m,), (n_mu,)
        Grid: MeV, possibly with 0, and Bohr magnetons.
    delta_chi2 : ndarray, shape (n_m, n_mu), or None
        Δχ²; None where a product holds limits only.
    masses, moments : tuple of float
        Ends of the axes: MeV and Bohr magnetons, positive.
    limits : tuple of ViewedLimit
        Limits drawn.
    contours : tuple of Contour
        Contours of Δχ² at `cl`.
    bounds : tuple of Bound
        External bounds drawn.
    marks : tuple of DataArray
        Limits for a massless final state, elements of `nusterile.bounds.registry.massless_marks`.
    cursor : tuple of float, optional
        Mass, moment and Δχ² of the grid point at the cursor.
    filled : bool
        Whether the plane is filled between 68, 90, 95 and 99 % instead of shaded by Δχ².
    bands : tuple of ViewedBand
        Bands of the expected limit at `cl`, from toys.
    studies : tuple of ViewedCurve
        What else toys say at `cl`: median, unified intervals, CL_s limits.
    notes : tuple of Note
        What somebody wrote into it.
    origin : tuple of str
        Where the numbers come from.
    """

    title: str
    flavor: str
    cl: float
    dof: int
    m_4: Floats
    mu: Floats
    delta_chi2: Floats | None
    masses: tuple[float, float]
    moments: tuple[float, float]
    limits: tuple[ViewedLimit, ...] = ()
    contours: tuple[Contour, ...] = ()
    bounds: tuple[Bound, ...] = ()
    marks: tuple[xr.DataArray, ...] = ()
    cursor: tuple[float, float, float] | None = None
    filled: bool = False
    bands: tuple[ViewedBand, ...] = ()
    studies: tuple[ViewedCurve, ...] = ()
    notes: tuple[Note, ...] = ()
    origin: tuple[str, ...] = field(default=())

    @property
    def massless_place(self) -> float:
        """Where the massless point stands on the axis of masses, MeV."""
        positive = self.m_4[self.m_4 > 0]
        lightest = float(positive[0]) if positive.size else 1.0
        return lightest * 10**-_MASSLESS_GAP

    def places(self, masses: Floats) -> Floats:
        """Masses as places on the axis."""
        return np.where(masses == 0, self.massless_place, masses)


def draw_view(view: View, *, width: str = "double") -> Drawing:
    """Draw a view of the plane.

    Parameters
    ----------
    view : View
        What it shows.
    width : {'single', 'double'}
        Print width.

    Returns
    -------
    Drawing
        Data columns: kind (``delta_chi2``, ``contour``, ``limit``, ``limit_low``,
        ``expected_limit``, ``bound``, ``band_low``, ``band_high``, ``study``, ``massless``,
        ``cursor``, ``note``, ``arrow``), label, flavor, cl, dof, m_4, mu, value (Δχ²), status.
    """
    # Room for the colour bar on the right, none for a title.
    bar = _COLOR_BAR if view.delta_chi2 is not None else 0.0
    margins = Margins(left=1.45, right=0.25 + bar, top=0.25, bottom=1.05)
    figure, grid = panels(width, 1, 1, _HEIGHT.get(width, 9.0), margins=margins)
    ax: Axes = grid[0, 0]
    ax.set(xscale="log", yscale="log", xlim=view.masses, ylim=view.moments)
    ax.set(xlabel=_MASS_LABEL, ylabel=MOMENT_LABEL)
    _tick_massless(ax, view)
    if view.delta_chi2 is not None:
        _draw_plane(ax, view)
    _draw_contours(ax, view)
    labels = [*_draw_bounds(ax, view), *_draw_limits(ax, view), *_draw_marks(ax, view)]
    labels += draw_studies(ax, view.bands, view.studies, view.places)
    obstacles = [*_draw_statuses(ax, view), *_draw_cursor(ax, view)]
    size = _LABEL_SIZE.get(width, 7.0)
    obstacles += draw_notes(ax, view.notes, size + 1)
    for text in place_labels(ax, labels, obstacles, size):
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.88, "pad": 0.8})
        text.set_zorder(6)
    listing = Listing.of(_COLUMNS, _rows(view), _UNITS)
    return Drawing("view", figure, _caption(view), listing, view.origin)


def _tick_massless(ax: Axes, view: View) -> None:
    """Print 0 where the massless point stands."""
    place = view.massless_place
    low, high = view.masses
    if not (view.m_4 == 0).any() or place < low:
        return
    decades = 10.0 ** np.arange(np.ceil(np.log10(low)), np.floor(np.log10(high)) + 1)
    ticks = [place, *decades[decades > place]]
    ax.xaxis.set_major_locator(FixedLocator(ticks))

    def text(x: float, _: int) -> str:
        at_place = np.isclose(x, place, rtol=1e-9, atol=0)
        return "0" if at_place else rf"$10^{{{round(np.log10(x))}}}$"

    ax.xaxis.set_major_formatter(FuncFormatter(text))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _edges(places: Floats) -> Floats:
    """Edges of the cells around increasing places on a logarithmic axis."""
    logs = np.log(places)
    if logs.size == 1:
        edges = logs[0] + np.array([-0.1, 0.1])
    else:
        middle = (logs[1:] + logs[:-1]) / 2
        edges = np.concatenate([[2 * logs[0] - middle[0]], middle, [2 * logs[-1] - middle[-1]]])
    found: Floats = np.exp(edges)
    return found


def _draw_plane(ax: Axes, view: View) -> None:
    assert view.delta_chi2 is not None
    values = np.ma.masked_invalid(view.delta_chi2.T)
    x = view.places(view.m_4)
    figure = ax.get_figure(root=True)
    assert figure is not None
    box, across = ax.get_position(), figure.get_figwidth() * 2.54
    bar_axes = figure.add_axes((box.x1 + 0.25 / across, box.y0, 0.32 / across, box.height))
    if view.filled and min(values.shape) > 1:
        heights = [0.0, *(float(threshold(level, view.dof)) for level in _FILLED), np.inf]
        colors = _SHADES(np.linspace(0, 1, len(_FILLED) + 1))
        ax.contourf(x, view.mu, np.maximum(values, 0), levels=heights, colors=colors, zorder=0)
        # Bands of one height: the levels are words here, not places on an axis of Δχ².
        scale = BoundaryNorm(np.arange(len(colors) + 1), len(colors))
        bar = figure.colorbar(ScalarMappable(scale, ListedColormap(colors)), cax=bar_axes)
        bar.set_ticks(list(range(1, len(colors))), labels=[f"{100 * cl:g} %" for cl in _FILLED])
        bar.set_label("excluded at")
    else:
        image = ax.pcolormesh(
            _edges(x),
            _edges(view.mu),
            values,
            cmap=_SHADES,
            vmin=0,
            vmax=_TOP,
            rasterized=True,
            zorder=0,
            gid="delta-chi2",
        )
        bar = figure.colorbar(image, cax=bar_axes, extend="max")
        degrees = "1 dof" if view.dof == 1 else "2 dof"
        bar.set_label(rf"$\Delta\chi^2$ ({degrees})")
    bar_axes.tick_params(direction="out", right=True, left=False)


def _dashes(flavor: str) -> Any:
    return FLAVOR_LINES.get(flavor, FLAVOR_LINES[EFFECTIVE]).style


def _outlined(width: float, color: str = "white") -> list[Stroke | Normal]:
    return [Stroke(linewidth=width, foreground=color), Normal()]


def _draw_contours(ax: Axes, view: View) -> None:
    for contour in view.contours:
        ax.plot(
            view.places(contour.m_4),
            contour.mu,
            color="white",
            linewidth=1.1 if contour.dof == view.dof else 0.8,
            linestyle="solid" if contour.dof == 1 else (0, (4, 2)),
            path_effects=_outlined(1.9, BLACK),
            zorder=2,
            gid=f"contour-{contour.dof}",
        )


def _draw_bounds(ax: Axes, view: View) -> list[Label]:
    labels = []
    for bound in view.bounds:
        outlines = bound.polygons() if bound.kind == "region" else list(bound.pieces)
        dashes = (0, (1.2, 1.2)) if bound.kind == "line" else _dashes(bound.flavor)
        for outline in outlines:
            if bound.kind == "region":
                ax.add_patch(Polygon(outline, facecolor=GREY, alpha=0.35, zorder=1))
            ax.plot(
                *outline.T,
                color=GREY,
                linewidth=0.9,
                linestyle=dashes,
                path_effects=_outlined(2.0),
                zorder=3,
                gid=bound.name,
            )
        inside = outlines[0] if bound.kind == "region" else None
        gaps = [np.concatenate([outline, [[np.nan, np.nan]]]) for outline in outlines]
        name = literal(bound.label).replace(" (", "\n(")
        labels.append(Label(name, darker(GREY), np.concatenate(gaps), inside))
    return labels


def _draw_limits(ax: Axes, view: View) -> list[Label]:
    labels = []
    for limit in view.limits:
        x = view.places(limit.m_4)
        wide = 1.9 if limit.main else 1.3
        ax.plot(
            x,
            limit.limit,
            color=limit.color,
            linewidth=wide,
            linestyle=_dashes(limit.flavor),
            path_effects=_outlined(wide + 1.0),
            zorder=4,
            gid=LIMIT,
        )
        for name, values in limit.beside():
            ax.plot(
                x,
                values,
                color=limit.color,
                linewidth=THIN,
                linestyle=DASHED if name == EXPECTED_LIMIT else _dashes(limit.flavor),
                path_effects=_outlined(THIN + 1.0),
                zorder=4,
                gid=name,
            )
        labels.append(Label(literal(limit.label), limit.color, np.stack([x, limit.limit], axis=1)))
    return labels


def _draw_statuses(ax: Axes, view: View) -> list[Floats]:
    """Mark masses without a limit, one row a limit at the upper edge; returns the rows."""
    low, high = view.moments
    rows: list[Floats] = []
    for limit in view.limits:
        missing = limit.status != OK
        if not missing.any():
            continue
        height = low * (high / low) ** (_FIRST_ROW - _ROW_STEP * len(rows))
        x = view.places(limit.m_4)
        for status in np.unique(limit.status[missing]):
            marker, filled = _STATUS_MARKS.get(str(status), _NO_LIMIT_MARK)
            places = x[limit.status == status]
            ax.plot(
                places,
                np.full(places.size, height),
                linestyle="none",
                marker=MarkerStyle(marker),
                markersize=2.6,
                markeredgewidth=0.7,
                color=limit.color,
                markerfacecolor=limit.color if filled else "none",
                path_effects=_outlined(1.6),
                zorder=5,
                gid=f"status-{status}",
            )
        row = np.stack([x, np.where(missing, height, np.nan)], axis=1)
        rows.append(row)
    # A row is as high as its marks: a label must not come close either.
    return [row * [1.0, factor] for row in rows for factor in (0.97, 1.0, 1.03)]


def _draw_marks(ax: Axes, view: View) -> list[Label]:
    low, high = view.masses
    beside = low * (high / low) ** 0.012
    labels = []
    for mark in view.marks:
        mu = mark.item()
        if view.moments[0] <= mu <= view.moments[1]:
            ax.plot(low, mu, ">", color=GREY, markersize=4, clip_on=False, gid="mark")
            text = literal(str(mark.label.item()))
            labels.append(Label(text, darker(GREY), np.array([[beside, mu]]), beside=True))
    return labels


def _draw_cursor(ax: Axes, view: View) -> list[Floats]:
    """Mark the cursor's grid point; returns it, as what labels should not cover."""
    if view.cursor is None:
        return []
    mass, moment, _ = view.cursor
    place = float(view.places(np.array(mass)))
    ax.plot(
        [place],
        [moment],
        marker="+",
        markersize=9,
        markeredgewidth=1.1,
        color=BLACK,
        path_effects=_outlined(2.6),
        zorder=5,
        gid="cursor",
    )
    around = 1.0 + 0.06 * np.array([-1.0, 0.0, 1.0])
    return [np.stack([place * around, np.full(3, moment * factor)], axis=1) for factor in around]


def _rows(view: View) -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    here: list[Cell] = [view.title, view.flavor, None, view.dof]
    if view.delta_chi2 is not None:
        rows += [
            ["delta_chi2", *here, float(m), float(u), float(view.delta_chi2[i, j]), None]
            for i, m in enumerate(view.m_4)
            for j, u in enumerate(view.mu)
        ]
    for contour in view.contours:
        head: list[Cell] = ["contour", view.title, view.flavor, view.cl, contour.dof]
        rows += [
            [*head, *point, None, None]
            for point in np.stack([contour.m_4, contour.mu], axis=1).tolist()
        ]
    for limit in view.limits:
        head = [LIMIT, limit.label, limit.flavor, view.cl, view.dof]
        rows += [
            [*head, float(m), float(value), None, str(status)]
            for m, value, status in zip(limit.m_4, limit.limit, limit.status, strict=True)
        ]
        for name, values in limit.beside():
            head = [name, limit.label, limit.flavor, view.cl, view.dof]
            rows += [
                [*head, float(m), float(value), None, None]
                for m, value in zip(limit.m_4, values, strict=True)
                if np.isfinite(value)
            ]
    for bound in view.bounds:
        head = ["bound", bound.label, bound.flavor, bound.cl, None]
        outlines = bound.polygons() if bound.kind == "region" else list(bound.pieces)
        rows += [[*head, *point, None, None] for outline in outlines for point in outline.tolist()]
    rows += study_rows(view.bands, view.studies, [view.flavor, view.cl, view.dof])
    for mark in view.marks:
        head = ["massless", str(mark.label.item()), str(mark.flavor.item()), float(mark.cl), None]
        rows.append([*head, 0.0, mark.item(), None, None])
    if view.cursor is not None:
        mass, moment, value = view.cursor
        rows.append(["cursor", *here, mass, moment, value, None])
    for note in view.notes:
        head = [" ".join(note.text.split()), None, None, None]
        rows.append(["note", *head, *note.place, None, None])
        if note.target is not None:
            rows.append(["arrow", *head, *note.target, None, None])
    return rows


def _caption(view: View) -> str:
    degrees = "one degree" if view.dof == 1 else "two degrees"
    level = f"{100 * view.cl:.4g} % CL"
    sentences = []
    if view.delta_chi2 is not None:
        what = "levels at which points are excluded by" if view.filled else "Δχ² of"
        sentences.append(
            f"Colour: {what} {view.title}, {FLAVOR_NAMES.get(view.flavor, view.flavor)}, over the "
            f"sterile mass m_4 and the transition magnetic moment μ, for {degrees} of freedom."
        )
    if view.contours:
        sentences.append(
            f"White: contours at {level}, solid for one and dashed for two degrees of freedom."
        )
    if view.limits:
        names = "; ".join(dict.fromkeys(limit.label for limit in view.limits))
        sentences.append(f"Limits at {level}, {degrees} of freedom: {names}.")
        if view.dof == 1:
            sentences.append(convention_sentence(view.cl))
    beside = {name for limit in view.limits for name, _ in limit.beside()}
    if LIMIT_LOW in beside:
        sentences.append("Thin lines: the lower end of what is allowed, where 0 is excluded.")
    if EXPECTED_LIMIT in beside:
        sentences.append("Thin dashes: the expected (Asimov) limit.")
    studied = [band.label for band in view.bands] + [curve.label for curve in view.studies]
    if studied:
        sentences.append(f"From toys of {view.title}, at {level}: {'; '.join(studied)}.")
    sentences += _status_sentences([str(s) for limit in view.limits for s in limit.status])
    if view.bounds:
        sentences.append(bounds_sentence(view.bounds))
    if view.marks:
        sentences.append(marks_sentence(view.marks))
    if view.cursor is not None:
        mass, moment, value = view.cursor
        sentences.append(
            f"Cross: m_4 = {written(mass)} MeV, μ = {written(moment)} μ_B, Δχ² = {value:.3g}."
        )
    return " ".join(sentences)


def _status_sentences(statuses: Sequence[str]) -> list[str]:
    said = []
    if OUTSIDE in statuses:
        said.append("▲: limit beyond the grid of moments")
    if FAILED in statuses:
        said.append("×: the fit failed")
    if EXCLUDED in statuses:
        said.append("□: every moment is excluded")
    if DISJOINT in statuses:
        said.append("◆: several intervals are allowed")
    if set(statuses) - {*FOUND, EXCLUDED, FAILED}:
        said.append("○: no limit")
    return [f"Marks at the upper edge: {'; '.join(said)}."] if said else []
