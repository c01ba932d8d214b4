"""Curves of one's own by a hand: pasted, dropped, described, removed, saved and passed on."""

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu
from window_hand import boxes, save_dialog, settle

from nusterile.bounds.folder import read_bound
from nusterile_gui.sharing.publication import view_of
from nusterile_gui.sharing.script import view_script
from nusterile_gui.state.solo import BoundCurve

TEXT = "m_4 [keV],mu [1e-11 mu_B]\n1,30\n10,32\n100,40\n1000,80\n3000,200\n"
POINTS = [[0.001, 3e-10], [0.01, 3.2e-10], [0.1, 4e-10], [1.0, 8e-10], [3.0, 2e-9]]
KEY = "own:My_curve"


def paste(window, qtbot, text=TEXT):
    QGuiApplication.clipboard().setText(text)
    window.activateWindow()  # there is no window manager here to do it
    QTest.qWait(20)
    window.plane.setFocus()
    qtbot.keyClick(window.plane, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    settle(window)
    return window.own_curves.dialog


def add(window, qtbot, text=TEXT, label="My curve"):
    dialog = paste(window, qtbot, text)
    dialog.label.selectAll()
    qtbot.keyClicks(dialog.label, label)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    settle(window)
    QTest.qWait(20)


def drop(window, data):
    left, nothing = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, left, nothing))
    settle(window)


def choose_folder(window, folder):
    (dialog,) = [d for d in window.findChildren(QFileDialog) if d.isVisible()]
    dialog.setDirectory(str(folder))
    dialog.selectFile(str(folder))
    dialog.accept()
    settle(window)


def test_a_curve_is_pasted_described_and_drawn(window, qtbot):
    dialog = paste(window, qtbot)
    assert (dialog.mass_unit.currentData(), dialog.moment_unit.currentData()) == (
        "keV",
        "10⁻¹¹ μ_B",
    )
    assert "1 keV … 3 MeV" in dialog.preview.text()
    assert dialog.preview.text().startswith("5 points")
    assert dialog.message.text() == ""
    dialog.label.selectAll()
    qtbot.keyClicks(dialog.label, "Mine & yours")
    dialog.flavor.setCurrentIndex(dialog.flavor.findData("mu"))
    qtbot.keyClicks(dialog.source, "arXiv:2401.00001")
    qtbot.keyClick(dialog.source, Qt.Key.Key_Return)
    settle(window)
    QTest.qWait(20)
    (curve,) = window.model.state.own_curves
    assert window.own_curves.dialog is None
    assert (curve.label, curve.flavor, curve.cl) == ("Mine & yours", "mu", 0.9)
    assert np.array(curve.points).tolist() == POINTS
    leaf = window.bounds_tree.item_of(curve.key)
    assert leaf.parent().text(0) == "your own"
    assert leaf.checkState(0) == Qt.CheckState.Checked
    drawn = [c for c in window.plane._named_curves() if c.source == BoundCurve(curve.key)]
    assert len(drawn) == 1
    assert drawn[0].x == pytest.approx(np.log10(np.array(POINTS)[:, 0]))
    assert drawn[0].y == pytest.approx(np.log10(np.array(POINTS)[:, 1]))
    labels = [label.item.toPlainText() for label in window.plane._labels]
    assert "Mine & yours" in labels
    assert "2401.00001" in window.exporting.bibtex()


def test_a_region_is_filled_and_a_line_is_not(window, qtbot):
    outline = "0.01,1e-9\n0.1,1e-9\n0.1,1e-8\n0.01,1e-8\n"
    for kind, filled in (("region", 1), ("line", 1)):
        dialog = paste(window, qtbot, outline)
        assert "Vertical wall" in dialog.message.text()
        dialog.kind.setCurrentIndex(dialog.kind.findData(kind))
        assert dialog.message.text().startswith("Closed from" if kind == "region" else "")
        dialog.label.setText(kind)
        dialog.ok.click()
        settle(window)
        assert window.plane.bounds.n_regions == filled
    assert [curve.kind for curve in window.model.state.own_curves] == ["region", "line"]


def test_adding_and_removing_are_a_step_each(window, qtbot):
    before = window.model.state
    add(window, qtbot)
    after = window.model.state
    assert after.own_curves[0].key == KEY
    assert window.menus.actions["undo"].text() == "&Undo: own curve"
    window.menus.actions["undo"].trigger()
    assert (window.model.state.own_curves, window.model.state.shown_bounds) == (
        (),
        before.shown_bounds,
    )
    assert window.bounds_tree.item_of(KEY) is None
    assert not window.menus.actions["remove-curve"].isEnabled()
    window.menus.actions["redo"].trigger()
    assert window.model.state.own_curves == after.own_curves
    window.menus.actions["remove-curve"].trigger()
    assert not window.model.state.own_curves
    assert KEY not in window.model.state.shown_bounds
    window.menus.actions["undo"].trigger()
    assert window.model.state.shown_bounds == after.shown_bounds


