"""Cursor B by a hand: set, dragged, stepped, exchanged, removed; compared with A."""

import time

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from scene import cut_texts, overlapping_texts
from window_hand import drag, pixel, settle

from nusterile_gui.plots.axes import positions
from nusterile_gui.state.comparison import Compared, compared

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def press(plot, *places):
    """Press at the first place with Shift, move to the others, release at the last."""
    viewport = plot.viewport()
    left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
    kinds = [QEvent.Type.MouseButtonPress, *(len(places) - 1) * [QEvent.Type.MouseMove]]
    steps = [*zip(kinds, places, strict=True), (QEvent.Type.MouseButtonRelease, places[-1])]
    for kind, place in steps:
        button = none if kind == QEvent.Type.MouseMove else left
        held = none if kind == QEvent.Type.MouseButtonRelease else left
        event = QMouseEvent(kind, place, viewport.mapToGlobal(place), button, held, SHIFT)
        QApplication.sendEvent(viewport, event)
        time.sleep(0.01)
        QCoreApplication.processEvents()
    QTest.qWait(20)


def cells(window):
    table = window.comparison.table
    return {
        table.verticalHeaderItem(k).text().partition("[")[0].strip(): [
            table.item(k, column).text() for column in range(4)
        ]
        for k in range(table.rowCount())
    }


def test_shift_sets_and_moves_b_and_leaves_the_cursor(window):
    window.model.update(m_4=0.1, mu=1e-11)
    plane = window.plane
    press(plane, pixel(plane, -0.5, -9.0))
    assert window.model.state.second == pytest.approx((10**-0.5, 1e-9), rel=0.05)
    press(plane, pixel(plane, -2.0, -8.0), pixel(plane, -1.5, -8.0), pixel(plane, -1.0, -7.5))
    assert window.model.state.second == pytest.approx((0.1, 10**-7.5), rel=0.05)
    assert (window.model.state.m_4, window.model.state.mu) == (0.1, 1e-11)
    window.menus.actions["undo"].trigger()  # the drag is one step
    assert window.model.state.second == pytest.approx((10**-0.5, 1e-9), rel=0.05)
    window.menus.actions["undo"].trigger()
    assert window.model.state.second == ()


def test_b_is_dragged_by_its_mark_and_a_from_elsewhere(window):
    window.model.update(m_4=0.1, mu=1e-11, second=(0.3, 1e-9))
    plane = window.plane
    at = pixel(plane, np.log10(0.3), -9.0)
    drag(plane, at, pixel(plane, -2.0, -8.0))
    assert window.model.state.second == pytest.approx((0.01, 1e-8), rel=0.05)
    assert (window.model.state.m_4, window.model.state.mu) == (0.1, 1e-11)
    drag(plane, at, pixel(plane, -1.5, -8.5))
    assert window.model.state.second == pytest.approx((0.01, 1e-8), rel=0.05)
    assert window.model.state.mu == pytest.approx(10**-8.5, rel=0.05)


def test_where_both_are_the_cursor_is_dragged(window):
    window.model.update(m_4=0.1, mu=1e-9)
    window.menus.actions["second"].trigger()
    drag(window.plane, pixel(window.plane, -1.0, -9.0), pixel(window.plane, -2.0, -8.0))
    assert window.model.state.second == (0.1, 1e-9)
    assert window.model.state.m_4 == pytest.approx(0.01, rel=0.05)


