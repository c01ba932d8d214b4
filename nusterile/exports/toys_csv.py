"""What toys say as one tidy CSV table with a head of comments."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from nusterile.files.listing import comments
from nusterile.files.writing import write_file
from nusterile.product.toy_rows import toy_listing
from nusterile.vocabulary import CLS_CONTENT, CONTENT, N_TOYS, PURE_NUMBER

__all__ = ["write"]

_ATTRIBUTES = (
    *("title", "summary", CONTENT, "seed", "truth"),
    *("nusterile_version", "config_hash", "references", "license"),
)


def write(product: xr.Dataset, path: Path) -> None:
    """Write a study with toys.

    Parameters
    ----------
    product : Dataset
        A product of such a study.
    path : Path
        File to write: the rows that `nusterile toys` prints, with full precision, empty where
        there is no number; comments before them say what they are.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    listing = toy_listing(product, power_constrained=product.attrs[CONTENT] == CLS_CONTENT)
    units = "; ".join(
        f"{name} = {listing.units.get(name, PURE_NUMBER)}" for name in listing.columns
    )
    facts = {name: " ".join(str(product.attrs[name]).split()) for name in _ATTRIBUTES}
    facts |= {N_TOYS: str(int(product[N_TOYS].min())), "units": units}
    write_file(path, comments(facts) + listing.render("csv") + "\n")
