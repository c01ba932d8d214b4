"""A hand at the window: clicks, drags, keys, typed values, dropped files."""

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit
from window_hand import boxes, drag, mouse, pixel, settle

from nusterile.statistics.intervals import threshold
from nusterile_gui.look.themes import DARK


def test_a_click_moves_the_cursor(window, qtbot):
    place = pixel(window.plane, -1.5, -9.0)
    mouse(window.plane, QEvent.Type.MouseButtonPress, place)
    mouse(window.plane, QEvent.Type.MouseButtonRelease, place)
    qtbot.waitUntil(lambda: abs(np.log10(window.model.state.m_4) + 1.5) < 0.02, timeout=2000)
    assert np.log10(window.model.state.mu) == pytest.approx(-9, abs=0.03)


def test_a_drag_moves_the_cursor_along(window, qtbot):
    heard = []
    window.model.subscribe(heard.append)
    drag(window.plane, pixel(window.plane, -2, -11), pixel(window.plane, 0.0, -8.0))
    qtbot.waitUntil(lambda: abs(np.log10(window.model.state.m_4)) < 0.03, timeout=2000)
    assert np.log10(window.model.state.mu) == pytest.approx(-8, abs=0.05)
    assert len(heard) > 2
    assert window.plane.cross.x() == pytest.approx(np.log10(window.model.state.m_4))


def test_a_drag_beyond_the_plane_stops_at_its_edge(window, qtbot):
    drag(window.plane, pixel(window.plane, 0, -8), QPointF(5000, -3000))
    qtbot.waitUntil(lambda: window.model.state.m_4 == 4.0, timeout=2000)
    assert window.model.state.mu == 1e-6


def test_profiles_move_their_own_coordinate(window, qtbot):
    window.model.update(m_4=0.1, mu=1e-11)
    drag(
        window.moment_profile,
        pixel(window.moment_profile, -9, 9),
        pixel(window.moment_profile, -8, 9),
    )
    qtbot.waitUntil(lambda: abs(np.log10(window.model.state.mu) + 8) < 0.05, timeout=2000)
    assert window.model.state.m_4 == 0.1
    drag(
        window.mass_profile, pixel(window.mass_profile, -2, 9), pixel(window.mass_profile, -1.5, 9)
    )
    qtbot.waitUntil(lambda: abs(np.log10(window.model.state.m_4) + 1.5) < 0.05, timeout=2000)


def test_the_level_is_dragged_and_snaps(window):
    plot = window.moment_profile
    x = plot.box.viewRange()[0][0] + 0.5
    drag(plot, pixel(plot, x, threshold(0.9, 1)), pixel(plot, x, 1.7))
    assert window.model.state.cl == pytest.approx(0.808, abs=0.02)
    assert window.view_panel.cl.value() == pytest.approx(100 * window.model.state.cl, abs=0.01)
    drag(plot, pixel(plot, x, plot.level.value()), pixel(plot, x, 3.8))
    assert window.model.state.cl == 0.95


@pytest.mark.parametrize(
    ("key", "modifier", "move"),
    [
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, (-1, 0)),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, (1, 0)),
        (Qt.Key.Key_Up, Qt.KeyboardModifier.NoModifier, (0, 1)),
        (Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier, (0, -10)),
    ],
)
def test_arrow_keys_step_through_the_grid(window, qtbot, key, modifier, move):
    window.model.update(m_4=0.1, mu=1e-9)
    i, j = window.model.point()
    qtbot.keyClick(window.plane, key, modifier)
    assert window.model.point() == (i + move[0], j + move[1])


def test_values_are_typed_with_units(window, qtbot):
    for field, text in ((window.read_out.m_4, "250 keV"), (window.read_out.mu, "3e-10 mu_B")):
        field.selectAll()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.model.state.m_4 == pytest.approx(0.25)
    assert window.model.state.mu == 3e-10
    assert window.read_out.m_4.text() == "0.25 MeV"


def test_wrong_text_is_marked_and_changes_nothing(window, qtbot):
    field = window.read_out.m_4
    field.selectAll()
    qtbot.keyClicks(field, "3 parsec")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.model.state.m_4 == 0.1
    assert field.property("wrong")
    assert "eV, keV, MeV or GeV" in window.read_out.grid_point.text()
    window.model.update(m_4=0.3)
    assert not field.property("wrong")


