"""What is remembered, and what is forgotten."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QSettings
from window_hand import settle

from nusterile_gui.frame.window import Window
from nusterile_gui.state.openable import first_products
from nusterile_gui.state.settings import Memory, Session


def test_the_view_comes_back(make_window, product, other_product):
    first = make_window(product)
    first.model.update(
        selection="pandax4t",
        flavor="e",
        cl=0.95,
        dof=2,
        m_4=0.3,
        mu=1e-10,
        quantity="rate",
        fitted=True,
        massless=True,
        expected=False,
        shown_bounds=frozenset({"borexino"}),
        experiment="pandax4t_run1",
    )
    first.menus.actions["dark"].trigger()
    first.docks["pulls"].hide()
    kept = first.model.state
    first.close()
    second = make_window(product)
    for name in (
        "selection",
        "flavor",
        "cl",
        "dof",
        "m_4",
        "mu",
        "quantity",
        "fitted",
        "massless",
        "expected",
        "shown_bounds",
        "experiment",
        "shown_selections",
    ):
        assert getattr(second.model.state, name) == getattr(kept, name), name
    assert second.theme.name == "dark"
    settle(second)
    assert not second.docks["pulls"].isVisible()
    second.menus.actions["reset"].trigger()
    settle(second)
    state = second.model.state
    assert (state.cl, state.dof, state.flavor, state.fitted) == (0.9, 1, "effective", False)
    assert second.docks["pulls"].isVisible()
    assert second.theme.name == "light"
    assert second.menus.actions["light"].isChecked()
    assert not second.menus.actions["dark"].isChecked()
    assert second.memory.recent() == []


def test_the_session_comes_back(make_window, product, other_product, qtbot):
    """Products, their names and roles, and the zoom; what is gone is named."""
    first = make_window(product, other_product)
    one, other = first.model.state.layers
    first.model.change(one.key, name="mine", visible=False)
    first.model.update(active=one.key, ratio=(one.key, other.key))
    first.model.update(shown_selections=frozenset({"pandax4t"}), selection="pandax4t")
    first.model.update(ranges=((-2.0, -0.5), (-11.0, -9.0)), second=(0.2, 3e-10))
    for active in (other, one):
        first.model.update(active=active.key, m_4=0.1, mu=1e-10)
        first.menus.actions["pin"].trigger()
    pins = first.model.state.pins
    first.model.update(ranges=((-2.0, -0.5), (-11.0, -9.0)))
    first.close()
    second = Window(first_products([]), resume=True)
    second.show()
    settle(second)
    qtbot.waitUntil(lambda: len(second.model.state.layers) == 2)
    qtbot.wait(50)
    state = second.model.state
    keys = dict(zip((one.key, other.key), (layer.key for layer in state.layers), strict=True))
    assert len(pins) == 2
    assert state.pins == tuple(replace(pin, layer=keys[pin.layer]) for pin in pins)
    assert [layer.name for layer in state.layers] == ["mine", "other"]
    assert [layer.visible for layer in state.layers] == [False, True]
    assert second.model.layer.name == "mine"
    assert state.ratio == tuple(layer.key for layer in state.layers)
    assert state.shown_selections == {"pandax4t"}
    assert state.second == (0.2, 3e-10)
    np.testing.assert_allclose(second.plane.box.viewRange(), [[-2.0, -0.5], [-11.0, -9.0]])
    second.close()


def test_a_product_of_the_session_that_is_gone_is_named(make_window, product, tmp_path):
    path = tmp_path / "passing.nc"
    shutil.copy(product, path)
    first = make_window(product, path)
    first.close()
    path.unlink()
    second = Window(first_products([]), resume=True)
    second.show()
    settle(second)
    for _ in range(5):
        QCoreApplication.processEvents()
    assert [layer.name for layer in second.model.state.layers] == ["small"]
    assert second.statusBar().currentMessage() == "no longer there: passing"
    second.close()


@pytest.mark.parametrize("text", ["", "nonsense", "[]", '{"products": 3}', '{"products": [{}]}'])
def test_a_broken_session_is_none(isolated, text):
    settings = QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, "nusterile", "nusterile"
    )
    settings.setValue("session/open", text)
    settings.sync()
    assert Memory().session() == Session()


def test_recent_files_are_listed_and_opened(make_window, product, other_product):
    window = make_window(product, other_product)
    names = [action.text() for action in window.menus.recent.actions()]
    assert names[:2] == ["other.nc", "small.nc"]
    window.menus.recent.actions()[0].trigger()
    settle(window)
    assert len(window.model.state.layers) == 3
    window.menus.recent.actions()[-1].trigger()
    assert not window.menus.recent.isEnabled()


def test_the_first_product_is_the_named_the_last_or_the_reference(isolated, product, tmp_path):
    assert first_products([tmp_path / "x.nc"]) == [tmp_path / "x.nc"]
    assert first_products([]) == []
    Memory().remember(product)
    assert first_products([]) == [product]


@pytest.mark.parametrize("value", ["", "nonsense", "-1", "[1]"])
def test_broken_settings_do_not_keep_the_window_from_opening(make_window, product, value):
    settings = QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, "nusterile", "nusterile"
    )
    for name in (
        "view/cl",
        "view/selection",
        "view/shown_bounds",
        "view/theme",
        "view/m_4",
        "view/dof",
        "window/state",
        "window/geometry",
        "files/recent",
        "view/quantity",
    ):
        settings.setValue(name, value)
    settings.setValue("window/version", 1)
    settings.sync()
    window = make_window(product)
    assert window.model.layer is not None
    assert window.model.state.quantity == "counts"


def test_a_folder_of_bounds_that_is_gone_is_named(make_window, product, tmp_path):
    settings = QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, "nusterile", "nusterile"
    )
    settings.setValue("view/bound_folders", [str(tmp_path / "lost")])
    settings.sync()
    window = make_window()
    assert "no longer there" in window.statusBar().currentMessage()
    assert str(tmp_path / "lost") in window.statusBar().currentMessage()
    assert window.model.state.bounds


def test_closing_before_files_are_read_forgets_nothing(make_window, product, tmp_path):
    first = make_window(product)
    first.close()
    remembered = Memory().session()
    assert [p.name for p in remembered.products] == ["small"]
    hasty = Window(first_products([]), resume=True)
    hasty.close_now()
    assert Memory().session() == remembered


@pytest.mark.parametrize(
    "text",
    [
        '{"products": [], "active": Infinity, "ratio": [], "ranges": []}',
        '{"products": [], "active": 0, "ratio": [], "ranges": [[1], [NaN, 2]]}',
        '{"products": [], "active": 0, "ratio": [], "ranges": [], "second": [NaN, 1]}',
        '{"products": [], "active": 0, "ratio": [], "ranges": [], "second": [1]}',
        '{"products": [], "active": 0, "ratio": [], "ranges": [], "pins": [{"layer": 0}]}',
    ],
)
def test_numbers_of_a_session_that_mean_nothing_are_none(isolated, text):
    settings = QSettings(
        QSettings.Format.IniFormat, QSettings.Scope.UserScope, "nusterile", "nusterile"
    )
    settings.setValue("session/open", text)
    settings.sync()
    assert Memory().session().ranges == []
    assert Memory().session().second == []
    assert Memory().session().pins == []
