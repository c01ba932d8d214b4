"""Every task of the app's page, by keys alone: nothing here knows where a widget is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDockWidget,
    QFileDialog,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QTabBar,
    QTreeWidget,
)
from window_hand import settle

NONE = Qt.KeyboardModifier.NoModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


class Keys:
    """Keys that go to whatever has the focus."""

    def __init__(self, window):
        self.window = window
        window.activateWindow()
        window.plane.setFocus()

    def press(self, key, modifiers=NONE, times=1):
        for _ in range(times):
            QTest.keyPress(QApplication.focusWidget(), key, modifiers)
            if QApplication.focusWidget() is not None:  # what was pressed may have gone
                QTest.keyRelease(QApplication.focusWidget(), key, modifiers)
            QTest.qWait(2)
        settle(self.window)

    def type(self, text):
        QTest.keyClicks(QApplication.focusWidget(), text)

    def tab_to(self, name):
        for _ in range(60):
            if QApplication.focusWidget().objectName() == name:
                return
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab does not reach {name}")

    def file(self, path):
        """Name a file in the dialog that is open."""
        (dialog,) = [d for d in self.window.findChildren(QFileDialog) if d.isVisible()]
        field = dialog.findChild(QLineEdit, "fileNameEdit")
        assert QApplication.focusWidget() is field
        field.selectAll()
        self.type(str(path))
        self.accept()

    def accept(self):
        """Press the button of the open dialog that Return stands for."""
        self.press(Qt.Key.Key_Return)
        QTest.qWait(20)
        settle(self.window)
        # There is no window manager here to do it.
        self.window.activateWindow()
        QTest.qWait(20)
        assert QApplication.focusWidget() is not None


@pytest.fixture
def keys(window):
    return Keys(window)


def test_products_are_opened_chosen_renamed_hidden_saved_and_closed(
    window, keys, other_product, tmp_path
):
    keys.press(Qt.Key.Key_O, CONTROL)
    keys.file(other_product)
    assert len(window.model.state.layers) == 2
    first, second = (layer.key for layer in window.model.state.layers)
    keys.press(Qt.Key.Key_1, ALT)
    keys.tab_to("layers")
    keys.press(Qt.Key.Key_Up)
    assert window.model.state.active == first
    keys.press(Qt.Key.Key_Space)
    assert not window.model.find(first).visible
    keys.press(Qt.Key.Key_F2)
    QApplication.focusWidget().selectAll()
    keys.type("mine")
    keys.press(Qt.Key.Key_Return)
    assert window.model.find(first).name == "mine"
    keys.press(Qt.Key.Key_S, CONTROL)
    keys.file(tmp_path / "saved.nc")
    assert window.model.find(first).path == tmp_path / "saved.nc"
    keys.press(Qt.Key.Key_W, CONTROL)
    assert [layer.key for layer in window.model.state.layers] == [second]
    keys.press(Qt.Key.Key_Z, CONTROL)
    assert len(window.model.state.layers) == 2


def test_the_cursor_the_fit_and_the_limits(window, keys):
    i, j = window.model.point()
    keys.press(Qt.Key.Key_Right)
    keys.press(Qt.Key.Key_Up, SHIFT)
    assert window.model.point() == (i + 1, min(j + 10, 24))
    keys.tab_to("cursor-mass")
    QApplication.focusWidget().selectAll()
    keys.type("250 keV")
    keys.press(Qt.Key.Key_Return)
    assert window.model.state.m_4 == pytest.approx(0.25)
    keys.press(Qt.Key.Key_1, ALT)
    for name in ("selection", "flavor"):
        keys.tab_to(name)
        before = getattr(window.model.state, name)
        keys.press(Qt.Key.Key_Down)
        if getattr(window.model.state, name) == before:
            keys.press(Qt.Key.Key_Up)
        assert getattr(window.model.state, name) != before
    keys.tab_to("cl")
    keys.press(Qt.Key.Key_Up)
    assert window.model.state.cl != 0.9
    keys.tab_to("shown-flavors")
    shown = window.model.state.shown_flavors
    keys.press(Qt.Key.Key_End)
    keys.press(Qt.Key.Key_Space)
    assert window.model.state.shown_flavors != shown


def test_bounds_the_spectrum_and_the_zoom(window, keys):
    keys.press(Qt.Key.Key_2, ALT)
    assert QApplication.focusWidget() is window.bounds_tree
    keys.press(Qt.Key.Key_Home)
    keys.press(Qt.Key.Key_Down, times=2)
    keys.press(Qt.Key.Key_Space)
    assert window.model.state.shown_bounds
    keys.press(Qt.Key.Key_0, ALT)
    assert window.plane.hasFocus()
    keys.press(Qt.Key.Key_F)
    keys.press(Qt.Key.Key_R)
    keys.press(Qt.Key.Key_D)
    state = window.model.state
    assert (state.fitted, state.quantity, state.dof) == (True, "rate", 2)
    whole = window.plane.box.viewRange()
    keys.press(Qt.Key.Key_Plus, CONTROL)
    assert window.plane.box.viewRange() != whole
    keys.press(Qt.Key.Key_0, CONTROL)
    assert window.plane.box.viewRange() == whole


def test_what_if_and_what_leaves_the_app(window, keys, tmp_path):
    keys.press(Qt.Key.Key_3, ALT)
    keys.tab_to("whatif-name")
    keys.type("mine")
    keys.tab_to("flavors")
    keys.press(Qt.Key.Key_Space)
    keys.tab_to("whatif-apply")
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
    settle(window, 60)
    assert window.model.layer.name == "mine"
    for key, modifiers, name in (
        (Qt.Key.Key_E, CONTROL, "limits.csv"),
        (Qt.Key.Key_B, CONTROL | ALT, "mine.bib"),
        (Qt.Key.Key_S, CONTROL | ALT, "mine.toml"),
        (Qt.Key.Key_S, CONTROL | SHIFT, "mine.nusterile"),
    ):
        keys.press(Qt.Key.Key_0, ALT)
        keys.press(key, modifiers)
        keys.file(tmp_path / name)
        assert (tmp_path / name).is_file(), name
    keys.press(Qt.Key.Key_C, CONTROL | SHIFT)
    assert QGuiApplication.clipboard().text().startswith('"""Numbers of a view')
    keys.press(Qt.Key.Key_Q, CONTROL)
    assert not window.isVisible()


