"""The plot that every panel is made of: physical axes, a cursor, the colours of the theme."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent, MouseDragEvent
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QPainter,
    QPainterPath,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QLabel

from nusterile_gui.look.text_size import text_scale
from nusterile_gui.look.themes import Theme
from nusterile_gui.plots.seen_item import SeenItem
from nusterile_gui.plots.seen_paths import seen_paths

__all__ = [
    "CursorBox",
    "CurveSet",
    "Plot",
    "pen",
    "set_axis_colors",
    "set_colors",
    "small_font",
]


def pen(
    color: QColor | str, width: float = 1.5, style: Qt.PenStyle = Qt.PenStyle.SolidLine
) -> QPen:
    """Cosmetic pen of a width in pixels of a screen that is not scaled."""
    made = QPen(QColor(color), width * _scale(), style)
    made.setCosmetic(True)
    return made


@lru_cache(maxsize=1)
def _scale() -> float:
    """Device pixels in a pixel: cosmetic pens count in the former."""
    application = QGuiApplication.instance()
    return application.devicePixelRatio() if isinstance(application, QGuiApplication) else 1.0


class CursorBox(pg.ViewBox):
    """A view in which the left button moves the cursor, with Shift a second one.

    The middle button pans, the wheel zooms, a right drag stretches, a double click shows
    everything.

    Attributes
    ----------
    is_second : callable
        Whether the mark of the second cursor is at a point of the scene, to be dragged.

    Signals
    -------
    grabbed, released : ()
        A hand begins and ends to move something.
    pointed : QPointF, bool
        Coordinates of the view, while pressed or dragged, and whether they are for the
        second cursor.
    everything : ()
        Show the whole range.
    """

    grabbed = Signal()
    released = Signal()
    pointed = Signal(object, bool)
    everything = Signal()

    def __init__(self) -> None:
        super().__init__(enableMenu=False)
        self.is_second: Callable[[QPointF], bool] = lambda _: False
        self._second = False

    def mouseClickEvent(self, event: MouseClickEvent) -> None:
        """Move the cursor to a click; show everything after a double click."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        event.accept()
        if event.double():
            self.everything.emit()
        else:
            self.grabbed.emit()
            self.released.emit()
            self.pointed.emit(self.mapSceneToView(event.scenePos()), _with_shift(event))

    def mouseDragEvent(self, event: MouseDragEvent, axis: int | None = None) -> None:
        """Let the left button drag the cursor, or the second one by its mark."""
        if event.isStart():
            self._second = _with_shift(event) or self.is_second(event.buttonDownScenePos())
            self.grabbed.emit()
        if event.button() == Qt.MouseButton.LeftButton and axis is None:
            event.accept()
            self.pointed.emit(self.mapSceneToView(event.scenePos()), self._second)
        else:
            super().mouseDragEvent(event, axis)
        if event.isFinish():
            self.released.emit()


def _with_shift(event: MouseClickEvent | MouseDragEvent) -> bool:
    return bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)


