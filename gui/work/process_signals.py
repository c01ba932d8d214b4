"""Signals of the system, answered in the event loop."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from PySide6.QtCore import QSocketNotifier

__all__ = ["Signals"]

_HANDLED = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """Answers SIGINT and SIGTERM while a window runs.

    Python handles signals between two of its instructions, of which a resting event loop
    runs none; a socket that the system writes to wakes it.

    Parameters
    ----------
    answer : callable
        Called once in the event loop, after the first signal.

    Attributes
    ----------
    received : int
        Number of the first signal, 0 for none.
    """

    def __init__(self, answer: Callable[[], object]) -> None:
        self._answer = answer
        self.received = 0

    def __enter__(self) -> Signals:
        self._here, self._there = socket.socketpair()
        for end in (self._here, self._there):
            end.setblocking(False)
        self._notifier = QSocketNotifier(self._here.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._on_wakeup)
        self._wakeup = signal.set_wakeup_fd(self._there.fileno(), warn_on_full_buffer=False)
        self._before: list[Any] = [signal.signal(number, self._note) for number in _HANDLED]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in zip(_HANDLED, self._before, strict=True):
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._notifier.setEnabled(False)
        self._here.close()
        self._there.close()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.received = self.received or number

    def _on_wakeup(self) -> None:
        # By now the interpreter runs again and has called the handler.
        try:
            self._here.recv(64)
        except BlockingIOError:
            return
        if self.received:
            self._answer()
