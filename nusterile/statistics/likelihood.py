"""The profiled Poisson χ² of one experiment or a combination.

    χ²(m_4, μ) = min over α, β of 2 Σ_i [R_i - N_i + N_i ln(N_i/R_i)]
                                  + (α/σ_α)² + Σ_b (β_b/σ_b)²
    R_i = (1 + α)(R_i^SM + R_i^dipole) + Σ_b (1 + β_b) B_{b,i}

α scales the solar neutrinos of all experiments together; each background component
has its own β_b. With pulls by source there is one α for each, which scales the Standard Model
and the dipole events of that source.

References
----------
S. Baker and R. D. Cousins, Nucl. Instrum. Meth. 221 (1984) 437; arXiv:2511.00701.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.experiments.expectation import Expectation
from nusterile.statistics.solar_pulls import SolarPulls
from nusterile.vocabulary import pull_name

__all__ = ["BestFit", "Likelihood", "Profile", "pull_units"]

#: Strengths, in units of the typical one, at which χ² is looked at for its minimum; below the
#: first one it cannot fall by more than 1e-12.
_SHARES = np.append(0.0, np.geomspace(1e-6, 1e9, 121))


class Profile(NamedTuple):
    """χ² minimised over the pulls, shape (n,), and the pulls, shape (n, n_pull).

    Pulls are in units of their σ; relative shifts for free components. χ² is NaN where
    the minimiser failed.
    """

    chi2: NDArray[np.float64]
    pulls: NDArray[np.float64]


class BestFit(NamedTuple):
    """Minimum over strength ≥ 0 as well: χ², strength and pulls by template."""

    chi2: NDArray[np.float64]
    strength: NDArray[np.float64]
    pulls: NDArray[np.float64]


@dataclass(frozen=True)
class Likelihood:
    """Everything the χ² needs, as plain arrays (picklable, no global state).

    Attributes
    ----------
    counts, solar : ndarray, shape (n_bin,)
        Observed events, or expected ones without data, and Standard Model events; experiments
        one after another.
    background : ndarray, shape (n_part, n_bin)
        Background components, zero outside the bins of their experiment.
    bin_start, part_start : ndarray of int, shape (n_experiment + 1,)
        Where each experiment's bins and components start.
    sigma : ndarray, shape (n_sun + n_part,)
        Width of each solar pull and of each component's; infinite where free, 0 where fixed.
    pull_names : tuple of str
        Of the solar pulls, and ``<experiment>:<component>``.
    solar_parts : ndarray, shape (n_sun, n_bin), optional
        Standard Model events that each solar pull moves, where there are several: their sum is
        `solar`. Dipole events then have the shape (n_template, n_sun, n_bin) everywhere.
    centre : ndarray, shape (n_sun + n_part,), optional
        Scale 1 + α or 1 + β at which each constraint stands, above 0; 1 by default, which
        it is for all data but those of toys. Free and fixed pulls have 1.
    """

    counts: NDArray[np.float64]
    solar: NDArray[np.float64]
    background: NDArray[np.float64]
    bin_start: NDArray[np.int64]
    part_start: NDArray[np.int64]
    sigma: NDArray[np.float64]
    pull_names: tuple[str, ...]
    solar_parts: NDArray[np.float64] | None = None
    centre: NDArray[np.float64] | None = None

    @classmethod
    def of(cls, expectations: Sequence[Expectation], solar_pulls: SolarPulls) -> Likelihood:
        """Join experiments.

        Parameters
        ----------
        expectations : sequence of Expectation
            The experiments of the fit.
        solar_pulls : SolarPulls
            How the fluxes may move.
        """
        bins = [e.experiment.n_bins for e in expectations]
        parts = [len(e.experiment.components) for e in expectations]
        bin_start = np.concatenate([[0], np.cumsum(bins)]).astype(np.int64)
        part_start = np.concatenate([[0], np.cumsum(parts)]).astype(np.int64)
        background = np.zeros((part_start[-1], bin_start[-1]))
        for k, expectation in enumerate(expectations):
            background[part_start[k] : part_start[k + 1], bin_start[k] : bin_start[k + 1]] = (
                expectation.background
            )
        components = [(e.experiment.name, c) for e in expectations for c in e.experiment.components]
        parts_of_sun = None
        if solar_pulls.shares is not None:
            parts_of_sun = np.concatenate(
                [solar_pulls.split(e.standard_model_by_source) for e in expectations], axis=-1
            )
        return cls(
            counts=np.concatenate([e.counts for e in expectations]),
            solar=np.concatenate([e.standard_model for e in expectations]),
            background=background,
            bin_start=bin_start,
            part_start=part_start,
            sigma=np.array([*solar_pulls.sigma, *(c.width for _, c in components)]),
            pull_names=(
                *solar_pulls.names,
                *(pull_name(name, component.name) for name, component in components),
            ),
            solar_parts=parts_of_sun,
        )

    @property
    def n_sun(self) -> int:
        """Number of solar pulls."""
        return 1 if self.solar_parts is None else len(self.solar_parts)

    def asimov(self) -> Likelihood:
        """Return the same with counts equal to Standard Model plus background."""
        return self.with_counts(self.solar + self.background.sum(axis=0))

    def scaled(self, factor: float | NDArray[np.float64]) -> Likelihood:
        """Return the same for another exposure: all events by a factor, the widths as they are.

        Parameters
        ----------
        factor : float or ndarray, shape (n_bin,)
            The other exposure in units of this one, of all experiments or in each bin.
        """
        return replace(
            self,
            counts=self.counts * factor,
            solar=self.solar * factor,
            solar_parts=None if self.solar_parts is None else self.solar_parts * factor,
            background=self.background * factor,
        )

    def of_bins(self, kept: NDArray[np.bool_]) -> Likelihood:
        """Return the same of some bins.

        Parameters
        ----------
        kept : ndarray of bool, shape (n_bin,)
            Which bins are fitted.
        """
        sizes = np.add.reduceat(kept.astype(np.int64), self.bin_start[:-1])
        return replace(
            self,
            counts=self.counts[kept],
            solar=self.solar[kept],
            solar_parts=None
            if self.solar_parts is None
            else np.ascontiguousarray(self.solar_parts[:, kept]),
            background=np.ascontiguousarray(self.background[:, kept]),
            bin_start=np.append(0, sizes.cumsum()).astype(np.int64),
        )

    def with_counts(self, counts: ArrayLike) -> Likelihood:
        """Return the same for other data.

        Parameters
        ----------
        counts : array_like, shape (n_bin,)
            Events of each bin, in the order of `counts`.
        """
        return replace(self, counts=np.ascontiguousarray(counts, dtype=float))

    @property
    def allows_one_interval(self) -> bool:
        """Whether the strengths with χ² ≤ c are one interval for every c, whatever the data.

        True where one scale s = 1 + α multiplies the Standard Model part and the dipole part
        together.

        Notes
        -----
        In the scales and y = s x, with x the strength, all R_i are linear and χ² is jointly
        convex (see `poisson_fit`); so is F(s, y), the minimum over the background scales, and
        C = {(s, y): F ≤ c, s > 0} is a convex set. The profile at x is the minimum of F along
        the ray y = s x, hence the strengths with χ² ≤ c are {y/s: (s, y) in C}, the continuous
        image of a connected set: an interval, or empty. (Where a minimum is not attained, that
        holds for every c' > c, and what several nested intervals share is one.) So χ²(x),
        which need not be convex, falls to its minimum and rises after it. With one degree of
        freedom the set is never empty; with two it is where the mass is excluded altogether.

        Where several scales multiply parts of the dipole events (one a source of neutrinos),
        y_j = s_j x are several equations, the argument fails, and sets of several intervals
        occur.
        """
        return self.n_sun == 1

    def profile(self, dipole: ArrayLike, template: ArrayLike, strength: ArrayLike) -> Profile:
        """Minimise χ² over the pulls at given points.

        Parameters
        ----------
        dipole : array_like, shape (n_template, n_bin)
            Dipole events for unit strength; by solar pull where there are several.
        template : array_like of int, shape (n,)
            Row of `dipole` of each point. Points of one template in increasing order of
            strength are fastest.
        strength : array_like, shape (n,)
            Strength, (μ/1e-11 μ_B)² for templates of the reference moment.

        Returns
        -------
        Profile
        """
        chi2, scale = self._minimise(dipole, template, strength, fit_strength=False)
        return Profile(chi2, self._pulls(scale))

    def best_fit(self, dipole: ArrayLike) -> BestFit:
        """Minimise over strength ≥ 0 and the pulls, exactly, for each template.

        Parameters
        ----------
        dipole : array_like, shape (n_template, n_bin)
            Dipole events for unit strength; by solar pull where there are several.

        Returns
        -------
        BestFit
            Strength 0 for a template without events; infinite where χ² only falls with it
            (data that want dipole events but no solar neutrinos at all).

        Notes
        -----
        The strength enters as y = (1 + α)·strength, in which the problem is convex. Several
        solar pulls leave no such variable: χ² profiled at fixed strength is searched along the
        strength, from a grid that is finer than its features.
        """
        events = np.atleast_2d(np.asarray(dipole, dtype=float))
        if self.n_sun > 1:
            return self._searched_best_fit(events)
        unit = self.typical_strength(events)
        unit = np.where(np.isfinite(unit), unit, 0.0)
        scaled = events * unit[:, None]
        rows = np.arange(len(events))
        chi2, scale = self._minimise(scaled, rows, np.zeros(len(events)), fit_strength=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            fitted = (scale[:, -1] > 0) & (unit > 0)
            strength = np.where(fitted, scale[:, -1] / scale[:, 0] * unit, 0.0)
        return BestFit(chi2, np.where(np.isnan(chi2), np.nan, strength), self._pulls(scale))

    def _searched_best_fit(self, events: NDArray[np.float64]) -> BestFit:
        """Minimum over the strength of χ² profiled at fixed strength."""
        from scipy.optimize.elementwise import find_minimum  # takes long to import

        unit = self.typical_strength(events)
        unit = np.where(np.isfinite(unit), unit, 0.0)

        def chi2(share: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
            rows = row.astype(np.int64)
            found = self.profile(events, rows.ravel(), (share * unit[rows]).ravel()).chi2
            return found.reshape(share.shape)

        rows = np.arange(len(events), dtype=float)
        shares, index = np.broadcast_arrays(_SHARES, rows[:, None])
        scan = chi2(shares, index)
        lowest = np.where(np.isnan(scan), np.inf, scan).argmin(axis=1)
        strength = np.where(lowest == _SHARES.size - 1, np.inf, 0.0)
        inside = np.flatnonzero((lowest > 0) & (lowest < _SHARES.size - 1) & (unit > 0))
        if inside.size:
            places = lowest[inside]
            bracket = tuple(_SHARES[places + step] for step in (-1, 0, 1))
            found = find_minimum(chi2, bracket, args=(rows[inside],))
            strength[inside] = found.x * unit[inside]
        fit = self.profile(events, rows, np.where(np.isfinite(strength), strength, 0.0))
        best = np.where(np.isfinite(strength), fit.chi2, scan[:, -1])
        return BestFit(best, np.where(np.isnan(best), np.nan, strength), fit.pulls)

    def typical_strength(self, dipole: NDArray[np.float64]) -> NDArray[np.float64]:
        """Strength that would stand out by one standard deviation, without pulls.

        Parameters
        ----------
        dipole : ndarray, shape (n_template, n_bin)
            Dipole events for unit strength; by solar pull where there are several.

        Returns
        -------
        ndarray, shape (n_template,)
            Infinite for a template without events.
        """
        if self.n_sun > 1:
            dipole = dipole.sum(axis=1)
        expected = np.maximum(self.solar + self.background.sum(axis=0), 1e-3)
        # Scaled by the largest entry first, whose square may underflow.
        largest = dipole.max(axis=1, initial=0.0)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            relative = np.where(largest[:, None] > 0, dipole / largest[:, None], 0.0)
            found: NDArray[np.float64] = 1 / (
                largest * np.sqrt((relative**2 / expected).sum(axis=1))
            )
            return found

    def _minimise(
        self, dipole: ArrayLike, template: ArrayLike, strength: ArrayLike, *, fit_strength: bool
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        from nusterile.statistics.poisson_fit import minimise_batch

        events = np.ascontiguousarray(dipole, dtype=float)
        x = np.ascontiguousarray(strength, dtype=float)
        chi2 = np.empty(x.size)
        scale = np.empty((x.size, self.sigma.size + 1))
        # The kernel wants the Sun after the components.
        sigma = np.roll(self.sigma, -self.n_sun)
        with np.errstate(divide="ignore"):
            weight = np.append(np.where(sigma > 0, 1 / sigma**2, 0.0), 0.0)
        centre = np.ones(weight.size)
        if self.centre is not None:
            centre[:-1] = np.roll(self.centre, -self.n_sun)
        minimise_batch(
            self.counts,
            self.solar[None] if self.solar_parts is None else self.solar_parts,
            self.background,
            self.bin_start,
            self.part_start,
            weight,
            centre,
            np.append(sigma > 0, fit_strength),
            events.reshape(len(events), self.n_sun, -1),
            np.ascontiguousarray(template, dtype=np.int64),
            x,
            fit_strength,
            chi2,
            scale,
        )
        return chi2, scale

    def _pulls(self, scale: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((scale[:, :-1] - 1) / pull_units(self.sigma))


def pull_units(sigma: ArrayLike) -> NDArray[np.float64]:
    """Return the relative shift of a pull of 1: σ, or 1 where the pull is free or fixed.

    Examples
    --------
    >>> pull_units([0.07, np.inf, 0.0]).tolist()
    [0.07, 1.0, 1.0]
    """
    width = np.asarray(sigma, dtype=float)
    return np.where(np.isinf(width) | (width == 0), 1.0, width)