def test_two_points_and_pinned_spectra(window, keys):
    keys.press(Qt.Key.Key_B)
    first = window.model.point()
    assert window.model.second_point() == first
    keys.press(Qt.Key.Key_Right, times=2)
    keys.press(Qt.Key.Key_Up, CONTROL)
    (i, j), (k, m) = window.model.point(), window.model.second_point()
    assert (i, j, k, m) == (first[0] + 2, first[1], first[0], first[1] + 1)
    keys.press(Qt.Key.Key_X)
    assert (window.model.point(), window.model.second_point()) == ((k, m), (i, j))
    keys.press(Qt.Key.Key_A, ALT)
    assert window.docks["cursors"].isAncestorOf(QApplication.focusWidget())
    keys.press(Qt.Key.Key_C, CONTROL)
    assert QGuiApplication.clipboard().text().startswith("quantity\tunit\tA\tB")
    keys.press(Qt.Key.Key_0, ALT)
    keys.press(Qt.Key.Key_P)
    assert len(window.model.state.pins) == 1
    keys.press(Qt.Key.Key_P, SHIFT)
    keys.press(Qt.Key.Key_B, SHIFT)
    assert (window.model.state.pins, window.model.state.second) == ((), ())


def test_the_animation(window, keys, qtbot, tmp_path):
    start = window.model.point()
    keys.press(Qt.Key.Key_M)
    qtbot.waitUntil(lambda: window.model.point() != start)
    keys.press(Qt.Key.Key_M)
    assert not window.animating.player.playing
    assert window.animating.bar.isVisible()
    keys.press(Qt.Key.Key_M, SHIFT)
    assert not window.animating.bar.isVisible()
    keys.press(Qt.Key.Key_M, CONTROL | ALT)
    keys.file(tmp_path / "moving.gif")
    qtbot.waitUntil(lambda: (tmp_path / "moving.gif").is_file(), timeout=60_000)


def test_the_limit_that_follows_sliders(window, keys, qtbot):
    keys.press(Qt.Key.Key_L, CONTROL)
    panel = window.live.panel
    qtbot.waitUntil(lambda: panel.sliders is not None)
    keys.tab_to("live-first")
    keys.press(Qt.Key.Key_PageUp)
    qtbot.waitUntil(lambda: panel.table.rowCount() > 1, timeout=30_000)
    keys.tab_to("live-compute")
    keys.press(Qt.Key.Key_Space)
    settle(window, 60)
    assert len(window.model.state.layers) == 2


