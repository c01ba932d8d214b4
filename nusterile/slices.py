"""Slices of a product at one mass and moment, as plain arrays that are ready in microseconds.

Everything an interactive view shows at its cursor: Δχ² along either axis, the expected
spectrum before and after the fit's pulls, the contribution of every bin to χ², and the
pulls. `Slices` takes the arrays out of the dataset once; no labelled object is touched
afterwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.special import chdtr, gammaincinv

from nusterile.constants import MU_REFERENCE
from nusterile.errors import NusterileError
from nusterile.limits import OK, threshold
from nusterile.product import stored_configuration
from nusterile.scan_limits import crossing

__all__ = ["NONE_ON_GRID", "BinnedSpectrum", "Slices", "excluded_cl", "poisson_interval"]

Floats = NDArray[np.float64]

#: Status of a limit at a level that is not stored, where the scan holds no crossing.
NONE_ON_GRID = "none on the grid"
#: Probability inside one standard deviation of a normal distribution.
_ONE_SIGMA = 0.6826894921370859


def poisson_interval(counts: Floats, cl: float = _ONE_SIGMA) -> tuple[Floats, Floats]:
    """Central confidence interval of a Poisson mean.

    Parameters
    ----------
    counts : ndarray
        Observed events.
    cl : float
        Confidence level.

    Returns
    -------
    low, high : ndarray
        Ends of the interval; `low` is 0 for no event.

    References
    ----------
    F. Garwood, Biometrika 28 (1936) 437.

    Examples
    --------
    >>> [round(float(x[0]), 3) for x in poisson_interval(np.array([4.0]))]
    [2.086, 7.163]
    """
    observed = np.asarray(counts, dtype=float)
    tail = (1 - cl) / 2
    with np.errstate(invalid="ignore"):
        low = np.where(observed > 0, gammaincinv(np.maximum(observed, 1e-9), tail), 0.0)
        high = gammaincinv(observed + 1, 1 - tail)
    return low, high


def excluded_cl(delta_chi2: float, dof: int) -> float:
    """Confidence level at which Δχ² excludes a point (Wilks' theorem).

    Examples
    --------
    >>> round(excluded_cl(2.7055, 1), 3)
    0.9
    """
    return float(chdtr(dof, max(delta_chi2, 0.0)))


@dataclass(frozen=True)
class BinnedSpectrum:
    """Expected and observed events of one experiment.

    Attributes
    ----------
    low, high : ndarray, shape (n_bin,)
        Bin edges, keV.
    exposure : float
        Exposure, t yr.
    counts : ndarray, shape (n_bin,)
        Observed events.
    sm, dipole : ndarray, shape (n_bin,)
        Expected neutrino events, Standard Model and dipole.
    background : ndarray, shape (n_component, n_bin)
        Expected background events.
    components : tuple of str
        Names of the background components.
    """

    low: Floats
    high: Floats
    exposure: float
    counts: Floats
    sm: Floats
    dipole: Floats
    background: Floats
    components: tuple[str, ...]

    @property
    def total(self) -> Floats:
        """Expected events in each bin."""
        return np.asarray(self.sm + self.dipole + self.background.sum(axis=0))

    @property
    def contributions(self) -> Floats:
        """What each bin adds to χ²: 2 [R - N + N ln(N/R)], without the pulls' penalty."""
        expected, observed = self.total, self.counts
        with np.errstate(divide="ignore", invalid="ignore"):
            logarithm = np.where(observed > 0, observed * np.log(observed / expected), 0.0)
            return np.asarray(2 * (expected - observed + logarithm))

    @property
    def per_rate(self) -> Floats:
        """Events divided by this are a rate in 1/(t yr keV)."""
        return np.asarray(self.exposure * (self.high - self.low))


class Slices:
    """Arrays of a product for slicing at one grid point after another.

    Parameters
    ----------
    dataset : Dataset
        A product. One that holds limits only has `has_scan` False and answers
        questions about limits.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset
        self.has_scan = "chi2" in dataset
        self.masses: Floats = dataset.m_4.values
        self.selections = tuple(map(str, dataset.selection.values))
        self.flavors = tuple(map(str, dataset.flavor.values))
        self.levels: Floats = dataset.cl.values
        self._degrees = [int(dof) for dof in dataset.dof.values]
        self._limit: Floats = dataset.limit.values
        self._status = dataset.limit_status.values.astype(str)
        self._mu_best: Floats = dataset.mu_best.values
        lowest: Floats = dataset.chi2_min.values
        everywhere = np.where(np.isnan(lowest), np.inf, lowest).min(axis=-1, keepdims=True)
        everywhere = np.where(np.isinf(everywhere), np.nan, everywhere)
        self._base = {1: lowest, 2: np.broadcast_to(everywhere, lowest.shape)}
        self.experiments: tuple[str, ...] = ()
        self.pull_names: tuple[str, ...] = ()
        self.moments: Floats = np.array([])
        if not self.has_scan:
            # Those beyond the grid of moments may be many decades away.
            found = self._limit[self._status == OK]
            ends = (found.min(), found.max()) if found.size else (1e-12, 1e-6)
            self.moments = np.array(ends)
            return
        self.moments = dataset.mu.values
        self.experiments = tuple(map(str, dataset.experiment.values))
        self.pull_names = tuple(map(str, dataset.pull.values))
        self._components = tuple(map(str, dataset.component.values))
        self._chi2: Floats = dataset.chi2.values
        self._pulls = dataset.pulls.values
        self._n_bins = np.isfinite(dataset.bin_low.values).sum(axis=1)
        width = dataset.bin_high.values - dataset.bin_low.values
        scale = dataset.exposure.values[:, None] * width
        self._sm = dataset.rate_sm.values * scale
        self._background = dataset.background.values * scale[:, None]
        self._dipole = dataset.rate_dipole.values * scale[:, None, None]
        self._counts: Floats = dataset.counts.values
        self._low: Floats = dataset.bin_low.values
        self._high: Floats = dataset.bin_high.values
        self._exposure: Floats = dataset.exposure.values

    @cached_property
    def members(self) -> dict[str, tuple[str, ...]]:
        """Experiments of each selection."""
        if not self.has_scan:
            return dict.fromkeys(self.selections, ())
        try:
            known = stored_configuration(self._dataset).selection_members(self.experiments)
        except NusterileError:
            known = {}
        return {name: known.get(name, ()) for name in self.selections}

    @cached_property
    def pull_widths(self) -> Floats:
        """Relative width of each pull; 1 where it is free, NaN where the product is silent."""
        stored = self._dataset.pull.attrs.get("sigma", "{}")
        try:
            widths = dict(json.loads(stored))
        except (TypeError, ValueError):
            widths = {}
        if not widths:
            widths = self._configured_widths()
        found = [widths.get(name, np.nan) for name in self.pull_names]
        return np.array([1.0 if w is None else w for w in found], dtype=float)

    def _configured_widths(self) -> dict[str, float | None]:
        from nusterile.analysis import Analysis

        try:
            widths = Analysis(stored_configuration(self._dataset)).pull_widths()
        except NusterileError:
            return {}
        return {name: w if np.isfinite(w) else None for name, w in widths.items()}

    def index(self, selection: str, flavor: str) -> tuple[int, int]:
        """Positions of a selection and a flavour."""
        return self.selections.index(selection), self.flavors.index(flavor)

    def nearest(self, m_4: float, mu: float) -> tuple[int, int]:
        """Grid point nearest to a mass (MeV) and a moment (Bohr magnetons), in logarithms."""
        return _nearest(self.masses, m_4), _nearest(self.moments, mu)

    def plane(self, selection: str, flavor: str, dof: int) -> Floats:
        """Δχ² over masses and moments, shape (n_m, n_mu)."""
        s, f = self.index(selection, flavor)
        return np.asarray(self._chi2[s, f] - self._base[dof][s, f][:, None])

    def along_mu(self, selection: str, flavor: str, i: int, dof: int) -> Floats:
        """Δχ² at mass number `i`, shape (n_mu,)."""
        s, f = self.index(selection, flavor)
        return np.asarray(self._chi2[s, f, i] - self._base[dof][s, f, i])

    def along_m4(self, selection: str, flavor: str, j: int, dof: int) -> Floats:
        """Δχ² at moment number `j`, shape (n_m,)."""
        s, f = self.index(selection, flavor)
        return np.asarray(self._chi2[s, f, :, j] - self._base[dof][s, f])

    def at(self, selection: str, flavor: str, i: int, j: int, dof: int) -> float:
        """Δχ² at a grid point."""
        s, f = self.index(selection, flavor)
        return float(self._chi2[s, f, i, j] - self._base[dof][s, f, i])

    def chi2(self, selection: str, flavor: str, i: int, j: int) -> float:
        """χ² at a grid point."""
        s, f = self.index(selection, flavor)
        return float(self._chi2[s, f, i, j])

    def mu_best(self, selection: str, flavor: str) -> Floats:
        """Moment of the best fit at every mass, Bohr magnetons."""
        s, f = self.index(selection, flavor)
        return np.asarray(self._mu_best[s, f])

    def limit(
        self, selection: str, flavor: str, cl: float, dof: int
    ) -> tuple[Floats, NDArray[np.str_]]:
        """Upper limit and its status at every mass.

        Parameters
        ----------
        selection, flavor : str
            Which fit.
        cl : float
            Confidence level. At a stored one the root-found limit is returned, at
            another one the crossing of the stored scan.
        dof : int
            1 or 2.

        Returns
        -------
        limit : ndarray, shape (n_m,)
            Bohr magnetons, NaN where there is none.
        status : ndarray of str, shape (n_m,)
            ``ok``, ``open``, ``outside``, ``failed`` or, at a level that is not stored,
            ``none on the grid``.
        """
        s, f = self.index(selection, flavor)
        stored = np.flatnonzero(np.isclose(self.levels, cl, rtol=0, atol=1e-9))
        if stored.size and dof in self._degrees:
            column = (s, f, slice(None), int(stored[0]), self._degrees.index(dof))
            return self._limit[column], self._status[column]
        if not self.has_scan:
            empty = np.full(self.masses.size, np.nan)
            return empty, np.full(empty.size, NONE_ON_GRID)
        found = crossing(
            self.plane(selection, flavor, dof),
            self._mu_best[s, f],
            moments=self.moments,
            level=float(threshold(cl, dof)),
        )
        return found, np.where(np.isfinite(found), OK, NONE_ON_GRID)

    def pulls(self, selection: str, flavor: str, i: int, j: int) -> Floats:
        """Best-fit pulls at a grid point, NaN for those that the selection lacks."""
        s, f = self.index(selection, flavor)
        return np.asarray(self._pulls[s, f, i, j], dtype=float)

    def spectrum(self, experiment: str, flavor: str, i: int, j: int) -> BinnedSpectrum:
        """Expected events of an experiment at a grid point, nominal pulls."""
        e, f = self.experiments.index(experiment), self.flavors.index(flavor)
        bins = slice(0, int(self._n_bins[e]))
        background = self._background[e, :, bins]
        present = np.isfinite(background).all(axis=1)
        return BinnedSpectrum(
            low=self._low[e, bins],
            high=self._high[e, bins],
            exposure=float(self._exposure[e]),
            counts=self._counts[e, bins],
            sm=self._sm[e, bins],
            dipole=self._dipole[e, f, i, bins] * (self.moments[j] / MU_REFERENCE) ** 2,
            background=background[present],
            components=tuple(c for c, p in zip(self._components, present, strict=True) if p),
        )

    def fitted(
        self, spectrum: BinnedSpectrum, experiment: str, selection: str, flavor: str, i: int, j: int
    ) -> BinnedSpectrum | None:
        """Apply the best-fit pulls of a selection to a spectrum.

        Parameters
        ----------
        spectrum : BinnedSpectrum
            From `spectrum`, at the same point.
        experiment, selection, flavor : str
            Which experiment, pulled by which fit.
        i, j : int
            The grid point.

        Returns
        -------
        BinnedSpectrum or None
            None where the fit does not hold the experiment or found no minimum.
        """
        shifts = self.pulls(selection, flavor, i, j) * self.pull_widths
        by_name = dict(zip(self.pull_names, shifts, strict=True))
        solar = by_name.get("solar", np.nan)
        scale = np.array([by_name.get(f"{experiment}:{c}", np.nan) for c in spectrum.components])
        if not (np.isfinite(solar) and np.all(np.isfinite(scale))):
            return None
        if scale.size == 0 and experiment not in self.members[selection]:
            return None
        return BinnedSpectrum(
            low=spectrum.low,
            high=spectrum.high,
            exposure=spectrum.exposure,
            counts=spectrum.counts,
            sm=spectrum.sm * (1 + solar),
            dipole=spectrum.dipole * (1 + solar),
            background=spectrum.background * (1 + scale)[:, None],
            components=spectrum.components,
        )

    def ratio(
        self,
        other: Slices,
        selection: str,
        flavor: str,
        cl: float,
        dof: int,
    ) -> tuple[Floats, Floats]:
        """Limit of this product divided by another's, at the masses of this one.

        Parameters
        ----------
        other : Slices
            The product in the denominator; its limit is interpolated between its masses,
            linearly in the logarithms, and never beyond them.
        selection, flavor : str
            Held by both products.
        cl : float
            Confidence level.
        dof : int
            1 or 2.

        Returns
        -------
        m_4, ratio : ndarray
            Masses in MeV; NaN where either limit is missing.
        """
        own, _ = self.limit(selection, flavor, cl, dof)
        theirs, _ = other.limit(selection, flavor, cl, dof)
        ratio = np.full(self.masses.size, np.nan)
        known = other.masses > 0
        massive = self.masses > 0
        if known.any():
            values = np.interp(
                np.log(self.masses[massive]),
                np.log(other.masses[known]),
                np.log(theirs[known]),
                left=np.nan,
                right=np.nan,
            )
            ratio[massive] = own[massive] / np.exp(values)
        if not massive[0] and not known[0]:
            ratio[0] = own[0] / theirs[0]
        return self.masses, ratio


def _nearest(grid: Floats, value: float) -> int:
    """Index of the nearest grid value, in logarithms where both are positive."""
    k = int(np.searchsorted(grid, value))
    if k == 0 or k == grid.size:
        return min(k, grid.size - 1)
    below, above = float(grid[k - 1]), float(grid[k])
    if below > 0:
        return k - 1 if value * value < below * above else k
    return k - 1 if value < above / 2 else k
