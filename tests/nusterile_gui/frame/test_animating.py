"""The animation by a hand: played, stopped, taken over, undone, exported, cancelled."""

from itertools import pairwise

import numpy as np
import PIL.Image
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QFileDialog
from scene import cut_texts, overlapping_widgets
from window_hand import boxes, drag, pixel, settle

from nusterile.errors import InputError
from nusterile_gui.sharing.animation import write_animation
from nusterile_gui.state.player import FASTEST

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def folder(tmp_path):
    """Folder with nothing in it."""
    made = tmp_path / "out"
    made.mkdir()
    return made


def fast(window):
    window.animating.controls.rate.setValue(FASTEST)
    return window.animating.player


def played(window, qtbot):
    """Wait for the end of the animation; returns the grid points that it went through."""
    seen = [window.model.point()]

    def note(_):
        if window.model.point() != seen[-1]:
            seen.append(window.model.point())

    window.model.subscribe(note)
    qtbot.waitUntil(lambda: not window.animating.player.playing, timeout=30_000)
    return seen


def ask(window, path):
    """Name a file for the animation."""
    window.animating.controls.export.click()
    (dialog,) = [d for d in window.findChildren(QFileDialog) if d.isVisible()]
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.accept()


def exported(window, path, qtbot):
    ask(window, path)
    qtbot.waitUntil(lambda: window.animating.recording is None, timeout=60_000)
    settle(window)


@pytest.mark.parametrize(("axis", "row"), [("m_4", 0), ("mu", 1)])
def test_it_plays_every_place_from_the_cursor_to_the_end(window, qtbot, axis, row):
    player, controls = fast(window), window.animating.controls
    controls.axis.setCurrentIndex(controls.axis.findData(axis))
    controls.axis.activated.emit(controls.axis.currentIndex())
    window.model.update(m_4=0.1, mu=1e-9)
    start = window.model.point()
    window.activateWindow()
    window.plane.setFocus()
    qtbot.keyClick(window.plane, Qt.Key.Key_M)
    assert controls.isVisible()
    assert controls.play.text() == "Stop"
    seen = played(window, qtbot)
    assert [point[row] for point in seen] == list(range(start[row], player.places().size))
    assert {point[1 - row] for point in seen} == {start[1 - row]}
    assert controls.play.text() == "Play"


def test_what_was_played_is_one_step(window, qtbot):
    player = fast(window)
    window.model.update(m_4=0.1, mu=1e-9)
    player.play()
    played(window, qtbot)
    assert window.model.state.m_4 == window.model.layer.slices.masses[-1]
    window.menus.actions["undo"].trigger()
    assert (window.model.state.m_4, window.model.state.mu) == (0.1, 1e-9)
    window.menus.actions["redo"].trigger()
    assert window.model.state.m_4 == window.model.layer.slices.masses[-1]


def test_at_the_end_it_begins_at_the_other_one(window, qtbot):
    player = fast(window)
    window.model.update(m_4=float(window.model.layer.slices.masses[-1]))
    player.play()
    assert window.model.point()[0] == 0
    seen = played(window, qtbot)
    assert len(seen) == window.model.layer.slices.masses.size


def test_again_and_again_until_it_is_stopped(window, qtbot):
    player, controls = fast(window), window.animating.controls
    controls.loop.click()
    window.model.update(m_4=1.0)
    seen = []
    window.model.subscribe(lambda _: seen.append(window.model.point()[0]))
    player.play()
    last = window.model.layer.slices.masses.size - 1
    qtbot.waitUntil(lambda: seen.count(last) == 2, timeout=30_000)
    controls.play.click()
    assert not player.playing


def test_a_hand_that_moves_the_cursor_takes_over(window, qtbot):
    player = fast(window)
    window.model.update(m_4=0.002, mu=1e-9)
    player.play()
    drag(window.plane, pixel(window.plane, -1.0, -9.0), pixel(window.plane, -0.5, -8.0))
    assert not player.playing
    assert window.model.state.mu == pytest.approx(1e-8, rel=0.1)
    while window.history.undoable:
        window.menus.actions["undo"].trigger()
        settle(window)
    player.play()
    window.model.update(dof=2)  # which is no cursor
    assert player.playing
    window.menus.actions["close"].trigger()
    assert not player.playing


def test_it_plays_what_the_plane_shows(window):
    player = window.animating.player
    window.model.update(ranges=((-2.0, -0.5), (-11.0, -9.0)))
    masses = window.model.layer.slices.masses
    inside = masses[(masses >= 0.01) & (masses <= 10**-0.5)]
    np.testing.assert_array_equal(player.places(), inside)
    player.set_axis("mu")
    assert 1e-11 <= player.places()[0] <= player.places()[-1] <= 1.0000001e-9


def test_closing_the_window_stops_it(window):
    window.animating.player.play()
    window.close()
    assert not window.animating.player.playing


def test_the_controls_by_keys_and_their_end(window, qtbot):
    window.activateWindow()
    window.plane.setFocus()
    qtbot.keyClick(window.plane, Qt.Key.Key_M, SHIFT)
    controls = window.animating.controls
    assert QApplication.focusWidget() is controls.play
    reached = set()
    for _ in range(6):
        reached.add(QApplication.focusWidget())
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    wanted = {controls.play, controls.axis, controls.rate, controls.loop, controls.export}
    assert wanted <= reached
    controls.play.click()
    assert window.animating.player.playing
    controls.close_button.click()
    assert not window.animating.player.playing
    assert not controls.isVisible()


