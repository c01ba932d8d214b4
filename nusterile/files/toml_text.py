"""Writing plain values as TOML."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = ["toml_text"]


def toml_text(values: dict[str, Any]) -> str:
    """Write plain values as TOML; what is None is left out.

    Parameters
    ----------
    values : dict
        Text, numbers, bools, lists of those, and dicts of all these.

    Returns
    -------
    str

    Examples
    --------
    >>> print(toml_text({"cl": [0.9], "solar": {"sigma": 0.07, "model": "gs98"}}), end="")
    cl = [0.9]
    <BLANKLINE>
    [solar]
    sigma = 0.07
    model = "gs98"
    """
    return "\n".join(_toml_lines(values, ())).lstrip("\n") + "\n"


def _toml_lines(values: dict[str, Any], path: tuple[str, ...]) -> list[str]:
    plain = {k: v for k, v in values.items() if v is not None and not isinstance(v, dict)}
    tables = {k: v for k, v in values.items() if isinstance(v, dict)}
    lines = ["", f"[{'.'.join(map(_toml_key, path))}]"] if path and (plain or not tables) else []
    lines += [f"{_toml_key(key)} = {_toml_value(value)}" for key, value in plain.items()]
    for key, table in tables.items():
        lines += _toml_lines(table, (*path, key))
    return lines


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml_value(key)


def _toml_value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_toml_value(v) for v in value) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value)
