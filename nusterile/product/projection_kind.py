"""Products that hold a projection: expected limits of an experiment against its exposure."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nusterile.product.kind import Kind, Range, Variable, difference, shown
from nusterile.vocabulary import (
    CL,
    EXPERIMENT,
    EXPOSURE,
    FAILED,
    FLAVOR,
    LIMIT,
    LIMIT_STATUS,
    M_4,
    OK,
    OPEN,
    PROJECTION_AXES,
    PROJECTION_CONTENT,
)

__all__ = ["PROJECTION"]

_STATUSES = (OK, OPEN, FAILED)
#: Relative rounding of limits.
_ROUNDING = 1e-9


def _check(dataset: xr.Dataset, source: str) -> None:
    """Statuses are known, limits are there where they say so and never rise with the exposure."""
    status = dataset[LIMIT_STATUS].values.astype(str)
    unknown = ~np.isin(status, _STATUSES)
    if unknown.any():
        raise difference(
            source, f"variable {LIMIT_STATUS}", ", ".join(_STATUSES), shown(status[unknown][0])
        )
    limit = dataset[LIMIT].values
    found = status == OK
    if np.any(np.isfinite(limit) != found) or np.any(limit[found] <= 0):
        raise difference(
            source,
            f"variable {LIMIT}",
            f"a positive number where {LIMIT_STATUS} is {OK} and NaN elsewhere",
            "something else",
        )
    # fmin leaves out what has no limit
    lowest = np.fmin.accumulate(limit, axis=-1)
    if np.any(limit[found] > lowest[found] * (1 + _ROUNDING)):
        raise difference(
            source, f"variable {LIMIT}", "numbers that fall with the exposure", "one that rises"
        )


PROJECTION = Kind(
    name=PROJECTION_CONTENT,
    what="expected limits of an experiment against its exposure",
    coordinates={
        EXPERIMENT: Variable((EXPERIMENT,), "text"),
        FLAVOR: Variable((FLAVOR,), "text"),
        M_4: Variable((M_4,), range=Range(0.0, np.inf, "increasing numbers not below 0")),
        CL: Variable((CL,), range=Range(0.0, 1.0, "increasing numbers between 0 and 1")),
        EXPOSURE: Variable(
            (EXPOSURE,), range=Range(np.finfo(float).tiny, np.inf, "increasing numbers above 0")
        ),
    },
    variables={
        LIMIT: Variable(PROJECTION_AXES),
        LIMIT_STATUS: Variable(PROJECTION_AXES, "text"),
    },
    check=_check,
)
