"""The bytes of a product's file, from wherever they came: read and checked."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import xarray as xr

from nusterile.errors import ProductError
from nusterile.files.places import Place
from nusterile.files.seals import seal_state
from nusterile.product.consistency import check_consistency
from nusterile.product.images import is_cut_short, read_image
from nusterile.product.probing import read_untrusted
from nusterile.product.schema import validate_dataset, with_all_axes
from nusterile.product.texts import with_plain_texts

# xarray imports these, where they are installed, when it first meets an array. Two threads that
# do so at once, as a window and its reader, fail in turn on circular imports: so they are
# imported before.
for _package in ("dask.array", "pint"):
    with suppress(ImportError):
        import_module(_package)

__all__ = [
    "HDF5",
    "checked",
    "doubt_about",
    "is_netcdf",
    "read_content",
    "short_reason",
    "validate_content",
]

#: First bytes of an HDF5 file, and so of netCDF-4.
HDF5 = b"\x89HDF\r\n\x1a\n"
#: Where a dataset keeps whether its file bore a seal.
_SEALED = "sealed"


def is_netcdf(head: bytes) -> bool:
    """Whether a file begins as netCDF does, of version 4 or before."""
    return head.startswith((HDF5, b"CDF"))


def read_content(content: bytes, place: Place) -> xr.Dataset:
    """Read the bytes of a netCDF file of this schema version.

    Other files are refused before their data is read.

    Raises
    ------
    ProductError
        If they are foreign or damaged.
    """
    state = seal_state(content)
    try:
        if state == "broken":
            raise ValueError("some bytes are not those that were written")
        if state == "none" and is_cut_short(content):
            raise ValueError("its end is missing")
        read = read_image if state == "whole" else read_untrusted
        dataset = read(content, place)
    except (ProductError, ImportError):  # a module that is missing says nothing of the file
        raise
    except Exception as error:  # whatever the netCDF stack makes of damaged bytes
        raise ProductError(
            f"{place}: is damaged or cut short ({short_reason(error, place)}); build it again"
        ) from None
    dataset = with_plain_texts(dataset)
    dataset.encoding[_SEALED] = state == "whole"
    return dataset


def validate_content(content: bytes, place: str) -> xr.Dataset:
    """Read the bytes of a product's file and check that they keep the contract.

    Parameters
    ----------
    content : bytes
        The whole file.
    place : str
        Where it came from, for messages.

    Returns
    -------
    Dataset

    Raises
    ------
    ProductError
        With the first difference between contract and file.
    """
    if not is_netcdf(content):
        raise ProductError(f"{place}: is no netCDF file; name one that nusterile build wrote")
    return checked(read_content(content, place), place)


def checked(loaded: xr.Dataset, place: str) -> xr.Dataset:
    """Check that what was read keeps the contract; ProductError with the first difference."""
    dataset = with_all_axes(loaded)
    dataset.encoding |= loaded.encoding
    validate_dataset(dataset, place)
    check_consistency(dataset, place)
    return dataset


def doubt_about(dataset: xr.Dataset, path: str | Path) -> str:
    """Say that another program wrote or changed the file of a product; nothing otherwise."""
    if dataset.encoding.get(_SEALED, True):
        return ""
    return (
        f"{path}: was written or changed by another program, so nothing vouches for its values; "
        "build it again where that matters"
    )


def short_reason(error: Exception, place: Place) -> str:
    """What the system or the netCDF library says, short and without the path."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    short = " ".join(text.split())
    if isinstance(place, Path):
        short = short.replace(os.path.realpath(place), place.name)
    return short[:200] or type(error).__name__
