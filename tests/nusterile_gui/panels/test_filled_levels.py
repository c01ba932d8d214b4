"""The plane filled between levels, in place of shades of Δχ²."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from scene import cut_texts
from window_hand import settle

from nusterile.statistics.intervals import threshold
from nusterile_gui.panels.filled_levels import LEVELS
from nusterile_gui.plots.axes import positions


def filled(window, x, y):
    """Numbers of the areas that cover a point of the plane."""
    areas = window.plane.colors.levels.areas
    return [
        k
        for k, area in enumerate(areas)
        if area.isVisible() and area.path().contains(QPointF(x, y))
    ]


@pytest.mark.parametrize("dof", [1, 2])
def test_each_area_holds_what_lies_between_its_levels(window, qtbot, dof):
    qtbot.keyClick(window, Qt.Key.Key_C)
    window.model.update(dof=dof)
    settle(window)
    slices, state = window.model.layer.slices, window.model.state
    assert state.image == "levels"
    assert not window.plane.image.isVisible()
    values = slices.plane(state.selection, state.flavor, dof)
    heights = [float(threshold(level, dof)) for level in LEVELS]
    x, y = positions(slices.masses), positions(slices.moments)
    tried = 0
    for i in range(1, x.size - 1):
        for j in range(1, y.size - 1):
            around = values[i - 1 : i + 2, j - 1 : j + 2]
            bands = np.searchsorted(heights, around)
            if np.ptp(bands) == 0 and np.isfinite(around).all():  # far from every line
                tried += 1
                wanted = [bands[1, 1] - 1] if bands[1, 1] else []
                assert filled(window, x[i], y[j]) == wanted
    assert tried > 50
    qtbot.keyClick(window, Qt.Key.Key_C)
    assert window.plane.image.isVisible()
    assert not any(area.isVisible() for area in window.plane.colors.levels.areas)


def test_the_bar_names_the_levels(window):
    window.model.update(image="levels")
    window.resize(1280, 800)
    settle(window)
    axis = window.plane.bar.axis
    assert axis.labelText == "excluded at"
    assert [text for _, text in axis._tickLevels[0]] == ["68 %", "90 %", "95 %", "99 %"]
    # Each colour of the bar is that of its area.
    for k, area in enumerate(window.plane.colors.levels.areas):
        middle = (k + 1.5) / (len(LEVELS) + 1)
        assert window.plane.bar.colorMap().mapToQColor(middle) == area.brush().color()
    assert not cut_texts(window)
    window.model.update(image="delta_chi2")
    assert axis.labelText == "Δχ²"
    assert axis._tickLevels is None


def test_a_hidden_product_fills_nothing(window):
    window.model.update(image="levels")
    window.model.change(window.model.state.active, visible=False)
    assert not any(area.isVisible() for area in window.plane.colors.levels.areas)
    assert not window.plane.bar.isVisible()


def test_it_is_remembered_and_undone(window, make_window, product):
    window.model.update(image="levels")
    window.history.undo()
    assert window.model.state.image == "delta_chi2"
    window.history.redo()
    window.close()
    assert make_window(product).model.state.image == "levels"
