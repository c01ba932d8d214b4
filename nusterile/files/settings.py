"""Reading TOML into validated models, with errors that name the key and the remedy."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path, PureWindowsPath
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from nusterile.errors import InputError, nearest_name
from nusterile.files.positions import Location, line_of_key
from nusterile.files.text import hidden_character, plain_text, read_text

__all__ = [
    "NAME_PATTERN",
    "FileInFolder",
    "OneLine",
    "StrictModel",
    "is_inside",
    "is_name",
    "parse_toml",
    "place_of_key",
    "read_toml",
    "require_shallow",
    "validate_model",
]


#: How deep tables and lists may be nested, far beyond what any setting needs.
_DEEPEST = 16
_TOO_DEEP = f"tables and lists are nested more than {_DEEPEST} deep; no setting is"

#: What names of experiments, components, selections and bounds look like.
NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_]*$"


def is_name(text: str) -> bool:
    """Whether a text may be the name of an experiment, component, selection or bound."""
    return re.fullmatch(NAME_PATTERN.strip("^$"), text) is not None


def is_inside(name: str) -> bool:
    """Whether the name of a file, relative to a folder, stays inside it."""
    path = PureWindowsPath(name)  # which also knows the signs of other systems
    return not path.anchor and ".." not in path.parts and bool(path.parts)


def _in_folder(name: str) -> str:
    if not is_inside(name):
        raise ValueError(
            f"'{name}' is no file inside this folder; expected a name such as \"table.csv\""
        )
    return name


#: Name of a file relative to the folder of the description that names it, and inside it.
FileInFolder = Annotated[str, AfterValidator(_in_folder)]

#: Text for people: runs of spaces and line ends count as one space.
OneLine = Annotated[str, AfterValidator(lambda text: " ".join(text.split()))]


class StrictModel(BaseModel):
    """A frozen model that refuses unknown keys, NaN, infinity and values of another type.

    A list is taken where a tuple is expected, an integer where a float is; true is no
    number and "1" is none either.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True, strict=True
    )

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, values: Any) -> Any:
        return _tuples(values)


def _tuples(value: Any, depth: int = 0) -> Any:
    """Lists as tuples, numpy's numbers and arrays as plain ones; ValueError where too deep."""
    plain = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(plain, dict | list | tuple):
        return plain
    if depth > _DEEPEST:
        raise ValueError(_TOO_DEEP)
    if isinstance(plain, dict):
        return {key: _tuples(entry, depth + 1) for key, entry in plain.items()}
    return tuple(_tuples(entry, depth + 1) for entry in plain)


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
    return parse_toml(read_text(path, "TOML")[0], str(path))


def parse_toml(text: str, source: str) -> dict[str, Any]:
    """Read TOML text; InputError, with `source`, where it is none or nested too deep."""
    try:
        values = tomllib.loads(text)
    except ValueError as error:  # also numbers of thousands of digits
        raise InputError(f"{source}: is not valid TOML ({error})") from None
    except RecursionError:
        raise InputError(f"{source}: {_TOO_DEEP}") from None
    require_shallow(values, source)
    return values


def require_shallow(values: Any, source: str) -> None:
    """Raise InputError, with `source`, where plain values are nested too deep."""
    try:
        _tuples(values)
    except ValueError as error:
        raise InputError(f"{source}: {error}") from None


