"""Sentences of captions that several figures share."""

from __future__ import annotations

from collections.abc import Iterable

import xarray as xr

from nusterile.bounds.curve import Bound
from nusterile.statistics.intervals import threshold

__all__ = ["TOY_SENTENCES", "bounds_sentence", "convention_sentence", "marks_sentence"]

#: How toys are drawn.
TOY_SENTENCES = (
    "Toys: Poisson counts, and centres of the Gaussian constraints that fluctuate by their widths."
)


def convention_sentence(cl: float) -> str:
    """Say what the threshold of one degree of freedom covers as an upper limit."""
    return (
        f"Δχ² = {float(threshold(cl, 1)):.4g} is the two-sided {100 * cl:g} % threshold: as an "
        f"upper limit with μ ≥ 0 it covers {50 * (1 + cl):g} % away from the boundary."
    )


def bounds_sentence(bounds: Iterable[Bound]) -> str:
    """Name external bounds with their level and source."""
    cited = dict.fromkeys(f"{b.label}, {100 * b.cl:g} %, {b.references[0].text}" for b in bounds)
    return "External bounds at the confidence level as published: " + "; ".join(cited) + "."


def marks_sentence(marks: Iterable[xr.DataArray]) -> str:
    """Name published limits for a massless final state with their level and source."""
    cited = (
        f"{mark.label.item()}, {100 * float(mark.cl):g} %, {mark.reference.item()}"
        for mark in marks
    )
    return (
        "Triangles at the left edge: limits for a massless final state: " + "; ".join(cited) + "."
    )
