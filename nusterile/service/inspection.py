"""What one product file is: its contents and hash, or what is wrong with it."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xarray as xr

from nusterile.arguments import MEMORY_LIMIT
from nusterile.errors import InputError, ProductError
from nusterile.files.text import plain_text
from nusterile.product.content import doubt_about
from nusterile.product.files import validate_product
from nusterile.product.kinds import content_of
from nusterile.publications.bibliography import Entry as Publication
from nusterile.references import product_references
from nusterile.service.folders import Found, open_same

__all__ = ["Citation", "Entry", "broken", "inspect", "read_same"]

#: Digits of the hash in an id, and the longest name before them.
_DIGITS = 12
_LONGEST = 60
_BLOCK = 2**20
#: Attributes for people.
_READ = (
    *("title", "summary", "comment", "date_created", "license"),
    *("schema_version", "nusterile_version", "git_commit", "config_hash"),
)
#: Accents of TeX, as they follow a letter.
_ACCENTS = {
    "'": "\u0301",
    "`": "\u0300",
    '"': "\u0308",
    "^": "\u0302",
    "~": "\u0303",
    "c": "\u0327",
}


@dataclass(frozen=True)
class Citation:
    """A publication behind a product: what it says and its DOI."""

    text: str
    doi: str


@dataclass(frozen=True)
class Entry:
    """One file of a catalogue.

    Attributes
    ----------
    id : str
        Name and hash: the same id is the same bytes for ever.
    found : Found
        The file.
    sha256 : str
        Hash of its bytes; empty where they cannot be read.
    reason : str
        What is wrong with the file; empty for a product.
    note : str
        Why nothing vouches for its values; empty where its seal does.
    content : str
        Kind of the product.
    attributes : dict
        ``title``, ``summary``, ``comment`` and the like.
    sizes : dict of str to int
        Length of each dimension.
    variables : tuple of str
        Names of the variables that are no coordinates.
    names : dict of str to tuple of str
        The names on each axis of names.
    references : tuple of Citation
        What to cite.
    """

    id: str
    found: Found
    sha256: str = ""
    reason: str = ""
    note: str = ""
    content: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    references: tuple[Citation, ...] = ()

    @property
    def name(self) -> str:
        """The name under which the newest file of this name is found."""
        return self.id[: -_DIGITS - 1]

    @property
    def modified(self) -> str:
        """When the file was written last, UTC."""
        time = datetime.fromtimestamp(self.found.signature.modified / 1e9, UTC)
        return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def inspect(found: Found) -> Entry:
    """Read a file, check that it keeps the contract and say what it holds.

    Parameters
    ----------
    found : Found
        The file.

    Returns
    -------
    Entry
        With a reason where it is no product.

    Raises
    ------
    FileNotFoundError
        If the file is gone or changes meanwhile.
    """
    if found.refusal:
        return broken(found, found.refusal)
    if found.signature.size > MEMORY_LIMIT:
        limit = f"{MEMORY_LIMIT / 2**30:g} GiB"
        return broken(found, f"is larger than any product (at most {limit})")
    sha256 = _digest(found)
    try:
        dataset = read_same(found)
    except ProductError as error:
        return broken(found, _without_path(error, found), sha256)
    return _described(found, sha256, dataset)


def read_same(found: Found, sha256: str | None = None) -> xr.Dataset:
    """Read a product whose file has not changed since it was found.

    Parameters
    ----------
    found : Found
        The file.
    sha256 : str, optional
        Hash that its bytes must have.

    Returns
    -------
    Dataset
        The product, checked against the contract.

    Raises
    ------
    ProductError
        If it does not keep the contract.
    FileNotFoundError
        If the file is gone or has changed.
    """
    if sha256 is not None and _digest(found) != sha256:
        raise FileNotFoundError("changed")
    try:
        dataset = validate_product(found.path)
    finally:
        os.close(open_same(found))  # what was read is what was found
    return dataset


def broken(found: Found, reason: str, sha256: str = "") -> Entry:
    """List a file that serves nothing, and why."""
    digest = sha256 or hashlib.sha256(found.name.encode()).hexdigest()
    return Entry(_id(found, digest), found, sha256, reason=plain_text(reason))


def _digest(found: Found) -> str:
    """SHA-256 of the bytes of a file that does not change meanwhile."""
    digest = hashlib.sha256()
    with os.fdopen(open_same(found), "rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    os.close(open_same(found))
    return digest.hexdigest()


def _described(found: Found, sha256: str, dataset: xr.Dataset) -> Entry:
    doubt = doubt_about(dataset, found.path)
    return Entry(
        _id(found, sha256),
        found,
        sha256,
        note=plain_text(doubt.removeprefix(f"{found.path}: ")),
        content=content_of(dataset),
        attributes=_attributes(dataset.attrs),
        sizes={str(name): int(size) for name, size in dataset.sizes.items()},
        variables=tuple(map(str, dataset.data_vars)),
        names={
            str(name): tuple(str(value) for value in coordinate.values)
            for name, coordinate in dataset.coords.items()
            if coordinate.dtype.kind in "OUST" and coordinate.ndim == 1
        },
        references=_citations(str(dataset.attrs.get("references", ""))),
    )


def _attributes(attributes: dict[Any, Any]) -> dict[str, str]:
    """Those that people read; the configuration and the inputs stay in the file."""
    return {name: str(attributes[name]) for name in _READ if name in attributes}


def _citations(attribute: str) -> tuple[Citation, ...]:
    try:
        entries = product_references(attribute)
    except InputError:
        return ()
    return tuple(Citation(_citation(entry), entry.doi) for entry in entries)


def _citation(entry: Publication) -> str:
    """First author, title and year, as far as they are known."""
    first, *others = entry.fields.get("author", "").split(" and ")
    parts = [
        f"{first} et al." if others else first,
        entry.fields.get("title", "") or entry.fields.get("note", ""),
        entry.fields.get("year", ""),
    ]
    text = ", ".join(filter(None, parts))
    return plain_text(_without_commands(text)) or f"doi:{entry.doi}"


def _without_commands(text: str) -> str:
    r"""A text of BibTeX without its commands, accents as they are printed.

    Examples
    --------
    >>> _without_commands(r"Villanueva, N{\'u}ria, {Tonne\,Year} of $^8$B")
    'Villanueva, Núria, Tonne Year of 8B'
    """
    for sign, accent in _ACCENTS.items():
        pattern = rf"\\{re.escape(sign)}\s*\{{?(\\?[A-Za-z])\}}?"
        text = re.sub(pattern, lambda m: m[1].removeprefix("\\") + accent, text)  # noqa: B023
    text = re.sub(r"\\[,;: ]|~", " ", text)
    return unicodedata.normalize("NFC", re.sub(r"\\[a-zA-Z]+ ?|[\\{}$^]", "", text))


def _without_path(error: Exception, found: Found) -> str:
    """What an error says, without where on this machine it was."""
    text = str(error).replace(f"{found.path}: ", "", 1)
    return text.replace(str(found.path), found.name).replace(str(found.path.parent), "its folder")


def _id(found: Found, digest: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(found.name).stem)[:_LONGEST].strip(".-")
    return f"{stem or 'product'}-{digest[:_DIGITS]}"
