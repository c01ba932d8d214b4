"""Notes in the plane by keys alone, in figures, workspaces and the next session."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_hand import save_dialog, settle

from nusterile_gui.sharing.publication import view_of
from nusterile_gui.state.annotations import Annotation

NOTE = Annotation(text="two\nlines $^", m_4=0.1 + 0.2, mu=1e-10, target=(0.05, 2e-11))


def press(window, qtbot, key):
    window.activateWindow()  # there is no window manager here to do it
    QTest.qWait(20)
    window.plane.setFocus()
    qtbot.keyClick(window.plane, key)
    return window.annotating.dialog


def test_a_key_writes_a_note_at_the_cursor(window, qtbot):
    window.model.update(m_4=0.3, mu=1e-10)
    dialog = press(window, qtbot, Qt.Key.Key_N)
    assert not dialog.ok.isEnabled()
    assert dialog.message.text() == ""
    qtbot.keyClicks(dialog.text, "a word")
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    assert window.annotating.dialog is None
    assert window.model.state.annotations == (Annotation(text="a word", m_4=0.3, mu=1e-10),)
    assert window.menus.actions["undo"].text() == "&Undo: note in the plane"
    window.menus.actions["undo"].trigger()
    assert window.model.state.annotations == ()


@pytest.mark.parametrize("cursor", [(0.002, 2e-12), (3.0, 5e-7), (3.0, 2e-12)])
def test_a_key_points_an_arrow_at_the_cursor_with_its_text_in_sight(window, qtbot, cursor):
    window.model.update(m_4=cursor[0], mu=cursor[1])
    dialog = press(window, qtbot, Qt.Key.Key_A)
    qtbot.keyClicks(dialog.text, "here")
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    QTest.qWait(30)
    (note,) = window.model.state.annotations
    assert note.target == cursor
    for value, (low, high) in zip(note.place, window.plane.box.viewRange(), strict=True):
        assert low < np.log10(value) < high
    assert window.plane.notes.items[0].isVisible()


def test_a_note_at_the_massless_point_stands_where_the_axis_shows_it(make_window, other_product):
    window = make_window(other_product)
    window.model.update(m_4=0.0)
    window.menus.actions["note"].trigger()
    window.annotating.dialog.text.setPlainText("massless")
    window.annotating.dialog.ok.click()
    (note,) = window.model.state.annotations
    assert np.log10(note.m_4) == pytest.approx(window.plane.cross.x())


def test_values_that_are_not_typed_stay_to_the_bit(window, qtbot):
    window.model.update(annotations=(NOTE,))
    window.annotating.change(0)
    dialog = window.annotating.dialog
    dialog.fields[1].setFocus()
    dialog.fields[1].selectAll()
    qtbot.keyClicks(dialog.fields[1], "3e-11")
    dialog.ok.click()
    (note,) = window.model.state.annotations
    assert note == NOTE.model_copy(update={"mu": 3e-11})


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        (0, "3 parsec", "at m₄: unknown unit of mass 'parsec'"),
        (0, "0", "at m₄: a mass on this axis is positive"),
        (3, "x", "arrow to μ: 'x' is not a number"),
    ],
)
def test_a_value_that_cannot_be_used_is_said(window, qtbot, field, text, said):
    window.model.update(annotations=(NOTE,))
    window.annotating.change(0)
    dialog = window.annotating.dialog
    dialog.fields[field].setFocus()
    dialog.fields[field].selectAll()
    qtbot.keyClicks(dialog.fields[field], text)
    assert said in dialog.message.text()
    assert not dialog.ok.isEnabled()


def test_the_arrow_is_taken_away_and_the_note_deleted(window, qtbot):
    window.model.update(annotations=(NOTE,))
    window.annotating.change(0)
    window.annotating.dialog.arrow.click()
    assert not window.annotating.dialog.fields[3].isEnabled()
    window.annotating.dialog.ok.click()
    assert window.model.state.annotations[0].target == ()
    window.annotating.change(0)
    delete = window.annotating.dialog.buttons.buttons()
    next(button for button in delete if button.text() == "Delete").click()
    assert window.model.state.annotations == ()
    assert window.annotating.dialog is None


def test_what_was_undone_while_it_was_asked_for_stays_undone(window):
    window.model.update(annotations=(NOTE,))
    window.annotating.change(0)
    window.model.update(annotations=())
    window.annotating.dialog.ok.click()
    assert window.model.state.annotations == ()


def test_the_list_is_for_keys(window, qtbot):
    assert window.annotations.isHidden()
    window.model.update(annotations=(NOTE, Annotation(text="other", m_4=1.0, mu=1e-11)))
    settle(window)
    listed = window.annotations
    assert [listed.item(row).text() for row in range(2)] == ["two lines $^", "other"]
    window.docks["notes"].show()
    window.docks["notes"].raise_()
    window.activateWindow()
    QTest.qWait(20)
    listed.setFocus()
    listed.setCurrentRow(0)
    qtbot.keyClick(listed, Qt.Key.Key_Down)
    assert window.plane.notes.chosen == 1
    qtbot.keyClick(listed, Qt.Key.Key_Return)
    assert window.annotating.dialog.text.toPlainText() == "other"
    window.annotating.dialog.reject()
    qtbot.keyClick(listed, Qt.Key.Key_Delete)
    assert window.model.state.annotations == (NOTE,)
    qtbot.keyClick(listed, Qt.Key.Key_Delete)
    assert window.model.state.annotations in ((NOTE,), ())


def test_a_workspace_and_the_next_session_have_them_and_reset_has_not(
    window, make_window, tmp_path, product
):
    window.model.update(annotations=(NOTE,))
    path = tmp_path / "view.nusterile"
    save_dialog(window, "workspace", path)
    other = make_window()
    other.open_anything([path])
    settle(other)
    assert other.model.state.annotations == (NOTE,)
    other.close_now()
    next_one = make_window(product)
    assert next_one.model.state.annotations == (NOTE,)
    next_one.menus.actions["reset"].trigger()
    assert next_one.model.state.annotations == ()


def test_the_figure_as_shown_has_them(window):
    from nusterile.figures.style import styled
    from nusterile.figures.view import draw_view

    window.model.update(annotations=(NOTE, Annotation(text="plain", m_4=1.0, mu=1e-11)))
    with styled():
        drawing = draw_view(view_of(window.model, window.plane))
    texts = [text for text in drawing.figure.axes[0].texts if text.get_gid() == "note"]
    assert [text.get_text() for text in texts] == ["two\nlines $^", "plain"]
    rows = [(row[0], *row[5:7]) for row in drawing.data.rows if row[0] in ("note", "arrow")]
    assert rows == [("note", *NOTE.place), ("arrow", *NOTE.target), ("note", 1.0, 1e-11)]


def test_the_list_fits_its_rows_at_every_size_of_text(window):
    window.model.update(annotations=(NOTE, Annotation(text="other", m_4=1.0, mu=1e-11)))
    window.docks["notes"].raise_()
    for name in ("presentation", "smaller", "normal"):
        window.menus.actions[f"text-{name}"].trigger()
        settle(window)
        QTest.qWait(30)
        rows = window.annotations
        assert rows.viewport().rect().contains(rows.visualItemRect(rows.item(1)))
