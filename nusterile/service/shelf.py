"""What was made of products, kept in memory up to a bound."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from typing import Any, TypeVar

__all__ = ["Shelf"]

Made = TypeVar("Made")


class Shelf:
    """Things that take long to make, the least used of which go first.

    Lives in one event loop; what is asked for by several at a time is made once.

    Parameters
    ----------
    room : int
        Bytes that all things may take; one that is larger stands alone.
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._coming: dict[Hashable, asyncio.Task[Any]] = {}
        self.filled = 0

    async def get(
        self,
        key: Hashable,
        make: Callable[[], Made],
        size: Callable[[Made], int],
        pool: Executor | None = None,
    ) -> Made:
        """Return a thing, made in another thread where it is not there.

        Parameters
        ----------
        key : hashable
            Says what it is.
        make : callable
            Makes it.
        size : callable
            Bytes that it takes.
        pool : Executor, optional
            Threads that make it; long work needs its own, so that nothing else waits for it.

        Raises
        ------
        Exception
            What `make` raises; the next one who asks tries again.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            made: Made = self._kept[key][0]
            return made
        if key not in self._coming:
            task = asyncio.create_task(self._make(key, make, size, pool))
            self._coming[key] = task
            task.add_done_callback(lambda done: self._arrived(key, done))
        # one who asked and went away does not end it for the others
        return await asyncio.shield(self._coming[key])

    def peek(self, key: Hashable) -> Any:
        """Return a thing that is there; None for one that is not."""
        return self._kept.get(key, (None, 0))[0]

    async def _make(
        self,
        key: Hashable,
        make: Callable[[], Made],
        size: Callable[[Made], int],
        pool: Executor | None,
    ) -> Made:
        made = await asyncio.get_running_loop().run_in_executor(pool, make)
        needed = size(made)
        while self._kept and self.filled + needed > self._room:
            _, (_, freed) = self._kept.popitem(last=False)
            self.filled -= freed
        self._kept[key] = made, needed
        self.filled += needed
        return made

    def _arrived(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        del self._coming[key]
        if not task.cancelled():
            task.exception()  # it has been raised where it was asked for
