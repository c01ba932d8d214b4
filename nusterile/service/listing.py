"""A catalogue as rows, here or at a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nusterile.errors import ProductError
from nusterile.files.listing import Listing
from nusterile.files.web import Web
from nusterile.product.rows import STATUS

__all__ = ["catalogue_listing", "read_catalogue"]

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


def read_catalogue(address: str) -> dict[str, Any]:
    """Read the catalogue of a service.

    Parameters
    ----------
    address : str
        Address of the service, or of its catalogue.

    Returns
    -------
    dict
        ``products``, ``broken`` and ``reading``, as the service lists them.

    Raises
    ------
    ProductError
        If it does not answer or is no such service.
    """
    web = Web(address)
    root = address.partition("#")[0].partition("?")[0].rstrip("/").removesuffix("/products")
    document, _ = web.document(f"{root}/products")
    lists = [document.get(name) for name in ("products", "broken", "reading")]
    if not all(isinstance(each, list) for each in lists):
        raise ProductError(f"{web.address}: does not answer as a product service")
    return document
