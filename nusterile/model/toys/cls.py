"""CL_s limits, and power-constrained ones.

    CL_s = P(q ≥ q_data | μ) / P(q ≥ q_data | 0)

The power-constrained limit is that of the numerator alone (CL_{s+b}), but not below the moment
that would be excluded without a signal in a share `MINIMUM_POWER` of all cases.

References
----------
A. L. Read, J. Phys. G 28 (2002) 2693; T. Junk, Nucl. Instrum. Meth. A 434 (1999) 435;
G. Cowan, K. Cranmer, E. Gross, O. Vitells, arXiv:1105.3166 (power constraint).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nusterile.arrays import Floats
from nusterile.model.fits import Variables
from nusterile.model.toys.study import Study
from nusterile.statistics.toys.acceptance import MINIMUM_POWER, upper_limit
from nusterile.statistics.toys.batches import Cell
from nusterile.statistics.toys.summaries import Estimate, quantiles, reaching, share
from nusterile.vocabulary import (
    CL,
    CLS,
    FLAVOR,
    HYPOTHESIS,
    LIMIT,
    LIMIT_STATUS,
    M_4,
    MU,
    POWER_CONSTRAINED,
    SELECTION,
)

__all__ = ["ModifiedFrequentist"]


class _Test(NamedTuple):
    """Toys of one hypothesis.

    Attributes
    ----------
    p : Estimate
        Shares of toys with q at least that of the data, one a moment that is tested.
    values : ndarray, shape (n_toy, n_mu) or (n_cl,)
        Without a signal all q, which the power needs; with one the critical q of each level.
    resolution : float
        Half a toy in all.
    """

    p: Estimate
    values: Floats
    resolution: float


class ModifiedFrequentist(Study):
    """CL_s of moments.

    One cell a selection, flavour, mass and hypothesis: no signal first, then one a moment.
    """

    def _cells(self) -> Iterator[Cell]:
        request, strength = self.request, self._strength()
        self.axes = (SELECTION, FLAVOR, M_4, HYPOTHESIS)
        self.shape = (
            *(len(request.selections), len(request.flavors)),
            *(request.masses.size, 1 + strength.size),
        )
        self._observed: list[Floats] = []
        for (name, flavor), fitted in self._fitted.items():
            for row, mass in enumerate(request.masses):
                rise = np.maximum(fitted.chi2(row, strength) - fitted.best.chi2[row], 0.0)
                q = np.where(fitted.best.strength[row] <= strength, rise, 0.0)
                for moment, true, tests in (
                    (0.0, 0.0, slice(None)),
                    *(
                        (float(moment), float(strength[k]), slice(k, k + 1))
                        for k, moment in enumerate(request.moments)
                    ),
                ):
                    self._observed.append(q[tests])
                    yield Cell(
                        "q",
                        fitted.likelihood,
                        self._truth(fitted, fitted.dipole[row], true),
                        request.seed,
                        self._stream(name, flavor, float(mass), moment),
                        fitted.dipole[row : row + 1],
                        strength[tests],
                        np.empty(0),
                    )

    def summary(self, number: int, values: Floats) -> _Test:
        """p-values of the data and what the power needs."""
        p = share(reaching(values, self._observed[number]).sum(axis=0), len(values))
        without = number % self.shape[-1] == 0
        kept = values if without else quantiles(values[:, 0], self.request.levels).value
        return _Test(p, kept, 0.5 / max(len(values), 1))

    def error(self, summary: Any) -> float:
        """Return the largest error of a p-value."""
        return float(np.max(summary.p.high - summary.p.low) / 2)

    def variables(self, summaries: Sequence[Any]) -> Variables:
        """Return CL_s and the limits."""
        request = self.request
        n_mu, n_cl = request.moments.size, request.levels.size
        groups = [
            summaries[start : start + n_mu + 1] for start in range(0, len(summaries), n_mu + 1)
        ]
        cls = np.empty((len(groups), n_mu))
        limit, constrained = np.empty((len(groups), n_cl)), np.empty((len(groups), n_cl))
        status = np.empty((len(groups), n_cl), dtype=object)
        for row, (without, *others) in enumerate(groups):
            numerator = np.array([test.p.value[0] for test in others])
            smallest = np.array([test.resolution for test in others])
            with np.errstate(invalid="ignore", divide="ignore"):
                cls[row] = np.minimum(numerator / without.p.value, 1.0)
            for k, level in enumerate(request.levels):
                found = upper_limit(
                    request.moments, np.maximum(cls[row], smallest), float(1 - level)
                )
                limit[row, k], status[row, k] = found.high, found.status
                plain = upper_limit(
                    request.moments, np.maximum(numerator, smallest), float(1 - level)
                ).high
                critical = np.array([test.values[k] for test in others])
                power = (without.values > critical).mean(axis=0)
                least = _least_with_power(request.moments, power)
                constrained[row, k] = max(plain, least) if np.isfinite(plain) else np.nan
        short = self.shape[:3]
        axes = (SELECTION, FLAVOR, M_4)
        return {
            CLS: ((*axes, MU), cls.reshape(*short, n_mu)),
            LIMIT: ((*axes, CL), limit.reshape(*short, n_cl)),
            LIMIT_STATUS: ((*axes, CL), status.reshape(*short, n_cl)),
            POWER_CONSTRAINED: ((*axes, CL), constrained.reshape(*short, n_cl)),
        }


def _least_with_power(moments: Floats, power: Floats) -> float:
    """Moment at which the power comes to `MINIMUM_POWER`; NaN where it does not."""
    enough = np.flatnonzero(power >= MINIMUM_POWER)
    if enough.size == 0:
        return np.nan
    k = int(enough[0])
    if k == 0:
        return float(moments[0])
    return float(np.interp(MINIMUM_POWER, power[k - 1 : k + 1], moments[k - 1 : k + 1]))
