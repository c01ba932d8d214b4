"""What toys of an analysis are drawn from: expected events, and where its constraints stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.statistics.likelihood import Likelihood, pull_units
from nusterile.statistics.toys.draws import Truth

__all__ = ["truth_of"]


def truth_of(likelihood: Likelihood, dipole: Floats, strength: float, *, profiled: bool) -> Truth:
    """Return what toys at a point are drawn from.

    Parameters
    ----------
    likelihood : Likelihood
        The χ² of the data.
    dipole : ndarray, shape (n_bin,)
        Dipole events for unit strength.
    strength : float
        Strength of the point.
    profiled : bool
        Pulls as the data want them at this point; otherwise constrained pulls at nominal and
        free components as the data want them beside those.

    Returns
    -------
    Truth

    Raises
    ------
    InputError
        If the fit of the data finds no minimum.
    """
    fitted = likelihood
    if not profiled:
        fitted = replace(likelihood, sigma=np.where(np.isinf(likelihood.sigma), np.inf, 0.0))
    # From no dipole on: the fit without one is where the other starts.
    points = np.unique([0.0, strength])
    found = fitted.profile(dipole[None], np.zeros(points.size, dtype=int), points)
    if not np.isfinite(found.chi2[-1]):
        raise InputError("the fit of the data finds no minimum, so no toys can be drawn from it")
    scale = 1 + found.pulls[-1] * pull_units(fitted.sigma)
    sun = scale[0] * (likelihood.solar + strength * dipole)
    return Truth(sun + scale[1:] @ likelihood.background, scale, likelihood.sigma)
