"""Intervals and limits from tests at points of a grid: unified intervals, CL_s, their roots.

References
----------
G. J. Feldman and R. D. Cousins, Phys. Rev. D 57 (1998) 3873, physics/9711021;
A. L. Read, J. Phys. G 28 (2002) 2693 (CL_s);
G. Cowan, K. Cranmer, E. Gross, O. Vitells, arXiv:1105.3166 (power constraint).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nusterile.arrays import Floats
from nusterile.vocabulary import DISJOINT, EXCLUDED, FAILED, OK, OPEN

__all__ = ["MINIMUM_POWER", "Ends", "accepted", "upper_limit"]

#: Power below which nothing is excluded: that of a downward fluctuation by one σ.
MINIMUM_POWER = 0.15865525393145705


class Ends(NamedTuple):
    """Outermost ends of what a test accepts, and a status; an end that is not there is NaN."""

    low: float
    high: float
    status: str


def accepted(parameter: Floats, excess: Floats) -> Ends:
    """Return the interval where a test accepts, between points of a grid.

    Parameters
    ----------
    parameter : ndarray, shape (n,)
        Points, increasing.
    excess : ndarray, shape (n,)
        Positive where the point is rejected; a straight line in between.

    Returns
    -------
    Ends
        ``excluded`` where no point is accepted; ``open`` where the last one is, so that the
        upper end lies beyond the grid; ``disjoint`` where several intervals are; ``failed``
        where a point is not known. The lower end is 0 where the first point is accepted and
        is 0, and NaN where it lies below the grid.

    Examples
    --------
    >>> accepted(np.array([0.0, 1.0, 2.0]), np.array([-1.0, -1.0, 1.0]))
    Ends(low=0.0, high=1.5, status='ok')
    """
    if np.isnan(excess).any():
        return Ends(np.nan, np.nan, FAILED)
    inside = excess <= 0
    if not inside.any():
        return Ends(np.nan, np.nan, EXCLUDED)
    first, last = np.flatnonzero(inside)[[0, -1]]
    low = float(parameter[0]) if parameter[0] == 0 else np.nan
    if first > 0:
        low = _crossing(parameter, excess, first - 1)
    if last == inside.size - 1:
        return Ends(low, np.nan, OPEN)
    high = _crossing(parameter, excess, last)
    return Ends(low, high, OK if inside[first : last + 1].all() else DISJOINT)


def upper_limit(parameter: Floats, value: Floats, level: float) -> Ends:
    """Return where a falling value comes to a level for the last time, in its logarithm.

    Parameters
    ----------
    parameter : ndarray, shape (n,)
        Points, increasing.
    value : ndarray, shape (n,)
        CL_s or a p-value.
    level : float
        What it falls to at the limit.

    Returns
    -------
    Ends
        Only the upper one; ``excluded`` where the first point is.

    Examples
    --------
    >>> upper_limit(np.array([1.0, 2.0]), np.array([1.0, 0.01]), 0.1).high
    1.5
    """
    # Where no toy came so far, the value is smaller than any that is told apart.
    with np.errstate(divide="ignore"):
        logarithm = np.log(np.maximum(value, np.finfo(float).tiny)) - np.log(level)
    found = accepted(parameter, -logarithm)
    status = OK if found.status == DISJOINT else found.status
    return Ends(np.nan, found.high, status)


def _crossing(parameter: Floats, excess: Floats, k: int) -> float:
    """Return where the line from point k to the next one is 0."""
    one, other = excess[k], excess[k + 1]
    return float(parameter[k] + (parameter[k + 1] - parameter[k]) * one / (one - other))
