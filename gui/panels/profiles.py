"""Δχ² along one axis at the cursor: over the moment, over the mass."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from nusterile.statistics.intervals import excluded_cl, threshold
from nusterile.vocabulary import CL, DISJOINT, DOF, EXCLUDED, FLAVOR, M_4, MU, OPEN, SELECTION
from nusterile_gui.look.quantities import MOMENT_UNIT
from nusterile_gui.look.text_size import text_scale
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.limit_items import curve_color
from nusterile_gui.panels.second_cursor import SecondCursor
from nusterile_gui.plots.axes import LogAxis, PlainAxis, cell_edges, positions, value_at
from nusterile_gui.plots.mark_set import Mark, MarkSet
from nusterile_gui.plots.plots import CurveSet, Plot, pen, small_font
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["MassProfile", "MomentProfile"]

_CURVE_FIELDS = frozenset({"layers", "active", SELECTION, FLAVOR, "shown_selections", DOF})
_OVER_MOMENT = "Δχ² over the moment, for one mass"
_OVER_MASS = "Δχ² over the mass, for one moment"
_LEVELS = (0.9, 0.95, 0.99)
#: What is said of the fit at the cursor's mass, where it has no plain limit.
_WORDS = {
    OPEN: f"{OPEN}: no upper limit, Δχ² stays below the level",
    EXCLUDED: f"{EXCLUDED}: every moment at this mass",
    DISJOINT: f"{DISJOINT}: several intervals are allowed",
}
#: Widths of the fit's curve and of the others, pixels. Up to 1, Qt draws a smooth line
#: thirteen times as fast as a wider one.
_ACTIVE, _OTHER = 2.4, 1.0
#: How near a dragged level has to come to a usual one to become it, in Δχ².
_SNAP = 0.12


class _Profile(Plot):
    """Curves of Δχ² for every drawn selection of every visible layer."""

    def __init__(
        self, model: ViewModel, signals: ViewSignals, bottom: LogAxis, promise: str
    ) -> None:
        super().__init__(bottom, PlainAxis("left", "Δχ²"))
        self._promise = promise
        self._model = model
        self._bottom = bottom
        self._theme: Theme | None = None
        self.curves = CurveSet(self.item, z=10)
        self.drawn: list[tuple[Layer, str]] = []
        self._points: tuple[object, ...] = ()
        self._lines: dict[tuple[int, str], QPen] = {}
        self._places: dict[int, np.ndarray] = {}
        self.cursor = pg.InfiniteLine(angle=90, movable=False)
        self.cursor.setZValue(5)
        self.item.addItem(self.cursor, ignoreBounds=True)
        self.second = SecondCursor(self, self.cursor)
        self.second_curve = CurveSet(self.item, z=12)
        self.box.setMouseEnabled(x=False, y=True)
        signals.changed.connect(self._on_changed)

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().apply_theme(theme)
        self.getAxis("left").setWidth(52 * text_scale())
        self._theme = theme
        self.cursor.setPen(pen(theme.muted, 1.2))
        self.second.apply_theme(theme)
        self._lines = {}
        self._draw()

    def _on_changed(self, changed: Changed) -> None:
        if changed & _CURVE_FIELDS:
            self._lines, self._places = {}, {}

    def _line(self, layer: Layer, selection: str) -> QPen:
        """How a curve is drawn, made once for all places of the cursor."""
        key = (layer.key, selection)
        if key not in self._lines:
            assert self._theme is not None
            state = self._model.state
            active = key == (state.active, state.selection)
            color = curve_color(self._theme, self._model, layer, selection)
            self._lines[key] = pen(color, _ACTIVE if active else _OTHER)
        return self._lines[key]

    def _place_of_grid(self, layer: Layer) -> np.ndarray:
        """Coordinates of the grid of a layer, as long."""
        if layer.key not in self._places:
            self._places[layer.key] = positions(self._grid(layer))
        return self._places[layer.key]

    def _values(self, layer: Layer, selection: str, index: int) -> np.ndarray:
        raise NotImplementedError

    def _grid(self, layer: Layer) -> np.ndarray:
        raise NotImplementedError

    def _index(self, point: tuple[int, int]) -> int:
        """Number of the row of a grid point."""
        raise NotImplementedError

    def _moved(self) -> bool:
        """Whether the cursor is at other grid points than those drawn."""
        return self._rows() != self._points

    def _rows(self) -> tuple[object, ...]:
        """Rows of every layer that belong to the cursor, and that of B."""
        model = self._model
        own = ((layer.key, self._index(model.point(layer))) for layer in model.state.layers)
        return (*own, self._second_row())

    def _second_row(self) -> int | None:
        """Row of the active layer that belongs to B, where it is another than the cursor's."""
        point = self._model.second_point()
        if point is None or self._index(point) == self._index(self._model.point()):
            return None
        return self._index(point)

    def _draw(self) -> None:
        state = self._model.state
        self.say(self._model.why_empty(self._promise))
        self._points = self._rows()
        self.curves.begin()
        self.second_curve.begin()
        self.drawn = []
        if self._theme is not None:
            for layer in state.layers:
                slices = layer.slices
                if not (layer.visible and slices.has_scan and state.flavor in slices.flavors):
                    continue
                x = self._place_of_grid(layer)
                for selection in slices.selections:
                    if selection not in state.shown_selections:
                        continue
                    line = self._line(layer, selection)
                    values = self._values(layer, selection, self._index(self._model.point(layer)))
                    self.curves.draw(x, values, line)
                    self.drawn.append((layer, selection))
                    active = layer.key == state.active and selection == state.selection
                    if active and (row := self._second_row()) is not None:
                        dashed = pen(line.color(), 1.8, Qt.PenStyle.DashLine)
                        self.second_curve.draw(x, self._values(layer, selection, row), dashed)
        self.curves.end()
        self.second_curve.end()

    def show_all(self) -> None:
        """Show the whole grid, and Δχ² up to beyond the level."""
        layer = self._model.layer
        if layer is None:
            return
        top = max(12.0, 2.5 * float(threshold(self._model.state.cl, self._model.state.dof)))
        self.box.setRange(xRange=self._ends(layer), yRange=(-0.05 * top, top), padding=0)

    def _ends(self, layer: Layer) -> tuple[float, float]:
        """Ends of the axis of the grid."""
        x = cell_edges(positions(self._grid(layer)))
        return float(x[0]), float(x[-1])


