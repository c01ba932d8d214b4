"""Copy what is seen: the numbers or the picture of the panel that has the focus, and commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from nusterile.errors import NusterileError
from nusterile_gui.panels.live_panel import LivePanel
from nusterile_gui.sharing.numbers import command_lines, panel_tables, tab_separated
from nusterile_gui.state.model import ViewModel

__all__ = ["Copying"]


class Copying:
    """Puts what a panel shows on the clipboard.

    Parameters
    ----------
    model : ViewModel
        The state.
    docks : mapping of str to QDockWidget
        The panels.
    plane : QWidget
        What is copied where no panel has the focus.
    live : LivePanel
        Whose table is copied, too.
    say : callable
        Takes a line about what was done.
    """

    def __init__(
        self,
        model: ViewModel,
        docks: Mapping[str, QDockWidget],
        plane: QWidget,
        live: LivePanel,
        say: Callable[[str], None],
    ) -> None:
        self._model = model
        self._docks = docks
        self._plane = plane
        self._live = live
        self._say = say

    def numbers(self) -> None:
        """Copy the numbers of the panel as tables that spreadsheets take, an empty line apart."""
        listings = panel_tables(self._model, self._panel(), self._live.seen_impact())
        if not listings:
            self._say("there are no numbers to copy here")
            return
        QGuiApplication.clipboard().setText("\n\n".join(map(tab_separated, listings)))
        count = sum(len(listing.rows) for listing in listings)
        self._say(f"{count} rows of numbers are on the clipboard")

    def picture(self) -> None:
        """Copy the panel as a picture."""
        dock = self._docks.get(self._panel())
        QGuiApplication.clipboard().setPixmap((dock.widget() if dock else self._plane).grab())
        self._say("a picture is on the clipboard")

    def commands(self) -> None:
        """Copy the commands that give the numbers at the cursor."""
        try:
            text = command_lines(self._model)
        except NusterileError as error:
            self._say(str(error))
            return
        if text:
            QGuiApplication.clipboard().setText(text)
            self._say("commands that give these numbers are on the clipboard")

    def _panel(self) -> str:
        """Name of the panel that has the focus; empty for the plane."""
        focus = QApplication.focusWidget()
        for name, dock in self._docks.items():
            if focus is not None and dock.isAncestorOf(focus):
                return name
        return ""
