"""Pages for people: the catalogue, one product, what went wrong."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import Request

from nusterile.service.answers import Body
from nusterile.service.catalogue import Contents
from nusterile.service.documents import has_limits
from nusterile.service.inspection import Entry
from nusterile.version import __version__
from nusterile.vocabulary import FLAVOR

__all__ = ["Pages", "figures_of", "wants_page"]


def wants_page(accept: str) -> bool:
    """Whether a reader is a browser: it asks for HTML by name."""
    return "text/html" in accept


def figures_of(entry: Entry) -> dict[str, tuple[str, dict[str, Any]]]:
    """Figures of a product: by the name of the file, the figure and its options."""
    if not has_limits(entry):
        return {}
    figures: dict[str, tuple[str, dict[str, Any]]] = {
        "limits.svg": ("limits", {"width": "single", "by": "experiment", "dof": 1})
    }
    for flavor in entry.names[FLAVOR]:
        figures[f"plane-{flavor}.svg"] = ("plane", {"width": "single", FLAVOR: flavor})
    return figures


class Pages:
    """What a browser gets.

    Attributes
    ----------
    version : str
        Changes with what the pages are made of.
    files : dict of str to Body
        Style and script.
    """

    def __init__(self) -> None:
        self.version = __version__
        self.files: dict[str, Body] = {}

    def home(self, contents: Contents) -> str:
        """Return the page of the catalogue."""
        return "".join(f"{escape(entry.id)}\n" for entry in contents.products)

    def product(self, entry: Entry, limits: Any, request: Request) -> str:
        """Return the page of a product."""
        return escape(entry.id)

    def refusal(self, status: int, reason: str, request: Request) -> str:
        """Return the page that says what is wrong."""
        return escape(f"{status}: {reason}")