def test_a_curve_and_a_note_of_ones_own(window, keys, tmp_path):
    QGuiApplication.clipboard().setText("m4 [MeV], mu [mu_B]\n0.1, 2e-11\n0.5, 8e-11\n")
    keys.press(Qt.Key.Key_V, CONTROL)
    keys.accept()
    (curve,) = window.model.state.own_curves
    assert curve.key in window.model.state.shown_bounds
    keys.press(Qt.Key.Key_N)
    keys.type("here")
    keys.press(Qt.Key.Key_Tab)
    keys.accept()
    (note,) = window.model.state.annotations
    assert note.text == "here"
    keys.press(Qt.Key.Key_9, ALT)
    keys.tab_to("annotations")
    keys.press(Qt.Key.Key_Home)
    keys.press(Qt.Key.Key_Delete)
    assert not window.model.state.annotations
    keys.press(Qt.Key.Key_2, ALT)
    for _ in range(20):
        if window.bounds_tree.own_chosen():
            break
        keys.press(Qt.Key.Key_Down)
    keys.press(Qt.Key.Key_E, CONTROL | ALT)
    keys.type("corrected")
    keys.accept()
    assert [curve.label for curve in window.model.state.own_curves] == ["corrected"]
    assert window.bounds_tree.own_chosen() == curve.key
    keys.press(Qt.Key.Key_X, CONTROL | ALT)
    assert not window.model.state.own_curves


def test_panels_and_talks(window, keys):
    keys.press(Qt.Key.Key_C, CONTROL | ALT)
    assert window.arranging.name == "compare"
    keys.press(Qt.Key.Key_F11)
    assert not window.menuBar().isVisible()
    keys.press(Qt.Key.Key_C)
    assert window.model.state.image == "levels"
    keys.press(Qt.Key.Key_Escape)
    assert window.menuBar().isVisible()
    assert window.arranging.name == "compare"
    keys.press(Qt.Key.Key_P, CONTROL | ALT)
    assert window.text_size == "presentation"


def reached_by_tab(window, keys, modifiers=NONE):
    """What has the focus, one after another, until it comes round."""
    reached = []
    for _ in range(400):
        widget = QApplication.focusWidget()
        if widget in reached:
            return reached
        reached.append(widget)
        keys.press(Qt.Key.Key_Backtab if modifiers == SHIFT else Qt.Key.Key_Tab, modifiers)
    raise AssertionError("Tab never comes round")


def controls(window):
    """What a hand with a mouse could use now."""
    kinds = (QAbstractButton, QComboBox, QLineEdit, QAbstractSpinBox, QPlainTextEdit)
    kinds += (QListWidget, QTreeWidget)
    found = [widget for kind in kinds for widget in window.findChildren(kind)]
    return [
        widget
        for widget in dict.fromkeys(found)
        if widget.isEnabled()
        and widget.isVisible()
        and not isinstance(widget.parent(), (QAbstractSpinBox, QComboBox, QDockWidget, QTabBar))
        and not any(behind(widget, dock) for dock in window.docks.values())
    ]


def behind(widget, dock):
    return dock.isAncestorOf(widget) and dock.visibleRegion().isEmpty()


@pytest.mark.parametrize("fronts", [("view", "mass", "pulls"), ("bounds", "ratio", "notes")])
def test_tab_reaches_every_control_and_goes_back_the_same_way(window, keys, fronts):
    for name in fronts:
        window.docks[name].raise_()
    settle(window)
    window.plane.setFocus()
    there = reached_by_tab(window, keys)
    missing = [widget for widget in controls(window) if widget not in there]
    assert [(type(widget).__name__, widget.objectName()) for widget in missing] == []
    window.plane.setFocus()
    back = reached_by_tab(window, keys, SHIFT)
    assert [back[0], *back[:0:-1]] == there


def test_tab_reaches_every_setting(window, keys):
    keys.press(Qt.Key.Key_3, ALT)
    there = reached_by_tab(window, keys)
    missing = [widget for widget in controls(window) if widget not in there]
    assert [(type(widget).__name__, widget.objectName()) for widget in missing] == []
