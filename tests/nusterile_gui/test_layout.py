"""Windows of every size: nothing is cut, nothing stands on anything else, nothing lies idle."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from scene import cut_texts, empty_thirds, overlapping_texts
from window_hand import settle

from nusterile_gui.look.text_size import TEXT_SIZES
from nusterile_gui.screenshots import SIZES

SUPPORT = Path(__file__).parents[1] / "support"


@pytest.mark.parametrize("scale", [1, 1.5, 2])
def test_everything_can_be_read_at_every_size(product, isolated, scale):
    """Light and dark, with all the bounds and without, and two points compared."""
    sizes = ",".join(f"{width}x{height}" for width, height in SIZES)
    done = subprocess.run(
        [sys.executable, SUPPORT / "layouts.py", product, sizes],
        env={**os.environ, "QT_SCALE_FACTOR": str(scale), "PYTHONPATH": str(SUPPORT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == 6 * len(SIZES)
    assert not {name: said for name, said in found.items() if any(said.values())}


def test_a_window_keeps_its_size_while_text_grows_and_while_it_presents(
    product, isolated, tmp_path
):
    """On a screen no larger than the window, what does not fit would be out of sight."""
    screen = {"name": "one", "x": 0, "y": 0, "width": 1280, "height": 800, "dpr": 1}
    screen |= {"logicalDpi": 96, "logicalBaseDpi": 96}
    described = {"synchronousWindowSystemEvents": True, "windowFrameMargins": False}
    (tmp_path / "screen.json").write_text(json.dumps({**described, "screens": [screen]}))
    platform = f"offscreen:configfile={tmp_path / 'screen.json'}"
    done = subprocess.run(
        [sys.executable, SUPPORT / "presenting.py", product],
        env={**os.environ, "QT_QPA_PLATFORM": platform, "PYTHONPATH": str(SUPPORT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert len(found) == 3 * 3 * 6
    assert not {name: size for name, size in found.items() if size != [1280, 800]}


def test_what_is_cut_is_found(window):
    """The reader of scenes itself: texts without room, labels on one another, empty places."""
    window.resize(1280, 800)
    settle(window)
    assert not cut_texts(window)
    assert not overlapping_texts(window)
    assert not empty_thirds(window)
    window.read_out.limit.setText("a limit that says more than there is room for " * 3)
    label = next(label for label in window.read_out.findChildren(QLabel) if label.text() == "μ")
    label.setFixedWidth(4)
    window.docks["view"].widget().dof.setFixedWidth(40)
    QApplication.processEvents()
    cut = cut_texts(window)
    for name in ("ValueText limit", "QLabel: 'μ'", "QComboBox dof"):
        assert any(name in text for text in cut), name
    first, second = two_labels(window)
    second.setPos(first.pos())
    assert overlapping_texts(window)
    for dock in window.docks.values():
        dock.hide()
    window.pages.hide()
    assert empty_thirds(window)


def two_labels(window):
    first, second = [label.item for label in window.plane.limits.labels()][:2]
    for label in (first, second):
        label.setVisible(True)
    return first, second


def sides(window):
    """Panels that can be seen, by the side of the plane on which they are."""
    found = {}
    for name, dock in window.docks.items():
        if dock.isVisible() and not dock.visibleRegion().isEmpty():
            found.setdefault(window.dockWidgetArea(dock).name, set()).add(name)
    return found


def resized(window, width, height):
    window.resize(width, height)
    settle(window)
    QTest.qWait(20)
    return {name: dock.size() for name, dock in window.docks.items()}


def test_a_window_that_was_small_is_as_before_when_it_is_large_again(window):
    before = resized(window, 1600, 1000)
    stood = sides(window)
    resized(window, 900, 600)
    assert "BottomDockWidgetArea" not in sides(window)
    assert window.moment_profile.height() > 90 or window.mass_profile.height() > 90
    after = resized(window, 1600, 1000)
    assert sides(window) == stood
    for name in ("view", "moment", "mass", "spectrum", "pulls"):
        for old, new in zip(before[name].toTuple(), after[name].toTuple(), strict=True):
            assert abs(old - new) <= 4, name


def test_what_a_hand_arranged_keeps_its_place_and_its_share(window):
    resized(window, 1600, 1000)
    window.docks["pulls"].toggleViewAction().trigger()
    drag_separator(window, 150)
    wide = window.docks["view"].width()
    small = resized(window, 1000, 640)
    assert not window.docks["pulls"].isVisible()
    assert "BottomDockWidgetArea" in sides(window)
    large = resized(window, 1600, 1000)
    assert abs(large["view"].width() - wide) <= 6
    assert small["view"].width() < wide
    window.menus.actions["arrange-explore"].trigger()
    settle(window)
    assert window.docks["pulls"].isVisible()
    assert abs(window.docks["view"].width() - wide) > 50


def drag_separator(window, far):
    """Drag the line between the view panel and the plane."""
    dock = window.docks["view"]
    start = QPointF(dock.geometry().right() + 3, window.height() / 2)
    for kind, place in (
        (QEvent.Type.MouseButtonPress, start),
        (QEvent.Type.MouseMove, start + QPointF(far, 0)),
        (QEvent.Type.MouseButtonRelease, start + QPointF(far, 0)),
    ):
        pressed = kind != QEvent.Type.MouseMove
        released = kind == QEvent.Type.MouseButtonRelease
        event = QMouseEvent(
            kind,
            place,
            window.mapToGlobal(place),
            Qt.MouseButton.LeftButton if pressed else Qt.MouseButton.NoButton,
            Qt.MouseButton.NoButton if released else Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(window, event)
        QTest.qWait(30)


@pytest.mark.parametrize(
    ("name", "seen", "gone"),
    [
        ("compare", {"ratio", "mass", "pulls"}, set()),
        ("present", {"moment", "spectrum"}, {"view", "pulls", "ratio"}),
        ("explore", {"view", "moment", "mass", "spectrum", "pulls"}, set()),
    ],
)
def test_arrangements(window, name, seen, gone):
    resized(window, 1400, 900)
    window.menus.actions[f"arrange-{name}"].trigger()
    settle(window)
    QTest.qWait(20)
    there = set().union(*sides(window).values())
    assert seen <= there
    assert not gone & there
    assert not cut_texts(window)


def test_presenting_and_back(window, qtbot):
    """F11 shows the plane to a room; Escape gives the window back as it was."""
    resized(window, 1280, 800)
    window.menus.actions["text-larger"].trigger()
    window.docks["pulls"].toggleViewAction().trigger()
    settle(window)
    stood, limit = sides(window), window.read_out.limit.font().pointSizeF()
    window.menus.actions["present"].trigger()
    settle(window)
    assert window.isFullScreen()
    assert window.menus.actions["present"].isChecked()
    assert not window.menuBar().isVisible()
    assert set().union(*sides(window).values()) == {"moment", "spectrum"}
    assert window.text_size == "presentation"
    larger = TEXT_SIZES["presentation"] / TEXT_SIZES["larger"]
    assert window.read_out.limit.font().pointSizeF() == pytest.approx(limit * larger)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    settle(window)
    assert not window.isFullScreen()
    assert not window.menus.actions["present"].isChecked()
    assert window.menuBar().isVisible()
    assert sides(window) == stood
    assert window.text_size == "larger"


def test_an_arrangement_that_hides_panels_comes_back_as_it_was(window, make_window, product):
    """After presenting, and in the next session."""
    resized(window, 1280, 800)
    window.menus.actions["arrange-present"].trigger()
    settle(window)
    window.menus.actions["present"].trigger()
    settle(window)
    window.menus.actions["present"].trigger()
    settle(window)
    assert set().union(*sides(window).values()) == {"moment", "spectrum"}
    window.close()
    again = make_window(product)
    QTest.qWait(20)
    assert set().union(*sides(again).values()) == {"moment", "spectrum"}
    assert again.arranging.name == "present"


def test_a_panel_that_an_arrangement_hides_has_room_when_it_is_shown(window):
    resized(window, 1280, 800)
    window.menus.actions["arrange-present"].trigger()
    settle(window)
    for name in ("view", "pulls"):
        window.menus.actions[f"go-{name}"].trigger()
        settle(window)
        QTest.qWait(20)
        dock = window.docks[name]
        assert dock.isVisible()
        assert not dock.visibleRegion().isEmpty()
        assert sides(window)["LeftDockWidgetArea"] == {name}
        others = [window.pages, window.docks["moment"], window.docks["spectrum"]]
        assert not any(dock.geometry().intersects(other.geometry()) for other in others)
    window.menus.actions["arrange-explore"].trigger()
    settle(window)
    assert "pulls" in sides(window)["BottomDockWidgetArea"]


def test_shortcuts_work_while_presenting(window, qtbot):
    window.menus.actions["present"].trigger()
    settle(window)
    before = window.model.state.dof
    qtbot.keyClick(window, Qt.Key.Key_D)
    assert window.model.state.dof != before
    qtbot.keyClick(window, Qt.Key.Key_F11)
    settle(window)
    assert window.menuBar().isVisible()


def test_a_session_that_ends_while_presenting_begins_as_it_was(window, make_window, product):
    resized(window, 1280, 800)
    window.menus.actions["arrange-compare"].trigger()
    window.menus.actions["present"].trigger()
    settle(window)
    window.close()
    again = make_window(product)
    assert again.text_size == "normal"
    assert not again.isFullScreen()
    assert again.docks["ratio"].isVisible()
    assert again.arranging.name == "compare"
    assert not again.arranging.by_hand


def test_the_cursor_passes_behind_labels(window):
    """A label is whole wherever the cursor is."""
    plane = window.plane
    window.model.update(mu=1e-7, m_4=1.0)
    settle(window)
    label = next(each.item for each in plane.limits.labels() if each.item.isVisible())
    place = label.sceneTransform().mapRect(label.boundingRect())
    there = plane.mapFromScene(place).boundingRect()
    before = plane.grab(there).toImage()
    at = plane.box.mapSceneToView(place.center())
    window.model.update(m_4=10 ** at.x())
    settle(window)
    assert plane.grab(there).toImage() == before
