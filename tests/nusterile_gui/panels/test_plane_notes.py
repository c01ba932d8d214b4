"""Notes in the plane by the mouse: where they are drawn, dragged, chosen, changed and deleted."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtTest import QTest
from window_hand import drag, mouse, pixel, settle

from nusterile_gui.state.annotations import Annotation

TEXT = Annotation(text="two\nlines <b>bold</b> $^", m_4=0.01, mu=1e-8)
ARROW = Annotation(text="here", m_4=0.01, mu=1e-8, target=(0.1, 1e-9))


def show(window, *notes):
    window.resize(1280, 800)
    window.model.update(annotations=notes)
    settle(window)
    QTest.qWait(30)


def spot(window, point):
    return pixel(window.plane, *np.log10(point))


def box(window, item):
    """Rectangle of an item, pixels of the plane."""
    shape = item.sceneTransform().mapRect(item.boundingRect())
    return window.plane.mapFromScene(shape).boundingRect()


def double_click(plot, place):
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        mouse(plot, kind, place)
    for kind in (QEvent.Type.MouseButtonDblClick, QEvent.Type.MouseButtonRelease):
        mouse(plot, kind, place)


def test_a_text_stands_at_its_place_as_it_was_written(window):
    show(window, TEXT)
    (item,) = window.plane.notes.items
    assert item.toPlainText() == TEXT.text
    away = QPointF(box(window, item).center()) - spot(window, TEXT.place)
    assert away.manhattanLength() <= 4


@pytest.mark.parametrize("place", [(0.00101, 1e-8), (3.9, 1e-8), (0.01, 1.05e-12), (0.01, 9e-7)])
def test_a_text_at_the_edge_is_inside_the_frame(window, place):
    show(window, Annotation(text="rather a long note", m_4=place[0], mu=place[1]))
    (item,) = window.plane.notes.items
    assert item.isVisible()
    assert window.plane._view_rectangle().contains(box(window, item))


def test_a_note_outside_the_view_is_not_drawn(window):
    show(window, ARROW)
    (item,) = window.plane.notes.items
    window.plane.show_range((-0.5, 0.5), (-11.0, -9.0))
    QTest.qWait(30)
    assert not item.isVisible()
    ((x, _),) = window.plane.notes._arrows.shown()
    assert np.isnan(x).all()
    window.plane.show_all()
    QTest.qWait(30)
    assert item.isVisible()


def test_an_arrow_goes_from_the_edge_of_its_text_to_the_tip(window):
    show(window, ARROW)
    (item,) = window.plane.notes.items
    ((x, y),) = window.plane.notes._arrows.shown()
    assert (x[1], y[1]) == pytest.approx(np.log10(ARROW.target))
    start = pixel(window.plane, x[0], y[0]).toPoint()
    shape = box(window, item)
    assert shape.adjusted(-2, -2, 2, 2).contains(start)
    assert not shape.adjusted(4, 4, -4, -4).contains(start)


def test_an_arrow_whose_tip_is_below_its_text_is_not_drawn(window):
    show(window, Annotation(text="here", m_4=0.01, mu=1e-8, target=(0.0101, 1e-8)))
    ((x, _),) = window.plane.notes._arrows.shown()
    assert np.isnan(x).all()


def test_labels_keep_away_from_notes_and_arrows(window):
    settle(window)
    QTest.qWait(30)
    label = next(each for each in window.plane._labels if each.item.isVisible())
    below = box(window, label.item)
    place = window.plane.box.mapSceneToView(window.plane.mapToScene(below.center()))
    point = (float(10.0 ** place.x()), float(10.0 ** place.y()))
    show(window, Annotation(text="a note on the label", m_4=point[0], mu=point[1]))
    (note,) = window.plane.notes.items
    for each in window.plane._labels:
        if each.item.isVisible():
            assert not box(window, each.item).intersects(box(window, note))
    arrow = Annotation(text="", m_4=point[0], mu=point[1] / 3, target=(point[0], point[1] * 3))
    show(window, arrow)
    line = spot(window, point).toPoint()
    for each in window.plane._labels:
        if each.item.isVisible():
            assert not box(window, each.item).contains(line)


def test_a_drag_moves_the_text_and_is_one_step(window):
    show(window, ARROW)
    cursor = (window.model.state.m_4, window.model.state.mu)
    drag(window.plane, spot(window, ARROW.place), spot(window, (0.1, 1e-7)))
    (note,) = window.model.state.annotations
    assert np.log10(note.place) == pytest.approx([-1, -7], abs=0.03)
    assert note.target == ARROW.target
    assert (window.model.state.m_4, window.model.state.mu) == cursor
    window.menus.actions["undo"].trigger()
    assert window.model.state.annotations == (ARROW,)


def test_a_drag_at_the_tip_of_the_chosen_note_moves_the_tip(window):
    show(window, ARROW)
    drag(window.plane, spot(window, ARROW.target), spot(window, (0.5, 1e-11)))
    assert window.model.state.annotations == (ARROW,)  # it was the cursor that was moved
    assert np.log10(window.model.state.m_4) == pytest.approx(np.log10(0.5), abs=0.05)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        mouse(window.plane, kind, spot(window, ARROW.place))
    drag(window.plane, spot(window, ARROW.target), spot(window, (0.5, 1e-11)))
    (note,) = window.model.state.annotations
    assert note.place == ARROW.place
    assert np.log10(note.target) == pytest.approx(np.log10([0.5, 1e-11]), abs=0.03)


def test_a_click_chooses_delete_removes_and_arrows_still_move_the_cursor(window, qtbot):
    show(window, TEXT, Annotation(text="other", m_4=1.0, mu=1e-11))
    plane, before = window.plane, window.model.state
    place = spot(window, TEXT.place)
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        mouse(plane, kind, place)
    assert plane.notes.chosen == 0
    assert window.annotations.currentRow() == 0
    assert window.model.state == before
    qtbot.keyClick(plane, Qt.Key.Key_Delete)
    assert [note.text for note in window.model.state.annotations] == ["other"]
    assert plane.notes.chosen == -1
    qtbot.keyClick(plane, Qt.Key.Key_Delete)  # nothing is chosen any more
    assert len(window.model.state.annotations) == 1
    window.menus.actions["undo"].trigger()
    assert window.model.state.annotations == before.annotations


def test_a_click_elsewhere_chooses_none_and_moves_the_cursor(window):
    show(window, TEXT)
    window.plane.notes.choose(0)
    place = spot(window, (1.0, 1e-11))
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        mouse(window.plane, kind, place)
    QTest.qWait(60)
    assert window.plane.notes.chosen == -1
    assert np.log10(window.model.state.m_4) == pytest.approx(0.0, abs=0.05)


def test_a_double_click_asks_for_the_note_and_leaves_zoom_and_cursor(window):
    show(window, TEXT)
    window.plane.show_range((-2.5, 0.0), (-11.0, -7.0))
    QTest.qWait(30)
    before, ranges = window.model.state, window.plane.box.viewRange()
    double_click(window.plane, spot(window, TEXT.place))
    assert window.annotating.dialog.text.toPlainText() == TEXT.text
    window.annotating.dialog.reject()
    QTest.qWait(60)
    assert window.plane.box.viewRange() == ranges
    assert window.model.state == before
    # The mouse is free again.
    drag(window.plane, spot(window, (0.3, 1e-10)), spot(window, (0.5, 1e-10)))
    assert np.log10(window.model.state.m_4) == pytest.approx(np.log10(0.5), abs=0.05)


def test_a_note_that_goes_while_it_is_held_is_let_go(window):
    show(window, TEXT)
    place = spot(window, TEXT.place)
    mouse(window.plane, QEvent.Type.MouseButtonPress, place)
    mouse(window.plane, QEvent.Type.MouseMove, place + QPointF(40, 40))
    window.model.update(annotations=())
    mouse(window.plane, QEvent.Type.MouseMove, place + QPointF(60, 60))
    mouse(window.plane, QEvent.Type.MouseButtonRelease, place + QPointF(60, 60))
    QTest.qWait(30)
    assert window.model.state.annotations == ()
