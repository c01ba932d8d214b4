"""A batch of toys depends on its toys alone."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from nusterile.statistics.intervals import threshold
from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.limits import allowed_interval
from nusterile.statistics.toys.batches import (
    Batch,
    Cell,
    batches_of,
    fit_batch,
    fit_batches,
    fits_of_a_toy,
    in_groups,
)
from nusterile.statistics.toys.draws import draw
from nusterile.statistics.toys.truth import truth_of

N = 200


@pytest.fixture(scope="module")
def likelihood() -> Likelihood:
    rng = np.random.default_rng(3)
    return Likelihood(
        counts=rng.poisson(14.0, 6).astype(float),
        solar=rng.uniform(2, 6, 6),
        background=rng.uniform(2, 6, (2, 6)),
        bin_start=np.array([0, 6]),
        part_start=np.array([0, 2]),
        sigma=np.array([0.07, 0.1, np.inf]),
        pull_names=("sun", "one", "free"),
    )


TEMPLATES = np.array([[5.0, 3.0, 2.0, 1.0, 0.5, 0.2], [0.1, 0.2, 0.5, 1.0, 2.0, 4.0]])


def cell_of(likelihood: Likelihood, statistic: str) -> Cell:
    truth = truth_of(likelihood, TEMPLATES[0], 1.5, profiled=True)
    levels = threshold([0.9, 0.95], 1) if statistic == "limits" else np.empty(0)
    tested = np.array([0.5, 1.5]) if statistic == "q" else np.array([1.5])
    dipole = TEMPLATES if statistic in ("limits", "q0") else TEMPLATES[:1]
    plane = TEMPLATES if statistic == "delta_chi2" else None
    if statistic in ("limits", "q0"):
        tested = np.empty(0)
    return Cell(statistic, likelihood, truth, 4, 9, dipole, tested, levels, plane)


STATISTICS = ("limits", "delta_chi2", "q", "q0")


@pytest.mark.parametrize("statistic", STATISTICS)
def test_parts_are_the_whole(likelihood, statistic):
    cells = (cell_of(likelihood, statistic),)
    whole = fit_batch(cells, Batch(0, 0, N))
    ends = [0, 1, 33, 64, 150, N]
    parts = [fit_batch(cells, Batch(0, low, high - low)) for low, high in pairwise(ends)]
    assert np.concatenate(parts).tobytes() == whole.tobytes()
    assert not np.isnan(whole).any()


@pytest.mark.parametrize("statistic", STATISTICS)
def test_statistics_are_those_of_fits_one_by_one(likelihood, statistic):
    """The other minimiser, which knows no lanes, to 1e-9 of χ²."""
    cell = cell_of(likelihood, statistic)
    found = fit_batch((cell,), Batch(0, 0, 20))
    toys = draw(cell.truth, cell.seed, cell.stream, 0, 20)
    for k in range(20):
        one = replace(likelihood, counts=toys.counts[k], centre=toys.centre[k])
        best = one.best_fit(cell.dipole)
        if statistic == "limits":
            ends = allowed_interval(one, cell.dipole, best, best.chi2[:, None] + cell.critical)
            np.testing.assert_allclose(found[k], ends.high, rtol=1e-7)
            continue
        null = one.profile(cell.dipole[:1], [0], [0.0]).chi2[0]
        if statistic == "q0":
            np.testing.assert_allclose(found[k], null - best.chi2, rtol=1e-9, atol=1e-9)
            continue
        rows = np.zeros(cell.strength.size, dtype=int)
        at = one.profile(cell.dipole, rows, cell.strength).chi2
        if statistic == "q":
            expected = np.where(best.strength[0] <= cell.strength, at - best.chi2[0], 0.0)
        else:
            lowest = one.best_fit(cell.plane).chi2.min()
            expected = [at[0] - best.chi2[0], best.strength[0], at[0] - lowest]
        np.testing.assert_allclose(found[k], expected, rtol=1e-5, atol=1e-8)


def test_batches_hold_every_toy_once(likelihood):
    cell = cell_of(likelihood, "limits")
    batches = batches_of(7, cell, 100, 50_000)
    assert {batch.cell for batch in batches} == {7}
    toys = np.concatenate([np.arange(b.first, b.first + b.n) for b in batches])
    assert toys.tolist() == list(range(100, 50_100))
    assert all(batch.n * fits_of_a_toy(cell) <= 100_000 for batch in batches)


def test_truths_are_those_of_the_data_or_nominal(likelihood):
    profiled = truth_of(likelihood, TEMPLATES[0], 1.5, profiled=True)
    nominal = truth_of(likelihood, TEMPLATES[0], 1.5, profiled=False)
    assert nominal.scale[:2].tolist() == [1.0, 1.0]
    assert nominal.scale[2] != 1.0  # a free component is as the data want it
    assert np.all(profiled.scale != 1.0)
    chi2 = likelihood.profile(TEMPLATES[:1], [0, 0], [0.0, 1.5]).chi2[1]
    mean, counts = profiled.mean, likelihood.counts
    expected = 2 * np.sum(mean - counts + counts * np.log(counts / mean))
    expected += np.sum(((profiled.scale[:2] - 1) / likelihood.sigma[:2]) ** 2)
    assert expected == pytest.approx(chi2, rel=1e-9)


def test_small_batches_go_together_and_give_the_same(likelihood):
    cells = tuple(cell_of(likelihood, "limits")._replace(stream=k) for k in range(5))
    batches = [Batch(k, 0, n) for k, n in enumerate((40, 60, 10, 50_000_000, 20))]
    groups = in_groups(cells, batches)
    assert [batch for group in groups for batch in group] == batches
    assert [len(group) for group in groups] == [3, 1, 1]
    for batch, result in zip(groups[0], fit_batches(cells, groups[0]), strict=True):
        np.testing.assert_array_equal(result, fit_batch(cells, batch))


def test_groups_of_very_many_toys_are_larger(likelihood):
    cell = cell_of(likelihood, "delta_chi2")
    batches = [Batch(0, 0, 10_000)] * 100_000
    assert 15_000 < len(in_groups((cell,), batches)) <= 20_000
    few = in_groups((cell,), batches[:100])
    assert max(sum(batch.n for batch in group) for group in few) * fits_of_a_toy(cell) <= 60_000
