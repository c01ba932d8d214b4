"""Confidence levels: thresholds of Δχ², what it excludes, intervals of a Poisson mean.

References
----------
S. S. Wilks, Ann. Math. Stat. 9 (1938) 60; F. Garwood, Biometrika 28 (1936) 437.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtr, chdtri, gammaincinv

from nusterile.arrays import Floats

__all__ = ["excluded_cl", "level_index", "poisson_interval", "threshold"]

#: Probability inside one standard deviation of a normal distribution.
_ONE_SIGMA = 0.6826894921370859
#: Difference up to which two confidence levels are the same.
_SAME_LEVEL = 1e-9


def threshold(cl: ArrayLike, dof: ArrayLike) -> Floats:
    """Δχ² of a confidence level.

    Parameters
    ----------
    cl : array_like
        Confidence level, in (0, 1).
    dof : array_like
        Degrees of freedom.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> threshold(0.9, [1, 2]).round(3).tolist()
    [2.706, 4.605]
    """
    return np.asarray(chdtri(np.asarray(dof, dtype=float), 1 - np.asarray(cl, dtype=float)))


def excluded_cl(delta_chi2: float, dof: int) -> float:
    """Confidence level at which Δχ² excludes a point (Wilks' theorem).

    Examples
    --------
    >>> round(excluded_cl(2.7055, 1), 3)
    0.9
    """
    return float(chdtr(dof, max(delta_chi2, 0.0)))


def level_index(levels: NDArray[np.float64] | Sequence[float], cl: float) -> int | None:
    """Return the position of a confidence level among stored ones, None where it is not there.

    Examples
    --------
    >>> level_index([0.9, 0.95], 0.95), level_index([0.9, 0.95], 0.94)
    (1, None)
    """
    same = np.flatnonzero(np.isclose(levels, cl, rtol=0, atol=_SAME_LEVEL))
    return int(same[0]) if same.size else None


def poisson_interval(counts: Floats, cl: float = _ONE_SIGMA) -> tuple[Floats, Floats]:
    """Central confidence interval of a Poisson mean.

    Parameters
    ----------
    counts : ndarray
        Observed events.
    cl : float
        Confidence level.

    Returns
    -------
    low, high : ndarray
        Ends of the interval; `low` is 0 for no event.

    References
    ----------
    F. Garwood, Biometrika 28 (1936) 437.

    Examples
    --------
    >>> [round(float(x[0]), 3) for x in poisson_interval(np.array([4.0]))]
    [2.086, 7.163]
    """
    observed = np.asarray(counts, dtype=float)
    tail = (1 - cl) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(observed > 0, gammaincinv(np.maximum(observed, 1e-9), tail), 0.0)
        high = gammaincinv(observed + 1, 1 - tail)
    return low, high
