"""Labels of a matplotlib figure, put beside their curves where nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.path import Path as MplPath
from matplotlib.text import Text

from nusterile.arrays import Floats
from nusterile.layout.places import Wanted
from nusterile.layout.settling import settle

__all__ = ["Label", "place_labels"]

#: Cost of a label outside its area.
_OUTSIDE = 4.0


@dataclass(frozen=True)
class Label:
    """A text to be put beside a curve.

    Attributes
    ----------
    text : str
        What it says.
    color : str
        Its colour.
    points : ndarray, shape (n, 2)
        Points of the curve, in data coordinates; NaN where it is interrupted.
    area : ndarray of shape (n, 2), optional
        Outline in data coordinates that the label should rather be inside of.
    beside : bool
        Whether the label stands right of its (single) point, moved up or down only.
    """

    text: str
    color: str
    points: Floats
    area: Floats | None = None
    beside: bool = False


def place_labels(
    ax: Axes, labels: Sequence[Label], obstacles: Sequence[Floats], size: float
) -> list[Text]:
    """Put labels beside their curves.

    Parameters
    ----------
    ax : Axes
        Axes with their limits set, in a figure whose layout will not change any more.
    labels : sequence of Label
        The labels.
    obstacles : sequence of ndarray, each of shape (n, 2)
        Curves that labels should not cover, in data coordinates; those of the labels
        are added.
    size : float
        Font size, points.

    Returns
    -------
    list of Text
        The texts, in the order of `labels`; a curve outside the axes gets none.
    """
    if not labels:
        return []
    figure = ax.get_figure(root=True)
    assert figure is not None
    canvas = FigureCanvasAgg(figure)
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call]  # matplotlib's own
    texts, wanted = [], []
    for label in labels:
        text = ax.text(0, 0, label.text, color=label.color, fontsize=size, linespacing=0.9)
        text.set(ha="center", va="center", multialignment="left" if label.beside else "center")
        text.set_in_layout(False)
        texts.append(text)
        extent = text.get_window_extent(renderer)
        wanted.append(_wanted(ax, label, (extent.width, extent.height)))
    frame = ax.get_window_extent(renderer).extents
    places = settle(wanted, [_pixels(ax, curve) for curve in obstacles], frame, figure.dpi / 72)
    to_data = ax.transData.inverted()
    shown = []
    for text, place in zip(texts, places, strict=True):
        if place is None:
            text.remove()
            continue
        shown.append(text)
        text.set_position(tuple(to_data.transform(place.centre)))
        if place.leader is not None:
            ends = to_data.transform(place.leader)
            ax.plot(ends[:, 0], ends[:, 1], color=text.get_color(), linewidth=0.4, gid="leader")
    return shown


def _pixels(ax: Axes, points: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(ax.transData.transform(points))


def _wanted(ax: Axes, label: Label, size: tuple[float, float]) -> Wanted:
    cost = None if label.area is None else partial(_outside, MplPath(_pixels(ax, label.area)))
    return Wanted(size, _pixels(ax, label.points), label.beside, cost=cost)


def _outside(outline: MplPath, boxes: Floats) -> Floats:
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return np.asarray(_OUTSIDE * ~outline.contains_points(centres))
