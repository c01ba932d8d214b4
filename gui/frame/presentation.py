"""Presentation mode: the plane and what goes with it, in large type, on the whole screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QByteArray, QObject
from PySide6.QtGui import QAction, QShortcut
from PySide6.QtWidgets import QMainWindow

from nusterile_gui.frame.arrangement import PRESENT, Arranging

__all__ = ["Presentation"]

_TEXT_SIZE = "presentation"


@dataclass(frozen=True)
class _Before:
    """What the window was like before."""

    docks: QByteArray
    arrangement: str
    by_hand: bool
    text_size: str
    full_screen: bool
    maximized: bool


class Presentation(QObject):
    """Shows the plane to a room, and the window as it was afterwards.

    Parameters
    ----------
    window : QMainWindow
        The window.
    arranging : Arranging
        Arranges its panels.
    text_size : callable
        Gives the name of the size of text in use.
    use_text_size : callable
        Takes the name of a size of text.
    """

    def __init__(
        self,
        window: QMainWindow,
        arranging: Arranging,
        text_size: Callable[[], str],
        use_text_size: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._window, self._arranging = window, arranging
        self._text_size, self._use_text_size = text_size, use_text_size
        self._before: _Before | None = None
        self._escape = QShortcut("Esc", window)
        self._escape.setEnabled(False)
        self._escape.activated.connect(self.leave)
        self._action: QAction | None = None

    @property
    def on(self) -> bool:
        """Whether the window presents."""
        return self._before is not None

    def show_on(self, action: QAction) -> None:
        """Let an action that can be checked show whether the window presents."""
        self._action = action

    def toggle(self) -> None:
        """Begin to present, or end it."""
        if self.on:
            self.leave()
        else:
            self.enter()

    def enter(self) -> None:
        """Show plane, spectrum and Δχ²(μ) in large type on the whole screen."""
        window = self._window
        self._before = _Before(
            window.saveState(),
            self._arranging.name,
            self._arranging.by_hand,
            self._text_size(),
            window.isFullScreen(),
            window.isMaximized(),
        )
        window.menuBar().hide()
        window.statusBar().hide()
        self._use_text_size(_TEXT_SIZE)
        window.showFullScreen()
        self._arranging.arrange(PRESENT)
        self._show()

    def leave(self) -> None:
        """Show the window as it was before."""
        before, self._before = self._before, None
        if before is None:
            return
        window = self._window
        if before.maximized:
            window.showMaximized()
        elif not before.full_screen:
            window.showNormal()
        window.menuBar().show()
        window.statusBar().show()
        self._use_text_size(before.text_size)
        self._arranging.restore(before.docks, before.arrangement, by_hand=before.by_hand)
        self._show()

    def _show(self) -> None:
        self._escape.setEnabled(self.on)
        if self._action is not None:
            self._action.setChecked(self.on)
