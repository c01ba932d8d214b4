"""Texts of a product that may come from anywhere: names and attributes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nusterile.files.text import plain_text, visible_text
from nusterile.product.stored import INPUT_TEXTS

__all__ = ["with_plain_texts"]

#: JSON whose checksums are stored beside it, and what reads it refuses such characters.
_AS_WRITTEN = ("config", INPUT_TEXTS)


def with_plain_texts(dataset: xr.Dataset) -> xr.Dataset:
    """Return a dataset without characters that act on a terminal and are seen by nobody.

    Parameters
    ----------
    dataset : Dataset
        As it was read from a file.

    Returns
    -------
    Dataset
        In its attributes and its names (of variables, dimensions, experiments, selections,
        components and pulls) such characters are visible.
    """
    names = {name: plain_text(str(name)) for name in {*dataset.variables, *dataset.sizes}}
    plain = dataset.rename({name: new for name, new in names.items() if name != new})
    for name, variable in plain.variables.items():
        variable.attrs = _visible(variable.attrs)
        if name in plain.coords and variable.dtype.kind in "OUST":
            values = [plain_text(str(value)) for value in variable.values.ravel()]
            if values != variable.values.ravel().tolist():
                cells = np.array(values, dtype=object).reshape(variable.shape)
                plain = plain.assign_coords({name: (variable.dims, cells, variable.attrs)})
    return plain.assign_attrs(_visible(plain.attrs))


def _visible(attributes: dict[str, object]) -> dict[str, object]:
    return {
        visible_text(str(name)): visible_text(value)
        if isinstance(value, str) and name not in _AS_WRITTEN
        else value
        for name, value in attributes.items()
    }
