"""netCDF whose large variables are compressed beside the library, which uses one core only.

The content is the same: xarray lays the file out, and the chunks of large variables go into it
ready-made, shuffled and deflated as the file says of them.

References
----------
The HDF Group, "HDF5 File Format Specification" 3.0, IV.A.2.l (filters of chunks).
"""

from __future__ import annotations

import io
import itertools
import os
import zlib
from collections.abc import Container, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

import h5py
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import H5NetCDFStore

__all__ = ["LEVEL", "compressed_netcdf", "corners_of", "lay_out", "packed"]

#: How hard large variables are compressed: more takes longer and saves little.
LEVEL = 1

#: Bytes from which a variable is worth more than one thread.
_LARGE = 2**20


def compressed_netcdf(dataset: xr.Dataset, encoding: Mapping[str, Mapping[str, Any]]) -> bytes:
    """Return a dataset as the bytes of a netCDF-4 file.

    Parameters
    ----------
    dataset : xarray.Dataset
        In memory.
    encoding : mapping
        By variable, as xarray takes it. What is compressed has ``zlib``, ``shuffle``, ``complevel``
        `LEVEL` and ``chunksizes`` that divide its shape.
    """
    file = io.BytesIO()
    left_out = lay_out(file, dataset, encoding)
    with h5py.File(file, "r+") as written, ThreadPoolExecutor(os.cpu_count()) as threads:
        for name, values in left_out.items():
            _fill(written[name], values, threads)
    return file.getvalue()


def lay_out(
    file: IO[bytes],
    dataset: xr.Dataset,
    encoding: Mapping[str, Mapping[str, Any]],
    large: Container[str] | None = None,
) -> dict[str, NDArray[Any]]:
    """Write a dataset but for the content of its large variables.

    Parameters
    ----------
    file : file object
        Open to be read and written, empty.
    dataset, encoding
        As in `compressed_netcdf`.
    large : container of str, optional
        Names of the variables that are left out; by default those that are worth it.

    Returns
    -------
    dict of str to ndarray
        What was left out.
    """
    store = H5NetCDFStore.open(file, mode="w")
    writer = _SmallOnes(large)
    try:
        dataset.dump_to_store(store, writer=writer, encoding=encoding)
    finally:
        store.close()
    return writer.left_out


def packed(chunk: NDArray[Any]) -> bytes:
    """Return a chunk as a file holds it: shuffled, and deflated at `LEVEL`."""
    numbers = np.ascontiguousarray(chunk).reshape(-1, 1).view(np.uint8)
    return zlib.compress(numbers.T.tobytes(), LEVEL)


def corners_of(shape: tuple[int, ...], sizes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """First elements of the chunks of a variable, in the order of the file."""
    return itertools.product(
        *(range(0, length, size) for length, size in zip(shape, sizes, strict=True))
    )


class _SmallOnes:
    """Takes the place of xarray's writer; leaves the contents of large variables out."""

    def __init__(self, large: Container[str] | None) -> None:
        self._large = large
        self.left_out: dict[str, NDArray[Any]] = {}

    def add(self, source: Any, target: Any) -> None:
        name, values = target.variable_name, np.asarray(source)
        if self._is_large(name, values):
            self.left_out[name] = values
        else:
            target[...] = source

    def _is_large(self, name: str, values: NDArray[Any]) -> bool:
        if self._large is not None:
            return name in self._large
        return values.dtype.kind == "f" and values.nbytes >= _LARGE


def _fill(target: h5py.Dataset, values: NDArray[Any], threads: ThreadPoolExecutor) -> None:
    values = values.astype(target.dtype, copy=False)
    sizes = target.chunks
    corners = list(corners_of(values.shape, sizes))

    def content(corner: tuple[int, ...]) -> bytes:
        return packed(
            values[tuple(slice(a, a + size) for a, size in zip(corner, sizes, strict=True))]
        )

    for corner, chunk in zip(corners, threads.map(content, corners), strict=True):
        target.id.write_direct_chunk(corner, chunk)
