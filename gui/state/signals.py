"""The view model's news as a Qt signal."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from nusterile_gui.state.model import ViewModel

__all__ = ["ViewSignals"]


class ViewSignals(QObject):
    """Emits `changed` with the names of the fields of the view that changed."""

    changed = Signal(object)

    def __init__(self, model: ViewModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        model.subscribe(self.changed.emit)
