"""Directives whose tables come from the code: what a product holds, settings, publications.

``product-schema`` takes the name of a kind of products, ``settings`` the path of a model,
``publications`` nothing. ``measured-table`` takes a table of docs/measured, and the role
``measured`` one of its cells. Nothing in these tables is written by hand twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from measured_tables import KEY, cell, chosen, path_of, read, shown
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from nusterile.files.text import plain_text
from nusterile.product.kind import Kind, Variable
from nusterile.product.kinds import KINDS
from nusterile.publications.bibliography import Entry, bibliography
from nusterile.vocabulary import unit_word

#: A cell is text, text that is shown as code, or several pieces.
Cell = str | nodes.literal | Sequence[nodes.Node]


#: Letters of a last column of words, which needs width rather than height on a phone.
_WORDY = 30


def code(text: str) -> nodes.literal:
    """Return text that is shown as code."""
    return nodes.literal(text, text)


def table(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> nodes.table:
    """Make a table."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _row(head))
    body = nodes.tbody("", *map(_row, rows))
    group += body
    last = max((len(row.children[-1].astext()) for row in body), default=0)
    return nodes.table("", group, classes=["table", "described"] if last > _WORDY else ["table"])


def _row(cells: Sequence[Cell]) -> nodes.row:
    row = nodes.row()
    for one in cells:
        content = nodes.Text(one) if isinstance(one, str) else one
        pieces = [content] if isinstance(content, nodes.Node) else content
        row += nodes.entry("", nodes.paragraph("", "", *pieces))
    return row


#: Of the tables of coordinates and of variables, beside their names.
_HEADS = ("dimensions", "type", "unit", "what")


class ProductSchema(SphinxDirective):
    """Coordinates and variables of a kind of products, from the schema."""

    required_arguments = 1
    has_content = False

    def run(self) -> list[nodes.Node]:
        """Make the two tables."""
        kind = KINDS[self.arguments[0]]
        title = nodes.paragraph("", "", nodes.strong("", kind.name), nodes.Text(f": {kind.what}"))
        return [
            title,
            table(
                ("coordinate", "dimensions", "type", "unit", "what"), _held(kind, kind.coordinates)
            ),
            table(("variable", "dimensions", "type", "unit", "what"), _held(kind, kind.variables)),
        ]


def _held(kind: Kind, variables: Mapping[str, Variable]) -> Iterable[Sequence[Cell]]:
    for name, variable in variables.items():
        attributes = kind.attributes_of(name)
        yield (
            code(name),
            ", ".join(variable.dims),
            variable.dtype,
            unit_word(attributes["units"]),
            attributes["long_name"] + _remarks(variable),
        )


def _remarks(variable: Variable) -> str:
    remarks = [variable.range.words] if variable.range else []
    if variable.since > 1:
        remarks.append(f"since schema version {variable.since}")
    if variable.optional:
        remarks.append("may be absent")
    return f" ({'; '.join(remarks)})" if remarks else ""


class Settings(SphinxDirective):
    """Keys of a table of settings, from its model: what they take, and what they are by default."""

    required_arguments = 1
    has_content = False

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        module, _, name = self.arguments[0].rpartition(".")
        schema = getattr(import_module(module), name).model_json_schema()
        needed = schema.get("required", ())
        rows = []
        for key, value in schema["properties"].items():
            default = "needed" if key in needed else code(_written(value.get("default")))
            rows.append((code(key), _takes(value, schema.get("$defs", {})), default))
        return [table(("key", "takes", "by default"), rows)]


