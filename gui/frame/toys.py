"""Computing studies with toys, as the window knows it: one at a time, in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QTemporaryDir
from PySide6.QtWidgets import QWidget

from nusterile.errors import NusterileError
from nusterile_gui.frame.toys_dialog import ToysDialog
from nusterile_gui.state.files import Files
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.toy_order import ToyOrder
from nusterile_gui.work.command_process import CommandProcess

__all__ = ["Toys"]


class Toys(QObject):
    """Asks for a study, has the command line compute it, and shows the result as an overlay.

    Parameters
    ----------
    window : QWidget
        Owner of the dialog.
    model : ViewModel
        The state.
    files : Files
        Reads the result.
    say : callable
        Takes a line about what was done.
    """

    def __init__(
        self, window: QWidget, model: ViewModel, files: Files, say: Callable[[str], None]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._model = model
        self._files = files
        self._say = say
        self.dialog: ToysDialog | None = None
        self._process = CommandProcess(self)
        self._folder: QTemporaryDir | None = None
        self._name = ""
        self._process.progressed.connect(self._on_progress)
        self._process.finished.connect(self._on_finished)
        self._process.failed.connect(self._on_failed)

    @property
    def busy(self) -> bool:
        """Whether something is computed."""
        return self._process.busy

    def show(self) -> None:
        """Ask for a study of the active product."""
        layer = self._model.layer
        if self.dialog is not None:
            self.dialog.raise_()
        elif layer is not None:
            self.dialog = ToysDialog(self._window, layer, self._model.state)
            self.dialog.ordered.connect(self._start)
            self.dialog.stopped.connect(self._stop)
            self.dialog.finished.connect(self._on_closed)
            self.dialog.show()

    def close(self) -> None:
        """Close the dialog, and end what is computed."""
        self._stop()
        if self.dialog is not None:
            self.dialog.done(0)

    def _start(self, order: ToyOrder) -> None:
        assert self.dialog is not None
        self._folder = QTemporaryDir()
        self._name = order.name
        settings = self._folder.filePath("settings.toml")
        try:
            self.dialog.layer.dataset.nusterile.config.save(settings)
        except NusterileError as error:
            self._on_failed(str(error))
            return
        self._process.start(order.arguments(settings, self._folder.filePath("toys.nc")))

    def _stop(self) -> None:
        self._process.cancel()
        self._folder = None

    def _on_progress(self, share: float, what: str) -> None:
        if self.dialog is not None:
            self.dialog.progress(share, what)

    def _on_finished(self) -> None:
        folder, self._folder = self._folder, None
        assert folder is not None

        def gone() -> None:
            folder.remove()

        self._files.take(Path(folder.filePath("toys.nc")), self._name, gone)
        self._say(f"{self._name} computed; it is not saved yet")
        if self.dialog is not None:
            self.dialog.done(1)

    def _on_failed(self, why: str) -> None:
        self._folder = None
        if self.dialog is not None:
            self.dialog.fail(why)

    def _on_closed(self) -> None:
        self.dialog = None