def test_the_plane_is_not_drawn_anew_for_the_cursor(window, qtbot):
    window.plane.repaint()
    picture = window.plane._picture
    assert picture is not None
    window.model.update(m_4=0.5, mu=1e-9)
    qtbot.wait(20)
    assert window.plane._picture is picture
    window.model.update(cl=0.95)
    qtbot.wait(50)
    assert window.plane._picture is not picture


def choose(combo, value, qtbot):
    combo.setFocus()
    index = combo.findData(value)
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_choices_of_the_fit_reach_the_state(window, qtbot):
    panel = window.view_panel
    choose(panel.selection, "pandax4t", qtbot)
    choose(panel.flavor, "tau", qtbot)
    choose(panel.dof, 2, qtbot)
    panel.cl.selectAll()
    qtbot.keyClicks(panel.cl, "95")
    qtbot.keyClick(panel.cl, Qt.Key.Key_Return)
    state = window.model.state
    assert (state.selection, state.flavor, state.dof, state.cl) == ("pandax4t", "tau", 2, 0.95)
    assert {"pandax4t"} <= state.shown_selections


def test_another_moment_takes_the_place_of_the_last(window, qtbot):
    """As many curves as before, and those that were ticked by hand stay."""
    panel = window.view_panel
    before = len(window.plane.limits.curves)
    choose(panel.flavor, "tau", qtbot)
    assert window.model.state.shown_flavors == {"tau"}
    assert len(window.plane.limits.curves) == before
    panel.flavors.item(1).setCheckState(Qt.CheckState.Checked)
    shown = window.model.state.shown_flavors
    other = next(iter(shown - {"tau"}))
    choose(panel.flavor, other, qtbot)
    assert window.model.state.shown_flavors == shown
    window.model.update(shown_selections=frozenset({"combined"}))
    choose(panel.selection, "pandax4t", qtbot)
    assert window.model.state.shown_selections == {"pandax4t"}


def test_the_ratio_follows_the_active_product(window, other_product, qtbot):
    window.files.open([other_product, other_product])
    settle(window)
    one, two, three = (layer.key for layer in window.model.state.layers)
    panel = window.view_panel
    choose(panel.ratio, one, qtbot)
    assert window.model.state.ratio == (three, one)
    panel.layers.setCurrentRow(1)
    assert window.model.state.ratio == (two, one)
    assert panel.ratio.currentData() == one
    panel.layers.setCurrentRow(0)
    assert window.model.state.ratio == (one, two)
    assert window.ratio.toolTip().count(window.model.find(two).name) == 1
    window.model.remove(two)
    assert window.model.state.ratio == ()


def test_limits_are_switched_on_and_off(window):
    lists = window.view_panel.selections
    before = len(window.plane.limits.curves)
    item = next(lists.item(k) for k in range(lists.count()) if lists.item(k).text() == "PandaX-4T")
    item.setCheckState(Qt.CheckState.Checked)
    assert len(window.plane.limits.curves) == before + 1
    flavors = window.view_panel.flavors
    flavors.item(1).setCheckState(Qt.CheckState.Checked)
    assert len(window.plane.limits.curves) == 2 * (before + 1)


def test_layers_are_hidden_renamed_and_chosen(window, other_product):
    window.files.open([other_product])
    settle(window)
    first, second = window.model.state.layers
    panel = window.view_panel
    panel.layers.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert not window.model.find(first.key).visible
    assert all(curve.layer.key == second.key for curve in window.plane.limits.curves)
    panel.layers.item(1).setText("wide")
    assert window.model.layer.name == "wide"
    assert window.windowTitle() == "wide – nusterile"
    panel.layers.item(1).setText("small")
    assert window.model.layer.name == "wide"
    panel.layers.setCurrentRow(0)
    assert window.model.state.active == first.key


def test_bounds_are_switched_on_with_their_tips(window):
    tree = window.bounds_tree
    item = tree.item_of("borexino")
    assert "% CL" in item.toolTip(0)
    assert "arXiv" in item.toolTip(0) or "Phys" in item.toolTip(0)
    item.setCheckState(0, Qt.CheckState.Checked)
    assert window.model.state.shown_bounds == {"borexino"}
    bound = window.model.state.bounds["borexino"]
    ((x, y),) = window.plane.bounds.arrays()[: len(bound.pieces)]
    np.testing.assert_allclose(10 ** np.column_stack([x, y]), bound.pieces[0], rtol=1e-9)
    tree.item_of("sn1987a").setCheckState(0, Qt.CheckState.Checked)
    assert window.plane.bounds.n_regions == len(window.model.state.bounds["sn1987a"].pieces)
    tree.item_of("massless").setCheckState(0, Qt.CheckState.Checked)
    assert window.model.state.massless
    assert window.plane.bounds.marks.getData()[0].size
    item.parent().setCheckState(0, Qt.CheckState.Unchecked)
    assert "borexino" not in window.model.state.shown_bounds


