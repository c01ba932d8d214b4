"""What a service offers, as rows that a person chooses from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from nusterile.files.text import plain_text
from nusterile.service.listing import service_root
from nusterile.vocabulary import EXPERIMENT

__all__ = ["Offer", "offers_of"]

#: Signs of a text that a row shows; more tell nobody more.
_LONGEST = 300


@dataclass(frozen=True)
class Offer:
    """A file of a service.

    Attributes
    ----------
    name : str
        Its name.
    about : str
        Its title, or why it cannot be opened.
    content : str
        Kind of the product.
    experiments : str
        Names of its experiments.
    size : int
        Bytes.
    modified : str
        When the file was written.
    address : str
        Where the product is; empty for a file that cannot be opened.
    """

    name: str
    about: str
    content: str = ""
    experiments: str = ""
    size: int = 0
    modified: str = ""
    address: str = ""

    def texts(self) -> tuple[str, ...]:
        """Texts of the columns; one for the whole row where there is no product."""
        if not self.address:
            return (f"{self.name}   {self.about}",)
        size = f"{self.size / 1e6:.1f} MB" if self.size >= 1e5 else f"{self.size / 1e3:.1f} kB"
        return self.name, self.about, self.content, self.experiments, size, self.modified

    def holds(self, query: str) -> bool:
        """Whether every word of a query is somewhere in the row."""
        text = " ".join(self.texts()).casefold()
        return all(word in text for word in query.casefold().split())


def offers_of(document: Mapping[str, Any], service: str) -> list[Offer]:
    """Products of a catalogue, then broken files and those that are being read.

    Parameters
    ----------
    document : mapping
        As `read_catalogue` returns it.
    service : str
        Address of the service. A product is looked for there and nowhere else, whatever the
        catalogue links to.
    """
    root = service_root(service)
    offers = [
        Offer(
            _text(each["name"]),
            _text(each["title"]),
            _text(each["content"]),
            _experiments(each["names"]),
            each["bytes"],
            _moment(each["modified"]),
            f"{root}/products/{quote(each['id'], safe='')}",
        )
        for each in document["products"]
    ]
    offers += [
        Offer(_text(each["file"]), f"broken: {_text(each['reason'])}")
        for each in document["broken"]
    ]
    return offers + [Offer(_text(name), "is being read") for name in document["reading"]]


def _experiments(names: Mapping[str, Any]) -> str:
    found = names.get(EXPERIMENT)
    return _text(", ".join(map(str, found))) if isinstance(found, list) else ""


def _moment(text: str) -> str:
    """Day and minute of a time as the service writes it."""
    return _text(text).replace("T", " ")[:16]


def _text(text: str) -> str:
    return plain_text(text[:_LONGEST])
