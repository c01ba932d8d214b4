"""Limits, both ends, by root finding on the exact profiled χ²; χ² on a plane of points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.arrays import Floats
from nusterile.physics.signal import Signal
from nusterile.statistics.crossings import outermost_crossings
from nusterile.statistics.likelihood import BestFit, Likelihood
from nusterile.vocabulary import DISJOINT, EXCLUDED, FAILED, OK, OPEN, OUTSIDE

__all__ = [
    "Interval",
    "MassLimits",
    "allowed_interval",
    "expected_limits",
    "limits_of_masses",
    "mark_outside",
    "profile_plane",
]

#: How far beyond the typical strength a crossing is looked for.
_LARGEST_EXCESS = 1e15
#: Relative precision of the strength; that of the moment is half of it.
_RELATIVE_PRECISION = 1e-12


class Interval(NamedTuple):
    """Ends of the strengths that a level of χ² allows, and what was found (no grid involved).

    ``low`` is 0 where the strength 0 is allowed; an end that is not there is NaN.
    """

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    status: NDArray[np.str_]


def allowed_interval(
    likelihood: Likelihood, dipole: ArrayLike, best: BestFit, level: ArrayLike
) -> Interval:
    """Solve for the ends of the strengths at which χ² does not exceed a level.

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
    Interval
        Shapes (n_template, n_level). ``excluded``: already the best fit lies above the level
        (two degrees of freedom, a better fit at another mass). ``open``: χ² does not reach
        the level above the best fit. ``disjoint``: the strengths are several intervals, of
        which the outermost ends are given. ``failed``: nothing is known.

    Notes
    -----
    Where the strengths are one interval whatever the data (`Likelihood.allows_one_interval`),
    there is one crossing above the best fit or none, and one below or none. Otherwise every
    crossing is looked for, see `outermost_crossings`.
    """
    events = np.ascontiguousarray(dipole, dtype=float)
    wanted = np.asarray(level, dtype=float)
    unit = likelihood.typical_strength(events)
    search = _Search(likelihood, events, best, wanted, unit)
    high, status = search.upper_ends()
    low = search.lower_ends(status)
    bounded = np.isfinite(unit) & np.isfinite(best.strength) & np.isfinite(wanted).all(axis=1)
    if likelihood.allows_one_interval or not bounded.any():
        return Interval(low, high, status)
    low[bounded], high[bounded], pieces = outermost_crossings(
        lambda row, strength: likelihood.profile(events[bounded], row, strength).chi2,
        unit[bounded],
        best.strength[bounded],
        wanted[bounded],
    )
    found = np.where(pieces > 1, DISJOINT, OK)
    status[bounded] = np.where(
        pieces == 0, EXCLUDED, np.where(np.isnan(high[bounded]), OPEN, found)
    )
    return Interval(low, high, status)


class _Search:
    """The crossing above each best fit and the one below, where there is one of each at most."""

    def __init__(
        self, likelihood: Likelihood, events: Floats, best: BestFit, level: Floats, unit: Floats
    ) -> None:
        self._likelihood = likelihood
        self._events = events
        self._shape = level.shape
        self._rows = np.broadcast_to(np.arange(len(events))[:, None], level.shape).ravel()
        self._target = level.ravel()
        self._lowest, self._start = best.chi2[self._rows], best.strength[self._rows]
        self._unit = unit[self._rows]

    def upper_ends(self) -> tuple[Floats, NDArray[np.str_]]:
        """Crossings above the best fit and statuses, shape (n_template, n_level)."""
        rows, target, start = self._rows, self._target, self._start
        status = np.full(target.size, FAILED, dtype="<U8")
        usable = np.isfinite(self._lowest) & np.isfinite(target)
        below = usable & (self._lowest < target)
        status[usable] = EXCLUDED
        status[below] = OPEN
        bounded = np.isfinite(self._unit) & np.isfinite(start)
        pending = np.flatnonzero(bounded & below)
        low, high = start.copy(), start.copy()
        bracketed = np.zeros(target.size, dtype=bool)
        reach = 4.0
        while pending.size and reach < _LARGEST_EXCESS:
            high[pending] = start[pending] + reach * self._unit[pending]
            above = self._excess(high[pending], rows[pending], target[pending])
            status[pending[np.isnan(above)]] = FAILED
            bracketed[pending[above > 0]] = True
            within = pending[above <= 0]
            low[within] = high[within]
            pending = within
            reach *= 4.0
        found = np.flatnonzero(bracketed)
        result, solved = self._roots(low, high, found)
        status[found] = np.where(solved, OK, FAILED)
        return result.reshape(self._shape), status.reshape(self._shape)

    def lower_ends(self, status: NDArray[np.str_]) -> Floats:
        """Crossings below the best fit, 0 where there is none, shape (n_template, n_level)."""
        rows, target = self._rows, self._target
        names = status.ravel()
        inside = ~np.isin(names, (EXCLUDED, FAILED))
        # Without a dipole all templates are one.
        at_zero = self._likelihood.profile(self._events[:1], [0], [0.0]).chi2[0]
        found = np.flatnonzero(inside & (at_zero > target))
        high = self._start.copy()
        # Where χ² only falls with the strength, any that is large enough lies below.
        endless = found[~np.isfinite(high[found])]
        reach = 4.0
        while endless.size and reach < _LARGEST_EXCESS:
            high[endless] = reach * self._unit[endless]
            above = self._excess(high[endless], rows[endless], target[endless])
            endless = endless[above > 0]
            reach *= 4.0
        result, _ = self._roots(np.zeros(target.size), high, found)
        ends = np.where(inside, 0.0, np.nan)
        ends[found] = result[found]
        return ends.reshape(self._shape)

    def _excess(self, strength: Floats, row: ArrayLike, goal: ArrayLike) -> Floats:
        """χ² above its target, with a template that may be a number of any type."""
        x, r, g = (np.ravel(a) for a in np.broadcast_arrays(strength, row, goal))
        chi2 = self._likelihood.profile(self._events, r.astype(np.int64), x).chi2
        return np.asarray((chi2 - g).reshape(strength.shape))

    def _roots(
        self, low: Floats, high: Floats, found: NDArray[np.intp]
    ) -> tuple[Floats, NDArray[np.bool_]]:
        """Crossings between brackets, NaN elsewhere and where none was found; which were."""
        from scipy.optimize.elementwise import find_root  # takes long to import

        result = np.full(self._target.size, np.nan)
        if not found.size:
            return result, np.zeros(0, dtype=bool)
        root = find_root(
            self._excess,
            (low[found], high[found]),
            args=(self._rows[found].astype(float), self._target[found]),
            tolerances={"xrtol": _RELATIVE_PRECISION},
        )
        result[found] = np.where(root.success, root.x, np.nan)
        return result, root.success


class MassLimits(NamedTuple):
    """Best fits and limits at some masses.

    ``chi2_min`` and ``best`` (the parameter there), shape (n_m,); ``limit``, ``status`` and
    ``low`` (the other end of what is allowed), shape (n_m, n_cl, n_dof).
    """

    chi2_min: Floats
    best: Floats
    limit: Floats
    status: NDArray[np.str_]
    low: Floats


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
    found = allowed_interval(likelihood, dipole, best, level.reshape(len(dipole), -1))
    return MassLimits(
        best.chi2,
        signal.parameter(best.strength),
        signal.parameter(found.high).reshape(level.shape),
        found.status.reshape(level.shape),
        signal.parameter(found.low).reshape(level.shape),
    )


def expected_limits(
    likelihood: Likelihood, dipole: Floats, signal: Signal, critical: Floats
) -> Floats:
    """Asimov limits at some masses: those of counts that are what is expected without a signal.

    Parameters
    ----------
    likelihood : Likelihood
        The χ², of any counts.
    dipole : ndarray, shape (n_m, n_bin)
        Events of unit strength.
    signal : Signal
        What turns strengths into parameters.
    critical : ndarray, shape (n_cl, n_dof)
        Δχ² at which a parameter is excluded.

    Returns
    -------
    ndarray, shape (n_m, n_cl, n_dof)
        NaN where there is none.

    Notes
    -----
    No signal fits such counts perfectly at every mass, χ² = 0, so that the minimum over the
    plane is that of each mass.
    """
    n = len(dipole)
    pulls = np.zeros((n, likelihood.sigma.size))
    perfect = BestFit(np.zeros(n), np.zeros(n), pulls)
    level = np.broadcast_to(critical.ravel(), (n, critical.size))
    found = allowed_interval(likelihood.asimov(), dipole, perfect, level)
    return np.asarray(signal.parameter(found.high)).reshape(n, *critical.shape)


def mark_outside(
    status: NDArray[np.str_], limit: Floats, ends: Sequence[float]
) -> NDArray[np.str_]:
    """Replace ``ok`` by ``outside`` where the limit lies beyond the ends of the grid of moments."""
    with np.errstate(invalid="ignore"):
        beyond = (status == OK) & ((limit < ends[0]) | (limit > ends[-1]))
    status = np.where(beyond, OUTSIDE, status)
    return np.where((status == OK) & np.isnan(limit), FAILED, status)
