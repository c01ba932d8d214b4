"""Experiments of one bin, of which the answers are known."""

from __future__ import annotations

import numpy as np

from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.toys.batches import Batch, Cell, Statistic, fit_batch
from nusterile.statistics.toys.truth import truth_of

ONE = np.ones((1, 1))


def counting(n: float, background: float) -> Likelihood:
    """Return the χ² of n events over a known background."""
    edges = np.array([0, 1])
    return Likelihood(
        counts=np.array([float(n)]),
        solar=np.array([float(background)]),
        background=np.zeros((1, 1)),
        bin_start=edges,
        part_start=edges,
        sigma=np.zeros(2),
        pull_names=("known", "none"),
    )


def toys_of(
    likelihood: Likelihood,
    statistic: Statistic,
    truth: float,
    n: int,
    *,
    tested: float | None = None,
    template: np.ndarray = ONE,
    seed: int = 1,
) -> np.ndarray:
    """Return the statistic of toys with a true strength."""
    strength = np.array([truth if tested is None else tested])
    drawn = truth_of(likelihood, template[0], truth, profiled=False)
    none = np.empty(0)
    cell = Cell(statistic, likelihood, drawn, seed, 0, template, strength, none)
    return fit_batch((cell,), Batch(0, 0, n))
