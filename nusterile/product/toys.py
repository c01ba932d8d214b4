"""Computing a study with toys as a product."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.model.predictions import Predictions
from nusterile.model.toys.request import ToyRequest
from nusterile.model.toys.run import STUDY_CLASSES, Runner, run_study
from nusterile.product.kinds import KINDS
from nusterile.product.scan import global_attributes
from nusterile.references import study_references
from nusterile.vocabulary import (
    CL,
    CONTENT,
    DOF,
    FLAVOR,
    HYPOTHESIS,
    M_4,
    MU,
    N_FAILED,
    N_TOYS,
    QUANTILE,
    QUANTILES,
    SELECTION,
    STATEMENT,
    STATEMENTS,
    axis_attributes,
)

__all__ = ["compute_toys"]

_TITLES = {
    "expected": "Expected limits on active-to-sterile neutrino transition magnetic moments",
    "coverage": "Coverage of limits on active-to-sterile neutrino transition magnetic moments",
    "unified": "Unified intervals of active-to-sterile neutrino transition magnetic moments",
    "cls": "CL_s limits on active-to-sterile neutrino transition magnetic moments",
    "significance": "Significance of active-to-sterile neutrino transition magnetic moments",
}
_SUMMARIES = {
    "expected": "Quantiles of the upper limits of toys without a dipole",
    "coverage": "Shares of toys whose upper limit, and whose interval, hold the truth",
    "unified": "Critical delta chi-square from toys, and the intervals that the data accept",
    "cls": "CL_s from toys, and the limits from it",
    "significance": "How often toys without a dipole prefer one as much as the data do",
}


def compute_toys(predictions: Predictions, request: ToyRequest, run: Runner) -> xr.Dataset:
    """Compute a study.

    Parameters
    ----------
    predictions : Predictions
        What the configuration predicts.
    request : ToyRequest
        What is asked.
    run : callable
        Computes batches of toys, see `nusterile.model.toys.run`.

    Returns
    -------
    Dataset
        A product of the kind that has the name of the study.

    Raises
    ------
    InputError
        If something of it cannot be done.
    """
    attributes = global_attributes(predictions)  # first, since what it reads may be wrong
    study = STUDY_CLASSES[request.study](predictions, request)
    outcome = run_study(study, run)
    variables = study.variables(outcome.summaries)
    for name, numbers in ((N_TOYS, outcome.toys), (N_FAILED, outcome.failed)):
        variables[name] = _of_cells(study.axes, study.shape, numbers)
    kind = KINDS[request.study]
    everything = {
        SELECTION: np.array(request.selections, dtype=object),
        FLAVOR: np.array(request.flavors, dtype=object),
        M_4: request.masses,
        MU: request.moments,
        CL: request.levels,
        DOF: np.array(request.degrees, dtype=np.int64),
        QUANTILE: np.array(QUANTILES),
        STATEMENT: np.array(STATEMENTS, dtype=object),
    }
    dataset = xr.Dataset(
        {
            name: (dims, values, kind.attributes_of(name))
            for name, (dims, values) in variables.items()
        },
        {name: (name, everything[name], kind.attributes_of(name)) for name in kind.coordinates},
        attributes
        | {
            CONTENT: request.study,
            "title": _TITLES[request.study],
            "summary": f"{_SUMMARIES[request.study]}; one solar pull, {request.truth} nuisances",
            "references": "; ".join(
                [
                    attributes["references"],
                    *(f"doi:{entry.doi}" for entry in study_references(request.study)),
                ]
            ),
            "seed": request.seed,
            "truth": request.truth,
        },
    )
    dataset[SELECTION].attrs = axis_attributes(
        SELECTION, [n for n in request.selections if n in predictions.expected_selections]
    )
    return dataset


def _of_cells(
    axes: tuple[str, ...], shape: tuple[int, ...], numbers: Sequence[int]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Numbers of toys along the axes of the cells, those of all hypotheses together."""
    values = np.array(numbers, dtype=np.int64).reshape(shape)
    if axes[-1] == HYPOTHESIS:
        return axes[:-1], values.sum(axis=-1)
    return axes, values
