"""Workspaces by a hand: saved, opened from menu, drop and command line, at another place."""

import base64
import shutil
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from window_hand import boxes, save_dialog, settle

import nusterile
from nusterile_gui import app
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.settings import Memory
from nusterile_gui.state.workspace import read_workspace


def looks(window):
    """The view without the keys of its layers, which are never used twice."""
    QTest.qWait(30)
    state = window.model.state
    apart = {"layers", "active", "ratio", "pins", "bounds"}
    names = {layer.key: layer.name for layer in state.layers}
    return (
        {e.name: getattr(state, e.name) for e in fields(state) if e.name not in apart},
        [(layer.name, layer.color, layer.visible) for layer in state.layers],
        names.get(state.active),
        [names[key] for key in state.ratio],
        [(names[pin.layer], replace(pin, layer=0)) for pin in state.pins],
        window.plane.box.viewRange(),
        {name: (dock.isVisible(), dock.isFloating()) for name, dock in window.docks.items()},
        window.theme.name,
        window.notes.toPlainText(),
    )


@pytest.fixture
def folder(tmp_path, product, other_product):
    """A folder with two products, as somebody would pass it on."""
    (tmp_path / "share" / "runs").mkdir(parents=True)
    shutil.copy(product, tmp_path / "share" / "one.nc")
    shutil.copy(other_product, tmp_path / "share" / "runs" / "two.nc")
    return tmp_path / "share"


@pytest.fixture
def arranged(make_window, folder):
    """A window with two products and nothing as it is by default."""
    window = make_window(folder / "one.nc", folder / "runs" / "two.nc")
    one, two = window.model.state.layers
    window.model.change(two.key, name="σ = 0.2", visible=False, color=5)
    window.model.update(active=one.key, selection="pandax4t", flavor="mu", cl=0.97, dof=2)
    window.model.update(m_4=0.3, mu=1e-10, quantity="rate", fitted=True, massless=True)
    for key in (two.key, one.key):
        window.model.update(active=key)
        window.menus.actions["pin"].trigger()
    window.model.update(flavor="mu", selection="pandax4t", second=(0.2, 3e-11))
    window.model.update(ratio=(one.key, two.key), shown_bounds=frozenset({"borexino"}))
    window.model.update(ranges=((-2.0, -0.5), (-11.0, -9.0)))
    window.menus.actions["dark"].trigger()
    window.docks["pulls"].hide()
    window.notes.setPlainText("look here\nand there")
    return window


