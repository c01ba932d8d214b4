"""Data that the Standard Model and the backgrounds do not resemble, and what may be the reason.

A fit hides a wrong unit in its pulls: with an exposure ten times too large the backgrounds
give way, and the limit looks like others. So the pulls are asked as well as χ².
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from scipy.special import chdtrc

from nusterile.experiments.expectation import Expectation
from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.solar_pulls import SolarPulls
from nusterile.vocabulary import DEFAULT_MASSES

__all__ = ["doubts_of_fit"]

#: Probability of a χ² that is larger still, below which data are doubted.
_SMALLEST_PROBABILITY = 1e-6
#: Pulls in units of their σ from which on data are doubted.
_LARGEST_PULL = 4.0
#: What somebody may have written in place of tonne years, in tonne years.
_UNITS = {
    "tonne days": 1 / 365.25,
    "kilogram years": 1e-3,
    "kilogram days": 1e-3 / 365.25,
}


#: Factor within which an exposure is as good as another.
_NEAR = 3.0


class _Fit(NamedTuple):
    """χ² without a dipole, and the pulls beyond what is sensible by name."""

    chi2: float
    strained: dict[str, float]
    improbable: bool


def doubts_of_fit(expectation: Expectation, solar_sigma: float) -> Iterator[str]:
    """Say that an experiment's data resemble no expectation, and name a likely unit.

    Parameters
    ----------
    expectation : Expectation
        The experiment.
    solar_sigma : float
        Relative width of one pull on all solar neutrinos.
    """
    fit = _fit(expectation, solar_sigma)
    if not (fit.strained or fit.improbable):
        return
    pulls = "".join(f", {name} pulled by {pull:+.1f} σ" for name, pull in fit.strained.items())
    yield (
        f"without a dipole the fit has χ² = {fit.chi2:.3g} for "
        f"{expectation.experiment.n_bins} bins{pulls}; check counts, events, "
        f"exposure (tonne years) and energies (keV){_likely_exposure(expectation)}"
    )


def _fit(expectation: Expectation, solar_sigma: float) -> _Fit:
    likelihood = Likelihood.of([expectation], SolarPulls.common(solar_sigma))
    bins = expectation.experiment.n_bins
    chi2, pulls = likelihood.profile(np.zeros((1, bins)), [0], [0.0])
    constrained = (likelihood.sigma > 0) & np.isfinite(likelihood.sigma)
    far = constrained & (abs(pulls[0]) > _LARGEST_PULL)
    if not np.isfinite(chi2[0]):  # where none are expected, which is a doubt of its own
        return _Fit(float(chi2[0]), {}, improbable=False)
    names = [name.rpartition(":")[2] for name in likelihood.pull_names]
    strained = {names[row]: float(pulls[0, row]) for row in np.flatnonzero(far)}
    improbable = chdtrc(bins, chi2[0]) < _SMALLEST_PROBABILITY
    if improbable and not strained:  # a dipole may be what the data show
        dipole = expectation.dipole(DEFAULT_MASSES).reshape(-1, bins)
        best = np.nanmin(likelihood.best_fit(dipole).chi2)
        improbable = chdtrc(bins, best) < _SMALLEST_PROBABILITY
    return _Fit(float(chi2[0]), strained, bool(improbable))


def _likely_exposure(expectation: Expectation) -> str:
    """The exposure that the data suit, where it is far from the one given, and its unit."""
    experiment = expectation.experiment
    # What grows with the exposure is one free template: solar neutrinos and rates.
    rates = np.array([c.events is None for c in experiment.components], dtype=bool)
    others = tuple(c for c in experiment.components if c.events is not None)
    scaling = replace(
        expectation,
        experiment=replace(experiment, components=others),
        standard_model=expectation.standard_model + expectation.background[rates].sum(axis=0),
        background=expectation.background[~rates],
    )
    fit = _fit(scaling, np.inf)
    if fit.strained or fit.improbable or not np.isfinite(fit.chi2):
        return ""
    likelihood = Likelihood.of([scaling], SolarPulls.common(np.inf))
    pulls = likelihood.profile(np.zeros((1, experiment.n_bins)), [0], [0.0]).pulls
    factor = 1 + float(pulls[0, 0])
    if factor <= 0 or 1 / _NEAR < factor < _NEAR:
        return ""
    unit, size = min(_UNITS.items(), key=lambda item: abs(np.log(factor / item[1])))
    if 1 / _NEAR < factor / size < _NEAR:
        return (
            f"; {experiment.exposure:g} {unit} would fit, which are "
            f"{experiment.exposure * size:.3g} tonne years"
        )
    return f"; some {experiment.exposure * factor:.2g} tonne years would fit"
