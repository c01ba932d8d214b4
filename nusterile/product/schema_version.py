"""The version of the contract that a file keeps; needs nothing that takes long to import."""

from __future__ import annotations

import numpy as np
import xarray as xr

from nusterile.errors import ProductError
from nusterile.product.kind import difference, shown

__all__ = ["SCHEMA_VERSION", "check_version"]

#: Version of the contract; raised whenever a reader of the old one would be misled.
SCHEMA_VERSION = 2
#: The oldest version that is still read.
_OLDEST_VERSION = 1


def check_version(dataset: xr.Dataset, source: str) -> None:
    """Refuse a dataset of a schema version that is not read, or of none."""
    version = dataset.attrs.get("schema_version")
    if version is None:
        raise ProductError(
            f"{source}: is not a nusterile product (it has no attribute schema_version)"
        )
    if not isinstance(version, int | np.integer):
        raise difference(source, "attribute schema_version", "an integer", shown(version))
    if version > SCHEMA_VERSION:
        raise ProductError(
            f"{source}: has schema version {version}, this nusterile reads up to "
            f"{SCHEMA_VERSION}; install a newer nusterile"
        )
    if version < _OLDEST_VERSION:
        raise ProductError(
            f"{source}: has schema version {version}, which is no longer read; build it again"
        )
