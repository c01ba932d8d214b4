"""Services of products, as the window knows them."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from nusterile_gui.frame.service_dialog import ServiceDialog
from nusterile_gui.state.files import Files
from nusterile_gui.state.settings import Memory

__all__ = ["Services"]


class Services(QObject):
    """Shows the catalogue of a service, one at a time.

    Parameters
    ----------
    window : QWidget
        Owner of the dialog.
    files : Files
        Opens what is chosen.
    memory : Memory
        Knows the services of before.
    """

    def __init__(self, window: QWidget, files: Files, memory: Memory) -> None:
        super().__init__(window)
        self._window = window
        self._files = files
        self._memory = memory
        self._dialog: ServiceDialog | None = None

    def show(self, address: str = "") -> None:
        """Show a catalogue; without an address that of the service used last."""
        if self._dialog is None:
            self._dialog = ServiceDialog(self._window, self._files, self._memory)
            self._dialog.finished.connect(self._on_finished)
            self._dialog.open()
        self._dialog.browse(address)

    def close(self) -> None:
        """Close the dialog, and end what it waits for."""
        if self._dialog is not None:
            self._dialog.done(0)

    def _on_finished(self) -> None:
        self._dialog = None
