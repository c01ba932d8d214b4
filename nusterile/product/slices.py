"""Slices of a product at one mass and moment, as plain arrays that are ready in microseconds.

Everything an interactive view shows at its cursor: Δχ² along either axis, the expected
spectrum before and after the fit's pulls, the contribution of every bin to χ², and the
pulls. `Slices` takes the arrays out of the dataset once; no labelled object is touched
afterwards.
"""

from __future__ import annotations

import json
from functools import cached_property

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.arrays import Floats
from nusterile.errors import NusterileError
from nusterile.experiments.spectrum import BinnedSpectrum
from nusterile.model.predictions import Predictions
from nusterile.physics.signal import DIPOLE
from nusterile.product.kinds import require_content
from nusterile.product.labels import (
    expected_only_of,
    labels_of_components,
    labels_of_experiments,
    labels_of_selections,
)
from nusterile.product.schema import with_all_axes
from nusterile.product.stored import stored_configuration
from nusterile.statistics.crossing import ENOUGH_PER_DECADE, crossing, points_per_decade
from nusterile.statistics.intervals import level_index, threshold
from nusterile.statistics.likelihood import pull_units
from nusterile.vocabulary import (
    CHI2,
    EXPECTED_LIMIT,
    EXPERIMENT,
    LIMIT_LOW,
    NONE_ON_GRID,
    OK,
    SOLAR_PULL,
    pull_name,
)

__all__ = ["Slices"]


#: Limits at levels that are not stored, which are kept: those of all curves at one level.
_MOST_CROSSINGS = 128


