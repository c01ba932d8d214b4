"""A line above the plots: something happened that may be answered, or not."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

__all__ = ["Notice"]


class Notice(QFrame):
    """Text with one button and a way to dismiss it; hidden until it is needed."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.button = QPushButton()
        self.dismiss = QPushButton("Dismiss")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 4, 6, 4)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.button)
        layout.addWidget(self.dismiss)
        self._answer: Callable[[bool], None] | None = None
        self.button.clicked.connect(lambda: self._close(True))
        self.dismiss.clicked.connect(lambda: self._close(False))
        self.hide()

    def show_notice(self, text: str, button: str, answer: Callable[[bool], None]) -> None:
        """Show a notice in place of an earlier one."""
        self.text.setText(text)
        self.button.setText(button)
        self._answer = answer
        self.show()

    def _close(self, accepted: bool) -> None:
        self.hide()
        answer, self._answer = self._answer, None
        if answer is not None:
            answer(accepted)
