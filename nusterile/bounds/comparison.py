"""Our limits beside the external bounds: which beats which at which mass."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.arguments import require_name
from nusterile.bounds.registry import Bounds
from nusterile.errors import InputError
from nusterile.vocabulary import (
    ATTRIBUTES,
    BOHR_MAGNETONS,
    CL,
    FLAVOR,
    FLAVORS,
    LIMIT,
    M_4,
    MEV,
    MOMENT_ATTRIBUTES,
    PURE_NUMBER,
    unit_word,
)

__all__ = ["MASSLESS_UP_TO", "compare"]

#: Mass up to which a limit for a massless final state is compared with ours, MeV. It is small
#: beside every energy behind these limits, the 10 keV of plasmons in red giants among them.
MASSLESS_UP_TO = 1e-3
#: What rounding does to the first mass of a grid.
_ROUNDING = 1e-9

_NUMBER = {"units": PURE_NUMBER}
_COLUMNS: dict[str, dict[str, str]] = {
    **{name: ATTRIBUTES[name] for name in (FLAVOR, M_4, LIMIT)},
    "bound": {**_NUMBER, "long_name": "name of the bound"},
    "label": {**_NUMBER, "long_name": "label of the bound"},
    "kind": {**_NUMBER, "long_name": "upper_limit, region or massless"},
    "bound_cl": {**_NUMBER, "long_name": "confidence level of the bound, as published"},
    "bound_low": {**MOMENT_ATTRIBUTES, "long_name": "the bound, or lower edge of the region"},
    "bound_high": {**MOMENT_ATTRIBUTES, "long_name": "upper edge of the region"},
    "ratio": {**_NUMBER, "long_name": "limit / bound_low"},
    "verdict": {
        **_NUMBER,
        "long_name": "stronger or weaker than the bound; inside or above a region",
    },
}


class _Rival(NamedTuple):
    """What a row is compared with, at every mass."""

    identity: tuple[str, str, str, float]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def compare(limits: xr.DataArray, bounds: Bounds, marks: xr.DataArray | None = None) -> xr.Dataset:
    """Say which of our limits beat which bound at which mass.

    Parameters
    ----------
    limits : DataArray, dims flavor, m_4 and any others (selection, cl, dof)
        Upper limits in Bohr magnetons, masses in MeV. NaN: no limit, no row.
    bounds : Bounds
        What to compare with; lines take no part.
    marks : DataArray, optional
        `massless_marks`; they hold for m₄ → 0, so they are compared at the lightest mass of
        `limits` only, and not at all where that is beyond `MASSLESS_UP_TO`.

    Returns
    -------
    Dataset, dims (row,)
        A row for every limit and every bound that holds for its flavor and reaches
        its mass. Variables: the other coordinates of `limits`, ``flavor``, ``m_4``,
        ``limit``; ``bound``, ``label``, ``kind``, ``bound_cl`` (as published, no level
        is rescaled), ``bound_low``, ``bound_high`` (NaN but for regions); ``ratio`` =
        limit / bound_low and ``verdict``: ``stronger`` (our limit lies below the
        bound, below all of a region), ``weaker`` (it does not), and for regions
        ``inside`` and ``above``, which say where our limit lies.

    Raises
    ------
    InputError
        If a dimension is missing, or a unit or flavor is a different one.

    Examples
    --------
    >>> import xarray as xr
    >>> from nusterile.bounds.registry import load_bounds
    >>> ours = xr.DataArray(
    ...     [[1.2e-11, 1.6e-11]],
    ...     dims=("flavor", "m_4"),
    ...     coords={"flavor": ["tau"], "m_4": [0.1, 1.5]},
    ... )
    >>> table = compare(ours, load_bounds())
    >>> sorted(set(table["bound"].values[table["verdict"] == "stronger"].tolist()))
    ['borexino', 'borexino_superk', 'donut_tau', 'lep', 'xenon1t_nr']
    """
    _check(limits)
    others = [str(name) for name in limits.dims if name not in (FLAVOR, M_4)]
    fixed = [str(name) for name, coord in limits.coords.items() if coord.ndim == 0]
    ordered = limits.transpose(*others, FLAVOR, M_4)
    masses = ordered[M_4].values.astype(float)
    rivals = {
        str(flavor): _rivals(bounds, str(flavor), masses, marks)
        for flavor in ordered[FLAVOR].values
    }
    rows: list[tuple[Any, ...]] = []
    for index in np.ndindex(ordered.shape[:-1]):
        flavor = str(ordered[FLAVOR].values[index[-1]])
        head = [ordered[name].item() for name in fixed]
        head += [ordered[name][i].item() for name, i in zip(others, index, strict=False)]
        for column in np.flatnonzero(np.isfinite(ordered.values[index])):
            ours = float(ordered.values[index][column])
            for rival in rivals[flavor]:
                low, high = float(rival.low[column]), float(rival.high[column])
                if np.isfinite(low):
                    verdict = _verdict(ours, low, high)
                    mass = float(masses[column])
                    rows.append(
                        (*head, flavor, mass, ours, *rival.identity, low, high, ours / low, verdict)
                    )
    attributes = {name: limits[name].attrs for name in [*fixed, *others]} | _COLUMNS
    cells = list(zip(*rows, strict=True)) if rows else [()] * len(attributes)
    return xr.Dataset(
        {
            name: ("row", np.array(column), attrs)
            for (name, attrs), column in zip(attributes.items(), cells, strict=True)
        }
    )


def _rivals(
    bounds: Bounds, flavor: str, masses: NDArray[np.float64], marks: xr.DataArray | None
) -> list[_Rival]:
    nowhere = np.full(masses.shape, np.nan)
    rivals = []
    for bound in bounds.select(flavor):
        identity = (bound.name, bound.label, bound.kind, bound.cl)
        if bound.kind == "upper_limit":
            rivals.append(_Rival(identity, bound.limit(masses).values, nowhere))
        elif bound.kind == "region":
            edges = bound.edges(masses)
            rivals.append(_Rival(identity, edges["low"].values, edges["high"].values))
    if marks is not None and masses.size and masses.min() <= MASSLESS_UP_TO * (1 + _ROUNDING):
        for mark in marks:
            if str(mark[FLAVOR].item()) in (flavor, "all"):
                name, label = str(mark["mark"].item()), str(mark["label"].item())
                values = np.where(masses == masses.min(), mark.item(), np.nan)
                published = float(mark[CL])
                rivals.append(_Rival((name, label, "massless", published), values, nowhere))
    return rivals


def _verdict(ours: float, low: float, high: float) -> str:
    if ours < low:
        return "stronger"
    if np.isnan(high):
        return "weaker"
    return "inside" if ours <= high else "above"


def _check(limits: Any) -> None:
    if not isinstance(limits, xr.DataArray):
        raise InputError(
            f"limits: is a {type(limits).__name__}; expected a DataArray, as product['limit']"
        )
    for name in (FLAVOR, M_4):
        if name not in limits.dims or name not in limits.coords:
            raise InputError(
                f"limits: has the dimensions {', '.join(map(str, limits.dims)) or 'none'}; "
                f"'{name}' with its coordinate is missing"
            )
    for expected, holder, what in (
        (BOHR_MAGNETONS, limits, "limits"),
        (MEV, limits[M_4], "limits: m_4"),
    ):
        given = unit_word(holder.attrs.get("units", expected))
        if given != expected:
            raise InputError(f"{what}: is in '{given}'; expected '{expected}'")
    for flavor in limits[FLAVOR].values:
        require_name(FLAVOR, str(flavor), FLAVORS)
