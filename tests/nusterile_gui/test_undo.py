"""Undo and redo by a hand at the window: whatever was done, the view before comes back."""

import random
from dataclasses import fields

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from window_hand import boxes, drag, mouse, pixel, settle

ACTIONS = 200


def click(plot, place):
    mouse(plot, QEvent.Type.MouseButtonPress, place)
    mouse(plot, QEvent.Type.MouseButtonRelease, place)


def double_click(plot, place):
    click(plot, place)
    mouse(plot, QEvent.Type.MouseButtonDblClick, place)
    mouse(plot, QEvent.Type.MouseButtonRelease, place)


def wheel(plot, place, turns):
    viewport = plot.viewport()
    event = QWheelEvent(
        place,
        viewport.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120 * turns),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def looks(window):
    """The view to the bit: every field, the plane's axes, what the widgets show."""
    QTest.qWait(15)
    state = window.model.state
    values = {e.name: getattr(state, e.name) for e in fields(state) if e.name != "layers"}
    layers = [(layer.key, layer.name, layer.color, layer.visible) for layer in state.layers]
    panel = window.view_panel
    return (
        values,
        layers,
        window.plane.box.viewRange() if layers else None,
        panel.selection.currentText(),
        panel.flavor.currentText(),
        panel.cl.value(),
        panel.ratio.currentText(),
        [panel.selections.item(k).checkState() for k in range(panel.selections.count())],
        window.read_out.m_4.text(),
        len(window.plane.limits.curves),
    )


