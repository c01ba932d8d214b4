"""What the app can open, told by its name, and what it opens at the start."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from nusterile.files.places import Place, place_of
from nusterile_gui.state.settings import Memory, reference_path

__all__ = ["SUFFIX", "first_products", "is_workspace", "may_be_there", "names_product"]

#: How the name of a workspace file ends.
SUFFIX = ".nusterile"


def is_workspace(place: Place) -> bool:
    """Whether a file is a workspace, by its name; an address is none."""
    return isinstance(place, Path) and place.suffix == SUFFIX


def names_product(place: Place) -> bool:
    """Whether a place is one product, and not a service with many.

    Examples
    --------
    >>> names_product("http://localhost:8642/products/reference")
    True
    >>> names_product("http://localhost:8642/products/")
    False
    """
    if not isinstance(place, str):
        return True
    try:
        return re.search(r"/products/+[^/]", urlsplit(place).path) is not None
    except ValueError:  # which is said where it is opened
        return False


def may_be_there(place: Place) -> bool:
    """Whether a file is there; of an address only its service can tell."""
    return not isinstance(place, Path) or place.is_file()


def first_products(places: Sequence[Place]) -> list[Place]:
    """Products to show at the start.

    Those named; else those that were open last and are still there; else the one opened
    last; else the reference.
    """
    if places:
        return [place for place in places if not is_workspace(place) and names_product(place)]
    memory = Memory()
    last = [place_of(entry.path) for entry in memory.session().products]
    if found := [place for place in last if may_be_there(place)]:
        return found
    recent = [place for place in memory.recent() if not is_workspace(place)]
    candidates = [*recent[:1], Path("products/reference.nc"), reference_path()]
    return [place for place in candidates if may_be_there(place)][:1]
