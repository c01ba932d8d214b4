"""The size of text: chosen in the menu, for widgets and plots, and kept."""

import pyqtgraph as pg
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QFont, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from scene import cut_texts, overlapping_texts
from window_hand import settle

from nusterile_gui.frame.arrangement import ARRANGEMENTS
from nusterile_gui.look.text_size import TEXT_SIZES
from nusterile_gui.plots.plots import Plot

CONTROL_ALT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
KEYS = {
    "smaller": Qt.Key.Key_Minus,
    "normal": Qt.Key.Key_0,
    "larger": Qt.Key.Key_Equal,
    "presentation": Qt.Key.Key_P,
}


@pytest.fixture(autouse=True)
def font():
    """The application's font, which outlives a window, as it was."""
    before = QFont(QApplication.font())
    yield
    QApplication.setFont(before)


def press(window, key):
    window.activateWindow()
    window.plane.setFocus()
    QTest.keyClick(window, key, CONTROL_ALT)
    settle(window)
    for _ in range(10):
        QCoreApplication.processEvents()


def points(window):
    """Sizes of text, in points, by what shows it."""
    axes = [plot.getAxis(side) for plot in window.findChildren(Plot) for side in ("left", "bottom")]
    axes.append(window.plane.bar.axis)
    inside = [
        item
        for plot in window.findChildren(Plot)
        for item in plot.scene().items()
        if isinstance(item, pg.TextItem) and item.toPlainText()
    ]
    return {
        "widgets": {label.font().pointSizeF() for label in window.view_panel.findChildren(QLabel)},
        "fields": {window.read_out.mu.font().pointSizeF()},
        "ticks": {axis.style["tickFont"].pointSizeF() for axis in axes},
        "axes": {axis.label.font().pointSizeF() for axis in axes},
        "inside": {round(item.textItem.font().pointSizeF(), 6) for item in inside},
        "legend": {window.spectrum.legend.font().pointSizeF()},
    }


def test_keys_choose_a_size_for_all_text(window):
    window.model.update(shown_bounds=frozenset({"borexino"}), massless=True)
    usual = points(window)
    for name, scale in TEXT_SIZES.items():
        press(window, KEYS[name])
        assert window.menus.actions[f"text-{name}"].isChecked()
        for what, sizes in points(window).items():
            wanted = sorted(scale * size for size in usual[what])
            assert sorted(sizes) == pytest.approx(wanted, abs=0.02), what


def test_each_size_is_in_the_menu_with_a_shortcut_of_its_own(window):
    actions = [action for menu in window.menus.menus.values() for action in menu.actions()]
    sizes = window.menus.menus["Text size"].actions()
    assert [action.text() for action in sizes] == [name.capitalize() for name in TEXT_SIZES]
    for action in sizes:
        assert not action.shortcut().isEmpty()
        others = [other.shortcut() for other in actions if other is not action]
        assert action.shortcut() not in others
    assert QKeySequence("Ctrl+0") not in [action.shortcut() for action in sizes]


def test_a_size_is_kept_over_sessions_until_everything_is_forgotten(make_window, product):
    first = make_window(product)
    press(first, KEYS["larger"])
    larger = points(first)
    first.close()
    second = make_window(product)
    assert second.menus.actions["text-larger"].isChecked()
    assert points(second) == larger
    second.menus.actions["dark"].trigger()
    assert points(second) == larger
    second.menus.actions["reset"].trigger()
    assert second.menus.actions["text-normal"].isChecked()
    assert points(second)["widgets"] == {9.5}


def test_an_unknown_size_in_the_settings_is_the_usual_one(make_window, product):
    window = make_window(product)
    window.text_size = "enormous"
    window.memory.save_view({"text_size": "enormous"})
    window.memory.sync()
    other = make_window(product)
    assert other.text_size == "normal"
    window.text_size = "normal"


@pytest.mark.parametrize("name", ["smaller", "normal", "larger"])
def test_no_text_is_cut_in_a_small_window(make_window, product, name):
    window = make_window(product)
    window.resize(1280, 800)
    press(window, KEYS[name])
    window.model.update(m_4=0.1, mu=1.234e-11)
    settle(window)
    assert (window.width(), window.height()) == (1280, 800)
    for front in (("view", "mass", "pulls"), ("bounds", "ratio", "notes")):
        for dock in front:
            window.docks[dock].raise_()
        settle(window)
        assert cut_texts(window) == []
        assert overlapping_texts(window) == []


def test_names_of_levels_never_cover_the_caption_of_the_level(window):
    profile = window.moment_profile
    for name in ("normal", "larger", "presentation"):
        press(window, KEYS[name])
        for cl in (0.9, 0.93, 0.95, 0.97, 0.99):
            window.model.update(cl=cl)
            QCoreApplication.processEvents()
            own = profile.caption.mapRectToScene(profile.caption.boundingRect())
            for text in profile.guide_names:
                if text.isVisible():
                    other = text.mapRectToScene(text.boundingRect())
                    assert own.intersected(other).height() < 1.5


def test_large_type_arranges_the_panels_as_a_small_window_does(window):
    window.resize(1280, 800)
    QTest.qWait(60)
    large, small = ARRANGEMENTS["explore"]
    assert window.arranging._used is large
    window.menus.actions["text-presentation"].trigger()
    QTest.qWait(60)
    assert window.arranging._used is small
    assert window.plane.height() > 300
    window.menus.actions["text-normal"].trigger()
    QTest.qWait(60)
    assert window.arranging._used is large
