"""The plane: Δχ² over mass and moment, contours, limit curves, bounds and the cursor."""

from __future__ import annotations

from collections.abc import Sequence

import contourpy
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from nusterile.statistics.intervals import threshold
from nusterile.vocabulary import CL, DOF, FLAVOR, M_4, MU, SELECTION
from nusterile_gui.look.quantities import MOMENT_UNIT
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.bound_items import BoundItems
from nusterile_gui.panels.limit_items import LimitItems
from nusterile_gui.panels.plane_image import PlaneImage
from nusterile_gui.panels.plane_notes import PlaneNotes
from nusterile_gui.panels.plane_pointing import NamedCurve, PlanePointing
from nusterile_gui.panels.preview_curve import PreviewCurve
from nusterile_gui.panels.toy_items import ToyItems
from nusterile_gui.plots.axes import LogAxis, cell_edges, positions, value_at
from nusterile_gui.plots.cached_view import CachedPlot
from nusterile_gui.plots.plot_labels import PlotLabel, place_labels
from nusterile_gui.plots.plots import CurveSet, pen
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["Plane", "contour_lines"]

#: Labels in the plane, the square pixels that each of them needs around it, and labels of
#: limits that come before the bounds' own.
_MOST_LABELS, _LABEL_ROOM, _LIMITS_FIRST = 12, 10_000, 6
#: Distance from the mark of cursor B within which a hand takes hold of it, pixels.
_GRIP = 12
_CONTOUR_FIELDS = frozenset({"layers", "active", SELECTION, FLAVOR, DOF, CL})


