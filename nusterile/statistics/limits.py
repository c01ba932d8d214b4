"""Upper limits by root finding on the exact profiled χ²; χ² on a plane of points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.arrays import Floats
from nusterile.physics.signal import Signal
from nusterile.statistics.likelihood import BestFit, Likelihood
from nusterile.vocabulary import FAILED, OK, OPEN, OUTSIDE

__all__ = [
    "MassLimits",
    "UpperLimit",
    "limits_of_masses",
    "mark_outside",
    "profile_plane",
    "upper_limits",
]

#: How far beyond the typical strength a crossing is looked for.
_LARGEST_EXCESS = 1e15
#: Relative precision of the strength; that of the moment is half of it.
_RELATIVE_PRECISION = 1e-12


class UpperLimit(NamedTuple):
    """Strengths at which χ² crosses a level, and whether that was found (no grid involved)."""

    strength: NDArray[np.float64]
    status: NDArray[np.str_]


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
        found: NDArray[np.float64] = (
            likelihood.profile(events, r.astype(np.int64), x).chi2 - g
        ).reshape(shape)
        return found

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


class MassLimits(NamedTuple):
    """Best fits and limits at some masses.

    ``chi2_min`` and ``best`` (the parameter there), shape (n_m,); ``limit`` and ``status``,
    shape (n_m, n_cl, n_dof).
    """

    chi2_min: Floats
    best: Floats
    limit: Floats
    status: NDArray[np.str_]


def profile_plane(
    likelihood: Likelihood, dipole: Floats, strength: Floats
) -> tuple[Floats, Floats]:
    """χ² and pulls on a plane of masses and strengths.

    Parameters
    ----------
    likelihood : Likelihood
        The χ².
    dipole : ndarray, shape (n_m, n_bin)
        Events of unit strength.
    strength : ndarray, shape (n_mu,)
        Strengths, increasing.

    Returns
    -------
    chi2 : ndarray, shape (n_m, n_mu)
    pulls : ndarray, shape (n_m, n_mu, n_pull)
    """
    rows = np.repeat(np.arange(len(dipole)), strength.size)
    chi2, pulls = likelihood.profile(dipole, rows, np.tile(strength, len(dipole)))
    shape = (len(dipole), strength.size)
    return chi2.reshape(shape), pulls.reshape(*shape, -1)


def limits_of_masses(
    likelihood: Likelihood,
    dipole: Floats,
    signal: Signal,
    critical: Floats,
    degrees: NDArray[np.int64],
    grid_dipole: Floats | None = None,
) -> MassLimits:
    """Best fit and limits at some masses.

    Parameters
    ----------
    likelihood : Likelihood
        The χ².
    dipole : ndarray, shape (n_m, n_bin)
        Events of unit strength.
    signal : Signal
        What turns strengths into parameters.
    critical : ndarray, shape (n_cl, n_dof)
        Δχ² at which a parameter is excluded: `threshold` of each level in Wilks'
        approximation.
    degrees : ndarray, shape (n_dof,)
        Degrees of freedom: 1, the minimum at each mass; 2, the minimum over all masses.
    grid_dipole : ndarray, shape (n_grid, n_bin), optional
        Events on the masses of the whole plane; `dipole` itself by default.

    Returns
    -------
    MassLimits
    """
    best = likelihood.best_fit(dipole)
    plane = best.chi2 if grid_dipole is None else likelihood.best_fit(grid_dipole).chi2
    lowest = np.nanmin(plane) if np.isfinite(plane).any() else np.nan
    base = np.stack([np.where(d == 1, best.chi2, lowest) for d in degrees], axis=-1)
    level = base[:, None, :] + critical
    found = upper_limits(likelihood, dipole, best, level.reshape(len(dipole), -1))
    return MassLimits(
        best.chi2,
        signal.parameter(best.strength),
        signal.parameter(found.strength).reshape(level.shape),
        found.status.reshape(level.shape),
    )


def mark_outside(
    status: NDArray[np.str_], limit: Floats, ends: Sequence[float]
) -> NDArray[np.str_]:
    """Replace ``ok`` by ``outside`` where the limit lies beyond the ends of the grid of moments."""
    with np.errstate(invalid="ignore"):
        beyond = (status == OK) & ((limit < ends[0]) | (limit > ends[-1]))
    status = np.where(beyond, OUTSIDE, status)
    return np.where((status == OK) & np.isnan(limit), FAILED, status)
