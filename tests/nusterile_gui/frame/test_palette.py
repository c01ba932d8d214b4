"""The command palette, and the shortcuts and tooltips of every action."""

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication
from window_hand import settle

from nusterile_gui.frame.finding import Entry, found, view_entries
from nusterile_gui.frame.palette import Palette


@pytest.fixture
def palette(window, qtbot):
    """Opens the palette by its keys."""

    def open_palette():
        window.activateWindow()
        window.plane.setFocus()
        qtbot.keyClick(window.plane, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
        (dialog,) = [d for d in window.findChildren(Palette) if d.isVisible()]
        return dialog

    return open_palette


def type_in(dialog, text, qtbot):
    qtbot.keyClicks(dialog.field, text)
    return [dialog.rows.item(k).text() for k in range(dialog.rows.count())]


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("degrees", lambda w: w.model.state.dof == 2),
        ("theme dark", lambda w: w.theme.name == "dark"),
        ("data pandax-4t", lambda w: "pandax4t" in w.model.state.selection),
        ("moment tau", lambda w: w.model.state.flavor == "tau"),
        ("bound borexino", lambda w: any("borexino" in n for n in w.model.state.shown_bounds)),
        ("massless", lambda w: w.model.state.massless),
        ("hide product small", lambda w: not w.model.layer.visible),
        ("go to bounds", lambda w: w.focusWidget() is w.bounds_tree),
        ("panels pulls", lambda w: not w.docks["pulls"].isVisible()),
        ("zoom in", lambda w: w.model.state.ranges != ()),
    ],
)
def test_a_few_letters_and_enter_do_it(window, palette, qtbot, text, check):
    dialog = palette()
    assert not check(window)
    type_in(dialog, text, qtbot)
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    settle(window)
    assert check(window)


def test_no_two_things_are_called_the_same(window):
    texts = [entry.text for entry in [*window.menus.entries(), *view_entries(window.model)]]
    assert len(texts) > 70
    assert [text for text, n in Counter(texts).items() if n > 1] == []


def test_arrows_choose_and_escape_does_nothing(window, palette, qtbot):
    dialog = palette()
    rows = type_in(dialog, "theme", qtbot)
    assert [row.split("    ")[0] for row in rows] == ["Theme: Light", "Theme: Dark"]
    assert rows[1].endswith("Ctrl+Alt+D")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.field, Qt.Key.Key_Down)
    assert dialog.rows.currentRow() == 1
    qtbot.keyClick(dialog.field, Qt.Key.Key_Escape)
    settle(window)
    assert window.theme.name == "light"
    assert not [d for d in window.findChildren(Palette) if d.isVisible()]


def test_what_is_not_found_is_said_and_enter_waits(window, palette, qtbot):
    dialog = palette()
    assert type_in(dialog, "xyzzy", qtbot) == ["nothing is called that"]
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    assert dialog.isVisible()
    dialog.reject()


def test_it_works_without_any_product(make_window, qtbot):
    window = make_window()
    window.menus.actions["find"].trigger()
    (dialog,) = window.findChildren(Palette)
    texts = type_in(dialog, "", qtbot)
    assert "File: Open    Ctrl+O" in texts
    assert not any("Save product" in text for text in texts)
    dialog.reject()


def test_words_are_found_in_any_order_case_and_notation():
    entries = [Entry(text, "", print) for text in ("Copy as Python", "Data: ¹²⁴Xe", "Asked: äß")]
    assert [e.text for e in found(entries, "PYTHON copy")] == ["Copy as Python"]
    assert [e.text for e in found(entries, "124xe")] == ["Data: ¹²⁴Xe"]
    assert [e.text for e in found(entries, "ass")] == ["Asked: äß"]
    assert found(entries, "as")[0].text == "Copy as Python"
    assert found(entries, "") == entries


def leaves(menu):
    for action in menu.actions():
        if action.menu() is not None:
            yield from leaves(action.menu())
        elif not action.isSeparator():
            yield action


def test_every_action_has_keys_of_its_own_and_a_tooltip_with_them(window):
    bar = window.menuBar()
    actions = [
        action
        for top in bar.actions()
        for action in leaves(top.menu())
        if action not in window.menus.recent.actions()
    ]
    assert len(actions) > 40
    keys = [action.shortcut() for action in actions]
    for action, key in zip(actions, keys, strict=True):
        assert not key.isEmpty(), action.text()
        assert f"({key.toString()})" in action.toolTip(), action.text()
    repeated = [key for key, n in Counter(k.toString() for k in keys).items() if n > 1]
    assert repeated == []
    assert all(menu.toolTipsVisible() for menu in window.menus.menus.values())


def test_every_panel_is_reached_and_hidden_by_keys(window, qtbot):
    window.activateWindow()
    for number, (name, dock) in enumerate(window.docks.items(), 1):
        window.plane.setFocus()
        digit = Qt.Key(Qt.Key.Key_0 + number) if number < 10 else Qt.Key.Key_A
        qtbot.keyClick(window.plane, digit, Qt.KeyboardModifier.AltModifier)
        qtbot.wait(20)
        assert not dock.visibleRegion().isEmpty(), name
        assert dock.isAncestorOf(QApplication.focusWidget()), name
        toggle = dock.toggleViewAction()
        assert isinstance(toggle, QAction)
        assert toggle.shortcut() == QKeySequence(f"Ctrl+F{number}")


def test_the_plane_is_zoomed_by_keys_around_the_cursor(window, qtbot):
    window.activateWindow()
    window.model.update(m_4=0.1, mu=1e-9)
    whole = window.plane.box.viewRange()
    for _ in range(6):
        window.menus.actions["zoom-in"].trigger()
    (left, right), (bottom, top) = window.plane.box.viewRange()
    assert right - left == pytest.approx((whole[0][1] - whole[0][0]) * 0.7**6)
    share = (-1 - whole[0][0]) / (whole[0][1] - whole[0][0])
    assert (-1 - left) / (right - left) == pytest.approx(share)
    assert bottom < -9 < top
    for _ in range(90):
        window.menus.actions["zoom-in"].trigger()
    assert window.plane.box.viewRange()[0][1] > window.plane.box.viewRange()[0][0]
    for _ in range(90):
        window.menus.actions["zoom-out"].trigger()
    window.menus.actions["all"].trigger()
    assert window.plane.box.viewRange() == whole
