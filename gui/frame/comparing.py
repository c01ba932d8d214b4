"""Comparing points of the plane and their spectra: what the menu offers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.pinning import pin_shown, unpin_all

__all__ = ["Comparing", "Offer"]

#: Name of an action, its text, what it does, its shortcut.
Offer = tuple[str, str, Callable[[], None], str]


class Comparing:
    """Sets, exchanges and removes cursor B, pins spectra.

    Parameters
    ----------
    model : ViewModel
        The state.
    say : callable
        Takes a line about what was done.
    """

    def __init__(self, model: ViewModel, say: Callable[[str], None]) -> None:
        self._model, self._say = model, say

    def offers(self) -> list[Offer]:
        """Everything that can be done."""
        model = self._model
        return [
            ("second", "Set cursor &B here", self.put_second, "B"),
            ("exchange", "E&xchange A and B", model.exchange, "X"),
            ("no-second", "&Remove cursor B", model.remove_second, "Shift+B"),
            ("pin", "&Pin the spectrum", self.pin, "P"),
            ("unpin", "Remove pi&nned spectra", partial(unpin_all, model), "Shift+P"),
        ]

    def pin(self) -> None:
        """Pin the spectrum that is shown, or say why not."""
        self._say(pin_shown(self._model) or "this spectrum stays while the cursor moves on")

    def put_second(self) -> None:
        """Put cursor B where the cursor is, and say where both are compared."""
        self._model.put_second()
        if self._model.state.second:
            self._say("B is here; the panel A and B (Alt+A) compares it with the cursor, A")
