"""Work that Ctrl-C does not break off."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from nusterile.files import interrupts
from nusterile.files.interrupts import shielded


@pytest.fixture(autouse=True)
def _hears_interrupts() -> Iterator[None]:
    """Tests started in the background of a shell inherit that SIGINT is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


def interrupting(then: list[str]) -> None:
    """Send two interrupts, then go on."""
    for _ in range(2):
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        time.sleep(0.02)
    then.append("went on")


def test_result_and_error_come_through():
    assert shielded(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        shielded(lambda: 1 / 0)


def test_interrupt_waits_for_the_end_of_the_work():
    then: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        shielded(lambda: interrupting(then))
    assert then == ["went on"]


def test_work_that_does_not_end_is_left_to_itself(monkeypatch):
    monkeypatch.setattr(interrupts, "_PATIENCE", 0.1)
    end = threading.Event()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        shielded(lambda: (interrupting([]), end.wait(30)))
    assert time.monotonic() - begin < 10
    end.set()


def test_interrupts_that_are_ignored_stay_so():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    then: list[str] = []
    shielded(lambda: interrupting(then))
    assert then == ["went on"]
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_in_another_thread_the_work_is_done_there():
    where: list[threading.Thread] = []
    thread = threading.Thread(target=lambda: where.append(shielded(threading.current_thread)))
    thread.start()
    thread.join()
    assert where == [thread]
