"""Sizes of text: of widgets and of plots alike, for large screens and far seats."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

__all__ = ["NORMAL", "TEXT_SIZES", "text_scale", "text_size_named", "use_text_size"]

NORMAL = "normal"
#: Names of the sizes, and how much larger than usual text then is.
TEXT_SIZES = {"smaller": 0.85, NORMAL: 1.0, "larger": 1.2, "presentation": 1.6}


def text_size_named(name: str) -> str:
    """Name of a size; normal for any other name."""
    return name if name in TEXT_SIZES else NORMAL


def use_text_size(name: str) -> None:
    """Give the application's font, which plots use, a size; widgets have it by their style."""
    font = _usual()
    font.setPointSizeF(font.pointSizeF() * TEXT_SIZES[name])
    QApplication.setFont(font)


def text_scale() -> float:
    """How much larger than usual text is now."""
    return QFont().pointSizeF() / _usual().pointSizeF()


def _usual() -> QFont:
    return QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
