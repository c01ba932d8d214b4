"""On which line of a TOML text a key stands.

The values come from the standard library's parser, which keeps no positions; the lines
come from the syntax tree of tree-sitter, so text that only looks like a table or a key,
in a comment or in a string of several lines, counts as neither.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

__all__ = ["Location", "line_of_key"]

#: Keys that lead to a value from the outermost; entries of a list are counted from 0.
Location = tuple[int | str, ...]

_KEYS = ("bare_key", "quoted_key", "dotted_key")
_TABLE, _ENTRY = "table", "table_array_element"


def line_of_key(text: str, location: Location) -> int | None:
    r"""Find the line of a key in TOML text.

    Parameters
    ----------
    text : str
        The text, valid TOML.
    location : tuple
        The keys.

    Returns
    -------
    int or None
        The line, counted from 1, of the key or of the entry of a list; where it is not
        there, of the nearest table or list that would hold it; None where that is the
        whole text.

    Examples
    --------
    >>> line_of_key('[solar]\nmodel = "gs98"\n', ("solar", "model"))
    2
    >>> line_of_key('[solar]\nmodel = "gs98"\n', ("solar", "sigma"))
    1
    """
    written: dict[Location, int] = {}
    implied: dict[Location, int] = {}
    for place, line in _places(text):
        written.setdefault(place, line)
        for length in range(1, len(place)):
            implied.setdefault(place[:length], line)
    for length in range(len(location), 0, -1):
        here = location[:length]
        found = written.get(here, implied.get(here))
        if found is not None:
            return found
    return None


def _places(text: str) -> Iterator[tuple[Location, int]]:
    """Every table, key and entry of a list with its line, in the order of the text."""
    # Imported late: only messages need it.
    import tree_sitter_toml
    from tree_sitter import Language, Parser

    root = Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node
    entries: dict[Location, int] = {}
    waiting: list[tuple[Node, Location]] = [(root, ())]
    while waiting:
        node, parent = waiting.pop()
        here, children = parent, list(node.named_children)
        if children and children[0].type in _KEYS:
            here = _resolved(_keys(children.pop(0)), parent, entries, node.type)
            yield here, node.start_point[0] + 1
        if node.type == "array":
            children = [child for child in children if child.type != "comment"]
            places = [(child, (*here, number)) for number, child in enumerate(children)]
            yield from ((place, child.start_point[0] + 1) for child, place in places)
        else:
            places = [(child, here) for child in children]
        waiting += reversed(places)


def _keys(node: Node) -> list[str]:
    """The keys that a bare, quoted or dotted key stands for."""
    assert node.text is not None
    values = tomllib.loads(f"{node.text.decode()} = 0")
    found: list[str] = []
    while isinstance(values, dict):
        ((key, values),) = values.items()
        found.append(key)
    return found


def _resolved(
    keys: list[str], parent: Location, entries: dict[Location, int], kind: str
) -> Location:
    """Where keys lead: the header of a table goes through the last entry of each list."""
    here = parent
    for number, key in enumerate(keys, 1):
        here = (*here, key)
        if kind == _ENTRY and number == len(keys):
            entries[here] = entries.get(here, -1) + 1
        if kind in (_TABLE, _ENTRY) and here in entries:
            here = (*here, entries[here])
    return here
