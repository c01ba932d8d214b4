"""Products that hold what toys say: one kind a study."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import xarray as xr

from nusterile.product.kind import Kind, Range, Variable, difference, shown
from nusterile.vocabulary import (
    CL,
    CLS,
    CLS_CONTENT,
    COVERAGE,
    COVERAGE_CONTENT,
    COVERAGE_HIGH,
    COVERAGE_LOW,
    CRITICAL,
    CRITICAL_HIGH,
    CRITICAL_LOW,
    DISJOINT,
    DOF,
    EXCLUDED,
    EXPECTED_CONTENT,
    EXPECTED_HIGH,
    EXPECTED_LIMIT,
    EXPECTED_LOW,
    FAILED,
    FIT_AXES,
    FLAVOR,
    INTERVAL_HIGH,
    INTERVAL_LOW,
    INTERVAL_STATUS,
    LIMIT,
    LIMIT_STATUS,
    M_4,
    MU,
    N_FAILED,
    N_TOYS,
    OK,
    OPEN,
    P_GLOBAL,
    P_GLOBAL_HIGH,
    P_GLOBAL_LOW,
    P_LOCAL,
    P_UPCROSSINGS,
    POWER_CONSTRAINED,
    Q0,
    QUANTILE,
    SELECTION,
    SIGNIFICANCE_CONTENT,
    STATEMENT,
    STATEMENTS,
    UNIFIED_CONTENT,
    Z_GLOBAL,
)

__all__ = ["TOY_KINDS"]

_TEXT = {
    SELECTION: Variable((SELECTION,), "text"),
    FLAVOR: Variable((FLAVOR,), "text"),
}
_MASSES = {M_4: Variable((M_4,), range=Range(0.0, np.inf, "increasing numbers not below 0"))}
_MOMENTS = {MU: Variable((MU,), range=Range(0.0, np.inf, "increasing numbers not below 0"))}
_LEVELS = {CL: Variable((CL,), range=Range(0.0, 1.0, "increasing numbers between 0 and 1"))}
_ATTRIBUTES = {"seed": int, "truth": str}


def _counted(axes: tuple[str, ...]) -> dict[str, Variable]:
    return {name: Variable(axes, "int64") for name in (N_TOYS, N_FAILED)}


def _checks(*checks: Callable[[xr.Dataset, str], None]) -> Callable[[xr.Dataset, str], None]:
    """Join checks, behind that of the numbers of toys."""

    def check(dataset: xr.Dataset, source: str) -> None:
        toys, failed = dataset[N_TOYS].values, dataset[N_FAILED].values
        if np.any(toys < 1) or np.any(failed < 0) or np.any(failed > toys):
            raise difference(
                source, f"variable {N_FAILED}", f"numbers from 0 to {N_TOYS}", "something else"
            )
        for each in checks:
            each(dataset, source)

    return check


def _between(low: str, value: str, high: str) -> Callable[[xr.Dataset, str], None]:
    """An estimate lies inside its Monte Carlo interval."""

    def check(dataset: xr.Dataset, source: str) -> None:
        one, middle, other = (dataset[name].values for name in (low, value, high))
        if np.any(one > middle) or np.any(middle > other):
            raise difference(source, f"variable {value}", f"numbers from {low} to {high}", "others")

    return check


def _shares(*names: str) -> Callable[[xr.Dataset, str], None]:
    """Shares and probabilities lie between 0 and 1."""

    def check(dataset: xr.Dataset, source: str) -> None:
        for name in names:
            values = dataset[name].values
            if np.any(values < 0) or np.any(values > 1):
                raise difference(source, f"variable {name}", "numbers from 0 to 1", "others")

    return check


def _not_negative(*names: str) -> Callable[[xr.Dataset, str], None]:
    def check(dataset: xr.Dataset, source: str) -> None:
        for name in names:
            if np.any(dataset[name].values < 0):
                raise difference(source, f"variable {name}", "numbers not below 0", "others")

    return check


def _ends(high: str, status: str, found: Iterable[str]) -> Callable[[xr.Dataset, str], None]:
    """Statuses are known, and the upper end is there where they say so."""
    there = tuple(found)
    known = (OK, OPEN, EXCLUDED, DISJOINT, FAILED)

    def check(dataset: xr.Dataset, source: str) -> None:
        names = dataset[status].values.astype(str)
        unknown = ~np.isin(names, known)
        if unknown.any():
            raise difference(
                source, f"variable {status}", ", ".join(known), shown(names[unknown][0])
            )
        if np.any(np.isfinite(dataset[high].values) != np.isin(names, there)):
            raise difference(
                source,
                f"variable {high}",
                f"a number where {status} is {' or '.join(there)} and NaN elsewhere",
                "something else",
            )

    return check


def _statements(dataset: xr.Dataset, source: str) -> None:
    for name in map(str, dataset[STATEMENT].values):
        if name not in STATEMENTS:
            raise difference(source, f"variable {STATEMENT}", ", ".join(STATEMENTS), shown(name))


_QUANTILES = (*FIT_AXES, CL, QUANTILE)
_POINTS = (*FIT_AXES, MU)

_EXPECTED = Kind(
    name=EXPECTED_CONTENT,
    what="quantiles of limits that would be expected without a signal",
    coordinates={
        **_TEXT,
        **_MASSES,
        **_LEVELS,
        QUANTILE: Variable(
            (QUANTILE,), range=Range(0.0, 1.0, "increasing numbers between 0 and 1")
        ),
    },
    variables={
        **{name: Variable(_QUANTILES) for name in (EXPECTED_LIMIT, EXPECTED_LOW, EXPECTED_HIGH)},
        **_counted((SELECTION,)),
    },
    attributes=_ATTRIBUTES,
    long_names={
        EXPECTED_LIMIT: "quantile of the upper limits of toys without a transition moment, "
        "NaN where a toy at it has none"
    },
    check=_checks(
        _between(EXPECTED_LOW, EXPECTED_LIMIT, EXPECTED_HIGH), _not_negative(EXPECTED_LIMIT)
    ),
)

_COVERAGE = Kind(
    name=COVERAGE_CONTENT,
    what="how often limits and intervals hold the truth",
    coordinates={
        **_TEXT,
        **_MASSES,
        **_MOMENTS,
        **_LEVELS,
        STATEMENT: Variable((STATEMENT,), "text"),
    },
    variables={
        **{
            name: Variable((*_POINTS, CL, STATEMENT))
            for name in (COVERAGE, COVERAGE_LOW, COVERAGE_HIGH)
        },
        **_counted(_POINTS),
    },
    attributes=_ATTRIBUTES,
    check=_checks(
        _statements,
        _between(COVERAGE_LOW, COVERAGE, COVERAGE_HIGH),
        _shares(COVERAGE, COVERAGE_LOW, COVERAGE_HIGH),
    ),
)

_UNIFIED = Kind(
    name=UNIFIED_CONTENT,
    what="unified intervals, and the critical delta chi-square that they come from",
    coordinates={**_TEXT, **_MASSES, **_MOMENTS, **_LEVELS, DOF: Variable((DOF,), "int64")},
    variables={
        **{name: Variable((*_POINTS, CL, DOF)) for name in (CRITICAL, CRITICAL_LOW, CRITICAL_HIGH)},
        INTERVAL_LOW: Variable((*FIT_AXES, CL, DOF)),
        INTERVAL_HIGH: Variable((*FIT_AXES, CL, DOF)),
        INTERVAL_STATUS: Variable((*FIT_AXES, CL, DOF), "text"),
        **_counted(_POINTS),
    },
    attributes=_ATTRIBUTES,
    check=_checks(
        _between(CRITICAL_LOW, CRITICAL, CRITICAL_HIGH),
        _not_negative(INTERVAL_LOW),
        _ends(INTERVAL_HIGH, INTERVAL_STATUS, (OK, DISJOINT)),
    ),
)

_CLS = Kind(
    name=CLS_CONTENT,
    what="CL_s of moments, and the limits from it",
    coordinates={**_TEXT, **_MASSES, **_MOMENTS, **_LEVELS},
    variables={
        CLS: Variable(_POINTS),
        LIMIT: Variable((*FIT_AXES, CL)),
        LIMIT_STATUS: Variable((*FIT_AXES, CL), "text"),
        POWER_CONSTRAINED: Variable((*FIT_AXES, CL)),
        **_counted(FIT_AXES),
    },
    attributes=_ATTRIBUTES,
    check=_checks(_shares(CLS), _ends(LIMIT, LIMIT_STATUS, (OK,))),
)

_SIGNIFICANCE = Kind(
    name=SIGNIFICANCE_CONTENT,
    what="local and global significance of a signal at any mass",
    coordinates={**_TEXT, **_MASSES},
    variables={
        Q0: Variable(FIT_AXES),
        **{
            name: Variable((SELECTION, FLAVOR))
            for name in (P_LOCAL, P_GLOBAL, P_GLOBAL_LOW, P_GLOBAL_HIGH, Z_GLOBAL, P_UPCROSSINGS)
        },
        **_counted((SELECTION, FLAVOR)),
    },
    attributes=_ATTRIBUTES,
    check=_checks(
        _not_negative(Q0),
        _between(P_GLOBAL_LOW, P_GLOBAL, P_GLOBAL_HIGH),
        _shares(P_LOCAL, P_GLOBAL, P_GLOBAL_LOW, P_GLOBAL_HIGH, P_UPCROSSINGS),
    ),
)

TOY_KINDS = (_EXPECTED, _COVERAGE, _UNIFIED, _CLS, _SIGNIFICANCE)
