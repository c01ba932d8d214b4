"""The legend of a plot: squares, points and lines with names, wrapped to the width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nusterile_gui.look.themes import Theme
from nusterile_gui.plots.plots import small_font

__all__ = ["Legend", "LegendEntry"]

_SQUARE = 10.0
_SPACE = 10.0
#: Where entries begin, below which there is a plot's axis, and the width that spares this.
_INDENT, _NARROW = 56.0, 420


class LegendEntry(NamedTuple):
    """A name, its colour (``#rrggbb``) and how it is drawn."""

    name: str
    color: str
    kind: Literal["area", "point", "dashes"] = "area"


class Legend(QWidget):
    """Names with their colours; text is drawn as it is, never as markup."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[LegendEntry] = []
        self._theme: Theme | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFont(small_font())

    def show_entries(self, entries: Sequence[LegendEntry]) -> None:
        """Show names with their colours."""
        self._entries = list(entries)
        self.setAccessibleName(", ".join(self.entries()))
        self._take_room()
        self.update()

    def entries(self) -> list[str]:
        """Names shown."""
        return [entry.name for entry in self._entries]

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme, and the size of text."""
        self._theme = theme
        self.setFont(small_font())
        self._take_room()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the entries to another width."""
        super().resizeEvent(event)
        self._take_room()

    def _take_room(self) -> None:
        """Ask for the height of all lines: docks do not ask what a width needs."""
        self.setFixedHeight(self.heightForWidth(self.width()))

    def sizeHint(self) -> QSize:
        """Two lines at a usual width."""
        return QSize(320, self.heightForWidth(320))

    def heightForWidth(self, width: int) -> int:
        """Height of the wrapped entries."""
        places = self._places(width)
        return int(places[-1].bottom() + 4) if places else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the entries."""
        if self._theme is None:
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.base))
        places = self._places(self.width())
        for entry, place in zip(self._entries, places, strict=True):
            middle = place.center().y()
            sign = QRectF(place.left(), middle - _SQUARE / 2, _SQUARE, _SQUARE)
            _draw_sign(painter, sign, entry)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(
                place.adjusted(_SQUARE + 4, 0, 4, 0), Qt.AlignmentFlag.AlignVCenter, entry.name
            )

    def _places(self, width: int) -> list[QRectF]:
        metrics = QFontMetricsF(self.font())
        line = metrics.height() + 2
        start = _INDENT if width > _NARROW else _SPACE
        x, y = start, 2.0
        places = []
        for entry in self._entries:
            needed = _SQUARE + 4 + metrics.horizontalAdvance(entry.name)
            if x > start and x + needed > width - 4:
                x, y = start, y + line
            places.append(QRectF(x, y, needed, line))
            x += needed + _SPACE
        return places


def _draw_sign(painter: QPainter, place: QRectF, entry: LegendEntry) -> None:
    color, middle = QColor(entry.color), place.center()
    if entry.kind == "area":
        painter.fillRect(place, color)
        return
    line = QPen(color, 1.4)
    line.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(line)
    if entry.kind == "dashes":
        y, dash = middle.y(), 0.38 * place.width()
        for start in (place.left(), place.right() - dash):
            painter.drawLine(QPointF(start, y), QPointF(start + dash, y))
        return
    painter.drawLine(middle - QPointF(0, 6), middle + QPointF(0, 6))
    painter.setBrush(color)
    painter.drawEllipse(middle, 2.3, 2.3)
