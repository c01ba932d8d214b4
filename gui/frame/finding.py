"""What the command palette finds: every action, panel, product, fit and bound."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from PySide6.QtGui import QAction

from nusterile.vocabulary import FLAVOR_SYMBOLS
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.pinning import pin_label, unpin

__all__ = ["Entry", "action_entries", "found", "plain_action", "view_entries"]


@dataclass(frozen=True)
class Entry:
    """Something to find and do.

    Attributes
    ----------
    text : str
        What it is.
    keys : str
        Its shortcut; empty for none.
    run : callable
        Does it.
    """

    text: str
    keys: str
    run: Callable[[], object]


def action_entries(menu: str, actions: Iterable[QAction]) -> list[Entry]:
    """Actions that can be started now, after the name of their menu."""
    return [
        Entry(f"{menu}: {plain_action(action)}", action.shortcut().toString(), action.trigger)
        for action in actions
        if action.isEnabled() and not action.isSeparator() and action.menu() is None
    ]


def view_entries(model: ViewModel) -> list[Entry]:
    """Products, data, moments and bounds to choose or to draw."""
    state = model.state
    entries = [
        Entry(f"Product: {layer.name}", "", partial(model.update, active=layer.key))
        for layer in state.layers
    ]
    entries += [
        Entry(
            f"{'Hide' if layer.visible else 'Show'} product: {layer.name}",
            "",
            partial(model.change, layer.key, visible=not layer.visible),
        )
        for layer in state.products
    ]
    layer = model.layer
    if layer is not None:
        entries += [
            Entry(f"Data: {layer.selection_label(name)}", "", partial(model.update, selection=name))
            for name in layer.slices.selections
        ]
        entries += [
            Entry(
                f"Moment: {FLAVOR_SYMBOLS[name]} ({name})", "", partial(model.update, flavor=name)
            )
            for name in layer.slices.flavors
        ]
        entries += [
            Entry(
                f"Spectrum of {layer.experiment_label(name)}",
                "",
                partial(model.update, experiment=name),
            )
            for name in layer.slices.experiments
        ]
    entries += [
        Entry(f"Remove pinned spectrum: {pin_label(model, pin)}", "", partial(unpin, model, pin))
        for pin in state.pins
    ]
    for bound in state.known_bounds.values():
        shown = state.shown_bounds ^ {bound.name}
        word = "Hide" if bound.name in state.shown_bounds else "Show"
        # Some publications have a curve for each flavour under one name.
        text = f"{word} bound: {bound.label}, {FLAVOR_SYMBOLS.get(bound.flavor, 'every flavour')}"
        entries.append(Entry(text, "", partial(model.update, shown_bounds=shown)))
    word = "Hide" if state.expected else "Show"
    entries.append(
        Entry(f"{word} expected limit", "", partial(model.update, expected=not state.expected))
    )
    word = "Hide" if state.massless else "Show"
    entries.append(
        Entry(f"{word} massless limits", "", partial(model.update, massless=not state.massless))
    )
    return entries


def found(entries: Iterable[Entry], query: str) -> list[Entry]:
    """Entries that hold every word of a query, those first in which a word begins with it.

    Case, accents, and raised or lowered signs make no difference.
    """
    words = _folded(query).split()
    scored = []
    for number, entry in enumerate(entries):
        text = _folded(entry.text)
        if all(word in text for word in words):
            beginnings = sum(f" {word}" in f" {text}" for word in words)
            scored.append((-beginnings, number, entry))
    return [entry for _, _, entry in sorted(scored, key=lambda score: score[:2])]


def plain_action(action: QAction) -> str:
    """Text of an action without the sign of its key."""
    return action.text().replace("&&", "\0").replace("&", "").replace("\0", "&").rstrip("…")


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))
