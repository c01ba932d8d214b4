"""The mouse at curves and labels of the plane: highlight, name, show alone, hide."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from window_hand import pixel, settle

from nusterile_gui.state.solo import BoundCurve, LimitOf


@pytest.fixture
def crowded(window):
    """Two data sets, two moments and every bound in a large window."""
    window.resize(1500, 950)
    bounds = frozenset(window.model.state.bounds)
    window.model.update(
        shown_selections=frozenset({"combined", "xenonnt_sr0", "pandax4t_run0"}),
        shown_flavors=frozenset({"effective", "mu"}),
        shown_bounds=bounds,
        massless=True,
    )
    settle(window)
    QTest.qWait(30)
    return window


def send(window, kind, place, modifiers=Qt.KeyboardModifier.NoModifier, pressed=None):
    viewport = window.plane.viewport()
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    button = none if kind == QEvent.Type.MouseMove else left
    held = left if kind == QEvent.Type.MouseButtonPress or pressed else none
    place = QPointF(place)
    event = QMouseEvent(kind, place, viewport.mapToGlobal(place), button, held, modifiers)
    QApplication.sendEvent(viewport, event)


def click(window, place, modifiers=Qt.KeyboardModifier.NoModifier):
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
        send(window, kind, place, modifiers)
    settle(window)
    QTest.qWait(30)


def place_of_label(window, source):
    for label in window.plane._labels:
        if label.source == source and label.item.isVisible():
            box = label.item.sceneTransform().mapRect(label.item.boundingRect())
            return window.plane.mapFromScene(box.center())
    raise AssertionError(f"no label of {source} is drawn")


def a_labelled(window, kind):
    sources = [each.source for each in window.plane._labels if each.item.isVisible()]
    state = window.model.state
    fit = LimitOf(state.active, state.selection, state.flavor)
    return next(source for source in sources if isinstance(source, kind) and source != fit)


def drawn(window):
    state = window.model.state
    return state.shown_bounds, state.massless, state.shown_selections, state.shown_flavors


def test_a_curve_below_the_mouse_is_highlighted_and_named(crowded):
    plane = crowded.plane
    x, y = plane.limits.arrays()[0]
    name = plane.limits.named_curves()[0].text
    before = plane.grab().toImage()
    picture = plane._picture.cacheKey()
    send(crowded, QEvent.Type.MouseMove, pixel(plane, x[2], y[2]))
    QTest.qWait(60)
    assert plane.pointing.name_at(pixel(plane, x[2], y[2]).toPoint()) == name
    assert QToolTip.text()
    assert plane.grab().toImage() != before
    # On top of the picture, which is not drawn anew.
    assert plane._picture.cacheKey() == picture
    empty = next(
        place
        for place in (QPoint(px, py) for px in range(80, 700, 7) for py in range(40, 400, 7))
        if not plane.pointing.name_at(place)
    )
    send(crowded, QEvent.Type.MouseMove, empty)
    QTest.qWait(60)
    assert plane.grab().toImage() == before


def test_a_drag_names_nothing(crowded):
    plane = crowded.plane
    x, y = plane.limits.arrays()[0]
    send(crowded, QEvent.Type.MouseMove, pixel(plane, x[2], y[2]), pressed=True)
    QTest.qWait(60)
    assert plane._highlight is None


@pytest.mark.parametrize("kind", [BoundCurve, LimitOf])
def test_a_click_on_a_label_shows_its_curve_alone_and_another_click_all(crowded, kind):
    before, cursor = drawn(crowded), (crowded.model.state.m_4, crowded.model.state.mu)
    source = a_labelled(crowded, kind)
    click(crowded, place_of_label(crowded, source))
    state = crowded.model.state
    if kind is BoundCurve:
        assert state.shown_bounds == {source.name}
        assert state.shown_selections == {state.selection}
    else:
        assert state.shown_bounds == frozenset()
        assert (state.selection, state.flavor) == (source.selection, source.flavor)
        assert len(crowded.plane.limits.curves) == 1
    assert not state.massless
    assert (state.m_4, state.mu) == cursor
    click(crowded, place_of_label(crowded, source))
    after = drawn(crowded)
    assert after[:2] == before[:2]
    assert before[2] <= after[2]
    assert before[3] <= after[3]


def test_alt_and_a_click_hide_a_curve(crowded):
    source = a_labelled(crowded, BoundCurve)
    before = drawn(crowded)
    click(crowded, place_of_label(crowded, source), Qt.KeyboardModifier.AltModifier)
    assert drawn(crowded)[0] == before[0] - {source.name}
    assert drawn(crowded)[1:] == before[1:]
    crowded.history.undo()
    assert drawn(crowded) == before


def test_the_limit_of_the_fit_cannot_be_hidden(crowded):
    state = crowded.model.state
    fit = LimitOf(state.active, state.selection, state.flavor)
    before = drawn(crowded)
    click(crowded, place_of_label(crowded, fit), Qt.KeyboardModifier.AltModifier)
    assert drawn(crowded) == before


def test_a_key_leaves_the_limit_of_the_fit_and_brings_the_rest_back(crowded, qtbot):
    before = drawn(crowded)
    qtbot.keyClick(crowded, Qt.Key.Key_O)
    settle(crowded)
    assert len(crowded.plane.limits.curves) == 1
    assert not crowded.model.state.shown_bounds
    # What is changed meanwhile is not lost to what stood before.
    qtbot.keyClick(crowded, Qt.Key.Key_O)
    settle(crowded)
    assert drawn(crowded) == before
    qtbot.keyClick(crowded, Qt.Key.Key_O)
    crowded.model.update(shown_bounds=frozenset({"borexino"}))
    qtbot.keyClick(crowded, Qt.Key.Key_O)
    assert crowded.model.state.shown_bounds == frozenset()
    qtbot.keyClick(crowded, Qt.Key.Key_O)
    assert crowded.model.state.shown_bounds == {"borexino"}


def test_a_click_beside_labels_moves_the_cursor(crowded):
    plane = crowded.plane
    empty = next(
        place
        for place in (QPoint(px, py) for px in range(150, 700, 7) for py in range(60, 400, 7))
        if not plane.pointing.is_label(place)
    )
    before = crowded.model.state
    click(crowded, empty)
    at = plane.box.mapSceneToView(QPointF(plane.mapToScene(empty)))
    assert np.log10(crowded.model.state.mu) == pytest.approx(at.y(), abs=0.05)
    assert drawn(crowded) == (
        before.shown_bounds,
        before.massless,
        before.shown_selections,
        before.shown_flavors,
    )


def test_a_drag_that_begins_at_a_label_moves_the_cursor(crowded):
    source = a_labelled(crowded, BoundCurve)
    before, start = drawn(crowded), QPointF(place_of_label(crowded, source))
    end = start + QPointF(60, 30)
    send(crowded, QEvent.Type.MouseButtonPress, start)
    for part in (0.02, 0.5, 1.0):
        send(crowded, QEvent.Type.MouseMove, start + (end - start) * part, pressed=True)
        QTest.qWait(20)
    send(crowded, QEvent.Type.MouseButtonRelease, end)
    settle(crowded)
    QTest.qWait(30)
    at = crowded.plane.box.mapSceneToView(QPointF(crowded.plane.mapToScene(end.toPoint())))
    assert np.log10(crowded.model.state.m_4) == pytest.approx(at.x(), abs=0.05)
    assert drawn(crowded) == before
