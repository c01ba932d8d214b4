"""The contract of a product file, and the check that a dataset keeps it.

What a file of each kind holds stands with the kind, see `kinds`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import numpy as np
import xarray as xr

from nusterile.product.kind import Kind, Variable, difference, short, shown
from nusterile.product.kinds import KINDS, content_of, kind_of
from nusterile.product.schema_version import check_version
from nusterile.vocabulary import ATTRIBUTES, COMPONENT, FLAVOR, FLAVORS, unit_word

__all__ = ["validate_dataset", "with_all_axes"]

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


def validate_dataset(dataset: xr.Dataset, source: str, *, values: bool = True) -> None:
    """Check a dataset against the contract.

    Parameters
    ----------
    dataset : Dataset
        What to check; see `with_all_axes` for a part of a product.
    source : str
        Its name, for messages.
    values : bool
        Check the values of variables that are no coordinates, too, and so read them all.

    Raises
    ------
    ProductError
        At the first difference: where it is, what was expected, what was found.

    Examples
    --------
    >>> from nusterile.product.files import open_product
    >>> product = open_product("products/limits.nc")
    >>> validate_dataset(product, "mine")
    >>> validate_dataset(product.drop_vars("limit"), "mine")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    nusterile.errors.ProductError: mine: variable limit: expected ('selection', 'flavor', ...
    """
    check_version(dataset, source)
    kind = kind_of(dataset, source)
    _check_attributes(dataset, dict.fromkeys(_ATTRIBUTES, str) | dict(kind.attributes), source)
    for group, expected in (
        (dataset.coords, kind.coordinates),
        (dataset.data_vars, kind.variables),
    ):
        for name, variable in expected.items():
            if name in group:
                _check_variable(dataset[name], variable, source)
            elif not variable.optional and variable.since <= dataset.attrs["schema_version"]:
                raise difference(source, f"variable {name}", str(variable.dims), "none")
    _check_json(dataset, source)
    _check_coordinates(dataset, kind, source)
    if values:
        kind.check(dataset, source)


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

    Examples
    --------
    >>> from nusterile.product.files import open_product
    >>> part = open_product("products/limits.nc").sel(flavor="e")
    >>> part.limit.dims, with_all_axes(part).limit.dims
    (('selection', 'm_4', 'cl', 'dof'), ('selection', 'flavor', 'm_4', 'cl', 'dof'))
    """
    kind = KINDS.get(content_of(dataset))
    if kind is None:
        return dataset
    scalars = {d for d in kind.dimensions if d in dataset.coords and dataset[d].ndim == 0}
    restored = {}
    for name, expected in {**kind.coordinates, **kind.variables}.items():
        if name in dataset.variables:
            variable = dataset.variables[name]
            lost = dict.fromkeys(scalars & set(expected.dims) - set(variable.dims), 1)
            if {*lost, *variable.dims} == set(expected.dims):
                full = variable.set_dims({**lost, **variable.sizes})  # type: ignore[no-untyped-call]  # xarray's own
                restored[name] = full.transpose(*expected.dims)
    coordinates = {name: values for name, values in restored.items() if name in dataset.coords}
    data = {name: values for name, values in restored.items() if name not in coordinates}
    return dataset.drop_vars(scalars).assign(data).assign_coords(coordinates)


def _check_attributes(dataset: xr.Dataset, expected: Mapping[str, type], source: str) -> None:
    for name, form in expected.items():
        value = dataset.attrs.get(name)
        if form is int:
            right = isinstance(value, int | np.integer) and not isinstance(value, bool)
        else:
            right = isinstance(value, str) and bool(value)
        if not right:
            found = shown(value) if name in dataset.attrs else "none"
            raise difference(
                source, f"attribute {name}", "an integer" if form is int else "text", found
            )


def _check_variable(array: xr.DataArray, variable: Variable, source: str) -> None:
    path = f"variable {array.name}"
    if array.dims != variable.dims:
        raise difference(source, path, f"dimensions {variable.dims}", str(array.dims))
    if any(size == 0 for dim, size in array.sizes.items() if dim != COMPONENT):
        raise difference(source, path, "at least one value", f"shape {array.shape}")
    kind = "text" if array.dtype.kind in "OUST" else str(array.dtype)
    if kind != variable.dtype and array.size:  # a file keeps no type of text that is not there
        raise difference(source, path, variable.dtype, kind)
    units = ATTRIBUTES[str(array.name)]["units"]
    found = array.attrs.get("units")
    # as they are written now, or as a word, as they were before
    if not isinstance(found, str) or found not in (units, unit_word(units)):
        found = shown(array.attrs["units"]) if "units" in array.attrs else "none"
        raise difference(source, f"{path}, attribute units", repr(units), found)
    if not isinstance(array.attrs.get("long_name"), str) or not array.attrs["long_name"]:
        raise difference(source, f"{path}, attribute long_name", "text", "none")


def _check_json(dataset: xr.Dataset, source: str) -> None:
    for name in ("config", "input_hashes"):
        try:
            value = json.loads(dataset.attrs[name])
        except (ValueError, RecursionError) as error:
            raise difference(source, f"attribute {name}", "JSON", str(error)) from None
        if not isinstance(value, dict):
            raise difference(source, f"attribute {name}", "a JSON object", shown(value))
    digest = hashlib.sha256(dataset.attrs["config"].encode()).hexdigest()
    if dataset.attrs["config_hash"] != digest:
        raise difference(
            source, "attribute config_hash", f"{digest} (of config)", dataset.attrs["config_hash"]
        )


def _check_coordinates(dataset: xr.Dataset, kind: Kind, source: str) -> None:
    """Numbers increase inside their range, names are different, flavours are known."""
    for name, variable in kind.coordinates.items():
        if name not in dataset.coords:
            continue
        values = dataset[name].values
        if variable.range is not None:
            low, high = variable.range.low, variable.range.high
            inside = np.isfinite(values) & (values >= low) & (values <= high)
            if not inside.all() or np.any(np.diff(values) <= 0):
                raise difference(source, f"variable {name}", variable.range.words, short(values))
        if variable.dtype == "text":
            names = [str(value) for value in values]
            if len(set(names)) < len(names):
                raise difference(source, f"variable {name}", "different names", ", ".join(names))
    for flavor in dataset[FLAVOR].values if FLAVOR in dataset.coords else ():
        if flavor not in FLAVORS:
            raise difference(source, f"variable {FLAVOR}", ", ".join(FLAVORS), shown(flavor))
