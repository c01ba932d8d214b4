"""The items of a plot that are as large as what is seen of it."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainterPath

__all__ = ["SeenItem"]


class SeenItem(pg.GraphicsObject):
    """An item that fills the view, wherever that is, so that axes stay as they are."""

    def boundingRect(self) -> QRectF:
        """As much as can be seen."""
        box = self.getViewBox()
        return QRectF(0, 0, 1, 1) if box is None else QRectF(box.viewRect())

    def viewRangeChanged(self) -> None:
        """Follow the view."""
        self.prepareGeometryChange()

    def shape(self) -> QPainterPath:
        """Nowhere: no mouse is for it."""
        return QPainterPath()
