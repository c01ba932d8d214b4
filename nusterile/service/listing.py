"""A catalogue as rows, here or at a service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nusterile.errors import ProductError
from nusterile.files.listing import Listing
from nusterile.files.web import Web
from nusterile.product.rows import STATUS

__all__ = ["catalogue_listing", "read_catalogue", "service_root"]

#: More bytes than any file has.
_LARGEST = 2**63
#: What a service has to say of each product and each broken file.
_SAID = {"bytes": int, "modified": str, "sha256": str, STATUS: str}
_OF_PRODUCT = {
    **dict.fromkeys(("id", "name", "title", "content"), str),
    **dict.fromkeys(("sizes", "names"), dict),
    **_SAID,
}
_OF_BROKEN = {"file": str, "reason": str, **_SAID}
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
    document, _ = web.document(f"{service_root(address)}/products")
    for name, wanted in (("products", _OF_PRODUCT), ("broken", _OF_BROKEN), ("reading", {})):
        listed = document.get(name)
        if not isinstance(listed, list) or not all(_says(each, wanted) for each in listed):
            raise ProductError(
                f"{web.address}: does not answer as a product service (its list '{name}' is none "
                "of a catalogue)"
            )
    return document


def service_root(address: str) -> str:
    """Address of a service, of which that of its catalogue or of a product is given.

    Examples
    --------
    >>> service_root("http://localhost:8642/products/reference?q=1")
    'http://localhost:8642'
    """
    place = address.partition("#")[0].partition("?")[0]
    return re.sub(r"/products(/.*)?$", "", place.rstrip("/")).rstrip("/")


def _says(entry: Any, wanted: Mapping[str, type]) -> bool:
    """Whether an entry of a catalogue says what it has to; one without names is a text."""
    if not wanted:
        return isinstance(entry, str)
    return (
        isinstance(entry, dict)
        and all(isinstance(entry.get(name), kind) for name, kind in wanted.items())
        and 0 <= entry["bytes"] < _LARGEST
    )