def test_cancel_changes_nothing(window, qtbot):
    before = window.model.state
    dialog = paste(window, qtbot)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    settle(window)
    assert window.own_curves.dialog is None
    assert window.model.state == before


def test_units_that_are_far_are_doubted_and_what_is_no_bound_is_refused(window, qtbot):
    dialog = paste(window, qtbot)
    dialog.mass_unit.setCurrentIndex(dialog.mass_unit.findData("GeV"))
    assert "Check the unit: masses from 1000 MeV on" in dialog.message.text()
    assert dialog.message.property("wrong")
    assert dialog.ok.isEnabled()
    dialog.moment_unit.setCurrentIndex(dialog.moment_unit.findData("μ_B"))
    assert "needs at least 2 points below mu = 0.0001" in dialog.message.text()
    assert not dialog.ok.isEnabled()
    dialog.moment_unit.setCurrentIndex(dialog.moment_unit.findData("10⁻¹¹ μ_B"))
    dialog.mass_unit.setCurrentIndex(dialog.mass_unit.findData("keV"))
    assert dialog.message.text() == ""
    dialog.label.clear()
    assert dialog.message.text() == "give the curve a name"
    assert not dialog.ok.isEnabled()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,2\nx,3\n", "clipboard, line 2: the mass is 'x'; expected a finite number above 0"),
        ("1,2e-11,3\n", "clipboard, line 1: has 3 columns; expected two"),
        ("<b>words</b>", "expected two columns"),
    ],
)
def test_what_is_no_curve_is_said_with_its_line(window, qtbot, text, said):
    assert paste(window, qtbot, text) is None
    (box,) = boxes(window)
    assert said in box.informativeText()
    box.accept()
    assert not window.model.state.own_curves


def test_far_too_many_points_are_refused_before_their_units_are_tried(window):
    QGuiApplication.clipboard().setText("\n".join(f"{k} 1e-11" for k in range(1, 10_002)))
    window.menus.actions["paste"].trigger()
    assert window.own_curves.dialog is None
    (box,) = boxes(window)
    assert "holds 10,001 points, more than 10,000" in box.informativeText()


def test_an_empty_clipboard_is_said_in_the_status_bar(window, qtbot):
    QGuiApplication.clipboard().clear()
    window.menus.actions["paste"].trigger()
    assert not boxes(window)
    assert "no text on the clipboard" in window.statusBar().currentMessage()


def test_a_field_takes_what_is_pasted_into_it(window, qtbot):
    QGuiApplication.clipboard().setText("0.25")
    field = window.read_out.m_4
    window.activateWindow()
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert field.text() == "0.25"
    assert window.own_curves.dialog is None
    assert not boxes(window)


def test_tables_are_dropped_one_after_another(window, qtbot, tmp_path):
    for name in ("one.csv", "two.txt"):
        (tmp_path / name).write_text(TEXT)
    (tmp_path / "wrong.csv").write_text("1,nan\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in sorted(tmp_path.glob("*.*"))])
    drop(window, data)
    (box,) = boxes(window)
    assert "wrong.csv, line 1: the coupling is 'nan'" in box.informativeText().replace("\u200b", "")
    box.accept()
    for label in ("one", "two"):
        dialog = window.own_curves.dialog
        assert dialog.label.text() == label
        dialog.ok.click()
        settle(window)
    assert [curve.label for curve in window.model.state.own_curves] == ["one", "two"]
    assert len(window.model.state.layers) == 1


def test_dropped_text_is_a_curve(window):
    data = QMimeData()
    data.setText(TEXT)
    drop(window, data)
    window.own_curves.dialog.ok.click()
    settle(window)
    assert len(window.model.state.own_curves) == 1


def test_a_table_of_a_bound_is_still_that_bound(window, qtbot, tmp_path):
    add(window, qtbot)
    window.model.state.own_curves[0].save(tmp_path / "My_curve")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "My_curve" / "curve.csv"))])
    drop(window, data)
    assert window.own_curves.dialog is None
    # Both are there, under names of their own.
    assert {"My_curve", KEY} <= set(window.model.state.known_bounds)
    assert {"My_curve", KEY} <= window.model.state.shown_bounds


