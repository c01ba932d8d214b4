"""The colours of the plane: Δχ² of the active layer, its levels, or coverage of statements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from nusterile.arrays import Floats
from nusterile.vocabulary import CL, DOF, FLAVOR, SELECTION, STATEMENT
from nusterile_gui.look.text_size import text_scale
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.filled_levels import LEVELS, FilledLevels
from nusterile_gui.panels.toy_items import mass_places
from nusterile_gui.plots.axes import cell_edges, positions
from nusterile_gui.plots.plots import set_axis_colors
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.overlays import Overlay

__all__ = ["PlaneImage", "covered", "regular_image"]

#: Δχ² at the upper end of the colour bar: just above 99 % for two degrees of freedom, since
#: what lies beyond is excluded in any case and should not be the loudest.
_TOP = 12.0
#: Width of the axis of the colour bar, with numbers and with levels, pixels.
_WIDTH, _LEVELS_WIDTH = 45, 64
#: What the image depends on: without coverage neither overlays nor the level count.
_SCAN_FIELDS = frozenset({"layers", "active", SELECTION, FLAVOR, DOF, "image"})
_COVERAGE_FIELDS = _SCAN_FIELDS | {"overlays", CL, STATEMENT}


def regular_image(
    x: NDArray[np.float64], y: NDArray[np.float64], values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], QRectF]:
    """Pixels on a regular grid, each with the value of the nearest point.

    Parameters
    ----------
    x, y : ndarray
        Increasing coordinates of the points.
    values : ndarray, shape (n_x, n_y)
        Values.

    Returns
    -------
    image : ndarray
        `values` itself where the points are regular already.
    rectangle : QRectF
        Where the image goes.
    """
    image = values
    sides = []
    for axis, places in enumerate((x, y)):
        edges = cell_edges(places)
        steps = np.diff(edges)
        if steps.max() > steps.min() * (1 + 1e-6):
            count = min(1024, int(np.ceil((edges[-1] - edges[0]) / steps.min())))
            centres = edges[0] + (np.arange(count) + 0.5) * (edges[-1] - edges[0]) / count
            image = np.take(image, np.searchsorted(edges, centres) - 1, axis=axis)
        sides.append((edges[0], edges[-1] - edges[0]))
    (left, width), (bottom, height) = sides
    return image, QRectF(left, bottom, width, height)


class _SmoothImage(pg.ImageItem):  # type: ignore[misc]  # pyqtgraph has no types for it
    """An image without visible blocks: pixels of the screen lie between those of the grid."""

    def paint(self, painter: QPainter, *arguments: Any) -> None:
        """Draw the image."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        super().paint(painter, *arguments)


def covered(model: ViewModel) -> Overlay | None:
    """The first visible study of coverage that holds the fit, level and statement of the view."""
    state = model.state
    for overlay in state.overlays:
        toys = overlay.toys
        fit = (state.selection, state.flavor, state.cl, state.dof)
        if overlay.visible and state.statement in toys.statements and not toys.lacks(*fit):
            seen = np.isfinite(mass_places(model, toys.masses))
            if seen.any() and np.any(toys.moments > 0):
                return overlay
    return None


class PlaneImage:
    """The image of a plane and its colour bar.

    Parameters
    ----------
    plot : PlotItem
        Where they are drawn.
    model : ViewModel
        The state.
    """

    def __init__(self, plot: pg.PlotItem, model: ViewModel) -> None:
        self._model = model
        self.image = _SmoothImage(axisOrder="col-major")
        plot.addItem(self.image)
        self.levels = FilledLevels(plot)
        self.bar = pg.ColorBarItem(values=(0, _TOP), interactive=False, width=14)
        self.bar.setImageItem(self.image, insert_in=plot)

    def fields(self) -> Changed:
        """Fields of the state on which the image depends."""
        return _COVERAGE_FIELDS if self._model.state.image == "coverage" else _SCAN_FIELDS

    def draw(self, theme: Theme | None) -> None:
        """Draw what the state asks for, in the colours of a theme."""
        wanted = self._model.state.image
        draw = {"coverage": self._draw_coverage, "levels": self._draw_levels}
        drawn = draw.get(wanted, self._draw_scan)(theme)
        self.image.setVisible(drawn and wanted != "levels")
        if not (drawn and wanted == "levels"):
            self.levels.hide()
        self.bar.setVisible(drawn)

    def _draw_scan(self, theme: Theme | None) -> bool:
        layer, state = self._model.layer, self._model.state
        if layer is None or not (layer.visible and layer.slices.has_scan):
            return False
        slices = layer.slices
        x, y = positions(slices.masses), positions(slices.moments)
        values = slices.plane(state.selection, state.flavor, state.dof)
        self._show(*regular_image(x, y, values), (0.0, _TOP))
        if theme is not None:
            self._color(theme, "Δχ²", list(theme.plane), None)
        return True

    def _draw_levels(self, theme: Theme | None) -> bool:
        layer, state = self._model.layer, self._model.state
        if layer is None or not (layer.visible and layer.slices.has_scan):
            return False
        slices = layer.slices
        if slices.masses.size < 2 or slices.moments.size < 2:
            return False
        values = slices.plane(state.selection, state.flavor, state.dof)
        self.levels.draw(positions(slices.masses), positions(slices.moments), values, state.dof)
        self.bar.setLevels((0.0, len(LEVELS) + 1.0))
        if theme is not None:
            shades = pg.ColorMap(None, list(theme.plane)).mapToQColor
            colors = [shades(k / len(LEVELS)) for k in range(len(LEVELS) + 1)]
            self.levels.apply_colors(colors[1:])
            # Every colour twice, at the lower and at the upper end of its part of the bar.
            stops = np.repeat(np.arange(len(colors) + 1) / len(colors), 2)[1:-1]
            self._color(theme, "excluded at", [c for c in colors for _ in (0, 1)], list(stops))
            ticks = [(k, f"{100 * level:g} %") for k, level in enumerate(LEVELS, 1)]
            self.bar.axis.setTicks([ticks])
            self.bar.axis.setWidth(_LEVELS_WIDTH * text_scale())
        return True

    def _draw_coverage(self, theme: Theme | None) -> bool:
        state = self._model.state
        overlay = covered(self._model)
        if overlay is None:
            return False
        toys = overlay.toys
        values = toys.coverage(state.selection, state.flavor, state.cl, state.statement)
        # The moment 0 has no place on a logarithmic axis.
        x, y = mass_places(self._model, toys.masses), positions(toys.moments)
        seen = np.isfinite(x)
        values = values[np.ix_(seen, toys.moments > 0)]
        lowest = min(float(np.nanmin(values)), 2 * state.cl - 1)
        self._show(*regular_image(x[seen], y[toys.moments > 0], values), (lowest, 1.0))
        if theme is not None:
            middle = (state.cl - lowest) / (1 - lowest)
            # Of which statement stands in the panel; a short bar has no room for it.
            self._color(theme, "coverage", list(theme.coverage), [0.0, middle, 1.0])
        return True

    def _show(self, image: Floats, rectangle: QRectF, levels: tuple[float, float]) -> None:
        self.image.setImage(image, autoLevels=False, levels=levels)
        self.image.setRect(rectangle)
        self.bar.setLevels(levels)

    def _color(
        self, theme: Theme, label: str, colors: list[Any], stops: list[float] | None
    ) -> None:
        self.bar.setColorMap(pg.ColorMap(stops, colors))
        self.bar.axis.setLabel(label)
        self.bar.axis.setTicks(None)
        self.bar.axis.setWidth(_WIDTH * text_scale())
        set_axis_colors(self.bar.axis, theme)
