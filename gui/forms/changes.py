"""What was changed in settings, in a few words: the name of a product that differs by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nusterile.vocabulary import FLAVOR_SYMBOLS
from nusterile_gui.forms.form import label_of
from nusterile_gui.look.quantities import format_exact
from nusterile_gui.look.texts import shortened

__all__ = ["changes_in_words"]

#: Keys that only group others.
_GROUPS = frozenset(
    {"overrides", "components", "grids", "solar", "oscillation", "cross_section", "values"}
)
_NAMED = 3
_LONGEST = 24


def changes_in_words(
    before: Mapping[str, Any], after: Mapping[str, Any], titles: Mapping[str, str]
) -> str:
    """Say which settings differ and what they are now.

    Parameters
    ----------
    before, after : mapping
        Settings as plain values.
    titles : mapping
        Texts for people of experiments and components, by name.

    Returns
    -------
    str
        The first changes; empty where nothing differs.

    Examples
    --------
    >>> changes_in_words({"solar": {"sigma": 0.12}}, {"solar": {"sigma": 0.2}}, {})
    'σ of solar pull = 0.2'
    """
    old, new = _leaves(before), _leaves(after)
    paths = [path for path in {**new, **old} if old.get(path) != new.get(path)]
    texts = list(dict.fromkeys(_text(path, new.get(path), titles) for path in paths))
    more = len(texts) - _NAMED
    return ", ".join(texts[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _leaves(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    """Values by their path of keys; those that are not given are left out."""
    found: dict[tuple[str, ...], Any] = {}
    for name, value in values.items():
        path = (*above, name)
        if isinstance(value, Mapping) and path[0] != "selections":
            found |= _leaves(value, path)
        elif value is not None:
            found[path] = value
    return found


def _text(path: tuple[str, ...], value: Any, titles: Mapping[str, str]) -> str:
    """One change: where it is and what holds now."""
    named = [name for name in path if name not in _GROUPS] or list(path[-1:])
    if named == ["selections"]:
        return "other selections"
    parts = [titles.get(name, label_of(name)).partition(" [") for name in named]
    label, unit = " ".join(part[0] for part in parts), parts[-1][2]
    if isinstance(value, bool):
        # "on" is the label itself of what can be switched off.
        return f"{label.removesuffix(' on')} {'on' if value else 'off'}"
    if value is None:
        return f"{label} as published"
    unit = unit.removesuffix("]")
    return f"{label} = {shortened(_value(value), _LONGEST)}" + (f" {unit}" if unit else "")


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_value(entry) for entry in value)
    if isinstance(value, float):
        return format_exact(float(f"{value:g}"))
    return FLAVOR_SYMBOLS.get(value, value) if isinstance(value, str) else str(value)
