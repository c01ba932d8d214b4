"""Labels that move until none gains: for a figure, which is drawn once.

Every place near a curve's points is tried: the less ink a label covers, the nearer it
is to its curve and the fewer curves its leader crosses, the better. Nothing is random:
the same labels get the same places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.arrays import Floats
from nusterile.layout.curves import Ink, densely
from nusterile.layout.places import Places, Wanted, around, beside, overlaps

__all__ = ["Settled", "settle"]

#: Points of a curve that are tried, distances of a label from them, points of print, and
#: directions in sixteenths of a turn.
_ANCHORS = 24
_DISTANCES = np.array([2.0, 5.0, 9.0, 14.0, 20.0, 28.0, 38.0, 50.0, 64.0, 80.0])
_ANGLES = np.arange(16) * np.pi / 8
_DIRECTIONS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)
#: Distance in points above which a thin line leads from the label to its curve.
_LEADER = 6.0
_LEADER_GAP = 1.5
#: Room between a point and the label beside it, and how far that may move up or down, points.
_BESIDE = 5.0
_SHIFTS = np.arange(-80.0, 80.5, 1.0)
#: Room around a label in which ink counts, and between a label and the frame, points.
_PADDING, _MARGIN = 1.5, 2.0
#: Room between two labels, pixels.
_GAP = 3.0
_SWEEPS = 4
#: Places that are kept for each label.
_KEPT = 1200
#: A piece of a curve gets no more points than one of this length, pixels.
_LONGEST = 3000.0
#: Cost of a point of distance, of a unit of covered ink, of a leader that crosses a curve.
_PER_POINT, _PER_INK, _PER_CROSSING = 1.0, 12.0, 14.0
#: Cost of meeting another label, of a leader through a label, of two leaders that cross.
_COVERED, _LED_THROUGH, _LEADERS_CROSS = 1e4, 1e3, 50.0


class Settled(NamedTuple):
    """Centre of a label, and both ends, shape (2, 2), of the line to its curve if it needs one."""

    centre: Floats
    leader: Floats | None


def settle(
    wanted: Sequence[Wanted], obstacles: Sequence[Floats], frame: ArrayLike, scale: float
) -> list[Settled | None]:
    """Find a place for every label; all are shown, needed or not.

    Parameters
    ----------
    wanted : sequence of Wanted
        Labels.
    obstacles : sequence of ndarray, each of shape (n, 2)
        Curves that labels should not cover; those of the labels are added.
    frame : array_like, shape (4,)
        Box that labels may not leave.
    scale : float
        Pixels in a point of print, 1/72 inch.

    Returns
    -------
    list
        Where each label goes; None for one whose curve is outside or that finds no room.
    """
    curves = [_dense(label.curve, frame) for label in wanted]
    drawn = [np.empty((0, 2)), *(_dense(curve, frame) for curve in obstacles), *curves]
    ink = Ink(np.concatenate(drawn), frame)
    found = [
        _candidates(label, curve, ink, frame, scale)
        for label, curve in zip(wanted, curves, strict=True)
    ]
    chosen = iter(_choose([places for places in found if places is not None]))
    return [None if places is None else _settled(places, next(chosen), scale) for places in found]


def _dense(curve: Floats, frame: ArrayLike) -> Floats:
    return densely(curve, frame, 1.0, _LONGEST, bends=True)


def _candidates(
    label: Wanted, curve: Floats, ink: Ink, frame: ArrayLike, scale: float
) -> Places | None:
    """Places of a label and what each costs without the other labels."""
    if not len(curve):
        return None
    if label.beside:
        places = beside(curve[0], label.size, _BESIDE * scale, _SHIFTS * scale)
    else:
        places = around(curve, label.size, _ANCHORS, _DISTANCES * scale, _DIRECTIONS)
    places = places.inside(frame, _MARGIN * scale)
    if not len(places.boxes):
        return None
    total = _PER_POINT * places.cost / scale
    if label.cost is not None:
        total = total + label.cost(places.boxes)
    pad = _PADDING * scale
    covered = ink.within(places.boxes + np.array([-pad, -pad, pad, pad]))
    total = total + _PER_INK * covered / scale
    total += _PER_CROSSING * _crossed(ink, Ink(curve, frame), places, scale)
    best = np.argsort(total, kind="stable")[:_KEPT]
    return places._replace(cost=total).pick(best)


def _crossed(ink: Ink, own: Ink, places: Places, scale: float) -> Floats:
    """Curves that the leader of each place crosses, the label's own one left out."""
    edge, anchor = _leaders(places).transpose(1, 0, 2)
    length = np.hypot(*(anchor - edge).T)
    along = _along(edge, anchor, 40)
    half = 1.0 * scale
    spots = np.concatenate([along - half, along + half], axis=-1).reshape(-1, 4)
    others = ink.within(spots) - own.within(spots)
    hit = (others > 0.5).reshape(along.shape[:2])
    entries = (hit[1:] & ~hit[:-1]).sum(axis=0) + hit[0]
    return np.where(length > _LEADER * scale, entries, 0).astype(float)