def contour_lines(
    x: NDArray[np.float64], y: NDArray[np.float64], values: NDArray[np.float64], level: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Contour as one curve, its parts separated by NaN; empty where there is none.

    Parameters
    ----------
    x, y : ndarray
        Increasing coordinates.
    values : ndarray, shape (n_x, n_y)
        Values; no line is drawn next to NaN.
    level : float
        The contour's value.
    """
    if x.size < 2 or y.size < 2:
        return np.array([]), np.array([])
    generator = contourpy.contour_generator(
        x, y, np.ma.masked_invalid(values.T), line_type=contourpy.LineType.ChunkCombinedNan
    )
    points = generator.lines(level)[0][0]
    if points is None:
        return np.array([]), np.array([])
    return points[:, 0], points[:, 1]


class Plane(CachedPlot):
    """The plane of sterile mass and transition moment.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.

    Signals
    -------
    out_of_sight : list of str
        Labels of the bounds that are drawn outside the view.
    """

    out_of_sight = Signal(object)

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        bottom = LogAxis("bottom", "sterile mass m₄ [MeV]")
        left = LogAxis("left", f"transition moment μ [{MOMENT_UNIT}]")
        super().__init__(bottom, left)
        self.box.is_second = self._is_at_second
        self.setObjectName("plane")
        self.setAccessibleName("Δχ² over mass and moment")
        self.setToolTip(
            "Drag or click to move the cursor, arrow keys for single steps (Shift: ten).\n"
            "With Shift, or at its mark, that moves cursor B; arrow keys do with Ctrl.\n"
            "Click on a label: that curve alone, and back; with Alt: hide it.\n"
            "Drag a note; double click: change it. A clicked one: Delete, or drag its tip.\n"
            "Wheel: zoom; middle button: pan; double click: everything."
        )
        self._model = model
        self._theme: Theme | None = None
        self._bottom = bottom
        self.colors = PlaneImage(self.item, model)
        self.image, self.bar = self.colors.image, self.colors.bar
        self.contours = CurveSet(self.item, z=8)
        self.toys = ToyItems(self.item, model)
        self.limits = LimitItems(self.item, model)
        self.bounds = BoundItems(self.item, model)
        self.preview = PreviewCurve(self)
        self.notes = PlaneNotes(self, model)
        self.leaders = CurveSet(self.item, z=32)
        self._labels: list[PlotLabel] = []
        self._pressed: QMouseEvent | None = None  # at a label
        self.pointing = PlanePointing(self, model, self._named_curves, lambda: self._labels)
        # Once for all changes of one turn of the event loop.
        self._placing = QTimer(self, singleShot=True, interval=0)
        self._placing.timeout.connect(self._place)
        self.box.sigRangeChanged.connect(lambda *_: self._placing.start())
        self.box.sigResized.connect(lambda *_: self._placing.start())
        self.preview.rested.connect(self._placing.start)
        signals.changed.connect(self._on_changed)

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().apply_theme(theme)
        self._theme = theme
        self.colors.draw(theme)
        self.toys.apply_theme(theme)
        self.limits.apply_theme(theme)
        self.bounds.apply_theme(theme)
        self.preview.apply_theme(theme)
        self.notes.apply_theme(theme)
        self._draw_contours()
        self._placing.start()

    def show_all(self) -> None:
        """Show the whole grid of the active layer, or of what toys say without one."""
        grid = self._model.grid
        if grid is None:
            return
        x, y = (cell_edges(positions(values)) for values in grid)
        self.box.setRange(xRange=(x[0], x[-1]), yRange=(y[0], y[-1]), padding=0.008)

    def show_range(self, x: Sequence[float], y: Sequence[float]) -> None:
        """Show a part of the plane: the ends of its axes, log10 of MeV and Bohr magnetons."""
        self.box.setRange(xRange=tuple(x), yRange=tuple(y), padding=0)

    def pointed_at(self, x: float, y: float) -> None:
        """Move the cursor."""
        grid = self._model.grid
        if grid is not None:
            self._model.update(m_4=value_at(x, grid[0]), mu=value_at(y, grid[1]))

    def second_pointed_at(self, x: float, y: float) -> None:
        """Move cursor B."""
        grid = self._model.grid
        if grid is not None:
            self._model.update(second=(value_at(x, grid[0]), value_at(y, grid[1])))

    def _is_at_second(self, place: QPointF) -> bool:
        """Whether the mark of B is at a point of the scene, and that of the cursor is not."""
        near = [
            (self.box.mapViewToScene(cross) - place).manhattanLength() < _GRIP
            for cross in (self.cross, self.second)
            if cross is not None
        ]
        return near == [False, True]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the cursor by steps of the grid with the arrow keys, B with Ctrl; delete a note."""
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.notes.remove_chosen():
            event.accept()
            return
        step = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        moves = {
            Qt.Key.Key_Left: (-step, 0),
            Qt.Key.Key_Right: (step, 0),
            Qt.Key.Key_Up: (0, step),
            Qt.Key.Key_Down: (0, -step),
        }
        move = moves.get(Qt.Key(event.key()))
        if move is None:
            super().keyPressEvent(event)
            return
        event.accept()
        second = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self._model.step(*move, second=second)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of a note, wait at a label for a click or a drag, or move the cursor."""
        self.pointing.leave()
        left = event.button() == Qt.MouseButton.LeftButton
        # With Shift it is cursor B that is moved.
        plain = not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if left and plain and self.notes.press(event.position().toPoint()):
            event.accept()
            return
        if left and self.pointing.is_label(event.position().toPoint()):
            self._pressed = event.clone()
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move a note that is held; name the curve below a mouse that presses nothing."""
        if self.notes.move(event.position()):
            event.accept()
            return
        if self._pressed is not None:
            moved = (event.position() - self._pressed.position()).manhattanLength()
            if moved < QApplication.startDragDistance():
                return
            pressed, self._pressed = self._pressed, None
            super().mousePressEvent(pressed)
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self.pointing.hover(event.position().toPoint())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Show the curve of a clicked label alone, or hide it with Alt."""
        if self.notes.release():
            event.accept()
            return
        if self._pressed is not None:
            self._pressed = None
            self.pointing.click(event.position().toPoint(), event.modifiers())
            return
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Change a note, or show everything."""
        left = event.button() == Qt.MouseButton.LeftButton
        if left and self.notes.double_click(event.position().toPoint()):
            event.accept()
            return
        super().mouseDoubleClickEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say how to use the plane where the mouse rests on no curve."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            if self.pointing.name_at(event.pos()):  # that is said already
                return True
        elif event.type() == QEvent.Type.Leave:
            self.pointing.leave()
        return bool(super().viewportEvent(event))

    def _named_curves(self) -> list[NamedCurve]:
        drawn = (self.bounds, self.limits, self.toys, self.preview)
        return [curve for items in drawn for curve in items.named_curves()]

    def _on_changed(self, changed: Changed) -> None:
        if changed & self.colors.fields():
            self._draw_image()
        if changed & _CONTOUR_FIELDS:
            self._draw_contours()
        if "active" in changed:
            self.show_all()
        drawn = [
            items.on_changed(changed) for items in (self.limits, self.bounds, self.toys, self.notes)
        ]
        if any(drawn):
            self._placing.start()
        if changed & {M_4, MU, "second", "active", "overlays"}:
            self._move_cursors()

    def _place(self) -> None:
        """Put marks and labels where the view has room for them."""
        taken = [*self.limits.place_marks(), *self.notes.place()]
        self.bounds.place_marks()
        marks, bounds = self.bounds.labels()
        limits = self.limits.labels()
        first, rest = limits[:_LIMITS_FIRST], limits[_LIMITS_FIRST:]
        own = self.preview.labels()
        self._labels = labels = [*own, *marks, *self.toys.labels(), *first, *bounds, *rest]
        most = min(_MOST_LABELS, int(self.box.width() * self.box.height() / _LABEL_ROOM))
        self.leaders.begin()
        for item, ends in place_labels(self.box, labels, taken, most):
            self.leaders.draw(ends[:, 0], ends[:, 1], pen(item.color, 1))
        self.leaders.end()
        shown = [label.item for label in labels if label.item.isVisible()]
        # The key of the marks is a label, too.
        shown += [self.limits.caption] if self.limits.caption.isVisible() else []
        shown += [item for item in self.notes.items if item.isVisible()]
        self.spare(shown)
        self.out_of_sight.emit(self.bounds.out_of_sight())

    def _move_cursors(self) -> None:
        grid, state = self._model.grid, self._model.state
        if grid is None:
            self.set_cross(None)
            self.set_second(None)
            return
        layer, point = self._model.layer, None
        if layer is not None:
            i, j = self._model.point(layer)
            point = QPointF(_place(grid[0][i], grid[0]), _place(grid[1][j], grid[1]))

        def placed(m_4: float, mu: float) -> QPointF:
            return QPointF(_place(m_4, grid[0]), _place(mu, grid[1]))

        self.set_cross(placed(state.m_4, state.mu), point)
        self.set_second(placed(*state.second) if state.second else None)

    def _draw_image(self) -> None:
        self.colors.draw(self._theme)
        grid = self._model.grid
        massless = grid is not None and grid[0][0] == 0
        self._bottom.massless = float(positions(grid[0])[0]) if grid and massless else None

    def _draw_contours(self) -> None:
        layer, state = self._model.layer, self._model.state
        self.contours.begin()
        slices = layer.slices if layer is not None and layer.visible else None
        if slices is not None and slices.has_scan and self._theme is not None:
            x, y = positions(slices.masses), positions(slices.moments)
            for dof, style in ((1, Qt.PenStyle.SolidLine), (2, Qt.PenStyle.DashLine)):
                values = slices.plane(state.selection, state.flavor, dof)
                level = float(threshold(state.cl, dof))
                line = pen("#ffffff", 1.6 if dof == state.dof else 1.0, style)
                self.contours.draw(*contour_lines(x, y, values, level), line, pen("#000000", 3))
        self.contours.end()


def _place(value: float, grid: NDArray[np.float64]) -> float:
    return float(np.log10(value)) if value > 0 else float(positions(grid)[0])
