"""What if: the form of the settings, computing, cancelling."""

import time

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from window_hand import SMALL, boxes, settle

import nusterile
from nusterile_gui.forms.form import Section
from nusterile_gui.panels.welcome import Welcome


@pytest.fixture
def panel(window):
    window.docks["what-if"].raise_()
    settle(window)
    window.what_if.take_active()
    return window.what_if


def test_the_form_is_made_when_it_is_seen(window, qtbot):
    """Behind another panel it would cost the start a tenth of it."""
    for _ in range(20):
        QCoreApplication.processEvents()
    assert window.what_if.form is None
    window.docks["what-if"].raise_()
    qtbot.waitUntil(lambda: window.what_if.form is not None)
    settle(window)
    assert window.what_if.configuration() == window.model.layer.dataset.nusterile.config


def test_the_form_starts_with_the_settings_of_the_product(panel, window):
    assert panel.configuration() == window.model.layer.dataset.nusterile.config


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"solar": {"model": "agss09met", "sigma": 0.1}},
        {"solar": {"pulls": "by_source", "correlated": True, "source_sigma": {"8B": 0.04}}},
        {"atom": {"response": "rrpa", "applies_to": "dipole"}},
        {"oscillation": {"sin2_theta_12": 0.3, "delta_m2_21": 7.5e-5}},
        {"cross_section": {"couplings": "radiative", "sin2_theta_w": 0.24}},
        {"flavors": ["e", "tau"]},
        {"overrides": {"xenonnt_sr0": {"fit_range": [1.0, 20.0]}}},
        {"overrides": {"pandax4t_run0": {"components": {"tritium": {"relative_sigma": 0.06}}}}},
        {"overrides": {"pandax4t_run0": {"components": {"xe124": {"enabled": False}}}}},
        {
            "overrides": {
                "pandax4t_run0": {"components": {"tritium": {"free": False, "relative_sigma": 0.1}}}
            }
        },
        {"overrides": {"pandax4t_run0": {"resolution": [0.1, 0.2, -0.006, 0.0001]}}},
        {"experiments": ["pandax4t_run0", "pandax4t_run1"]},
        {"selections": {"combined": ["xenonnt_sr0", "pandax4t_run0", "pandax4t_run1"]}},
        {"selections": {"mine": ["xenonnt_sr0", "pandax4t_run0"]}},
        {"grids": {"m_4": {"low": 0.01, "high": 2.0, "points": 7}, "cl": [0.68, 0.9]}},
    ],
)
def test_every_setting_goes_into_the_form_and_out_again(panel, values):
    configuration = nusterile.Configuration.from_values(values)
    panel.show_configuration(configuration)
    assert panel.configuration() == configuration


def field(panel, *path):
    widget = panel.form
    for name in path:
        container = widget.fields if hasattr(widget, "fields") else widget.forms
        widget = container[name]
    return widget


def test_settings_are_typed(panel, qtbot):
    qtbot.keyClicks(field(panel, "oscillation", "sin2_theta_12"), "0.3")
    qtbot.keyClicks(field(panel, "overrides", "xenonnt_sr0", "fit_range"), "1, 20")
    field(panel, "overrides", "pandax4t_run0", "components", "xe127", "enabled").click()
    field(panel, "selections").item(0).setCheckState(Qt.CheckState.Unchecked)
    configuration = panel.configuration()
    assert configuration.oscillation.sin2_theta_12 == 0.3
    assert configuration.overrides["xenonnt_sr0"].fit_range == (1.0, 20.0)
    assert not configuration.overrides["pandax4t_run0"].components["xe127"].enabled
    assert "xenonnt_sr0" not in configuration.selections


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("oscillation", "sin2_theta_12"), "2"),
        (("solar", "sigma"), "wide"),
        (("overrides", "xenonnt_sr0", "resolution"), "-1, 0"),
        (("overrides", "xenonnt_sr0", "fit_range"), "1.05, 20"),
        (("grids", "mu", "points"), "2.5"),
    ],
)
def test_a_wrong_setting_is_said_and_nothing_is_computed(panel, window, qtbot, path, text):
    qtbot.keyClicks(field(panel, *path), text)
    qtbot.mouseClick(panel.apply, Qt.MouseButton.LeftButton)
    assert panel.task == 0
    assert len(panel.message.text()) > 20
    assert panel.message.property("wrong")
    assert len(window.model.state.layers) == 1


