"""How often limits and intervals by Wilks' theorem hold the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nusterile.arrays import Floats
from nusterile.model.fits import Variables
from nusterile.model.toys.study import Study
from nusterile.statistics.intervals import threshold
from nusterile.statistics.toys.batches import Cell
from nusterile.statistics.toys.summaries import Estimate, share
from nusterile.vocabulary import (
    CL,
    COVERAGE,
    COVERAGE_HIGH,
    COVERAGE_LOW,
    STATEMENT,
)

__all__ = ["Coverage"]


class Coverage(Study):
    """Shares of toys whose upper limit, and whose interval, hold the truth.

    One cell a selection, flavour, mass and moment; one degree of freedom.
    """

    def _cells(self) -> Iterator[Cell]:
        return self._tested_points(plane=False)

    def summary(self, number: int, values: Floats) -> Estimate:
        """Shares, shape (n_cl, 2): of the upper limit and of the interval."""
        delta, best = values.T
        # The limit lies above the best fit, and so above what is smaller.
        below = self.cells[number].strength[0] <= best
        inside = delta[:, None] <= threshold(self.request.levels, 1)
        held = np.stack([inside | below[:, None], inside], axis=-1).sum(axis=0)
        return share(held, len(values))

    def error(self, summary: Any) -> float:
        """Return the largest error of a share."""
        return float(np.max(summary.high - summary.low) / 2)

    def variables(self, summaries: Sequence[Any]) -> Variables:
        """Return shares and their intervals."""
        axes = (*self.axes, CL, STATEMENT)
        names = (COVERAGE, COVERAGE_LOW, COVERAGE_HIGH)
        return {
            name: (axes, self.over_cells([summary[k] for summary in summaries]))
            for k, name in enumerate(names)
        }
