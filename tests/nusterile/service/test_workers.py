"""Work in other processes, and what it survives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator

import psutil
import pytest
from services import until

from nusterile.service.workers import WorkError, Workers


@pytest.fixture
def workers() -> Iterator[Workers]:
    made = Workers(1, time=2.0)
    yield made
    made.close()


def test_work_is_done_elsewhere(workers):
    assert workers.run(os.getpid) != os.getpid()
    assert workers.run(os.path.join, "a", "b") == "a/b"


def test_errors_come_back(workers):
    with pytest.raises(FileNotFoundError):
        workers.run(os.stat, "/nowhere")
    assert workers.run(os.path.join, "a", "b") == "a/b"


def test_work_that_does_not_end_is_ended(workers):
    workers.run(os.getpid)
    with pytest.raises(WorkError, match="does not end"):
        workers.run(time.sleep, 60)
    assert workers.run(os.getpid)


def test_work_that_ends_its_process(workers):
    with pytest.raises(WorkError, match="ends the process"):
        workers.run(os._exit, 3)
    assert workers.run(os.getpid)


def test_a_process_without_work_is_ended(workers):
    process = psutil.Process(workers.run(os.getpid))
    workers.rest(idle=60)
    assert process.is_running()
    workers.rest(idle=0)
    until(lambda: not process.is_running())
    assert workers.run(os.getpid) != process.pid


def test_nothing_is_left_of_a_service_that_is_killed():
    script = """
        import os, sys, time
        from nusterile.service.workers import Workers
        if __name__ == "__main__":
            print(Workers().run(os.getpid), flush=True)
            time.sleep(60)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True
    ) as process:
        worker = psutil.Process(int(process.stdout.readline()))
        process.send_signal(signal.SIGKILL)
    until(lambda: not worker.is_running())
