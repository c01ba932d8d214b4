"""Labels in the plane: few, apart, led to their curves; and a legend for the rest."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from window_hand import settle

from nusterile_gui.look.themes import DARK, LIGHT
from nusterile_gui.panels.bound_lines import bound_line


@pytest.fixture
def crowded(window, qtbot):
    """Every bound, every selection, two flavours, at the usual size of a window."""
    window.resize(1280, 800)
    model = window.model
    model.update(
        flavor="mu",
        shown_flavors=frozenset({"mu", "e"}),
        shown_selections=frozenset(model.layer.slices.selections),
        shown_bounds=frozenset(model.state.bounds),
        massless=True,
    )
    settle(window)
    qtbot.wait(50)
    return window


def shown(plane):
    items = [label.item for group in plane.bounds.labels() for label in group]
    items += [label.item for label in plane.limits.labels()]
    return [item for item in items if item.isVisible()]


def test_at_most_a_dozen_labels_and_none_upon_another(crowded):
    items = shown(crowded.plane)
    assert 6 < len(items) <= 12
    boxes = [item.mapRectToScene(item.boundingRect()) for item in items]
    for first, second in combinations(boxes, 2):
        assert not first.intersects(second)
    view = crowded.plane.box.sceneBoundingRect()
    assert all(view.contains(box) for box in boxes)


def test_the_active_limit_is_named(crowded):
    first = crowded.plane.limits.labels()[0]
    assert first.needed
    assert first.item.isVisible()


def test_leaders_end_on_their_curves(crowded):
    """A leader's far end is a point of a curve, within a pixel or two."""
    plane = crowded.plane
    ends = [np.stack(curve, axis=1) for curve in plane.leaders.shown()]
    assert ends
    (left, right), (bottom, top) = plane.box.viewRange()
    scale = np.array([plane.box.width() / (right - left), plane.box.height() / (top - bottom)])
    curves = [np.stack(curve, axis=1) for curve in (*plane.bounds.arrays(), *plane.limits.arrays())]
    for _, far in ends:
        away = []
        for curve in curves:
            start, step = curve[:-1] * scale, np.diff(curve, axis=0) * scale
            with np.errstate(invalid="ignore", divide="ignore"):
                along = ((far * scale - start) * step).sum(axis=1) / (step**2).sum(axis=1)
                foot = start + np.clip(along, 0, 1)[:, None] * step
            distance = np.hypot(*(foot - far * scale).T)
            away.append(np.min(distance[np.isfinite(distance)], initial=np.inf))
        assert min(away) < 1.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_bounds_look_different_and_keep_their_looks(window, theme):
    bounds = window.model.state.bounds
    lines = [bound_line(theme, bounds, name) for name in bounds]
    assert len({(color.name(), style) for color, style in lines}) == len(lines)


def test_the_tree_shows_the_line_of_each_bound(window):
    bounds = window.model.state.bounds
    for name in bounds:
        color, _ = bound_line(window.theme, bounds, name)
        icon = window.bounds_tree.item_of(name).icon(0).pixmap(22, 14).toImage()
        pixels = {
            icon.pixelColor(x, y).name()
            for x in range(icon.width())
            for y in range(icon.height())
            if icon.pixelColor(x, y).alpha() == 255
        }
        assert color.name() in pixels
