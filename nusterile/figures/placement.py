"""Labels beside their curves, where nothing else is.

Every place near a curve's points is tried: a label may not leave the axes or cover
another label, and the less ink it covers and the nearer it is to its curve, the
better. Nothing is random: the same axes give the same places.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.path import Path as MplPath
from matplotlib.text import Text
from numpy.typing import NDArray

__all__ = ["Label", "place_labels"]

#: Distances from the curve that are tried, points; directions in eighths of a turn.
_DISTANCES = (2.0, 5.0, 9.0, 14.0, 20.0, 28.0, 38.0, 50.0, 64.0, 80.0)
_DIRECTIONS = np.arange(16) * np.pi / 8
_ANCHORS = 24
#: Distance in points above which a thin line leads from the label to its curve.
_LEADER = 6.0
_LEADER_GAP = 1.5
#: Room between a point and the label beside it, and how far that may move up or down, points.
_BESIDE = 5.0
_SHIFTS = np.arange(-80.0, 80.5, 1.0)
_PADDING = 1.5
_SWEEPS = 4
#: Places that are kept for each label, and room around the frame in the count of ink (pixels).
_KEPT, _EDGE = 1200, 2
#: Cost of a label outside its area, of a point of distance, of a unit of covered ink, and
#: of a leader that crosses a curve.
_OUTSIDE = 4.0
_PER_POINT, _PER_INK, _PER_CROSSING = 1.0, 12.0, 14.0


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
    points: NDArray[np.float64]
    area: NDArray[np.float64] | None = None
    beside: bool = False


@dataclass(frozen=True)
class _Candidates:
    boxes: NDArray[np.float64]  # (n, 4): left, bottom, right, top in pixels
    anchors: NDArray[np.float64]  # (n, 2)
    cost: NDArray[np.float64]  # (n,) without the other labels


def place_labels(
    ax: Axes, labels: Sequence[Label], obstacles: Sequence[NDArray[np.float64]], size: float
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
    scale = figure.dpi / 72
    frame = ax.get_window_extent(renderer)
    inside = (frame.x0, frame.y0, frame.x1, frame.y1)
    curves = [_densely(ax, points) for points in [*obstacles, *(label.points for label in labels)]]
    drawn = np.concatenate(curves)
    ink = _Ink(drawn[_within(drawn, inside)], inside)

    texts, candidates = [], []
    for label in labels:
        text = ax.text(0, 0, label.text, color=label.color, fontsize=size, linespacing=0.9)
        text.set(ha="center", va="center", multialignment="left" if label.beside else "center")
        text.set_in_layout(False)
        extent = text.get_window_extent(renderer)
        found = _candidates(ax, label, (extent.width, extent.height), ink, inside, scale)
        if found is None:
            text.remove()
            continue
        texts.append(text)
        candidates.append(found)
    chosen = _choose(candidates)
    to_data = ax.transData.inverted()
    for text, places, index in zip(texts, candidates, chosen, strict=True):
        left, bottom, right, top = places.boxes[index]
        centre = np.array([(left + right) / 2, (bottom + top) / 2])
        text.set_position(tuple(to_data.transform(centre)))
        anchor = places.anchors[index]
        edge = np.clip(anchor, [left, bottom], [right, top])
        length = np.hypot(*(anchor - edge))
        if length > _LEADER * scale:
            start = edge + (anchor - edge) * _LEADER_GAP * scale / length
            ends = to_data.transform([start, anchor])
            ax.plot(ends[:, 0], ends[:, 1], color=text.get_color(), linewidth=0.4, gid="leader")
    return texts


def _densely(ax: Axes, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Pixels along a curve, about one apart, shape (n, 2)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        pixels = ax.transData.transform(points)
    dense = []
    for start, end in pairwise(pixels):
        if np.isfinite([start, end]).all():
            steps = int(min(np.hypot(*(end - start)), 3000.0)) + 1
            share = np.linspace(0, 1, steps, endpoint=False)[:, None]
            dense.append(start + share * (end - start))
    finite = pixels[np.isfinite(pixels).all(axis=1)]
    return np.concatenate([*dense, finite]) if len(finite) else np.empty((0, 2))


def _within(points: NDArray[np.float64], box: Sequence[float]) -> NDArray[np.bool_]:
    x, y = points[:, 0], points[:, 1]
    slack = 0.5
    return np.asarray(
        (x >= box[0] - slack)
        & (x <= box[2] + slack)
        & (y >= box[1] - slack)
        & (y <= box[3] + slack)
    )


def _candidates(
    ax: Axes,
    label: Label,
    extent: tuple[float, float],
    ink: _Ink,
    inside: Sequence[float],
    scale: float,
) -> _Candidates | None:
    curve = _densely(ax, label.points)
    curve = curve[_within(curve, inside)]
    if not len(curve):
        return None
    half = np.array(extent) / 2
    if label.beside:
        shift = np.stack([np.zeros_like(_SHIFTS), _SHIFTS], axis=1) * scale
        shift[:, 0] = half[0] + _BESIDE * scale
        starts = np.repeat(curve[:1], len(shift), axis=0)
        centre = starts + shift
        total = np.abs(_SHIFTS) * _PER_POINT
    else:
        starts, centre, total = _around(curve, half, scale)
    places = np.concatenate([centre - half, centre + half], axis=1)
    if label.area is not None:
        outline = MplPath(ax.transData.transform(label.area))
        total = total + _OUTSIDE * ~outline.contains_points(centre)
    margin = 2 * scale
    kept = (
        (places[:, 0] >= inside[0] + margin)
        & (places[:, 1] >= inside[1] + margin)
        & (places[:, 2] <= inside[2] - margin)
        & (places[:, 3] <= inside[3] - margin)
    )
    places, starts, total = places[kept], starts[kept], total[kept]
    if not len(places):
        return None
    pad = _PADDING * scale
    covered = ink.within(places + np.array([-pad, -pad, pad, pad]))
    total = total + _PER_INK * covered / scale
    total += _PER_CROSSING * _crossed(ink, _Ink(curve, inside), places, starts, scale)
    best = np.argsort(total, kind="stable")[:_KEPT]
    return _Candidates(places[best], starts[best], total[best])


def _around(
    curve: NDArray[np.float64], half: NDArray[np.float64], scale: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Anchor, centre and cost of the places around a curve, for half the size of a label."""
    anchors = curve[np.unique(np.linspace(0, len(curve) - 1, _ANCHORS).astype(int))]
    directions = np.stack([np.cos(_DIRECTIONS), np.sin(_DIRECTIONS)], axis=1)
    # the nearest point of the box lies at the distance along the direction
    reach = half * np.sign(np.round(directions, 6))
    distance = np.array(_DISTANCES)[:, None, None, None]
    centre = anchors[:, None] + directions * distance * scale + reach
    starts = np.broadcast_to(anchors[:, None], centre.shape)
    cost = np.broadcast_to(distance * _PER_POINT, (*centre.shape[:-1], 1))
    return starts.reshape(-1, 2), centre.reshape(-1, 2), cost.ravel()


