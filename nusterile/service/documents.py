"""The catalogue and its products as JSON; links are relative to the address that answered."""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import quote

from nusterile.product.rows import STATUS
from nusterile.service.catalogue import Contents
from nusterile.service.inspection import Entry
from nusterile.version import __version__
from nusterile.vocabulary import (
    COVERAGE_CONTENT,
    EXPECTED_CONTENT,
    EXPERIMENT,
    FLAVOR,
    LIMITS_CONTENT,
    PROJECTION_CONTENT,
    SCAN_CONTENT,
    SIGNIFICANCE_CONTENT,
    UNIFIED_CONTENT,
)

__all__ = [
    "PLANE",
    "Picture",
    "catalogue_document",
    "figures_of",
    "has_limits",
    "picture_of",
    "product_document",
]

#: Name of a figure.
PLANE = "plane"


class Picture(NamedTuple):
    """The one figure of a product without limits on a grid: its heading and what it shows."""

    figure: str
    heading: str
    description: str


_PICTURES = {
    PROJECTION_CONTENT: Picture(
        "projection",
        "Against the exposure",
        "Expected limits against the exposure, one line a mass",
    ),
    EXPECTED_CONTENT: Picture(
        "bands",
        "Expected limits",
        "Median and bands of the limits expected without a signal against the sterile mass",
    ),
    COVERAGE_CONTENT: Picture(
        "coverage",
        "Coverage",
        "How often limits and intervals of toys hold the true moment, against mass and moment",
    ),
    UNIFIED_CONTENT: Picture(
        "unified", "Unified intervals", "Unified intervals against the sterile mass"
    ),
    SIGNIFICANCE_CONTENT: Picture(
        "significance", "Significance", "Preference for a moment against the sterile mass"
    ),
}


def catalogue_document(contents: Contents) -> dict[str, Any]:
    """Return the catalogue: products, broken files with their reasons, files being read."""
    return {
        "nusterile_version": __version__,
        "complete": contents.complete and not contents.reading,
        "products": [product_document(entry, "products/") for entry in contents.products],
        "broken": [_broken_document(entry) for entry in contents.broken],
        "reading": list(contents.reading),
    }


def product_document(entry: Entry, base: str = "") -> dict[str, Any]:
    """Return what is known of one product.

    Parameters
    ----------
    entry : Entry
        A product.
    base : str
        What leads from the address of the answer to the products.
    """
    page = f"{base}{entry.id}"
    links = {"page": page, "file": f"{page}/file", "zarr": f"{page}/zarr"}
    if has_limits(entry):
        links["limits"] = f"{page}/limits"
    for figure in list(figures_of(entry))[:1]:
        links["figure"] = f"{page}/figures/{figure}"
    attributes = dict(entry.attributes)
    return {
        "id": entry.id,
        "name": entry.name,
        "file": entry.found.name,
        STATUS: "ready",
        "title": attributes.pop("title", ""),
        "content": entry.content,
        "dims": list(entry.sizes),
        "sizes": entry.sizes,
        "variables": list(entry.variables),
        "names": entry.names,
        "config_hash": attributes.pop("config_hash", ""),
        "sha256": entry.sha256,
        "bytes": entry.found.signature.size,
        "modified": entry.modified,
        "note": entry.note,
        "attributes": attributes,
        "references": [
            {"text": each.text, "doi": each.doi, "url": f"https://doi.org/{quote(each.doi)}"}
            for each in entry.references
        ],
        "links": links,
    }


def has_limits(entry: Entry) -> bool:
    """Whether limits on a grid of masses, and figures of them, can be had of a product."""
    return entry.content in (SCAN_CONTENT, LIMITS_CONTENT)


def picture_of(entry: Entry) -> Picture | None:
    """Return the figure of a product of a kind that has one only."""
    return _PICTURES.get(entry.content)


def figures_of(entry: Entry) -> dict[str, tuple[str, dict[str, Any]]]:
    """Figures of a product: by the name of the file, the figure and its options.

    The first one shows what the product is about.
    """
    width = {"width": "single"}
    picture = picture_of(entry)
    if picture is not None:
        return {f"{picture.figure}.svg": (picture.figure, width)}
    if not has_limits(entry):
        return {}
    figures: dict[str, tuple[str, dict[str, Any]]] = {
        "limits.svg": ("limits", {**width, "by": EXPERIMENT})
    }
    for flavor in entry.names[FLAVOR]:
        figures[f"{PLANE}-{flavor}.svg"] = (PLANE, {**width, FLAVOR: flavor})
    return figures


def _broken_document(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "file": entry.found.name,
        STATUS: "broken",
        "reason": entry.reason,
        "sha256": entry.sha256,
        "bytes": entry.found.signature.size,
        "modified": entry.modified,
    }
