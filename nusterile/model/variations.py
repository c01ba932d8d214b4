"""Limit curves with other pull widths, exposures and fit ranges, in milliseconds.

These settings change no rate. The widths enter the penalty of χ² alone; what an experiment without
data expects is proportional to its exposure; the content of a bin does not depend on which other
bins are fitted. So all events are computed once, in every bin that a fit range may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.arguments import chosen_names, degrees_of, levels_of, single
from nusterile.arrays import Floats
from nusterile.errors import Cancelled, InputError
from nusterile.model.impact import AS_CONFIGURED
from nusterile.model.predictions import Predictions, flavor_rows
from nusterile.model.variable_settings import (
    EXPOSURES,
    FIT_RANGES,
    WIDTHS,
    Kind,
    Value,
    VariableSetting,
    checked_changes,
    joined_changes,
    settings_of,
)
from nusterile.statistics.intervals import threshold
from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.limits import MassLimits, limits_of_masses, mark_outside
from nusterile.vocabulary import (
    ATTRIBUTES,
    CHANGE,
    CL,
    DOF,
    FLAVOR,
    LIMIT,
    LIMIT_LOW,
    LIMIT_STATUS,
    M_4,
    PURE_NUMBER,
    RATIO,
    SELECTION,
    SUBJECT,
    SWITCH,
    limit_attributes,
)

__all__ = ["TOGETHER", "Variations"]

#: What the last row of `Variations.impact` is, where several settings are changed.
TOGETHER = "all together"
#: Masses between two questions whether to stop, some 0.1 s.
_BLOCK = 11
#: One mass of so many is solved for a sketch.
_STRIDE = 8
_Changes = Mapping[VariableSetting, Value]


class _Point(NamedTuple):
    """Which limit."""

    selection: str
    flavor: str
    cl: float
    dof: int


class Variations:
    """Limits of an analysis with other pull widths, exposures and fit ranges.

    Made by `Analysis.variations`. The first limit of a selection computes its events, which takes
    about as long as limits from a new analysis; every further one takes milliseconds.

    Parameters
    ----------
    predictions : Predictions
        The analysis as configured.
    m_4 : ndarray, shape (n_m,)
        Sterile masses, MeV.

    Examples
    --------
    >>> from nusterile import Analysis
    >>> varied = Analysis().variations([0.0, 0.1])
    >>> wide = varied.limits("xenonnt_sr0", "e", widths={"solar": 0.2, "xenonnt_sr0:b0": np.inf})
    >>> bool(np.all(wide.limit > varied.limits("xenonnt_sr0", "e").limit))
    True
    """

    def __init__(self, predictions: Predictions, m_4: Floats) -> None:
        self._predictions = predictions
        self.m_4 = m_4
        self._events: dict[str, Floats] = {}
        self._grid: Variations | None = None
        self._nominal: dict[_Point, MassLimits] = {}
        self._likelihoods: dict[str, Likelihood] = {}
        self._settings: dict[str, tuple[VariableSetting, ...]] = {}

    @cached_property
    def _wide(self) -> Predictions:
        """The same with the widest fit range of every experiment."""
        overrides = {
            e.name: {"fit_range": [float(e.range_edges[0]), float(e.range_edges[-1])]}
            for e in self._predictions.experiments
        }
        configuration = self._predictions.configuration.with_changes(overrides=overrides)
        return Predictions(configuration, like=self._predictions)

    def settings(self, selection: str) -> tuple[VariableSetting, ...]:
        """Settings that may be changed, with their values as configured.

        Parameters
        ----------
        selection : str
            Name of the selection.

        Returns
        -------
        tuple of VariableSetting
            The pulls of the Sun, unless one pull moves each flux by its own width, which would
            change events; then pulls, exposure and fit range of each experiment.

        Raises
        ------
        InputError
            If the selection is unknown.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> [s.name for s in Analysis().variations().settings("xenonnt_sr0")]
        ['solar', 'xenonnt_sr0:b0', 'xenonnt_sr0']
        """
        if selection not in self._settings:
            members = self._predictions.members(selection)
            self._settings[selection] = settings_of(self._predictions, members)
        return self._settings[selection]

    def changes(self, selection: str, **values: Mapping[str, Any]) -> dict[str, Any]:
        """Return changed settings as `Analysis.with_changes` takes them.

        Parameters
        ----------
        selection : str
            Name of the selection.
        **values
            `widths`, `exposures` and `fit_ranges` as in `limits`.

        Returns
        -------
        dict

        Raises
        ------
        InputError
            If a name is unknown or a value cannot be used.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> Analysis().variations().changes("xenonnt_sr0", widths={"solar": 0.2})
        {'solar': {'sigma': 0.2}}
        """
        return joined_changes(self._checked(selection, values))

    def prepare(
        self,
        selection: str,
        *,
        progress: Callable[[float, str], None] = lambda _share, _what: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Compute the events that the limits of a selection need, where that is still to be done.

        Parameters
        ----------
        selection : str
            Name of the selection.
        progress : callable, optional
            Called with the share done (0 to 1) and what is being done.
        cancelled : callable, optional
            Asked now and then; where it returns True, ``Cancelled`` is raised.

        Raises
        ------
        Cancelled
            If `cancelled` returned True; the experiments that are done are kept.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> Analysis().variations([0.1]).prepare("xenonnt_sr0")
        """
        members = self._predictions.members(selection)
        for place, name in enumerate(members):
            if name in self._events:
                continue
            label = self._wide.expectations[name].experiment.label
            blocks = []
            for start in range(0, self.m_4.size, _BLOCK):
                if cancelled():
                    raise Cancelled("cancelled")
                progress((place + start / self.m_4.size) / len(members), f"events of {label}")
                blocks.append(self._wide.templates(name, self.m_4[start : start + _BLOCK]))
            self._events[name] = np.concatenate(blocks, axis=1)

    def limits(
        self,
        selection: str,
        flavor: str,
        *,
        cl: float = 0.9,
        dof: int = 1,
        widths: Mapping[str, float] | None = None,
        exposures: Mapping[str, float] | None = None,
        fit_ranges: Mapping[str, tuple[float, float]] | None = None,
    ) -> xr.Dataset:
        """Limits with some settings changed.

        They are those of `Analysis.limits` after `Analysis.with_changes` with `changes`: to
        rounding, and some 1e-7 where a mass is near the end of a solar spectrum, since another
        fit range may move the nodes of the quadrature.

        Parameters
        ----------
        selection, flavor : str
            Selection and flavour.
        cl : float
            Confidence level.
        dof : int
            Degrees of freedom, 1 or 2.
        widths : mapping, optional
            Relative width by name of the pull; 0 holds it, infinity frees it (not the Sun's).
        exposures : mapping, optional
            Exposure by experiment without data, t yr.
        fit_ranges : mapping, optional
            Ends of the fit range by experiment, keV; bin edges of its tables.

        Returns
        -------
        Dataset
            ``limit``, ``limit_low`` and ``limit_status`` (m_4).

        Raises
        ------
        InputError
            If a name is unknown or a value cannot be used.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> found = Analysis().variations([0.1]).limits("combined", "effective")
        >>> f"{found.limit.item():.2e}"
        '9.56e-12'
        """
        point = self._point(selection, flavor, cl, dof)
        given: dict[Kind, Mapping[str, Any] | None] = {
            WIDTHS: widths,
            EXPOSURES: exposures,
            FIT_RANGES: fit_ranges,
        }
        changes = self._checked(selection, given)
        found = self._solved(point, changes, np.arange(self.m_4.size))
        return self._labelled(point, {M_4: (M_4, self.m_4, ATTRIBUTES[M_4])}, M_4, found)

    def quick(self, selection: str) -> bool:
        """Whether a whole curve takes milliseconds; with several pulls of the Sun a sketch does.

        Parameters
        ----------
        selection : str
            Name of the selection.

        Returns
        -------
        bool

        Raises
        ------
        InputError
            If the selection is unknown.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> Analysis().variations().quick("combined")
        True
        """
        return self._likelihood(selection).allows_one_interval

    def sketch(
        self, selection: str, flavor: str, *, cl: float = 0.9, dof: int = 1, **values: Any
    ) -> xr.DataArray:
        """Estimate what `limits` gives, from one mass of eight.

        In between, the ratio to the limit as configured is interpolated in its logarithm: good to
        some per cent, and poor where the limit all but ends.

        Parameters
        ----------
        selection, flavor, cl, dof
            As in `limits`.
        **values
            `widths`, `exposures` and `fit_ranges`.

        Returns
        -------
        DataArray
            ``limit`` (m_4); NaN beside a mass that has none.

        Raises
        ------
        InputError
            If a name is unknown or a value cannot be used.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> varied = Analysis().variations(np.geomspace(1e-3, 0.1, 41))
        >>> wide = {"widths": {"solar": 0.2}}
        >>> exact = varied.limits("xenonnt_sr0", "e", **wide).limit
        >>> bool(np.all(abs(varied.sketch("xenonnt_sr0", "e", **wide) / exact - 1) < 0.02))
        True
        """
        point = self._point(selection, flavor, cl, dof)
        changes = self._checked(selection, values)
        every = np.arange(self.m_4.size)
        if point not in self._nominal:
            self._nominal[point] = self._solved(point, {}, every)
        nominal = self._nominal[point].limit.ravel()
        rows = np.unique(np.append(every[::_STRIDE], every[-1]))
        some = self._solved(point, changes, rows).limit.ravel()
        ratio = np.interp(every, rows, np.log(some / nominal[rows]))
        return xr.DataArray(
            nominal * np.exp(ratio),
            coords={M_4: (M_4, self.m_4, ATTRIBUTES[M_4])},
            name=LIMIT,
            attrs=self._attributes(LIMIT, point),
        )

    def impact(
        self,
        selection: str,
        flavor: str,
        m_4: float,
        *,
        cl: float = 0.9,
        dof: int = 1,
        **values: Any,
    ) -> xr.Dataset:
        """Limit at one mass as configured, with each changed setting alone, and with all of them.

        Parameters
        ----------
        selection, flavor, cl, dof
            As in `limits`.
        m_4 : float
            One of the masses, MeV.
        **values
            `widths`, `exposures` and `fit_ranges`.

        Returns
        -------
        Dataset
            ``limit``, ``limit_low``, ``limit_status`` and ``ratio`` to the limit as configured
            (switch), with the coordinates ``subject`` and ``change`` in words, as those of
            `Analysis.impact`. The last row is all changes together, where there are several.

        Raises
        ------
        InputError
            If the mass is none of those that the object was made for; as `limits` otherwise.

        Examples
        --------
        >>> from nusterile import Analysis
        >>> changes = {"widths": {"solar": 0.2}, "fit_ranges": {"xenonnt_sr0": (2, 30)}}
        >>> found = Analysis().variations([0.1]).impact("xenonnt_sr0", "e", 0.1, **changes)
        >>> found.subject.values.tolist()[1:]
        ['pull of the solar neutrinos', 'XENONnT SR0: fit range', 'all together']
        """
        point = self._point(selection, flavor, cl, dof)
        changes = self._checked(selection, values)
        row = np.flatnonzero(np.isclose(self.m_4, m_4, rtol=1e-9, atol=0))
        if not row.size:
            nearest = self.m_4[np.argmin(abs(self.m_4 - m_4))]
            raise InputError(f"m_4 = {m_4:g} MeV is none of the masses; the nearest is {nearest:g}")
        switched: list[tuple[str, str, _Changes]] = [(AS_CONFIGURED, "", {})]
        switched += [(s.subject, s.words(v), {s: v}) for s, v in changes.items()]
        if len(changes) > 1:
            switched.append((TOGETHER, "", changes))
        found = [self._solved(point, change, row[:1]) for *_, change in switched]
        joined = MassLimits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
        words = {
            name: (SWITCH, np.array([texts[k] for texts in switched], dtype=object))
            for k, name in enumerate((SUBJECT, CHANGE))
        }
        coords = {**words, M_4: ((), self.m_4[row[0]], ATTRIBUTES[M_4])}
        dataset = self._labelled(point, coords, SWITCH, joined)
        dataset[RATIO] = (SWITCH, (dataset[LIMIT] / dataset[LIMIT][0]).values)
        dataset[RATIO].attrs = {"units": PURE_NUMBER}
        return dataset

    def _point(self, selection: str, flavor: str, cl: float, dof: int) -> _Point:
        predictions = self._predictions
        (one,) = chosen_names(SELECTION, str(selection), predictions.selections)
        (other,) = chosen_names(FLAVOR, str(flavor), predictions.configuration.flavors)
        (degrees,) = degrees_of(dof)
        return _Point(one, other, single(CL, levels_of(cl)), int(degrees))

    def _checked(self, selection: str, values: Mapping[Any, Any]) -> dict[VariableSetting, Value]:
        return checked_changes(self.settings(selection), values)

    def _solved(self, point: _Point, changes: _Changes, rows: NDArray[np.intp]) -> MassLimits:
        """Limits at some of the masses; shapes (n, 1, 1)."""
        self.prepare(point.selection)
        all_bins = self._likelihood(point.selection)
        kept, scale, sigma = self._changed(point.selection, all_bins, changes)
        likelihood = replace(all_bins.scaled(scale).of_bins(kept), sigma=sigma)

        def templates(of: Variations, rows: NDArray[np.intp]) -> Floats:
            (row,) = flavor_rows(point.flavor)
            members = self._predictions.members(point.selection)
            events = [of._events[name][row, rows] for name in members]
            return np.ascontiguousarray((np.concatenate(events, axis=-1) * scale)[..., kept])

        on_grid = None
        if point.dof == 2:  # the minimum over all masses of the plane
            grid = self._on_grid()
            grid.prepare(point.selection)
            on_grid = templates(grid, np.arange(grid.m_4.size))
        degrees = np.array([point.dof])
        found = limits_of_masses(
            likelihood,
            templates(self, rows),
            self._predictions.recoil_rates.interaction,
            threshold(np.array([[point.cl]]), degrees),
            degrees,
            on_grid,
        )
        ends = self._predictions.configuration.grids.mu.ends
        return found._replace(status=mark_outside(found.status, found.limit, ends))

    def _on_grid(self) -> Variations:
        """The same for the masses of the configured grid."""
        grid = self._predictions.configuration.grids.m_4.array()
        if np.array_equal(grid, self.m_4):
            return self
        if self._grid is None:
            self._grid = Variations(self._predictions, grid)
        return self._grid

    def _likelihood(self, selection: str) -> Likelihood:
        """The χ² of a selection in all bins, as configured."""
        if selection not in self._likelihoods:
            self._likelihoods[selection] = self._wide.likelihood(selection)
        return self._likelihoods[selection]

    def _changed(
        self, selection: str, likelihood: Likelihood, changes: _Changes
    ) -> tuple[NDArray[np.bool_], Floats, Floats]:
        """Which of all bins are fitted, the factor of the events of each, and the pulls' widths."""
        kept = np.ones(likelihood.counts.size, dtype=bool)
        scale = np.ones(likelihood.counts.size)
        sigma = likelihood.sigma.copy()
        members = self._predictions.members(selection)
        starts = likelihood.bin_start
        bins = {name: slice(starts[place], starts[place + 1]) for place, name in enumerate(members)}
        for setting in self.settings(selection):
            value = changes.get(setting, setting.value)
            if setting.kind == WIDTHS:
                sigma[likelihood.pull_names.index(setting.name)] = value
            elif setting.kind == EXPOSURES:
                scale[bins[setting.name]] = np.divide(value, setting.value)
            else:
                low, high = np.sort(value)
                assert setting.edges is not None
                middle = (setting.edges[:-1] + setting.edges[1:]) / 2
                kept[bins[setting.name]] = (middle > low) & (middle < high)
        return kept, scale, sigma

    def _attributes(self, name: str, point: _Point) -> dict[str, str]:
        expected = point.selection in self._predictions.expected_selections
        return dict(limit_attributes(name, expected=expected))

    def _labelled(
        self, point: _Point, coords: dict[str, Any], axis: str, found: MassLimits
    ) -> xr.Dataset:
        arrays = {LIMIT: found.limit, LIMIT_LOW: found.low, LIMIT_STATUS: found.status}
        return xr.Dataset(
            {
                name: (
                    axis,
                    values.ravel().astype(object) if name == LIMIT_STATUS else values.ravel(),
                    self._attributes(name, point),
                )
                for name, values in arrays.items()
            },
            coords={
                **coords,
                SELECTION: point.selection,
                FLAVOR: point.flavor,
                CL: ((), point.cl, ATTRIBUTES[CL]),
                DOF: ((), point.dof, ATTRIBUTES[DOF]),
            },
        )
