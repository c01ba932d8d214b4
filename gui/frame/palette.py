"""The command palette: type a few letters and do what is found."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nusterile_gui.frame.finding import Entry, found

__all__ = ["Palette"]

_MOVES = {
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_PageUp: -10,
    Qt.Key.Key_PageDown: 10,
}


class Palette(QDialog):
    """A field to type in, and what it finds.

    Parameters
    ----------
    parent : QWidget
        Owner.
    entries : sequence of Entry
        What can be found.
    """

    def __init__(self, parent: QWidget, entries: Sequence[Entry]) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Find anything")
        self._window = parent
        self._entries = entries
        self._found: list[Entry] = []
        self.field = QLineEdit()
        self.field.setPlaceholderText("an action, a panel, a product, a bound, a moment …")
        self.field.setAccessibleName("find anything")
        self.rows = QListWidget()
        self.rows.setAccessibleName("found")
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # keys go to the field
        self.rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        layout = QVBoxLayout(self)
        layout.addWidget(self.field)
        layout.addWidget(self.rows)
        self.resize(min(620, parent.width()), min(440, parent.height()))
        self.field.textChanged.connect(self._show)
        self.field.installEventFilter(self)
        self.rows.itemClicked.connect(lambda _: self.accept())
        self._show("")

    def eventFilter(self, field: QObject, event: QEvent) -> bool:
        """Let the arrow keys choose while letters are typed."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            move = _MOVES.get(Qt.Key(event.key()))
            if move is not None:
                row = self.rows.currentRow() + move
                self.rows.setCurrentRow(min(max(row, 0), self.rows.count() - 1))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.accept()
                return True
        return super().eventFilter(field, event)

    def accept(self) -> None:
        """Close, then do what is chosen."""
        row = self.rows.currentRow()
        if not 0 <= row < len(self._found):
            return
        run = self._found[row].run
        super().accept()
        # Once the window has its focus back.
        QTimer.singleShot(0, self._window, run)

    def _show(self, query: str) -> None:
        self._found = found(self._entries, query)
        self.rows.clear()
        for entry in self._found:
            text = f"{entry.text}    {entry.keys}" if entry.keys else entry.text
            self.rows.addItem(QListWidgetItem(text))
        if self._found:
            self.rows.setCurrentRow(0)
        else:
            self.rows.addItem(QListWidgetItem("nothing is called that"))
