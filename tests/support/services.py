"""Services for tests, in a thread of the test's process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nusterile.service.app import Options
from nusterile.service.running import Service

#: Within this time a service has to notice what becomes of a file, seconds; more than the two
#: that are promised, since the machine may be busy.
PATIENCE = 60.0


@contextmanager
def served(*folders: Path, options: Options | None = None, port: int = 0) -> Iterator[Service]:
    """Run a service; it has looked at its folders once this begins."""
    service = Service(folders, port=port, options=options)
    began = threading.Event()
    thread = threading.Thread(target=service.run, args=(began.set,))
    thread.start()
    try:
        assert began.wait(PATIENCE)
        until(lambda: service.catalogue.contents.complete)
        yield service
    finally:
        service.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def until(reached: Callable[[], object]) -> float:
    """Wait for something; return how long that took."""
    started = time.monotonic()
    while not reached():
        assert time.monotonic() - started < PATIENCE, "this never came"
        time.sleep(0.02)
    return time.monotonic() - started
