"""What docs/toys.md shows of studies with toys of the configuration that comes along.

Each function makes the rows of one table; `TABLES` names them, ``measure.py`` writes them. Toys are
drawn from seeds, so that the same numbers come out everywhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr
from measured_tables import KEY
from validation_tables import (
    CANDIDATES,
    LABELS,
    MASSES,
    Rows,
    changed,
    default,
    limits,
    row_of,
)

__all__ = ["QUICK", "TABLES"]

EFFECTIVE = "effective"
#: True moments of the coverage, Bohr magnetons, and the headings of their columns.
MOMENTS = (0.0, 5e-12, 1e-11, 2e-11, 4e-11)
MOMENT_HEADS = ("μ = 0", "5e-12", "1e-11", "2e-11", "4e-11")
STATEMENTS = {"upper_limit": "upper limit", "interval": "interval"}
#: Toys of each study.
COVERAGE_TOYS, MEDIAN_TOYS, SIGNIFICANCE_TOYS = 50_000, 2_000, 20_000


def _largest_error(value: xr.DataArray, low: xr.DataArray, high: xr.DataArray) -> float:
    """Return the larger side of the widest Monte Carlo interval."""
    return float(np.maximum(high - value, value - low).max())


def toys_coverage() -> Rows:
    """Coverage at 0.1 MeV of three selections, by true moment."""
    rows = []
    for selection in ("xenonnt_sr0", "pandax4t", "combined"):
        found = default().toys(
            "coverage",
            selection=selection,
            flavor=EFFECTIVE,
            m_4=0.1,
            mu=MOMENTS,
            cl=0.9,
            toys=COVERAGE_TOYS,
        )
        for statement, words in STATEMENTS.items():
            one = found.sel(statement=statement)
            shares = one.coverage.values.ravel()
            error = _largest_error(one.coverage, one.coverage_low, one.coverage_high)
            values = {
                head: f"{share:.3f}" for head, share in zip(MOMENT_HEADS, shares, strict=True)
            }
            what = f"{LABELS[selection]}, {words}"
            row = {KEY: f"{selection}_{statement}", "true μ [μ_B]": what, **values}
            rows.append({**row, "toys": f"{COVERAGE_TOYS:,}", "error": f"{error:.3f}"})
    return rows


def toys_median() -> Rows:
    """Median limit of toys over the Asimov limit."""
    rows = []
    for selection in ("xenonnt_sr0", "pandax4t_run0", "pandax4t_run1", "lz", "combined"):
        found = default().toys(
            "expected", selection=selection, flavor=EFFECTIVE, m_4=MASSES, cl=0.9, toys=MEDIAN_TOYS
        )
        asimov = limits(default(), selection, expected=True)
        ratios = found.nusterile.bands(0.9).expected.values.ravel() / asimov
        row = row_of(selection, LABELS[selection], "selection", [f"{r:.3f}" for r in ratios])
        middle = found.sel(quantile=0.5)
        value = middle.expected_limit
        error = _largest_error(
            value / value, middle.expected_limit_low / value, middle.expected_limit_high / value
        )
        rows.append({**row, "toys": f"{MEDIAN_TOYS:,}", "error": f"{error:.3f}"})
    return rows


def toys_unified() -> Rows:
    """Upper ends of unified intervals of the combination, beside those of Wilks."""
    found = default().toys(
        "unified", selection="combined", flavor=EFFECTIVE, m_4=MASSES, cl=0.9, dof=1
    )
    ends = {
        "unified": ("unified interval", found.nusterile.limit(0.9).values.ravel()),
        "wilks": ("Δχ² = 2.706", limits(default(), "combined")),
    }
    return [
        row_of(key, what, "upper end [μ_B]", [f"{end:.2e}" for end in values])
        for key, (what, values) in ends.items()
    ]


def toys_significance() -> Rows:
    """Preference of PandaX-4T's candidate events, local and global."""
    candidates = changed(experiments=list(CANDIDATES), selections={"both": list(CANDIDATES)})
    found = candidates.toys(
        "significance", selection="both", flavor=EFFECTIVE, toys=SIGNIFICANCE_TOYS
    ).squeeze()
    best = found.isel(m_4=int(found.q0.values.argmax()))
    return [
        {
            KEY: "candidates",
            "m₄ [MeV]": f"{best.m_4.item():.2f}",
            "q₀": f"{best.q0.item():.1f}",
            "local": f"{100 * best.p_local.item():.2f} %",
            "global": f"{100 * found.p_global.item():.2f} %",
            "from": f"{100 * found.p_global_low.item():.2f} %",
            "to": f"{100 * found.p_global_high.item():.2f} %",
            "standard deviations": f"{found.z_global.item():.1f}",
            "from up-crossings": f"{100 * found.p_global_upcrossings.item():.2f} %",
            "over the share": f"{(found.p_global_upcrossings / found.p_global).item():.1f}",
            "toys": f"{SIGNIFICANCE_TOYS:,}",
        }
    ]


#: Every table by its name.
TABLES: dict[str, Callable[[], Rows]] = {
    table.__name__: table for table in (toys_coverage, toys_median, toys_unified, toys_significance)
}
#: Those that take some seconds only.
QUICK = ("toys_coverage", "toys_median")