def test_apply_computes_what_nusterile_computes(panel, window, qtbot):
    qtbot.keyClicks(field(panel, "overrides", "xenonnt_sr0", "fit_range"), "1, 20")
    qtbot.keyClicks(panel.name, "up to 20 keV")
    wanted = panel.configuration()
    qtbot.mouseClick(panel.apply, Qt.MouseButton.LeftButton)
    assert panel.message.text() == "starting"
    assert panel.cancel.isEnabled()
    settle(window, 60)
    layer = window.model.layer
    assert layer.name == "up to 20 keV"
    assert layer.dataset.nusterile.config == wanted
    built = nusterile.Analysis(wanted).build()
    np.testing.assert_allclose(layer.dataset.chi2, built.chi2, rtol=1e-12)
    assert panel.apply.isEnabled()


def test_settings_of_an_open_product_are_not_computed_again(panel, window, qtbot):
    line = field(panel, "solar", "sigma")
    qtbot.keyClicks(line, "0.2")
    line.clear()
    qtbot.mouseClick(panel.apply, Qt.MouseButton.LeftButton)
    assert panel.task == 0
    assert panel.message.text() == "nothing to compute: small has these settings"
    qtbot.keyClicks(line, "0.2")
    qtbot.mouseClick(panel.apply, Qt.MouseButton.LeftButton)
    assert panel.task
    panel.stop()


def test_a_product_is_named_after_what_was_changed(panel, window, qtbot):
    qtbot.keyClicks(field(panel, "solar", "sigma"), "0.2")
    qtbot.waitUntil(lambda: panel.name.placeholderText() == "σ of solar pull = 0.2")
    qtbot.keyClicks(field(panel, "overrides", "xenonnt_sr0", "fit_range"), "1, 20")
    field(panel, "overrides", "pandax4t_run0", "components", "xe127", "enabled").click()
    qtbot.mouseClick(panel.apply, Qt.MouseButton.LeftButton)
    settle(window, 60)
    name = window.model.layer.name
    assert name.startswith("σ of solar pull = 0.2, ")
    assert "fit range = 1, 20 keV" in name
    assert name.endswith(" off")
    assert "XENONnT" in name


def test_a_wrong_value_is_marked_while_it_is_typed(panel, qtbot):
    line = field(panel, "oscillation", "sin2_theta_12")
    qtbot.keyClicks(line, "1.5")
    assert not line.property("wrong")
    qtbot.waitUntil(lambda: bool(line.property("wrong")), timeout=5000)
    assert "sin²θ₁₂" in panel.message.text()
    assert panel.task == 0
    line.selectAll()
    qtbot.keyClicks(line, "0.3")
    qtbot.waitUntil(lambda: not line.property("wrong"), timeout=5000)
    assert panel.message.text() == " "


def test_cancel_answers_at_once_and_stops_the_thread(panel, window, qtbot):
    settle(window)
    panel.show_configuration(nusterile.Configuration())
    qtbot.mouseClick(panel.apply, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.bar.value() > 200, timeout=20000)
    start = time.perf_counter()
    qtbot.mouseClick(panel.cancel, Qt.MouseButton.LeftButton)
    assert time.perf_counter() - start < 0.3
    assert panel.message.text() == "cancelled"
    assert not window.busy
    qtbot.waitUntil(lambda: window.worker.idle, timeout=3000)
    assert len(window.model.state.layers) == 1
    qtbot.wait(50)
    assert panel.message.text() == "cancelled"


