"""What it costs to compute toys in processes and on a cluster, and what a task costs by itself.

Ratios of runs of the same work, one after the other; the cost model of docs/scaling.md is made
of these numbers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from clusters import cluster, pause

from nusterile.model.toys.coverage import Coverage
from nusterile.model.toys.defaults import request_of
from nusterile.scheduling import local
from nusterile.scheduling.engine import run
from nusterile.statistics.toys.batches import batches_of, fit_batch

TOYS = 1_000_000
#: For processes, which take seconds to start.
MANY = 10 * TOYS
WORKERS = (1, 2, 4, 8, 16, 32, 64)
#: Tasks for each worker, and the seconds that one takes.
EACH = 10
TASKS = (0.1, 0.5)


@pytest.fixture(scope="module")
def study(analysis) -> Iterator[tuple[tuple, list]]:
    """Cells of one truth of XENONnT, and the batches of a million of its toys."""
    options = {"selection": "xenonnt_sr0", "flavor": "effective", "m_4": 0.1, "mu": 1e-11}
    request = request_of(analysis, "coverage", **options, toys=TOYS)
    cells = Coverage(analysis, request).cells
    fit_batch(cells, batches_of(0, cells[0], 0, 32)[0])  # compiled
    return cells, batches_of(0, cells[0], 0, TOYS)


def seconds(work, shared, tasks, scheduler: str) -> float:
    start = time.perf_counter()
    assert sum(1 for _ in run(work, shared, tasks, scheduler=scheduler)) == len(tasks)
    return time.perf_counter() - start


def test_two_processes_against_one(study, figure, monkeypatch):
    """From the first process that starts to the last result."""
    cells, _ = study
    tasks = batches_of(0, cells[0], 0, MANY)
    found: dict[int, list[float]] = {}
    for workers in (1, 2, 1, 2):
        monkeypatch.setattr(local.os, "cpu_count", lambda workers=workers: workers)
        found.setdefault(workers, []).append(seconds(fit_batch, cells, tasks, "processes"))
    ratio = min(found[1]) / min(found[2])
    figure(
        "scheduling.processes",
        f"{MANY:,} toys of `xenonnt_sr0` in two processes",
        f"{min(found[2]):.1f} s",
        baseline=f"one process: {min(found[1]):.1f} s",
        ratio=f"{ratio:.2f}",
        bar="1.8",
    )
    assert ratio > 1.8


def test_a_cluster_of_two_workers_against_two_processes(study, figure, tmp_path):
    """Of a million toys, connection included; workers that have computed before."""
    with cluster(tmp_path) as one:
        seconds(fit_batch, study[0], study[1][:4], one.address)
        found = {"processes": [], one.address: []}
        for _ in range(2):
            for scheduler, times in found.items():
                times.append(seconds(fit_batch, *study, scheduler))
    here, there = (min(times) for times in found.values())
    overhead = there / here - 1
    figure(
        "scheduling.cluster",
        f"{TOYS:,} toys of `xenonnt_sr0` on a cluster of two workers, connection included",
        f"{there:.1f} s ({100 * overhead:+.0f} %)",
        baseline=f"two processes: {here:.1f} s",
        bar="+10 %",
    )
    assert overhead < 0.1


def test_what_a_task_costs(figure, tmp_path):
    """Tasks that do nothing, so that all that takes time is handing them out."""
    n = 2000
    with cluster(tmp_path) as one:
        one.warm_up()
        took = min(seconds(pause, 0.0, range(n), one.address) for _ in range(2))
    figure(
        "scheduling.task",
        "what client and scheduler take to hand out one task and take its result, on one core",
        f"{1000 * took / n:.1f} ms",
        bar="10 ms",
    )
    assert took / n < 0.01


def test_many_workers(figure, tmp_path):
    """Workers that only wait, so that two cores do for many of them."""
    with cluster(tmp_path, workers=0) as one:
        for before, workers in pairwise((0, *WORKERS)):
            for k in range(before, workers):
                one.start_worker(f"worker-{k}")
            one.wait_for_workers(workers)
            one.warm_up()
            for task in TASKS:
                n = EACH * workers
                took = seconds(pause, task, range(n), one.address)
                figure(
                    f"scheduling.workers.{workers}.{task:g}",
                    f"{n} tasks of {task:g} s on {workers} workers, all on this machine",
                    f"{took:.1f} s",
                    baseline=f"without any cost: {EACH * task:.1f} s",
                    ratio=f"{took / (EACH * task):.2f}",
                )
