"""Services of products, as the window knows them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from nusterile.files.places import Place
from nusterile_gui.frame.service_dialog import ServiceDialog
from nusterile_gui.state.files import Files
from nusterile_gui.state.settings import Memory

__all__ = ["Services", "names_product"]


def names_product(place: Place) -> bool:
    """Whether a place is one product, and not a service with many.

    Examples
    --------
    >>> names_product("http://localhost:8642/products/reference")
    True
    >>> names_product("http://localhost:8642/products/")
    False
    """
    if not isinstance(place, str):
        return True
    try:
        return re.search(r"/products/+[^/]", urlsplit(place).path) is not None
    except ValueError:  # which is said where it is opened
        return False


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
            self._dialog = ServiceDialog(self._window, self._files, self._memory, names_product)
            self._dialog.finished.connect(self._on_finished)
            self._dialog.open()
        self._dialog.browse(address)

    def close(self) -> None:
        """Close the dialog, and end what it waits for."""
        if self._dialog is not None:
            self._dialog.done(0)

    def _on_finished(self) -> None:
        self._dialog = None
