"""Every strength at which a profiled χ² crosses a level, however often it does.

A scan brackets the minima and maxima, which are then found; between neighbours of all these
points χ² rises or falls, so that a change of sign holds one crossing, which is solved for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nusterile.arrays import Floats

__all__ = ["Ends", "outermost_crossings"]

#: Strengths of the scan, in units of one that stands out: from where χ² is still that of no
#: signal to where the signal has long replaced everything that it can.
_SCAN = np.concatenate([[0.0], np.geomspace(1e-3, 1e9, 385)])
#: Relative precision of a strength.
_PRECISION = 1e-12


class Ends(NamedTuple):
    """Ends of the set in which χ² does not exceed a level, by template and level.

    ``low`` is 0 where the strength 0 is inside and NaN where the set is empty; ``high`` is NaN
    there, too, and where the set has no upper end. ``pieces`` is the number of intervals that
    make up the set.
    """

    low: Floats
    high: Floats
    pieces: NDArray[np.int64]


def outermost_crossings(
    chi2: Callable[[NDArray[np.int64], Floats], Floats], unit: Floats, best: Floats, level: Floats
) -> Ends:
    """Find the ends of {χ² ≤ level} of any continuous χ².

    Parameters
    ----------
    chi2 : callable
        χ² of templates (rows) at strengths, both of shape (n,).
    unit : ndarray, shape (n_template,)
        Finite strength that stands out by about one standard deviation.
    best : ndarray, shape (n_template,)
        Finite strength of the best fit.
    level : ndarray, shape (n_template, n_level)
        Values of χ².

    Returns
    -------
    Ends
        Shapes (n_template, n_level).

    Notes
    -----
    A dip or a bump narrower than a step of the scan (7 %) would be missed; the scan is not
    made for likelihoods of which that may be.
    """
    from scipy.optimize.elementwise import find_minimum, find_root  # takes long to import

    points = np.sort(np.column_stack([_SCAN * unit[:, None], best]), axis=1)
    rows = np.repeat(np.arange(unit.size), points.shape[1])
    values = chi2(rows, points.ravel()).reshape(points.shape)

    row, middle, sign = [], [], []
    for upward in (1.0, -1.0):
        here = upward * values
        turning = (here[:, 1:-1] <= here[:, :-2]) & (here[:, 1:-1] <= here[:, 2:])
        flat = (here[:, 1:-1] == here[:, :-2]) & (here[:, 1:-1] == here[:, 2:])
        found = np.argwhere(turning & ~flat)
        row.append(found[:, 0])
        middle.append(found[:, 1] + 1)
        sign.append(np.full(len(found), upward))
    r, m, s = (np.concatenate(part) for part in (row, middle, sign))
    if r.size:
        with np.errstate(invalid="ignore", divide="ignore"):  # its parabolas where χ² is flat
            turned = find_minimum(
                lambda x, r, s: s * chi2(r.astype(np.int64).ravel(), x.ravel()).reshape(x.shape),
                (points[r, m - 1], points[r, m], points[r, m + 1]),
                args=(r.astype(float), s),
            )
        # as a further column each: those of other templates repeat their first point
        place = np.concatenate([np.arange(n) for n in np.bincount(r, minlength=unit.size)])
        order = np.argsort(r, kind="stable")
        extra = np.zeros((unit.size, place.max() + 1)) + points[:, :1]
        extra_values = np.zeros_like(extra) + values[:, :1]
        extra[r[order], place] = turned.x[order]
        extra_values[r[order], place] = (s * turned.f_x)[order]
        points = np.concatenate([points, extra], axis=1)
        values = np.concatenate([values, extra_values], axis=1)
        sorting = np.argsort(points, axis=1, kind="stable")
        points = np.take_along_axis(points, sorting, axis=1)
        values = np.take_along_axis(values, sorting, axis=1)

    inside = values[:, None, :] <= level[:, :, None]
    starts = inside & ~np.concatenate([np.zeros_like(inside[..., :1]), inside[..., :-1]], axis=-1)
    pieces = starts.sum(axis=-1)
    some = inside.any(axis=-1)
    first = inside.argmax(axis=-1)
    last = inside.shape[-1] - 1 - inside[..., ::-1].argmax(axis=-1)
    low = np.where(some, 0.0, np.nan)
    high = np.full(level.shape, np.nan)
    for end, edge, outer in (
        (low, some & (first > 0), first - 1),
        (high, some & (last < inside.shape[-1] - 1), last),
    ):
        t, k = np.nonzero(edge)
        if t.size:
            left = outer[t, k]
            root = find_root(
                lambda x, r, goal: (
                    chi2(r.astype(np.int64).ravel(), x.ravel()).reshape(x.shape) - goal
                ),
                (points[t, left], points[t, left + 1]),
                args=(t.astype(float), level[t, k]),
                tolerances={"xrtol": _PRECISION},
            )
            end[t, k] = np.where(root.success, root.x, np.nan)
    return Ends(low, high, pieces)
