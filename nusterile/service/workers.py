"""Work in processes of their own: nothing that hangs or crashes there stops the service."""

from __future__ import annotations

import importlib
import multiprocessing
import queue
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, ParamSpec, TypeVar

__all__ = ["WorkError", "Workers"]

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

#: Time that one piece of work may take, and a process may idle before it is ended, seconds.
_TIME = 120.0
_IDLE = 60.0
#: A process that is told to end and does not, seconds.
_PATIENCE = 2.0


class WorkError(Exception):
    """Work that did not end, or ended its process."""


class Workers:
    """Some processes that work for all threads of this one.

    They are started when there is work, and `rest` ends those that have none for a while. One
    whose service is killed ends by itself.

    Parameters
    ----------
    number : int
        Processes.
    time : float
        Most time for one piece of work, seconds.
    """

    def __init__(self, number: int = 2, time: float = _TIME) -> None:
        self._time = time
        self._workers = [_Worker() for _ in range(number)]
        # the one that worked last is taken first, so that others may rest
        self._free: queue.LifoQueue[_Worker] = queue.LifoQueue()
        for worker in self._workers:
            self._free.put(worker)
        self._closed = threading.Event()

    def run(
        self,
        function: Callable[Arguments, Result],
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Result:
        """Call a function of a module in one of the processes, and wait.

        Raises
        ------
        WorkError
            If it does not end in time, ends its process, or the workers are closed.
        Exception
            What the function raises.
        """
        while True:
            if self._closed.is_set():
                raise WorkError("the service is ending")
            try:
                worker = self._free.get(timeout=0.5)
                break
            except queue.Empty:
                continue
        try:
            return worker.call(function, arguments, options, self._time)  # type: ignore[no-any-return]
        finally:
            if self._closed.is_set():
                worker.end()
            self._free.put(worker)

    def rest(self, idle: float = _IDLE) -> None:
        """End processes that had no work for some time; it gives their memory back."""
        resting = []
        while True:
            try:
                resting.append(self._free.get_nowait())
            except queue.Empty:
                break
        for worker in reversed(resting):
            if time.monotonic() - worker.used > idle:
                worker.end()
            self._free.put(worker)

    def close(self) -> None:
        """End all processes; work in progress is dropped."""
        self._closed.set()
        for worker in self._workers:
            worker.kill()


class _Worker:
    """One process, started at its first work and again after it ended."""

    def __init__(self) -> None:
        self.used = time.monotonic()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None

    def call(
        self, function: Callable[..., Any], arguments: Any, options: Any, patience: float
    ) -> Any:
        connection = self._connection or self._start()
        try:
            connection.send((function.__module__, function.__qualname__, arguments, options))
            if not connection.poll(patience):
                raise WorkError("reading it does not end")
            done, result = connection.recv()
        except (OSError, EOFError):
            self.kill()
            raise WorkError("reading it ends the process") from None
        except BaseException:
            self.kill()
            raise
        finally:
            self.used = time.monotonic()
        if not done:
            raise result
        return result

    def end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.join(_PATIENCE)
        self.kill()

    def kill(self) -> None:
        process, self._process, self._connection = self._process, None, None
        if process is not None:
            process.kill()
            process.join()

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")  # a fork would take locks along
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # the process alone has it, so that each side notices the other's end
        return self._connection


def _work(connection: Connection) -> None:
    """Do what comes until the service closes its end or is gone."""
    for number in (signal.SIGINT, signal.SIGTERM):  # the service's business
        signal.signal(number, signal.SIG_IGN)
    while True:
        try:
            module, name, arguments, options = connection.recv()
        except (EOFError, OSError):
            return
        try:
            answer = True, getattr(importlib.import_module(module), name)(*arguments, **options)
        except Exception as error:
            answer = False, error
        try:
            connection.send(answer)
        except (BrokenPipeError, ConnectionResetError):
            return
