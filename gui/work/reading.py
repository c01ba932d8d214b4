"""Reading product files, the first one before there is a window to show it."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from nusterile.files.places import Place
from nusterile.product.files import validate_product

__all__ = ["FileStamp", "ReadAhead", "Reading", "read_file", "stamp_of"]

#: Identity of a file's content: modification time, size and inode.
FileStamp = tuple[int, int, int]


class Reading(NamedTuple):
    """What was read of a file, and the state in which the file was before."""

    dataset: xr.Dataset
    stamp: FileStamp | None


def stamp_of(path: Path) -> FileStamp | None:
    """State of a file, None where it is gone."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def read_file(path: Path) -> Reading:
    """Read and check a product.

    Raises
    ------
    ProductError
        If it breaks the contract: nothing of it is used.
    """
    stamp = stamp_of(path)
    return Reading(validate_product(path), stamp)


class ReadAhead:
    """Reads the first file of the start beside the imports and the making of the window.

    Most of the time it reads in libraries, which do not hold the interpreter. Only one file is
    read ahead: what waits here is whole in memory.

    Parameters
    ----------
    places : iterable of Path or str
        What will be opened, in order.
    """

    def __init__(self, places: Iterable[Place] = ()) -> None:
        self._path = next((place for place in places if isinstance(place, Path)), None)
        self._found: Future[Reading] = Future()
        if self._path is not None:
            threading.Thread(
                target=_read_into,
                args=(self._path, self._found),
                name="nusterile-ahead",
                daemon=True,
            ).start()

    def read(self, path: Path) -> Reading:
        """Return what was read ahead, once; read any other file now.

        Raises
        ------
        ProductError
            If it breaks the contract.
        """
        if path != self._path:
            return read_file(path)
        found, self._path, self._found = self._found, None, Future()
        return found.result()


def _read_into(path: Path, found: Future[Reading]) -> None:
    try:
        found.set_result(read_file(path))
    except BaseException as error:  # which is raised where the file is wanted
        found.set_exception(error)
