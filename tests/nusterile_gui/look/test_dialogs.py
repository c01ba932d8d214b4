"""Dialogs for files to write: where they begin and what they refuse while they are open."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox
from window_hand import settle


def dialog_of(window, action):
    window.menus.actions[action].trigger()
    (dialog,) = [d for d in window.findChildren(QFileDialog) if d.isVisible()]
    return dialog


@pytest.mark.parametrize("action", ["limits", "figure-view", "bibtex", "workspace", "settings"])
def test_a_suffix_that_stands_for_nothing_is_refused_in_the_dialog(window, tmp_path, action):
    dialog = dialog_of(window, action)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("mine.docx")
    dialog.accept()
    assert dialog.isVisible()
    (box,) = dialog.findChildren(QMessageBox)
    assert box.isVisible()
    assert "Name a file that ends in ." in box.informativeText()
    box.accept()
    dialog.reject()
    settle(window)
    assert not (tmp_path / "mine.docx").exists()


def test_a_filter_that_is_chosen_gives_its_suffix(window, tmp_path):
    dialog = dialog_of(window, "limits")
    dialog.setDirectory(str(tmp_path))
    dialog.selectNameFilter("HEPData (*.tar.gz)")
    dialog.filterSelected.emit("HEPData (*.tar.gz)")
    dialog.selectFile("mine")
    assert dialog.selectedFiles() == [str(tmp_path / "mine.tar.gz")]
    dialog.accept()
    settle(window)
    assert (tmp_path / "mine.tar.gz").is_file()


def test_exports_begin_where_the_last_one_went_and_never_in_a_hidden_folder(
    window, tmp_path, monkeypatch
):
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    hidden = tmp_path / ".local" / "share"
    hidden.mkdir(parents=True)
    window.memory.forget_recent()
    window.memory.remember(hidden / "reference.nc")
    dialog = dialog_of(window, "bibtex")
    assert Path(dialog.directory().absolutePath()) == work
    chosen = tmp_path / "papers"
    chosen.mkdir()
    dialog.setDirectory(str(chosen))
    dialog.selectFile("mine.bib")
    dialog.accept()
    settle(window)
    dialog = dialog_of(window, "limits")
    assert Path(dialog.directory().absolutePath()) == chosen
    dialog.reject()
