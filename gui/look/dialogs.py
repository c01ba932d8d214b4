"""Dialogs: they never block the event loop, and show text from files as plain text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

__all__ = ["ask", "ask_files", "ask_folder", "ask_target", "choose", "complain", "show_text"]

#: Name of the dialogs that say what went wrong.
_COMPLAINT = "complaint"


def complain(parent: QWidget, what: str, message: str) -> QMessageBox:
    """Say what went wrong and how to go on; in a dialog that is open already, below the rest."""
    for box in parent.findChildren(QMessageBox, _COMPLAINT):
        if box.isVisible():
            if what not in box.text().split("\n"):
                box.setText(f"{box.text()}\n{what}")
            box.setInformativeText(f"{box.informativeText()}\n\n{_breakable(message)}")
            return box
    box = _box(parent, QMessageBox.Icon.Warning, what, message)
    box.setObjectName(_COMPLAINT)
    box.setStandardButtons(QMessageBox.StandardButton.Ok)
    box.open()
    return box


def ask(
    parent: QWidget, what: str, message: str, yes: str, no: str, answer: Callable[[bool], None]
) -> QMessageBox:
    """Ask a question with two answers; Escape is the second one."""
    box = _box(parent, QMessageBox.Icon.Question, what, message)
    accept = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
    reject = box.addButton(no, QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(accept)
    box.setEscapeButton(reject)
    box.finished.connect(lambda _: answer(box.clickedButton() is accept))
    box.open()
    return box


def choose(
    parent: QWidget, what: str, message: str, answers: Mapping[str, Callable[[], object]]
) -> QMessageBox:
    """Ask a question with several answers, the first by default; Escape is the last one."""
    box = _box(parent, QMessageBox.Icon.Question, what, message)
    buttons = {
        box.addButton(text, QMessageBox.ButtonRole.ActionRole): answer
        for text, answer in answers.items()
    }
    box.setDefaultButton(next(iter(buttons)))
    box.setEscapeButton(list(buttons)[-1])
    last = list(answers.values())[-1]
    box.finished.connect(lambda _: _chosen(box, buttons, last)())
    box.open()
    return box


def _chosen(
    box: QMessageBox,
    buttons: Mapping[QPushButton, Callable[[], object]],
    otherwise: Callable[[], object],
) -> Callable[[], object]:
    clicked = box.clickedButton()
    return next((answer for button, answer in buttons.items() if button is clicked), otherwise)


def ask_files(
    parent: QWidget, title: str, filters: str, folder: str, chosen: Callable[[list[Path]], None]
) -> QFileDialog:
    """Ask for existing files."""
    dialog = QFileDialog(parent, title, folder, filters)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    return _run(dialog, lambda names: chosen([Path(name) for name in names]))


def ask_folder(
    parent: QWidget, title: str, folder: str, chosen: Callable[[Path], None]
) -> QFileDialog:
    """Ask for an existing folder."""
    dialog = QFileDialog(parent, title, folder)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    return _run(dialog, lambda names: chosen(Path(names[0])))


def ask_target(
    parent: QWidget,
    title: str,
    proposed: Path,
    filters: str,
    chosen: Callable[[Path], None],
) -> QFileDialog:
    """Ask for a file to write.

    Its suffix is added where it is missing, and one that none of the filters has is refused
    while the dialog is open.
    """
    dialog = _TargetDialog(parent, title, str(proposed.parent), filters)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(proposed.suffix.lstrip("."))
    dialog.selectFile(proposed.name)
    return _run(dialog, lambda names: chosen(Path(names[0])))


def show_text(parent: QWidget, title: str, text: str) -> QDialog:
    """Show a long plain text that can be copied."""
    dialog = QDialog(parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.resize(760, 560)
    field = QPlainTextEdit(text)
    field.setReadOnly(True)
    # Columns stand below each other.
    field.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(field)
    layout.addWidget(buttons)
    dialog.open()
    return dialog


class _TargetDialog(QFileDialog):
    """A dialog for a file to write that knows which suffixes there are."""

    def __init__(self, parent: QWidget, title: str, folder: str, filters: str) -> None:
        super().__init__(parent, title, folder, filters)
        self.filterSelected.connect(self._on_filter)

    def _on_filter(self, text: str) -> None:
        self.setDefaultSuffix(next(iter(_suffixes([text])), "").lstrip("."))

    def accept(self) -> None:
        """Refuse a suffix that stands for nothing; otherwise close."""
        suffixes = _suffixes(self.nameFilters())
        names = [name for name in self.selectedFiles() if not Path(name).is_dir()]
        wrong = [name for name in names if not name.lower().endswith(tuple(suffixes))]
        if suffixes and wrong:
            wanted = " or ".join(filter(None, (", ".join(suffixes[:-1]), suffixes[-1])))
            complain(self, Path(wrong[0]).name, f"Name a file that ends in {wanted}.")
            return
        super().accept()


def _suffixes(filters: Sequence[str]) -> list[str]:
    """Suffixes that filters of a dialog name, ``*.csv`` as ``.csv``."""
    found = (re.findall(r"\*(\.[\w.]+)", text) for text in filters)
    return list(dict.fromkeys(suffix for names in found for suffix in names))


def _box(parent: QWidget, icon: QMessageBox.Icon, what: str, message: str) -> QMessageBox:
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(icon)
    box.setWindowTitle("nusterile")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(what)
    box.setInformativeText(_breakable(message))
    return box


def _breakable(message: str) -> str:
    """Let long paths break at their slashes."""
    return message.replace("/", "/\u200b")


def _run(dialog: QFileDialog, chosen: Callable[[list[str]], None]) -> QFileDialog:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.filesSelected.connect(chosen)
    dialog.open()
    return dialog