def drop(window, *paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    window.dropEvent(
        QDropEvent(
            QPointF(50, 50),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )
    settle(window)


def choose(window, path):
    window.menus.actions["open"].trigger()
    (dialog,) = [d for d in window.findChildren(QFileDialog) if d.isVisible()]
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.accept()
    settle(window)


@pytest.mark.parametrize("way", [drop, choose])
def test_a_workspace_comes_back_on_another_place(arranged, make_window, folder, tmp_path, way):
    wanted = looks(arranged)
    save_dialog(arranged, "workspace", folder / "talk.nusterile")
    arranged.menus.actions["light"].trigger()
    arranged.close()
    Memory().reset()
    moved = tmp_path / "another" / "machine"
    shutil.move(folder, moved)
    window = make_window()
    way(window, moved / "talk.nusterile")
    assert looks(window) == wanted
    assert [layer.path for layer in window.model.state.layers] == [
        moved / "one.nc",
        moved / "runs" / "two.nc",
    ]
    assert window.menus.recent.actions()[0].text() == "talk.nusterile"


def test_opening_a_workspace_is_one_step_to_undo(arranged, make_window, product, folder):
    save_dialog(arranged, "workspace", folder / "talk.nusterile")
    arranged.menus.actions["light"].trigger()
    arranged.docks["pulls"].show()
    arranged.model.update(cl=0.9, ranges=())
    arranged.close_layer(arranged.model.state.active)
    before = looks(arranged)[:5]
    drop(arranged, folder / "talk.nusterile")
    after = looks(arranged)[:5]
    assert len(arranged.model.state.layers) == 2
    arranged.menus.actions["undo"].trigger()
    assert looks(arranged)[:5] == before
    arranged.menus.actions["redo"].trigger()
    assert looks(arranged)[:5] == after


def test_products_that_are_gone_are_named_and_the_rest_is_shown(arranged, make_window, folder):
    save_dialog(arranged, "workspace", folder / "talk.nusterile")
    arranged.close()
    (folder / "runs" / "two.nc").unlink()
    window = make_window()
    drop(window, folder / "talk.nusterile")
    (box,) = boxes(window)
    assert "talk.nusterile names products that are no longer there" in box.text()
    assert "two.nc" in box.informativeText()
    assert [layer.name for layer in window.model.state.layers] == ["one"]
    state = window.model.state
    assert (state.ratio, state.cl, state.flavor) == ((), 0.97, "mu")
    np.testing.assert_array_equal(window.plane.box.viewRange(), state.ranges)


def test_a_workspace_without_any_product_left_is_taken_up(arranged, make_window, folder):
    save_dialog(arranged, "workspace", folder / "talk.nusterile")
    arranged.close()
    shutil.rmtree(folder / "runs")
    (folder / "one.nc").unlink()
    window = make_window()
    drop(window, folder / "talk.nusterile")
    assert len(boxes(window)) == 1
    assert window.model.layer is None
    assert window.notes.toPlainText() == "look here\nand there"
    assert window.history._group is None


@pytest.mark.parametrize("text", ["nonsense", "workspace = 3", "workspace = 1\n[view]\ncl = []"])
def test_a_broken_workspace_changes_nothing(window, tmp_path, text):
    path = tmp_path / "broken.nusterile"
    path.write_text(text)
    before = looks(window)
    drop(window, path)
    (box,) = boxes(window)
    assert box.text() == "The workspace was not opened"
    assert looks(window) == before
    drop(window, tmp_path / "none.nusterile")
    assert "none.nusterile" in boxes(window)[0].informativeText()


@pytest.mark.parametrize("seed", range(4))
def test_docks_that_are_damaged_do_no_harm(window, folder, seed):
    save_dialog(window, "workspace", folder / "talk.nusterile")
    path = folder / "talk.nusterile"
    workspace = read_workspace(path)
    random = np.random.default_rng(seed)
    docks = bytearray(workspace.layout())
    for place in random.integers(0, len(docks), 12):
        docks[place] = random.integers(0, 256)
    workspace.model_copy(update={"docks": base64.b64encode(docks).decode()}).write(path)
    drop(window, path)
    assert len(window.model.state.layers) == 1


def test_unsaved_products_are_written_beside_the_workspace(window, product, folder, make_window):
    dataset = nusterile.open(product)
    for name in ("what if: σ", "what if? σ"):  # two names, one file name
        window.model.add(Layer.of(dataset, name))
    save_dialog(window, "workspace", folder / "talk.nusterile")
    kept = folder / "talk-products"
    assert sorted(p.name for p in kept.iterdir()) == ["what_if__σ.nc", "what_if__σ_2.nc"]
    assert all(layer.path is not None for layer in window.model.state.layers)
    window.close()
    other = make_window()
    drop(other, folder / "talk.nusterile")
    assert [layer.name for layer in other.model.state.layers][1:] == ["what if: σ", "what if? σ"]
    xr = other.model.layer.dataset
    np.testing.assert_array_equal(xr["chi2"], dataset["chi2"])


def test_a_workspace_that_cannot_be_written_says_so(window, folder):
    (folder / "talk-products").write_text("in the way")
    window.model.add(Layer.of(window.model.layer.dataset, "unsaved"))
    save_dialog(window, "workspace", folder / "talk.nusterile")
    (box,) = boxes(window)
    assert "not every product could be written" in box.informativeText()
    assert not (folder / "talk.nusterile").exists()
    window._closing = True


def test_unsaved_products_stay_when_a_workspace_is_opened(arranged, folder):
    save_dialog(arranged, "workspace", folder / "talk.nusterile")
    arranged.model.add(Layer.of(arranged.model.layer.dataset, "unsaved"))
    drop(arranged, folder / "talk.nusterile")
    assert [layer.name for layer in arranged.model.state.layers] == ["unsaved", "one", "σ = 0.2"]


def test_the_command_line_opens_a_workspace(arranged, folder, monkeypatch):
    wanted = looks(arranged)
    save_dialog(arranged, "workspace", folder / "talk.nusterile")
    arranged.close()
    monkeypatch.setattr(sys, "argv", ["nusterile"])
    window = app.open_window([folder / "talk.nusterile"])
    settle(window)
    QCoreApplication.processEvents()
    assert looks(window) == wanted
    assert window.history.undoable == ""
    window.model.update(cl=0.9)
    window.menus.actions["undo"].trigger()
    assert looks(window) == wanted
    window.close_now()
    window.deleteLater()
