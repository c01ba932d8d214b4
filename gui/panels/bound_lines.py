"""How each external bound is drawn: one colour and dashes of its own, in the plane and the tree."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap

from nusterile.bounds.registry import Bounds
from nusterile_gui.look.themes import Theme
from nusterile_gui.plots.plots import pen

__all__ = ["SWATCH", "bound_line", "swatch"]

_DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)
#: Size of a swatch, pixels.
SWATCH = QSize(22, 14)
#: Swatches are sharp up to this scale of the screen.
_SHARP = 3


def bound_line(theme: Theme, bounds: Bounds, name: str) -> tuple[QColor, Qt.PenStyle]:
    """Colour and dashes of a bound; the dashes change where the colours are used up.

    They hang on the bound's place among the known ones, not on which are drawn: a bound
    keeps its looks when another one is ticked.
    """
    # The first colour is that of the text, the five after it differ with any colour vision.
    colors = theme.palette[1:6]
    turn, index = divmod(list(bounds).index(name), len(colors))
    if bounds[name].kind == "line":
        return QColor(colors[index]), Qt.PenStyle.DashDotDotLine
    return QColor(colors[index]), _DASHES[turn % len(_DASHES)]


def swatch(color: QColor, style: Qt.PenStyle, width: float = 2) -> QIcon:
    """Piece of a line, to stand beside the name; the same where its row is selected."""
    picture = QPixmap(SWATCH * _SHARP)
    picture.setDevicePixelRatio(_SHARP)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    line = pen(color, width, style)
    line.setCosmetic(False)
    line.setWidthF(width)
    painter.setPen(line)
    middle = SWATCH.height() / 2
    painter.drawLine(QPointF(0, middle), QPointF(SWATCH.width(), middle))
    painter.end()
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Selected)
    return icon
