"""Labels of curves in a plot, placed together so that none covers another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from nusterile.layout.in_turn import lay_out
from nusterile.layout.places import Wanted

__all__ = ["Box", "PlotLabel", "place_labels"]

#: Left, right, bottom and top of a rectangle, coordinates of the view.
Box = tuple[float, float, float, float]


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
    """

    item: pg.TextItem
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    beside: bool = False
    needed: bool = False
    from_left: float = 0.0


def place_labels(view: pg.ViewBox, labels: Sequence[PlotLabel], taken: Sequence[Box]) -> None:
    """Move labels to where they cover nothing; hide those that find no room.

    Parameters
    ----------
    view : ViewBox
        The view that they are in.
    labels : sequence of PlotLabel
        Labels, the most important first.
    taken : sequence of Box
        Rectangles that they must not cover.
    """
    (left, right), (bottom, top) = view.viewRange()
    frame = (view.width(), view.height())
    if not (frame[0] > 1 and frame[1] > 1 and right > left and top > bottom):
        return
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
    for label, place in zip(labels, lay_out(wanted, frame, boxes), strict=True):
        label.item.setVisible(place is not None)
        if place is not None:
            label.item.setPos(left + place[0] / across, bottom + place[1] / up)


def _from_left(pixel: float, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(pixel * boxes[:, 0])
