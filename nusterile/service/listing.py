"""A catalogue as rows, for the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nusterile.files.listing import Listing
from nusterile.product.rows import STATUS

__all__ = ["catalogue_listing"]

_COLUMNS = ("id", STATUS, "content", "sizes", "bytes", "modified", "sha256", "title or reason")


def catalogue_listing(document: Mapping[str, Any]) -> Listing:
    """Return the rows of a catalogue: products, then broken files and those being read.

    Parameters
    ----------
    document : mapping
        As `documents.catalogue_document` makes it.

    Examples
    --------
    >>> document = {"products": [], "broken": [], "reading": ["new.nc"]}
    >>> print(catalogue_listing(document).render("csv").splitlines()[1])
    new.nc,reading,,,,,,
    """
    rows: list[list[Any]] = [
        [
            *(each["id"], each[STATUS], each["content"]),
            " ".join(f"{name}={size}" for name, size in each["sizes"].items()),
            *(each["bytes"], each["modified"], each["sha256"], each["title"]),
        ]
        for each in document["products"]
    ]
    rows += [
        [
            *(each["file"], each[STATUS], "", "", each["bytes"], each["modified"], each["sha256"]),
            each["reason"],
        ]
        for each in document["broken"]
    ]
    rows += [[name, "reading", *[""] * (len(_COLUMNS) - 2)] for name in document["reading"]]
    return Listing.of(_COLUMNS, rows)
