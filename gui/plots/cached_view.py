"""A plot that keeps its picture, so that a cursor moves over it without drawing it anew."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QRegion,
    QResizeEvent,
)

from nusterile_gui.plots.letters import letter_box
from nusterile_gui.plots.plots import Plot, pen, small_font

__all__ = ["CachedPlot"]

#: Distance from the cross-hair at which the grid point is marked, pixels.
_SEEN_APART = 3
#: Dashes of the second cross-hair and the spaces between them, pixels.
_DASHES = (7.0, 6.0)
#: Radius of the ring around a crossing, pixels.
_RING = 6.5


class CachedPlot(Plot):
    """A plot with a cross-hair, or two, drawn on top of its picture.

    The picture is made again when something in the scene changes; moving a cross-hair
    changes nothing in it.

    Parameters
    ----------
    bottom, left : AxisItem
        Axes with their labels.
    """

    def __init__(self, bottom: pg.AxisItem, left: pg.AxisItem) -> None:
        super().__init__(bottom, left)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.cross: QPointF | None = None
        self.point: QPointF | None = None
        self.second: QPointF | None = None
        self._highlight: NDArray[np.float64] | None = None
        self._preview: tuple[NDArray[np.float64], QPen] | None = None
        self._spared: list[pg.TextItem] = []
        self._picture: QPixmap | None = None
        self.scene().changed.connect(self._forget)

    def set_cross(self, place: QPointF | None, point: QPointF | None = None) -> None:
        """Move the cross-hair to coordinates of the view; None hides it.

        Parameters
        ----------
        place : QPointF or None
            Where its lines meet.
        point : QPointF or None
            The grid point whose values are shown, marked where it is seen to be another.
        """
        self.cross, self.point = place, point
        self.viewport().update()

    def set_second(self, place: QPointF | None) -> None:
        """Move the second cross-hair, dashed, and call both by letters; None hides it."""
        self.second = place
        self.viewport().update()

    def set_highlight(self, curve: NDArray[np.float64] | None) -> None:
        """Draw a curve thickly on top of the picture; None takes it away.

        Parameters
        ----------
        curve : ndarray, shape (n, 2), or None
            Points in coordinates of the view; NaN interrupts it.
        """
        self._highlight = curve
        self.viewport().update()

    def set_preview(self, curve: NDArray[np.float64] | None, line: QPen) -> None:
        """Draw a curve that follows a hand on top of the picture; None takes it away.

        Parameters
        ----------
        curve : ndarray, shape (n, 2), or None
            Points in coordinates of the view; NaN interrupts it.
        line : QPen
            How it is drawn.
        """
        self._preview = None if curve is None else (curve, line)
        self.viewport().update()

    def spare(self, texts: list[pg.TextItem]) -> None:
        """Let the lines of the cross-hair pass behind texts."""
        self._spared = texts
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Draw anew at another size."""
        self._forget()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture and the cross-hair."""
        viewport = self.viewport()
        self.scene().prepareForPaint()
        ratio = viewport.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            self._picture = QPixmap(viewport.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(self.backgroundBrush().color())
            painter = QPainter(self._picture)
            painter.setRenderHints(self.renderHints())
            self.render(painter, viewport.rect().toRectF(), viewport.rect())
            painter.end()
        painter = QPainter(viewport)
        painter.drawPixmap(0, 0, self._picture)
        if self._preview is not None:
            curve, line = self._preview
            self._draw_curve(painter, curve, line, line.widthF() + 2)
        if self._highlight is not None:
            line = pen(self.palette().highlight().color(), 3.5)
            self._draw_curve(painter, self._highlight, line, 7)
        if self.second is not None:
            self._draw_cross(painter, self.second, dashed=True)
        if self.cross is not None:
            self._draw_cross(painter, self.cross, dashed=False)
            self._draw_point(painter, self.cross)
        for letter, box in self.letter_boxes().items():
            self._write_letter(painter, letter, box)
        if self.hasFocus():  # the arrow keys move this cursor
            painter.setPen(pen(self.palette().highlight().color(), 2))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setClipping(False)
            painter.drawRect(self._view_rectangle())
        painter.end()

    def _draw_curve(
        self, painter: QPainter, curve: NDArray[np.float64], line: QPen, halo: float
    ) -> None:
        x, y = curve.T
        scene = self.box.childGroup.sceneTransform() * self.viewportTransform()
        path = scene.map(pg.arrayToQPath(x, y, connect="finite"))
        painter.save()
        painter.setClipRect(self._view_rectangle())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.strokePath(path, pen(self.backgroundBrush().color(), halo))
        painter.strokePath(path, line)
        painter.restore()

    def _draw_cross(self, painter: QPainter, cross: QPointF, *, dashed: bool) -> None:
        view = self._view_rectangle()
        place = self.pixel_of(cross)
        open_to_lines = QRegion(view)
        for box in self._spared_boxes():
            open_to_lines -= QRegion(box)
        painter.setClipRegion(open_to_lines)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        for color, width in (("#000000", 2.4), ("#ffffff", 1.0)):
            line = pen(color, width)
            if dashed:  # which count in widths of the line
                line.setDashPattern([length / width for length in _DASHES])
            painter.setPen(line)
            painter.drawLine(place.x(), view.top(), place.x(), view.bottom())
            painter.drawLine(view.left(), place.y(), view.right(), place.y())
        painter.setClipRect(view)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in (pen("#000000", 4), pen("#ffffff", 2)):
            painter.setPen(line)
            painter.drawEllipse(QPointF(place), _RING, _RING)

    def _draw_point(self, painter: QPainter, cross: QPointF) -> None:
        """Mark the grid point where it is seen apart from the cross-hair."""
        if self.point is None:
            return
        point = self.pixel_of(self.point)
        if (point - self.pixel_of(cross)).manhattanLength() > _SEEN_APART:
            for line in (pen("#000000", 3.6), pen("#ffffff", 1.6)):
                painter.setPen(line)
                painter.drawRect(QRectF(point.x() - 3.5, point.y() - 3.5, 7, 7))

    def letter_boxes(self) -> dict[str, QRectF]:
        """Where the letters of both cross-hairs stand, pixels; nothing without a second one."""
        if self.cross is None or self.second is None:
            return {}
        view = self._view_rectangle().toRectF()
        metrics = QFontMetricsF(_letter_font())
        texts = [box.toRectF() for box in self._spared_boxes()]
        crossings = [self.pixel_of(cross).toPointF() for cross in (self.cross, self.second)]
        corner = QPointF(_RING, _RING)
        marks = [QRectF(crossing - corner, crossing + corner) for crossing in crossings]
        # Away from each other, so that neither covers the other.
        first_above = self.cross.y() >= self.second.y()
        boxes = {}
        for letter, crossing, above in zip(
            "AB", crossings, (first_above, not first_above), strict=True
        ):
            size = QSizeF(metrics.horizontalAdvance(letter), metrics.capHeight())
            boxes[letter] = letter_box(crossing, size, view, texts, marks, above=above)
            marks.append(boxes[letter])
        return boxes

    def _write_letter(self, painter: QPainter, letter: str, box: QRectF) -> None:
        path = QPainterPath()
        path.addText(box.bottomLeft(), _letter_font(), letter)
        painter.strokePath(path, pen("#000000", 3.5))
        painter.fillPath(path, QColor("#ffffff"))

    def _spared_boxes(self) -> list[QRect]:
        """Pixels of the texts behind which the lines pass."""
        boxes = []
        for text in self._spared:
            box = text.sceneTransform().mapRect(text.boundingRect())
            boxes.append(self.mapFromScene(box).boundingRect())
        return boxes

    def pixel_of(self, place: QPointF) -> QPoint:
        """Pixel of the viewport at coordinates of the view."""
        pixel: QPoint = self.mapFromScene(self.box.mapViewToScene(place))
        return pixel

    def _view_rectangle(self) -> QRect:
        rectangle: QRect = self.mapFromScene(self.box.sceneBoundingRect()).boundingRect()
        return rectangle

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the arrow keys work here."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that they no longer do."""
        super().focusOutEvent(event)
        self.viewport().update()

    def _forget(self, *_: object) -> None:
        self._picture = None
        self.viewport().update()


def _letter_font() -> QFont:
    font = small_font(10)
    font.setBold(True)
    return font
