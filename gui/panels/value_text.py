"""A line of text that changes as fast as the cursor moves."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

__all__ = ["ValueText"]

#: How much larger than its neighbours a headline is where it has the room.
_HEADLINE = 1.35
_WRAPPED = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignVCenter


class ValueText(QWidget):
    """Plain text that changes without a new layout.

    Parameters
    ----------
    name : str
        Name of the object.
    headline : bool
        Whether it is the number that is looked for: in bold, and larger where it fits.
    """

    def __init__(self, name: str, *, headline: bool = False) -> None:
        super().__init__()
        self.setObjectName(name)
        self._text = "–"
        self._headline = headline
        self._lines = 1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """Text shown."""
        return self._text

    def setText(self, text: str) -> None:
        """Show a text."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def set_lines(self, lines: int) -> None:
        """Have room for a number of lines."""
        if lines != self._lines:
            self._lines = lines
            self.updateGeometry()

    def is_cut(self) -> bool:
        """Whether a part of the text has no room."""
        return self._font() is None

    def sizeHint(self) -> QSize:
        """As high as its lines are."""
        font = self._fonts()[0]
        return QSize(40, self._lines * QFontMetrics(font).height() + 2)

    def _fonts(self) -> list[QFont]:
        """Fonts of the text, the one that is liked best first."""
        usual = self.font()
        if not self._headline:
            return [usual]
        bold, large = QFont(usual), QFont(usual)
        bold.setBold(True)
        large.setBold(True)
        large.setPointSizeF(_HEADLINE * usual.pointSizeF())
        return [large, bold, usual]

    def _font(self) -> QFont | None:
        """The first font in which the text has room."""
        for font in self._fonts():
            box = QFontMetrics(font).boundingRect(self.rect(), _WRAPPED, self._text)
            if box.width() <= self.width() and box.height() <= self.height():
                return font
        return None

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text; what does not fit ends in an ellipsis, and stands in the tooltip."""
        painter = QPainter(self)
        font = self._font()
        if font is not None:
            painter.setFont(font)
            painter.drawText(self.rect(), _WRAPPED, self._text)
            return
        text = self.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)
