"""Tasks on this machine and on real clusters: all of them, once each, whatever dies."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from clusters import Cluster, cluster, die, die_once, fail, pause, square, until

from nusterile.errors import Cancelled, InputError
from nusterile.scheduling import cluster as scheduling_cluster
from nusterile.scheduling.engine import run

N = 100


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Cluster:
    with cluster(tmp_path_factory.mktemp("cluster")) as one:
        yield one


@pytest.fixture(params=["threads", "processes", "cluster"])
def scheduler(request: pytest.FixtureRequest) -> str:
    if request.param == "cluster":
        return request.getfixturevalue("running").address
    return request.param


def test_every_task_ends_once(scheduler):
    found = list(run(square, 1, range(N), scheduler=scheduler))
    assert sorted(index for index, _ in found) == list(range(N))
    assert all(result == 1 + index * index for index, result in found)


def test_no_tasks_are_no_work(scheduler):
    assert list(run(square, 1, [], scheduler=scheduler)) == []


def test_an_error_of_the_work_is_raised_as_itself(scheduler):
    with pytest.raises(InputError, match=r"^the third task cannot be done$"):
        list(run(fail, InputError, range(N), scheduler=scheduler))


def test_it_stops_when_asked(scheduler):
    found = []
    results = run(square, 1, range(100_000), scheduler=scheduler, stop=lambda: len(found) > 3)
    with pytest.raises(Cancelled):
        found.extend(results)
    assert len(found) < 1000


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_a_result_is_there_as_soon_as_it_is_computed(scheduler):
    """So that it can be kept: a run may be killed at any moment."""
    workers = os.cpu_count() or 1
    ends = [time.monotonic() for _ in run(pause, 0.2, range(1 + 4 * workers), scheduler=scheduler)]
    # all but the first come in waves, of one task a worker each
    assert ends[-1] - ends[1] > 2 * 0.2


def test_a_process_that_dies_costs_time_only(tmp_path):
    found = dict(run(die_once, str(tmp_path / "died"), range(N), scheduler="processes"))
    assert found == {k: k for k in range(N)}
    assert (tmp_path / "died").exists()


def test_tasks_that_kill_every_process_are_given_up():
    with pytest.raises(InputError, match="the processes that compute died"):
        list(run(die, os.getpid(), range(N), scheduler="processes"))


ORPHANS = """
from clusters import pause_and_tell
from nusterile.scheduling.engine import run
if __name__ == "__main__":
    for _, pid in run(pause_and_tell, 0.02, range(1000), scheduler="processes"):
        print(pid, flush=True)
"""


def test_processes_end_with_a_parent_that_is_killed():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", ORPHANS], stdout=subprocess.PIPE, text=True, env=environment
    ) as parent:
        pids = {int(parent.stdout.readline()) for _ in range(10)} - {parent.pid}
        parent.kill()
    assert pids
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 20)


def test_a_worker_that_dies_costs_time_only(tmp_path):
    with cluster(tmp_path) as one:
        found = dict(run(die_once, str(tmp_path / "died"), range(N), scheduler=one.address))
    assert found == {k: k for k in range(N)}
    assert (tmp_path / "died").exists()


def test_a_worker_that_comes_later_takes_part(tmp_path):
    with cluster(tmp_path, workers=0) as one:
        results = run(square, 0, range(N), scheduler=one.address)
        one.start_worker("late")
        assert sum(1 for _ in results) == N


def test_a_scheduler_that_goes_away_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(scheduling_cluster, "_PATIENCE", 1.0)
    with cluster(tmp_path) as one:
        results = run(square, 0, range(100_000), scheduler=one.address)
        next(results)
        one.kill("scheduler")
        with pytest.raises(InputError, match="the scheduler went away before all was computed"):
            for _ in results:
                pass


def test_another_version_on_a_worker_is_refused(running, monkeypatch):
    monkeypatch.setattr(scheduling_cluster, "fingerprint", lambda: "9.9.9-0000")
    with pytest.raises(InputError, match=r"a worker runs nusterile .*, which is not the 9\.9\.9"):
        list(run(square, 0, range(N), scheduler=running.address))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("tcp://127.0.0.1:1", "no dask scheduler answers there"),
        ("tcp://nowhere.invalid:8786", "no dask scheduler answers there"),
        ("ftp://127.0.0.1:1", "unknown scheduler 'ftp://127.0.0.1:1'; expected threads,"),
        ("tcp://", "unknown scheduler 'tcp://'; expected threads, processes or an address"),
        ("tcp://127.0.0.1", "unknown scheduler 'tcp://127.0.0.1'; expected threads,"),
        ("tcp://127.0.0.1:port", "unknown scheduler 'tcp://127.0.0.1:port'; expected"),
        ("thread", "unknown scheduler 'thread'; expected threads, processes or an address"),
    ],
)
def test_a_scheduler_that_is_not_there_is_named(address, words, monkeypatch):
    monkeypatch.setattr(scheduling_cluster, "_PATIENCE", 1.0)
    start = time.monotonic()
    with pytest.raises(InputError, match=words) as refused:
        list(run(square, 0, range(N), scheduler=address))
    assert "\n" not in str(refused.value)
    assert time.monotonic() - start < 15
