"""Ctrl-C and SIGTERM beside code that an exception in its midst leaves unusable.

Python raises KeyboardInterrupt wherever the main thread happens to be. Inside xarray and
netCDF that leaves locks held, and closing the file then waits for them for ever; inside
Python's own pools, queues and events it leaves locks held for which workers wait for ever.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

__all__ = ["noted", "shielded"]

Result = TypeVar("Result")

_ENDING = (signal.SIGINT, signal.SIGTERM)

#: How often a waiting thread looks for an interrupt, and how long the work may go on
#: after one before it is left to itself, seconds.
_GLANCE = 0.1
_PATIENCE = 1.0


def shielded(work: Callable[[], Result]) -> Result:
    """Do work that an interrupt must not break off in its midst.

    The work is done in a thread, where no signal arrives. After an interrupt it gets a
    second to end; then it is left to itself.

    Parameters
    ----------
    work : callable
        Called without arguments. Where an interrupt came, its result is dropped.

    Returns
    -------
    object
        What `work` returns.

    Raises
    ------
    KeyboardInterrupt
        If an interrupt came meanwhile, whatever became of the work; or what the handler
        of interrupts or of SIGTERM raises.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()  # interrupts are none of this thread's business
    with noted() as interrupted:
        pool = ThreadPoolExecutor(max_workers=1)
        future = pool.submit(work)
        pool.shutdown(wait=False)
        while not (future.done() or interrupted()):
            wait([future], timeout=_GLANCE)
        wait([future], timeout=_PATIENCE)
    if interrupted():  # and somebody further out only notes it
        raise KeyboardInterrupt
    return future.result()


@contextmanager
def noted() -> Iterator[Callable[[], bool]]:
    """Only note signals that end the process; hand the first one to its handler at the end.

    Yields
    ------
    callable
        Whether there was one. Never, outside the main thread.
    """
    first: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    handlers = {number: signal.getsignal(number) for number in _ENDING}
    # Others are ignored, or end the process without Python's help.
    callables = {number: handler for number, handler in handlers.items() if callable(handler)}

    def note(number: int, _frame: FrameType | None) -> None:
        first.append(number)

    for number in callables:
        signal.signal(number, note)
    try:
        yield lambda: bool(first)
    finally:
        for number, handler in callables.items():
            signal.signal(number, handler)
        if first:
            callables[signal.Signals(first[0])](first[0], None)
