"""The key of a plot: coloured squares with names, wrapped to the width."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from nusterile_gui.plots import small_font
from nusterile_gui.themes import Theme

__all__ = ["Key"]

_SQUARE = 10.0
_SPACE = 10.0


class Key(QWidget):
    """Names with their colours; text is drawn as it is, never as markup."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[tuple[str, str]] = []
        self._theme: Theme | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFont(small_font())

    def show_entries(self, entries: Sequence[tuple[str, str]]) -> None:
        """Show names and colours (``#rrggbb``)."""
        self._entries = list(entries)
        self.setAccessibleName(", ".join(name for name, _ in entries))
        self.updateGeometry()
        self.update()

    def entries(self) -> list[str]:
        """Names shown."""
        return [name for name, _ in self._entries]

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.update()

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
        for (name, color), place in zip(self._entries, places, strict=True):
            middle = place.center().y()
            painter.fillRect(
                QRectF(place.left(), middle - _SQUARE / 2, _SQUARE, _SQUARE), QColor(color)
            )
            painter.setPen(QColor(self._theme.text))
            painter.drawText(
                place.adjusted(_SQUARE + 4, 0, 4, 0), Qt.AlignmentFlag.AlignVCenter, name
            )

    def _places(self, width: int) -> list[QRectF]:
        metrics = QFontMetricsF(self.font())
        line = metrics.height() + 2
        x, y = 56.0, 2.0
        places = []
        for name, _ in self._entries:
            needed = _SQUARE + 4 + metrics.horizontalAdvance(name)
            if x > 56 and x + needed > width - 4:
                x, y = 56.0, y + line
            places.append(QRectF(x, y, needed, line))
            x += needed + _SPACE
        return places
