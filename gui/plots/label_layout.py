"""Where labels go in a plot: beside their curves, over nothing else.

Qt-free: boxes and points in pixels, y downwards. Every label tries places along its
curve; one after another takes the place that costs least. A label that would cover
another one wherever it goes is left out, unless it must be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Wanted", "densely", "distance_to_curve", "lay_out"]

Floats = NDArray[np.float64]

#: Points of a curve that are tried, and distances of a label from them, pixels.
_ANCHORS = 28
_DISTANCES = np.array([4.0, 12.0, 24.0, 40.0])
#: Room between two labels, and between a label and the frame, pixels.
_GAP, _MARGIN = 2.0, 3.0
#: Cost of a pixel of distance, of a cell of covered curve, of a label covered although it may not.
_PER_PIXEL, _PER_CELL, _COVERED = 0.5, 1.2, 1e6
#: Side of the cells in which curves are counted, pixels.
_CELL = 4.0


@dataclass(frozen=True)
class Wanted:
    """A label that wants a place.

    Attributes
    ----------
    size : tuple of float
        Width and height, pixels.
    curve : ndarray, shape (n, 2)
        Points of its curve, pixels; NaN where it is interrupted.
    beside : bool
        Right of the curve's only point, moved up or down, instead of around the curve.
    needed : bool
        Shown even where it covers another label.
    from_left : float
        Cost of a pixel away from the left end of the frame.
    """

    size: tuple[float, float]
    curve: Floats
    beside: bool = False
    needed: bool = False
    from_left: float = 0.0


def lay_out(
    wanted: Sequence[Wanted],
    frame: tuple[float, float],
    taken: Sequence[tuple[float, float, float, float]] = (),
) -> list[tuple[float, float] | None]:
    """Find a place for every label.

    Parameters
    ----------
    wanted : sequence of Wanted
        Labels, the most important first.
    frame : tuple of float
        Width and height of the plot, whose upper left corner is the origin.
    taken : sequence of tuple
        Boxes (left, top, right, bottom) that labels must not cover.

    Returns
    -------
    list
        Centre of each label, or None where its curve is out of sight or there is no room.
    """
    curves = [densely(label.curve, frame) for label in wanted]
    ink = _Ink(curves, frame)
    boxes = [np.array(box, dtype=float) for box in taken]
    places: list[tuple[float, float] | None] = []
    for label, curve in zip(wanted, curves, strict=True):
        place = _best(label, curve, frame, boxes, ink)
        places.append(place)
        if place is not None:
            half = np.array(label.size) / 2
            centre = np.array(place)
            boxes.append(np.concatenate([centre - half, centre + half]))
    return places


def densely(curve: Floats, frame: tuple[float, float]) -> Floats:
    """Points some pixels apart along the part of a curve that is inside the frame."""
    start, end = curve[:-1], curve[1:]
    length = np.hypot(*(end - start).T)
    usable = np.isfinite(length)
    # Long pieces out of sight need no more points than the frame can show.
    steps = np.ceil(np.minimum(length[usable], 4 * sum(frame)) / _CELL).astype(int)
    steps = np.maximum(steps, 1)
    piece = np.repeat(np.arange(steps.size), steps)
    number = np.arange(piece.size) - np.repeat(np.cumsum(steps) - steps, steps)
    share = (number / steps[piece])[:, None]
    along = start[usable][piece] * (1 - share) + end[usable][piece] * share
    dense = np.concatenate([along, curve[np.isfinite(curve).all(axis=1)][-1:]])
    inside = (dense >= 0).all(axis=1) & (dense <= np.array(frame)).all(axis=1)
    return np.asarray(dense[inside])


def distance_to_curve(curve: Floats) -> float:
    """Distance of the origin from a curve.

    Parameters
    ----------
    curve : ndarray, shape (n, 2)
        Points that straight lines join; NaN where it is interrupted.

    Returns
    -------
    float
        Infinite for a curve without a point.
    """
    start, along = curve[:-1], np.diff(curve, axis=0)
    length = (along**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(length > 0, -(start * along).sum(axis=1) / length, 0.0)
        nearest = start + np.clip(share, 0, 1)[:, None] * along
    points = np.concatenate([nearest, curve])
    points = points[np.isfinite(points).all(axis=1)]
    return float(np.hypot(*points.T).min(initial=np.inf))


def _best(
    label: Wanted,
    curve: Floats,
    frame: tuple[float, float],
    boxes: Sequence[Floats],
    ink: _Ink,
) -> tuple[float, float] | None:
    if not len(curve):
        return None
    centres, cost = _beside(label, curve) if label.beside else _around(label, curve)
    half = np.array(label.size) / 2
    low, high = centres - half, centres + half
    inside = (low >= _MARGIN).all(axis=1) & (high <= np.array(frame) - _MARGIN).all(axis=1)
    if not inside.any():
        return None
    centres, low, high, cost = centres[inside], low[inside], high[inside], cost[inside]
    cost = cost + _PER_CELL * ink.within(low, high) + label.from_left * low[:, 0]
    for box in boxes:
        across = np.minimum(high[:, 0], box[2]) - np.maximum(low[:, 0], box[0]) + _GAP
        down = np.minimum(high[:, 1], box[3]) - np.maximum(low[:, 1], box[1]) + _GAP
        covered = np.maximum(across, 0) * np.maximum(down, 0)
        cost = cost + np.where(covered > 0, _COVERED + covered, 0.0)
    best = int(np.argmin(cost))
    if cost[best] >= _COVERED and not label.needed:
        return None
    return float(centres[best, 0]), float(centres[best, 1])


def _around(label: Wanted, curve: Floats) -> tuple[Floats, Floats]:
    """Places above, below, left and right of points along a curve."""
    picked = curve[np.unique(np.linspace(0, len(curve) - 1, _ANCHORS).astype(int))]
    half = np.array(label.size) / 2
    sides = np.array([[0, -1], [0, 1], [1, 0], [-1, 0], [1, -1], [-1, -1], [1, 1], [-1, 1]])
    reach = sides * half
    away = sides / np.hypot(*sides.T)[:, None]
    centres = (
        picked[:, None, None]
        + reach[None, :, None]
        + _DISTANCES[None, None, :, None] * away[None, :, None]
    )
    cost = np.broadcast_to(_PER_PIXEL * _DISTANCES, centres.shape[:-1])
    return centres.reshape(-1, 2), cost.ravel()


def _beside(label: Wanted, curve: Floats) -> tuple[Floats, Floats]:
    """Places right of one point, moved up or down as far as need be."""
    shift = np.arange(-120.0, 121.0, 2.0)
    centres = np.empty((shift.size, 2))
    centres[:, 0] = curve[0, 0] + label.size[0] / 2 + 8.0
    centres[:, 1] = curve[0, 1] + shift
    return centres, _PER_PIXEL * np.abs(shift)


class _Ink:
    """Cells that curves pass through, summed so that those of a box are counted at once."""

    def __init__(self, curves: Sequence[Floats], frame: tuple[float, float]) -> None:
        shape = (int(frame[0] / _CELL) + 2, int(frame[1] / _CELL) + 2)
        drawn = np.zeros(shape)
        for curve in curves:
            cells = (curve / _CELL).astype(int)
            drawn[cells[:, 0], cells[:, 1]] = 1.0
        self._sums = np.pad(drawn.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))

    def within(self, low: Floats, high: Floats) -> Floats:
        """Cells of curves in each box."""
        largest = np.array(self._sums.shape) - 1
        a = np.clip((low / _CELL).astype(int), 0, largest)
        b = np.clip((high / _CELL).astype(int) + 1, 0, largest)
        sums = self._sums
        return np.asarray(
            sums[b[:, 0], b[:, 1]]
            - sums[a[:, 0], b[:, 1]]
            - sums[b[:, 0], a[:, 1]]
            + sums[a[:, 0], a[:, 1]]
        )