def test_a_file_is_chosen_with_keys_alone(window, qtbot, tmp_path):
    (tmp_path / "curve.dat").write_text(TEXT.replace(",", "\t"))
    window.menus.actions["curve"].trigger()
    (dialog,) = [d for d in window.findChildren(QFileDialog) if d.isVisible()]
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("curve.dat")
    dialog.accept()
    settle(window)
    assert window.own_curves.dialog.label.text() == "curve"


def test_the_chosen_one_of_several_is_saved_and_removed(window, qtbot, tmp_path):
    add(window, qtbot, label="first")
    add(window, qtbot, label="second")
    window.bounds_tree.setCurrentItem(window.bounds_tree.item_of("lep"))
    window.menus.actions["remove-curve"].trigger()
    assert "choose one of your own curves" in window.statusBar().currentMessage()
    assert len(window.model.state.own_curves) == 2
    window.bounds_tree.setCurrentItem(window.bounds_tree.item_of("own:second"))
    window.menus.actions["save-curve"].trigger()
    choose_folder(window, tmp_path)
    assert read_bound(tmp_path / "second").points.tolist() == POINTS
    window.menus.actions["save-curve"].trigger()
    choose_folder(window, tmp_path)
    (box,) = boxes(window)
    assert "is already there and is kept" in box.informativeText()
    box.accept()
    window.menus.actions["remove-curve"].trigger()
    assert [curve.label for curve in window.model.state.own_curves] == ["first"]


def test_the_menu_of_the_tree_is_for_ones_own(window, qtbot):
    tree = window.bounds_tree
    tree.customContextMenuRequested.emit(QPoint(5, 5))
    assert not [m for m in tree.findChildren(QMenu) if m.isVisible()]
    add(window, qtbot)
    tree.setCurrentItem(tree.item_of(KEY))
    tree.customContextMenuRequested.emit(QPoint(5, 5))
    (menu,) = [m for m in tree.findChildren(QMenu) if m.isVisible()]
    assert [action.objectName() for action in menu.actions()] == [
        "action-edit-curve",
        "action-save-curve",
        "action-remove-curve",
    ]
    menu.actions()[0].trigger()
    assert window.own_curves.dialog.label.text() == "My curve"
    menu.close()


def edit(window, qtbot, key=KEY):
    window.bounds_tree.setCurrentItem(window.bounds_tree.item_of(key))
    window.activateWindow()
    QTest.qWait(20)
    modifiers = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
    qtbot.keyClick(window.bounds_tree, Qt.Key.Key_E, modifiers)
    settle(window)
    return window.own_curves.dialog


def test_a_curve_is_edited_in_its_place_and_that_is_one_step(window, qtbot):
    for label in ("first", "My curve", "last"):
        add(window, qtbot, label=label)
    window.bounds_tree.item_of("own:first").setCheckState(0, Qt.CheckState.Unchecked)
    before = window.model.state
    dialog = edit(window, qtbot)
    assert dialog.windowTitle() == "Edit your curve"
    assert (dialog.label.text(), dialog.kind.currentData(), dialog.cl.value()) == (
        *("My curve", "upper_limit"),
        90.0,
    )
    assert (dialog.mass_unit.currentData(), dialog.moment_unit.currentData()) == (
        *("keV", "10⁻¹¹ μ_B"),
    )
    assert "1 keV … 3 MeV" in dialog.preview.text()
    qtbot.keyClicks(dialog.label, "corrected")  # all of the old name is selected
    dialog.moment_unit.setCurrentIndex(dialog.moment_unit.findData("10⁻¹⁰ μ_B"))
    dialog.flavor.setCurrentIndex(dialog.flavor.findData("tau"))
    dialog.cl.setValue(95.0)
    dialog.source.setText("arXiv:2401.00001")
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    settle(window)
    state = window.model.state
    assert [curve.label for curve in state.own_curves] == ["first", "corrected", "last"]
    curve = state.own_curves[1]
    assert (curve.key, curve.flavor, curve.cl) == (KEY, "tau", 0.95)
    assert curve.source == "arXiv:2401.00001"
    assert curve.converted == "masses given in keV, moments given in 10⁻¹⁰ μ_B"
    assert [list(point) for point in curve.points] == [
        [mass, pytest.approx(10 * mu, rel=1e-14)] for mass, mu in POINTS
    ]
    assert (state.own_curves[0], state.own_curves[2]) == (
        before.own_curves[0],
        before.own_curves[2],
    )
    assert state.shown_bounds == before.shown_bounds
    assert window.bounds_tree.own_chosen() == KEY
    drawn = [c for c in window.plane._named_curves() if c.source == BoundCurve(KEY)]
    assert drawn[0].y == pytest.approx(np.log10(10 * np.array(POINTS)[:, 1]))
    assert window.menus.actions["undo"].text() == "&Undo: own curve"
    window.menus.actions["undo"].trigger()
    assert window.model.state.own_curves == before.own_curves
    window.menus.actions["redo"].trigger()
    assert window.model.state.own_curves == state.own_curves