class Hand:
    """Random actions of a hand."""

    def __init__(self, window, products, seed):
        self.window, self.products = window, products
        self.random = random.Random(seed)

    def act(self):
        names = "point drag zoom whole key check choose level type bound layer open close double "
        names += "second pin curve note"
        getattr(self, self.random.choice(names.split()))()
        settle(self.window)  # whoever looks then waits too

    def place(self):
        size = self.window.plane.viewport().size()
        x, y = self.random.uniform(0.2, 0.7), self.random.uniform(0.1, 0.8)
        return QPointF(x * size.width(), y * size.height())

    def point(self):
        click(self.window.plane, self.place())

    def second(self):
        name = self.random.choice(("second", "second", "exchange", "no-second"))
        self.window.menus.actions[name].trigger()

    def pin(self):
        self.window.menus.actions[self.random.choice(("pin", "pin", "unpin"))].trigger()

    def double(self):
        double_click(self.window.plane, self.place())

    def drag(self):
        drag(self.window.plane, self.place(), self.place(), steps=3)

    def zoom(self):
        wheel(self.window.plane, self.place(), self.random.choice((-1, 1, 2)))

    def whole(self):
        self.window.menus.actions["all"].trigger()

    def key(self):
        keys = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
        QTest.keyClick(self.window.plane, self.random.choice(keys))

    def check(self):
        panel = self.window.view_panel
        rows = self.random.choice([panel.layers, panel.selections, panel.flavors])
        if rows.count():
            item = rows.item(self.random.randrange(rows.count()))
            if item.flags() & Qt.ItemFlag.ItemIsUserCheckable:
                on = item.checkState() == Qt.CheckState.Checked
                item.setCheckState(Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def choose(self):
        panel, spectrum = self.window.view_panel, self.window.spectrum
        combo = self.random.choice(
            [panel.selection, panel.flavor, panel.dof, panel.ratio, spectrum.quantity]
        )
        if combo.count():
            index = self.random.randrange(combo.count())
            combo.setCurrentIndex(index)
            combo.activated.emit(index)

    def level(self):
        self.window.view_panel.cl.setValue(self.random.uniform(50, 99))

    def type(self):
        field = self.random.choice([self.window.read_out.m_4, self.window.read_out.mu])
        field.selectAll()
        QTest.keyClicks(field, self.random.choice(("0.3", "2e-11", "1e-9")))
        QTest.keyClick(field, Qt.Key.Key_Return)

    def bound(self):
        item = self.random.choice(self.window.bounds_tree._leaves())
        on = item.checkState(0) == Qt.CheckState.Checked
        item.setCheckState(0, Qt.CheckState.Unchecked if on else Qt.CheckState.Checked)

    def curve(self):
        if self.random.random() < 0.5 and self.window.model.state.own_curves:
            self.window.menus.actions[self.random.choice(["edit-curve", "remove-curve"])].trigger()
            if self.window.own_curves.dialog is not None:
                self.window.own_curves.dialog.cl.setValue(self.random.uniform(50, 99))
                self.window.own_curves.dialog.ok.click()
            return
        QGuiApplication.clipboard().setText(f"0.1 {self.random.uniform(1, 9)}e-10\n1 4e-10")
        self.window.menus.actions["paste"].trigger()
        self.window.own_curves.dialog.ok.click()

    def note(self):
        """Write a note, or drag one or delete it."""
        notes, plane = self.window.model.state.annotations, self.window.plane
        if notes and self.random.random() < 0.3:
            plane.notes.choose(self.random.randrange(len(notes)))
            QTest.keyClick(plane, Qt.Key.Key_Delete)
        elif notes and self.random.random() < 0.6:
            note = self.random.choice(notes)
            drag(plane, pixel(plane, *np.log10(note.place)), self.place(), steps=3)
        else:
            self.window.menus.actions[self.random.choice(["note", "arrow"])].trigger()
            QTest.keyClicks(self.window.annotating.dialog.text, "a word")
            self.window.annotating.dialog.ok.click()

    def layer(self):
        rows = self.window.view_panel.layers
        if rows.count():
            rows.setCurrentRow(self.random.randrange(rows.count()))

    def open(self):
        if len(self.window.model.state.layers) < 4:
            self.window.open_anything([self.random.choice(self.products)])

    def close(self):
        if len(self.window.model.state.layers) > 1:
            self.window.menus.actions["close"].trigger()


@pytest.mark.parametrize("seed", [1, 2])
def test_undo_brings_back_the_view_to_the_bit(window, product, other_product, seed):
    now = [0.0]
    window.history._clock = lambda: now[0]
    hand = Hand(window, [product, other_product], seed)
    actions = window.menus.actions
    first = looks(window)
    assert not actions["undo"].isEnabled()  # what the start did is nothing to undo
    seen = [first]
    for _ in range(ACTIONS // 2):
        before = looks(window)
        now[0] += 10.0
        hand.act()
        after = looks(window)
        if after == before:
            continue
        actions["undo"].trigger()
        assert looks(window) == before
        actions["redo"].trigger()
        assert looks(window) == after
        seen.append(after)
    assert len(seen) > ACTIONS // 4
    for view in seen[-2::-1]:
        actions["undo"].trigger()
        assert looks(window) == view
    assert looks(window) == first
    while window.history.redoable:
        actions["redo"].trigger()
    assert looks(window) == seen[-1]


def test_a_drag_is_one_step(window, qtbot):
    before = looks(window)
    drag(window.plane, pixel(window.plane, -2, -11), pixel(window.plane, 0.0, -8.0), steps=12)
    assert looks(window) != before
    window.menus.actions["undo"].trigger()
    assert looks(window) == before


def test_a_double_click_shows_everything_and_leaves_the_cursor(window):
    window.model.update(m_4=0.3, mu=1e-10)
    whole = window.plane.box.viewRange()
    wheel(window.plane, pixel(window.plane, -1, -9), 3)
    assert window.plane.box.viewRange() != whole
    double_click(window.plane, pixel(window.plane, -1.5, -9.5))
    QTest.qWait(30)
    assert window.plane.box.viewRange() == whole
    assert (window.model.state.m_4, window.model.state.mu) == (0.3, 1e-10)
    click(window.plane, pixel(window.plane, -1.5, -9.5))
    QTest.qWait(60)
    double_click(window.plane, pixel(window.plane, -1.0, -8.0))
    QTest.qWait(30)
    assert window.model.state.mu == pytest.approx(10**-9.5, rel=0.1)


def test_keys_undo_the_view_where_nothing_is_typed(window, qtbot):
    window.activateWindow()
    field = window.read_out.m_4
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.25")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.model.state.m_4 == 0.25
    qtbot.keyClicks(field, "7")
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.model.state.m_4 == 0.25
    window.model.update(dof=2)
    window.model.update(m_4=0.26)  # the field shows it, and has nothing to undo
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.model.state.m_4 == 0.25
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.model.state.dof == 1


def test_an_unsaved_product_that_was_closed_comes_back(window, product, qtbot):
    import nusterile
    from nusterile_gui.state.layers import Layer

    window.model.add(Layer.of(nusterile.open(product), "unsaved"))
    before = looks(window)
    window.menus.actions["close"].trigger()
    (box,) = boxes(window)
    qtbot.mouseClick(box.buttons()[0], Qt.MouseButton.LeftButton)
    QCoreApplication.processEvents()
    assert len(window.model.state.layers) == 1
    assert window.menus.actions["undo"].text() == "&Undo: products"
    window.menus.actions["undo"].trigger()
    assert looks(window) == before