def _written(value: Any) -> str:
    """Write a value as TOML does."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        pairs = (f"{key} = {_written(v)}" for key, v in value.items() if v is not None)
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


_WORDS = {
    "string": "text",
    "boolean": "true or false",
    "number": "number",
    "integer": "whole number",
    "object": "table",
}
_ENDS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}


def _takes(value: dict[str, Any], models: dict[str, Any]) -> str:
    """Say in words what a JSON schema allows."""
    if "$ref" in value:
        name = value["$ref"].rpartition("/")[2]
        return _takes(models[name], models) if "enum" in models[name] else f"table {name}"
    for several in ("anyOf", "oneOf"):
        if several in value:
            parts = [_takes(v, models) for v in value[several] if v.get("type") != "null"]
            return " or ".join(dict.fromkeys(parts))
    if "enum" in value or "const" in value:
        return " or ".join(_written(v) for v in value.get("enum", [value.get("const")]))
    if value.get("type") == "array":
        if "prefixItems" in value:
            inside = ", ".join(_takes(v, models) for v in value["prefixItems"])
            return f"list of {inside}"
        return f"list of {_takes(value.get('items', {}), models)}"
    if isinstance(value.get("additionalProperties"), dict):
        return f"table, by name: {_takes(value['additionalProperties'], models)}"
    words = _WORDS.get(value.get("type", ""), "any value")
    ends = [form.format(f"{value[end]:g}") for end, form in _ENDS.items() if end in value]
    return ", ".join([words, *ends])


class Publications(SphinxDirective):
    """Every publication that the formulas, the data and the bounds come from."""

    has_content = False
    links: ClassVar[dict[str, str]] = {
        "doi": "https://doi.org/{}",
        "eprint": "https://arxiv.org/abs/{}",
    }

    def run(self) -> list[nodes.Node]:
        """Make the list."""
        found = nodes.bullet_list()
        for entry in sorted(bibliography().values(), key=lambda e: e.key.lower()):
            text = nodes.paragraph("", "", nodes.literal(entry.key, entry.key))
            text += nodes.Text(f": {_described(entry)}")
            for field, address in self.links.items():
                name = entry.fields.get(field)
                if name:
                    label = name if field == "doi" else f"arXiv:{name}"
                    text += nodes.Text(" ")
                    text += nodes.reference("", label, refuri=address.format(name), internal=False)
            found += nodes.list_item("", text)
        return [found]


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _described(entry: Entry) -> str:
    parts = [entry.fields.get(name, "") for name in ("author", "title", "journal", "year")]
    text = ", ".join(re.sub(r"[{}]|\\(?=[&%$#_])", "", part) for part in parts if part)
    text = re.sub(r"\$\^\{?(\d+)\}?\$", lambda raised: raised[1].translate(_RAISED), text)
    return plain_text(text or entry.fields.get("note", ""))


#: What a stored cell holds beside words: code in backticks, publications, Bohr magnetons.
_PIECES = re.compile(r"`(?P<code>[^`]+)`|doi:(?P<doi>10\.\S+[^\s),;])|(?P<magneton>\[?μ_B\]?)")


def pieces_of(text: str) -> list[nodes.Node]:
    """Make the words, code and links of a stored cell."""
    made: list[nodes.Node] = []
    end = 0
    for found in _PIECES.finditer(text):
        made.append(nodes.Text(shown(text[end : found.start()])))
        if found["code"]:
            made.append(code(found["code"]))
        elif found["magneton"]:
            formula = found["magneton"].replace("μ_B", r"\mu_\mathrm{B}")  # in its brackets
            made.append(nodes.math("", formula))
        else:
            address = f"https://doi.org/{found['doi']}"
            made.append(nodes.reference("", found["doi"], refuri=address, internal=False))
        end = found.end()
    return [*made, nodes.Text(shown(text[end:]))]


class MeasuredTable(SphinxDirective):
    """A table of docs/measured, without its keys and without columns where nothing stands.

    With ``:rows:`` only those whose keys match one of some patterns.
    """

    required_arguments = 1
    has_content = False
    option_spec: ClassVar[dict[str, Any]] = {"rows": directives.unchanged_required}

    def run(self) -> list[nodes.Node]:
        """Make the table."""
        path = path_of(self.arguments[0])
        self.env.note_dependency(str(path))
        try:
            rows = chosen(read(path), self.options.get("rows", "*").split())
        except LookupError as error:
            raise self.error(str(error)) from None
        heads = [head for head in rows[0] if head != KEY and any(row[head] for row in rows)]
        titles = [pieces_of(head) for head in heads]
        made = table(titles, ([pieces_of(row[head]) for head in heads] for row in rows))
        made["classes"].append("colwidths-auto")
        return [made]


class MeasuredFigure(SphinxRole):
    """One cell of a table of docs/measured, ``TABLE/KEY/COLUMN``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Make its text."""
        self.env.note_dependency(str(path_of(self.text.partition("/")[0])))
        try:
            return pieces_of(cell(self.text)), []
        except LookupError as error:
            message = self.inliner.reporter.error(str(error), line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("product-schema", ProductSchema)
    app.add_directive("settings", Settings)
    app.add_directive("publications", Publications)
    app.add_directive("measured-table", MeasuredTable)
    app.add_role("measured", MeasuredFigure())
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
