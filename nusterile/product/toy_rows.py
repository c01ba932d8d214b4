"""What toys say, as rows."""

from __future__ import annotations

from itertools import product

import numpy as np
import xarray as xr

from nusterile.files.listing import Listing
from nusterile.product.kinds import content_of
from nusterile.vocabulary import (
    ATTRIBUTES,
    CL,
    CLS_CONTENT,
    COVERAGE,
    COVERAGE_CONTENT,
    COVERAGE_HIGH,
    COVERAGE_LOW,
    CRITICAL,
    CRITICAL_HIGH,
    CRITICAL_LOW,
    DOF,
    EXPECTED_CONTENT,
    EXPECTED_HIGH,
    EXPECTED_LIMIT,
    EXPECTED_LOW,
    FIT_AXES,
    FLAVOR,
    INTERVAL_HIGH,
    INTERVAL_LOW,
    INTERVAL_STATUS,
    LIMIT,
    LIMIT_STATUS,
    MU,
    P_GLOBAL,
    P_GLOBAL_HIGH,
    P_GLOBAL_LOW,
    POWER_CONSTRAINED,
    PURE_NUMBER,
    QUANTILE,
    SELECTION,
    SIGNIFICANCE_CONTENT,
    STATEMENT,
    UNIFIED_CONTENT,
    Z_GLOBAL,
    unit_word,
)

__all__ = ["toy_listing"]

_STATUS = "status"
#: Axes and variables of the rows of each study, and what their columns are called.
_ROWS: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    EXPECTED_CONTENT: (
        (*FIT_AXES, CL, QUANTILE),
        {EXPECTED_LIMIT: LIMIT, EXPECTED_LOW: "limit_low", EXPECTED_HIGH: "limit_high"},
    ),
    COVERAGE_CONTENT: (
        (*FIT_AXES, MU, CL, STATEMENT),
        {name: name for name in (COVERAGE, COVERAGE_LOW, COVERAGE_HIGH)},
    ),
    UNIFIED_CONTENT: (
        (*FIT_AXES, CL, DOF),
        {INTERVAL_LOW: "low", INTERVAL_HIGH: "high", INTERVAL_STATUS: _STATUS},
    ),
    CLS_CONTENT: ((*FIT_AXES, CL), {LIMIT: LIMIT, LIMIT_STATUS: _STATUS}),
    SIGNIFICANCE_CONTENT: (
        (SELECTION, FLAVOR),
        {name: name for name in (P_GLOBAL, P_GLOBAL_LOW, P_GLOBAL_HIGH, Z_GLOBAL)},
    ),
}
_CRITICAL = (
    (*FIT_AXES, MU, CL, DOF),
    {CRITICAL: CRITICAL, CRITICAL_LOW: "low", CRITICAL_HIGH: "high"},
)


def toy_listing(
    found: xr.Dataset, *, critical: bool = False, power_constrained: bool = False
) -> Listing:
    """Write a study with toys as rows.

    Parameters
    ----------
    found : Dataset
        As `Analysis.toys` gives it.
    critical : bool
        Of unified intervals, the critical Δχ² of each moment in place of the intervals.
    power_constrained : bool
        Of CL_s, the power-constrained limits behind the others.

    Returns
    -------
    Listing
        The axes, of which the last runs fastest, then the numbers.
    """
    content = content_of(found)
    axes, names = _CRITICAL if critical else _ROWS[content]
    if power_constrained:
        names = {**names, POWER_CONSTRAINED: POWER_CONSTRAINED}
    points = product(*(np.atleast_1d(found[name].values).tolist() for name in axes))
    values = (found[name].transpose(*axes).values.ravel().tolist() for name in names)
    units = {
        name: unit_word(ATTRIBUTES[variable]["units"])
        for variable, name in {**{axis: axis for axis in axes}, **names}.items()
    }
    return Listing.of(
        [*axes, *names.values()],
        [(*point, *row) for point, *row in zip(points, *values, strict=True)],
        {name: unit for name, unit in units.items() if unit != PURE_NUMBER},
    )
