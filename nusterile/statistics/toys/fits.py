"""Fits of toy experiments: side by side where they are easy, one by one where they are not."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.limits import allowed_interval
from nusterile.statistics.toys.draws import Toys
from nusterile.vocabulary import OPEN

__all__ = ["ToyFits", "fit"]


class ToyFits(NamedTuple):
    """What the fits of toys found; NaN where one failed.

    Attributes
    ----------
    null : ndarray, shape (n_toy,)
        χ² without a dipole.
    chi2, strength : ndarray, shape (n_toy, n_template)
        Minimum over strength ≥ 0 and where it is.
    fixed : ndarray, shape (n_toy, n_template, n_strength)
        χ² at given strengths.
    limit : ndarray, shape (n_toy, n_template, n_level)
        Strength above the best one at which χ² reaches a level, infinite where it never does.
    """

    null: Floats
    chi2: Floats
    strength: Floats
    fixed: Floats
    limit: Floats


def fit(
    likelihood: Likelihood,
    dipole: ArrayLike,
    toys: Toys,
    *,
    strength: ArrayLike = (),
    critical: ArrayLike = (),
) -> ToyFits:
    """Fit toys with every template.

    Parameters
    ----------
    likelihood : Likelihood
        The χ²; its counts and centres are replaced by those of the toys.
    dipole : array_like, shape (n_template, n_bin)
        Dipole events for unit strength.
    toys : Toys
        The data.
    strength : array_like, shape (n_strength,) or (n_template, n_strength), optional
        Strengths at which χ² is wanted as well.
    critical : array_like, shape (n_level,), optional
        Δχ² against the minimum of a template at which an upper limit is wanted.

    Returns
    -------
    ToyFits

    Raises
    ------
    InputError
        If there are several solar pulls: the strength is then no unknown of a convex fit.
    """
    from nusterile.statistics.toys.kernel import FIXED_WEIGHT, fit_toys

    if likelihood.n_sun > 1:
        raise InputError(
            'toys take one pull of all solar fluxes; solar.pulls = "common" has it, "by_source" not'
        )
    events = np.ascontiguousarray(np.atleast_2d(np.asarray(dipole, dtype=float)))
    points = np.atleast_2d(np.asarray(strength, dtype=float))
    points = np.ascontiguousarray(np.broadcast_to(points, (len(events), points.shape[-1])))
    levels = np.ascontiguousarray(critical, dtype=float)
    n_toy, n_part = len(toys.counts), len(likelihood.background)
    found = ToyFits(
        np.empty(n_toy),
        np.empty((n_toy, len(events))),
        np.empty((n_toy, len(events))),
        np.empty((n_toy, len(events), points.shape[1])),
        np.full((n_toy, len(events), levels.size), np.nan),
    )
    experiment = np.repeat(np.arange(likelihood.bin_start.size - 1), np.diff(likelihood.bin_start))
    bin_part = np.stack(
        [likelihood.part_start[experiment], likelihood.part_start[experiment + 1]], axis=1
    )
    start = np.zeros(n_part + 2, dtype=np.int64)
    start[:n_part] = np.repeat(likelihood.part_start[:-1], np.diff(likelihood.part_start))
    # The kernel wants the Sun after the components.
    sigma = np.roll(likelihood.sigma, -1)
    with np.errstate(divide="ignore"):
        weight = np.append(np.where(sigma > 0, 1 / sigma**2, FIXED_WEIGHT), 0.0)
    fit_toys(
        np.ascontiguousarray(toys.counts, dtype=float),
        np.ascontiguousarray(np.roll(toys.centre, -1, axis=1)),
        likelihood.solar,
        likelihood.background,
        bin_part,
        start,
        weight,
        np.ones(n_part + 1),
        events,
        points,
        levels,
        *found,
    )
    _fit_the_rest(likelihood, events, toys, points, levels, found)
    return found


def _fit_the_rest(
    likelihood: Likelihood,
    dipole: Floats,
    toys: Toys,
    strength: Floats,
    critical: Floats,
    found: ToyFits,
) -> None:
    """Fit what the batch left out, in place."""
    crossing = np.isnan(found.limit).any(axis=2)
    missing = np.isnan(found.chi2) | np.isnan(found.fixed).any(axis=2) | crossing
    for toy in np.flatnonzero(missing.any(axis=1) | np.isnan(found.null)):
        one = replace(likelihood, counts=toys.counts[toy], centre=toys.centre[toy])
        if np.isnan(found.null[toy]):
            found.null[toy] = one.profile(dipole[:1], [0], [0.0]).chi2[0]
        rows = np.flatnonzero(missing[toy])
        if rows.size == 0:
            continue
        best = one.best_fit(dipole[rows])
        found.chi2[toy, rows], found.strength[toy, rows] = best.chi2, best.strength
        if strength.shape[1]:
            at = np.repeat(np.arange(rows.size), strength.shape[1])
            chi2 = one.profile(dipole[rows], at, strength[rows].ravel()).chi2
            found.fixed[toy, rows] = chi2.reshape(rows.size, -1)
        if critical.size:
            limit = allowed_interval(one, dipole[rows], best, best.chi2[:, None] + critical)
            found.limit[toy, rows] = np.where(limit.status == OPEN, np.inf, limit.high)
