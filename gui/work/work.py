"""Work beside the window: one thread for files, one for computing.

A task gets a number; what comes back for a number that was cancelled is dropped.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from itertools import count
from typing import Any

from PySide6.QtCore import QObject, Signal

from nusterile.errors import Cancelled, NusterileError

__all__ = ["Task", "Worker"]


class Task:
    """What a running function sees of its task.

    Parameters
    ----------
    number : int
        Identity.
    report : callable
        Takes number, share done and what is being done.
    """

    def __init__(self, number: int, report: Callable[[int, float, str], None]) -> None:
        self.number = number
        self._report = report
        self._stop = threading.Event()

    def progress(self, share: float, what: str) -> None:
        """Say how far the work is."""
        if not self._stop.is_set():
            self._report(self.number, share, what)

    def cancelled(self) -> bool:
        """Whether to stop."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Ask the function to stop."""
        self._stop.set()


class Worker(QObject):
    """A thread that takes one function after another.

    Parameters
    ----------
    name : str
        Name of the thread.
    parent : QObject, optional
        Owner.

    Signals
    -------
    progressed : int, float, str
        Task, share done, what is being done.
    finished : int, object
        Task and its result.
    failed : int, str
        Task and one message for people.
    stopped : int
        Task that ended after a cancellation.
    """

    progressed = Signal(int, float, str)
    _ended = Signal(int, str, object)
    finished = Signal(int, object)
    failed = Signal(int, str)
    stopped = Signal(int)
    busy_changed = Signal(bool)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._numbers = count(1)
        self._queue: queue.SimpleQueue[tuple[Task, Callable[[Task], Any]] | None] = (
            queue.SimpleQueue()
        )
        self._tasks: dict[int, Task] = {}
        self._closed = False
        self._ended.connect(self._on_ended)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether a task that was not cancelled waits or runs."""
        return any(not task.cancelled() for task in self._tasks.values())

    @property
    def idle(self) -> bool:
        """Whether the thread has nothing left to do, cancelled tasks included."""
        return not self._tasks

    def submit(self, function: Callable[[Task], Any]) -> int:
        """Run a function in the thread; returns the number of its task."""
        task = Task(next(self._numbers), self.progressed.emit)
        self._tasks[task.number] = task
        self._queue.put((task, function))
        self.busy_changed.emit(self.busy)
        return task.number

    def cancel(self, number: int) -> None:
        """Drop a task: it is asked to stop, and nothing is heard of it but `stopped`."""
        task = self._tasks.get(number)
        if task is not None:
            task.cancel()
            self.busy_changed.emit(self.busy)

    def close(self, timeout: float = 10.0) -> bool:
        """Cancel everything and end the thread; whether it ended in time."""
        if not self._closed:
            self._closed = True
            for task in self._tasks.values():
                task.cancel()
            self._queue.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (entry := self._queue.get()) is not None:
            task, function = entry
            del entry
            outcome: tuple[str, object]
            try:
                if task.cancelled():
                    raise Cancelled
                outcome = ("finished", function(task))
            except Cancelled:
                outcome = ("stopped", None)
            except NusterileError as error:
                outcome = ("failed", str(error))
            except MemoryError:
                outcome = ("failed", "There is not enough memory for this. Close other products.")
            except Exception as error:
                outcome = ("failed", f"Something unexpected happened: {error!r}")
            del function
            if not self._closed:
                self._ended.emit(task.number, *outcome)
            del task, outcome

    def _on_ended(self, number: int, how: str, result: object) -> None:
        task = self._tasks.pop(number, None)
        if task is None or self._closed:
            return
        self.busy_changed.emit(self.busy)
        if task.cancelled() or how == "stopped":
            self.stopped.emit(number)
        elif how == "failed":
            self.failed.emit(number, str(result))
        else:
            self.finished.emit(number, result)
