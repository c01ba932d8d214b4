"""Where something is: a file here, or an address on the web."""

from __future__ import annotations

from pathlib import Path

from nusterile.files.web import is_address

__all__ = ["Place", "place_name", "place_of"]

#: The path of a file, or an address as a text.
Place = Path | str


def place_of(text: str) -> Place:
    """Place that a text names.

    Examples
    --------
    >>> place_of("http://localhost:8642/products/reference")
    'http://localhost:8642/products/reference'
    >>> place_of("products/reference.nc").name
    'reference.nc'
    """
    return text if is_address(text) else Path(text)


def place_name(place: Place) -> str:
    """Last part of a place, which tells it from others to people.

    Examples
    --------
    >>> place_name("http://localhost:8642/products/reference?x=1")
    'reference'
    """
    if isinstance(place, Path):
        return place.name
    return place.partition("#")[0].partition("?")[0].rstrip("/").rpartition("/")[2]
