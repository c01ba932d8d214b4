"""A line above the plots: something happened that may be answered, or not.

Several notices wait in a queue; one about the same thing takes the place of the last.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

__all__ = ["Notice"]


class _Waiting(NamedTuple):
    text: str
    button: str
    answer: Callable[[bool], None]


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
        self._waiting: dict[Hashable, _Waiting] = {}
        self.button.clicked.connect(lambda: self._close(True))
        self.dismiss.clicked.connect(lambda: self._close(False))
        self.hide()

    def show_notice(
        self, about: Hashable, text: str, button: str, answer: Callable[[bool], None]
    ) -> None:
        """Show a notice, after those that wait already.

        Parameters
        ----------
        about : hashable
            What it is about.
        text, button : str
            What happened and what can be done.
        answer : callable
            Called with True for the button and False for the dismissal.
        """
        self._waiting[about] = _Waiting(text, button, answer)
        self._show_first()

    def drop(self, about: Hashable) -> None:
        """Drop the notice about something, unanswered."""
        self._waiting.pop(about, None)
        self._show_first()

    def keep(self, about: Collection[Hashable]) -> None:
        """Drop notices about anything else, unanswered."""
        self._waiting = {key: value for key, value in self._waiting.items() if key in about}
        self._show_first()

    def _show_first(self) -> None:
        first = next(iter(self._waiting.values()), None)
        self.setVisible(first is not None)
        if first is not None:
            more = len(self._waiting) - 1
            self.text.setText(first.text + (f"  ({more} more)" if more else ""))
            self.button.setText(first.button)

    def _close(self, accepted: bool) -> None:
        if not self._waiting:
            return
        notice = self._waiting.pop(next(iter(self._waiting)))
        self._show_first()
        notice.answer(accepted)
