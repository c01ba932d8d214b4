"""Limits that an experiment expects with other exposures.

What is expected grows with the exposure: solar neutrinos, dipole and backgrounds. The widths of
the constraints stay, as does all else of the experiment. The counts are Standard Model plus
background (Asimov data), whether the experiment has data or not.

References
----------
G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nusterile.arrays import Floats
from nusterile.model.predictions import Predictions
from nusterile.statistics.limits import limits_of_masses

__all__ = ["ProjectedLimits", "projected_limits"]


class ProjectedLimits(NamedTuple):
    """Expected limits by exposure, for the mass fixed.

    Attributes
    ----------
    limit : ndarray, shape (4, n_m, n_cl, n_exposure)
        Bohr magnetons, NaN where there is none; flavours in the order of
        `nusterile.vocabulary.FLAVORS`.
    status : ndarray of str
        ``ok``, ``open`` or ``failed``.
    """

    limit: Floats
    status: NDArray[np.str_]


def projected_limits(
    predictions: Predictions,
    experiment: str,
    exposures: Floats,
    masses: Floats,
    critical: Floats,
) -> ProjectedLimits:
    """Expected limits of an experiment against its exposure.

    Parameters
    ----------
    predictions : Predictions
        What the experiment predicts.
    experiment : str
        Its name.
    exposures : ndarray, shape (n_exposure,)
        Exposures, t yr.
    masses : ndarray, shape (n_m,)
        Sterile masses, MeV.
    critical : ndarray, shape (n_cl,)
        Δχ² at which a moment is excluded.

    Returns
    -------
    ProjectedLimits
    """
    expectation = predictions.expectations[experiment]
    nominal = predictions.likelihood_of([experiment]).asimov()
    dipole = predictions.templates(experiment, masses)
    signal = predictions.recoil_rates.interaction
    shape = (*dipole.shape[:2], critical.size, exposures.size)
    limit, status = np.empty(shape), np.empty(shape, dtype="<U7")
    for place, factor in enumerate(exposures / expectation.experiment.exposure):
        scaled = nominal.scaled(float(factor))
        for row, templates in enumerate(dipole * factor):
            found = limits_of_masses(scaled, templates, signal, critical[:, None], np.array([1]))
            limit[row, ..., place] = found.limit[..., 0]
            status[row, ..., place] = found.status[..., 0]
    return ProjectedLimits(limit, status)
