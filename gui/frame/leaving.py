"""The end of a session: what would be lost is asked about, and kept for the next one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from nusterile_gui.frame.workspaces import free_paths, write_product_of
from nusterile_gui.look.dialogs import ask, choose
from nusterile_gui.state.files import Files
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.overlays import AnyProduct
from nusterile_gui.state.settings import kept_folder

__all__ = ["Leaving"]


class Leaving(QObject):
    """Asks before the window closes.

    Parameters
    ----------
    window : QWidget
        Owner of the dialogs.
    model : ViewModel
        The state.
    files : Files
        Writes what is kept.
    busy : callable
        Whether something is computed, read or written.

    Signals
    -------
    leave : ()
        The window may be closed, if nothing else has to be asked.
    leave_at_once : ()
        The window is to be closed without a question.
    """

    leave = Signal()
    leave_at_once = Signal()

    def __init__(
        self, window: QWidget, model: ViewModel, files: Files, busy: Callable[[], bool]
    ) -> None:
        super().__init__(window)
        self._window = window
        self._model = model
        self._files = files
        self._busy = busy
        self._stopping = False
        self._keeping = False
        self._question: QMessageBox | None = None

    def asks(self) -> bool:
        """Whether there is something to ask, which is then asked, or kept first."""
        if self._question is not None or self._keeping:
            return True
        unsaved = [entry for entry in self._model.state.products if entry.place is None]
        if self._busy() and not self._stopping:
            self._question = ask(
                self._window,
                "Something is still being computed",
                "It is stopped when the window closes; files stay as they are.",
                "Stop and close",
                "Go on",
                self._on_stop,
            )
        elif unsaved:
            self._question = self._ask_about(unsaved)
        return self._question is not None

    def _ask_about(self, unsaved: list[AnyProduct]) -> QMessageBox:
        several = len(unsaved) > 1
        return choose(
            self._window,
            f"{len(unsaved)} products were not saved" if several else _not_saved(unsaved[0]),
            f"{'They' if several else 'It'} can be kept until the next session, which opens "
            f"{'them' if several else 'it'} again.",
            {
                "Keep and close": lambda: self._keep(unsaved),
                "Close without": lambda: self._answered(self.leave_at_once.emit),
                "Stay": lambda: self._on_stop(False),
            },
        )

    def _on_stop(self, stop: bool) -> None:
        self._stopping = stop
        self._answered(self.leave.emit if stop else lambda: None)

    def _answered(self, then: Callable[[], None]) -> None:
        """Go on after the dialog with the question has gone."""
        self._question = None
        QTimer.singleShot(0, self, then)

    def _keep(self, unsaved: list[AnyProduct]) -> None:
        """Write products for the next session, then close; stay where that is not possible."""
        self._question = None
        self._keeping = True
        self._files.busy_changed.connect(self._on_files_busy)
        for key, path in free_paths(kept_folder(), unsaved).items():
            product = next(product for product in unsaved if product.key == key)
            write_product_of(self._files, self._model, product, path)

    def _on_files_busy(self, busy: bool) -> None:
        if not busy:
            # What was written last is still to be noted.
            QTimer.singleShot(0, self, self._leave_if_kept)

    def _leave_if_kept(self) -> None:
        if not self._keeping or self._files.worker.busy:
            return
        self._files.busy_changed.disconnect(self._on_files_busy)
        self._keeping = False
        if all(entry.place is not None for entry in self._model.state.products):
            self.leave.emit()


def _not_saved(product: AnyProduct) -> str:
    return f"{product.name} was not saved"
