"""Tasks on a cluster, through dask.distributed."""

from __future__ import annotations

import logging
import pickle
import queue
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from nusterile.errors import Cancelled, InputError, NusterileError
from nusterile.scheduling.fingerprint import fingerprint

__all__ = ["run_there"]

#: Seconds until a scheduler that does not answer is given up, and until one that went away is.
_PATIENCE = 10.0
#: How often it is looked whether to stop, seconds.
_GLANCE = 0.2
#: Tasks in flight for each thread of the workers, and at least: the scheduler holds no more of
#: a million, and no worker waits for the next one.
_IN_FLIGHT, _LEAST = 4, 32
#: Those of the client and of what it is built on.
_LOGGERS = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio")
#: How often workers are counted, seconds.
_RECOUNT = 2.0


def run_there(
    work: Callable[[Any, Any], Any],
    shared: object,
    tasks: Sequence[Any],
    address: str,
    stop: Callable[[], bool],
) -> Iterator[tuple[int, Any]]:
    """Compute tasks on a cluster, see `nusterile.scheduling.engine.run`."""
    from distributed import Client

    with _quiet():
        try:
            client = Client(address, timeout=_PATIENCE, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TypeError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(
                f"{address}: no dask scheduler answers there ({reason[:120]}); start one with: "
                "dask scheduler"
            ) from None
        try:
            yield from _results(client, work, shared, tasks, address, stop)
        finally:
            # Without waiting for a scheduler that is gone; one that is there cancels what nobody
            # wants any more.
            client.close(timeout=1)  # type: ignore[no-untyped-call]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what is reported of lost connections, which is said here in one line."""
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _results(
    client: Any,
    work: Callable[[Any, Any], Any],
    shared: object,
    tasks: Sequence[Any],
    address: str,
    stop: Callable[[], bool],
) -> Iterator[tuple[int, Any]]:
    ended: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    content = pickle.dumps((fingerprint(), pickle.dumps((work, shared))))
    # As the result of a task: a worker that dies with it costs making it again.
    held = _submitted(client, _as_it_is, content)
    futures: dict[int, Any] = {}
    begun, lost_since, room, counted = 0, None, _LEAST, -_RECOUNT
    while begun < len(tasks) or futures:
        if time.monotonic() - counted > _RECOUNT:  # workers come and go
            room, counted = max(_LEAST, _IN_FLIGHT * _threads(client)), time.monotonic()
        while begun < len(tasks) and len(futures) < room:
            try:
                future = client.submit(_call, held, tasks[begun], pure=False)
            except (OSError, RuntimeError):  # the client has closed itself
                raise _gone(address) from None
            futures[begun] = future
            future.add_done_callback(_noting(begun, ended))
            begun += 1
        if stop():
            client.cancel([*futures.values(), held])
            raise Cancelled("cancelled")
        try:
            index, future = ended.get(timeout=_GLANCE)
        except queue.Empty:
            if client.status == "running":
                lost_since = None
            else:
                lost_since = lost_since or time.monotonic()
                if time.monotonic() - lost_since > _PATIENCE:
                    raise _gone(address) from None
            continue
        try:
            result = _result_of(future, address)
        except TimeoutError:
            # Lost with its worker after it was computed: it comes again from another one, which
            # takes as long as it takes.
            if client.status != "running":
                raise _gone(address) from None
            future.add_done_callback(_noting(index, ended))
            continue
        del futures[index]
        yield index, result


def _submitted(client: Any, function: Callable[..., Any], *arguments: Any) -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph", category=UserWarning)
        return client.submit(function, *arguments, pure=False)


def _noting(index: int, ended: queue.SimpleQueue[tuple[int, Any]]) -> Callable[[Any], None]:
    return lambda future: ended.put((index, future))


def _threads(client: Any) -> int:
    workers = client.scheduler_info(n_workers=-1).get("workers", {}).values()
    return sum(int(worker["nthreads"]) for worker in workers)


def _result_of(future: Any, address: str) -> Any:
    """Return what a task gave, or raise what went wrong as one line.

    TimeoutError where the result is not at hand any more.
    """
    from distributed.scheduler import KilledWorker

    try:
        return future.result(timeout=_GLANCE if future.status == "lost" else _PATIENCE)
    except NusterileError as error:
        raise error from None
    except KilledWorker:
        raise InputError(
            f"{address}: a task was lost with every worker that took it; most often their memory "
            "is full: ask for fewer masses or moments"
        ) from None
    except (ImportError, AttributeError) as error:
        raise InputError(
            f"{address}: a worker cannot run this version of nusterile ({error}); install the "
            "same one there"
        ) from None
    except TimeoutError:  # an OSError as well
        raise
    except (CancelledError, OSError):  # nobody else cancels
        raise _gone(address) from None


def _gone(address: str) -> InputError:
    return InputError(f"{address}: the scheduler went away before all was computed; start again")


def _as_it_is(content: bytes) -> bytes:
    return content


@lru_cache(maxsize=2)
def _unpacked(content: bytes) -> tuple[Callable[[Any, Any], Any], Any]:
    """What all tasks share, unpacked once a worker; checked before it is used."""
    wanted, inner = pickle.loads(content)  # from the client, by dask's own channel
    own = fingerprint()
    if own != wanted:
        raise InputError(
            f"a worker runs nusterile {own}, which is not the {wanted} that asks; install the "
            "same version there"
        )
    work, shared = pickle.loads(inner)
    return work, shared


def _call(content: bytes, task: Any) -> Any:
    work, shared = _unpacked(content)
    return work(shared, task)
