"""What to cite with a product, as BibTeX."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from nusterile.bounds.registry import load_bounds
from nusterile.files.writing import write_file
from nusterile.product.stored import stored_configuration
from nusterile.publications.bibliography import Entry, once
from nusterile.references import (
    analysis_references,
    bibtex,
    bound_references,
    product_references,
    software_entry,
)

__all__ = ["references_of", "write"]


def references_of(product: xr.Dataset) -> tuple[Entry, ...]:
    """Return every publication behind a product and the external bounds, and nusterile.

    Parameters
    ----------
    product : Dataset
        A product.

    Returns
    -------
    tuple of Entry
        Each publication once.
    """
    configuration = stored_configuration(product)
    return once(
        [
            software_entry(),
            *analysis_references(configuration),
            *product_references(str(product.attrs["references"])),
            *bound_references(load_bounds(configuration.own_bounds()).values()),
        ]
    )


def write(product: xr.Dataset, path: Path) -> None:
    """Write what to cite with a product.

    Parameters
    ----------
    product : Dataset
        A product.
    path : Path
        File to write.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    write_file(path, bibtex(references_of(product)) + "\n")
