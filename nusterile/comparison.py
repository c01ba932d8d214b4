"""Two products or analyses side by side: ratios of their limits, and what was set differently."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from nusterile.analysis import Analysis
from nusterile.arguments import Names, chosen_names, masses_of
from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.files.listing import Listing
from nusterile.product.stored import stored_input_hashes
from nusterile.results import Results
from nusterile.vocabulary import (
    BOHR_MAGNETONS,
    CL,
    DEFAULT_MASSES,
    DOF,
    FLAVOR,
    LIMIT,
    LIMIT_STATUS,
    M_4,
    MEV,
    SELECTION,
)

__all__ = ["compare_limits", "compare_settings"]

#: Relative difference up to which two masses are the same.
_SAME_MASS = 1e-9
#: What is shown where one of the two has nothing.
_NONE = "-"


def compare_limits(
    first: Results | Analysis | xr.Dataset,
    second: Results | Analysis | xr.Dataset,
    *,
    selection: Names | None = None,
    flavor: Names | None = None,
    m_4: ArrayLike | None = None,
    cl: float = 0.9,
    dof: ArrayLike | None = None,
) -> Listing:
    """Divide the limits of one by those of the other.

    Parameters
    ----------
    first, second : Analysis, Dataset or Results
        Numerator and denominator.
    selection, flavor : str or iterable of str, optional
        What both have by default.
    m_4 : array_like, optional
        Masses, MeV; 0.01, 0.1, 0.3 and 1, as far as both have them, by default. Between the
        masses of a product its limits are taken on a straight line in the logarithms.
    cl : float
        Confidence level.
    dof : array_like, optional
        Degrees of freedom; what both have by default.

    Returns
    -------
    Listing
        Columns: selection, flavor, m_4, cl, dof, first, second, ratio, first_status,
        second_status; no value where a limit does not exist.

    Raises
    ------
    InputError
        If the two have nothing in common, or one lacks what is asked for.

    Examples
    --------
    >>> first = Analysis()
    >>> second = first.with_changes(solar={"sigma": 0.14})
    >>> found = compare_limits(
    ...     second, first, selection="xenonnt_sr0", flavor="e", m_4=[0.1], dof=1
    ... )
    >>> 1.0 < found.column("ratio")[0] < 1.1
    True
    """
    a, b = Results.of(first), Results.of(second)
    selections = chosen_names(SELECTION, selection, _shared(SELECTION, a.selections, b.selections))
    flavors = chosen_names(FLAVOR, flavor, _shared(FLAVOR, a.flavors, b.flavors))
    if dof is None:
        dof = [degree for degree in a.degrees if degree in b.degrees]
    if m_4 is None:
        m_4 = [m for m in DEFAULT_MASSES[1:] if (m,) == a.usual_masses([m]) == b.usual_masses([m])]
        if not m_4:
            raise InputError("the two have none of the usual masses in common; name some with m_4")
    masses = np.unique(masses_of(m_4))
    ours, theirs = (_at(results, masses, cl, dof) for results in (a, b))
    rows = []
    for name in selections:
        for moment in flavors:
            for degree in ours[DOF].values.tolist():
                at = {SELECTION: name, FLAVOR: moment, DOF: degree}
                left, right = ours.sel(at), theirs.sel(at)
                for index, mass in enumerate(masses.tolist()):
                    one, other = (float(part[LIMIT].values[index]) for part in (left, right))
                    status = [str(part[LIMIT_STATUS].values[index]) for part in (left, right)]
                    rows.append(
                        (name, moment, mass, cl, int(degree), one, other, one / other, *status)
                    )
    return Listing.of(
        [
            *(SELECTION, FLAVOR, M_4, CL, DOF),
            *("first", "second", "ratio", "first_status", "second_status"),
        ],
        rows,
        {M_4: MEV, "first": BOHR_MAGNETONS, "second": BOHR_MAGNETONS},
    )


def compare_settings(
    first: Results | Analysis | xr.Dataset, second: Results | Analysis | xr.Dataset
) -> Listing:
    """Say in what the configurations and input tables of two results differ.

    Parameters
    ----------
    first, second : Analysis, Dataset or Results
        What to compare.

    Returns
    -------
    Listing
        Columns: setting, first, second; a row a difference, none where all is the same.

    Examples
    --------
    >>> first = Analysis()
    >>> compare_settings(first, first.with_changes(solar={"sigma": 0.14})).rows
    (('solar.sigma', '0.07', '0.14'),)
    """
    a, b = (_settings(Results.of(origin)) for origin in (first, second))
    return Listing.of(
        ["setting", "first", "second"],
        [
            (key, a.get(key, _NONE), b.get(key, _NONE))
            for key in dict.fromkeys([*a, *b])
            if a.get(key, _NONE) != b.get(key, _NONE)
        ],
    )


def _shared(what: str, first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    shared = tuple(name for name in first if name in second)
    if not shared:
        raise InputError(
            f"the two have no {what} in common: {', '.join(first)}; {', '.join(second)}"
        )
    return shared


def _at(results: Results, masses: Floats, cl: float, dof: ArrayLike) -> xr.Dataset:
    """Limits at exactly these masses."""
    if results.product is None:
        return results.limits_at(masses, cl, dof)
    results.chosen_masses(masses)  # none beyond the grid
    grid = results.product[M_4].values.astype(float)
    stored = results.limits_at(grid, cl, dof)
    high = np.clip(np.searchsorted(grid, masses * (1 - _SAME_MASS)), 0, grid.size - 1)
    low = np.where(np.isclose(grid[high], masses, rtol=_SAME_MASS, atol=0), high, high - 1)
    low = np.maximum(low, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.log(masses / grid[low]) / np.log(grid[high] / grid[low])
    share = xr.DataArray(np.where(low == high, 0.0, share), dims=M_4)
    below, above = (stored.isel({M_4: index}).drop_vars(M_4) for index in (low, high))
    limit = np.exp(np.log(below[LIMIT]) * (1 - share) + np.log(above[LIMIT]) * share)
    limit = below[LIMIT].where(share == 0, limit)
    status = above[LIMIT_STATUS].where(np.isfinite(below[LIMIT]), below[LIMIT_STATUS])
    return xr.Dataset({LIMIT: limit, LIMIT_STATUS: status}).assign_coords({M_4: masses})


def _settings(results: Results) -> dict[str, str]:
    """Every setting and the checksum of every table, by name."""
    product = results.product
    hashes = results.analysis.input_hashes() if product is None else stored_input_hashes(product)
    settings = dict(_flat(results.configuration.model_dump(mode="json")))
    return settings | {f"table {name}": f"sha256 {digest[:12]}" for name, digest in hashes.items()}


def _flat(values: Mapping[str, Any], head: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from _flat(value, f"{head}{key}.")
        else:
            yield f"{head}{key}", json.dumps(value, ensure_ascii=False)
