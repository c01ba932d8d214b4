"""Stacked histograms as one item: filled steps, drawn without outlines."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QBrush, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from nusterile_gui.plots.plots import pen
from nusterile_gui.plots.seen_item import SeenItem

__all__ = ["StepStack"]


class StepStack(SeenItem):
    """Layers of a histogram, each filled from the one below it.

    Attributes
    ----------
    edges : ndarray, shape (n_bin + 1,)
        Bin edges.
    tops : ndarray, shape (n_layer, n_bin)
        Upper edges of the layers, from the lowest to the total.
    """

    def __init__(self) -> None:
        super().__init__()
        self.edges: NDArray[np.float64] = np.array([0.0, 1.0])
        self.tops: NDArray[np.float64] = np.zeros((0, 1))
        self._brushes: list[QBrush] = []
        self._line = pen("#000000", 0.8)

    def set_colors(self, colors: list[str], between: str) -> None:
        """Set a colour for every layer and one for the lines between them."""
        self._brushes = [pg.mkBrush(color) for color in colors]
        self._line = pen(between, 0.8)
        self.update()

    def set_data(self, edges: NDArray[np.float64], tops: NDArray[np.float64]) -> None:
        """Show other layers."""
        if not np.array_equal(edges, self.edges):
            self.prepareGeometryChange()
        self.edges, self.tops = edges, tops
        self.update()

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Fill the layers, the total first."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        x = np.repeat(self.edges, 2)
        for top, brush in zip(self.tops[::-1], self._brushes[::-1], strict=False):
            y = np.concatenate([[0.0], np.repeat(np.nan_to_num(top), 2), [0.0]])
            path = pg.arrayToQPath(x, y)
            painter.fillPath(path, brush)
            painter.strokePath(path, self._line)
