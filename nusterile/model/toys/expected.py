"""Limits that would be expected without a signal: median and bands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nusterile.arrays import Floats
from nusterile.model.fits import Variables
from nusterile.model.toys.study import Study
from nusterile.statistics.intervals import threshold
from nusterile.statistics.toys.batches import Cell
from nusterile.statistics.toys.summaries import Estimate, quantiles
from nusterile.vocabulary import (
    CL,
    EXPECTED_HIGH,
    EXPECTED_LIMIT,
    EXPECTED_LOW,
    FLAVOR,
    M_4,
    QUANTILE,
    QUANTILES,
    SELECTION,
)

__all__ = ["Expected"]

_MEDIAN = QUANTILES.index(0.5)


class Expected(Study):
    """Quantiles of the upper limit of toys without a signal, one degree of freedom.

    One cell a selection: the same toys for every flavour and mass.
    """

    def _cells(self) -> Iterator[Cell]:
        self.axes, self.shape = (SELECTION,), (len(self.request.selections),)
        for name in self.request.selections:
            several = [self._fitted[name, flavor] for flavor in self.request.flavors]
            first = several[0]
            yield Cell(
                "limits",
                first.likelihood,
                self._truth(first, first.dipole[0], 0.0),
                self.request.seed,
                self._stream(name),
                np.concatenate([one.dipole for one in several]),
                np.empty(0),
                threshold(self.request.levels, 1),
            )

    def summary(self, number: int, values: Floats) -> Estimate:
        """Quantiles of the limits, shape (n_flavor, n_m, n_cl, n_quantile), Bohr magnetons."""
        found = quantiles(self.signal.parameter(values), QUANTILES)
        shape = (len(self.request.flavors), self.request.masses.size, *found.value.shape[1:])
        return Estimate(*(part.reshape(shape) for part in found))

    def error(self, summary: Any) -> float:
        """Return the largest relative error of a median."""
        value, low, high = (part[..., _MEDIAN] for part in summary)
        there = np.isfinite(value)  # elsewhere half of the toys have no limit
        return float(np.max((high - low)[there] / 2 / value[there], initial=0.0))

    def variables(self, summaries: Sequence[Any]) -> Variables:
        """Return quantiles; NaN where a toy at the quantile has no limit."""
        axes = (SELECTION, FLAVOR, M_4, CL, QUANTILE)
        names = (EXPECTED_LIMIT, EXPECTED_LOW, EXPECTED_HIGH)
        parts = (np.stack([summary[k] for summary in summaries]) for k in range(len(names)))
        return {
            name: (axes, np.where(np.isfinite(part), part, np.nan))
            for name, part in zip(names, parts, strict=True)
        }
