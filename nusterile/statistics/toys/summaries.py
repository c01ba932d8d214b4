"""What many toys say: quantiles, shares and p-values, each with its Monte Carlo error.

The errors are central intervals of 68.27 %.

References
----------
C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404 (shares);
H. A. David and H. N. Nagaraja, Order Statistics (2003), section 7.1 (quantiles);
E. Gross and O. Vitells, Eur. Phys. J. C 70 (2010) 525 (up-crossings).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, betaincinv, chdtrc, ndtri

from nusterile.arrays import Floats

__all__ = [
    "ROUNDING",
    "Estimate",
    "global_p_of_crossings",
    "normal_significance",
    "quantiles",
    "reaching",
    "share",
    "upcrossings",
]

#: Probability outside one standard deviation of a normal distribution, on each side.
_TAIL = 0.15865525393145705
#: What two fits of the same data may differ by, in χ²: a toy may be equal to the data.
ROUNDING = 1e-9


class Estimate(NamedTuple):
    """A number and the ends of its Monte Carlo interval, arrays of one shape."""

    value: Floats
    low: Floats
    high: Floats


def reaching(values: Floats, observed: ArrayLike) -> NDArray[np.bool_]:
    """Which toys reach the statistic of the data, or are equal to it but for rounding.

    Examples
    --------
    >>> reaching(np.array([0.5, 1 - 1e-12, 1.0]), 1.0).tolist()
    [False, True, True]
    """
    return np.asarray(values >= np.asarray(observed) - ROUNDING)


def share(successes: ArrayLike, trials: ArrayLike) -> Estimate:
    """Share of toys, with the interval of Clopper and Pearson.

    Parameters
    ----------
    successes, trials : array_like of int
        How many toys, of how many; NaN where there was none.

    Examples
    --------
    >>> [round(float(x), 4) for x in share(90, 100)]
    [0.9, 0.8604, 0.9303]
    """
    k, n = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(trials, dtype=float))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(n > 0, k / n, np.nan)
        low = np.where(k > 0, betaincinv(np.maximum(k, 1), n - k + 1, _TAIL), 0.0)
        high = np.where(k < n, betaincinv(k + 1, np.maximum(n - k, 1), 1 - _TAIL), 1.0)
    none = np.isnan(value)
    return Estimate(value, np.where(none, np.nan, low), np.where(none, np.nan, high))


def quantiles(values: Floats, probability: ArrayLike) -> Estimate:
    """Quantiles of the toys, with intervals from their order.

    Parameters
    ----------
    values : ndarray, shape (n_toy, ...)
        NaN for toys that failed, which are left out; infinite ones are the largest.
    probability : array_like, shape (n_quantile,)
        In (0, 1).

    Returns
    -------
    Estimate
        Shapes (..., n_quantile); NaN where no toy is left, infinite where the quantile is.

    Examples
    --------
    >>> [float(x[0]) for x in quantiles(np.arange(1.0, 100.0), [0.5])]
    [50.0, 45.0, 55.0]
    """
    wanted = np.asarray(probability, dtype=float)
    ordered = np.sort(values.reshape(len(values), -1), axis=0)  # NaN behind all others
    left = (~np.isnan(ordered)).sum(axis=0)
    found = np.full((3, ordered.shape[1], wanted.size), np.nan)
    for n in np.unique(left[left > 0]):
        rows = ordered[:, left == n]
        place = np.clip(wanted * (n + 1) - 1, 0, n - 1)
        below = place.astype(np.int64)
        above = np.minimum(below + 1, n - 1)
        found[0, left == n] = _between(rows[below], rows[above], (place - below)[:, None]).T
        low, high = _interval_places(int(n), wanted)
        found[1:, left == n] = np.stack([rows[low], rows[high]]).transpose(0, 2, 1)
    return Estimate(*found.reshape(3, *values.shape[1:], wanted.size))


def _interval_places(n: int, probability: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where, among n ordered values, the ends of the intervals of quantiles are."""
    # P(at most k values lie below the quantile)
    cumulative = bdtr(np.arange(n + 1)[:, None], n, probability)
    low = (cumulative < _TAIL).sum(axis=0) - 1
    high = (cumulative < 1 - _TAIL).sum(axis=0)
    return np.clip(low, 0, n - 1), np.clip(high, 0, n - 1)


def _between(one: Floats, other: Floats, fraction: Floats) -> Floats:
    """Interpolate; infinite values are not subtracted."""
    with np.errstate(invalid="ignore"):
        mixed = one + fraction * (other - one)
    return np.where(np.isfinite(other), mixed, np.where(fraction > 0, other, one))


def upcrossings(q0: Floats, level: float) -> NDArray[np.int64]:
    """How often q₀ rises through a level along the masses, of each toy.

    Parameters
    ----------
    q0 : ndarray, shape (n_toy, n_mass)
    level : float
    """
    above = q0 > level
    return np.asarray((~above[:, :-1] & above[:, 1:]).sum(axis=1))


def global_p_of_crossings(q0: float, mean_crossings: float, level: float) -> float:
    """Global p-value from the mean number of up-crossings at a low level.

        p = P(χ²₁ > q)/2 + ⟨N(c)⟩ exp(-(q - c)/2)

    Parameters
    ----------
    q0 : float
        The largest q₀ of the data.
    mean_crossings : float
        Mean number of up-crossings of `level` without a signal.
    level : float
        The level c.

    Notes
    -----
    Gross and Vitells, eqs. (3) and (4), for one degree of freedom; an upper bound, and the
    p-value itself where it is small. The half since the strength is not below 0.
    """
    local = float(chdtrc(1, max(q0, 0.0))) / 2
    return min(local + mean_crossings * float(np.exp(-(q0 - level) / 2)), 1.0)


def normal_significance(p: ArrayLike) -> Floats:
    """Standard deviations of a normal distribution beyond which lies p, on one side.

    Examples
    --------
    >>> float(normal_significance(0.5)), round(float(normal_significance(0.00135)), 2)
    (0.0, 3.0)
    """
    return np.asarray(-ndtri(np.asarray(p, dtype=float)) + 0.0)
