"""The contract of a product file, and the check that a dataset keeps it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.errors import ProductError
from nusterile.vocabulary import (
    ATTRIBUTES,
    BACKGROUND,
    BIN,
    BIN_HIGH,
    BIN_LOW,
    CHI2,
    CHI2_MIN,
    CL,
    COMPONENT,
    COUNTS,
    DIMENSIONS,
    DOF,
    EXPERIMENT,
    EXPOSURE,
    FAILED,
    FLAVOR,
    FLAVORS,
    LIMIT,
    LIMIT_STATUS,
    M_4,
    MU,
    MU_BEST,
    MU_REFERENCE,
    OK,
    OPEN,
    OUTSIDE,
    PULL,
    PULLS,
    RATE,
    RATE_DIPOLE,
    RATE_SM,
    SELECTION,
    unit_word,
)

__all__ = [
    "COORDINATES",
    "SCHEMA_VERSION",
    "VARIABLES",
    "Variable",
    "validate_dataset",
    "with_all_axes",
]

#: Version of the contract; raised whenever a reader of the old one would be misled.
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Variable:
    """Dimensions, type and role of one variable.

    Attributes
    ----------
    dims : tuple of str
        Dimensions, in order.
    dtype : str
        ``float64``, ``float32`` or ``text``.
    in_limits : bool
        Also part of a product that holds limits only.
    """

    dims: tuple[str, ...]
    dtype: str = "float64"
    in_limits: bool = False


_FIT = (SELECTION, FLAVOR, M_4)
_BINS = (EXPERIMENT, BIN)

#: Every data variable of a product.
VARIABLES: dict[str, Variable] = {
    RATE: Variable((EXPERIMENT, FLAVOR, M_4, MU, BIN), "float32"),
    RATE_SM: Variable(_BINS),
    RATE_DIPOLE: Variable((EXPERIMENT, FLAVOR, M_4, BIN)),
    BACKGROUND: Variable((EXPERIMENT, COMPONENT, BIN)),
    COUNTS: Variable(_BINS),
    EXPOSURE: Variable((EXPERIMENT,)),
    CHI2: Variable((*_FIT, MU)),
    PULLS: Variable((*_FIT, MU, PULL), "float32"),
    CHI2_MIN: Variable(_FIT, in_limits=True),
    MU_BEST: Variable(_FIT, in_limits=True),
    LIMIT: Variable((*_FIT, CL, DOF), in_limits=True),
    LIMIT_STATUS: Variable((*_FIT, CL, DOF), "text", in_limits=True),
}

#: Every coordinate of a product.
COORDINATES: dict[str, Variable] = {
    EXPERIMENT: Variable((EXPERIMENT,), "text"),
    SELECTION: Variable((SELECTION,), "text", in_limits=True),
    FLAVOR: Variable((FLAVOR,), "text", in_limits=True),
    COMPONENT: Variable((COMPONENT,), "text"),
    PULL: Variable((PULL,), "text"),
    M_4: Variable((M_4,), in_limits=True),
    MU: Variable((MU,)),
    BIN: Variable((BIN,)),
    BIN_LOW: Variable(_BINS),
    BIN_HIGH: Variable(_BINS),
    CL: Variable((CL,), in_limits=True),
    DOF: Variable((DOF,), in_limits=True),
}

#: What rounding may do to a chi-square.
_ROUNDING = 1e-6
#: Relative, of rates in single precision.
_RATE_ROUNDING = 1e-5

_ATTRIBUTES = (
    "title",
    "summary",
    "Conventions",
    "nusterile_version",
    "date_created",
    "history",
    "references",
    "license",
    "config",
    "config_hash",
    "input_hashes",
)


def validate_dataset(dataset: xr.Dataset, source: str) -> None:
    """Check a dataset against the contract.

    Parameters
    ----------
    dataset : Dataset
        What to check; see `with_all_axes` for a part of a product.
    source : str
        Its name, for messages.

    Raises
    ------
    ProductError
        At the first difference: where it is, what was expected, what was found.
    """
    check_version(dataset, source)
    content = dataset.attrs.get("content", "scan")
    if not isinstance(content, str) or content not in ("scan", "limits"):
        raise _difference(source, "attribute content", "scan or limits", _shown(content))
    limits_only = content == "limits"
    for name in _ATTRIBUTES:
        if not isinstance(dataset.attrs.get(name), str) or not dataset.attrs[name]:
            found = _shown(dataset.attrs[name]) if name in dataset.attrs else "none"
            raise _difference(source, f"attribute {name}", "text", found)
    for group, expected in ((dataset.coords, COORDINATES), (dataset.data_vars, VARIABLES)):
        for name, variable in expected.items():
            if limits_only and not variable.in_limits:
                continue
            if name not in group:
                raise _difference(source, f"variable {name}", str(variable.dims), "none")
            _check_variable(dataset[name], variable, source)
    _check_json(dataset, source)
    _check_values(dataset, source)
    if not limits_only:
        _check_scan(dataset, source)


def with_all_axes(dataset: xr.Dataset) -> xr.Dataset:
    """Give a part of a product its axes back.

    Parameters
    ----------
    dataset : Dataset
        A product or a part of one: after ``sel(flavor="e")`` the flavour is a scalar.

    Returns
    -------
    Dataset
        Scalars are axes of one entry again, and the axes stand in the contract's order.
    """
    scalars = {dim for dim in DIMENSIONS if dim in dataset.coords and dataset[dim].ndim == 0}
    restored = {}
    for name, expected in {**COORDINATES, **VARIABLES}.items():
        if name in dataset.variables:
            variable = dataset.variables[name]
            lost = dict.fromkeys(scalars & set(expected.dims) - set(variable.dims), 1)
            if {*lost, *variable.dims} == set(expected.dims):
                full = variable.set_dims({**lost, **variable.sizes})  # type: ignore[no-untyped-call]  # xarray's own
                restored[name] = full.transpose(*expected.dims)
    coordinates = {name: values for name, values in restored.items() if name in dataset.coords}
    data = {name: values for name, values in restored.items() if name not in coordinates}
    return dataset.drop_vars(scalars).assign(data).assign_coords(coordinates)


def check_version(dataset: xr.Dataset, source: str) -> None:
    """Refuse a dataset of another schema version, or of none."""
    version = dataset.attrs.get("schema_version")
    if version is None:
        raise ProductError(
            f"{source}: is not a nusterile product (it has no attribute schema_version)"
        )
    if not isinstance(version, int | np.integer):
        raise _difference(source, "attribute schema_version", "an integer", _shown(version))
    if version > SCHEMA_VERSION:
        raise ProductError(
            f"{source}: has schema version {version}, this nusterile reads up to "
            f"{SCHEMA_VERSION}; install a newer nusterile"
        )
    if version < SCHEMA_VERSION:
        raise ProductError(
            f"{source}: has schema version {version}, which is no longer read; build it again"
        )


def _difference(source: str, path: str, expected: str, found: str) -> ProductError:
    return ProductError(f"{source}: {path}: expected {expected}, found {' '.join(found.split())}")


def _check_variable(array: xr.DataArray, variable: Variable, source: str) -> None:
    path = f"variable {array.name}"
    if array.dims != variable.dims:
        raise _difference(source, path, f"dimensions {variable.dims}", str(array.dims))
    if any(size == 0 for dim, size in array.sizes.items() if dim != COMPONENT):
        raise _difference(source, path, "at least one value", f"shape {array.shape}")
    kind = "text" if array.dtype.kind in "OUST" else str(array.dtype)
    if kind != variable.dtype and array.size:  # a file keeps no type of text that is not there
        raise _difference(source, path, variable.dtype, kind)
    units = ATTRIBUTES[str(array.name)]["units"]
    found = array.attrs.get("units")
    # as they are written now, or as a word, as they were before
    if not isinstance(found, str) or found not in (units, unit_word(units)):
        found = _shown(array.attrs["units"]) if "units" in array.attrs else "none"
        raise _difference(source, f"{path}, attribute units", repr(units), found)
    if not isinstance(array.attrs.get("long_name"), str) or not array.attrs["long_name"]:
        raise _difference(source, f"{path}, attribute long_name", "text", "none")


def _check_json(dataset: xr.Dataset, source: str) -> None:
    for name in ("config", "input_hashes"):
        try:
            value = json.loads(dataset.attrs[name])
        except (ValueError, RecursionError) as error:
            raise _difference(source, f"attribute {name}", "JSON", str(error)) from None
        if not isinstance(value, dict):
            raise _difference(source, f"attribute {name}", "a JSON object", _shown(value))
    digest = hashlib.sha256(dataset.attrs["config"].encode()).hexdigest()
    if dataset.attrs["config_hash"] != digest:
        raise _difference(
            source, "attribute config_hash", f"{digest} (of config)", dataset.attrs["config_hash"]
        )


def _check_values(dataset: xr.Dataset, source: str) -> None:
    ranges = {
        M_4: (0.0, np.inf, "increasing numbers not below 0"),
        MU: (np.finfo(float).tiny, np.inf, "increasing numbers above 0"),
        CL: (0.0, 1.0, "increasing numbers between 0 and 1"),
        DOF: (1.0, 2.0, "1 and 2"),
    }
    for name, (low, high, expected) in ranges.items():
        if name not in dataset.coords:
            continue
        values = dataset[name].values
        inside = np.isfinite(values) & (values >= low) & (values <= high)
        if not inside.all() or np.any(np.diff(values) <= 0):
            raise _difference(source, f"variable {name}", expected, _short(values))
    for name in (EXPERIMENT, SELECTION, FLAVOR, COMPONENT, PULL):
        names = [str(v) for v in dataset[name].values] if name in dataset.coords else []
        if len(set(names)) < len(names):
            raise _difference(source, f"variable {name}", "different names", ", ".join(names))
    for flavor in dataset.flavor.values:
        if flavor not in FLAVORS:
            raise _difference(source, "variable flavor", ", ".join(FLAVORS), _shown(flavor))
    status = dataset.limit_status.values.astype(str)
    unknown = ~np.isin(status, (OK, OPEN, OUTSIDE, FAILED))
    if unknown.any():
        raise _difference(
            source, "variable limit_status", "ok, open, outside, failed", _shown(status[unknown][0])
        )
    limit = dataset.limit.values
    found = np.isin(status, (OK, OUTSIDE))
    if np.any(np.isnan(limit) == found) or np.any(limit[found] <= 0):
        raise _difference(
            source,
            "variable limit",
            "a positive number where limit_status is ok or outside and NaN elsewhere",
            "something else",
        )


def _check_scan(dataset: xr.Dataset, source: str) -> None:
    chi2 = dataset.chi2.values
    if np.any(chi2 < -_ROUNDING):
        raise _difference(source, "variable chi2", "numbers not below 0", f"{np.nanmin(chi2):g}")
    lowest = dataset.chi2_min.values[..., None]
    with np.errstate(invalid="ignore"):
        below = chi2 < lowest - _ROUNDING
    if below.any():
        raise _difference(
            source,
            "variable chi2_min",
            "the minimum of chi2",
            f"chi2 below it by {np.max((lowest - chi2)[below]):g}",
        )
    components = list(map(str, dataset.component.values))
    for pull in map(str, dataset.pull.values):
        component = pull.partition(":")[2]
        if component and component not in components:
            found = _shown(", ".join(components) or "none")
            raise _difference(source, "variable component", f"'{component}' of {pull}", found)
    low, high = dataset.bin_low.values, dataset.bin_high.values
    real = np.isfinite(low)
    if np.any(real != np.isfinite(high)) or np.any(high[real] <= low[real]):
        raise _difference(source, "variable bin_high", "values above bin_low", "something else")
    for name in (COUNTS, RATE_SM):
        values = dataset[name].values
        if np.any(np.isfinite(values) != real) or np.any(values[real] < 0):
            raise _difference(
                source,
                f"variable {name}",
                "numbers not below 0 in every bin, NaN in the padding",
                "something else",
            )
    if not np.all(dataset.exposure.values > 0):
        raise _difference(
            source, "variable exposure", "positive numbers", _short(dataset.exposure.values)
        )
    strength = (dataset.mu.values / MU_REFERENCE) ** 2
    for row, name in enumerate(dataset.experiment.values):
        bins = real[row]
        for f in range(dataset.flavor.size):
            rate = dataset.rate.values[row, f]
            dipole = dataset.rate_dipole.values[row, f][:, None, bins] * strength[:, None]
            expected = dataset.rate_sm.values[row, bins] + dipole
            difference = np.abs(rate[..., bins] - expected)
            right = difference <= _RATE_ROUNDING * np.abs(expected)  # False where one is NaN
            if not right.all() or not np.isnan(rate[..., ~bins]).all():
                raise _difference(
                    source,
                    f"variable rate of {name}",
                    "rate_sm + rate_dipole (mu/1e-11)^2",
                    "something else",
                )


def _shown(value: Any) -> str:
    """A value on one line, text in quotes."""
    text = repr(str(value)) if isinstance(value, str) else " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _short(values: NDArray[np.float64]) -> str:
    """Numbers on one line, the middle left out."""
    return " ".join(np.array2string(values, threshold=8, precision=6).split())
