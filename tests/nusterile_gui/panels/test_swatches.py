"""Swatches of products and limits: they show what the plane draws."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QColor
from window_hand import settle

import nusterile
from nusterile_gui.panels.bound_lines import SWATCH
from nusterile_gui.panels.limit_items import LimitCurve
from nusterile_gui.state.layers import Layer

ROLE = Qt.ItemDataRole.UserRole


def line_of(icon):
    """Colour and runs of ink of a swatch, along its middle."""
    picture = icon.pixmap(SWATCH, 3.0).toImage()
    y = picture.height() // 2
    colors = [picture.pixelColor(x, y) for x in range(picture.width())]
    ink = np.array([color.alpha() > 127 for color in colors])
    (color,) = {color.name() for color in colors if color.alpha() == 255}
    return color, int(np.sum(np.diff(ink.astype(int)) == 1) + ink[0])


def drawn(window, selection, flavor):
    """Pen of a limit in the plane."""
    limits = window.plane.limits
    (place,) = [
        place
        for place, curve in enumerate(limits.curves)
        if isinstance(curve, LimitCurve)
        and (curve.layer, curve.selection, curve.flavor) == (window.model.layer, selection, flavor)
    ]
    return limits._set._curves[place].line


def rows(widget):
    return {widget.item(row).data(ROLE): widget.item(row) for row in range(widget.count())}


#: Pieces of ink in a swatch.
PIECES = {
    Qt.PenStyle.SolidLine: (1, 1),
    Qt.PenStyle.DashLine: (2, 3),
    Qt.PenStyle.DashDotLine: (3, 4),
    Qt.PenStyle.DotLine: (4, 8),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("products", [1, 2])
def test_swatches_of_limits_are_the_lines_of_the_plane(window, other_product, theme, products):
    if products == 2:
        window.files.open([other_product])
        settle(window)
    window.menus.actions[theme].trigger()
    panel = window.view_panel
    for name in window.model.layer.slices.selections:
        rows(panel.selections)[name].setCheckState(Qt.CheckState.Checked)
    for name in window.model.layer.slices.flavors:
        rows(panel.flavors)[name].setCheckState(Qt.CheckState.Checked)
    for flavor in ("effective", "mu"):
        panel.flavor.setCurrentIndex(panel.flavor.findData(flavor))
        panel.flavor.activated.emit(panel.flavor.currentIndex())
        settle(window)
        state = window.model.state
        lines = [((name, flavor), item) for name, item in rows(panel.selections).items()]
        lines += [((state.selection, name), item) for name, item in rows(panel.flavors).items()]
        checked = 0
        for fit, item in lines:
            if fit[0] not in window.model.layer.slices.selections:
                assert item.icon().isNull()
                continue
            if fit[1] not in window.model.layer.slices.flavors:
                continue
            pen = drawn(window, *fit)
            color, pieces = line_of(item.icon())
            assert color == pen.color().name()
            low, high = PIECES[pen.style()]
            assert low <= pieces <= high
            checked += 1
        slices = window.model.layer.slices
        assert checked == len(slices.selections) + len(slices.flavors)
        color, pieces = line_of(panel.expected.icon())
        assert color == drawn(window, state.selection, flavor).color().name()
        assert pieces > 1


def test_nine_products_have_colours_of_their_own_in_the_list_and_in_the_plane(window, product):
    for number in range(2, 10):
        window.model.add(Layer.of(nusterile.open(product), f"product {number}"))
    settle(window)
    QCoreApplication.processEvents()
    items = [window.view_panel.layers.item(row) for row in range(9)]
    colors = [item.icon().pixmap(12, 12).toImage().pixelColor(6, 6).name() for item in items]
    assert len(set(colors)) == 9
    assert all(QColor(color).alpha() == 255 for color in colors)
    limits = window.plane.limits
    for layer, color in zip(window.model.state.layers, colors, strict=True):
        pens = [
            curve.line.color().name()
            for curve, limit in zip(limits._set._curves, limits.curves, strict=False)
            if limit.layer.key == layer.key and limit.selection == window.model.state.selection
        ]
        assert pens == [color]
        labels = [
            text.color.name()
            for text, limit in zip(limits._labels, limits.curves, strict=False)
            if limit.layer.key == layer.key
        ]
        assert set(labels) == {color}
