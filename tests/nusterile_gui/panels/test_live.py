"""What if, live: sliders moved by a hand, the curve that follows, the table, the whole product."""

import time
from threading import Event

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from window_hand import SMALL, build, rest

import nusterile
from nusterile.errors import ProductError
from nusterile.model.variations import Variations
from nusterile_gui.look.quantities import format_number


def open_live(window):
    window.menus.actions["live"].trigger()
    rest(window)
    return window.live.panel


@pytest.fixture
def panel(window):
    return open_live(window)


def slider(panel, kind, name, end=0):
    return panel.sliders.sliders[kind, name][end]


def analysis_of(window):
    return nusterile.Analysis.from_product(window.model.layer.dataset)


def wanted(window, **changes):
    """The limit of the fit as the window shows it, by a changed analysis."""
    state = window.model.state
    return (
        analysis_of(window)
        .with_changes(**changes)
        .limits(state.selection, state.flavor, cl=state.cl, dof=state.dof)
        .limit.values.ravel()
    )


def require_curve(window, limit):
    """The curve in the plane is a limit."""
    layer, (x, y) = window.model.layer, window.plane.preview.curve.T
    np.testing.assert_allclose(10.0**y, limit, rtol=1e-7)
    np.testing.assert_allclose(10.0**x, layer.slices.masses, rtol=1e-9)


