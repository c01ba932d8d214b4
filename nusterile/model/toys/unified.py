"""Unified intervals of Feldman and Cousins: critical Δχ² from toys, and what the data accept.

References
----------
G. J. Feldman and R. D. Cousins, Phys. Rev. D 57 (1998) 3873, physics/9711021.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nusterile.arrays import Floats
from nusterile.model.fits import Variables
from nusterile.model.toys.study import Fitted, Study
from nusterile.statistics.toys.acceptance import Ends, accepted
from nusterile.statistics.toys.batches import Cell
from nusterile.statistics.toys.summaries import ROUNDING, Estimate, quantiles
from nusterile.vocabulary import (
    CL,
    CRITICAL,
    CRITICAL_HIGH,
    CRITICAL_LOW,
    DOF,
    FLAVOR,
    INTERVAL_HIGH,
    INTERVAL_LOW,
    INTERVAL_STATUS,
    M_4,
    SELECTION,
)

__all__ = ["Unified"]

#: Points of the data's Δχ² between two moments of the toys.
_FINER = 20


class Unified(Study):
    """Critical Δχ² at each moment, and the interval of the data.

    One cell a selection, flavour, mass and moment. Two degrees of freedom: Δχ² of toys and data
    against the minimum over all masses of the configuration.
    """

    def _cells(self) -> Iterator[Cell]:
        return self._tested_points(plane=2 in self.request.degrees)

    def summary(self, number: int, values: Floats) -> Estimate:
        """Critical Δχ², shape (n_cl, n_dof)."""
        delta = values[:, [0 if d == 1 else 2 for d in self.request.degrees]]
        return Estimate(*(part.T for part in quantiles(delta, self.request.levels)))

    def error(self, summary: Any) -> float:
        """Return the largest relative error of a critical Δχ²."""
        # At the boundary it may be 0, and is then known.
        there = summary.value > 0
        half = (summary.high - summary.low)[there] / 2
        return float(np.max(half / summary.value[there], initial=0.0))

    def variables(self, summaries: Sequence[Any]) -> Variables:
        """Return critical values, their intervals, and the intervals of the data."""
        axes = (*self.axes, CL, DOF)
        critical = [
            np.asarray(self.over_cells([summary[k] for summary in summaries]), dtype=float)
            for k in range(3)
        ]
        names = (CRITICAL, CRITICAL_LOW, CRITICAL_HIGH)
        found: Variables = dict(zip(names, ((axes, values) for values in critical), strict=True))
        ends = [self._intervals(place, critical[0][place]) for place in np.ndindex(self.shape[:3])]
        shape = (*self.shape[:3], self.request.levels.size, len(self.request.degrees))
        short = (SELECTION, FLAVOR, M_4, CL, DOF)
        flat = [end for row in ends for end in row]
        found[INTERVAL_LOW] = (short, np.array([end.low for end in flat]).reshape(shape))
        found[INTERVAL_HIGH] = (short, np.array([end.high for end in flat]).reshape(shape))
        statuses = np.array([end.status for end in flat], dtype=object)
        found[INTERVAL_STATUS] = (short, statuses.reshape(shape))
        return found

    def _intervals(self, place: tuple[int, ...], critical: Floats) -> list[Ends]:
        """Intervals of the data at one mass, a level after the other, of each degree of freedom.

        `critical` has the shape (n_mu, n_cl, n_dof).
        """
        request, (selection, flavor, mass) = self.request, place
        fitted = self._fitted[request.selections[selection], request.flavors[flavor]]
        moments = _finer(request.moments)
        chi2 = fitted.chi2(mass, self.signal.strength(moments))
        found = []
        for level in range(request.levels.size):
            for column, degree in enumerate(request.degrees):
                wanted = np.interp(moments, request.moments, critical[:, level, column])
                delta = chi2 - _base(fitted, mass, degree)
                found.append(accepted(moments, delta - wanted - ROUNDING))
        return found


def _base(fitted: Fitted, mass: int, degree: int) -> float:
    return float(fitted.best.chi2[mass]) if degree == 1 else fitted.lowest


def _finer(points: Floats) -> Floats:
    """Points and others between them, evenly."""
    places = np.arange((points.size - 1) * _FINER + 1) / _FINER
    return np.interp(places, np.arange(points.size), points)
