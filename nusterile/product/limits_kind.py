"""Products of limits only: no scan, no rates."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nusterile.product.kind import Kind, Range, Variable, difference, shown
from nusterile.vocabulary import (
    CHI2_MIN,
    CL,
    DOF,
    FIT_AXES,
    FLAVOR,
    LIMIT,
    LIMIT_AXES,
    LIMIT_STATUS,
    LIMITS_CONTENT,
    M_4,
    MU_BEST,
    OK,
    OUTSIDE,
    SELECTION,
    STATUSES,
)

__all__ = ["LIMITS"]


def _check(dataset: xr.Dataset, source: str) -> None:
    """Statuses are known, and limits are there where they say so."""
    status = dataset.limit_status.values.astype(str)
    unknown = ~np.isin(status, STATUSES)
    if unknown.any():
        raise difference(
            source, "variable limit_status", ", ".join(STATUSES), shown(status[unknown][0])
        )
    limit = dataset.limit.values
    found = np.isin(status, (OK, OUTSIDE))
    if np.any(np.isnan(limit) == found) or np.any(limit[found] <= 0):
        raise difference(
            source,
            "variable limit",
            "a positive number where limit_status is ok or outside and NaN elsewhere",
            "something else",
        )


LIMITS = Kind(
    name=LIMITS_CONTENT,
    what="limits and best fits at every mass",
    coordinates={
        SELECTION: Variable((SELECTION,), "text"),
        FLAVOR: Variable((FLAVOR,), "text"),
        M_4: Variable((M_4,), range=Range(0.0, np.inf, "increasing numbers not below 0")),
        CL: Variable((CL,), range=Range(0.0, 1.0, "increasing numbers between 0 and 1")),
        DOF: Variable((DOF,), range=Range(1.0, 2.0, "1 and 2")),
    },
    variables={
        CHI2_MIN: Variable(FIT_AXES),
        MU_BEST: Variable(FIT_AXES),
        LIMIT: Variable(LIMIT_AXES),
        LIMIT_STATUS: Variable(LIMIT_AXES, "text"),
    },
    grids=(M_4, CL),
    check=_check,
)
