"""The search for every crossing, on made-up χ² with several minima."""

from __future__ import annotations

import numpy as np
import pytest

from nusterile.physics.signal import DIPOLE
from nusterile.statistics.crossings import outermost_crossings
from nusterile.statistics.likelihood import Likelihood, Profile
from nusterile.statistics.limits import BestFit, allowed_interval
from nusterile.vocabulary import DISJOINT, EXCLUDED, OK, OPEN


class MadeUp:
    """χ² in the logarithm of the strength: a wall at the far end and some wells before it."""

    def __init__(self, depth, place, width, wall):
        self.depth, self.place, self.width, self.wall = depth, place, width, wall

    def __call__(self, row, strength):
        t = np.log10(1 + np.asarray(strength)) - self.place[row].T
        wells = (self.depth[row].T * np.exp(-0.5 * (t / self.width[row].T) ** 2)).sum(axis=0)
        rise = self.wall[row] * np.log10(1 + np.asarray(strength)) ** 2
        return 30.0 + rise - wells


def made_up(random, n):
    wells = 3
    return MadeUp(
        random.uniform(4, 12, (n, wells)),
        random.uniform(0, 4, (n, wells)),
        random.uniform(0.1, 0.4, (n, wells)),
        random.uniform(0.3, 2, n),
    )


def test_every_crossing_against_a_dense_scan():
    random = np.random.default_rng(3)
    n = 250
    chi2 = made_up(random, n)
    scan = np.concatenate([[0.0], np.geomspace(1e-4, 1e8, 12_001)])
    values = np.array([chi2(np.full(scan.size, r), scan) for r in range(n)])
    best = scan[values.argmin(axis=1)]
    level = values.min(axis=1)[:, None] + np.array([-0.5, 0.5, 2.706, 4.605, 9.21])
    found = outermost_crossings(chi2, np.ones(n), best, level)
    kinds = np.zeros(5, dtype=int)
    for r in range(n):
        for k in range(level.shape[1]):
            inside = values[r] <= level[r, k]
            pieces = np.count_nonzero(np.diff(inside.astype(int)) == 1) + inside[0]
            assert found.pieces[r, k] == pieces
            kinds[pieces] += 1
            low, high = found.low[r, k], found.high[r, k]
            if pieces == 0:
                assert np.isnan([low, high]).all()
                continue
            first, last = np.flatnonzero(inside)[[0, -1]]
            for end, left, right in ((low, first - 1, first), (high, last, last + 1)):
                if left < 0:
                    assert end == 0
                    continue
                assert scan[left] <= end <= scan[right]
                here = chi2(np.full(2, r), end * np.array([1 - 1e-8, 1 + 1e-8])) - level[r, k]
                assert here[0] * here[1] < 0
    assert kinds[0] > 200
    assert kinds[2] > 100
    assert kinds[3] > 3


def test_a_well_that_only_the_refinement_sees():
    """The bottom between two points of the scan lies below the level, the points above."""
    place = 1.0
    chi2 = MadeUp(*(np.array([[x]]) for x in (8.0, place, 0.2)), np.array([0.0]))
    bottom = 10**place - 1
    points = np.geomspace(1e-3, 1e9, 385)
    nearest = chi2(np.zeros(385, dtype=int), points).min()
    lowest = chi2(np.zeros(1, dtype=int), np.array([bottom]))[0]
    level = np.array([[(nearest + lowest) / 2]])
    found = outermost_crossings(chi2, np.ones(1), np.array([0.0]), level)
    assert found.pieces.item() == 1
    assert found.low.item() < bottom < found.high.item()
    assert found.high.item() / found.low.item() < 1.1


class ByHand(Likelihood):
    """A likelihood whose χ² is made up."""

    allows_one_interval = False

    def typical_strength(self, dipole):
        return np.where(dipole.any(axis=1), 1.0, np.inf)

    def profile(self, dipole, template, strength):
        # the only number of a template says which well is deep
        t = np.log10(1 + np.asarray(strength))
        second = np.asarray(dipole)[template, 0]
        wells = 6 * np.exp(-0.5 * ((t - 1) / 0.2) ** 2)
        wells += second * np.exp(-0.5 * ((t - 3) / 0.2) ** 2)
        chi2 = 20 - wells + np.where(t > 4, (t - 4) ** 2, 0.0) * (second < 9)
        return Profile(chi2, np.zeros((chi2.size, 1)))


@pytest.mark.parametrize(
    ("second", "level", "status"),
    [
        (5.0, 18.0, DISJOINT),  # both wells
        (1.0, 18.0, OK),  # the first one only
        (5.0, 13.0, EXCLUDED),  # none
        (5.0, 20.5, OK),  # everything up to the wall
        (9.0, 20.5, OPEN),  # no wall
    ],
)
def test_statuses(second, level, status):
    empty = np.zeros(1)
    start = np.array([0, 1])
    likelihood = ByHand(empty, empty, np.zeros((0, 1)), start, start, np.ones(1), ("solar",))
    fit = BestFit(np.array([14.0]), np.array([9.0]), np.zeros((1, 1)))
    found = allowed_interval(likelihood, [[second]], fit, [[level]])
    assert found.status.item() == status
    low, high = DIPOLE.parameter(found.low.item()), DIPOLE.parameter(found.high.item())
    assert np.isnan(high) == (status in (EXCLUDED, OPEN))
    if status == DISJOINT:
        assert found.low.item() < 9 < 999 < found.high.item()
    assert np.isnan(low) == (status == EXCLUDED)