class Slices:
    """Arrays of a product for slicing at one grid point after another.

    Parameters
    ----------
    dataset : Dataset
        A product. One that holds limits only has `has_scan` False and answers
        about limits.

    Raises
    ------
    ProductError
        If it is of another kind.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        require_content(dataset, "the product")
        self._dataset = dataset = with_all_axes(dataset)
        self.has_scan = CHI2 in dataset
        self.masses: Floats = dataset.m_4.values.astype(float)
        self.selections = tuple(map(str, dataset.selection.values))
        self.flavors = tuple(map(str, dataset.flavor.values))
        self.levels: Floats = dataset.cl.values
        self._degrees = [int(dof) for dof in dataset.dof.values]
        self._limit: Floats = dataset.limit.values
        self._status = dataset.limit_status.values.astype(str)
        self._crossings: dict[tuple[str, str, float, int], tuple[Floats, NDArray[np.str_]]] = {}
        self._last_level: tuple[float, int | None] = (np.nan, None)
        self._beside: dict[str, Floats] = {
            name: dataset[name].values for name in (LIMIT_LOW, EXPECTED_LIMIT) if name in dataset
        }
        self._mu_best: Floats = dataset.mu_best.values
        lowest: Floats = dataset.chi2_min.values
        # Without a fit, since events are observed where none can be expected, there is no Δχ².
        lowest = np.where(np.isinf(lowest), np.nan, lowest)
        everywhere = np.where(np.isnan(lowest), np.inf, lowest).min(axis=-1, keepdims=True)
        everywhere = np.where(np.isinf(everywhere), np.nan, everywhere)
        self._base = {1: lowest, 2: np.broadcast_to(everywhere, lowest.shape)}
        self.experiments: tuple[str, ...] = ()
        self.pull_names: tuple[str, ...] = ()
        self._components: tuple[str, ...] = ()
        self.moments: Floats = np.array([])
        if not self.has_scan:
            # Those beyond the grid of moments may be many decades away.
            found = self._limit[self._status == OK]
            ends = (found.min(), found.max()) if found.size else (1e-12, 1e-6)
            self.moments = np.array(ends)
            return
        self.moments = dataset.mu.values.astype(float)
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
            known = stored_configuration(self._dataset).selection_members(
                self.experiments, self.expected_only
            )
        except NusterileError:
            known = {}
        return {name: known.get(name, ()) for name in self.selections}

    @cached_property
    def expected_only(self) -> tuple[str, ...]:
        """Experiments without data."""
        return expected_only_of(self._dataset, EXPERIMENT)

    @cached_property
    def selection_labels(self) -> dict[str, str]:
        """Text for people of each selection, its name where the product cannot tell."""
        try:
            known = labels_of_selections(self._dataset)
        except NusterileError:
            known = {}
        return {name: known.get(name, name) for name in self.selections}

    @cached_property
    def experiment_labels(self) -> dict[str, str]:
        """Text for people of each experiment, its name where the product cannot tell."""
        try:
            known = labels_of_experiments(self._dataset)
        except NusterileError:
            known = {}
        return {name: known.get(name, name) for name in self.experiments}

    @cached_property
    def component_labels(self) -> dict[str, str]:
        """Text for people of each background component, its name where the product is silent."""
        known = labels_of_components(self._dataset)
        return {name: known.get(name, name) for name in self._components}

    @cached_property
    def pull_widths(self) -> Floats:
        """Relative width of each pull; infinite where free, NaN where the product is silent."""
        stored = self._dataset.pull.attrs.get("sigma", "{}")
        try:
            widths = dict(json.loads(stored))
        except (TypeError, ValueError, RecursionError):
            widths = {}
        if not widths:
            widths = self._configured_widths()
        found = [widths.get(name, np.nan) for name in self.pull_names]
        return np.array([_width(w) for w in found])

    def _configured_widths(self) -> dict[str, float | None]:
        try:
            widths = self._predictions.pull_widths()
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
            ``ok``, ``open``, ``outside``, ``excluded``, ``disjoint``, ``failed`` or, at a level
            that is not stored, ``none on the grid``.
        """
        s, f = self.index(selection, flavor)
        stored = self._level(cl)
        if stored is not None and dof in self._degrees:
            column = (s, f, slice(None), stored, self._degrees.index(dof))
            return self._limit[column], self._status[column]
        if not self.has_scan:
            empty = np.full(self.masses.size, np.nan)
            return empty, np.full(empty.size, NONE_ON_GRID)
        key = (selection, flavor, cl, dof)
        known = self._crossings.get(key)
        if known is None:
            found = crossing(
                self.plane(selection, flavor, dof),
                self._mu_best[s, f],
                moments=self.moments,
                level=float(threshold(cl, dof)),
            )
            known = found, np.where(np.isfinite(found), OK, NONE_ON_GRID)
            if len(self._crossings) >= _MOST_CROSSINGS:  # as where a hand drags the level
                self._crossings.clear()
            self._crossings[key] = known
        return known

    def lower_end(self, selection: str, flavor: str, cl: float, dof: int) -> Floats:
        """Lower end of what is allowed at every mass, Bohr magnetons; NaN where not stored."""
        return self._stored(LIMIT_LOW, selection, flavor, cl, dof)

    def expected_limit(self, selection: str, flavor: str, cl: float, dof: int) -> Floats:
        """Expected limit at every mass, Bohr magnetons; NaN where there is none or not stored."""
        return self._stored(EXPECTED_LIMIT, selection, flavor, cl, dof)

    def _stored(self, name: str, selection: str, flavor: str, cl: float, dof: int) -> Floats:
        """A variable beside the limits, shape (n_m,), NaN where it is not stored.

        That is so at other levels than the stored ones, and in files of schema version 1.
        """
        stored = self._level(cl)
        if stored is None or dof not in self._degrees or name not in self._beside:
            return np.full(self.masses.size, np.nan)
        s, f = self.index(selection, flavor)
        return np.asarray(self._beside[name][s, f, :, stored, self._degrees.index(dof)])

    def _level(self, cl: float) -> int | None:
        """Position of a level; a hand that drags the cursor asks for the same again and again."""
        if self._last_level[0] != cl:
            self._last_level = (cl, level_index(self.levels, cl))
        return self._last_level[1]

    def is_rough(self, cl: float, dof: int) -> bool:
        """Whether limits at a level are crossings of a scan that is too coarse for them."""
        stored = self._level(cl) is not None and dof in self._degrees
        if stored or not self.has_scan or self.moments.size < 2:
            return False
        return points_per_decade(self.moments) < ENOUGH_PER_DECADE

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
            dipole=self._dipole[e, f, i, bins] * DIPOLE.strength(self.moments[j]),
            background=background[present],
            components=tuple(c for c, p in zip(self._components, present, strict=True) if p),
            expected_only=experiment in self.expected_only,
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
        members = self.members[selection]
        if experiment not in members and (members or not spectrum.components):
            return None
        shifts = self.pulls(selection, flavor, i, j) * pull_units(self.pull_widths)
        by_name = dict(zip(self.pull_names, shifts, strict=True))
        of_sun = [n for n in self.pull_names if n == SOLAR_PULL or n.startswith(f"{SOLAR_PULL}:")]
        sun = np.array([by_name[name] for name in of_sun])
        parts = np.array(
            [by_name.get(pull_name(experiment, c), np.nan) for c in spectrum.components]
        )
        if not (sun.size and np.all(np.isfinite(sun)) and np.all(np.isfinite(parts))):
            return None
        if sun.size == 1:
            return spectrum.pulled(float(sun[0]), parts)
        # Rates by source are not stored: a product says in its configuration how to make them.
        mass, moment = float(self.masses[i]), float(self.moments[j])
        return self._predictions.pulled_by_source(
            spectrum, experiment, flavor, mass, moment, sun, parts
        )

    @cached_property
    def _predictions(self) -> Predictions:
        return Predictions(stored_configuration(self._dataset))

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


def _width(stored: object) -> float:
    """Width as a product stores it: none where the pull is free, NaN for what is no number."""
    if stored is None:
        return float("inf")
    return float(stored) if isinstance(stored, int | float) else float("nan")
