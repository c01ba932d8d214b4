"""Marks are drawn where they belong, in their two colours, of one size however far the zoom."""

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor

from nusterile_gui.plots.mark_set import Mark, MarkSet
from nusterile_gui.plots.plots import Plot


def inside_of(plot, color):
    """Pixels of a colour, as rows of x and y."""
    image = plot.grab().toImage()
    wanted = QColor(color).rgb()
    return np.array(
        [
            (x, y)
            for y in range(image.height())
            for x in range(image.width())
            if image.pixel(x, y) == wanted
        ]
    )


@pytest.mark.parametrize("reach", [1.0, 1e3])
def test_a_mark_stands_at_its_place(qtbot, reach):
    plot = Plot(pg.AxisItem("bottom"), pg.AxisItem("left"))
    qtbot.addWidget(plot)
    plot.resize(300, 200)
    plot.setBackground("#ffffff")
    plot.box.setRange(xRange=(0, reach), yRange=(0, reach), padding=0)
    marks = MarkSet(plot.item, z=30)
    marks.show_marks([Mark(0.25 * reach, 0.5 * reach, QColor("#0000ff"), QColor("#ff0000"))])
    found = inside_of(plot, "#ff0000")
    place = plot.mapFromScene(plot.box.mapViewToScene(QPointF(0.25 * reach, 0.5 * reach)))
    assert 20 < len(found) < 121
    assert np.abs(found.mean(axis=0) - (place.x(), place.y() - 1.8)).max() < 1.5
    # it points down
    assert np.ptp(found[found[:, 1] == found[:, 1].min()][:, 0]) > 4
    marks.show_marks([])
    assert len(inside_of(plot, "#ff0000")) == 0