def validate_model(
    model: type[Model],
    values: dict[str, Any],
    source: str,
    text: str = "",
    context: Mapping[str, str] | None = None,
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
    context : mapping, optional
        What the model's own checks are told beside the values.

    Returns
    -------
    BaseModel

    Raises
    ------
    InputError
        Naming the key, what it holds and what would be right; also where a text holds a
        character that acts without being seen.
    """
    for keys, found in _hidden(values):
        place = place_of_key(text, keys, source)
        where = plain_text(_key(values, keys))
        raise InputError(
            f"{place}: {where}: holds the character {found!r}, which nobody sees; remove it"
        )
    try:
        return model.model_validate(values, context=context)
    except ValidationError as error:
        # A misspelt key also makes the right one missing: say the former.
        errors = error.errors()
        first = min(errors, key=lambda e: e["type"] != "extra_forbidden")
        message = _message(model, values, first, errors)
        raise InputError(f"{place_of_key(text, first['loc'], source)}: {message}") from None


def _hidden(value: Any, keys: Location = ()) -> Iterator[tuple[Location, str]]:
    """Texts and keys that hold a hidden character: where they are, and the character."""
    if len(keys) > _DEEPEST:
        return  # which is refused anyway
    if isinstance(value, str) and (found := hidden_character(value)):
        yield keys, found
    elif isinstance(value, dict):
        for key, entry in value.items():
            if isinstance(key, str) and (found := hidden_character(key)):
                yield (*keys, key), found
            yield from _hidden(entry, (*keys, key))
    elif isinstance(value, list | tuple):
        for number, entry in enumerate(value):
            yield from _hidden(entry, (*keys, number))


def place_of_key(text: str, keys: Location, source: str) -> str:
    """Say where a key stands: the source and, where the key is found in its text, the line."""
    line = line_of_key(text, keys) if text else None
    return f"{source}, line {line}" if line else source


def _message(
    model: type[BaseModel], values: Any, error: ErrorDetails, errors: list[ErrorDetails]
) -> str:
    """One line about the first of some errors: where, what is right, what is there."""
    location, kind = error["loc"], error["type"]
    where = _key(values, location)
    if kind == "extra_forbidden":
        valid = _valid_names(model, location[:-1])
        return f"unknown key '{where}'{nearest_name(str(location[-1]), valid)}"
    if kind == "missing":
        if isinstance(location[-1], int):
            last = max(
                int(other["loc"][-1])
                for other in errors
                if other["type"] == kind and other["loc"][:-1] == location[:-1]
            )
            return (
                f"{_key(values, location[:-1])}: expected a list of {last + 1}; "
                f"it holds a list of {location[-1]}"
            )
        return f"key '{where}' is missing"
    if kind == "value_error":
        reason = str(error["ctx"]["error"])
        return f"{where}: {reason}" if where else reason
    return f"{where or 'it'}: expected {_expected(error)}; it holds {_found(error['input'])}"


_EXPECTED = {
    "bool_type": "true or false",
    "dict_type": "a table of keys",
    "finite_number": "a finite number",
    "float_type": "a number",
    "int_type": "a whole number",
    "model_type": "a table of keys",
    "string_type": 'text in "quotes"',
    "tuple_type": "a list in [brackets]",
}
_NAME = "letters, digits and _, beginning with a letter"
_BOUNDS = {
    "greater_than": ("gt", "a number above {:g}"),
    "greater_than_equal": ("ge", "a number not below {:g}"),
    "less_than": ("lt", "a number below {:g}"),
    "less_than_equal": ("le", "a number not above {:g}"),
    "too_long": ("max_length", "at most {} entries"),
    "too_short": ("min_length", "at least {} entries"),
}


def _expected(error: ErrorDetails) -> str:
    kind, context = error["type"], error.get("ctx", {})
    if kind in _BOUNDS:
        name, text = _BOUNDS[kind]
        return text.format(context[name]).replace("at least 1 entries", "at least one entry")
    if kind == "literal_error":
        return str(context["expected"])
    if kind == "string_pattern_mismatch":
        is_name = context["pattern"] == NAME_PATTERN
        return _NAME if is_name else f"text of the form {context['pattern']}"
    return _EXPECTED.get(kind) or f"something else ({error['msg']})"


def _found(value: Any) -> str:
    """A value as its file shows it, short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table of keys"
    if isinstance(value, list | tuple):
        return f"a list of {len(value)}"
    try:
        text = repr(value) if isinstance(value, str) else str(value)
    except ValueError:  # an integer of thousands of digits
        return "a number too long to show"
    return text if len(text) <= 60 else f"{text[:57]}..."


def _key(values: Any, location: Location) -> str:
    """Keys joined by dots; entries of a list by their name, else counted from 1."""
    text, here = "", values
    for part in location:
        if part == "[key]":  # pydantic's word for a wrong key of a mapping
            continue
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(part, str):
            text += f".{part}" if text else part
            continue
        name = here.get("name") if isinstance(here, dict) else None
        text += f".{name}" if isinstance(name, str) else f" (entry {part + 1})"
    return text


def _valid_names(model: type[BaseModel], path: Location) -> list[str]:
    """Names of the fields at a path of keys below a model."""
    here: Any = model
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel) and part in here.model_fields:
            here = here.model_fields[str(part)].annotation
        else:  # an entry of a list or of a mapping
            here = [a for a in get_args(here) if a is not Ellipsis][-1] if get_args(here) else here
        while get_origin(here) in (Union, UnionType):
            here = next(a for a in get_args(here) if a is not type(None))
    return list(here.model_fields) if hasattr(here, "model_fields") else []
