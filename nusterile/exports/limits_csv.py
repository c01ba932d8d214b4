"""The limits as one tidy CSV table with a head of comments, and how to read it back."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from nusterile.errors import InputError
from nusterile.exports.description import described, limits_of
from nusterile.files.listing import comments, without_guard
from nusterile.files.writing import write_file
from nusterile.product.rows import STATUS, kind_of, kinds_of, limit_listing
from nusterile.product.stored import stored_configuration
from nusterile.vocabulary import (
    CHI2_MIN,
    DOF,
    EXPECTED,
    EXPECTED_LIMIT,
    FLAVOR,
    KIND,
    LIMIT,
    LIMIT_AXES,
    LIMIT_LOW,
    LIMIT_STATUS,
    M_4,
    MU_BEST,
    OBSERVED,
    PURE_NUMBER,
    SELECTION,
    axis_attributes,
    limit_attributes,
    unit_word,
)

__all__ = ["read_limits_csv", "write"]

_VALUES = (LIMIT, LIMIT_STATUS, CHI2_MIN, MU_BEST)
#: Files of before lack these.
_LATER = (LIMIT_LOW, EXPECTED_LIMIT)
#: Variables of the columns that have other names.
_VARIABLES = {STATUS: LIMIT_STATUS, EXPECTED: EXPECTED_LIMIT}
_TEXT = (SELECTION, FLAVOR, LIMIT_STATUS)
_KINDS = {
    OBSERVED: "observed, from the data",
    EXPECTED: "expected, from counts as expected without a signal (Asimov data)",
}


def write(product: xr.Dataset, path: Path, *, expected: bool = False) -> None:
    """Write the limits of a product.

    Parameters
    ----------
    product : Dataset
        A product.
    expected : bool
        Asimov limits instead, computed from the product's configuration.
    path : Path
        File to write. One row a limit; numbers with full precision, empty where there is
        none; comments before it name units, statistic, configuration and references.
        ``chi2_min`` is the minimum from which the limit of a row counts: at its mass for one
        degree of freedom, of the whole plane for two (empty where a part of a product does
        not hold all of it).

    Raises
    ------
    InputError
        If the file cannot be written, or expected limits cannot be computed.
    """
    limits = _with_floors(limits_of(product, expected=expected), product)
    listing = limit_listing(limits, (CHI2_MIN, MU_BEST))
    # in this file, columns have the names of the product's variables
    columns = [_VARIABLES.get(name, name) for name in listing.columns]
    units = "; ".join(
        f"{name} = {listing.units.get(column, PURE_NUMBER)}"
        for name, column in zip(columns, listing.columns, strict=True)
    )
    kinds = kinds_of(limits)
    without_data = [name for name, kind in kinds.items() if kind == EXPECTED]
    text = _KINDS[kind_of(limits)]
    if 0 < len(without_data) < len(kinds):
        text += f"; {_KINDS[EXPECTED]} for {', '.join(without_data)}"
    facts = {**described(product), KIND: text, "units": units}
    write_file(
        path, comments(facts) + replace(listing, columns=tuple(columns)).render("csv") + "\n"
    )


def _with_floors(limits: xr.Dataset, product: xr.Dataset) -> xr.Dataset:
    """Limits whose ``chi2_min`` is, for two degrees of freedom, that of the whole plane."""
    lowest = limits[CHI2_MIN]
    whole = limits.sizes[M_4] == stored_configuration(product).grids.m_4.size
    plane = lowest.min(M_4) if whole else np.nan
    floors = lowest.where(limits[DOF] == 1, plane).transpose(*lowest.dims, DOF)
    return limits.assign({CHI2_MIN: floors.assign_attrs(lowest.attrs)})


def read_limits_csv(path: str | Path) -> xr.Dataset:
    """Read what `write` wrote.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Dataset
        ``limit``, ``limit_status``, ``limit_low``, ``expected_limit`` (selection, flavor, m_4,
        cl, dof), ``chi2_min`` (of the first number of degrees of freedom) and ``mu_best``
        (selection, flavor, m_4) with their units, and ``kind`` as `Analysis.limits` has it; the
        comments as attributes. Files of before lack ``limit_low`` and ``expected_limit``.

    Raises
    ------
    InputError
        If it is no such file; the message names what is missing.

    Examples
    --------
    >>> import tempfile, nusterile
    >>> product = nusterile.open("products/limits.nc")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write(product, Path(folder) / "limits.csv")
    ...     read_limits_csv(Path(folder) / "limits.csv").limit.dims
    ('selection', 'flavor', 'm_4', 'cl', 'dof')
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error})") from None
    comments = [line.removeprefix("# ").partition(": ") for line in lines if line.startswith("# ")]
    facts = {name: value for name, _, value in comments}
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    units = dict(item.split(" = ") for item in facts.pop("units", "").split("; ") if " = " in item)
    names = [*LIMIT_AXES, *_VALUES]
    for name in names:
        if name not in units or not rows or name not in rows[0]:
            raise InputError(f"{path}: column or unit of '{name}' is missing; not a limits table")
    columns = {name: [row[name] for row in rows] for name in names}
    axes = {name: list(dict.fromkeys(columns[name])) for name in LIMIT_AXES}
    shape = tuple(len(axis) for axis in axes.values())
    if len(rows) != np.prod(shape):
        raise InputError(f"{path}: {len(rows)} rows; expected one for each of {shape} points")
    kinds = {row[SELECTION]: row.get(KIND) for row in rows}
    without_data = [without_guard(name) for name, kind in kinds.items() if kind == EXPECTED]
    expected = len(without_data) == len(kinds)
    present = [*_VALUES, *(name for name in _LATER if name in rows[0] and name in units)]
    columns |= {name: [row[name] for row in rows] for name in present}
    data = {
        name: (
            LIMIT_AXES,
            _values(name, columns[name]).reshape(shape),
            _attributes(limit_attributes(name, expected=expected), units[name]),
        )
        for name in present
    }
    coordinates = {
        name: (name, _values(name, axis), {"units": units[name]}) for name, axis in axes.items()
    }
    dataset = xr.Dataset(data, coords=coordinates, attrs=facts)
    if without_data and not expected:
        dataset[SELECTION].attrs |= axis_attributes(SELECTION, without_data)
    for name in (CHI2_MIN, MU_BEST):
        dataset[name] = dataset[name].isel(cl=0, dof=0, drop=True)
    return dataset


def _attributes(attributes: dict[str, str], word: str) -> dict[str, str]:
    """Attributes of a variable whose unit the file names by a word."""
    if unit_word(attributes["units"]) == word:
        return attributes
    return {"units": word, **{k: v for k, v in attributes.items() if not k.startswith("units")}}


def _values(name: str, cells: list[str]) -> np.ndarray:
    if name in _TEXT:
        return np.array([without_guard(cell) for cell in cells], dtype=object)
    return np.array([float(cell) if cell else np.nan for cell in cells])
