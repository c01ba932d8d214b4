"""The limits as one tidy CSV table with a head of comments, and how to read it back."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import xarray as xr

from nusterile.errors import InputError
from nusterile.exports.description import described, limits_of
from nusterile.files.writing import write_file
from nusterile.vocabulary import (
    ATTRIBUTES,
    CHI2_MIN,
    CL,
    DOF,
    FLAVOR,
    LIMIT,
    LIMIT_STATUS,
    M_4,
    MU_BEST,
    SELECTION,
)

__all__ = ["read_limits_csv", "write"]

_KEYS = (SELECTION, FLAVOR, M_4, CL, DOF)
_VALUES = (LIMIT, LIMIT_STATUS, CHI2_MIN, MU_BEST)
_TEXT = (SELECTION, FLAVOR, LIMIT_STATUS)


def write(product: xr.Dataset, path: Path) -> None:
    """Write the limits of a product.

    Parameters
    ----------
    product : Dataset
        A product.
    path : Path
        File to write. One row a limit; numbers with full precision, empty where there is
        none; comments before it name units, statistic, configuration and references.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    limits = xr.broadcast(limits_of(product).transpose(*_KEYS))[0]
    columns = {
        name: np.broadcast_to(
            limits[name].values.reshape([-1 if key == name else 1 for key in _KEYS]),
            limits.limit.shape,
        )
        for name in _KEYS
    }
    columns |= {name: limits[name].transpose(*_KEYS).values for name in _VALUES}
    text = io.StringIO()
    for name, value in described(product).items():
        text.write(f"# {name}: {value}\n")
    units = "; ".join(f"{name} = {ATTRIBUTES[name]['units']}" for name in columns)
    text.write(f"# units: {units}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(
        [_cell(value) for value in row]
        for row in zip(*(column.ravel() for column in columns.values()), strict=True)
    )
    write_file(path, text.getvalue())


def read_limits_csv(path: str | Path) -> xr.Dataset:
    """Read what `write` wrote.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    Dataset
        ``limit``, ``limit_status`` (selection, flavor, m_4, cl, dof), ``chi2_min`` and
        ``mu_best`` (selection, flavor, m_4) with their units; the comments as attributes.

    Raises
    ------
    InputError
        If it is no such file; the message names what is missing.
    """
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error})") from None
    comments = [line.removeprefix("# ").partition(": ") for line in lines if line.startswith("# ")]
    facts = {name: value for name, _, value in comments}
    rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    units = dict(item.split(" = ") for item in facts.pop("units", "").split("; ") if " = " in item)
    names = [*_KEYS, *_VALUES]
    for name in names:
        if name not in units or not rows or name not in rows[0]:
            raise InputError(f"{path}: column or unit of '{name}' is missing; not a limits table")
    columns = {name: [row[name] for row in rows] for name in names}
    axes = {name: list(dict.fromkeys(columns[name])) for name in _KEYS}
    shape = tuple(len(axis) for axis in axes.values())
    if len(rows) != np.prod(shape):
        raise InputError(f"{path}: {len(rows)} rows; expected one for each of {shape} points")
    data = {
        name: (_KEYS, _values(name, columns[name]).reshape(shape), {"units": units[name]})
        for name in _VALUES
    }
    coordinates = {
        name: (name, _values(name, axis), {"units": units[name]}) for name, axis in axes.items()
    }
    dataset = xr.Dataset(data, coords=coordinates, attrs=facts)
    for name in (CHI2_MIN, MU_BEST):
        dataset[name] = dataset[name].isel(cl=0, dof=0, drop=True)
    return dataset


def _values(name: str, cells: list[str]) -> np.ndarray:
    if name in _TEXT:
        return np.array(cells, dtype=object)
    return np.array([float(cell) if cell else np.nan for cell in cells])


def _cell(value: object) -> object:
    if isinstance(value, float):
        return "" if np.isnan(value) else repr(float(value))
    return value