class MomentProfile(_Profile):
    """Δχ² over the moment at the cursor's mass, with the confidence level to drag.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    """

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__(model, signals, LogAxis("bottom", f"μ [{MOMENT_UNIT}]"), _OVER_MOMENT)
        self.setObjectName("moment-profile")
        self.setAccessibleName("Δχ² over the moment")
        self.setToolTip("Drag the horizontal line to change the confidence level.")
        self.level = pg.InfiniteLine(angle=0, movable=True)
        self.level.setZValue(25)
        self.level.setCursor(Qt.CursorShape.SizeVerCursor)
        self.level.sigDragged.connect(self._on_level_dragged)
        self.level.sigPositionChangeFinished.connect(lambda _: self.show_all())
        self.item.addItem(self.level, ignoreBounds=True)
        self.guides = [pg.InfiniteLine(angle=0, movable=False) for _ in _LEVELS]
        self.guide_names = [pg.TextItem(f"{100 * cl:g} %", anchor=(1, 1)) for cl in _LEVELS]
        self.caption = pg.TextItem(anchor=(1, 1))
        for line in self.guides:
            self.item.addItem(line, ignoreBounds=True)
        for text in (*self.guide_names, self.caption):
            text.setZValue(26)
            self.item.addItem(text, ignoreBounds=True)
        self.limits = MarkSet(self.item, z=30)
        self.word = pg.TextItem(anchor=(0, 0))
        self.word.setZValue(26)
        self.item.addItem(self.word, ignoreBounds=True)
        self.box.sigResized.connect(lambda *_: self._place_names())

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().apply_theme(theme)
        self.level.setPen(pen(theme.accent, 1.8))
        self.level.setHoverPen(pen(theme.accent, 3.5))
        fill = QColor(theme.base)
        fill.setAlpha(200)
        for guide, name in zip(self.guides, self.guide_names, strict=True):
            guide.setPen(pen(theme.muted, 1, Qt.PenStyle.DotLine))
            name.setColor(theme.muted)
            name.setFont(small_font(8))
            name.fill = pg.mkBrush(fill)
        for text in (self.caption, self.word):
            text.setFont(small_font(8))
        self.caption.setColor(theme.accent)
        self.caption.fill = pg.mkBrush(fill)
        self.word.setColor(theme.text)
        self.word.fill = pg.mkBrush(fill)
        self._mark_limits()
        self._place_names()

    def pointed_at(self, x: float, y: float) -> None:
        """Move the cursor's moment."""
        layer = self._model.layer
        if layer is not None:
            self._model.update(mu=value_at(x, layer.slices.moments))

    def second_pointed_at(self, x: float, y: float) -> None:
        """Move the moment of B, which begins at the cursor's mass."""
        layer, state = self._model.layer, self._model.state
        if layer is not None:
            m_4 = state.second[0] if state.second else state.m_4
            self._model.update(second=(m_4, value_at(x, layer.slices.moments)))

    def _grid(self, layer: Layer) -> np.ndarray:
        return layer.slices.moments

    def _values(self, layer: Layer, selection: str, index: int) -> np.ndarray:
        state = self._model.state
        return layer.slices.along_mu(selection, state.flavor, index, state.dof)

    def _index(self, point: tuple[int, int]) -> int:
        return point[0]

    def _on_changed(self, changed: Changed) -> None:
        super()._on_changed(changed)
        state = self._model.state
        if changed & {CL, DOF, "active"}:
            self._move_level()
            # A range that grows with the level would run away from the hand that drags it.
            if not self.level.moving:
                self.show_all()
        if changed & _CURVE_FIELDS or (changed & {M_4, "second"} and self._moved()):
            self._draw()
            self._mark_limits()
        elif CL in changed:
            self._mark_limits()
        if MU in changed or "active" in changed:
            self.cursor.setVisible(state.active != 0)
            self.cursor.setPos(np.log10(state.mu))
        if changed & {MU, "second", "active"}:
            self.second.show(np.log10(state.second[1]) if state.second else None)

    def _move_level(self) -> None:
        state = self._model.state
        height = float(threshold(state.cl, state.dof))
        self.level.setPos(height)
        for guide, cl in zip(self.guides, _LEVELS, strict=True):
            guide.setPos(float(threshold(cl, state.dof)))
        self.caption.setText(f"{100 * state.cl:.4g} % CL, {state.dof} dof")
        self._place_names()

    def show_all(self) -> None:
        """Show the whole grid, and Δχ² up to beyond the level."""
        super().show_all()
        self._place_names()

    def _place_names(self) -> None:
        (left, right), (bottom, top) = self.box.viewRange()
        self.word.setPos(left, top)
        room = max(self.box.height(), 1.0) / (top - bottom)
        tall = self.caption.textItem.boundingRect().height()
        for guide, name in zip(self.guides, self.guide_names, strict=True):
            # The level's own caption stands in the place of one that is near.
            name.setVisible(abs(guide.value() - self.level.value()) * room >= tall)
        lines = zip((*self.guides, self.level), (*self.guide_names, self.caption), strict=True)
        for line, text in lines:
            text.setPos(right, line.value())

    def _on_level_dragged(self) -> None:
        dof = self._model.state.dof
        height = max(self.level.value(), 0.05)
        for cl in _LEVELS:
            if abs(height - float(threshold(cl, dof))) < _SNAP:
                self._model.update(cl=cl)
                break
        else:
            self._model.update(cl=min(excluded_cl(height, dof), 0.9999))
        self._move_level()

    def _mark_limits(self) -> None:
        state = self._model.state
        if self._theme is None:
            return
        height = float(threshold(state.cl, state.dof))
        marks: list[Mark] = []
        word = ""
        for layer, selection in self.drawn:
            which = (selection, state.flavor, state.cl, state.dof)
            i = self._model.point(layer)[0]
            limit, status = (values[i] for values in layer.slices.limit(*which))
            color, base = self._line(layer, selection).color(), QColor(self._theme.base)
            # The upper end is full, the lower one hollow.
            looks = ((limit, base, color), (layer.slices.lower_end(*which)[i], color, base))
            marks += [
                Mark(float(np.log10(value)), height, edge, inside)
                for value, edge, inside in looks
                if value > 0
            ]
            if (layer.key, selection) == (state.active, state.selection):
                word = _WORDS.get(str(status), "")
        self.limits.show_marks(marks)
        self.word.setText(word)
        self.word.setVisible(bool(word))


