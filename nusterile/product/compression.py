"""netCDF whose large variables are compressed by every core, where HDF5 uses one only.

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
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import h5py
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import H5NetCDFStore

__all__ = ["compressed_netcdf"]

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
        and ``chunksizes`` that divide its shape.
    """
    file = io.BytesIO()
    store = H5NetCDFStore.open(file, mode="w")
    writer = _SmallOnes()
    try:
        dataset.dump_to_store(store, writer=writer, encoding=encoding)
    finally:
        store.close()
    with h5py.File(file, "r+") as written, ThreadPoolExecutor(os.cpu_count()) as threads:
        for name, values in writer.left_out.items():
            _fill(written[name], values, encoding[name]["complevel"], threads)
    return file.getvalue()


class _SmallOnes:
    """Takes the place of xarray's writer; leaves the contents of large variables out."""

    def __init__(self) -> None:
        self.left_out: dict[str, NDArray[Any]] = {}

    def add(self, source: Any, target: Any) -> None:
        values = np.asarray(source)
        if values.dtype.kind == "f" and values.nbytes >= _LARGE:
            self.left_out[target.variable_name] = values
        else:
            target[...] = source


def _fill(
    target: h5py.Dataset, values: NDArray[Any], level: int, threads: ThreadPoolExecutor
) -> None:
    values = values.astype(target.dtype, copy=False)
    sizes = target.chunks
    corners = list(itertools.product(*map(range, [0] * values.ndim, values.shape, sizes)))

    def packed(corner: tuple[int, ...]) -> bytes:
        chunk = values[tuple(slice(a, a + size) for a, size in zip(corner, sizes, strict=True))]
        numbers = chunk.reshape(-1, 1).view(np.uint8)
        return zlib.compress(numbers.T.tobytes(), level)

    for corner, content in zip(corners, threads.map(packed, corners), strict=True):
        target.id.write_direct_chunk(corner, content)
