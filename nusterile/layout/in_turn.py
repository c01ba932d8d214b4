"""Labels that take their places one after another: fast enough while a plot is dragged.

Every label tries places along its curve and takes the one that costs least. A label
that would cover another one wherever it goes is left out, unless it must be shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from nusterile.arrays import Floats
from nusterile.layout.curves import Ink, densely
from nusterile.layout.places import Wanted, around, beside, overlaps

__all__ = ["lay_out"]

#: Points of a curve that are tried, distances of a label from them, pixels, and directions.
_ANCHORS = 28
_DISTANCES = np.array([4.0, 12.0, 24.0, 40.0])
_SIDES = np.array([[0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [-1, 1], [1, -1], [-1, -1]])
_DIRECTIONS = _SIDES / np.hypot(*_SIDES.T)[:, None]
#: Room between a point and the label beside it, and how far that may move up or down, pixels.
_BESIDE = 8.0
_SHIFTS = np.arange(120.0, -121.0, -2.0)
#: Room between two labels, and between a label and the frame, pixels.
_GAP, _MARGIN = 2.0, 3.0
#: Cost of a pixel of distance, of a cell of covered curve, of a label covered although it may not.
_PER_PIXEL, _PER_CELL, _COVERED = 0.5, 1.2, 1e6
#: Side of the cells in which curves are counted, pixels.
_CELL = 4.0


def lay_out(
    wanted: Sequence[Wanted],
    size: tuple[float, float],
    taken: Sequence[ArrayLike] = (),
) -> list[tuple[float, float] | None]:
    """Find a place for every label.

    Parameters
    ----------
    wanted : sequence of Wanted
        Labels, the most important first.
    size : tuple of float
        Width and height of the plot, whose lower left corner is the origin.
    taken : sequence of array_like, each of shape (4,)
        Boxes that labels must not cover.

    Returns
    -------
    list
        Centre of each label, or None where its curve is out of sight or there is no room.
    """
    frame = np.array([0.0, 0.0, *size])
    # Long pieces out of sight need no more points than the frame can show.
    curves = [densely(label.curve, frame, _CELL, 4 * sum(size)) for label in wanted]
    drawn = np.concatenate([np.empty((0, 2)), *curves])
    ink = Ink(drawn, frame, _CELL, once=True)
    boxes = [np.asarray(box, dtype=float) for box in taken]
    centres: list[tuple[float, float] | None] = []
    for label, curve in zip(wanted, curves, strict=True):
        box = _best(label, curve, frame, boxes, ink)
        if box is None:
            centres.append(None)
        else:
            boxes.append(box)
            centres.append((float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2))
    return centres


def _best(
    label: Wanted, curve: Floats, frame: Floats, taken: Sequence[Floats], ink: Ink
) -> Floats | None:
    """Box of the place that costs least."""
    if not len(curve):
        return None
    if label.beside:
        places = beside(curve[0], label.size, _BESIDE, _SHIFTS)
    else:
        places = around(curve, label.size, _ANCHORS, _DISTANCES, _DIRECTIONS)
    _, boxes, distance = places.inside(frame, _MARGIN)
    if not len(boxes):
        return None
    cost = _PER_PIXEL * distance + _PER_CELL * ink.within(boxes)
    if label.cost is not None:
        cost = cost + label.cost(boxes)
    if taken:
        across, up = overlaps(boxes, taken, _GAP)
        covered = np.maximum(across, 0.0) * np.maximum(up, 0.0)
        cost = cost + (np.where(covered > 0, _COVERED, 0.0) + covered).sum(axis=0)
    best = int(np.argmin(cost))
    if cost[best] >= _COVERED and not label.needed:
        return None
    return np.asarray(boxes[best])
