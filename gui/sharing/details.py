"""Plain texts: what a product is, what this program is."""

from __future__ import annotations

import json
import platform
from importlib.metadata import PackageNotFoundError, version

import nusterile
from nusterile.errors import NusterileError
from nusterile.files.places import place_name
from nusterile.files.text import visible_text
from nusterile.product.content import doubt_about
from nusterile_gui.state.overlays import AnyProduct

__all__ = ["about_text", "product_text"]

_FIRST = ("title", "summary", "date_created", "nusterile_version", "schema_version", "config_hash")


def _origin(product: AnyProduct) -> str:
    if product.path is None and product.address:
        return f"address: {product.address}"
    return f"file: {product.path or 'not saved'}"


def product_text(product: AnyProduct) -> str:
    """Attributes, sizes, settings, hashes and references of a product, as plain text."""
    data = product.dataset
    lines = [product.name, _origin(product)]
    if product.place and (doubt := doubt_about(data, place_name(product.place))):
        lines.append(doubt)
    lines.append("")
    apart = (*_FIRST, "config", "input_hashes", "input_texts", "references")
    rest = [name for name in data.attrs if name not in apart]
    for name in (*_FIRST, *rest):
        lines.append(f"{name}: {data.attrs.get(name, '')}")
    lines += ["", "References"]
    lines += [f"  {text}" for text in str(data.attrs.get("references", "")).split("; ")]
    lines += ["", "Sizes"]
    lines += [f"  {name}: {size}" for name, size in data.sizes.items()]
    lines += ["", "Input tables (SHA-256)"]
    lines += _stored(str(data.attrs.get("input_hashes", "")), "  {1}  {0}")
    lines += ["", "Settings"]
    try:
        lines += ["  " + line for line in data.nusterile.config.to_toml().splitlines()]
    except NusterileError as error:
        lines.append(f"  {error}")
    return visible_text("\n".join(lines))


def about_text() -> str:
    """Versions and citation, as plain text."""
    lines = [
        f"nusterile {nusterile.__version__}",
        "Limits on active-to-sterile neutrino magnetic moments from xenon detectors",
        "",
        "Versions",
        f"  Python {platform.python_version()}",
    ]
    for package in ("PySide6-Essentials", "pyqtgraph", "numpy", "xarray", "netCDF4", "contourpy"):
        try:
            lines.append(f"  {package} {version(package)}")
        except PackageNotFoundError:
            continue
    from nusterile.references import bibtex, software_entry

    lines += ["", "To cite", "", bibtex([software_entry(), "Mustamin2025"]), "", "License: MIT"]
    return "\n".join(lines)


def _stored(text: str, pattern: str) -> list[str]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return [f"  {text}"]
    if not isinstance(values, dict):
        return [f"  {text}"]
    return [pattern.format(key, value) for key, value in values.items()]
