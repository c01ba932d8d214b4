"""Writing and reading product files.

A file is read and written as bytes; netCDF works in memory. Every product bears a seal, by which
a reader knows that it is whole and as nusterile wrote it; bytes without one are read in a process
of their own, since damaged ones may keep the library busy for ever. A product is written to a
sibling and moved into place.
"""

from __future__ import annotations

import errno
import os
import stat
import warnings
from pathlib import Path
from typing import IO, Literal

import xarray as xr

from nusterile.arguments import MEMORY_LIMIT
from nusterile.errors import ProductError, ProductWarning, TooLargeError, require_package
from nusterile.files.seals import seal_state, sealed
from nusterile.files.web import Watch, is_address
from nusterile.files.writing import (
    keep_elsewhere,
    part_of,
    reason_of,
    remedy_of,
    replaced,
    target_for,
)
from nusterile.product.content import (
    HDF5,
    checked,
    doubt_about,
    is_netcdf,
    read_content,
    short_reason,
)
from nusterile.product.images import image_of

try:
    import fcntl
except ImportError:  # Windows, where a writer keeps readers out
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "check_target",
    "fetch_product",
    "open_product",
    "validate_product",
    "write_product",
]

#: What the system says where there is no room for a file.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def open_product(path: str | Path) -> xr.Dataset:
    """Open a product: read into memory and checked against the contract.

    Parameters
    ----------
    path : str or Path
        netCDF file, or the address of a product at a service (see ``nusterile.product.remote``).

    Returns
    -------
    Dataset
        In memory, the file is closed again. Of a service, and where memory does not hold it,
        names, sizes and attributes are checked, and values are read when they are used.

    Raises
    ------
    ProductError
        If the file is missing, damaged, foreign, of another schema version, or does not keep
        the contract; or the service does not answer.
    InputError
        If what a service is read with is not installed.

    Warns
    -----
    ProductWarning
        If another program wrote or changed the file.

    Examples
    --------
    >>> import nusterile
    >>> product = nusterile.open("products/limits.nc")
    >>> f"{product.limit.sel(selection='combined', flavor='e', cl=0.9, dof=1).min():.2e}"
    '1.06e-11'
    """
    if is_address(path):
        _require_readers()
        from nusterile.product.remote import open_address

        return open_address(str(path))
    try:
        dataset = validate_product(path)
    except TooLargeError:
        from nusterile.product.large import open_large

        return open_large(Path(path))
    doubt = doubt_about(dataset, path)
    if doubt:
        warnings.warn(doubt, ProductWarning, stacklevel=2)
    return dataset


def fetch_product(address: str, watch: Watch | None = None) -> tuple[xr.Dataset, str]:
    """Fetch a product of a service whole; see `product.remote.fetch_address`.

    Raises
    ------
    InputError
        If what a service is read with is not installed, too.
    """
    _require_readers()
    from nusterile.product.remote import fetch_address

    return fetch_address(address, watch)


def validate_product(path: str | Path) -> xr.Dataset:
    """Read a product and check that it keeps the contract; see ``doubt_about`` for its origin.

    Parameters
    ----------
    path : str or Path
        netCDF file.

    Returns
    -------
    Dataset

    Raises
    ------
    ProductError
        With the first difference between contract and file.

    Examples
    --------
    >>> validate_product("products/limits.nc").attrs["content"]
    'limits'
    """
    return checked(_load(Path(path)), str(path))


def write_product(dataset: xr.Dataset, path: Path, *, keep: bool = False) -> None:
    """Write a product: to a sibling, sealed, then moved into place.

    Parameters
    ----------
    dataset : Dataset
        The product.
    path : Path
        Target; a reader that has the old file open keeps it. What a link leads to is
        replaced, the link stays.
    keep : bool, default False
        Save the product under another name where this one cannot be written: it was computed
        for this file, and would be lost.

    Raises
    ------
    ProductError
        If the file cannot be written; the target is then as it was. Names the file that was
        written instead.

    Examples
    --------
    >>> import tempfile
    >>> product = open_product("products/limits.nc")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_product(product, Path(folder) / "copy.nc")
    ...     open_product(Path(folder) / "copy.nc").equals(product)
    True
    """
    content = b""
    try:
        content = sealed(image_of(dataset))
        check_target(path)
        with replaced(target_for(path, ProductError)) as part:
            part.write_bytes(content)
        return
    except ProductError as error:
        refusal = str(error)
    except (OSError, RuntimeError) as error:
        full = isinstance(error, OSError) and error.errno in _FULL
        refusal = (
            f"{path}: could not be written ({short_reason(error, path)})"
            f"{': is the disk full or a quota reached?' if full else '.'} "
            "What was there before is unchanged"
        )
    kept = keep_elsewhere(path, content) if keep and content else None
    raise ProductError(refusal if kept is None else f"{refusal}; the product is saved as {kept}")


