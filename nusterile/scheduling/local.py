"""Tasks on this machine, through dask: threads, or processes."""

from __future__ import annotations

import multiprocessing
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from typing import Any

from nusterile.errors import Cancelled, InputError
from nusterile.files.interrupts import shielded

__all__ = ["run_here"]

#: Tasks a worker that dask is given at once: enough that waiting for the last ones costs little.
_AT_ONCE = 16
#: How often it is looked whether to stop, seconds.
_GLANCE = 0.1
#: What the names of tasks begin with.
_KEY = "task-"
#: How often the processes of a pool may die before the tasks are to blame.
_MOST_DEATHS = 5

#: What all tasks of a process share: (work, shared).
_HELD: list[Any] = []


def run_here(
    work: Callable[[Any, Any], Any],
    shared: object,
    tasks: Sequence[Any],
    *,
    processes: bool,
    stop: Callable[[], bool],
) -> Iterator[tuple[int, Any]]:
    """Compute tasks on this machine, see `nusterile.scheduling.engine.run`."""
    if not tasks:
        return
    if stop():
        raise Cancelled("cancelled")
    # The first call compiles, or loads, what threads must not compile at once, and what
    # processes then find on the disk.
    yield 0, shielded(partial(work, shared, tasks[0]))
    workers = os.cpu_count() or 1
    waiting, deaths = deque(range(1, len(tasks))), 0
    call = _work_held if processes else partial(work, shared)
    pool = _pool(processes, workers, work, shared)
    try:
        while waiting:
            numbers = [waiting.popleft() for _ in range(min(_AT_ONCE * workers, len(waiting)))]
            part = {k: partial(call, tasks[k]) for k in numbers}
            try:
                for index, result in _computed(pool, dict(part), stop, processes=processes):
                    del part[index]
                    yield index, result
            except BrokenProcessPool:
                waiting.extendleft(reversed(part))
                deaths += 1
                if deaths > _MOST_DEATHS:
                    raise InputError(
                        f"the processes that compute died {deaths} times; most often the memory "
                        "of the machine is full: ask for fewer masses or moments, or use threads"
                    ) from None
                pool.shutdown(wait=False)
                pool = _pool(processes, workers, work, shared)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(
    processes: bool, workers: int, work: Callable[[Any, Any], Any], shared: object
) -> Executor:
    if not processes:
        return ThreadPoolExecutor(workers)
    # Not by fork, since threads may hold locks.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, context, _hold, (work, shared))


def _hold(work: Callable[[Any, Any], Any], shared: object) -> None:
    _HELD[:] = [work, shared]
    # A parent that is killed cannot end its processes; they would wait for ever.
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work_held(task: Any) -> Any:
    work, shared = _HELD
    return work(shared, task)


def _computed(
    pool: Executor,
    calls: Mapping[int, Callable[[], Any]],
    stop: Callable[[], bool],
    *,
    processes: bool,
) -> Iterator[tuple[int, Any]]:
    """Let dask make some calls, in a thread beside; each result as soon as it is there."""
    import dask

    ended: queue.SimpleQueue[tuple[int, Any] | BaseException | None] = queue.SimpleQueue()
    found: tuple[int, Any] | BaseException | None
    given_up = threading.Event()

    def begin(*_: object) -> None:
        if given_up.is_set():
            raise Cancelled("cancelled")

    def end(key: str, result: object, *_: object) -> None:
        ended.put((int(key.removeprefix(_KEY)), result))
        begin()

    def compute() -> None:
        try:
            # Without arguments, which dask would look into.
            delayed = [
                dask.delayed(call, pure=False)(dask_key_name=f"{_KEY}{index}")  # type: ignore[attr-defined]
                for index, call in calls.items()
            ]
            dask.compute(  # type: ignore[attr-defined, no-untyped-call]
                *delayed,
                scheduler="processes" if processes else "threads",
                pool=pool,
                optimize_graph=False,
                chunksize=1,  # a result comes by itself
                callbacks=[(None, None, begin, end, None)],
            )
            ended.put(None)
        except BaseException as error:
            ended.put(error)

    thread = threading.Thread(target=compute, daemon=True)
    thread.start()
    try:
        while True:
            if stop():
                given_up.set()
                thread.join()
                # Whoever keeps results wants those, too, that are there by now.
                while isinstance(found := ended.get(), tuple):
                    yield found
                raise Cancelled("cancelled")
            try:
                found = ended.get(timeout=_GLANCE)
            except queue.Empty:
                continue
            if found is None:
                return
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        given_up.set()
        thread.join()
