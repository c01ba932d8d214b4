"""Upper limits on the moment by root finding on the exact profiled χ².

References
----------
S. S. Wilks, Ann. Math. Stat. 9 (1938) 60 (thresholds).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtri

from nusterile.likelihood import BestFit, Likelihood

__all__ = ["FAILED", "OK", "OPEN", "OUTSIDE", "UpperLimit", "threshold", "upper_limits"]

#: The limit was found inside the grid of moments.
OK = "ok"
#: Δχ² never crosses the threshold.
OPEN = "open"
#: Found, but beyond the grid of moments.
OUTSIDE = "outside"
#: The minimiser or the root finder gave up.
FAILED = "failed"

#: How far beyond the typical strength a crossing is looked for.
_LARGEST_EXCESS = 1e15
#: Relative precision of the strength; that of the moment is half of it.
_RELATIVE_PRECISION = 1e-12


class UpperLimit(NamedTuple):
    """Strengths at which χ² crosses a level, and whether that was found (no grid involved)."""

    strength: NDArray[np.float64]
    status: NDArray[np.str_]


def threshold(cl: ArrayLike, dof: ArrayLike) -> NDArray[np.float64]:
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


def upper_limits(
    likelihood: Likelihood, dipole: ArrayLike, best: BestFit, level: ArrayLike
) -> UpperLimit:
    """Solve for the strength above the best fit at which χ² reaches a level.

    Parameters
    ----------
    likelihood : Likelihood
        The χ².
    dipole : array_like, shape (n_template, n_bin)
        Dipole events for unit strength.
    best : BestFit
        Minimum over the strength of each template.
    level : array_like, shape (n_template, n_level)
        Values of χ² to reach.

    Returns
    -------
    UpperLimit
        Shapes (n_template, n_level); NaN with status ``open`` or ``failed`` where there is none.

    Notes
    -----
    The sets of strengths with χ² below a level are intervals, so there is one crossing
    above the best fit or none. Where already the best fit lies above the level (two
    degrees of freedom, a better fit at another mass) χ² never crosses it from below.
    """
    from scipy.optimize.elementwise import find_root  # takes long to import

    events = np.ascontiguousarray(dipole, dtype=float)
    wanted = np.asarray(level, dtype=float)
    rows = np.broadcast_to(np.arange(len(events))[:, None], wanted.shape).ravel()
    target = wanted.ravel()
    start = best.strength[rows]

    def excess(
        strength: NDArray[np.float64], row: ArrayLike, goal: ArrayLike
    ) -> NDArray[np.float64]:
        shape = strength.shape
        x, r, g = (np.ravel(a) for a in np.broadcast_arrays(strength, row, goal))
        return (likelihood.profile(events, r.astype(np.int64), x).chi2 - g).reshape(shape)

    result = np.full(target.size, np.nan)
    status = np.full(target.size, FAILED, dtype="<U7")
    unit = likelihood.typical_strength(events)[rows]
    usable = np.isfinite(best.chi2[rows]) & np.isfinite(target)
    status[usable] = OPEN
    bounded = np.isfinite(unit) & np.isfinite(start)
    pending = np.flatnonzero(usable & bounded & (best.chi2[rows] < target))
    low, high = start.copy(), start.copy()
    bracketed = np.zeros(target.size, dtype=bool)
    reach = 4.0
    while pending.size and reach < _LARGEST_EXCESS:
        high[pending] = start[pending] + reach * unit[pending]
        above = excess(high[pending], rows[pending], target[pending])
        status[pending[np.isnan(above)]] = FAILED
        bracketed[pending[above > 0]] = True
        below = pending[above <= 0]
        low[below] = high[below]
        pending = below
        reach *= 4.0
    found = np.flatnonzero(bracketed)
    if found.size:
        root = find_root(
            excess,
            (low[found], high[found]),
            args=(rows[found].astype(float), target[found]),
            tolerances={"xrtol": _RELATIVE_PRECISION},
        )
        result[found] = np.where(root.success, root.x, np.nan)
        status[found] = np.where(root.success, OK, FAILED)
    return UpperLimit(result.reshape(wanted.shape), status.reshape(wanted.shape))
