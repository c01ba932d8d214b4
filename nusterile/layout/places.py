"""Places that a label can take, and what stands in their way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.arrays import Floats

__all__ = ["Places", "Wanted", "around", "beside", "overlaps"]


@dataclass(frozen=True)
class Wanted:
    """A label that wants a place.

    Attributes
    ----------
    size : tuple of float
        Width and height, pixels.
    curve : ndarray, shape (n, 2)
        Points of its curve, pixels; interrupted where one is not finite.
    beside : bool
        Right of the curve's only point, moved up or down, instead of around the curve.
    needed : bool
        Shown even where it covers another label.
    cost : callable, optional
        What each of some boxes, shape (n, 4), costs in addition, shape (n,).
    """

    size: tuple[float, float]
    curve: Floats
    beside: bool = False
    needed: bool = False
    cost: Callable[[Floats], Floats] | None = None


class Places(NamedTuple):
    """Places for one label: the points (n, 2) they name, their boxes (n, 4), what each costs."""

    anchors: Floats
    boxes: Floats
    cost: Floats

    def pick(self, which: NDArray[np.bool_] | NDArray[np.intp]) -> Places:
        """Return only some of the places."""
        return Places(self.anchors[which], self.boxes[which], self.cost[which])

    def inside(self, frame: ArrayLike, margin: float) -> Places:
        """Return the places that keep a margin from the ends of a frame."""
        low, high = np.reshape(np.asarray(frame, dtype=float), (2, 2))
        left, bottom, right, top = self.boxes.T
        return self.pick(
            (left >= low[0] + margin)
            & (bottom >= low[1] + margin)
            & (right <= high[0] - margin)
            & (top <= high[1] - margin)
        )


def around(
    curve: Floats, size: ArrayLike, anchors: int, distances: Floats, directions: Floats
) -> Places:
    """Places around points of a curve.

    Parameters
    ----------
    curve : ndarray, shape (n, 2)
        Points all along the curve.
    size : array_like, shape (2,)
        Width and height of the label.
    anchors : int
        Points of the curve that are tried.
    distances : ndarray, shape (k,)
        Distances of the box from its point.
    directions : ndarray, shape (m, 2)
        Unit vectors from the point to the box.

    Returns
    -------
    Places
        Nearest first; the cost is the distance.
    """
    half = np.asarray(size) / 2
    picked = curve[np.unique(np.linspace(0, len(curve) - 1, anchors).astype(int))]
    # The nearest point of the box lies at the distance along the direction.
    reach = half * np.sign(np.round(directions, 6))
    away = distances[:, None, None, None]
    centres = picked[:, None] + directions * away + reach
    starts = np.broadcast_to(picked[:, None], centres.shape)
    cost = np.broadcast_to(away, (*centres.shape[:-1], 1))
    return _places(starts.reshape(-1, 2), centres.reshape(-1, 2), half, cost.ravel())


def beside(point: Floats, size: ArrayLike, room: float, shifts: Floats) -> Places:
    """Places right of a point, at a distance, moved up by each shift; the cost is how far."""
    half = np.asarray(size) / 2
    starts = np.broadcast_to(point, (shifts.size, 2))
    moved = np.stack([np.full_like(shifts, half[0] + room), shifts], axis=1)
    return _places(starts, starts + moved, half, np.abs(shifts))


def _places(anchors: Floats, centres: Floats, half: Floats, cost: Floats) -> Places:
    return Places(anchors, np.concatenate([centres - half, centres + half], axis=1), cost)


def overlaps(boxes: Floats, others: ArrayLike, gap: float) -> tuple[Floats, Floats]:
    """Width and height that boxes share with other ones.

    Parameters
    ----------
    boxes : ndarray, shape (n, 4)
        Boxes.
    others : array_like, shape (k, 4)
        The other boxes.
    gap : float
        Room around the other boxes that counts as their own.

    Returns
    -------
    width, height : ndarray, shape (k, n)
        One of the two is negative where the boxes are apart.
    """
    # Sides in rows of their own: numpy is fastest along them.
    left, bottom, right, top = np.ascontiguousarray(boxes.T)
    low, high = np.asarray(others, dtype=float).T.reshape(2, 2, -1, 1)
    low, high = low - gap, high + gap
    return (
        np.minimum(right, high[0]) - np.maximum(left, low[0]),
        np.minimum(top, high[1]) - np.maximum(bottom, low[1]),
    )
