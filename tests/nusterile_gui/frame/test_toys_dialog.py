"""Studies with toys that the app has computed: asked for, watched, cancelled, kept or not."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from window_hand import boxes, settle

import nusterile
from nusterile.cli.toys import toys as toys_command
from nusterile_gui.frame.toys_dialog import ToysDialog
from nusterile_gui.state.toy_order import ToyOrder, thinned


@pytest.fixture
def dialog(window):
    window.model.update(selection="xenonnt_sr0")
    window.model.update(shown_selections=frozenset(), shown_flavors=frozenset())
    window.menus.actions["toys"].trigger()
    (found,) = window.findChildren(ToysDialog)
    found.masses.setValue(2)
    found.toys.setValue(20)
    return found


def finish(qtbot, window):
    qtbot.waitUntil(lambda: not window.toys.busy, timeout=60_000)
    settle(window)
    QCoreApplication.processEvents()


def test_what_is_shown_is_asked_for(window):
    window.model.update(
        shown_selections=frozenset({"combined", "lz"}),
        shown_flavors=frozenset({"effective", "tau"}),
    )
    window.model.update(cl=0.95, dof=2)
    window.menus.actions["toys"].trigger()
    dialog = window.toys.dialog
    order = dialog.order()
    assert order.selections == ("lz", "combined")
    assert order.flavors == ("effective", "tau")
    assert (order.cl, order.dof) == (0.95, 2)
    assert len(order.masses) == 8
    masses = window.model.layer.slices.masses
    assert set(order.masses) <= set(masses)
    assert (order.masses[0], order.masses[-1]) == (masses[0], masses[-1])
    assert dialog.message.text().startswith("About ")
    window.menus.actions["toys"].trigger()
    assert window.findChildren(ToysDialog) == [dialog]


def test_more_toys_take_longer(dialog, window):
    slices = window.model.layer.slices
    for number in range(dialog.study.count()):
        dialog.study.setCurrentIndex(number)
        dialog.toys.setValue(100)
        few = dialog.order().seconds(slices)
        dialog.toys.setValue(100_000)
        assert dialog.order().seconds(slices) > 2 * few
        assert "min" in dialog.message.text() or "h" in dialog.message.text()


def test_nothing_checked_cannot_be_computed(dialog):
    for row in range(dialog.flavors.count()):
        dialog.flavors.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert not dialog.compute.isEnabled()
    assert dialog.message.text() == "check at least one of the moments"
    dialog.flavors.item(1).setCheckState(Qt.CheckState.Checked)
    assert dialog.compute.isEnabled()
    dialog.study.setCurrentIndex(dialog.study.findData("significance"))
    dialog.masses.setValue(1)
    assert "several masses" in dialog.message.text()


def test_the_command_line_is_one_that_the_command_takes(dialog, window):
    for number in range(dialog.study.count()):
        dialog.study.setCurrentIndex(number)
        dialog.copy.click()
        first, second = QGuiApplication.clipboard().text().splitlines()
        assert first == f"nusterile config {window.model.layer.path} -o settings.toml"
        words = shlex.split(second)
        assert words[:2] == ["nusterile", "toys"]
        context = toys_command.make_context("toys", words[2:], resilient_parsing=True)
        assert context.params["m_4"] == dialog.order().masses
        assert context.params["n_toys"] == 20


def test_the_result_is_an_overlay_that_is_not_saved(qtbot, dialog, window, tmp_path):
    order = dialog.order()
    dialog.compute.click()
    assert window.busy
    assert dialog.cancel.text() == "Cancel"
    assert not dialog.toys.isEnabled()
    told = []
    window.toys._process.progressed.connect(lambda share, what: told.append((share, what)))
    finish(qtbot, window)
    assert told[-1] == (1.0, "toys")
    assert window.toys.dialog is None
    (overlay,) = window.model.state.overlays
    assert (overlay.name, overlay.place) == ("expected (20 toys)", None)
    assert not overlay.strange(window.model.state.layers)
    config = window.model.layer.dataset.nusterile.config
    same = nusterile.Analysis(config).toys(
        "expected", selection="xenonnt_sr0", flavor="effective", m_4=order.masses, toys=20
    )
    for name in same.data_vars:
        np.testing.assert_array_equal(same[name], overlay.dataset[name])
    window.view_panel.asked.emit("close", overlay.key)
    (box,) = boxes(window)
    assert box.text() == "expected (20 toys) was not saved"
    box.reject()
    assert window.model.state.overlays
    QCoreApplication.processEvents()
    window.close()
    (box,) = boxes(window)
    assert box.text() == "expected (20 toys) was not saved"
    next(button for button in box.buttons() if button.text() == "Stay").click()
    QCoreApplication.processEvents()
    assert window.isVisible()
    path = tmp_path / "mine.nc"
    window.exporting.answer("save", overlay.key)
    accept(window, path)
    assert window.model.state.overlays[0].path == path
    assert nusterile.open(path).attrs["content"] == "expected"


def accept(window, path):
    (dialog,) = [d for d in window.findChildren(QFileDialog) if d.isVisible()]
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()
    settle(window)


def test_cancel_ends_it_and_nothing_comes(qtbot, dialog, window):
    dialog.toys.setValue(1_000_000)
    dialog.compute.click()
    process = window.toys._process._process
    qtbot.waitUntil(lambda: process.processId() > 0)
    folder = window.toys._folder.path()
    dialog.cancel.click()
    assert not window.busy
    assert dialog.message.text() == "cancelled"
    assert dialog.compute.isEnabled()
    assert not window.model.state.overlays
    assert not Path(folder).exists()
    dialog.compute.click()
    dialog.reject()
    assert not window.busy
    assert window.toys.dialog is None


def test_what_goes_wrong_is_one_line_in_the_dialog(qtbot, dialog, window, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    dialog.compute.click()
    qtbot.waitUntil(lambda: not window.toys.busy)
    assert dialog.compute.isEnabled()
    assert dialog.message.property("wrong")
    monkeypatch.undo()
    monkeypatch.setattr(ToyOrder, "arguments", lambda *_: ["toys", "expected", "--cl", "7"])
    dialog.compute.click()
    finish(qtbot, window)
    assert "cl" in dialog.message.text()
    assert "7" in dialog.message.text()
    assert not window.model.state.overlays


def test_leaving_asks_while_it_runs(qtbot, dialog, window):
    dialog.toys.setValue(1_000_000)
    dialog.compute.click()
    window.close()
    (box,) = boxes(window)
    assert box.text() == "Something is still being computed"
    box.buttons()[0].click()
    qtbot.waitUntil(lambda: not window.isVisible())
    assert not window.toys.busy


def test_masses_are_spread_over_the_grid():
    assert thinned((0.0, 0.1, 0.2), 8) == (0.0, 0.1, 0.2)
    assert thinned((0.0, 0.1, 0.2), 1) == (0.0,)
