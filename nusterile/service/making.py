"""What is made of a product for others to read: a zarr store, its limits, pictures.

Each function reads the file itself and is meant to run in a process of its own.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import xarray as xr

from nusterile.product.kinds import require_content
from nusterile.service.folders import Found
from nusterile.service.inspection import read_same
from nusterile.vocabulary import CL, DOF, EXPERIMENT, FLAVOR, LIMIT_AXES, SELECTION

__all__ = ["limits_part", "picture", "zarr_store"]

#: Axes of which a reader mostly wants one entry: a chunk holds one.
_ONE_BY_ONE = (EXPERIMENT, SELECTION, FLAVOR)
_USUAL_LEVEL = 0.9


def zarr_store(found: Found, sha256: str) -> dict[str, bytes]:
    """Return a product as the keys and values of a zarr store.

    Parameters
    ----------
    found : Found
        The file.
    sha256 : str
        Hash that its bytes must have.

    Returns
    -------
    dict of str to bytes
        Format 3 with consolidated metadata. A chunk holds one experiment, selection and flavour;
        every chunk is there, since readers take one that is missing for fill values.
    """
    import zarr
    from zarr.storage import MemoryStore

    dataset = read_same(found, sha256)
    variables = {name: _without_encoding(v) for name, v in dataset.variables.items()}
    coordinates = {name: v for name, v in variables.items() if name in dataset.coords}
    data = {name: v for name, v in variables.items() if name not in dataset.coords}
    plain = xr.Dataset(data, coordinates, dataset.attrs)
    store = MemoryStore()
    with warnings.catch_warnings(), zarr.config.set({"array.write_empty_chunks": True}):
        # that consolidated metadata and texts are not in zarr's specification yet
        warnings.simplefilter("ignore")
        plain.to_zarr(store, zarr_format=3, consolidated=True, encoding=_encoding(plain))
    return {key: value.to_bytes() for key, value in store._store_dict.items()}


def limits_part(found: Found, sha256: str) -> xr.Dataset:
    """Return the limits of a product with its attributes.

    Raises
    ------
    ProductError
        If the product is of a kind without limits on a grid of masses.
    """
    dataset = read_same(found, sha256)
    require_content(dataset, found.name)
    fitted = (name for name, array in dataset.items() if set(array.dims) <= set(LIMIT_AXES))
    part = dataset[list(fitted)]
    if EXPERIMENT in dataset.coords:  # whose labels figures take
        part = part.assign_coords({EXPERIMENT: dataset[EXPERIMENT]})
    return part


def picture(
    found: Found, sha256: str, name: str, options: dict[str, Any], limits: xr.Dataset | None = None
) -> bytes:
    """Draw a figure of a product as SVG, limits at 90 % or the stored level that is nearest.

    Parameters
    ----------
    found : Found
        The file.
    sha256 : str
        Hash that its bytes must have.
    name : str
        Name of the figure.
    options : dict
        What the figure takes.
    limits : Dataset, optional
        What `limits_part` returned, where that is known.

    Raises
    ------
    InputError
        If it cannot be drawn.
    """
    from nusterile.figures import draw, options_of
    from nusterile.results import Results

    results = Results(read_same(found, sha256) if limits is None else limits)
    assert results.product is not None
    taken, chosen = options_of(name), dict(options)
    if CL in taken:
        levels = results.product[CL].values
        chosen[CL] = float(levels[np.argmin(abs(levels - _USUAL_LEVEL))])
    if DOF in taken:
        chosen[DOF] = int(results.product[DOF].values[0])
    return draw(name, results, **chosen).render("svg")


def _without_encoding(variable: xr.Variable) -> xr.Variable:
    """A variable as it is in memory; texts as objects, which zarr writes at any length."""
    values = variable.values
    texts = values.dtype.kind in "OUST"
    return xr.Variable(variable.dims, values.astype(object) if texts else values, variable.attrs)


def _encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    from zarr.codecs import BloscCodec

    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in dataset.variables.items():
        numeric = np.issubdtype(variable.dtype, np.number)
        # Texts are short and read as a whole.
        chunks = tuple(
            1 if numeric and dim in _ONE_BY_ONE else max(size, 1)
            for dim, size in zip(variable.dims, variable.shape, strict=True)
        )
        encoding[str(name)] = {"chunks": chunks} if chunks else {}
        if numeric:
            codec = BloscCodec(cname="zstd", clevel=1, shuffle="shuffle")
            encoding[str(name)]["compressors"] = [codec]
    return encoding