class Plot(pg.PlotWidget):
    """One plot with physical axes.

    Parameters
    ----------
    bottom, left : AxisItem
        Axes with their labels.
    """

    def __init__(self, bottom: pg.AxisItem, left: pg.AxisItem) -> None:
        self.box = CursorBox()
        super().__init__(viewBox=self.box, axisItems={"bottom": bottom, "left": left})
        self.item: pg.PlotItem = self.getPlotItem()
        self.item.hideButtons()
        for axis in (bottom, left):  # as long as its range stays, a picture of it is drawn
            axis.setCacheMode(axis.CacheMode.DeviceCoordinateCache)
        self.item.setContentsMargins(0, 8, 10, 0)
        self.item.setMenuEnabled(False)
        self.box.disableAutoRange()
        # Items of one plot overlap nearly everywhere; finding out where costs more.
        self.setViewportUpdateMode(self.ViewportUpdateMode.MinimalViewportUpdate)
        # Keys do nothing here, so Tab does not stop.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(120, 90)
        self.setFrameShape(self.Shape.NoFrame)
        self._message = QLabel(self)
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._message.setWordWrap(True)
        self._message.setProperty("muted", True)
        self._message.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._message.hide()
        coalesced = pg.SignalProxy(self.box.pointed, rateLimit=120, slot=self._on_pointed)
        self._proxy = coalesced
        self.box.everything.connect(self._on_everything)

    def _on_pointed(self, arguments: tuple[QPointF, bool]) -> None:
        place, second = arguments
        answer = self.second_pointed_at if second else self.pointed_at
        answer(place.x(), place.y())

    def _on_everything(self) -> None:
        # The first click of the two has pointed at something that was not meant.
        self._proxy.timer.stop()
        self._proxy.args = None
        self.show_all()

    def pointed_at(self, x: float, y: float) -> None:
        """Answer to a press or drag of the left button, at coordinates of the view."""

    def second_pointed_at(self, x: float, y: float) -> None:
        """Answer to the same for the second cursor."""

    def show_all(self) -> None:
        """Show the whole range."""

    def say(self, text: str) -> None:
        """Say why the plot is empty, in place of what it would show; nothing for no text."""
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self.item.setVisible(not text)

    @property
    def said(self) -> str:
        """What an empty plot says."""
        return self._message.text()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Keep the message in the middle."""
        super().resizeEvent(event)
        if event is not None:  # as pyqtgraph's constructor calls it
            self.resized()

    def resized(self) -> None:
        """Fit to another size."""
        self._message.setGeometry(self.rect().adjusted(12, 4, -12, -4))

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme, and the size of text."""
        self.setBackground(theme.base)
        set_colors(self.item, theme)


def set_colors(item: pg.PlotItem, theme: Theme) -> None:
    """Give axes and labels of a plot the colours of a theme, and the size of text."""
    for side in ("left", "bottom"):
        set_axis_colors(item.getAxis(side), theme)


def set_axis_colors(axis: pg.AxisItem, theme: Theme) -> None:
    """Give one axis and its label the colours of a theme, and the size of text."""
    axis.setPen(pen(theme.muted, 1))
    axis.setTextPen(theme.text)
    # Both keep the font that they were made with.
    axis.setTickFont(QFont())
    axis.label.setFont(QFont())
    axis.labelStyle = {"color": theme.text}
    axis.setLabel(axis.labelText, units=axis.labelUnits or None, **axis.labelStyle)


class _Curve(NamedTuple):
    """One curve as it is drawn."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    line: QPen
    halo: QPen | None


class CurveSet(SeenItem):
    """Curves of one kind in a plot, drawn by one item.

    An item for each curve costs several times what its strokes do, and a stroke of what lies
    far outside the view as much as one of what is seen.

    Parameters
    ----------
    plot : PlotItem
        Where they are drawn, in the coordinates of its view.
    z : float
        Height in the drawing order.
    """

    def __init__(self, plot: pg.PlotItem, z: float = 10) -> None:
        super().__init__()
        self._curves: list[_Curve] = []
        self._paths: list[QPainterPath] = []
        self._seen = QRectF()
        self.setZValue(z)
        plot.addItem(self, ignoreBounds=True)

    def begin(self) -> None:
        """Start to draw anew."""
        self._curves = []
        self._paths = []

    def draw(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        line: QPen,
        halo: QPen | None = None,
    ) -> None:
        """Draw one more curve; NaN interrupts it."""
        self._curves.append(_Curve(x, y, line, halo))

    def end(self) -> None:
        """Show what was drawn."""
        self.update()

    def shown(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Arrays of the curves."""
        return [(curve.x, curve.y) for curve in self._curves]

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw every curve upon the ones before."""
        view = self.boundingRect()
        if view != self._seen or len(self._paths) != len(self._curves):
            self._seen = view
            # Curves over one grid share its array.
            grids = groupby(self._curves, key=lambda curve: id(curve.x))
            groups = [list(group) for _, group in grids]
            self._paths = [path for group in groups for path in _seen(group, view)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for curve, path in zip(self._curves, self._paths, strict=True):
            for stroke in (curve.halo, curve.line):
                if stroke is not None:
                    painter.strokePath(path, stroke)


def _seen(curves: list[_Curve], view: QRectF) -> list[QPainterPath]:
    return seen_paths(curves[0].x, np.stack([curve.y for curve in curves]), view)


def small_font(points: float = 8.5) -> QFont:
    """Font of labels inside plots, as large as the chosen size of text makes it."""
    font = QFont()
    font.setPointSizeF(points * text_scale())
    return font
