"""External bounds on the plane: curves, regions, lines and marks at vanishing mass."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPolygonF
from PySide6.QtWidgets import QGraphicsPolygonItem

from nusterile.bounds.registry import massless_marks
from nusterile.vocabulary import CL, FLAVOR, FLAVOR_SYMBOLS
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.bound_lines import bound_line
from nusterile_gui.panels.bounds_tree import describe
from nusterile_gui.panels.plane_pointing import NamedCurve
from nusterile_gui.plots.plot_labels import PlotLabel
from nusterile_gui.plots.plots import CurveSet, pen, small_font
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.solo import BoundCurve

__all__ = ["BoundItems"]

_FIELDS = frozenset({"bounds", "own_curves", "shown_bounds", "massless", FLAVOR})


class BoundItems:
    """External bounds in a plot.

    Parameters
    ----------
    plot : PlotItem
        Where they are drawn.
    model : ViewModel
        The state.
    """

    def __init__(self, plot: pg.PlotItem, model: ViewModel) -> None:
        self._plot = plot
        self._model = model
        self._theme: Theme | None = None
        self._set = CurveSet(plot, z=12)
        self._regions: list[QGraphicsPolygonItem] = []
        self._labels: list[tuple[pg.TextItem, np.ndarray, str]] = []
        self._names: list[str] = []
        self.marks = pg.ScatterPlotItem(symbol="t3", size=11, pxMode=True)
        self.marks.setZValue(30)
        plot.addItem(self.marks, ignoreBounds=True)
        self._mark_values: list[tuple[float, str]] = []

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._draw()

    def on_changed(self, changed: Changed) -> bool:
        """Draw again where a change concerns bounds; whether it did."""
        if not changed & _FIELDS:
            return False
        self._draw()
        return True

    def arrays(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Plotted arrays of curves and outlines."""
        return self._set.shown()

    def named_curves(self) -> list[NamedCurve]:
        """Curves with what they are."""
        bounds = self._model.state.known_bounds
        return [
            NamedCurve(describe(bounds[name]), *curve, BoundCurve(name))
            for name, curve in zip(self._names, self.arrays(), strict=True)
        ]

    def out_of_sight(self) -> list[str]:
        """Labels of bounds that are drawn, with no part of them in the view."""
        (left, right), (bottom, top) = self._plot.getViewBox().viewRange()
        seen = dict.fromkeys(self._names, False)
        for name, (x, y) in zip(self._names, self.arrays(), strict=True):
            across = np.nanmin(x) <= right and np.nanmax(x) >= left
            seen[name] |= bool(across and np.nanmin(y) <= top and np.nanmax(y) >= bottom)
        hidden = [
            self._model.state.known_bounds[name] for name, visible in seen.items() if not visible
        ]
        return [f"{b.label} {FLAVOR_SYMBOLS.get(b.flavor, '')}".strip() for b in hidden]

    @property
    def n_regions(self) -> int:
        """Number of filled outlines."""
        return len(self._regions)

    def _draw(self) -> None:
        if self._theme is None:
            return
        state = self._model.state
        for item in (*self._regions, *(label for label, _, _ in self._labels)):
            self._plot.removeItem(item)
        self._regions, self._labels, self._names = [], [], []
        self._set.begin()
        for bound in state.drawn_bounds:
            name = bound.name
            color, style = bound_line(self._theme, state.known_bounds, name)
            pieces = bound.polygons() if bound.kind == "region" else bound.pieces
            outline = []
            for piece in pieces:
                points = np.log10(piece)
                outline += [points, np.full((1, 2), np.nan)]
                self._names.append(name)
                self._set.draw(
                    points[:, 0], points[:, 1], pen(color, 1.4, style), pen(self._theme.base, 3)
                )
                if bound.kind == "region":
                    self._fill(points, color)
            self._label(bound.label, np.concatenate(outline), color, name)
        self._set.end()
        self._mark_values = []
        if state.massless:
            marks = massless_marks()
            self._mark_values = [
                (float(np.log10(value)), f"{label} ({100 * cl:g} % CL, m₄ = 0)")
                for value, label, cl, flavor in zip(
                    marks.values,
                    marks["label"].values,
                    marks[CL].values,
                    marks[FLAVOR].values,
                    strict=True,
                )
                if str(flavor) in (state.flavor, "all")
            ]
            for value, text in self._mark_values:
                self._label(text, np.array([[-np.inf, value]]), QColor(self._theme.text), "")
        self.place_marks()

    def _fill(self, points: np.ndarray, color: QColor) -> None:
        polygon = QGraphicsPolygonItem(QPolygonF([QPointF(x, y) for x, y in points]))
        shade = QColor(color)
        shade.setAlpha(40)
        polygon.setBrush(shade)
        polygon.setPen(Qt.PenStyle.NoPen)
        polygon.setZValue(11)
        self._plot.addItem(polygon, ignoreBounds=True)
        self._regions.append(polygon)

    def _label(self, text: str, points: np.ndarray, color: QColor, name: str) -> None:
        assert self._theme is not None
        label = pg.TextItem(text, color=color, anchor=(0.5, 0.5))
        label.setFont(small_font(8))
        fill = QColor(self._theme.base)
        fill.setAlpha(200)
        label.fill = pg.mkBrush(fill)
        label.setZValue(33)
        self._plot.addItem(label, ignoreBounds=True)
        self._labels.append((label, points, name))

    def labels(self) -> tuple[list[PlotLabel], list[PlotLabel]]:
        """Labels of the marks, which stand beside them, and of the bounds with their curves."""
        edge, marks, bounds = np.array([self._edge()]), [], []
        for label, points, name in self._labels:
            x, y = points[:, 0], points[:, 1]
            if np.isneginf(x[0]):
                marks.append(PlotLabel(label, edge, y, beside=True, needed=True))
            else:
                bounds.append(PlotLabel(label, x, y, source=BoundCurve(name)))
        return marks, bounds

    def place_marks(self) -> None:
        """Put the marks of vanishing mass at the left edge."""
        if self._theme is None:
            return
        values = [value for value, _ in self._mark_values]
        self.marks.setData([self._edge()] * len(values), values)
        self.marks.setPen(pen(self._theme.base, 1))
        self.marks.setBrush(pg.mkBrush(self._theme.text))

    def _edge(self) -> float:
        box = self._plot.getViewBox()
        (left, right), _ = box.viewRange()
        return float(left + (right - left) * 8 / max(box.width(), 1.0))
