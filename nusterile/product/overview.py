"""A product on one page of HTML, for notebooks: limits, grids, origin, what to cite.

Every text of a product is shown as text, whatever is in it.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from urllib.parse import quote

import numpy as np
import xarray as xr

from nusterile.errors import NusterileError
from nusterile.files.text import plain_text
from nusterile.product.kinds import KINDS, content_of
from nusterile.product.labels import labels_of_selections
from nusterile.vocabulary import (
    CL,
    CONTENT,
    DIMENSIONS,
    DOF,
    FLAVOR,
    FLAVOR_SYMBOLS,
    LIMIT,
    LIMIT_AXES,
    LIMIT_STATUS,
    M_4,
    SELECTION,
    STORED_MASSES,
    main_flavor,
    unit_word,
)

__all__ = ["overview"]

#: What a product says of where it comes from, in this order.
_ORIGIN = ("nusterile_version", "date_created", "git_commit", "config_hash", "license", "comment")
_DOI = "doi:"
_CELL = ' style="text-align: left; white-space: nowrap"'


def overview(dataset: xr.Dataset) -> str:
    """Describe a product or a part of one as HTML.

    Parameters
    ----------
    dataset : Dataset
        What to describe; a dataset that is no product has little to say.

    Returns
    -------
    str
        Limits of each selection at some masses, the grids, origin and references, as far as
        they are there. No script, no address that a file could choose.
    """
    what = KINDS[content_of(dataset)].what if content_of(dataset) in KINDS else ""
    title = dataset.attrs.get("title", "no product of nusterile")
    parts = [f"<strong>{_text(title)}</strong>", *([_text(what)] if what else [])]
    return "\n".join(
        [
            '<div class="nusterile">',
            *(f"<div>{part}</div>" for part in parts),
            *_limits(dataset),
            *_folded("Grids", _grids(dataset)),
            *_folded("Origin", _origin(dataset)),
            *_folded("What to cite", _references(dataset)),
            "</div>",
        ]
    )


def _text(value: object) -> str:
    """Return a text of a file as HTML that shows it."""
    return html.escape(plain_text(str(value)))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Make a table of cells that are HTML already."""
    lines = ['<div style="overflow-x: auto">', "<table>"]
    if caption:
        lines.append(f"<caption>{caption}</caption>")
    if head:
        cells = "".join(f"<th{_CELL}>{cell}</th>" for cell in head)
        lines.append(f"<thead><tr>{cells}</tr></thead>")
    for row in rows:
        lines.append(f"<tr>{''.join(f'<td{_CELL}>{cell}</td>' for cell in row)}</tr>")
    return "\n".join([*lines, "</table>", "</div>"])


def _folded(title: str, content: str) -> list[str]:
    return [f"<details><summary>{title}</summary>{content}</details>"] if content else []


def _limits(dataset: xr.Dataset) -> list[str]:
    """The upper limits of each selection at the usual masses that are there."""
    if not {LIMIT, LIMIT_STATUS} <= set(dataset) or any(
        a not in dataset.coords for a in LIMIT_AXES
    ):
        return []
    scalars = [axis for axis in LIMIT_AXES if axis not in dataset[LIMIT].dims]
    held = dataset[[LIMIT, LIMIT_STATUS]].expand_dims(scalars)
    flavor = main_flavor([str(name) for name in held[FLAVOR].values])
    held = held.sel({FLAVOR: flavor}).isel({CL: 0, DOF: 0})
    masses = held[M_4].values
    places = np.unique([np.abs(masses - mass).argmin() for mass in STORED_MASSES])
    try:
        labels = labels_of_selections(dataset)
    except NusterileError:  # a part that has lost its attributes
        labels = {}
    rows = []
    for selection in held[SELECTION].values:
        part = held.sel({SELECTION: selection}).isel({M_4: places})
        name = str(selection)
        values = zip(part[LIMIT].values, part[LIMIT_STATUS].values, strict=True)
        cells = [
            f"{limit:.2e}" if np.isfinite(limit) else _text(status) for limit, status in values
        ]
        rows.append([_text(labels.get(name, name)), *cells])
    caption = (
        f"Upper limits on μ in μ<sub>B</sub>, {100 * float(held[CL]):g} % CL, "
        f"{int(held[DOF])} dof, {_text(FLAVOR_SYMBOLS.get(flavor, flavor))}, by m<sub>4</sub>"
    )
    return [_table(["", *(f"{mass:.3g} MeV" for mass in masses[places])], rows, caption)]


def _grids(dataset: xr.Dataset) -> str:
    rows = []
    for name in DIMENSIONS:
        if name not in dataset.coords:
            continue
        values = np.atleast_1d(dataset[name].values)
        if values.dtype.kind in "fiu" and values.size > 3:
            extent = f"{values.size} from {values.min():.4g} to {values.max():.4g}"
        else:
            extent = _text(
                ", ".join(f"{v:g}" if values.dtype.kind in "fiu" else str(v) for v in values)
            )
        unit = unit_word(str(dataset[name].attrs.get("units", "1")))
        rows.append([f"<code>{name}</code>", extent, "" if unit == "1" else _text(unit)])
    return _table((), rows) if rows else ""


def _origin(dataset: xr.Dataset) -> str:
    rows = [
        [f"<code>{name}</code>", _text(dataset.attrs[name])]
        for name in (CONTENT, "schema_version", *_ORIGIN)
        if dataset.attrs.get(name) not in (None, "")
    ]
    return _table((), rows) if rows else ""


def _references(dataset: xr.Dataset) -> str:
    texts = [text.strip() for text in str(dataset.attrs.get("references", "")).split(";")]
    items = []
    for text in filter(None, texts):
        shown = _text(text)
        if text.startswith(_DOI):
            address = html.escape(f"https://doi.org/{quote(text.removeprefix(_DOI), safe='/')}")
            shown = f'<a href="{address}" rel="noreferrer">{shown}</a>'
        items.append(f"<li>{shown}</li>")
    how = "<div>As BibTeX: <code>nusterile cite FILE</code></div>"
    return f"<ul>{''.join(items)}</ul>{how}" if items else ""