@pytest.mark.parametrize("size", ["normal", "larger"])
def test_the_controls_have_room(window, size):
    window.resize(1000, 680)
    settle(window)
    window.resize(900, 600)
    window.menus.actions[f"text-{size}"].trigger()
    window.animating.show_or_hide()
    settle(window)
    controls = window.animating.controls
    assert not [text for text in cut_texts(controls) if text]
    assert not overlapping_widgets(controls)
    assert controls.width() <= window.width()


def test_without_a_product_it_says_so(make_window):
    window = make_window()
    window.menus.actions["play"].trigger()
    assert "open a product" in window.statusBar().currentMessage()
    assert not window.animating.player.playing
    window.menus.actions["export-animation"].trigger()
    assert not [d for d in window.findChildren(QFileDialog) if d.isVisible()]


@pytest.mark.parametrize("loop", [False, True])
def test_a_file_has_a_picture_of_every_place(window, qtbot, folder, loop):
    if loop:
        window.animating.controls.loop.click()
    window.animating.controls.rate.setValue(10)
    window.model.update(m_4=0.1, mu=1e-9)
    undoable, part = window.history.undoable, window.animating.part()
    exported(window, folder / "over.gif", qtbot)
    with PIL.Image.open(folder / "over.gif") as picture:
        assert picture.n_frames == window.model.layer.slices.masses.size
        assert picture.size == (part.width(), part.height())
        assert picture.info["duration"] == 100
        assert ("loop" in picture.info) == loop
        frames = []
        for k in range(picture.n_frames):
            picture.seek(k)
            frames.append(np.asarray(picture.convert("RGB")).astype(int))
    assert all(np.abs(a - b).max() > 60 for a, b in pairwise(frames))
    # The cursor is where it was, and there is nothing more to undo.
    assert (window.model.state.m_4, window.model.state.mu) == (0.1, 1e-9)
    assert window.history.undoable == undoable
    # A picture is what the window shows there.
    window.model.update(m_4=float(window.model.layer.slices.masses[5]))
    settle(window)
    shown = (
        window.grab(part)
        .toImage()
        .convertToFormat(
            QGuiApplication.primaryScreen().grabWindow(0).toImage().Format.Format_RGB888
        )
    )
    pixels = np.frombuffer(shown.constBits(), np.uint8).reshape(shown.height(), -1)
    pixels = pixels[:, : 3 * shown.width()].reshape(frames[5].shape).astype(int)
    assert np.mean(np.abs(pixels - frames[5]).max(axis=-1) > 40) < 0.01


def test_cancel_leaves_nothing(window, qtbot, folder):
    window.model.update(m_4=0.1, mu=1e-9)
    undoable = window.history.undoable
    ask(window, folder / "over.gif")
    recording = window.animating.recording
    qtbot.waitUntil(lambda: recording.bar.value() > 2, timeout=30_000)
    qtbot.keyClick(recording, Qt.Key.Key_Escape)
    settle(window)
    assert window.animating.recording is None
    assert not list(folder.iterdir())
    assert (window.model.state.m_4, window.history.undoable) == (0.1, undoable)
    exported(window, folder / "over.gif", qtbot)
    assert (folder / "over.gif").is_file()


def test_cancel_while_it_is_written_leaves_nothing(window, qtbot, folder):
    (folder / "over.gif").write_bytes(b"before")
    ask(window, folder / "over.gif")
    recording = window.animating.recording
    qtbot.waitUntil(lambda: window.animating._writing > 0, timeout=60_000)
    recording.cancel.click()
    settle(window)
    assert window.animating.recording is None
    assert (folder / "over.gif").read_bytes() == b"before"
    assert [path.name for path in folder.iterdir()] == ["over.gif"]


def test_what_cannot_be_written_is_said(window, qtbot, folder, monkeypatch):
    def fail(*_, **__):
        raise InputError("over.gif: cannot be written (no space left)")

    monkeypatch.setattr("nusterile_gui.sharing.animation.write_file", fail)
    exported(window, folder / "over.gif", qtbot)
    (box,) = boxes(window)
    assert box.text() == "Not written: the animation"
    assert "no space left" in box.informativeText()
    assert not list(folder.iterdir())


def test_without_pillow_it_says_what_to_install(window, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "PIL.Image", None)
    monkeypatch.setitem(__import__("sys").modules, "PIL", None)
    window.menus.actions["export-animation"].trigger()
    (box,) = boxes(window)
    assert "pip install 'nusterile[export]'" in box.informativeText()


def test_a_window_that_closes_while_it_records(window, qtbot, folder):
    ask(window, folder / "over.gif")
    qtbot.waitUntil(lambda: window.animating.recording.bar.value() > 1, timeout=30_000)
    window.close_now()
    assert window.animating.recording is None
    assert not list(folder.iterdir())


def test_one_palette_for_all_pictures(tmp_path, qapp):
    """A colour that is in the last picture only is there in the file."""
    import io

    def picture(color):
        written = io.BytesIO()
        PIL.Image.new("RGB", (8, 6), color).save(written, "PNG")
        return written.getvalue()

    colors = [(255, 0, 0), (255, 255, 255), (0, 0, 255)]
    write_animation(tmp_path / "a.gif", [picture(c) for c in colors], 1, loop=True)
    with PIL.Image.open(tmp_path / "a.gif") as file:
        for k, color in enumerate(colors):
            file.seek(k)
            found = np.asarray(file.convert("RGB")).astype(int)
            assert np.abs(found - np.array(color)).max() < 8
        assert file.info["duration"] == 1000