def _choose(candidates: Sequence[Places]) -> list[int]:
    """Best place of each label: from several orders of placing, the one that costs least."""
    if not candidates:
        return []
    hardest = sorted(range(len(candidates)), key=lambda i: (-candidates[i].cost.min(), i))
    orders = [hardest, hardest[::-1], list(range(len(candidates)))]
    found = [_sweep(candidates, order) for order in orders]
    return min(found, key=lambda result: result[0])[1]


def _sweep(candidates: Sequence[Places], order: Sequence[int]) -> tuple[float, list[int]]:
    """Place the labels one after another, then move each as long as that helps."""
    chosen = [-1] * len(candidates)
    for _ in range(_SWEEPS):
        before = list(chosen)
        total = 0.0
        for index in order:
            places = candidates[index]
            cost = places.cost.copy()
            for other, place in enumerate(chosen):
                if other != index and place >= 0:
                    cost += _conflict(places, candidates[other].pick(np.array([place])))
            chosen[index] = int(np.argmin(cost))
            total += float(cost[chosen[index]])
        if chosen == before:
            break
    return total, chosen


def _conflict(places: Places, other: Places) -> Floats:
    """Cost of the label and leader of each place meeting another label and its leader."""
    box = other.boxes[0] + np.array([-_GAP, -_GAP, _GAP, _GAP])
    across, up = overlaps(places.boxes, box[None], 0.0)
    meeting = (across[0] >= 0) & (up[0] >= 0)
    ours, theirs = _leaders(places), _leaders(other)
    led_through = _in_boxes(_along(ours[:, 0], ours[:, 1], 20), box[None]).any(axis=0)
    run_over = _in_boxes(_along(theirs[:, 0], theirs[:, 1], 20), places.boxes).any(axis=0)
    return np.asarray(
        _COVERED * meeting
        + _LED_THROUGH * (led_through | run_over)
        + _LEADERS_CROSS * _cross(ours, theirs[0])
    )


def _settled(places: Places, index: int, scale: float) -> Settled:
    low, high = places.boxes[index, :2], places.boxes[index, 2:]
    edge, anchor = _leaders(places.pick(np.array([index])))[0]
    length = np.hypot(*(anchor - edge))
    leader = None
    if length > _LEADER * scale:
        leader = np.stack([edge + (anchor - edge) * _LEADER_GAP * scale / length, anchor])
    return Settled((low + high) / 2, leader)


def _leaders(places: Places) -> Floats:
    """Both ends of the leader of each place, shape (n, 2, 2)."""
    edges = np.clip(places.anchors, places.boxes[:, :2], places.boxes[:, 2:])
    return np.stack([edges, places.anchors], axis=1)


def _along(start: Floats, end: Floats, count: int) -> Floats:
    """Points from starts to ends, shape (count, n, 2)."""
    return np.asarray(start + np.linspace(0, 1, count)[:, None, None] * (end - start))


def _in_boxes(points: Floats, boxes: Floats) -> NDArray[np.bool_]:
    x, y = points[..., 0], points[..., 1]
    inside = (x > boxes[:, 0]) & (x < boxes[:, 2]) & (y > boxes[:, 1]) & (y < boxes[:, 3])
    return np.asarray(inside)


def _cross(ours: Floats, theirs: Floats) -> NDArray[np.bool_]:
    """Whether each of our segments, shape (n, 2, 2), crosses their one, shape (2, 2)."""

    def side(a: Any, b: Any, c: Any) -> Any:
        return np.sign(
            (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1])
            - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])
        )

    p, q = ours[:, 0], ours[:, 1]
    r, s = theirs
    crossing = (side(p, q, r) != side(p, q, s)) & (side(r, s, p) != side(r, s, q))
    return np.asarray(crossing)
