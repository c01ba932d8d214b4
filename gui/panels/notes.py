"""Notes on the view, which the workspace keeps."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit

from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["Notes"]


class Notes(QPlainTextEdit):
    """Plain text of the user.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    """

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__()
        self.setObjectName("notes")
        self.setAccessibleName("notes")
        self.setPlaceholderText("Notes; the workspace keeps them")
        self.setToolTip("Notes on this view, kept in the workspace and for the next session")
        self.setTabChangesFocus(True)
        self._model = model
        self.textChanged.connect(lambda: model.update(notes=self.toPlainText()))
        signals.changed.connect(self._on_changed)

    def _on_changed(self, changed: Changed) -> None:
        notes = self._model.state.notes
        if "notes" in changed and notes != self.toPlainText():
            self.setPlainText(notes)