def check_target(path: Path) -> None:
    """Raise ProductError where a file could not be written, before any work is done.

    Parameters
    ----------
    path : Path
        Target. A netCDF file there may be replaced, anything else may not.

    Raises
    ------
    ProductError
        If its folder is missing or read-only, or something else stands there.
    """
    try:
        target = target_for(path, ProductError)
        if target.exists() and _kind(target) == "foreign":
            raise ProductError(
                f"{path}: is there and is no netCDF file, so it is not replaced; name another file"
            )
        part = part_of(target)
        try:
            part.touch(exist_ok=False)
        finally:  # an interrupt may come in between
            part.unlink(missing_ok=True)
    except (OSError, UnicodeEncodeError) as error:
        remedy = remedy_of(error) or "; name a file in a folder that you can write to"
        raise ProductError(f"{path}: cannot be written ({reason_of(error)}){remedy}") from None


def _require_readers() -> None:
    for package in ("httpx", "zarr"):
        require_package(package, "serve", "products of a service")


def _load(path: Path) -> xr.Dataset:
    """Read a file of this schema version whole; other files are refused before their data is read.

    Raises
    ------
    ProductError
        If there is no such file, it is empty, foreign or damaged, or somebody is writing it.
    """
    content, being_written = _content_of(path)
    if being_written and seal_state(content) != "whole":
        raise ProductError(
            f"{path}: another program has it open for writing; try again once that has closed it "
            "(if none has, set HDF5_USE_FILE_LOCKING=FALSE)"
        )
    return read_content(content, path)


def _content_of(path: Path) -> tuple[bytes, bool]:
    """Return the bytes of a netCDF file, and whether another program has it open for writing."""
    try:
        if path.is_dir():
            raise ProductError(f"{path}: is a folder, not a product file")
        kind = _kind(path)
        if kind == "empty":
            raise ProductError(f"{path}: is empty; build it again")
        if kind == "foreign":
            raise ProductError(f"{path}: is no netCDF file; name one that nusterile build wrote")
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MEMORY_LIMIT:
                raise TooLargeError(
                    f"{path}: holds {size / 2**30:.3g} GiB (at most {MEMORY_LIMIT / 2**30:g} GiB "
                    "are read whole); nusterile.open(path) and the commands read a file that "
                    "nusterile build wrote part by part"
                )
            return file.read(), _is_being_written(file)
    except FileNotFoundError:
        raise ProductError(f"{path}: does not exist; check its name and folder") from None
    except UnicodeEncodeError as error:
        raise ProductError(
            f"{path}: cannot be read ({reason_of(error)}){remedy_of(error)}"
        ) from None
    except OSError as error:
        raise ProductError(f"{path}: cannot be read ({short_reason(error, path)})") from None


def _is_being_written(file: IO[bytes]) -> bool:
    """Whether HDF5 has a file open for writing in another program, as far as locks tell."""
    ignored = os.environ.get("HDF5_USE_FILE_LOCKING", "").upper() in ("FALSE", "0")
    if fcntl is None or ignored:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)  # closing the file gives it back
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks
        return False
    return False


def _kind(path: Path) -> Literal["netcdf", "empty", "foreign"]:
    """What the first bytes of a file say; a cut signature counts as netCDF."""
    if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
        return "foreign"
    with path.open("rb") as file:
        head = file.read(len(HDF5))
    if not head:
        return "empty"
    return "netcdf" if HDF5.startswith(head) or is_netcdf(head) else "foreign"
