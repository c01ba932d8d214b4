"""A limit curve with changed settings against the same from a changed analysis."""

from __future__ import annotations

import time

import numpy as np

from nusterile import Analysis

CHANGES = {"widths": {"solar": 0.2}, "fit_ranges": {"xenonnt_sr0": (2, 30)}}
POINT = ("combined", "effective")


def test_curve(figure):
    analysis = Analysis()
    varied = analysis.variations()
    varied.limits(*POINT, **CHANGES)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        found = varied.limits(*POINT, **CHANGES).limit.values
        times.append(time.perf_counter() - start)
    start = time.perf_counter()
    changed = analysis.with_changes(**varied.changes("combined", **CHANGES))
    limits = changed.limits(*POINT, cl=0.9, dof=1).limit.values.ravel()
    baseline = time.perf_counter() - start
    np.testing.assert_allclose(found, limits, rtol=1e-7)
    seconds = float(np.median(times))
    figure(
        "app.live_curve",
        f"limits of `combined` at {found.size} masses with changed settings",
        f"{1e3 * seconds:.0f} ms",
        baseline=f"a changed analysis: {baseline:.1f} s",
        ratio=f"{baseline / seconds:.0f}",
        bar="50 ms",
    )
