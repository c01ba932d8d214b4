"""Cursor B in a plot over mass or moment: a dashed line, and the letters of both cursors."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from nusterile_gui.look.themes import Theme
from nusterile_gui.plots.plots import Plot, pen, small_font

__all__ = ["SecondCursor"]

#: Distance from the line within which a hand takes hold of it, pixels.
_GRIP = 6.0
#: Space between a line and its letter, pixels.
_BESIDE = 3.0


class SecondCursor:
    """The line of cursor B beside that of the cursor, A, both named where there are two.

    Parameters
    ----------
    plot : Plot
        Where it is drawn.
    first : InfiniteLine
        The line of cursor A.
    """

    def __init__(self, plot: Plot, first: pg.InfiniteLine) -> None:
        self._box, self._first = plot.box, first
        self.line = pg.InfiniteLine(angle=90, movable=False)
        self.line.setZValue(5)
        self.line.hide()
        self._there = False
        plot.item.addItem(self.line, ignoreBounds=True)
        self.letters = [pg.TextItem(letter, anchor=(0, 1)) for letter in "AB"]
        for letter in self.letters:
            letter.setZValue(27)
            letter.hide()
            plot.item.addItem(letter, ignoreBounds=True)
        self._box.is_second = self._is_at
        self._box.sigRangeChanged.connect(lambda *_: self._place())
        self._box.sigResized.connect(lambda *_: self._place())

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme, and the size of text."""
        self.line.setPen(pen(theme.muted, 1.2, Qt.PenStyle.DashLine))
        fill = QColor(theme.base)
        fill.setAlpha(200)
        font = small_font(8.5)
        font.setBold(True)
        for letter in self.letters:
            letter.setColor(theme.text)
            letter.setFont(font)
            letter.fill = pg.mkBrush(fill)
        self._place()

    def show(self, place: float | None) -> None:
        """Move the line to a coordinate of the view; None hides it and the letters."""
        if place is None and not self._there:
            return
        self._there = place is not None
        self.line.setVisible(self._there)
        if place is not None:
            self.line.setPos(place)
        self._place()

    def _place(self) -> None:
        """Write both letters at the lower edge, B above A, beside lines that are in view."""
        (left, right), (bottom, top) = self._box.viewRange()
        pixel = (right - left) / max(self._box.width(), 1.0)
        row = (top - bottom) / max(self._box.height(), 1.0)
        for rank, (letter, line) in enumerate(
            zip(self.letters, (self._first, self.line), strict=True)
        ):
            x, size = float(line.value()), letter.textItem.boundingRect()
            letter.setVisible(self.line.isVisible() and left <= x <= right)
            beside = x + (_BESIDE + size.width()) * pixel <= right
            letter.setAnchor((0 if beside else 1, 1))
            shift = _BESIDE if beside else -_BESIDE
            letter.setPos(x + shift * pixel, bottom + rank * size.height() * row)

    def _is_at(self, place: QPointF) -> bool:
        """Whether the line is at a point of the scene, and that of cursor A is not nearer."""

        def far(line: pg.InfiniteLine) -> float:
            seen = self._box.mapViewToScene(QPointF(line.value(), 0.0))
            return float(abs(seen.x() - place.x()))

        at = far(self.line)
        return self.line.isVisible() and at <= _GRIP and at < far(self._first)
