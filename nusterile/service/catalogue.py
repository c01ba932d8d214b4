"""The catalogue: every product in some folders, kept up to date."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

from nusterile.service.folders import Found, Signature, find_products
from nusterile.service.inspection import Entry, broken, inspect
from nusterile.service.workers import WorkError

__all__ = ["Catalogue", "Contents", "contents_of"]

_LOG = logging.getLogger("nusterile.service")

#: Time between two looks at the folders, and after which a file that was just written is looked
#: at: within one tick of the clock it could change without a sign. Seconds.
_PERIOD = 0.5
_TICK = 0.1
#: Files that wait for their inspection; those that change meanwhile need none of the old state.
_QUEUED = 64


class Contents:
    """What a catalogue holds at one moment.

    Attributes
    ----------
    revision : int
        Counts the changes.
    products : tuple of Entry
        What may be served, by name.
    broken : tuple of Entry
        What may not, and why.
    reading : tuple of str
        Names of files that are still being looked at.
    complete : bool
        Whether the folders have been looked at.
    """

    def __init__(
        self,
        revision: int = 0,
        entries: Iterable[Entry] = (),
        reading: Iterable[str] = (),
        *,
        complete: bool = False,
    ) -> None:
        self.revision = revision
        self.complete = complete
        self.reading = tuple(sorted(reading))
        unique = {entry.id: entry for entry in sorted(entries, key=_newest_last)}
        in_order = sorted(unique.values(), key=lambda entry: (entry.found.name, entry.id))
        self.products = tuple(entry for entry in in_order if not entry.reason)
        self.broken = tuple(entry for entry in in_order if entry.reason)
        self._products = {entry.id: entry for entry in self.products}
        self._broken = {entry.id: entry for entry in self.broken}
        self._names = {entry.name: entry for entry in sorted(self.products, key=_newest_last)}

    def get(self, id: str) -> Entry | None:
        """Return the product of an id."""
        return self._products.get(id)

    def get_broken(self, id: str) -> Entry | None:
        """Return the broken file of an id."""
        return self._broken.get(id)

    def newest(self, name: str) -> Entry | None:
        """Return the product that a name without a hash means now."""
        return self._names.get(name)


def contents_of(folders: Sequence[Path]) -> Contents:
    """Look at folders once, in this process; files that change meanwhile are left out."""
    entries = []
    for found in find_products(folders).values():
        with contextlib.suppress(FileNotFoundError):
            entries.append(inspect(found))
    return Contents(entries=entries, complete=True)


class Catalogue:
    """Folders of products, looked at again and again in the background.

    Parameters
    ----------
    folders : sequence of Path
        As `folders.require_folders` returns them.
    inspect : callable
        Says what a file is; called from several threads.
    threads : int
        How many files are inspected at a time.
    period : float
        Time between two looks at the folders, seconds.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        inspect: Callable[[Found], Entry],
        *,
        threads: int = 2,
        period: float = _PERIOD,
    ) -> None:
        self.contents = Contents()
        self._folders = tuple(folders)
        self._inspected = inspect
        self._period = period
        self._known: dict[Path, Entry] = {}
        self._running: dict[Path, tuple[Found, Future[Entry]]] = {}
        self._pool = ThreadPoolExecutor(threads, "inspect")
        self._stop = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="watch", daemon=True)

    def start(self) -> None:
        """Begin to look at the folders."""
        self._watcher.start()

    def stop(self) -> None:
        """Look no more; files that are being inspected are left."""
        self._stop.set()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def look(self) -> None:
        """Look at the folders once, and take what inspections have found meanwhile."""
        found = find_products(self._folders)
        for path in [path for path in self._known if path not in found]:
            del self._known[path]
        self._take(found)
        waiting = [
            (path, one) for path, one in found.items() if not _is_known(self._known.get(path), one)
        ]
        for path, one in waiting:
            if len(self._running) < _QUEUED and path not in self._running and _settled(one):
                self._running[path] = one, self._pool.submit(self._inspected, one)
        reading = [one.name for _, one in waiting]
        self._publish(reading, complete=self.contents.complete or not waiting)

    def _watch(self) -> None:
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                self.look()
            except Exception:  # the next look may succeed; a service without a watch would lie
                _LOG.exception("the folders could not be looked at")
            pending = [future for _, future in self._running.values()]
            left = self._period - (time.monotonic() - started)
            if pending:
                wait(pending, timeout=max(left, 0.05))
            else:
                self._stop.wait(max(left, 0.05))

    def _take(self, found: dict[Path, Found]) -> None:
        """Keep what finished inspections say of files that are still there."""
        for path, (one, future) in list(self._running.items()):
            if not future.done():
                continue
            del self._running[path]
            try:
                entry = future.result()
            except FileNotFoundError:  # it changed meanwhile and is inspected again
                continue
            except WorkError as error:
                entry = broken(one, f"is damaged ({error}); build it again")
            except Exception as error:
                _LOG.exception("a file could not be inspected")
                entry = broken(one, f"cannot be read ({type(error).__name__})")
            if path in found:
                self._known[path] = entry

    def _publish(self, reading: Sequence[str], *, complete: bool) -> None:
        entries = tuple(self._known.values())
        now = self.contents
        new = Contents(now.revision + 1, entries, reading, complete=complete)
        if (new.products, new.broken, new.reading, new.complete) != (
            now.products,
            now.broken,
            now.reading,
            now.complete,
        ):
            self.contents = new


def _is_known(entry: Entry | None, found: Found) -> bool:
    return entry is not None and entry.found == found


def _settled(found: Found) -> bool:
    signature: Signature = found.signature
    return time.time_ns() - max(signature.modified, signature.changed) > _TICK * 1e9 or (
        # a clock that was set back, or that of another machine
        max(signature.modified, signature.changed) > time.time_ns() + 1e9
    )


def _newest_last(entry: Entry) -> tuple[int, str]:
    return entry.found.signature.modified, entry.id
