"""Products that hold everything: rates, the scan of χ² over masses and moments, the limits."""

from __future__ import annotations

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.arrays import Floats
from nusterile.model.configuration import Configuration
from nusterile.product.kind import Kind, Range, Variable, difference, short, shown
from nusterile.product.limits_kind import LIMITS
from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import (
    BACKGROUND,
    BIN,
    BIN_AXES,
    BIN_HIGH,
    BIN_LOW,
    CHI2,
    CL,
    COMPONENT,
    COUNTS,
    DOF,
    EXPERIMENT,
    EXPOSURE,
    FIT_AXES,
    FLAVOR,
    M_4,
    MU,
    MU_REFERENCE,
    OK,
    OUTSIDE,
    PULL,
    PULLS,
    RATE,
    RATE_DIPOLE,
    RATE_SM,
    SCAN_CONTENT,
    SELECTION,
    SOLAR_PULL,
)

__all__ = ["SCAN"]

#: What rounding may do to a chi-square.
_ROUNDING = 1e-6
#: Relative, of rates in single precision.
_RATE_ROUNDING = 1e-5


def _check(dataset: xr.Dataset, source: str) -> None:
    """Numbers are possible, and those of one thing agree."""
    LIMITS.check(dataset, source)
    chi2 = dataset.chi2.values
    if np.any(chi2 < -_ROUNDING):
        raise difference(source, "variable chi2", "numbers not below 0", f"{np.nanmin(chi2):g}")
    lowest = dataset.chi2_min.values[..., None]
    with np.errstate(invalid="ignore"):
        below = chi2 < lowest - _ROUNDING
    if below.any():
        raise difference(
            source,
            "variable chi2_min",
            "the minimum of chi2",
            f"chi2 below it by {np.max((lowest - chi2)[below]):g}",
        )
    components = list(map(str, dataset.component.values))
    for pull in map(str, dataset.pull.values):
        experiment, _, component = pull.partition(":")
        if component and experiment != SOLAR_PULL and component not in components:
            found = shown(", ".join(components) or "none")
            raise difference(source, "variable component", f"'{component}' of {pull}", found)
    low, high = dataset.bin_low.values, dataset.bin_high.values
    real = np.isfinite(low)
    if np.any(real != np.isfinite(high)) or np.any(high[real] <= low[real]):
        raise difference(source, "variable bin_high", "values above bin_low", "something else")
    for name in (COUNTS, RATE_SM):
        values = dataset[name].values
        if np.any(np.isfinite(values) != real) or np.any(values[real] < 0):
            raise difference(
                source,
                f"variable {name}",
                "numbers not below 0 in every bin, NaN in the padding",
                "something else",
            )
    if not np.all(dataset.exposure.values > 0):
        raise difference(
            source, "variable exposure", "positive numbers", short(dataset.exposure.values)
        )
    strength = (dataset.mu.values / MU_REFERENCE) ** 2
    for row, name in enumerate(dataset.experiment.values):
        bins = real[row]
        for f in range(dataset.flavor.size):
            rate = dataset.rate.values[row, f]
            dipole = dataset.rate_dipole.values[row, f][:, None, bins] * strength[:, None]
            expected = dataset.rate_sm.values[row, bins] + dipole
            deviation = np.abs(rate[..., bins] - expected)
            right = deviation <= _RATE_ROUNDING * np.abs(expected)  # False where one is NaN
            if not right.all() or not np.isnan(rate[..., ~bins]).all():
                raise difference(
                    source,
                    f"variable rate of {name}",
                    "rate_sm + rate_dipole (mu/1e-11)^2",
                    "something else",
                )


def _compare(dataset: xr.Dataset, configuration: Configuration, source: str) -> None:
    """Each limit lies in the step of the scan in which Δχ² crosses the threshold."""
    chi2, lowest = dataset[CHI2].values, dataset.chi2_min.values
    moments, best = dataset[MU].values, dataset.mu_best.values
    rounding = _ROUNDING * np.maximum(1.0, lowest)
    whole = dataset.sizes[M_4] == configuration.grids.m_4.size
    for k, cl in enumerate(dataset[CL].values):
        for j, dof in enumerate(dataset[DOF].values):
            if dof == 2 and not whole:  # the best mass may be among those left out
                continue
            level = threshold(cl, dof) + rounding
            floor = lowest if dof == 1 else np.fmin.reduce(lowest, axis=2, keepdims=True)
            limit = dataset.limit.values[..., k, j]
            status = dataset.limit_status.values[..., k, j].astype(str)
            above = np.searchsorted(moments, limit)
            after = _column(chi2, above) - floor
            before = _column(chi2, above - 1) - floor
            rising = ~(best > np.take(moments, np.clip(above - 1, 0, None)))
            with np.errstate(invalid="ignore"):
                early = after < level - 2 * rounding
                late = rising & (before > level)
            wrong = np.isin(status, (OK, OUTSIDE)) & (early | late)
            if wrong.any():
                at = tuple(int(n) for n in np.argwhere(wrong)[0])
                raise difference(
                    source,
                    f"variable limit of {dataset[SELECTION].values[at[0]]}, "
                    f"{dataset[FLAVOR].values[at[1]]}, m_4 = {dataset[M_4].values[at[2]]:g} MeV",
                    f"where delta chi2 of the scan crosses {threshold(cl, dof):.4g}",
                    f"{limit[at]:g}",
                )


def _column(chi2: Floats, index: NDArray[np.intp]) -> Floats:
    """χ² at one moment of each column; NaN beyond the grid."""
    inside = (index >= 0) & (index < chi2.shape[-1])
    found = np.take_along_axis(chi2, np.where(inside, index, 0)[..., None], axis=-1)[..., 0]
    return np.where(inside, found, np.nan)


SCAN = Kind(
    name=SCAN_CONTENT,
    what="rates, chi-square over masses and moments, limits",
    coordinates={
        EXPERIMENT: Variable((EXPERIMENT,), "text"),
        COMPONENT: Variable((COMPONENT,), "text"),
        PULL: Variable((PULL,), "text"),
        MU: Variable(
            (MU,), range=Range(np.finfo(float).tiny, np.inf, "increasing numbers above 0")
        ),
        BIN: Variable((BIN,)),
        BIN_LOW: Variable(BIN_AXES),
        BIN_HIGH: Variable(BIN_AXES),
        **LIMITS.coordinates,
    },
    variables={
        RATE: Variable((EXPERIMENT, FLAVOR, M_4, MU, BIN), "float32"),
        RATE_SM: Variable(BIN_AXES),
        RATE_DIPOLE: Variable((EXPERIMENT, FLAVOR, M_4, BIN)),
        BACKGROUND: Variable((EXPERIMENT, COMPONENT, BIN)),
        COUNTS: Variable(BIN_AXES),
        EXPOSURE: Variable((EXPERIMENT,)),
        CHI2: Variable((*FIT_AXES, MU)),
        PULLS: Variable((*FIT_AXES, MU, PULL), "float32"),
        **LIMITS.variables,
    },
    grids=(M_4, MU, CL),
    check=_check,
    compare=_compare,
)
