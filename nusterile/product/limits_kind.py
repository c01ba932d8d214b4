"""Products of limits only: no scan, no rates.

Version 2 of the schema brought both ends of what is allowed, the expected limit and what the fit
without a moment has; version 1 called a mass without any allowed moment ``open``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.arrays import Floats, chi2_above
from nusterile.model.configuration import Configuration
from nusterile.product.kind import Kind, Range, Variable, difference, shown
from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import (
    CHI2_MIN,
    CHI2_SM,
    CL,
    DELTA_CHI2_SM,
    DISJOINT,
    DOF,
    EXCLUDED,
    EXPECTED_LIMIT,
    FAILED,
    FIT_AXES,
    FLAVOR,
    FOUND,
    LIMIT,
    LIMIT_AXES,
    LIMIT_LOW,
    LIMIT_STATUS,
    LIMITS_CONTENT,
    M_4,
    MU_BEST,
    SELECTION,
    STATUSES,
)

__all__ = ["CHI2_ROUNDING", "LIMITS", "Level", "levels_of_plane", "misplaced", "rounding_of"]

#: What rounding may do to a chi-square, relative above 1.
CHI2_ROUNDING = 1e-6
#: Statuses that version 1 does not know.
_SINCE_2 = (EXCLUDED, DISJOINT)


class Level(NamedTuple):
    """One confidence level for one number of degrees of freedom.

    Attributes
    ----------
    cl, dof : int
        Its places along the axes.
    height : float
        Δχ² of it.
    floor : ndarray, shape (n_selection, n_flavor, n_m or 1)
        χ² from which it counts.
    """

    cl: int
    dof: int
    height: float
    floor: Floats


def levels_of_plane(dataset: xr.Dataset, configuration: Configuration) -> Iterator[Level]:
    """Yield the levels whose floor a dataset holds.

    With two degrees of freedom that is the minimum over every mass, which a part of a product
    may lack.
    """
    lowest = dataset[CHI2_MIN].values
    whole = dataset.sizes[M_4] == configuration.grids.m_4.size
    for k, cl in enumerate(dataset[CL].values):
        for j, dof in enumerate(dataset[DOF].values):
            if dof == 1 or whole:
                floor = lowest if dof == 1 else np.fmin.reduce(lowest, axis=2, keepdims=True)
                yield Level(k, j, float(threshold(cl, dof)), floor)


def rounding_of(chi2: Floats) -> Floats:
    """What rounding may do to χ² values; to infinite ones nothing that matters."""
    return CHI2_ROUNDING * np.maximum(1.0, np.where(np.isinf(chi2), 1.0, chi2))


def misplaced(dataset: xr.Dataset, name: str, at: NDArray[np.intp]) -> str:
    """Return the name of a variable with the fit that an index stands for."""
    return (
        f"variable {name} of {dataset[SELECTION].values[at[0]]}, {dataset[FLAVOR].values[at[1]]}, "
        f"m_4 = {dataset[M_4].values[at[2]]:g} MeV"
    )


def _check(dataset: xr.Dataset, source: str) -> None:
    """Statuses are known, and numbers are there where they say so."""
    status = dataset[LIMIT_STATUS].values.astype(str)
    first = dataset.attrs["schema_version"] < 2
    known = tuple(name for name in STATUSES if not (first and name in _SINCE_2))
    unknown = ~np.isin(status, known)
    if unknown.any():
        found = shown(status[unknown][0])
        raise difference(source, f"variable {LIMIT_STATUS}", ", ".join(known), found)
    limit = dataset[LIMIT].values
    there = np.isin(status, FOUND)
    if np.any(np.isnan(limit) == there) or np.any(limit[there] <= 0):
        raise difference(
            source,
            f"variable {LIMIT}",
            "a positive number where limit_status is ok, outside or disjoint and NaN elsewhere",
            "something else",
        )
    if LIMIT_LOW in dataset:
        low = dataset[LIMIT_LOW].values
        none = np.isin(status, (EXCLUDED, FAILED))
        if np.any(np.isnan(low) != none) or np.any(low[~none] < 0) or np.any(low > limit):
            raise difference(
                source,
                f"variable {LIMIT_LOW}",
                "a number from 0 to limit, NaN where limit_status is excluded or failed",
                "something else",
            )
    if EXPECTED_LIMIT in dataset and np.any(dataset[EXPECTED_LIMIT].values <= 0):
        raise difference(
            source, f"variable {EXPECTED_LIMIT}", "positive numbers or NaN", "something else"
        )


def _compare(dataset: xr.Dataset, configuration: Configuration, source: str) -> None:
    """What the fit without a moment has fits to the minima and to the ends of what is allowed."""
    if CHI2_SM not in dataset:
        return
    lowest, best = dataset[CHI2_MIN].values, dataset[MU_BEST].values
    no_dipole = dataset[CHI2_SM].values[:, None, None]
    rounding = rounding_of(lowest)
    improvement = np.maximum(chi2_above(no_dipole, lowest), 0.0)
    for name, wrong, expected in (
        (
            CHI2_SM,
            improvement[..., :] > np.where(best == 0, rounding, np.inf),
            "chi2_min where mu_best is 0",
        ),
        (CHI2_SM, lowest > no_dipole + rounding, "a number not below chi2_min"),
        (
            DELTA_CHI2_SM,
            np.abs(dataset[DELTA_CHI2_SM].values - improvement) > rounding,
            "chi2_sm - chi2_min",
        ),
    ):
        if wrong.any():
            at = np.argwhere(wrong)[0]
            found = dataset[name].values[tuple(at[: dataset[name].ndim])]
            raise difference(source, misplaced(dataset, name, at), expected, f"{found:g}")
    for level in levels_of_plane(dataset, configuration):
        status = dataset[LIMIT_STATUS].values[..., level.cl, level.dof].astype(str)
        low = dataset[LIMIT_LOW].values[..., level.cl, level.dof]
        top = level.floor + level.height
        inside = chi2_above(no_dipole, top)
        for name, wrong, expected, values in (
            (
                LIMIT_STATUS,
                (status == EXCLUDED) & (lowest < top - rounding)
                | ~np.isin(status, (EXCLUDED, FAILED)) & (lowest > top + rounding),
                f"excluded where chi2_min is above {level.height:.4g} and nowhere else",
                status,
            ),
            (
                LIMIT_LOW,
                (low > 0) & (inside < -rounding) | (low == 0) & (inside > rounding),
                f"0 where chi2_sm is within {level.height:.4g} and above 0 elsewhere",
                low,
            ),
        ):
            if wrong.any():
                at = np.argwhere(wrong)[0]
                found = str(values[tuple(at)])
                raise difference(source, misplaced(dataset, name, at), expected, found)


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
        LIMIT_LOW: Variable(LIMIT_AXES, since=2),
        EXPECTED_LIMIT: Variable(LIMIT_AXES, since=2),
        CHI2_SM: Variable((SELECTION,), since=2),
        DELTA_CHI2_SM: Variable(FIT_AXES, since=2),
    },
    grids=(M_4, CL),
    check=_check,
    compare=_compare,
)
