"""Undo and redo at the window: where a hand's movements begin, and whose keys they are."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from nusterile_gui.plots.plots import CursorBox
from nusterile_gui.state.history import History

__all__ = ["Undoing"]

_KEYS = (QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo)


class Undoing(QObject):
    """Tells the history of the view when a hand begins and ends.

    Parameters
    ----------
    history : History
        What is undone.
    parent : QObject
        Owner.
    """

    def __init__(self, history: History, parent: QObject) -> None:
        super().__init__(parent)
        self._history = history

    def follow(self, boxes: Iterable[CursorBox]) -> None:
        """Make each movement of a hand in these plots one step."""
        for box in boxes:
            box.grabbed.connect(self._history.grab)
            box.released.connect(self._history.release)
            # The first click of a double one was not meant to move the cursor.
            box.everything.connect(self._history.withdraw)

    def watch(self, fields: Iterable[QLineEdit]) -> None:
        """Let these fields undo their text only while something is typed in them."""
        for field in fields:
            field.installEventFilter(self)

    def show_on(self, undo: QAction, redo: QAction) -> None:
        """Keep two actions up to date with what they would do."""

        def show() -> None:
            for action, text, what in (
                (undo, "&Undo", self._history.undoable),
                (redo, "&Redo", self._history.redoable),
            ):
                action.setEnabled(bool(what))
                action.setText(f"{text}: {what}" if what else text)

        self._history.subscribe(show)
        show()

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        """Leave undo and redo to the window where a field has nothing to undo."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and isinstance(field, QLineEdit)
            and not field.isModified()
            and any(event.matches(key) for key in _KEYS)
        ):
            event.ignore()
            return True
        return False
