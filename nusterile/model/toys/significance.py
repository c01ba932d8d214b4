"""How unusual the largest preference for a dipole at any mass is without one.

References
----------
G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554, eq. (12);
E. Gross and O. Vitells, Eur. Phys. J. C 70 (2010) 525.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nusterile.arrays import Floats
from nusterile.model.fits import Variables
from nusterile.model.toys.study import Fitted, Study
from nusterile.statistics.toys.batches import Cell
from nusterile.statistics.toys.summaries import (
    Estimate,
    global_p_of_crossings,
    normal_significance,
    reaching,
    share,
    upcrossings,
)
from nusterile.vocabulary import (
    FLAVOR,
    M_4,
    P_GLOBAL,
    P_GLOBAL_HIGH,
    P_GLOBAL_LOW,
    P_LOCAL,
    P_UPCROSSINGS,
    Q0,
    SELECTION,
    Z_GLOBAL,
)

__all__ = ["Significance"]

#: q₀ at which up-crossings are counted: low, so that there are many, and independent ones.
_LEVEL = 0.5


class _Tail(NamedTuple):
    """Shares of toys beyond the data, and the mean number of up-crossings."""

    local: float
    everywhere: Estimate
    crossings: float


class Significance(Study):
    """Local and global p-values of the largest q₀ over the masses.

    One cell a selection and flavour; the same toys for all flavours.
    """

    def _cells(self) -> Iterator[Cell]:
        request = self.request
        self.axes = (SELECTION, FLAVOR)
        self.shape = (len(request.selections), len(request.flavors))
        self._q0 = [_q0_of(fitted) for fitted in self._fitted.values()]
        for (name, _), fitted in self._fitted.items():
            yield Cell(
                "q0",
                fitted.likelihood,
                self._truth(fitted, fitted.dipole[0], 0.0),
                request.seed,
                self._stream(name),
                fitted.dipole,
                np.empty(0),
                np.empty(0),
            )

    def summary(self, number: int, values: Floats) -> _Tail:
        """Shares beyond the data."""
        q0 = self._q0[number]
        best = int(q0.argmax())
        return _Tail(
            float(reaching(values[:, best], q0[best]).mean()),
            share(reaching(values.max(axis=1), q0[best]).sum(), len(values)),
            float(upcrossings(values, _LEVEL).mean()),
        )

    def error(self, summary: Any) -> float:
        """Return the error of the global p-value."""
        return float(summary.everywhere.high - summary.everywhere.low) / 2

    def variables(self, summaries: Sequence[Any]) -> Variables:
        """Return q₀, p-values and the significance."""
        largest = [float(q0.max()) for q0 in self._q0]
        estimated = [
            global_p_of_crossings(q0, tail.crossings, _LEVEL)
            for q0, tail in zip(largest, summaries, strict=True)
        ]
        everywhere = {
            name: self.over_cells([float(tail.everywhere[k]) for tail in summaries]).astype(float)
            for k, name in enumerate((P_GLOBAL, P_GLOBAL_LOW, P_GLOBAL_HIGH))
        }
        # No toy so far: at least as far as the end of the interval.
        p = everywhere[P_GLOBAL]
        known = np.where(p > 0, p, everywhere[P_GLOBAL_HIGH])
        return {
            Q0: ((*self.axes, M_4), self.over_cells(self._q0)),
            P_LOCAL: (self.axes, self.over_cells([tail.local for tail in summaries])),
            **{name: (self.axes, values) for name, values in everywhere.items()},
            Z_GLOBAL: (self.axes, normal_significance(known)),
            P_UPCROSSINGS: (self.axes, self.over_cells(estimated)),
        }


def _q0_of(fitted: Fitted) -> Floats:
    null = fitted.likelihood.profile(fitted.dipole[:1], [0], [0.0]).chi2[0]
    return np.asarray(np.maximum(null - fitted.best.chi2, 0.0))