def test_a_curve_that_was_not_shown_stays_so_when_it_is_edited(window, qtbot):
    add(window, qtbot)
    window.bounds_tree.item_of(KEY).setCheckState(0, Qt.CheckState.Unchecked)
    dialog = edit(window, qtbot)
    qtbot.keyClicks(dialog.label, "hidden")
    dialog.ok.click()
    settle(window)
    assert window.model.state.own_curves[0].label == "hidden"
    assert KEY not in window.model.state.shown_bounds


def test_an_edit_that_is_cancelled_or_changes_nothing_is_no_step(window, qtbot):
    add(window, qtbot)
    (curve,) = window.model.state.own_curves
    # As somebody may have written it into a workspace: no field shows these digits.
    odd = curve.model_copy(
        update={"cl": 0.6826895, "converted": "read off the axis", "source": "me"}
    )
    window.model.update(own_curves=(odd,))
    before = window.model.state
    steps = len(window.history._done)
    dialog = edit(window, qtbot)
    dialog.label.setText("other")
    dialog.cl.setValue(50.0)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    settle(window)
    assert window.own_curves.dialog is None
    assert window.model.state == before
    edit(window, qtbot).ok.click()
    settle(window)
    assert window.model.state.own_curves == (odd,)
    assert len(window.history._done) == steps


def test_a_curve_that_went_while_it_was_edited_stays_away(window, qtbot):
    add(window, qtbot)
    dialog = edit(window, qtbot)
    window.menus.actions["undo"].trigger()
    dialog.ok.click()
    settle(window)
    assert window.model.state.own_curves == ()
    assert "no longer there as it was" in window.statusBar().currentMessage()


def test_the_palette_edits_a_curve(window, qtbot):
    assert not [entry for entry in window.menus.entries() if "Edit your curve" in entry.text]
    add(window, qtbot)
    (entry,) = [entry for entry in window.menus.entries() if "Edit your curve" in entry.text]
    assert (entry.text, entry.keys) == ("Edit: Edit your curve", "Ctrl+Alt+E")
    entry.run()
    assert window.own_curves.dialog.label.text() == "My curve"


def test_a_workspace_carries_the_numbers(window, make_window, qtbot, tmp_path, product):
    add(window, qtbot)
    path = tmp_path / "view.nusterile"
    save_dialog(window, "workspace", path)
    assert "3.2e-10" in path.read_text()
    other = make_window()
    other.open_anything([path])
    settle(other)
    QTest.qWait(30)
    assert other.model.state.own_curves == window.model.state.own_curves
    assert KEY in other.model.state.shown_bounds
    assert other.bounds_tree.item_of(KEY).checkState(0) == Qt.CheckState.Checked


def test_the_next_session_has_it_and_reset_has_not(window, make_window, qtbot, product):
    add(window, qtbot, label='with, comma; and "quotes"')
    curves = window.model.state.own_curves
    window.close_now()
    other = make_window(product)
    assert other.model.state.own_curves == curves
    assert curves[0].key in other.model.state.shown_bounds
    other.menus.actions["reset"].trigger()
    assert other.model.state.own_curves == ()


def test_the_figure_as_shown_and_the_script_have_it(window, qtbot, capsys):
    from nusterile.figures.view import draw_view

    add(window, qtbot, label="worth $5 and <b>")
    window.model.update(shown_bounds=window.model.state.shown_bounds | {"lep"})
    view = view_of(window.model, window.plane)
    drawing = draw_view(view)
    rows = [row for row in drawing.data.rows if row[0] == "bound" and row[1].startswith("worth")]
    assert [list(row[5:7]) for row in rows] == POINTS
    assert "worth $5 and <b>, 90 %, no source given" in drawing.caption
    assert drawing.render("svg")
    text = view_script(window.model)
    names = {}
    exec(compile(text, "copied", "exec"), names)
    assert [bound.label for bound in names["bounds"]] == ["LEP", "worth $5 and <b>"]
    assert names["bounds"][1].points.tolist() == POINTS
    assert "no source given" not in window.exporting.bibtex()
