"""The notes in the plane as a list, to be chosen, changed and deleted by keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nusterile_gui.look.quantities import format_mass, format_moment
from nusterile_gui.look.texts import plain_tip
from nusterile_gui.panels.notes import Notes
from nusterile_gui.state.annotations import Annotation
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["AnnotationList", "NotesPanel"]

_ROWS = 4


class AnnotationList(QListWidget):
    """One row a note; hidden while there are none.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.

    Signals
    -------
    asked : int
        A note, by its number, is to be changed.
    chosen_changed : int
        Another note, by its number, is chosen; -1 for none.
    remove_asked : ()
        The chosen note is to go.
    """

    asked = Signal(int)
    chosen_changed = Signal(int)
    remove_asked = Signal()

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__()
        self.setObjectName("annotations")
        self.setAccessibleName("notes in the plane")
        self.setToolTip("Notes in the plane. Enter or double click: change. Delete: remove.")
        self._model = model
        self._filling = False
        self.itemActivated.connect(lambda item: self.asked.emit(self.row(item)))
        self.currentRowChanged.connect(self._on_row)
        signals.changed.connect(self._on_changed)
        self._fill()

    def choose(self, index: int) -> None:
        """Mark the row of a note; -1 for none."""
        self._filling = True
        self.setCurrentRow(index)
        self._filling = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete the chosen note."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            event.accept()
            self.remove_asked.emit()
            return
        super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Fit to another size of text."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _on_row(self, row: int) -> None:
        if not self._filling:
            self.chosen_changed.emit(row)

    def _on_changed(self, changed: Changed) -> None:
        if "annotations" in changed:
            self._fill()

    def _fill(self) -> None:
        row = self.currentRow()
        self._filling = True
        self.clear()
        notes = self._model.state.annotations
        for note in notes:
            item = QListWidgetItem(" ".join(note.text.split()) or "arrow")
            item.setToolTip(plain_tip(_tip(note)))
            self.addItem(item)
        self.setCurrentRow(row if row < len(notes) else -1)
        self._filling = False
        self.setVisible(bool(notes))
        self._fit()

    def _fit(self) -> None:
        """Be as high as the rows are, up to a few of them."""
        rows = min(max(self.count(), 1), _ROWS)
        self.setFixedHeight(rows * (self.fontMetrics().height() + 3) + 8)


class NotesPanel(QWidget):
    """The notes in the plane above those on the view.

    Parameters
    ----------
    listed : AnnotationList
        The former.
    notes : Notes
        The latter.
    """

    def __init__(self, listed: AnnotationList, notes: Notes) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(listed)
        layout.addWidget(notes, 1)


def _tip(note: Annotation) -> str:
    lines = [note.text] if note.text else []
    lines.append(f"at {_point(note.place)}")
    if note.target:
        lines.append(f"arrow to {_point(note.target)}")
    return "\n".join(lines)


def _point(point: tuple[float, ...]) -> str:
    return f"m₄ = {format_mass(point[0])}, μ = {format_moment(point[1])}"
