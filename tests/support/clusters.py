"""Real schedulers and workers of dask on this machine, each in a process of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_WAIT = 60.0


class Cluster(NamedTuple):
    """Processes of a cluster."""

    address: str
    folder: Path
    processes: dict[str, subprocess.Popen[bytes]]

    def start_worker(self, name: str) -> None:
        """Start a worker with one thread and nobody who would start it again."""
        words = [self.address, "--no-nanny", "--nthreads", "1", "--name", name]
        self._start(name, "dask_worker", *words, "--local-directory", str(self.folder))

    def start_scheduler(self) -> None:
        host, port = self.address.removeprefix("tcp://").split(":")
        self._start("scheduler", "dask_scheduler", "--host", host, "--port", port)
        until(lambda: self._answers(host, int(port)))

    def wait_for_workers(self, n: int) -> None:
        """Wait until so many workers have told the scheduler that they are there."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(n, timeout=10 * _WAIT)

    def warm_up(self) -> None:
        """Let every worker import what it computes with, which takes a second each."""
        from distributed import Client

        with Client(self.address, set_as_default=False) as client:
            client.run(import_all)

    def kill(self, name: str) -> None:
        """Kill a process as the system does when the memory is full."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGKILL)
        process.wait(_WAIT)

    def stop(self) -> None:
        for name in [*self.processes]:
            self.kill(name)

    def _start(self, name: str, module: str, *words: str) -> None:
        command = [sys.executable, "-m", f"distributed.cli.{module}", *words, "--no-dashboard"]
        self.processes[name] = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parent)},
        )

    @staticmethod
    def _answers(host: str, port: int) -> bool:
        with contextlib.suppress(OSError), socket.create_connection((host, port), 1):
            return True
        return False


@contextlib.contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Start a scheduler and workers, and end all of them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    one = Cluster(f"tcp://127.0.0.1:{port}", folder, {})
    try:
        one.start_scheduler()
        for k in range(workers):
            one.start_worker(f"worker-{k}")
        yield one
    finally:
        one.stop()


def until(condition, seconds: float = _WAIT) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.05)


def import_all() -> None:
    """Import what tasks of nusterile are made of."""
    import nusterile.product.large  # noqa: F401


def square(shared: int, task: int) -> int:
    """Work that anybody can check."""
    return shared + task * task


def pause(shared: float, task: int) -> int:
    """Work that takes some seconds of nobody's time."""
    time.sleep(shared)
    return task


def pause_and_tell(shared: float, _task: int) -> int:
    """Work that says where it is done."""
    time.sleep(shared)
    return os.getpid()


def fail(shared: type[Exception], task: int) -> int:
    """Work that goes wrong at the third task."""
    if task == 2:
        raise shared("the third task cannot be done")
    return task


def die_once(shared: str, task: int) -> int:
    """Work whose fifth task kills its process, the first time."""
    flag = Path(shared)
    if task == 5 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def die(parent: int, task: int) -> int:
    """Work that kills every process but the one that asks."""
    if os.getpid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return task
