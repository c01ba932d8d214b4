"""Labels of curves in a plot, placed together so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from nusterile.layout.curves import densely
from nusterile.layout.in_turn import lay_out
from nusterile.layout.places import Wanted

__all__ = ["Box", "Leader", "PlotLabel", "place_labels"]

#: Distance above which a thin line leads from a label to its curve, pixels.
_LEADER = 7.0

#: Left, right, bottom and top of a rectangle, coordinates of the view.
Box = tuple[float, float, float, float]

#: Both ends of a line from a label to its curve, shape (2, 2), coordinates of the view.
Leader = tuple[pg.TextItem, NDArray[np.float64]]


@dataclass(frozen=True)
class PlotLabel:
    """A text and the curve it names.

    Attributes
    ----------
    item : TextItem
        The text, anchored at its centre.
    x, y : ndarray, shape (n,)
        The curve, coordinates of the view.
    beside, needed
        As in `Wanted`.
    from_left : float
        Cost of a pixel away from the left end of the view.
    source : object
        What the curve is of, to whoever made the label; None where that is of no use.
    """

    item: pg.TextItem
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    beside: bool = False
    needed: bool = False
    from_left: float = 0.0
    source: object = None


def place_labels(
    view: pg.ViewBox, labels: Sequence[PlotLabel], taken: Sequence[Box], most: int
) -> list[Leader]:
    """Move labels to where they cover nothing; hide those that find no room.

    Parameters
    ----------
    view : ViewBox
        The view that they are in.
    labels : sequence of PlotLabel
        Labels, the most important first.
    taken : sequence of Box
        Rectangles that they must not cover.
    most : int
        Labels that are shown, the most important ones.

    Returns
    -------
    list of Leader
        Labels that stand away from their curves, each with the line that leads there.
    """
    (left, right), (bottom, top) = view.viewRange()
    frame = (view.width(), view.height())
    if not (frame[0] > 1 and frame[1] > 1 and right > left and top > bottom):
        return []
    across, up = frame[0] / (right - left), frame[1] / (top - bottom)
    wanted = []
    for label in labels:
        size = label.item.textItem.boundingRect()
        with np.errstate(invalid="ignore"):
            curve = np.stack([(label.x - left) * across, (label.y - bottom) * up], axis=1)
        cost = partial(_from_left, label.from_left) if label.from_left else None
        wanted.append(
            Wanted((size.width(), size.height()), curve, label.beside, label.needed, cost)
        )
    boxes = [
        ((x0 - left) * across, (y0 - bottom) * up, (x1 - left) * across, (y1 - bottom) * up)
        for x0, x1, y0, y1 in taken
    ]
    leaders, shown = [], 0
    corner, scale = np.array([left, bottom]), np.array([across, up])
    for label, wish, place in zip(labels, wanted, lay_out(wanted, frame, boxes), strict=True):
        visible = place is not None and shown < most
        label.item.setVisible(visible)
        if place is None or not visible:
            continue
        shown += 1
        label.item.setPos(left + place[0] / across, bottom + place[1] / up)
        ends = None if label.beside else _leader(wish, np.array(place), frame)
        if ends is not None:
            leaders.append((label.item, corner + ends / scale))
    return leaders


def _leader(
    label: Wanted, centre: NDArray[np.float64], frame: tuple[float, float]
) -> NDArray[np.float64] | None:
    """Both ends of the shortest line from a label to its curve, None where they are close."""
    curve = densely(label.curve, (0.0, 0.0, *frame), 4.0, 4 * sum(frame))
    half = np.asarray(label.size) / 2
    edges = np.clip(curve, centre - half, centre + half)
    away = np.hypot(*(curve - edges).T)
    nearest = int(np.argmin(away))
    return np.stack([edges[nearest], curve[nearest]]) if away[nearest] > _LEADER else None


def _from_left(pixel: float, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(pixel * boxes[:, 0])