def rows(panel):
    """Texts of the table."""
    table = panel.table
    items = [
        [table.item(row, column) for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]
    return [tuple(item.text() for item in row if item is not None) for row in items]


def test_sliders_stand_at_the_settings_of_the_product(panel, window):
    state = window.model.state
    settings = analysis_of(window).variations().settings(state.selection)
    assert list(panel.sliders.sliders) == [(s.kind, s.name) for s in settings]
    assert panel.values() == {}
    shown = {
        (s.kind, s.name): tuple(one.value for one in panel.sliders.sliders[s.kind, s.name])
        for s in settings
    }
    for setting in settings:
        value = setting.value if isinstance(setting.value, tuple) else (setting.value,)
        assert shown[setting.kind, setting.name] == pytest.approx(value, rel=1e-12)
    assert slider(panel, "widths", "solar").shown.text() == "7 %"
    assert slider(panel, "widths", "pandax4t_run0:tritium").shown.text() == "free"
    assert slider(panel, "fit_ranges", "xenonnt_sr0", 1).shown.text() == "30 keV"
    assert panel.title.text() == "Combination, effective"
    assert not panel.reset.isEnabled()
    assert not panel.compute.isEnabled()
    assert window.plane.preview.curve is None


def test_the_curve_follows_the_arrow_keys(panel, window, qtbot):
    moved = slider(panel, "widths", "xenonnt_sr0:b0")
    assert window.focusWidget() is slider(panel, "widths", "solar").slider
    moved.slider.setFocus()
    for _ in range(3):
        qtbot.keyClick(moved.slider, Qt.Key.Key_Right)
    rest(window)
    assert moved.changed
    width = moved.value
    assert width > 0.12
    assert moved.shown.text() == f"{100 * width:.3g} %"
    b0 = {"components": {"b0": {"free": False, "relative_sigma": width}}}
    require_curve(window, wanted(window, overrides={"xenonnt_sr0": b0}))
    qtbot.keyClick(moved.slider, Qt.Key.Key_End)
    rest(window)
    assert moved.shown.text() == "free"
    free = {"components": {"b0": {"free": True, "relative_sigma": None}}}
    require_curve(window, wanted(window, overrides={"xenonnt_sr0": free}))


def test_it_follows_a_drag_that_does_not_rest(panel, window):
    """Curves are drawn while the hand moves, and the last is that of where it ends."""
    drawn = []
    window.live.limits.curve_found.connect(drawn.append)
    bar = slider(panel, "widths", "solar").slider
    start = QPointF(bar.width() * 0.47, bar.height() / 2)

    def mouse(kind, place):
        button = Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind, place, bar.mapToGlobal(place), button, button, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(bar, event)

    mouse(QEvent.Type.MouseButtonPress, start)
    end = time.monotonic() + 60
    k = 0
    while len(drawn) < 4 and time.monotonic() < end:
        k += 1
        mouse(QEvent.Type.MouseMove, start + QPointF(5 + 30 * abs(np.sin(k)), 0))
        QCoreApplication.processEvents()
        time.sleep(0.003)
    assert len(drawn) >= 4
    mouse(QEvent.Type.MouseButtonRelease, start + QPointF(40, 0))
    rest(window)
    values = {curve.question.values["widths"]["solar"] for curve in drawn}
    assert len(values) > 1
    require_curve(window, wanted(window, solar={"sigma": slider(panel, "widths", "solar").value}))


def test_what_was_begun_is_finished_and_then_the_newest_is_answered(panel, window, monkeypatch):
    """A curve that takes longer than the pause between two steps is drawn all the same."""
    begun, go_on, asked = Event(), Event(), []
    limits = Variations.limits

    def slow(self, *which, **how):
        asked.append(how["widths"]["solar"])
        begun.set()
        go_on.wait(30)
        return limits(self, *which, **how)

    monkeypatch.setattr(Variations, "limits", slow)
    drawn = []
    window.live.limits.curve_found.connect(drawn.append)
    solar = slider(panel, "widths", "solar")
    values = []
    for width in (0.1, 0.2, 0.3):
        solar.take(width)
        values.append(solar.value)
        assert begun.wait(30)
        QCoreApplication.processEvents()
    go_on.set()
    rest(window)
    assert asked == [values[0], values[2]]
    assert [curve.question.values["widths"]["solar"] for curve in drawn] == asked


def test_both_ends_of_a_fit_range_make_room(panel, window):
    low, high = panel.sliders.sliders["fit_ranges", "xenonnt_sr0"]
    low.take(10.0)
    high.take(4.0)
    assert (low.value, high.value) == (3.0, 4.0)
    low.take(29.0)
    assert (low.value, high.value) == (29.0, 30.0)
    low.take(2.0)
    high.take(20.0)
    rest(window)
    assert panel.values() == {"fit_ranges": {"xenonnt_sr0": (2.0, 20.0)}}
    require_curve(window, wanted(window, overrides={"xenonnt_sr0": {"fit_range": [2, 20]}}))


def test_the_table_tells_each_change_and_all_together(panel, window):
    window.model.update(m_4=0.09)
    slider(panel, "widths", "solar").take(0.0)
    slider(panel, "fit_ranges", "xenonnt_sr0").take(5.0)
    rest(window)
    mass = window.model.layer.slices.masses[window.model.point()[0]]
    changes = {"widths": {"solar": 0.0}, "fit_ranges": {"xenonnt_sr0": (5.0, 30.0)}}
    varied = analysis_of(window).variations()
    found = varied.impact("combined", "effective", mass, **changes)

    def numbers(row):
        return format_number(found.limit[row].item(), 3), f"{found.ratio[row].item():.3f}"

    assert rows(panel) == [
        ("configured", *numbers(0)),
        ("pull of the solar neutrinos",),
        ("→ fixed", *numbers(1)),
        ("XENONnT SR0: fit range",),
        ("→ 5 to 30 keV", *numbers(2)),
        ("together", *numbers(3)),
    ]
    assert panel.place.text() == f"limit at {mass:.4g} MeV, 90 % CL"
    before = rows(panel)
    window.model.update(m_4=0.5)
    rest(window)
    assert rows(panel) != before
    panel.reset.click()
    rest(window)
    assert rows(panel) == []
    assert panel.values() == {}
    assert window.plane.preview.curve is None
    assert not window.plane.preview.label.isVisible()


def test_one_slider_goes_back_alone(panel, window):
    solar, b0 = slider(panel, "widths", "solar"), slider(panel, "widths", "xenonnt_sr0:b0")
    solar.take(0.3)
    b0.take(0.5)
    assert solar.reset.isEnabled()
    solar.reset.click()
    assert not solar.reset.isEnabled()
    assert list(panel.values()["widths"]) == ["xenonnt_sr0:b0"]


def test_the_curve_is_of_the_fit_that_is_shown(panel, window):
    """Values are kept for what another selection has too, and come back with it."""
    solar = slider(panel, "widths", "solar")
    solar.take(0.3)
    value = solar.value
    slider(panel, "widths", "pandax4t_run0:tritium").take(0.1)
    rest(window)
    window.model.update(flavor="mu", cl=0.95, dof=2)
    rest(window)
    assert panel.title.text() == "Combination, νμ"
    window.model.update(selection="xenonnt_sr0")
    rest(window)
    assert panel.values() == {"widths": {"solar": value}}
    require_curve(window, wanted(window, solar={"sigma": value}))
    window.model.update(selection="combined")
    rest(window)
    assert set(panel.values()["widths"]) == {"solar", "pandax4t_run0:tritium"}


def test_everything_slow_is_done_before_a_hand_moves(panel, window):
    said = []
    window.live.limits.progressed.connect(lambda _, what: said.append(what))
    assert panel.message.text() == ""
    slider(panel, "widths", "solar").take(0.3)
    rest(window)
    window.model.update(selection="lz_ws2024")
    rest(window)
    assert said[0] == "reading the experiments"
    assert set(said[1:]) == {"events of LZ WS2024"}
    assert panel.message.text() == ""


def test_no_step_of_the_history_and_nothing_of_the_view(panel, window):
    state, undoable = window.model.state, window.history.undoable
    slider(panel, "widths", "solar").take(0.3)
    rest(window)
    assert window.model.state is state
    assert window.history.undoable == undoable


def test_a_whole_product_has_the_settings_of_the_sliders(panel, window, qtbot):
    slider(panel, "widths", "solar").take(0.0)
    slider(panel, "fit_ranges", "xenonnt_sr0", 1).take(20.0)
    rest(window)
    drawn = window.plane.preview.curve.copy()
    first = window.model.layer
    qtbot.mouseClick(panel.compute, Qt.MouseButton.LeftButton)
    assert window.live.pages.currentWidget() is window.what_if
    rest(window)
    layer = window.model.layer
    assert layer is not first
    assert layer.name == "σ of solar pull = 0, XENONnT SR0 fit range = 1, 20 keV"
    config = layer.dataset.nusterile.config
    assert config.solar.sigma == 0.0
    assert config.overrides["xenonnt_sr0"].fit_range == (1.0, 20.0)
    limit = layer.slices.limit("combined", "effective", 0.9, 1)[0]
    np.testing.assert_allclose(10.0 ** drawn[:, 1], limit, rtol=1e-7)
    # The new product is shown as it is; the sliders of the old one come back with it.
    assert window.plane.preview.curve is None
    window.model.update(active=first.key)
    rest(window)
    assert panel.values()["widths"] == {"solar": 0.0}


def test_exposure_of_an_experiment_without_data(make_window, tmp_path):
    grids = {"m_4": {"values": [0.01, 0.1, 0.3]}, "mu": {"low": 1e-13, "high": 1e-9, "points": 9}}
    product = build(tmp_path / "xlzd.nc", experiments=["xlzd"], grids=grids, flavors=["e"])
    window = make_window(product)
    panel = open_live(window)
    exposure = slider(panel, "exposures", "xlzd")
    assert exposure.shown.text() == "300 t yr"
    exposure.take(1000.0)
    value = exposure.value
    rest(window)
    limits = analysis_of(window).projection("xlzd", [300, value], "e", [0.01, 0.1, 0.3])
    require_curve(window, limits.limit[..., -1].values.ravel())
    panel.compute.click()
    rest(window)
    assert window.model.layer.dataset.exposure.item() == value
    assert window.model.layer.name == f"XLZD exposure = {value:g} t yr"


def test_pulls_by_source_are_sketched_first(make_window, tmp_path):
    product = build(
        tmp_path / "a.nc",
        experiments=["xenonnt_sr0"],
        solar={"pulls": "by_source"},
        **{**SMALL, "grids": {**SMALL["grids"], "m_4": {"low": 0.001, "high": 0.3, "points": 17}}},
    )
    window = make_window(product)
    panel = open_live(window)
    drawn = []
    window.live.limits.curve_found.connect(drawn.append)
    slider(panel, "widths", "solar:7Be").take(0.5)
    rest(window)
    assert [curve.rough for curve in drawn] == [True, False]
    np.testing.assert_allclose(drawn[0].limit[::8], drawn[1].limit[::8], rtol=1e-9)
    value = slider(panel, "widths", "solar:7Be").value
    require_curve(window, wanted(window, solar={"source_sigma": {"7Be": value}}))


def test_why_nothing_can_be_done(make_window, toy_products, product, monkeypatch):
    window = make_window()
    panel = open_live(window)
    assert panel.message.text().startswith("open a product")
    window.open_anything([toy_products["expected"]])
    rest(window)
    assert panel.message.text().startswith("what toys say is no fit")

    read = []

    def broken(dataset):
        read.append(dataset)
        raise ProductError("the product's attribute config is missing or is not JSON")

    monkeypatch.setattr("nusterile.product.stored.stored_configuration", broken)
    window.open_anything([product])
    rest(window)
    assert panel.message.text() == (
        "The settings of this product cannot be changed: "
        "the product's attribute config is missing or is not JSON"
    )
    assert panel.sliders is None
    assert not panel.compute.isEnabled()
    window.model.update(m_4=0.5)
    rest(window)
    assert len(read) == 1
    monkeypatch.undo()
    window.model.remove(window.model.layer.key)
    rest(window)
    assert panel.message.text().startswith("what toys say is no fit")


def test_a_wheel_that_passes_moves_nothing(panel, window):
    bar = slider(panel, "widths", "xenonnt_sr0:b0").slider

    def turn():
        place = QPointF(bar.rect().center())
        event = QWheelEvent(
            *(place, bar.mapToGlobal(place), QPoint(0, 120), QPoint(0, 120)),
            *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier),
            *(Qt.ScrollPhase.NoScrollPhase, False),
        )
        QApplication.sendEvent(bar, event)

    bar.clearFocus()
    turn()
    assert panel.values() == {}
    bar.setFocus()
    turn()
    assert list(panel.values()["widths"]) == ["xenonnt_sr0:b0"]


def test_nothing_is_computed_before_the_panel_is_seen(window):
    assert window.live.limits.idle
    window.model.update(m_4=0.2, selection="xenonnt_sr0")
    assert window.live._shown is None
    assert window.live.panel.sliders is None


def test_every_slider_can_be_told_by_ear(panel):
    names = [
        one.slider.accessibleName() for several in panel.sliders.sliders.values() for one in several
    ]
    assert len(names) == len(set(names))
    assert "XENONnT SR0: fit range from" in names
    assert "PandaX-4T Run0: pull of ¹²⁴Xe" in names
