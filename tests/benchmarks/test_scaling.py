"""What one toy and one point of a product cost, and what follows for very many of them.

The rows that end with "calculated" are not measured but follow from those that are; the model is
written out in docs/scaling.md.
"""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest
from clusters import cluster, pause

from nusterile.model.toys.coverage import Coverage
from nusterile.model.toys.defaults import request_of
from nusterile.model.toys.expected import Expected
from nusterile.product.scan import bytes_needed
from nusterile.scheduling.engine import run
from nusterile.statistics.toys.batches import batches_of, fit_batch, in_groups

TOYS = 30_000
#: A study that nobody does on one machine.
POINTS, TOYS_EACH = 1_000_000, 10_000
CORES = (1, 100, 10_000)
TASKS = 2000


def duration(seconds: float) -> str:
    """Return a time for people."""
    for unit, size in (("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.2g} {unit}"
    return f"{seconds:.2g} s"


def coverage(analysis, selection: str, moments: np.ndarray) -> tuple:
    """Cells of a study of coverage."""
    options = {"selection": selection, "flavor": "effective", "m_4": [0.1], "mu": list(moments)}
    return Coverage(analysis, request_of(analysis, "coverage", **options, toys=TOYS)).cells


def seconds_per_toy(cells: tuple) -> float:
    batches = batches_of(0, cells[0], 0, TOYS)
    fit_batch(cells, batches[0])  # compiled
    times = []
    for _ in range(3):
        start = time.perf_counter()
        for batch in batches:
            fit_batch(cells, batch)
        times.append((time.perf_counter() - start) / TOYS)
    return min(times)


@pytest.mark.parametrize("selection", ["xenonnt_sr0", "combined"])
def test_a_toy(analysis, figure, selection):
    bins = analysis.likelihood(selection).counts.size
    one = seconds_per_toy(coverage(analysis, selection, np.array([1e-11])))
    figure(
        f"scaling.toy.{selection}",
        f"one toy of `coverage`, `{selection}` ({bins} bins), one core",
        f"{1e6 * one:.1f} μs",
    )
    options = {"selection": selection, "flavor": "effective", "m_4": [0.1], "toys": TOYS}
    limit = seconds_per_toy(Expected(analysis, request_of(analysis, "expected", **options)).cells)
    figure(
        f"scaling.limit.{selection}",
        f"one toy of `expected` at one mass, `{selection}` ({bins} bins), one core",
        f"{1e6 * limit:.1f} μs",
    )


def test_a_point_of_a_product(analysis, figure):
    grids = {"m_4": {"low": 1e-3, "high": 4.0, "points": 44}}
    part = analysis.with_changes(grids=grids)
    part.build()  # compiled
    started = time.process_time()
    part.build()
    each = (time.process_time() - started) / (44 * 181)
    figure(
        "scaling.point",
        f"one point of a product: {len(analysis.experiments)} experiments, "
        f"{len(analysis.selections)} selections, 4 flavours, processor time",
        f"{1e6 * each:.0f} μs",
    )
    figure(
        "scaling.point_memory",
        "the same in memory",
        f"{bytes_needed(part) / (44 * 181) / 1000:.1f} kB",
    )


def test_a_million_points_with_ten_thousand_toys_each(analysis, figure, tmp_path):
    moments = np.geomspace(1e-12, 1e-10, 1000)
    started = time.perf_counter()
    cells = coverage(analysis, "xenonnt_sr0", moments)
    prepared = (time.perf_counter() - started) / moments.size
    size = len(pickle.dumps(cells)) / moments.size
    figure(
        "scaling.cell", "preparing one point of a study, on the client", f"{1e3 * prepared:.2g} ms"
    )
    figure("scaling.cell_memory", "one point of a study, in each worker", f"{size / 1000:.2g} kB")
    toy = seconds_per_toy(cells[500:501])
    batches = batches_of(0, cells[0], 0, TOYS_EACH) * POINTS
    tasks = len(in_groups(cells, batches))
    with cluster(tmp_path) as one:
        one.warm_up()
        start = time.perf_counter()
        assert sum(1 for _ in run(pause, 0.0, range(TASKS), scheduler=one.address)) == TASKS
        task = (time.perf_counter() - start) / TASKS
    what = f"{POINTS:,} points × {TOYS_EACH:,} toys of `coverage`, `xenonnt_sr0`"
    for cores in CORES:
        work, handing = POINTS * TOYS_EACH * toy / cores, 0.0 if cores == 1 else tasks * task
        parts = {"fits": work, "handing out tasks": handing, "preparing": POINTS * prepared}
        total = parts["preparing"] + max(work, handing)
        limit = max(parts, key=lambda name: parts[name])
        figure(
            f"scaling.cores.{cores}",
            f"{what}, {cores:,} core{'s' if cores > 1 else ''}, calculated",
            f"{duration(total)}, most of it {limit}",
        )
    assert 1e-7 < toy < 1e-3