def test_keys(window, qtbot):
    window.activateWindow()
    window.plane.setFocus()
    i, j = window.model.point()
    before = (window.model.state.m_4, window.model.state.mu)
    qtbot.keyClick(window.plane, Qt.Key.Key_B)
    assert window.model.state.second == before
    assert "Alt+A" in window.statusBar().currentMessage()
    qtbot.keyClick(window.plane, Qt.Key.Key_Right, CONTROL)
    qtbot.keyClick(window.plane, Qt.Key.Key_Up, CONTROL | SHIFT)
    assert window.model.second_point() == (i + 1, min(j + 10, 24))
    assert window.model.point() == (i, j)
    there = window.model.state.second
    qtbot.keyClick(window.plane, Qt.Key.Key_X)
    assert (window.model.state.m_4, window.model.state.mu) == there
    assert window.model.state.second == before
    qtbot.keyClick(window.plane, Qt.Key.Key_B, SHIFT)
    assert window.model.state.second == ()
    qtbot.keyClick(window.plane, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    assert window.comparison.isAncestorOf(QApplication.focusWidget())


def test_b_stays_inside_the_grid_of_another_product(window, other_product):
    window.model.update(second=(4.0, 1e-6))
    window.open_anything([other_product])
    settle(window)
    assert window.model.state.second == (0.5, 1e-8)


@pytest.mark.parametrize("along", ["moment", "mass"])
def test_profiles_show_b_dashed_with_its_own_curve(window, along):
    model = window.model
    plot = window.moment_profile if along == "moment" else window.mass_profile
    assert not plot.second.line.isVisible()
    model.update(m_4=0.05, mu=1e-11, second=(0.5, 3e-10))
    slices, state = model.layer.slices, model.state
    k, n = model.second_point()
    assert plot.second.line.isVisible()
    assert plot.second.line.value() == np.log10(state.second[1 if along == "moment" else 0])
    assert plot.second.line.pen.style() == Qt.PenStyle.DashLine
    ((x, y),) = plot.second_curve.shown()
    fit = (state.selection, state.flavor)
    expected = (
        (positions(slices.moments), slices.along_mu(*fit, k, state.dof))
        if along == "moment"
        else (positions(slices.masses), slices.along_m4(*fit, n, state.dof))
    )
    np.testing.assert_array_equal(x, expected[0])
    np.testing.assert_array_equal(y, expected[1])
    assert [letter.isVisible() for letter in plot.second.letters] == [True, True]
    # In the same row nothing is drawn twice.
    model.update(second=(state.m_4, state.mu))
    assert not plot.second_curve.shown()
    model.remove_second()
    assert not plot.second.line.isVisible()
    assert not any(letter.isVisible() for letter in plot.second.letters)


def test_a_profile_moves_b_along_its_axis(window):
    window.model.update(m_4=0.1, mu=1e-11, second=(0.3, 1e-9))
    plot = window.moment_profile
    press(plot, pixel(plot, -8.0, 5.0))
    assert window.model.state.second == pytest.approx((0.3, 1e-8), rel=0.1)
    drag(plot, pixel(plot, -8.0, 8.0), pixel(plot, -7.0, 8.0))
    assert window.model.state.second == pytest.approx((0.3, 1e-7), rel=0.1)
    window.model.remove_second()
    plot = window.mass_profile
    press(plot, pixel(plot, -2.0, 5.0))
    assert window.model.state.second == pytest.approx((0.01, 1e-11), rel=0.1)
    assert (window.model.state.m_4, window.model.state.mu) == (0.1, 1e-11)


def test_the_plane_shows_b_only_where_it_is(window):
    plane = window.plane
    window.model.update(m_4=0.01, mu=1e-10)
    settle(window)
    before = plane.grab().toImage()
    window.model.update(second=(0.5, 1e-7))
    QTest.qWait(20)
    after = plane.grab().toImage()
    line = pixel(plane, np.log10(0.5), -8.0).toPoint()
    column = [
        before.pixel(line.x(), y) != after.pixel(line.x(), y)
        for y in range(line.y() - 30, line.y() + 30)
    ]
    assert 10 < sum(column) < 50  # dashes
    window.model.remove_second()
    QTest.qWait(20)
    assert plane.grab().toImage() == before


@pytest.mark.parametrize("letter", ["A", "B"])
def test_letters_keep_off_the_labels_of_the_plane(window, letter):
    plane = window.plane
    window.model.update(m_4=0.01, mu=1e-10)
    settle(window)
    plane.set_cross(None)
    plain = plane.grab().toImage()
    moved = 0
    for label in [label.item for label in plane._labels if label.item.isVisible()]:
        scene = label.sceneTransform().mapRect(label.boundingRect())
        box = plane.mapFromScene(scene).boundingRect()
        # The ring is off the text, but the letter where it usually stands is not.
        for place, away in (
            (box.bottomLeft() + QPoint(-8, 11), plane.height()),
            (box.topLeft() + QPoint(-8, -11), 0),
        ):
            here = plane.box.mapSceneToView(plane.mapToScene(place))
            other = plane.box.mapSceneToView(plane.mapToScene(QPoint(place.x(), away)))
            cursors = (here, other) if letter == "A" else (other, here)
            plane.set_cross(cursors[0])
            plane.set_second(cursors[1])
            written = plane.letter_boxes()[letter]
            moved += (written.top() > place.y()) == bool(away)
            seen = plane.grab().toImage()
            clip = box.adjusted(1, 1, -1, -1)
            if not any(ring.intersects(clip) for ring in rings(plane)):
                assert seen.copy(clip) == plain.copy(clip), label.toPlainText()
    assert moved


def rings(plane):
    """Pixels that the rings of both cross-hairs may cover."""
    for cross in (plane.cross, plane.second):
        place = plane.pixel_of(cross)
        yield QRect(place - QPoint(9, 9), place + QPoint(9, 9))


def test_the_table_compares_what_the_read_out_says(window):
    model = window.model
    model.update(m_4=0.05, mu=1e-11, second=(0.5, 3e-10))
    window.go_to("cursors")
    settle(window)
    rows = {row.name: row for row in compared(model)}
    slices, state = model.layer.slices, model.state
    (i, j), (k, n) = model.point(), model.second_point()
    fit = (state.selection, state.flavor)
    limit, _ = slices.limit(*fit, state.cl, state.dof)
    assert (rows["limit"].a, rows["limit"].b) == (limit[i], limit[k])
    assert rows["limit"].difference == limit[k] - limit[i]
    assert rows["limit"].ratio == limit[k] / limit[i]
    assert rows["Δχ²"].b == slices.at(*fit, k, n, state.dof)
    assert rows["m₄"].a == slices.masses[i]
    assert rows["μ"].b == slices.moments[n]
    first = slices.spectrum(state.experiment, state.flavor, i, j)
    assert rows["events"].a == first.total.sum()
    assert rows["dipole events"].a == first.dipole.sum()
    read_out = window.read_out
    shown = cells(window)
    assert read_out.delta.text().startswith(f"{shown['Δχ²'][0]} ")
    assert read_out.events.text().startswith(f"{shown['events'][0]} ")
    assert read_out.excluded.text() == f"at {shown['excluded'][0]} % CL"
    window.menus.actions["exchange"].trigger()
    assert cells(window)["m₄"][:2] == shown["m₄"][1::-1]
    window.menus.actions["no-second"].trigger()
    assert not window.comparison.table.isVisible()
    assert "Shift" in window.comparison.said.text()


def test_a_table_that_was_behind_is_up_to_date(window):
    window.go_to("notes")
    window.model.update(m_4=0.05, mu=1e-11, second=(0.5, 3e-10))
    settle(window)
    window.go_to("cursors")
    settle(window)
    before = cells(window)["Δχ²"]
    window.go_to("notes")
    window.model.exchange()
    settle(window)
    window.go_to("cursors")
    settle(window)
    assert cells(window)["Δχ²"][:2] == before[1::-1]


def test_no_limit_is_called_none_and_has_no_difference(window):
    model = window.model
    limit, status = model.layer.slices.limit("combined", "effective", 0.9, 1)
    missing = int(np.flatnonzero(np.isnan(limit))[0])
    model.update(m_4=0.05, mu=1e-11, selection="combined")
    model.update(second=(float(model.layer.slices.masses[missing]), 1e-11))
    window.go_to("cursors")
    settle(window)
    assert cells(window)["limit"][1:] == ["none", "–", "–"]
    row = [name.startswith("limit") for name in cells(window)].index(True)
    assert str(status[missing]) in window.comparison.table.item(row, 1).toolTip()


def test_nothing_is_divided_by_nothing():
    assert np.isnan(Compared("Δχ²", "", 0.0, 2.0).ratio)
    assert np.isnan(Compared("limit", "μ_B", float("nan"), 2.0).difference)


def test_the_table_is_copied_to_the_bit(window, qtbot):
    window.model.update(m_4=0.05, mu=1e-11, second=(0.5, 3e-10))
    window.activateWindow()
    window.go_to("cursors")
    qtbot.wait(10)
    window.menus.actions["copy-numbers"].trigger()
    head, *lines = QGuiApplication.clipboard().text().splitlines()
    assert head.split("\t")[2:6] == ["A", "B", "B - A", "B / A"]
    rows = compared(window.model)
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        values = [float(cell) for cell in line.split("\t")[2:6] if cell]
        wanted = [row.a, row.b, row.difference, row.ratio]
        assert values == [value for value in wanted if value == value]
        assert line.split("\t")[:2] == [row.name, row.unit]


@pytest.mark.parametrize("panel", ["moment", "mass"])
def test_profiles_are_copied_with_that_of_b(window, panel):
    from nusterile_gui.sharing.numbers import panel_numbers

    window.model.update(m_4=0.05, mu=1e-11, second=(0.5, 3e-10))
    plot = window.moment_profile if panel == "moment" else window.mass_profile
    drawn = [y for _, y in (*plot.curves.shown(), *plot.second_curve.shown())]
    copied = [row[-1] for row in panel_numbers(window.model, panel).rows]
    np.testing.assert_array_equal(np.array(copied, dtype=float), np.concatenate(drawn))


@pytest.mark.parametrize("size", [(900, 600), (1280, 800)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_cut(window, size, theme):
    window.resize(*size)
    window.menus.actions[theme].trigger()
    window.model.update(m_4=0.05, mu=1e-11, second=(0.5, 3e-10))
    settle(window)
    for panels in (("cursors", "moment"), ("cursors", "mass")):
        for name in panels:
            window.docks[name].raise_()
        settle(window)
        QTest.qWait(20)
        assert not cut_texts(window)
        assert not overlapping_texts(window)
        assert not window.comparison.table.horizontalScrollBar().isVisible()
