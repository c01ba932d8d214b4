"""What a study takes where nothing is said."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from nusterile.arguments import Names, chosen_names, degrees_of, levels_of, masses_of, moments_of
from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.model.predictions import Predictions, flavor_rows
from nusterile.model.toys.request import STUDIES, StudyName, ToyRequest, TruthName
from nusterile.statistics.intervals import threshold
from nusterile.statistics.limits import expected_limits, limits_of_masses
from nusterile.vocabulary import (
    DEFAULT_MASSES,
    DOF,
    FLAVOR,
    M_4,
    MU,
    SELECTION,
    main_flavor,
    main_selection,
)

__all__ = ["DEFAULT_TOYS", "request_of"]

#: Toys of each truth.
DEFAULT_TOYS = 1000
#: How far moments reach below and above the limits, and the ratio of one to the next.
_BELOW, _ABOVE = 0.25, 2.5
_RATIO = {"coverage": 1.6, "unified": 1.12, "cls": 1.12}
#: Studies whose moments begin with none.
_WITH_ZERO = ("coverage", "unified")


def request_of(
    predictions: Predictions,
    study: StudyName,
    *,
    selection: Names | None = None,
    flavor: Names | None = None,
    m_4: ArrayLike | None = None,
    mu: ArrayLike | None = None,
    cl: ArrayLike = 0.9,
    dof: ArrayLike | None = None,
    toys: int = DEFAULT_TOYS,
    seed: int = 0,
    truth: TruthName | None = None,
    precision: float | None = None,
) -> ToyRequest:
    """Fill in what is not said, and check the rest.

    Parameters
    ----------
    predictions : Predictions
        What the configuration predicts.
    study, selection, flavor, m_4, mu, cl, dof, toys, seed, truth, precision
        As `Analysis.toys` takes them.

    Raises
    ------
    InputError
        If a value cannot be used, or the study has no use for it.
    """
    if study not in STUDIES:
        raise InputError(f"unknown study '{study}'; valid: {', '.join(STUDIES)}")
    if predictions.solar_pulls.shares is not None:
        raise InputError(
            'toys take one pull of all solar fluxes; solar.pulls = "common" has it, "by_source" not'
        )
    if mu is not None and study not in _RATIO:
        raise InputError(f"{MU}: toys of {study} are drawn without a moment, so none can be given")
    if dof is not None and study != "unified":
        raise InputError(f"{DOF}: only unified intervals have degrees of freedom to choose")
    wide = study == "expected"
    selections: tuple[str, ...] = tuple(predictions.selections)
    flavors: tuple[str, ...] = tuple(predictions.configuration.flavors)
    default = (None, None) if wide else (main_selection(selections), main_flavor(flavors))
    selections = _chosen(SELECTION, selection, default[0], selections)
    flavors = _chosen(FLAVOR, flavor, default[1], flavors)
    on_grid = study in ("expected", "significance")
    grid = predictions.configuration.grids.m_4.array() if on_grid else DEFAULT_MASSES
    masses = np.unique(masses_of(grid if m_4 is None else m_4))
    if study == "significance" and masses.size < 2:
        raise InputError(f"{M_4}: the largest preference is looked for among several masses")
    levels = np.unique(levels_of(cl))
    if study not in _RATIO:
        moments = np.empty(0)
    elif mu is not None:
        moments = np.unique(moments_of(mu))
    else:
        moments = _moments(predictions, study, selections, flavors, masses, levels)
    if study == "cls" and moments[0] == 0:
        raise InputError(f"{MU} = 0: CL_s compares moments above 0 with none")
    usual: TruthName = "nominal" if on_grid else "profiled"
    if on_grid and truth not in (None, usual):
        raise InputError(f"truth: toys of {study} are drawn with nominal nuisance parameters")
    return ToyRequest(
        study,
        selections,
        flavors,
        masses,
        moments,
        levels,
        tuple(np.unique(degrees_of(1 if dof is None else dof)).tolist()),
        toys,
        seed,
        truth or usual,
        precision,
    )


def _chosen(
    what: str, given: Names | None, fallback: str | None, valid: tuple[str, ...]
) -> tuple[str, ...]:
    return tuple(dict.fromkeys(chosen_names(what, fallback if given is None else given, valid)))


def _moments(
    predictions: Predictions,
    study: StudyName,
    selections: tuple[str, ...],
    flavors: tuple[str, ...],
    masses: Floats,
    levels: Floats,
) -> Floats:
    """Moments from below the lowest limit, expected or observed, to above the highest."""
    critical = threshold(levels, 1)[:, None]
    signal = predictions.recoil_rates.interaction
    found = []
    for name in selections:
        likelihood = predictions.likelihood(name)
        for templates in predictions.dipole_events(name, masses)[flavor_rows(flavors)]:
            found.append(expected_limits(likelihood, templates, signal, critical))
            observed = limits_of_masses(likelihood, templates, signal, critical, np.array([1]))
            found.append(observed.limit)
    limits = np.concatenate([part.ravel() for part in found])
    limits = limits[np.isfinite(limits)]
    if limits.size == 0:
        raise InputError(f"{MU}: there is no limit at these masses to choose moments by; give some")
    low, high = _BELOW * limits.min(), _ABOVE * limits.max()
    points = int(np.ceil(np.log(high / low) / np.log(_RATIO[study]))) + 1
    moments = np.geomspace(low, high, points)
    return np.concatenate([[0.0], moments]) if study in _WITH_ZERO else moments
