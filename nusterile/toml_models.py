"""Reading TOML into validated models, with errors that name the key and the remedy."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from nusterile.errors import InputError, nearest_name

__all__ = ["StrictModel", "read_toml", "toml_text", "validate_model"]


class StrictModel(BaseModel):
    """A frozen model that refuses unknown keys, NaN and infinity."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )


Model = TypeVar("Model", bound=BaseModel)


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{path}: is not valid TOML ({error})") from None


def validate_model(
    model: type[Model], values: dict[str, Any], source: str, text: str = ""
) -> Model:
    """Make a model from plain values.

    Parameters
    ----------
    model : type
        Model class.
    values : dict
        Plain values, as read from TOML or JSON.
    source : str
        Where they come from, for messages.
    text : str, optional
        The TOML text behind `values`; with it a message names the line of the key.

    Returns
    -------
    BaseModel

    Raises
    ------
    InputError
        Naming the key, what it holds and what would be right.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        # a misspelled key is both missing and unknown: its spelling says more
        errors = error.errors()
        unknown = [e for e in errors if e["type"] == "extra_forbidden"]
        first = unknown[0] if unknown and errors[0]["type"] == "missing" else errors[0]
        location = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            valid = _valid_names(model, first["loc"][:-1])
            wrong = str(first["loc"][-1])
            message = f"unknown key '{location}'{nearest_name(wrong, valid)}"
        elif first["type"] == "missing":
            message = f"key '{location}' is missing"
        elif first["type"] == "value_error":
            message = (
                f"{location}: {first['ctx']['error']}" if location else str(first["ctx"]["error"])
            )
        else:
            given = first["input"]
            held = f"; it holds {given!r}" if not isinstance(given, dict | list) else ""
            message = f"{location}: {first['msg'][0].lower()}{first['msg'][1:]}{held}"
        line = _line_of_key(text, first["loc"])
        where = f"{source}, line {line}" if line else source
        raise InputError(f"{where}: {message}") from None


def _line_of_key(text: str, path: tuple[int | str, ...]) -> int | None:
    """Line of a key in TOML text, counted from 1; None where it is not found.

    Tables and arrays of tables are followed, keys inside inline tables and arrays
    lead to the line where their parent stands.
    """
    table: tuple[int | str, ...] = ()
    counts: dict[str, int] = {}
    best: tuple[int, int] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*(\[\[?)\s*([\w.\-]+)\s*\]", line):
            name = header[2]
            if header[1] == "[[":
                table = (name, counts.get(name, 0))
                counts[name] = counts.get(name, 0) + 1
            else:
                table = tuple(name.split("."))
            here = table
        elif key := re.match(r"\s*([\w\-]+)\s*=", line):
            here = (*table, key[1])
        else:
            continue
        if path[: len(here)] == here and (best is None or len(here) > best[0]):
            best = (len(here), number)
    return best[1] if best else None


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


def _valid_names(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Names of the fields at a path of keys below a model."""
    here: Any = model
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel) and part in here.model_fields:
            here = here.model_fields[str(part)].annotation
        else:
            # an index of a list, a key of a mapping, or the tag of a union
            arguments = [argument for argument in get_args(here) if argument is not Ellipsis]
            here = arguments[-1] if arguments else here
        while get_origin(here) in (Union, UnionType):
            models = [a for a in get_args(here) if a is not type(None)]
            here = models[0]
    return list(here.model_fields) if hasattr(here, "model_fields") else []
