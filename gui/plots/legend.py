"""The legend of a plot: squares, points and lines with names, wrapped to the width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nusterile_gui.look.texts import plain_tip
from nusterile_gui.look.themes import Theme
from nusterile_gui.plots.plots import small_font

__all__ = ["Legend", "LegendEntry"]

_SQUARE = 10.0
_SPACE = 10.0
#: Where entries begin, below which there is a plot's axis, and the width that spares this.
_INDENT, _NARROW = 56.0, 420


#: Lines that a legend may take; with more, entries have their short names.
_MOST_LINES = 5


class LegendEntry(NamedTuple):
    """A name, its colour (``#rrggbb``), how it is drawn, and a short name if it has one."""

    name: str
    color: str
    kind: Literal["area", "point", "dashes", "line"] = "area"
    short: str = ""


class Legend(QWidget):
    """Names with their colours; text is drawn as it is, never as markup.

    Where they take many lines some have short names, and the tooltip has all of them whole.
    """

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
        names = self.entries()
        cut = self._names(self.width()) != names
        self.setToolTip(plain_tip("\n".join(names)) if cut else "")

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
        places, names = self._places(self.width()), self._names(self.width())
        for entry, name, place in zip(self._entries, names, places, strict=True):
            middle = place.center().y()
            sign = QRectF(place.left(), middle - _SQUARE / 2, _SQUARE, _SQUARE)
            _draw_sign(painter, sign, entry)
            painter.setPen(QColor(self._theme.text))
            painter.drawText(
                place.adjusted(_SQUARE + 4, 0, 4, 0), Qt.AlignmentFlag.AlignVCenter, name
            )

    def _names(self, width: int) -> list[str]:
        """Names as they are written at a width."""
        names = self.entries()
        line = QFontMetricsF(self.font()).height() + 2
        if all(place.top() < _MOST_LINES * line for place in self._wrapped(names, width)):
            return names
        return [entry.short or entry.name for entry in self._entries]

    def _places(self, width: int) -> list[QRectF]:
        return self._wrapped(self._names(width), width)

    def _wrapped(self, names: Sequence[str], width: int) -> list[QRectF]:
        metrics = QFontMetricsF(self.font())
        line = metrics.height() + 2
        start = _INDENT if width > _NARROW else _SPACE
        x, y = start, 2.0
        places = []
        for name in names:
            needed = _SQUARE + 4 + metrics.horizontalAdvance(name)
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
    line = QPen(color, 2.2 if entry.kind == "line" else 1.4)
    line.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(line)
    if entry.kind == "line":
        painter.drawLine(QPointF(place.left(), middle.y()), QPointF(place.right(), middle.y()))
        return
    if entry.kind == "dashes":
        y, dash = middle.y(), 0.38 * place.width()
        for start in (place.left(), place.right() - dash):
            painter.drawLine(QPointF(start, y), QPointF(start + dash, y))
        return
    painter.drawLine(middle - QPointF(0, 6), middle + QPointF(0, 6))
    painter.setBrush(color)
    painter.drawEllipse(middle, 2.3, 2.3)
