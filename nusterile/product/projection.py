"""Computing a projection as a product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from nusterile.arrays import Floats
from nusterile.model.predictions import Predictions, flavor_rows
from nusterile.model.projections import projected_limits
from nusterile.product.provenance import to_attribute
from nusterile.product.scan import global_attributes
from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import (
    ATTRIBUTES,
    CL,
    CONTENT,
    EXPERIMENT,
    EXPOSURE,
    FLAVOR,
    LIMIT,
    LIMIT_STATUS,
    M_4,
    PROJECTION_AXES,
    PROJECTION_CONTENT,
    axis_attributes,
    limit_attributes,
)

__all__ = ["compute_projection"]


def compute_projection(
    predictions: Predictions,
    exposures: Floats,
    flavors: Sequence[str],
    masses: Floats,
    levels: Floats,
) -> xr.Dataset:
    """Compute the projection of a configuration's only experiment.

    Parameters
    ----------
    predictions : Predictions
        What it predicts.
    exposures : ndarray, shape (n_exposure,)
        Exposures, t yr, increasing.
    flavors : sequence of str
        Flavours.
    masses : ndarray, shape (n_m,)
        Sterile masses, MeV, increasing.
    levels : ndarray, shape (n_cl,)
        Confidence levels, increasing.

    Returns
    -------
    Dataset
        ``limit`` and ``limit_status`` (experiment, flavor, m_4, cl, exposure), and attributes as
        the schema says.
    """
    (experiment,) = predictions.experiments
    attributes = global_attributes(predictions)  # first, since what it reads may be wrong
    critical = threshold(levels, 1)
    found = projected_limits(predictions, experiment.name, exposures, masses, critical)
    rows = flavor_rows(flavors)
    values = {LIMIT: found.limit[rows], LIMIT_STATUS: found.status[rows].astype(object)}
    coordinates = {
        EXPERIMENT: np.array([experiment.name], dtype=object),
        FLAVOR: np.array(flavors, dtype=object),
        M_4: masses,
        CL: levels,
        EXPOSURE: exposures,
    }
    dataset = xr.Dataset(
        {
            name: (PROJECTION_AXES, array[None], limit_attributes(name, expected=True))
            for name, array in values.items()
        },
        {name: (name, array, ATTRIBUTES[name]) for name, array in coordinates.items()},
        attributes
        | {
            CONTENT: PROJECTION_CONTENT,
            "title": (
                "Expected limits on active-to-sterile neutrino transition magnetic moments "
                "against the exposure"
            ),
            "summary": (
                f"Upper limits that {experiment.label} expects (Asimov) for one degree of freedom. "
                "Solar neutrinos and backgrounds grow with the exposure, the widths of their "
                "constraints stay."
            ),
        },
    )
    dataset[EXPERIMENT].attrs = axis_attributes(EXPERIMENT, predictions.expected_only) | {
        "labels": str(to_attribute({experiment.name: experiment.label}))
    }
    return dataset