def drop(window, paths):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    settle(window)


def test_products_and_bounds_are_dropped(window, other_product, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "curve.csv").write_text("mass,coupling\n0.01,1e-9\n1,2e-9\n")
    (folder / "bound.toml").write_text(
        'name = "mine"\nlabel = "<b>mine</b>"\nflavor = "e"\ncl = 0.9\n'
        'kind = "upper_limit"\n'
        'mass_unit = "MeV"\nquantity = "mu"\ncurve = "curve.csv"\n'
        '[[references]]\ntext = "none yet"\n'
    )
    drop(window, [other_product, folder])
    assert len(window.model.state.layers) == 2
    assert "mine" in window.model.state.shown_bounds
    assert window.bounds_tree.item_of("mine").text(0) == "<b>mine</b>"
    drop(window, [folder / "nothing"])
    assert len(boxes(window)) == 1


def dialog_of(window, kind):
    found = [d for d in window.findChildren(kind) if d.isVisible()]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("accept", [True, False])
def test_the_open_dialog_both_ways(window, other_product, accept, qtbot):
    window.menus.actions["open"].trigger()
    dialog = dialog_of(window, QFileDialog)
    dialog.setDirectory(str(other_product.parent))
    dialog.selectFile(other_product.name)
    if accept:
        dialog.accept()
    else:
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    settle(window)
    assert len(window.model.state.layers) == (2 if accept else 1)


@pytest.mark.parametrize("close_it", [True, False])
def test_an_unsaved_product_asks_before_it_goes(window, product, close_it, qtbot):
    import nusterile
    from nusterile_gui.state.layers import Layer

    window.model.add(Layer.of(nusterile.open(product), "unsaved"))
    window.menus.actions["close"].trigger()
    (box,) = boxes(window)
    yes, no = box.buttons()[0], box.buttons()[1]
    qtbot.mouseClick(yes if close_it else no, Qt.MouseButton.LeftButton)
    assert len(window.model.state.layers) == (1 if close_it else 2)


def test_a_saved_product_closes_and_the_offer_comes_back(window):
    window.menus.actions["close"].trigger()
    assert window.model.layer is None
    assert window.pages.currentWidget() is window.welcome
    assert not window.menus.actions["save"].isEnabled()
    window.model.update(m_4=0.2)
    assert window.read_out.delta.text() == "–"


@pytest.mark.parametrize("name", ["details", "shortcuts", "about"])
def test_texts_are_plain(window, name):
    window.menus.actions[name].trigger()
    dialog = dialog_of(window, QDialog)
    text = dialog.findChild(QPlainTextEdit).toPlainText()
    wanted = {"details": "Input tables (SHA-256)", "shortcuts": "Ctrl+O", "about": "To cite"}
    assert wanted[name] in text
    dialog.reject()


def test_themes_change_every_panel(window):
    window.menus.actions["dark"].trigger()
    assert window.theme is DARK
    assert window.plane.backgroundBrush().color().name() == DARK.base
    assert window.spectrum.events.backgroundBrush().color().name() == DARK.base


def test_shortcuts_of_the_spectrum(window):
    for name in ("fitted", "quantity", "dof"):
        window.menus.actions[name].trigger()
    state = window.model.state
    assert (state.fitted, state.quantity, state.dof) == (True, "rate", 2)
    assert window.spectrum.fitted.isChecked()
    assert window.spectrum.quantity.currentData() == "rate"


def test_a_double_click_shows_everything(window):
    before = window.plane.box.viewRange()
    window.plane.box.scaleBy((0.3, 0.3))
    assert window.plane.box.viewRange() != before
    place = pixel(window.plane, *window.plane.box.viewRect().center().toTuple())
    for kind in (
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseButtonDblClick,
        QEvent.Type.MouseButtonRelease,
    ):
        mouse(window.plane, kind, place)
    np.testing.assert_allclose(window.plane.box.viewRange(), before, atol=1e-6)


def test_panels_are_hidden_and_arranged_again(window):
    window.docks["pulls"].toggleViewAction().trigger()
    assert not window.docks["pulls"].isVisible()
    window.menus.actions["arrange-explore"].trigger()
    assert window.docks["pulls"].isVisible()
