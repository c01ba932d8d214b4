"""What is remembered, and what is forgotten."""

import pytest
from PySide6.QtCore import QSettings
from window_hand import settle

from nusterile_gui.app import first_products
from nusterile_gui.settings import Memory


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
    assert second.memory.recent() == []


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
