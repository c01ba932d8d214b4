"""Notes of somebody in a figure: plain text at a point, and an arrow from it to another point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import Normal, Stroke

from nusterile.arrays import Floats
from nusterile.figures.style import BLACK

__all__ = ["Note", "draw_notes"]

#: Distance of a text from the frame, and of an arrow from its text, points.
_MARGIN = 3.0
#: Above curves, marks and labels.
_HEIGHT = 7


@dataclass(frozen=True)
class Note:
    """A note in a plane of masses (MeV) and moments (Bohr magnetons).

    Attributes
    ----------
    text : str
        Plain text, possibly of several lines; empty for an arrow alone.
    place : tuple of float
        Mass and moment at the centre of the text.
    target : tuple of float or None
        Mass and moment of the arrow's tip; None for no arrow.
    """

    text: str
    place: tuple[float, float]
    target: tuple[float, float] | None = None


def draw_notes(ax: Axes, notes: Sequence[Note], size: float) -> list[Floats]:
    """Draw notes as they are written: no sign in them is taken for a formula.

    A text that would leave the frame is moved inside, one whose place is outside is left out,
    with its arrow.

    Parameters
    ----------
    ax : Axes
        Axes with their limits set, in a figure whose layout will not change any more.
    notes : sequence of Note
        The notes.
    size : float
        Font size, points.

    Returns
    -------
    list of ndarray, each of shape (n, 2)
        Where they are, in data coordinates, as what labels should not cover.
    """
    figure = ax.get_figure(root=True)
    assert figure is not None
    renderer = FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call]  # its own
    frame = ax.get_window_extent(renderer).padded(-_MARGIN * figure.dpi / 72).get_points()
    taken = []
    for note in notes:
        if not _inside(ax, note.place):
            continue
        text = ax.text(*note.place, note.text, color=BLACK, fontsize=size, linespacing=1.1)
        # Whose text it is cannot be known; a formula that is none would end the drawing.
        text.set_parse_math(False)
        text.set(ha="center", va="center", multialignment="left", gid="note", zorder=_HEIGHT)
        text.set_bbox({"facecolor": "white", "edgecolor": "none", "alpha": 0.88, "pad": 1.2})
        text.set_in_layout(False)
        box = text.get_window_extent(renderer).get_points()
        moved = np.clip(0.0, frame[0] - box[0], frame[1] - box[1])
        to_data = ax.transData.inverted()
        corners = box + moved
        text.set_position(tuple(to_data.transform(corners.mean(axis=0))))
        taken.append(_covered(to_data.transform(corners)))
        if note.target is not None:
            tip = ax.transData.transform(note.target)
            start = _leaving(corners if note.text else corners.mean(axis=0, keepdims=True), tip)
            taken.append(_draw_arrow(ax, to_data.transform(start), note.target))
    return taken


def _inside(ax: Axes, place: tuple[float, float]) -> bool:
    ends = (ax.get_xlim(), ax.get_ylim())
    return all(low <= value <= high for value, (low, high) in zip(place, ends, strict=True))


def _covered(corners: Floats) -> Floats:
    """Points all over a rectangle, on logarithmic axes."""
    (left, bottom), (right, top) = corners
    x, y = np.meshgrid(np.geomspace(left, right, 9), np.geomspace(bottom, top, 4))
    return np.stack([x.ravel(), y.ravel()], axis=1)


def _leaving(corners: Floats, tip: Floats) -> Floats:
    """Where the way from the middle of a rectangle to a point leaves the rectangle."""
    middle = corners.mean(axis=0)
    way = tip - middle
    half = (corners[-1] - corners[0]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.nanmin(np.where(way == 0, np.inf, half / np.abs(way)))
    found: Floats = middle + way * min(float(share), 1.0)
    return found


def _draw_arrow(ax: Axes, start: Floats, target: tuple[float, float]) -> Floats:
    """Draw an arrow; return its ends."""
    arrow = FancyArrowPatch(
        tuple(start),
        target,
        transform=ax.transData,
        arrowstyle="-|>",
        mutation_scale=7,
        shrinkA=1,
        shrinkB=1,
        color=BLACK,
        linewidth=0.8,
        path_effects=[Stroke(linewidth=2.2, foreground="white"), Normal()],
        zorder=_HEIGHT - 0.5,
        gid="note-arrow",
    )
    arrow.set_in_layout(False)
    ax.add_patch(arrow)
    return np.array([start, target], dtype=float)
