"""netCDF in memory: the bytes of a file from a dataset, and back.

The libraries never see the disk. They need no lock of the file system, know nothing of the
encoding of names, and cannot leave half a file behind. They are not thread-safe, so every access
goes through one lock; none is broken off by an interrupt, which would leave locks inside xarray
held.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import netCDF4
import xarray as xr
from xarray.backends import NetCDF4DataStore

from nusterile.arguments import MEMORY_LIMIT
from nusterile.errors import TooLargeError
from nusterile.files.interrupts import shielded
from nusterile.files.places import Place
from nusterile.files.seals import is_cut_seal
from nusterile.product.compression import LEVEL, compressed_netcdf
from nusterile.product.schema_version import check_version
from nusterile.vocabulary import EXPERIMENT, FLAVOR, SELECTION

__all__ = ["LIBRARIES", "encoding_of", "image_of", "is_cut_short", "read_image"]

#: Held by whoever uses the libraries of netCDF.
LIBRARIES = threading.Lock()
# A child that is forked while another thread reads has neither that thread nor a sound library.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=LIBRARIES.acquire,
        after_in_parent=LIBRARIES.release,
        after_in_child=LIBRARIES.release,
    )

#: How a file of HDF5 begins; the next byte is the version of its head.
_HDF5 = b"\x89HDF\r\n\x1a\n"
#: Where the head names the end of the file, by version.
_END = {0: slice(40, 48), 1: slice(44, 52), 2: slice(28, 36), 3: slice(28, 36)}


def image_of(dataset: xr.Dataset) -> bytes:
    """Return a dataset as the bytes of a netCDF-4 file.

    Raises
    ------
    OSError
        If the bytes do not hold all of it.
    """
    # What is read when it is used would be read while the library is held for writing.
    return shielded(lambda: _image_of(dataset.compute()))


def read_image(image: bytes, path: Place) -> xr.Dataset:
    """Read the bytes of a netCDF file of this schema version whole.

    Parameters
    ----------
    image : bytes
        The file. Damaged bytes may keep the library busy for ever, or end the process.
    path : Path or str
        Its name, for messages.

    Raises
    ------
    ProductError
        If the file is foreign, of another schema version, or, `TooLargeError`, needs too much
        memory; it is refused before its data is read.
    Exception
        Whatever the library makes of damaged bytes.
    """
    return shielded(lambda: _read_image(image, path))


def is_cut_short(image: bytes) -> bool:
    """Whether bytes are missing at the end of an HDF5 file, as its head says, or of its seal."""
    if image.startswith(_HDF5) and len(image) < _END[1].stop:
        return True
    end = _named_end(image)
    return end is not None and (end > len(image) or is_cut_seal(image[end:]))


def _image_of(dataset: xr.Dataset) -> bytes:
    with LIBRARIES:
        # netCDF's own library would not keep the order of what it writes into memory, and such a
        # file cannot be changed afterwards.
        image = compressed_netcdf(dataset, encoding_of(dataset))
        with _opened(image) as written:  # by another library than wrote it
            if dict(written.sizes) != dict(dataset.sizes):
                raise OSError("the written file is incomplete")
        return image


def _read_image(image: bytes, path: Place) -> xr.Dataset:
    with LIBRARIES, _opened(image, decode_times=False) as file:
        check_version(file, str(path))
        if file.nbytes > MEMORY_LIMIT:
            raise TooLargeError(
                f"{path}: needs {file.nbytes / 2**30:.3g} GiB of memory "
                f"(at most {MEMORY_LIMIT / 2**30:g} GiB); nusterile.open(path) and the commands "
                "read a file that nusterile build wrote part by part"
            )
        return file.load()


def _opened(image: bytes, **options: Any) -> xr.Dataset:
    file = netCDF4.Dataset("product.nc", "r", memory=image)
    store = NetCDF4DataStore(file)  # type: ignore[no-untyped-call]  # xarray's own
    return xr.open_dataset(store, **options)


def _named_end(image: bytes) -> int | None:
    """Length that a file has by its own head; None for other kinds of files."""
    version = image[len(_HDF5)] if len(image) > len(_HDF5) else None
    if image[: len(_HDF5)] != _HDF5 or version not in _END:
        return None
    return int.from_bytes(image[_END[version]], "little")


def encoding_of(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Compression, one chunk per experiment or selection and flavour; no fill in coordinates."""
    encoding: dict[str, dict[str, Any]] = {}
    for name, array in dataset.variables.items():
        if array.dtype.kind not in "fiu":
            continue
        encoding[str(name)] = {"zlib": True, "complevel": LEVEL, "shuffle": True}
        if array.size:
            encoding[str(name)]["chunksizes"] = tuple(
                1 if dim in (EXPERIMENT, SELECTION, FLAVOR) else size
                for dim, size in zip(array.dims, array.shape, strict=True)
            )
        if name in dataset.coords:
            encoding[str(name)]["_FillValue"] = None
    return encoding
