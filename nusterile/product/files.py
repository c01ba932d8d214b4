"""Writing and reading product files.

netCDF libraries are not thread-safe, so every access goes through one lock and files
are loaded whole and closed; none is broken off by an interrupt, which would leave locks
inside xarray held. A product is written to a sibling and moved into place.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any, Literal

import xarray as xr

from nusterile.arguments import MEMORY_LIMIT
from nusterile.errors import ProductError
from nusterile.files.interrupts import shielded
from nusterile.files.text import plain_text
from nusterile.files.writing import part_of, remedy_of, replaced, target_for, target_of
from nusterile.model.configuration import Configuration
from nusterile.product.schema import check_version, validate_dataset
from nusterile.product.texts import with_plain_texts
from nusterile.vocabulary import EXPERIMENT, FLAVOR, SELECTION

__all__ = [
    "check_target",
    "read_product",
    "stored_configuration",
    "stored_input_hashes",
    "validate_product",
    "write_product",
]

_NETCDF = threading.Lock()
#: First bytes of an HDF5 file, and so of netCDF-4.
_HDF5 = b"\x89HDF\r\n\x1a\n"


def read_product(path: str | Path) -> xr.Dataset:
    """Read a product into memory; `nusterile.open` also lends it the accessor.

    Parameters
    ----------
    path : str or Path
        netCDF file.

    Returns
    -------
    Dataset
        The file is closed again.

    Raises
    ------
    ProductError
        If the file is missing, damaged, foreign or of another schema version.
    """
    return _load(Path(path))


def validate_product(path: str | Path) -> xr.Dataset:
    """Read a product and check that it keeps the contract.

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
    """
    dataset = _load(Path(path))
    validate_dataset(dataset, str(path))
    return dataset


def write_product(dataset: xr.Dataset, path: Path) -> None:
    """Write a product: to a sibling, checked, then moved into place.

    Parameters
    ----------
    dataset : Dataset
        The product.
    path : Path
        Target; a reader that has the old file open keeps it. What a link leads to is
        replaced, the link stays.

    Raises
    ------
    ProductError
        If the file cannot be written; the target is then as it was.
    """
    check_target(path)
    part = target = target_of(path)
    try:
        with replaced(target) as part:
            if not shielded(lambda: _write_part(dataset, part)):
                raise OSError("the written file is incomplete")
    except (OSError, RuntimeError) as error:
        raise ProductError(
            f"{path}: could not be written ({_reason(error, part)}): is the disk full or a quota "
            "reached? What was there before is unchanged"
        ) from None


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
    part = path
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
    except OSError as error:
        remedy = remedy_of(error) or "; name a file in a folder that you can write to"
        raise ProductError(f"{path}: cannot be written ({_reason(error, part)}){remedy}") from None


def stored_configuration(dataset: xr.Dataset) -> Configuration:
    """Return the configuration that a product was made from."""
    return Configuration.from_values(_stored_json(dataset, "config"), "the product's configuration")


def stored_input_hashes(dataset: xr.Dataset) -> dict[str, str]:
    """SHA-256 of every table that a product was made from."""
    stored = _stored_json(dataset, "input_hashes")
    return {plain_text(str(name)): plain_text(str(digest)) for name, digest in stored.items()}


def _stored_json(dataset: xr.Dataset, name: str) -> dict[str, Any]:
    try:
        value = json.loads(dataset.attrs[name])
    except (KeyError, TypeError, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ProductError(f"the product's attribute {name} is missing or is not JSON")
    return value


def _load(path: Path) -> xr.Dataset:
    """Read a file of this schema version whole; other files are refused before their data is read.

    Raises
    ------
    ProductError
        If there is no such file, or it is empty, foreign or damaged.
    """
    try:
        if path.is_dir():
            raise ProductError(f"{path}: is a folder, not a product file")
        kind = _kind(path)
    except FileNotFoundError:
        raise ProductError(f"{path}: does not exist; check its name and folder") from None
    except OSError as error:
        raise ProductError(f"{path}: cannot be read ({_reason(error, path)})") from None
    if kind == "empty":
        raise ProductError(f"{path}: is empty; build it again")
    if kind == "foreign":
        raise ProductError(f"{path}: is no netCDF file; name one that nusterile build wrote")
    try:
        return shielded(lambda: _read_whole(path))
    except ProductError:
        raise
    except Exception as error:  # whatever the netCDF stack makes of damaged bytes
        raise ProductError(
            f"{path}: is damaged or cut short ({_reason(error, path)}); build it again"
        ) from None


def _write_part(dataset: xr.Dataset, part: Path) -> bool:
    """Write a file and look at it again; whether all of it is there."""
    with _NETCDF:
        dataset.to_netcdf(part, engine="netcdf4", encoding=_encoding(dataset))
        with xr.open_dataset(part, engine="netcdf4") as written:
            return dict(written.sizes) == dict(dataset.sizes)


def _read_whole(path: Path) -> xr.Dataset:
    """Read a netCDF file of this schema version into memory."""
    with _NETCDF, xr.open_dataset(path, engine="netcdf4", decode_times=False) as file:
        check_version(file, str(path))
        if file.nbytes > MEMORY_LIMIT:
            raise ProductError(
                f"{path}: needs {file.nbytes / 2**30:.3g} GiB of memory "
                f"(at most {MEMORY_LIMIT / 2**30:g} GiB); build it again on smaller grids"
            )
        return with_plain_texts(file.load())


def _kind(path: Path) -> Literal["netcdf", "empty", "foreign"]:
    """What the first bytes of a file say; a cut signature counts as netCDF."""
    if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
        return "foreign"
    with path.open("rb") as file:
        head = file.read(len(_HDF5))
    if not head:
        return "empty"
    return "netcdf" if _HDF5.startswith(head) or head.startswith(b"CDF") else "foreign"


def _reason(error: Exception, path: Path) -> str:
    """What the system or the netCDF library says, short and without the path."""
    text = (error.strerror if isinstance(error, OSError) else None) or str(error)
    short = " ".join(text.split()).replace(os.path.realpath(path), path.name)[:200]
    return short or type(error).__name__


def _encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Compression, one chunk per experiment or selection and flavour; no fill in coordinates."""
    encoding: dict[str, dict[str, Any]] = {}
    for name, array in dataset.variables.items():
        if array.dtype.kind not in "fiu":
            continue
        chunks = tuple(
            1 if dim in (EXPERIMENT, SELECTION, FLAVOR) else size
            for dim, size in zip(array.dims, array.shape, strict=True)
        )
        encoding[str(name)] = {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": chunks}
        if name in dataset.coords:
            encoding[str(name)]["_FillValue"] = None
    return encoding
