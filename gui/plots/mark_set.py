"""Triangles at places of a plot, of one size on the screen."""

from __future__ import annotations

from typing import NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QPointF
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from nusterile_gui.plots.plots import pen
from nusterile_gui.plots.seen_item import SeenItem

__all__ = ["Mark", "MarkSet"]

#: A triangle around its place, pixels.
_TRIANGLE = QPolygonF([QPointF(-5.5, -5.5), QPointF(5.5, -5.5), QPointF(0.0, 5.5)])


class Mark(NamedTuple):
    """A triangle that points down at a place of the view, in two colours."""

    x: float
    y: float
    edge: QColor
    inside: QColor


class MarkSet(SeenItem):
    """Marks that are drawn by one item.

    An item of pyqtgraph that keeps a picture of each kind of mark takes four milliseconds to
    take thirty of them; these are drawn in a tenth of one.

    Parameters
    ----------
    plot : PlotItem
        Where they are drawn.
    z : float
        Height in the drawing order.
    """

    def __init__(self, plot: pg.PlotItem, z: float) -> None:
        super().__init__()
        self.marks: list[Mark] = []
        self._looks: list[tuple[QPen, QBrush]] = []
        self.setZValue(z)
        plot.addItem(self, ignoreBounds=True)

    def show_marks(self, marks: list[Mark]) -> None:
        """Show other marks."""
        self.marks = marks
        self._looks = [(pen(mark.edge, 1), QBrush(mark.inside)) for mark in marks]
        self.update()

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw each mark upon the ones before."""
        transform = painter.worldTransform()
        painter.resetTransform()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for mark, (edge, inside) in zip(self.marks, self._looks, strict=True):
            painter.setPen(edge)
            painter.setBrush(inside)
            painter.drawPolygon(_TRIANGLE.translated(transform.map(QPointF(mark.x, mark.y))))
