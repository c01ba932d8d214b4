"""Curves on a screen: points all along them, the ink they make, the distance to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.arrays import Floats

__all__ = ["Ink", "densely", "distance_to_curve"]

#: How far outside the frame a point still counts as inside, and cells of ink beyond the frame.
_SLACK = 0.5
_EDGE = 2


def densely(
    curve: Floats, frame: ArrayLike, spacing: float, longest: float, *, bends: bool = False
) -> Floats:
    """Points along the part of a curve that is inside a frame.

    Parameters
    ----------
    curve : ndarray, shape (n, 2)
        Points that straight lines join; interrupted where one is not finite.
    frame : array_like, shape (4,)
        Box that is seen.
    spacing : float
        Distance between neighbours that is not exceeded, pixels.
    longest : float
        Pieces longer than this, pixels, get no more points than one as long.
    bends : bool
        Whether the curve's own points follow once more, so that what picks points evenly
        picks more of them where the curve bends.

    Returns
    -------
    ndarray, shape (m, 2)
        Points in the order of the curve.
    """
    finite = np.asarray(np.isfinite(curve).all(axis=1))
    joined = finite[:-1] & finite[1:]
    start, along = curve[:-1][joined], curve[1:][joined] - curve[:-1][joined]
    length = np.hypot(*along.T)
    steps = (np.minimum(length, longest) / spacing).astype(int) + 1
    piece = np.repeat(np.arange(steps.size), steps)
    number = np.arange(piece.size) - np.repeat(np.cumsum(steps) - steps, steps)
    share = number * (1 / steps)[piece]
    own = curve[finite]
    dense = np.concatenate(
        [start[piece] + share[:, None] * along[piece], own if bends else own[-1:]]
    )
    return dense[_inside(dense, frame)]


def _inside(points: Floats, frame: ArrayLike) -> NDArray[np.bool_]:
    low, high = np.reshape(np.asarray(frame, dtype=float), (2, 2))
    x, y = points.T
    return np.asarray(
        (x >= low[0] - _SLACK)
        & (x <= high[0] + _SLACK)
        & (y >= low[1] - _SLACK)
        & (y <= high[1] + _SLACK)
    )


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


class Ink:
    """Cells that curves pass through, summed so that those of a box are counted at once.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Points inside the frame, as `densely` finds them.
    frame : array_like, shape (4,)
        Box that is seen.
    cell : float
        Side of a cell, pixels.
    once : bool
        Whether a cell counts once however many points it holds. Where every point counts,
        the ink of one curve can be taken off that of all.
    """

    def __init__(
        self, points: Floats, frame: ArrayLike, cell: float = 1.0, *, once: bool = False
    ) -> None:
        low, high = np.reshape(np.asarray(frame, dtype=float), (2, 2))
        self._cell = cell
        self._origin = np.floor(low) - _EDGE * cell
        size = np.ceil((high - self._origin) / cell).astype(int) + _EDGE
        column, row = self._cells(points).astype(int).T
        drawn = np.bincount(column * size[1] + row, minlength=size.prod()).reshape(size)
        if once:
            np.minimum(drawn, 1, out=drawn)
        self._sums = np.zeros(size + 1)
        drawn.cumsum(axis=0).cumsum(axis=1, out=self._sums[1:, 1:])

    def _cells(self, points: Floats) -> Floats:
        return np.asarray((points - self._origin) / self._cell)

    def within(self, boxes: Floats) -> Floats:
        """Count the ink in each box, shape (n,), for boxes of shape (n, 4)."""
        largest = np.array(self._sums.shape) - 1
        left, bottom = np.clip(np.floor(self._cells(boxes[:, :2])).astype(int), 0, largest).T
        right, top = np.clip(np.ceil(self._cells(boxes[:, 2:])).astype(int), 0, largest).T
        sums = self._sums
        return np.asarray(
            sums[right, top] - sums[left, top] - sums[right, bottom] + sums[left, bottom]
        )
