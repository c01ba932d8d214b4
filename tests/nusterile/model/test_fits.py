"""Tasks side by side: an interrupt ends them, wherever it strikes."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nusterile.model.fits import run_tasks

#: Interrupts in the midst of tasks, again and again; each has to come back.
INTERRUPTED = """
import os, random, signal, threading, time
from nusterile.model.fits import run_tasks

signal.signal(signal.SIGINT, signal.default_int_handler)

def work():
    end = time.perf_counter() + 1e-4
    while time.perf_counter() < end:
        pass

interrupted = 0
for number in range(100):
    strike = threading.Timer(random.Random(number).uniform(0.0, 0.05), os.kill, (os.getpid(), 2))
    try:
        strike.start()
        run_tasks([("work", work)] * 300)
        strike.join()
        time.sleep(0.05)
    except KeyboardInterrupt:
        interrupted += 1
print(interrupted)
"""


def test_interrupts_end_them_wherever_they_strike():
    """Those of Python's pools would wait for ever in one of ten."""
    process = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=120
    )
    assert process.stderr == ""
    assert process.stdout == "100\n"


def test_what_goes_wrong_is_raised_as_itself():
    def wrong() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_tasks([("right", lambda: None), ("wrong", wrong), *[("right", lambda: None)] * 50])
