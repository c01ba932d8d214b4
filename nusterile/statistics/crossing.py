"""Limits from a stored scan: where an interpolated Δχ² crosses a threshold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["ENOUGH_PER_DECADE", "crossing", "points_per_decade"]

#: Fewest moments a decade for a limit from the scan: there it is good to 3e-3.
ENOUGH_PER_DECADE = 20
#: What rounding may do to the steps of a grid.
_TOLERANCE = 1.001

_BISECTIONS = 50


def points_per_decade(moments: NDArray[np.float64]) -> float:
    """Return the fewest points a decade of a grid; `ENOUGH_PER_DECADE` where it has about that.

    Parameters
    ----------
    moments : ndarray, shape (n,)
        The grid, two or more increasing moments.

    Examples
    --------
    >>> float(round(points_per_decade(np.geomspace(1e-12, 1e-10, 11)), 9))
    5.0
    """
    fewest = 1 / float(np.diff(np.log10(moments)).max())
    nearly = fewest < ENOUGH_PER_DECADE <= fewest * _TOLERANCE
    return float(ENOUGH_PER_DECADE) if nearly else fewest


def crossing(
    delta_chi2: NDArray[np.float64],
    mu_best: NDArray[np.float64],
    *,
    moments: NDArray[np.float64],
    level: float,
) -> NDArray[np.float64]:
    """Find the moment above the best fit at which Δχ² crosses a level.

    Parameters
    ----------
    delta_chi2 : ndarray, shape (..., n_mu)
        Δχ² on the grid.
    mu_best : ndarray, shape (...)
        Moment of the best fit, Bohr magnetons.
    moments : ndarray, shape (n_mu,)
        The grid, Bohr magnetons, increasing.
    level : float
        Threshold.

    Returns
    -------
    ndarray, shape (...)
        Bohr magnetons; NaN where no cell of the grid above the best fit holds a crossing.

    Notes
    -----
    Cubic Hermite interpolation of sqrt(Δχ²) in μ², nearly a straight line where the
    likelihood is Gaussian, with central-difference slopes, then bisection.
    """
    if moments.size < 2:
        return np.full(np.shape(mu_best), np.nan)
    u = moments**2
    root = np.sqrt(np.maximum(delta_chi2, 0.0))
    wanted = np.sqrt(level)
    above = (delta_chi2 > level) & (moments > np.asarray(mu_best)[..., None])
    first = np.argmax(above, axis=-1)
    cell = np.clip(first - 1, 0, moments.size - 2)

    def at(values: NDArray[np.float64], index: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.take_along_axis(values, index[..., None], axis=-1)[..., 0]

    slope = np.gradient(root, u, axis=-1)
    y0, y1 = at(root, cell), at(root, cell + 1)
    width = u[cell + 1] - u[cell]
    s0, s1 = at(slope, cell) * width, at(slope, cell + 1) * width
    low, high = np.zeros_like(y0), np.ones_like(y0)
    for _ in range(_BISECTIONS):
        t = (low + high) / 2
        v = 1 - t
        value = y0 * v * v * (1 + 2 * t) + y1 * t * t * (1 + 2 * v) + t * v * (s0 * v - s1 * t)
        beyond = value > wanted
        low, high = np.where(beyond, low, t), np.where(beyond, t, high)
    result = np.sqrt(u[cell] + width * (low + high) / 2)
    return np.where(above.any(axis=-1) & (first > 0) & (y0 <= wanted), result, np.nan)