class _Ink:
    """Pixels that are drawn on, summed so that a box of them is counted at once."""

    def __init__(self, points: NDArray[np.float64], frame: Sequence[float]) -> None:
        self._origin = np.floor(np.array(frame[:2])) - _EDGE
        size = np.ceil(np.array(frame[2:]) - self._origin).astype(int) + _EDGE
        cells = np.floor(points - self._origin).astype(int)
        flat = np.bincount(np.ravel_multi_index(tuple(cells.T), tuple(size)), minlength=size.prod())
        self._sums = np.pad(
            flat.reshape(size).cumsum(axis=0).cumsum(axis=1).astype(float), ((1, 0), (1, 0))
        )

    def within(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Pixels of ink in each box, shape (n,), for boxes of shape (n, 4)."""
        largest = np.array(self._sums.shape) - 1
        low = np.clip(np.floor(boxes[:, :2] - self._origin).astype(int), 0, largest)
        high = np.clip(np.ceil(boxes[:, 2:] - self._origin).astype(int), 0, largest)
        sums = self._sums
        return np.asarray(
            sums[high[:, 0], high[:, 1]]
            - sums[low[:, 0], high[:, 1]]
            - sums[high[:, 0], low[:, 1]]
            + sums[low[:, 0], low[:, 1]]
        )


def _crossed(
    ink: _Ink,
    own: _Ink,
    boxes: NDArray[np.float64],
    anchors: NDArray[np.float64],
    scale: float,
) -> NDArray[np.float64]:
    """Curves that the leader of each box crosses, the label's own one left out."""
    edge = np.clip(anchors, boxes[:, :2], boxes[:, 2:])
    length = np.hypot(*(anchors - edge).T)
    share = np.linspace(0, 1, 40)[:, None, None]
    along = edge + share * (anchors - edge)  # (40, n, 2)
    half = 1.0 * scale
    spots = np.concatenate([along - half, along + half], axis=-1).reshape(-1, 4)
    others = ink.within(spots) - own.within(spots)
    hit = (others > 0.5).reshape(along.shape[:2])
    entries = (hit[1:] & ~hit[:-1]).sum(axis=0) + hit[0]
    return np.where(length > _LEADER * scale, entries, 0).astype(float)


def _choose(candidates: Sequence[_Candidates]) -> list[int]:
    """Best place of each label: from several orders of placing, the one that costs least."""
    if not candidates:
        return []
    hardest = sorted(range(len(candidates)), key=lambda i: (-candidates[i].cost.min(), i))
    orders = [hardest, hardest[::-1], list(range(len(candidates)))]
    found = [_settle(candidates, order) for order in orders]
    return min(found, key=lambda result: result[0])[1]


def _settle(candidates: Sequence[_Candidates], order: Sequence[int]) -> tuple[float, list[int]]:
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
                    cost += _conflict(places, candidates[other], place)
            chosen[index] = int(np.argmin(cost))
            total += float(cost[chosen[index]])
        if chosen == before:
            break
    return total, chosen


def _conflict(places: _Candidates, other: _Candidates, place: int) -> NDArray[np.float64]:
    """Cost of the label and leader of each place meeting another label and its leader."""
    gap = 3.0
    box = other.boxes[place] + np.array([-gap, -gap, gap, gap])
    apart = (
        (places.boxes[:, 2] < box[0])
        | (places.boxes[:, 0] > box[2])
        | (places.boxes[:, 3] < box[1])
        | (places.boxes[:, 1] > box[3])
    )
    ours = _leaders(places.boxes, places.anchors)  # (n, 2, 2)
    theirs = _leaders(other.boxes[[place]], other.anchors[[place]])
    share = np.linspace(0, 1, 20)[:, None, None]
    along = ours[:, 0] + share * (ours[:, 1] - ours[:, 0])
    led_through = _in_boxes(along, box[None]).any(axis=0)
    along = theirs[:, 0] + share * (theirs[:, 1] - theirs[:, 0])
    run_over = _in_boxes(along, places.boxes).any(axis=0)
    found: NDArray[np.float64] = (
        1e4 * ~apart + 1e3 * (led_through | run_over) + 50.0 * _cross(ours, theirs[0])
    )
    return found


def _leaders(boxes: NDArray[np.float64], anchors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Both ends of the leader of each box, shape (n, 2, 2)."""
    return np.stack([np.clip(anchors, boxes[:, :2], boxes[:, 2:]), anchors], axis=1)


def _in_boxes(points: NDArray[np.float64], boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    x, y = points[..., 0], points[..., 1]
    inside = (x > boxes[:, 0]) & (x < boxes[:, 2]) & (y > boxes[:, 1]) & (y < boxes[:, 3])
    return np.asarray(inside)


def _cross(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> NDArray[np.bool_]:
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
