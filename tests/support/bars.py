"""What is measured against which bar, and the figures of a run.

A test gives the deviation that it found to the fixture ``measured``, which compares it with the
bar; ``make measure`` writes the largest of each kind for the documentation.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import NamedTuple

__all__ = ["BARS", "Bar", "Measured"]


class Bar(NamedTuple):
    """A comparison in words, and the largest deviation that is allowed."""

    what: str
    against: str
    bar: float
    kind: str = "relative"


BARS = {
    "rates": Bar(
        "dR/dT, each source and flavour, m₄ from 0 to 3 MeV, to 10⁻⁸ of line edges, where the rate "
        "exceeds 10⁻⁹ of its maximum",
        "direct integration of the formulas",
        1e-6,
    ),
    "events_finer": Bar(
        "events per bin of every experiment, masses up to 3.9 MeV",
        "quadrature ten times finer",
        1e-5,
    ),
    "events_direct": Bar(
        "events per bin, all flavours and backgrounds, every experiment, four masses",
        "direct integration, cell by cell of every table",
        1e-7,
    ),
    "events_sources": Bar(
        "events per bin of every source of the Sun alone, XENONnT and LZ WS2024",
        "direct integration, cell by cell of every table",
        1e-7,
    ),
    "events_atom": Bar(
        "events with a table of the atom's response",
        "four times the cells, the table applied apart",
        1e-7,
    ),
    "chi2": Bar("profiled χ², 320 random points", "iminuit, the best of three", 1e-6, "absolute"),
    "chi2_sources": Bar(
        "χ² with a pull of each source", "iminuit, truncated Newton", 1e-6, "absolute"
    ),
    "limits_root": Bar(
        "limits, one and two degrees of freedom, all levels, observed and expected",
        "brentq on the exact χ²",
        1e-6,
    ),
    "limits_direct": Bar(
        "limits of every selection, one and two degrees of freedom",
        "direct integration, interior-point minimiser, brentq",
        1e-6,
    ),
    "projected": Bar(
        "expected limits of XLZD with 3, 300 and 5,000 t yr",
        "direct integration, interior-point minimiser and iminuit, brentq",
        1e-6,
    ),
    "pulls_equal": Bar(
        "limits with equal and correlated pulls by source", "limits with the common pull", 1e-9
    ),
    "scan_largest": Bar(
        '`limit(method="scan")`, which interpolates in the stored scan, the largest deviation',
        "root-found limits",
        3e-3,
    ),
    "scan_median": Bar("the same, the median deviation", "root-found limits", 5e-4),
}


class Measured:
    """The largest deviation of each comparison."""

    def __init__(self) -> None:
        self.largest: dict[str, float] = {}

    def __call__(self, name: str, deviation: float) -> None:
        """Take a deviation; it has to be below its bar."""
        assert deviation < BARS[name].bar, f"{name}: {deviation:g}, bar {BARS[name].bar:g}"
        self.largest[name] = max(self.largest.get(name, 0.0), float(deviation))

    def write(self, path: Path) -> None:
        """Write the figures as CSV; every bar has to be there."""
        missing = set(BARS) - set(self.largest)
        assert not missing, f"not measured: {', '.join(sorted(missing))}"
        text = io.StringIO()
        table = csv.writer(text, lineterminator="\n")
        table.writerow(["key", "what", "against", "largest deviation", "bar"])
        for name, bar in BARS.items():
            found = f"{self.largest[name]:.0e} {bar.kind}"
            table.writerow([name, bar.what, bar.against, found, f"{bar.bar:.0e}"])
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.getvalue(), encoding="utf-8")
