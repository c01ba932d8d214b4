"""Keeping the large arrays of a product on the disk, from where a view reads the parts it shows.

A view touches a few kilobytes of rates and pulls at a time. Held in memory they are most of
what an open product costs. What the system maps from a file it reads when it is touched, and
drops again when memory is wanted for something else. The file is one of the app's own, without
a name: a product's file may be replaced, or go, while the view shows it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from PySide6.QtCore import QStandardPaths

__all__ = ["spilled"]

#: Size from which an array is kept on the disk, bytes: below, it is not worth a file.
_LARGE = 4_000_000


def spilled(dataset: xr.Dataset) -> xr.Dataset:
    """Put the large arrays of a dataset into files without names.

    Parameters
    ----------
    dataset : Dataset
        In memory or in chunks.

    Returns
    -------
    Dataset
        Equal to it. Small arrays and what is in chunks are the same objects, and so are large
        arrays where no file can be had: a full disk, a folder that must not be written.
    """
    large: dict[Any, xr.Variable] = {}
    for name, variable in dataset.variables.items():
        if name in dataset.indexes or variable.chunks is not None or variable.nbytes < _LARGE:
            continue
        if variable.dtype.hasobject:
            continue
        try:
            values = _mapped(variable.values)
        except OSError:
            return dataset
        large[name] = xr.Variable(variable.dims, values, variable.attrs, variable.encoding)
    return dataset.assign(large) if large else dataset


def _mapped(values: NDArray[Any]) -> NDArray[Any]:
    """Write an array into a file without a name and map it; changes stay in memory."""
    with tempfile.TemporaryFile(dir=_folder()) as file:
        np.ascontiguousarray(values).tofile(file)
        file.flush()
        return np.memmap(file, values.dtype, "c", shape=values.shape).view(np.ndarray)


def _folder() -> Path:
    """Folder on the disk: that for temporary files may be in memory itself."""
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericCacheLocation)
    folder = Path(place) / "nusterile"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
