"""Waiting for what may hang, such as a service: given up as soon as nobody wants it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from nusterile.errors import Cancelled
from nusterile_gui.work.work import Task

__all__ = ["given_up_when_cancelled"]

Made = TypeVar("Made")
#: How often somebody looks whether the task was cancelled, seconds.
_LOOK = 0.05


def given_up_when_cancelled(task: Task, function: Callable[[], Made]) -> Made:
    """Run a function that may not return for long, and leave it when its task is cancelled.

    The connection to a service may be silent for a minute before it counts as lost, and a
    thread that waits for it cannot be woken. So it waits in a thread of its own, which ends
    when that is over, and the worker goes on with the next task.

    Parameters
    ----------
    task : Task
        Whose cancellation counts.
    function : callable
        What may hang.

    Raises
    ------
    Cancelled
        If the task is cancelled before the function returns.
    Exception
        What the function raises.
    """
    made: list[Made] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            made.append(function())
        except BaseException as error:
            errors.append(error)
        done.set()

    threading.Thread(target=run, name="service-reader", daemon=True).start()
    while not done.wait(_LOOK):
        if task.cancelled():
            raise Cancelled
    if errors:
        raise errors[0]
    return made[0]