class MassProfile(_Profile):
    """Δχ² over the mass at the cursor's moment, between the masses that the plane shows.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    """

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__(model, signals, LogAxis("bottom", "m₄ [MeV]"), _OVER_MASS)
        self.setObjectName("mass-profile")
        self.setAccessibleName("Δχ² over the mass")
        self.setToolTip("Drag or click to move the cursor to another mass.")
        self.level = pg.InfiniteLine(angle=0, movable=False)
        self.item.addItem(self.level, ignoreBounds=True)

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().apply_theme(theme)
        self.level.setPen(pen(theme.accent, 1.2, Qt.PenStyle.DashLine))

    def pointed_at(self, x: float, y: float) -> None:
        """Move the cursor's mass."""
        layer = self._model.layer
        if layer is not None:
            self._model.update(m_4=value_at(x, layer.slices.masses))

    def second_pointed_at(self, x: float, y: float) -> None:
        """Move the mass of B, which begins at the cursor's moment."""
        layer, state = self._model.layer, self._model.state
        if layer is not None:
            mu = state.second[1] if state.second else state.mu
            self._model.update(second=(value_at(x, layer.slices.masses), mu))

    def _grid(self, layer: Layer) -> np.ndarray:
        return layer.slices.masses

    def _ends(self, layer: Layer) -> tuple[float, float]:
        ranges = self._model.state.ranges
        return ranges[0] if ranges else super()._ends(layer)

    def _values(self, layer: Layer, selection: str, index: int) -> np.ndarray:
        state = self._model.state
        return layer.slices.along_m4(selection, state.flavor, index, state.dof)

    def _index(self, point: tuple[int, int]) -> int:
        return point[1]

    def _on_changed(self, changed: Changed) -> None:
        super()._on_changed(changed)
        state = self._model.state
        if changed & {CL, DOF, "active"}:
            self.level.setPos(float(threshold(state.cl, state.dof)))
            self.show_all()
        elif "ranges" in changed and self._model.layer is not None:
            # Both have the same axis of masses; what is zoomed here alone stays.
            self.box.setRange(xRange=self._ends(self._model.layer), padding=0)
        if changed & _CURVE_FIELDS or (changed & {MU, "second"} and self._moved()):
            self._draw()
        if changed & {M_4, "active"}:
            layer = self._model.layer
            self.cursor.setVisible(layer is not None)
            if layer is not None:
                masses = layer.slices.masses
                self._bottom.massless = float(positions(masses)[0]) if masses[0] == 0 else None
                self.cursor.setPos(_place(state.m_4, masses))
        if changed & {M_4, "second", "active"}:
            layer, second = self._model.layer, state.second
            known = layer.slices.masses if layer is not None and second else None
            self.second.show(None if known is None else _place(second[0], known))


def _place(m_4: float, masses: np.ndarray) -> float:
    """Coordinate of a mass, where 0 stands left of the others."""
    return float(np.log10(m_4)) if m_4 > 0 else float(positions(masses)[0])
