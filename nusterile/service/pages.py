"""Pages for people: the catalogue, one product, what went wrong.

Every text of a product is escaped where it is written into a page; nothing of a page comes from
elsewhere, and no script or style stands in it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

import xarray as xr
from fastapi import Request
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from nusterile.exports.table import LimitTable, three_digits
from nusterile.product.rows import kind_of
from nusterile.results import Results
from nusterile.service.answers import Body
from nusterile.service.catalogue import Contents
from nusterile.service.documents import PLANE, figures_of, picture_of
from nusterile.service.inspection import Citation, Entry
from nusterile.version import __version__
from nusterile.vocabulary import (
    EXPECTED,
    EXPERIMENT,
    FLAVOR,
    FLAVOR_SYMBOLS,
    SELECTION,
    STORED_MASSES,
)

__all__ = ["ORDERS", "Pages", "address_of", "wants_page"]

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
#: Orders of the catalogue, as people and as addresses name them.
ORDERS = {"name": "name", "newest": "newest first", "largest": "largest first"}
_KEYS: dict[str, Callable[[Entry], Any]] = {
    "name": lambda entry: entry.found.name,
    "newest": lambda entry: -entry.found.signature.modified,
    "largest": lambda entry: -entry.found.signature.size,
}
#: What a host looks like; anything else that a request says of itself is not repeated.
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(:\d{1,5})?")


def wants_page(accept: str) -> bool:
    """Whether a reader is a browser: it asks for HTML by name."""
    return "text/html" in accept


class Pages:
    """What a browser gets.

    Attributes
    ----------
    version : str
        Changes with what the pages are made of.
    files : dict of str to Body
        Style, script and icon.
    """

    def __init__(self) -> None:
        here = files("nusterile.service")
        texts = {each.name: each.read_text("utf-8") for each in (here / "templates").iterdir()}
        static = {each.name: each.read_bytes() for each in (here / "static").iterdir()}
        whole = "".join(map(repr, sorted([*texts.items(), *static.items()], key=repr)))
        self.version = hashlib.sha256((__version__ + whole).encode()).hexdigest()[:12]
        self.files = {
            name: Body.of(content, _TYPES.get(name.rpartition(".")[2], "application/octet-stream"))
            for name, content in static.items()
        }
        self._environment = Environment(
            loader=DictLoader(texts),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"size": _size, "day": _day}
        self._environment.globals |= {
            "version": self.version,
            "nusterile_version": __version__,
            "figures_of": figures_of,
            "references": lru_cache(maxsize=64)(self._references),
            "text_of": _text_of,
            "experiments_of": _experiments_of,
        }

    def home(self, contents: Contents, address: str, query: str = "", order: str = "name") -> str:
        """Return the page of the catalogue.

        Parameters
        ----------
        contents : Contents
            What there is.
        address : str
            Address of the service.
        query : str
            Words that the products have, all of them.
        order : str
            One of `ORDERS`.
        """
        words = query.lower().split()
        found = [e for e in contents.products if all(word in _text_of(e) for word in words)]
        return self._render(
            "home.html",
            "",
            entries=sorted(found, key=_KEYS.get(order, _KEYS["name"])),
            total=len(contents.products),
            broken=contents.broken,
            reading=contents.reading,
            address=address,
            query=query,
            order=order,
            orders=ORDERS,
        )

    def product(self, entry: Entry, limits: xr.Dataset | None, address: str) -> str:
        """Return the page of a product.

        Parameters
        ----------
        entry : Entry
            The product.
        limits : Dataset, optional
            Its limits, where it has any.
        address : str
            Address of the service.
        """
        planes = [
            (name, FLAVOR_SYMBOLS.get(options[FLAVOR], options[FLAVOR]))
            for name, (figure, options) in figures_of(entry).items()
            if figure == PLANE
        ]
        return self._render(
            "product.html",
            "../",
            entry=entry,
            tables=[] if limits is None else _tables(limits),
            choices={} if limits is None else _choices(limits),
            planes=planes,
            picture=picture_of(entry),
            address=address,
        )

    def refusal(self, status: int, reason: str, depth: int) -> str:
        """Return the page that says what is wrong, for an address so many steps down."""
        return self._render("refusal.html", "../" * depth, status=status, reason=reason)

    def _references(self, references: tuple[Citation, ...]) -> Markup:
        """A list of publications; products mostly have the same."""
        return Markup(
            self._environment.get_template("references.html").render(references=references)
        )

    def _render(self, name: str, root: str, **values: Any) -> str:
        return self._environment.get_template(name).render(root=root, **values)


def address_of(request: Request) -> str:
    """Address of the service as a reader sees it, with a slash at its end."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        server = request.scope.get("server") or ("localhost", None)
        host = f"{server[0]}:{server[1]}"
    scheme = "https" if request.url.scheme == "https" else "http"
    return f"{scheme}://{host}{request.scope.get('root_path', '')}/"


def _text_of(entry: Entry) -> str:
    """Everything that a search finds a product by, in small letters."""
    names = (" ".join(values) for values in entry.names.values())
    texts = (entry.id, entry.found.name, entry.content, entry.sha256, *names)
    titles = (entry.attributes.get(name, "") for name in ("title", "config_hash", "date_created"))
    return " ".join((*texts, *titles)).lower()


def _experiments_of(entry: Entry) -> tuple[str, ...]:
    """Names of the experiments, or of the selections where a product holds only these."""
    return entry.names.get(EXPERIMENT) or entry.names.get(SELECTION) or ()


def _tables(limits: xr.Dataset) -> list[dict[str, Any]]:
    """Tables of the first stored level, one for each number of degrees of freedom."""
    masses = Results(limits).usual_masses(STORED_MASSES)
    table = LimitTable.of(limits, cl=float(limits.cl.values[0]), m_4=masses)
    return [
        {
            "title": f"{100 * table.cl:g} % CL, {dof} degree{'s' if dof > 1 else ''} of freedom",
            "what": f"{EXPECTED} upper limits" if kind_of(limits) == EXPECTED else "upper limits",
            "masses": table.masses,
            "rows": rows,
        }
        for dof, rows in table.parts(three_digits, FLAVOR_SYMBOLS)
    ]


def _choices(limits: xr.Dataset) -> dict[str, Any]:
    """What the plot can show, with the texts for people."""
    results = Results(limits)
    return {
        "selections": [[name, results.label(name)] for name in results.selections],
        "flavors": [[name, FLAVOR_SYMBOLS.get(name, name)] for name in results.flavors],
        "levels": limits.cl.values.tolist(),
        "degrees": list(results.degrees),
        "main": results.main_selection,
    }


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"


def _day(time: str) -> str:
    return datetime.fromisoformat(time).strftime("%-d %B %Y, %H:%M UTC")
