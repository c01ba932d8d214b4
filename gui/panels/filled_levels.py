"""The plane filled between confidence levels: 68, 90, 95 and 99 %."""

from __future__ import annotations

from itertools import pairwise

import contourpy
import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPolygonF
from PySide6.QtWidgets import QGraphicsPathItem

from nusterile.arrays import Floats
from nusterile.statistics.intervals import threshold

__all__ = ["LEVELS", "FilledLevels"]

#: Confidence levels between which the plane is filled.
LEVELS = (0.68, 0.90, 0.95, 0.99)


class FilledLevels:
    """Areas of the plane that are excluded at one level and not at the next.

    Parameters
    ----------
    plot : PlotItem
        Where they are drawn.
    """

    def __init__(self, plot: pg.PlotItem) -> None:
        self.areas = [QGraphicsPathItem() for _ in LEVELS]
        for area in self.areas:
            area.setPen(Qt.PenStyle.NoPen)
            area.setZValue(1)
            plot.addItem(area, ignoreBounds=True)

    def draw(self, x: Floats, y: Floats, values: Floats, dof: int) -> None:
        """Fill what lies between the levels.

        Parameters
        ----------
        x, y : ndarray
            Increasing coordinates.
        values : ndarray, shape (n_x, n_y)
            Δχ²; nothing is filled next to NaN.
        dof : int
            Degrees of freedom that turn it into levels.
        """
        heights = [float(threshold(level, dof)) for level in LEVELS]
        generator = contourpy.contour_generator(
            x, y, np.ma.masked_invalid(values.T), fill_type=contourpy.FillType.OuterOffset
        )
        for area, low, high in zip(self.areas, heights, (*heights[1:], np.inf), strict=True):
            area.setPath(_path(*generator.filled(low, high)))
            area.setVisible(True)

    def hide(self) -> None:
        """Fill nothing."""
        for area in self.areas:
            area.setVisible(False)

    def apply_colors(self, colors: list[QColor]) -> None:
        """Take colours, one an area."""
        for area, color in zip(self.areas, colors, strict=True):
            area.setBrush(color)


def _path(outlines: list[Floats], offsets: list[np.ndarray]) -> QPainterPath:
    """Polygons with their holes as one path."""
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for points, ends in zip(outlines, offsets, strict=True):
        for start, end in pairwise(ends):
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points[start:end]]))
    return path
