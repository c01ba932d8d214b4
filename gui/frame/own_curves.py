"""Curves of one's own at the window: pasted, dropped or read, edited, removed, saved as bounds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from nusterile.bounds.digitised import DigitisedCurve, parse_digitised, read_digitised
from nusterile.errors import InputError
from nusterile.files.tables import LARGEST_TABLE
from nusterile_gui.frame.own_curve_dialog import OwnCurveDialog
from nusterile_gui.look.dialogs import ask_files, ask_folder, complain
from nusterile_gui.panels.bounds_tree import BoundsTree
from nusterile_gui.state.files import Files
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.own_curves import MOST_POINTS, OwnCurve, as_given
from nusterile_gui.state.settings import Memory
from nusterile_gui.state.signals import ViewSignals

__all__ = ["OwnCurves"]

_SUFFIXES = (".csv", ".dat", ".tsv", ".txt")
_NOT_READ = "This is no curve that can be read"


class OwnCurves(QObject):
    """Takes curves of one's own into the view, and out of it.

    Parameters
    ----------
    window : QWidget
        Owner of the dialogs.
    model : ViewModel
        The state.
    tree : BoundsTree
        Where one of them is chosen.
    files : Files
        Writes beside the window.
    memory : Memory
        Knows the folder that was used last.
    say : callable
        Takes a line about what was done.
    """

    def __init__(
        self,
        window: QWidget,
        model: ViewModel,
        tree: BoundsTree,
        files: Files,
        memory: Memory,
        say: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._model = model
        self._tree = tree
        self._files = files
        self._memory = memory
        self._say = say
        self._waiting: list[tuple[DigitisedCurve, str]] = []
        self.dialog: OwnCurveDialog | None = None

    @staticmethod
    def names_curve(path: Path) -> bool:
        """Whether a file may be a curve of one's own, by its name."""
        return path.suffix.lower() in _SUFFIXES

    def paste(self) -> None:
        """Take the text on the clipboard."""
        text = QGuiApplication.clipboard().text()
        if text.strip():
            self.take(text, "clipboard")
        else:
            self._say("there is no text on the clipboard; copy two columns, mass and moment")

    def ask(self) -> None:
        """Ask for files with a curve each."""
        suffixes = " ".join(f"*{suffix}" for suffix in _SUFFIXES)
        filters = f"Curves of two columns ({suffixes});;All files (*)"
        ask_files(self._window, "Add curves", filters, str(self._memory.folder()), self.read)

    def read(self, paths: Sequence[Path]) -> None:
        """Take files with a curve each, one after another."""
        for path in paths:
            try:
                self._queue(read_digitised(path, ordered=False), path.stem)
            except InputError as error:
                complain(self._window, _NOT_READ, str(error))

    def take(self, text: str, where: str) -> None:
        """Take a text with a curve.

        Parameters
        ----------
        text : str
            Two columns, mass and moment.
        where : str
            Where it is from, for messages.
        """
        if len(text) > LARGEST_TABLE:
            size = f"holds more than {LARGEST_TABLE / 2**20:g} MiB"
            complain(self._window, _NOT_READ, f"{where}: {size}, too much for a curve")
            return
        try:
            self._queue(parse_digitised(text, where, ordered=False), "My curve")
        except InputError as error:
            complain(self._window, _NOT_READ, str(error))

    def edit(self) -> None:
        """Ask how the curve that is chosen is to be described; undo brings the old one back."""
        curve = self._chosen()
        if curve is None or self.dialog is not None:
            return
        state = self._model.state
        dialog = OwnCurveDialog(self._window, as_given(curve), curve.label, state, curve)
        dialog.taken.connect(partial(self._replace, curve))
        self._open(dialog)

    def remove(self) -> None:
        """Remove the curve that is chosen; undo brings it back."""
        curve = self._chosen()
        if curve is not None:
            state = self._model.state
            self._model.update(
                own_curves=tuple(other for other in state.own_curves if other != curve),
                shown_bounds=state.shown_bounds - {curve.key},
            )
            self._say(f"{curve.label} removed")

    def save(self) -> None:
        """Ask for a folder, and write the curve that is chosen into it as a bound's folder."""
        curve = self._chosen()
        if curve is None:
            return

        def write(folder: Path) -> None:
            self._memory.save_folder(folder)
            target = folder / curve.name
            self._files.write("the bound", target, lambda: curve.save(target), lambda: None)

        title = f"Folder in which {curve.name} is to be made"
        ask_folder(self._window, title, str(self._memory.folder()), write)

    def show_on(self, actions: Sequence[QAction], signals: ViewSignals) -> None:
        """Enable actions for a chosen curve where there is one, also in a menu of the tree."""

        def show() -> None:
            for action in actions:
                action.setEnabled(bool(self._model.state.own_curves))

        def open_menu(place: QPoint) -> None:
            if self._tree.own_chosen():
                menu = QMenu(self._tree)
                menu.addActions(list(actions))
                menu.aboutToHide.connect(menu.deleteLater)
                menu.popup(self._tree.viewport().mapToGlobal(place))

        signals.changed.connect(lambda changed: show() if "own_curves" in changed else None)
        self._tree.customContextMenuRequested.connect(open_menu)
        show()

    def _chosen(self) -> OwnCurve | None:
        key = self._tree.own_chosen()
        curves = self._model.state.own_curves
        if curves and not key:
            self._say("choose one of your own curves in the panel Bounds")
        return next((curve for curve in curves if curve.key == key), None)

    def _queue(self, curve: DigitisedCurve, label: str) -> None:
        if len(curve.rows) > MOST_POINTS:  # the dialog would try its units on every one of them
            held = f"{len(curve.rows):,} points, more than {MOST_POINTS:,}"
            complain(self._window, _NOT_READ, f"{label}: holds {held}; thin it out")
            return
        self._waiting.append((curve, label))
        self._show_next()

    def _show_next(self) -> None:
        if self.dialog is not None or not self._waiting:
            return
        dialog = OwnCurveDialog(self._window, *self._waiting.pop(0), self._model.state)
        dialog.taken.connect(self._add)
        self._open(dialog)

    def _open(self, dialog: OwnCurveDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._on_closed)
        dialog.open()

    def _on_closed(self) -> None:
        self.dialog = None
        self._show_next()

    def _add(self, curve: OwnCurve) -> None:
        state = self._model.state
        self._model.update(
            own_curves=(*state.own_curves, curve),
            shown_bounds=state.shown_bounds | {curve.key},
        )
        self._say(f"{curve.label} is drawn as a bound of your own")

    def _replace(self, old: OwnCurve, curve: OwnCurve) -> None:
        """Put a curve in the place of another, if that is still there as it was."""
        curves = self._model.state.own_curves
        if old in curves:
            self._model.update(own_curves=tuple(curve if c == old else c for c in curves))
            self._say(f"{curve.label} is as described now")
        else:
            self._say(f"{old.label} is no longer there as it was, and nothing was changed")