def test_a_second_computation_replaces_the_first(panel, window):
    panel.compute(nusterile.Configuration(), "first")
    panel.compute(nusterile.Configuration.from_values(SMALL), "second")
    settle(window, 60)
    assert [layer.name for layer in window.model.state.layers] == ["small", "second"]


def test_what_fails_is_a_dialog(panel, window):
    huge = {"grids": {"m_4": {"low": 1e-3, "high": 1, "points": 100000}}}
    panel.compute(nusterile.Configuration.from_values(huge), "huge")
    settle(window)
    (box,) = boxes(window)
    assert "memory" in box.informativeText()
    assert panel.apply.isEnabled()


@pytest.mark.parametrize("stop", [True, False])
def test_closing_during_work_asks_once(make_window, product, qtbot, stop):
    window = make_window(product)
    window.what_if.compute(nusterile.Configuration(), "long")
    window.close()
    window.close()
    (box,) = boxes(window)
    assert window.isVisible()
    yes, no = box.buttons()[0], box.buttons()[1]
    qtbot.mouseClick(yes if stop else no, Qt.MouseButton.LeftButton)
    if stop:
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=5000)
    else:
        settle(window, 60)
        assert window.isVisible()
        assert len(window.model.state.layers) == 2


def test_the_first_start_builds_the_reference(make_window, qtbot, monkeypatch):
    import nusterile.analysis
    from nusterile.model.configuration import Configuration

    real = nusterile.analysis.Analysis
    monkeypatch.setattr(
        nusterile.analysis, "Analysis", lambda: real(Configuration.from_values(SMALL))
    )
    window = make_window()
    welcome = window.findChild(Welcome)
    assert welcome.isVisible()
    qtbot.mouseClick(welcome.build, Qt.MouseButton.LeftButton)
    assert welcome.bar.isVisible()
    settle(window, 60)
    settle(window)
    assert window.model.layer.path.name == "reference.nc"
    assert not welcome.isVisible()


def test_the_first_start_can_be_cancelled(make_window, qtbot, isolated):
    window = make_window()
    welcome = window.welcome
    qtbot.mouseClick(welcome.build, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(welcome.cancel, Qt.MouseButton.LeftButton)
    settle(window, 60)
    assert welcome.message.text() == "cancelled"
    assert not list((isolated / "data").rglob("*.nc"))


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        (("oscillation", "sin2_theta_12"), "1.5", "sin²θ₁₂"),
        (("solar", "sigma"), "wide", "σ of solar pull"),
        (("solar", "source_sigma"), "wide", "σ by source"),
        (("solar", "source_sigma"), "9Be = 0.1", "σ by source"),
        (("overrides", "xenonnt_sr0", "fit_range"), "5", "fit range"),
        (("overrides", "xenonnt_sr0", "fit_range"), "1, 29.5", "fit range [keV]: ends at 29.5"),
    ],
)
def test_what_cannot_be_used_is_shown_where_it_stands(panel, window, path, text, said):
    line = field(panel, *path)
    line.setText(text)
    assert panel.configuration() is None
    assert said in panel.message.text()
    assert path[-1] not in panel.message.text()
    assert line.property("wrong")
    assert line.isVisibleTo(panel)
    line.clear()
    assert panel.configuration() is not None
    assert not line.property("wrong")


@pytest.mark.parametrize("name", ["flavors", "selections"])
def test_nothing_checked_is_refused_at_once(panel, name):
    boxes_ = field(panel, name)
    for row in range(boxes_.count()):
        boxes_.item(row).setCheckState(Qt.CheckState.Unchecked)
    assert panel.configuration() is None
    assert "at least one" in panel.message.text()


def test_a_decimal_comma_is_a_decimal_point(panel):
    field(panel, "oscillation", "sin2_theta_12").setText("0,3")
    assert panel.configuration().oscillation.sin2_theta_12 == 0.3


def test_nothing_of_the_form_is_cut_off(panel, window):
    for section in window.what_if.findChildren(Section):
        section.button.setChecked(True)
    settle(window)
    area = panel._area
    assert area.widget().minimumSizeHint().width() <= area.viewport().width()
