"""Reading a BibTeX file; finding entries by key, DOI and arXiv number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from nusterile.errors import InputError, nearest_name
from nusterile.publications.reference import BoundReference, Reference

__all__ = ["Bibliography", "Entry", "bibliography", "made_entry", "once", "read_bibliography"]


#: A DOI whose signs mean nothing to BibTeX and LaTeX.
_PLAIN_DOI = re.compile(r"10\.\d{4,9}/[A-Za-z0-9._;()/:<>\[\]+-]+")


@dataclass(frozen=True)
class Entry:
    """One entry of a bibliography.

    Attributes
    ----------
    key, kind : str
        Citation key and type (``article``, ``misc``, …).
    fields : dict of str to str
        Fields by lower-case name, without outer braces, on one line.
    text : str
        The entry as BibTeX.
    """

    key: str
    kind: str
    fields: dict[str, str]
    text: str

    @property
    def doi(self) -> str:
        """The DOI, or an empty string."""
        return self.fields.get("doi", "")

    @property
    def arxiv(self) -> str:
        """The arXiv number, or an empty string."""
        return self.fields.get("eprint", "")

    @property
    def identity(self) -> str:
        """What tells publications apart: DOI, arXiv number, note or key."""
        names = (self.doi, self.arxiv, self.fields.get("note", ""), self.key)
        return _identifier(next(name for name in names if name))


class Bibliography(Mapping[str, Entry]):
    """Entries by citation key, found by DOI and arXiv number too.

    Examples
    --------
    >>> bibliography().find("arXiv:1803.03262").key
    'Magill2018'
    >>> bibliography().find("https://doi.org/10.1103/PhysRevD.98.115015").key
    'Magill2018'
    """

    def __init__(self, entries: Iterable[Entry], source: str = "bibliography"):
        self._entries: dict[str, Entry] = {}
        self._identifiers: dict[str, str] = {}
        for entry in entries:
            if entry.key in self._entries:
                raise InputError(f"{source}: two entries have the key '{entry.key}'")
            self._entries[entry.key] = entry
            for name in {_identifier(text) for text in (entry.doi, entry.arxiv) if text}:
                if name in self._identifiers:
                    other = self._identifiers[name]
                    raise InputError(f"{source}: '{entry.key}' and '{other}' are both {name}")
                self._identifiers[name] = entry.key

    def __getitem__(self, key: str) -> Entry:
        return self._entries[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def knows(self, reference: str) -> bool:
        """Whether there is an entry that `find` returns."""
        return self._identifiers.get(_identifier(reference), reference) in self._entries

    def find(self, reference: str) -> Entry:
        """Return the entry of a key, a DOI or an arXiv number.

        Parameters
        ----------
        reference : str
            For example ``Magill2018``, ``10.1103/PhysRevD.98.115015`` or
            ``arXiv:1803.03262``; addresses at doi.org and arxiv.org do as well.

        Raises
        ------
        InputError
            If there is none, with the nearest key.
        """
        key = self._identifiers.get(_identifier(reference), reference)
        if key not in self._entries:
            close = nearest_name(reference, self._entries)
            close = close if "did you mean" in close else "; give a key, a DOI or an arXiv number"
            raise InputError(f"no reference '{reference}' in the bibliography{close}")
        return self._entries[key]

    def entry_of(self, reference: Reference, key: str) -> Entry:
        """Return the entry behind a reference of an experiment or a bound.

        Parameters
        ----------
        reference : Reference
            Text, DOI and possibly arXiv number.
        key : str
            Citation key for a publication that is not in the bibliography; it gets an
            entry made of its text and identifiers.
        """
        arxiv = reference.arxiv if isinstance(reference, BoundReference) else ""
        for text in (reference.doi, arxiv):
            if text and _identifier(text) in self._identifiers:
                return self._entries[self._identifiers[_identifier(text)]]
        fields = {"note": _escaped(reference.text)}
        if reference.doi:
            plain = _PLAIN_DOI.fullmatch(reference.doi)
            fields["doi"] = reference.doi if plain else _escaped(reference.doi)
        if arxiv:
            fields |= {"eprint": arxiv, "archivePrefix": "arXiv"}
        return made_entry("misc", key, fields)


def read_bibliography(path: Path) -> Bibliography:
    """Read a BibTeX file.

    Entries start with ``@type{key,`` at the beginning of a line; values stand in
    balanced braces. String macros and ``crossref`` are not known.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Bibliography

    Raises
    ------
    InputError
        If it cannot be read, an entry is broken (the message names the line), or two
        entries share a key, a DOI or an arXiv number.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as text ({error})") from None
    entries = []
    for start in re.finditer(r"^@", text, re.MULTILINE):
        where = f"{path}, line {text.count(chr(10), 0, start.start()) + 1}"
        head = re.match(r"@(\w+)\{([^\s,{}]+),", text[start.start() :])
        end = _closing_brace(text, text.find("{", start.start()))
        if head is None or end is None:
            raise InputError(f"{where}: is no entry @type{{key, field = {{value}}, ...}}")
        block = text[start.start() : end + 1]
        fields = _fields(block[head.end() : -1], where)
        entries.append(Entry(head[2], head[1].lower(), fields, block))
    return Bibliography(entries, str(path))


@lru_cache(maxsize=1)
def bibliography() -> Bibliography:
    """Return the bibliography that comes with nusterile."""
    from nusterile_data import ROOT

    return read_bibliography(ROOT / "references.bib")


def once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries in order, each publication once."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.identity, entry)
    return tuple(first.values())


def _identifier(text: str) -> str:
    """Bring a DOI or arXiv number, however it is written, to one form."""
    name = re.sub(r"^(https?://)?(dx\.)?(doi\.org/|arxiv\.org/abs/)", "", text.strip().lower())
    name = re.sub(r"^doi:\s*", "", name)
    name = re.sub(r"^(10\.48550/)?arxiv[.:]\s*", "", name)
    if re.match(r"^(\d{4}\.\d{4,5}|[a-z\-]+/\d{7})(v\d+)?$", name):
        return "arXiv:" + re.sub(r"v\d+$", "", name)
    return name


def _escaped(text: str) -> str:
    """Text from a file on one line, no sign of which is taken for a command.

    BibTeX counts braces even behind a backslash, so they are written as words.
    """
    words = {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
    }
    line = " ".join(text.split())
    return re.sub(r"[\\{}~^&%$#_]", lambda sign: words.get(sign[0], "\\" + sign[0]), line)


def made_entry(kind: str, key: str, fields: dict[str, str]) -> Entry:
    """Make an entry of its fields."""
    width = max(map(len, fields))
    lines = [f"  {name:<{width}} = {{{value}}}," for name, value in fields.items()]
    text = "\n".join([f"@{kind}{{{key},", *lines, "}"])
    return Entry(key, kind, {name.lower(): value for name, value in fields.items()}, text)


def _fields(body: str, where: str) -> dict[str, str]:
    fields = {}
    position = 0
    while rest := body[position:].strip(" \t\r\n,"):
        position = body.index(rest, position)
        head = re.match(r"(\w+)\s*=\s*(?=\{)", rest)
        opening = position + head.end() if head else -1
        end = _closing_brace(body, opening)
        if head is None or end is None:
            raise InputError(f"{where}: '{rest.splitlines()[0]}' is no field = {{value}}")
        fields[head[1].lower()] = " ".join(body[opening + 1 : end].split())
        position = end + 1
    return fields


def _closing_brace(text: str, opening: int) -> int | None:
    """Position of the brace that closes the one at `opening`."""
    if opening < 0:
        return None
    depth = 0
    for position in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return None
