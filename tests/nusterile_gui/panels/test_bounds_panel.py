"""The filter over the bounds, and the word about those that are out of sight."""

from PySide6.QtCore import Qt
from window_hand import settle


def test_a_filter_hides_what_does_not_match(window, qtbot):
    panel, tree = window.bounds_panel, window.bounds_tree
    qtbot.keyClicks(panel.filter, "BOREX")
    assert not tree.item_of("borexino").isHidden()
    assert tree.item_of("sn1987a").isHidden()
    assert tree.item_of("sn1987a").parent().isHidden()
    panel.filter.clear()
    assert not tree.item_of("sn1987a").isHidden()


def test_a_group_ticks_only_what_the_filter_shows(window, qtbot):
    tree = window.bounds_tree
    tree.item_of("lep").setCheckState(0, Qt.CheckState.Checked)
    qtbot.keyClicks(window.bounds_panel.filter, "borexino")
    group = tree.item_of("borexino").parent()
    group.setCheckState(0, Qt.CheckState.Checked)
    shown = window.model.state.shown_bounds
    visible = {n for n in window.model.state.bounds if not tree.item_of(n).isHidden()}
    assert "borexino" in shown
    assert shown <= visible | {"lep"}
    assert "lep" in shown
    assert "sn1987a" not in shown
    for name in window.model.state.bounds:
        ticked = tree.item_of(name).checkState(0) == Qt.CheckState.Checked
        assert ticked == (name in shown)


def test_ticked_bounds_outside_the_view_are_named(window, qtbot):
    note = window.bounds_panel.note
    window.model.update(shown_bounds=frozenset({"borexino"}))
    settle(window)
    assert note.isHidden()
    window.plane.show_range((-3.0, -2.9), (-12.0, -11.9))
    qtbot.waitUntil(lambda: not note.isHidden(), timeout=2000)
    assert note.text() == f"Outside the view: {window.model.state.bounds['borexino'].label}"
    window.plane.show_all()
    qtbot.waitUntil(note.isHidden, timeout=2000)
