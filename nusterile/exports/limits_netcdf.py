"""A small product that holds the limits only, under the same contract."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

import nusterile
from nusterile.product.files import write_product
from nusterile.product.kinds import content_of
from nusterile.product.limits_kind import LIMITS
from nusterile.product.provenance import to_attribute
from nusterile.product.schema import validate_dataset
from nusterile.results import Results
from nusterile.vocabulary import CONTENT, LIMIT, LIMITS_CONTENT, MOMENT_ATTRIBUTES, MU_BEST

__all__ = ["limits_product", "write"]


def limits_product(product: xr.Dataset) -> xr.Dataset:
    """Take the limits out of a product.

    Parameters
    ----------
    product : Dataset
        A product.

    Returns
    -------
    Dataset
        Its limits and best fits with the same attributes, ``content`` = ``limits``;
        labels of the selections beside their names, moments in units that CF tools know.

    Examples
    --------
    >>> product = nusterile.open("products/limits.nc")
    >>> limits_product(product).attrs["content"]
    'limits'
    """
    kept = [name for name in LIMITS.variables if name in product]
    dims = {dim for name in kept for dim in product[name].dims}
    part = product[kept]
    part = part.drop_vars([name for name in part.coords if name not in dims])
    part = part.assign(
        {name: part[name].assign_attrs(MOMENT_ATTRIBUTES) for name in (LIMIT, MU_BEST)}
    )
    results = Results(product)
    labels = {name: results.label(name) for name in results.selections}
    part = part.assign_coords(selection=part.selection.assign_attrs(labels=to_attribute(labels)))
    history = str(product.attrs["history"])
    if content_of(product) != LIMITS_CONTENT:
        history += f"\nlimits taken out by nusterile {nusterile.__version__}"
    return part.assign_attrs({CONTENT: LIMITS_CONTENT, "history": history})


def write(product: xr.Dataset, path: Path) -> None:
    """Write the limits of a product as a product of its own.

    Parameters
    ----------
    product : Dataset
        A product.
    path : Path
        File to write.

    Raises
    ------
    ProductError
        If the file cannot be written.
    """
    part = limits_product(product).copy()
    validate_dataset(part, str(path))
    # as characters, which compress; read back as text all the same
    part.limit_status.encoding = {"dtype": "S1", "zlib": True}
    write_product(part, path)
