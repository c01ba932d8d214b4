"""Tasks in any order, wherever there are workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

from nusterile.errors import InputError, require_package

__all__ = ["SCHEDULERS", "Work", "run"]

Shared = TypeVar("Shared")
Task = TypeVar("Task")
Result = TypeVar("Result")

#: Called with what all tasks share and with one task.
Work = Callable[[Shared, Task], Result]

#: Those of this machine; anything else is the address of one.
SCHEDULERS = ("threads", "processes")
_PROTOCOLS = ("tcp", "tls", "ws", "wss", "ucx")


def run(
    work: Work[Shared, Task, Result],
    shared: Shared,
    tasks: Sequence[Task],
    *,
    scheduler: str = "threads",
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[tuple[int, Result]]:
    """Compute tasks, which depend on nothing but what they are given.

    Parameters
    ----------
    work : callable
        A function of a module, called with `shared` and one task. It should release the
        interpreter where it computes, so that threads run side by side.
    shared : object
        What all tasks need; sent once to each worker.
    tasks : sequence
        Small objects that can be pickled, as can the results.
    scheduler : str
        ``threads`` or ``processes`` of this machine, or the address of a dask scheduler,
        ``tcp://host:port``.
    stop : callable
        Asked several times a second.

    Yields
    ------
    index : int
        Which task has ended, in any order.
    result : object
        What `work` returned.

    Raises
    ------
    InputError
        If the scheduler is unknown, cannot be reached or goes away, or its workers run another
        version of nusterile.
    Cancelled
        If `stop` returned True.
    """
    if scheduler in SCHEDULERS:
        from nusterile.scheduling.local import run_here

        yield from run_here(work, shared, tasks, processes=scheduler == "processes", stop=stop)
        return
    if not _is_whole_address(scheduler):
        raise InputError(
            f"unknown scheduler '{scheduler}'; expected threads, processes or an address such as "
            "tcp://127.0.0.1:8786"
        )
    require_package("distributed", "cluster", "clusters")
    from nusterile.scheduling.cluster import run_there

    yield from run_there(work, shared, tasks, scheduler, stop)


def _is_whole_address(text: str) -> bool:
    """Whether a text has a protocol of dask, a host and a port."""
    try:
        parts = urlsplit(text)
        return parts.scheme in _PROTOCOLS and bool(parts.hostname) and bool(parts.port)
    except ValueError:
        return False
