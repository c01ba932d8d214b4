"""What to cite with a product, as BibTeX."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from nusterile.bibliography import Entry
from nusterile.bounds import load_bounds
from nusterile.files import write_file
from nusterile.product import stored_configuration
from nusterile.references import (
    analysis_references,
    bibtex,
    bound_references,
    product_references,
    software_entry,
)

__all__ = ["references_of", "write"]


def references_of(product: xr.Dataset) -> list[Entry]:
    """Return every publication behind a product and the external bounds, and nusterile.

    Parameters
    ----------
    product : Dataset
        A product.

    Returns
    -------
    list of Entry
        Each publication once.
    """
    configuration = stored_configuration(product)
    entries = [
        software_entry(),
        *analysis_references(configuration),
        *product_references(str(product.attrs["references"])),
        *bound_references(load_bounds(configuration.bound_folders).values()),
    ]
    once: dict[str, Entry] = {}
    for entry in entries:
        once.setdefault((entry.doi or entry.arxiv or entry.key).lower(), entry)
    return list(once.values())


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
