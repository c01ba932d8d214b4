"""Fits and limits of toys a second on two threads, and the ratio to iminuit on the same toys."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from independent_fit import Problem, minimise_with_iminuit

from nusterile.statistics.toys.draws import Toys
from nusterile.statistics.toys.fits import fit

BARS = {"fits with the minimum over μ": 200_000, "full expected limits": 30_000}


@pytest.mark.benchmark(group="toys")
@pytest.mark.parametrize("what", BARS)
def test_toys_of_xenonnt(benchmark, analysis, figure, what):
    likelihood = analysis.likelihood("xenonnt_sr0")
    dipole = analysis.dipole_events("xenonnt_sr0", [0.1])[0]
    rng = np.random.default_rng(1)
    mean = likelihood.solar + likelihood.background.sum(axis=0)
    n = 100_000
    counts = rng.poisson(mean, (n, mean.size)).astype(float)
    centre = 1 + likelihood.sigma * rng.normal(size=(n, 2))
    parts = [slice(k, k + 10_000) for k in range(0, n, 10_000)]
    critical = [2.7055] if what == "full expected limits" else []

    def run() -> list[np.ndarray]:
        with ThreadPoolExecutor(2) as pool:
            fits = pool.map(
                lambda s: (
                    fit(likelihood, dipole, Toys(counts[s], centre[s]), critical=critical).chi2
                ),
                parts,
            )
            return list(fits)

    found = np.concatenate(benchmark.pedantic(run, rounds=3, warmup_rounds=1))[:, 0]
    rate = n / benchmark.stats.stats.min
    problems = [
        Problem(
            [counts[toy]],
            [likelihood.solar],
            [np.vstack([likelihood.background, dipole])],
            np.append(likelihood.sigma, np.inf),
            np.append(centre[toy], 1.0),
        )
        for toy in range(20)
    ]
    start = time.perf_counter()
    theirs = [minimise_with_iminuit(problem, attempts=1) for problem in problems]
    seconds = (time.perf_counter() - start) / len(problems)
    assert np.min(np.array(theirs) - found[:20]) > -1e-6
    benchmark.extra_info["ratio"] = seconds * rate
    figure(
        f"toys.{what.split()[0]}",
        f"toys of `xenonnt_sr0`, two threads, {what}",
        f"{rate:,.0f} a second",
        baseline="iminuit for one fit",
        ratio=f"{seconds * rate:,.0f}",
        bar=f"{BARS[what]:,} a second",
    )
    assert rate > BARS[what]
