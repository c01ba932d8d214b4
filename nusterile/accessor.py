"""The accessor ``ds.nusterile``: from a product to limits, Δχ² and events."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from importlib import import_module
from typing import Any, Literal

import numpy as np
import xarray as xr

from nusterile.analysis import Analysis
from nusterile.arguments import (
    degrees_of,
    inside,
    levels_of,
    masses_of,
    moments_of,
    require_name,
    single,
)
from nusterile.errors import InputError, require_package
from nusterile.model.configuration import Configuration
from nusterile.model.predictions import require_held
from nusterile.product.files import open_product
from nusterile.product.overview import overview
from nusterile.product.slices import Slices
from nusterile.product.stored import stored_configuration
from nusterile.statistics.crossing import ENOUGH_PER_DECADE, crossing, points_per_decade
from nusterile.statistics.intervals import level_index, threshold
from nusterile.vocabulary import (
    ATTRIBUTES,
    BACKGROUND,
    BIN_HIGH,
    BIN_LOW,
    CHI2,
    CHI2_MIN,
    CL,
    CLS_CONTENT,
    COMPONENT,
    CONTENT,
    DOF,
    EXPECTED_LIMIT,
    EXPERIMENT,
    EXPOSURE,
    FLAVOR,
    INTERVAL_HIGH,
    INTERVAL_LOW,
    INTERVAL_STATUS,
    LIMIT,
    LIMIT_LOW,
    LIMIT_STATUS,
    M_4,
    MU,
    MU_BEST,
    QUANTILE,
    QUANTILES,
    RATE,
    SELECTION,
    TOY_CONTENTS,
    UNIFIED_CONTENT,
)

__all__ = ["ProductAccessor", "open_product"]

#: What is known of what is allowed at each mass.
_INTERVAL = (LIMIT_LOW, LIMIT, LIMIT_STATUS, EXPECTED_LIMIT)
#: The same of a study of unified intervals, by the names that it has there.
_UNIFIED = {INTERVAL_LOW: LIMIT_LOW, INTERVAL_HIGH: LIMIT, INTERVAL_STATUS: LIMIT_STATUS}
#: What the quantiles of an expected limit are called.
_BANDS = dict(zip(("low_95", "low_68", "expected", "high_68", "high_95"), QUANTILES, strict=True))


@xr.register_dataset_accessor("nusterile")  # type: ignore[no-untyped-call]  # xarray's own
class ProductAccessor:
    """Physics of a product, by its own names.

    Parameters
    ----------
    dataset : Dataset
        A product, or a part of one.

    Examples
    --------
    >>> import nusterile
    >>> product = nusterile.open("products/limits.nc")
    >>> product.nusterile.config.solar.model
    'gs98'
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    @property
    def config(self) -> Configuration:
        """The configuration that the product was made from.

        Examples
        --------
        >>> import nusterile
        >>> product = nusterile.open("products/limits.nc")
        >>> product.nusterile.config.solar.model
        'gs98'
        """
        return stored_configuration(self._dataset)

    def analysis(self) -> Analysis:
        """Return the analysis that the product came from, to compute more.

        Returns
        -------
        Analysis

        Raises
        ------
        ProductError, InputError
            If the product has lost its configuration, or an input table is another one now.

        Examples
        --------
        >>> import nusterile
        >>> product = nusterile.open("products/limits.nc")
        >>> list(product.nusterile.analysis().selections)[-1]
        'combined'
        """
        return Analysis.from_product(self._dataset)

    @cached_property
    def slices(self) -> Slices:
        """Plain arrays for slicing at one grid point after another.

        Examples
        --------
        >>> import nusterile
        >>> product = nusterile.open("products/limits.nc")
        >>> slices = product.nusterile.slices
        >>> slices.has_scan, slices.masses.shape
        (False, (121,))
        """
        return Slices(self._dataset)

    @property
    def plot(self) -> Any:
        """Pictures that return matplotlib axes: `nusterile.figures.plots.ProductPlots`.

        Examples
        --------
        >>> import matplotlib, nusterile
        >>> matplotlib.use("agg")
        >>> product = nusterile.open("products/limits.nc")
        >>> axes = product.nusterile.plot.limits(cl=0.95)
        >>> axes.get_yscale()
        'log'
        >>> matplotlib.pyplot.close(axes.figure)
        """
        require_package("matplotlib", "export", "figures")
        # Figures stand floors above and need matplotlib: known here by name, and only when asked.
        return import_module("nusterile.figures.plots").ProductPlots(self._dataset)

    def _repr_html_(self) -> str:
        """What a notebook shows: limits by selection, grids, origin, what to cite."""
        return overview(self._dataset)

    def delta_chi2(self, dof: Literal[1, 2] = 1) -> xr.DataArray:
        """Δχ² of the stored scan.

        Parameters
        ----------
        dof : {1, 2}
            1: against the minimum at each mass; 2: against the minimum over all masses.

        Returns
        -------
        DataArray
            (selection, flavor, m_4, mu).

        Raises
        ------
        InputError
            If the dataset lacks what it needs, which for two degrees of freedom is every mass of
            the product.

        Examples
        --------
        >>> import nusterile
        >>> grids = {"m_4": {"values": [0.1]}, "mu": {"low": 1e-12, "high": 1e-9, "points": 61}}
        >>> small = Analysis().with_changes(experiments=["xenonnt_sr0"], grids=grids)
        >>> product = small.build()
        >>> delta = product.nusterile.delta_chi2()
        >>> delta.dims, bool(delta.min() >= 0)
        (('selection', 'flavor', 'm_4', 'mu'), True)
        """
        degrees = int(single(DOF, degrees_of(dof)))
        self._require(CHI2, CHI2_MIN)
        lowest = self._dataset.chi2_min
        if degrees == 2:
            if lowest.sizes.get(M_4) != self.config.grids.m_4.size:
                raise InputError(
                    "dof = 2 compares with the best fit at any mass and needs every mass of the "
                    "product: select masses after delta_chi2 or limit, or use "
                    "limit(method='exact')"
                )
            lowest = lowest.min(M_4)
        delta = (self._dataset.chi2 - lowest).transpose(*self._dataset.chi2.dims)
        found: xr.DataArray = delta.rename("delta_chi2").assign_attrs(
            units="1", long_name=f"delta chi-square, {degrees} degree(s) of freedom"
        )
        return found

    def limit(
        self,
        cl: float = 0.9,
        dof: Literal[1, 2] = 1,
        *,
        method: Literal["scan", "exact"] = "scan",
    ) -> xr.DataArray:
        """Upper limit at any confidence level.

        Of a study with toys, the limit that it found: CL_s, or the upper end of the unified
        interval, at its levels.

        Parameters
        ----------
        cl : float
            Confidence level.
        dof : {1, 2}
            Degrees of freedom.
        method : {'scan', 'exact'}
            ``scan``: interpolated in the stored scan, NaN beyond its grid of moments; on the
            default grid within 3e-3 of the exact one, mostly 5e-4. Where the grid has fewer
            than 20 moments a decade, the stored limit instead. ``exact``: solved for again
            with the stored configuration.

        Returns
        -------
        DataArray
            (selection, flavor, m_4), Bohr magnetons, NaN where there is no limit.

        Raises
        ------
        InputError
            If a value cannot be used, or the dataset lacks what it needs.

        Warns
        -----
        UserWarning
            Where the grid of moments is too coarse and no limit of this level is stored.

        Examples
        --------
        >>> import nusterile
        >>> grids = {"m_4": {"values": [0.1]}, "mu": {"low": 1e-12, "high": 1e-9, "points": 61}}
        >>> small = Analysis().with_changes(experiments=["xenonnt_sr0"], grids=grids)
        >>> product = small.build()
        >>> limit = product.nusterile.limit(cl=0.68, dof=1)
        >>> f"{limit.sel(selection='xenonnt_sr0', flavor='effective').item():.1e}"
        '5.9e-12'
        """
        level = single(CL, levels_of(cl))
        degrees = int(single(DOF, degrees_of(dof)))
        if method == "exact":
            limit = self._solved(level, degrees)[LIMIT]
        elif method == "scan" and self._content in (CLS_CONTENT, UNIFIED_CONTENT):
            limit = self._of_toys([LIMIT], level, degrees)[LIMIT]
        elif method == "scan":
            limit = self._scan_limit(level, degrees)
        else:
            raise InputError(f"method = '{method}': expected 'scan' or 'exact'")
        attributes = {**ATTRIBUTES[LIMIT], CL: level, DOF: degrees}
        return limit.rename(LIMIT).assign_attrs(attributes)

    def interval(
        self,
        cl: float = 0.9,
        dof: Literal[1, 2] = 1,
        *,
        method: Literal["stored", "exact"] = "stored",
    ) -> xr.Dataset:
        """Both ends of the moments with Δχ² ≤ threshold, their status, and the expected limit.

        Of a study of unified intervals: both ends of these, and their status, at its levels.

        Parameters
        ----------
        cl : float
            Confidence level.
        dof : {1, 2}
            Degrees of freedom.
        method : {'stored', 'exact'}
            ``stored``: as root-found when the product was built; at its levels only. ``exact``:
            solved for again with the stored configuration, at any level.

        Returns
        -------
        Dataset
            Each (selection, flavor, m_4), without the axes that a part of a product has lost.
            ``limit_low`` in Bohr magnetons: 0 where a moment of 0 is allowed, NaN where none
            is. ``limit`` in Bohr magnetons: the upper limit, NaN where there is none.
            ``limit_status``: ``ok``, ``open`` (no upper end), ``outside`` (beyond the grid of
            moments), ``excluded`` (no moment is allowed), ``disjoint`` (several intervals, of
            which these are the outermost ends) or ``failed``. ``expected_limit`` in Bohr
            magnetons: the Asimov limit, NaN where there is none.

        Raises
        ------
        InputError
            If the product does not hold the level; or lacks the lower ends and expected
            limits, as files of schema version 1 do.

        Examples
        --------
        >>> run = {"experiments": ["pandax4t_run0"], "flavors": ["e"]}
        >>> grids = {"m_4": {"values": [0.1, 2.0]}, "mu": {"values": [1e-11, 1e-10]}}
        >>> analysis = Analysis(Configuration.from_values({**run, "grids": grids}))
        >>> found = analysis.build().sel(m_4=2.0).nusterile.interval(cl=0.9).squeeze()
        >>> f"{found.limit_low.item():.2e} to {found.limit.item():.2e}"
        '1.06e-06 to 3.35e-06'
        """
        level = single(CL, levels_of(cl))
        degrees = int(single(DOF, degrees_of(dof)))
        if method == "exact":
            found = self._solved(level, degrees)[list(_INTERVAL)]
        elif method == "stored" and self._content == UNIFIED_CONTENT:
            found = self._of_toys(list(_UNIFIED.values()), level, degrees)
        elif method == "stored":
            found = self._stored_interval(level, degrees)
        else:
            raise InputError(f"method = '{method}': expected 'stored' or 'exact'")
        found.attrs = {CL: level, DOF: degrees}
        return found

    def bands(self, cl: float = 0.9) -> xr.Dataset:
        """Median and bands of the limit that toys without a signal give.

        Parameters
        ----------
        cl : float
            Confidence level, one of those of the study.

        Returns
        -------
        Dataset
            ``expected`` (the median), ``low_68`` and ``high_68``, ``low_95`` and ``high_95``, each
            (selection, flavor, m_4), Bohr magnetons; NaN where more toys than that have no limit.

        Raises
        ------
        InputError
            If this is no product of ``nusterile toys expected``, or holds no such level.

        Examples
        --------
        >>> few = {"selection": "xenonnt_sr0", "flavor": "effective", "m_4": 0.1, "toys": 64}
        >>> bands = Analysis().toys("expected", **few).nusterile.bands().squeeze()
        >>> bool(bands.low_95 < bands.low_68 < bands.expected < bands.high_68 < bands.high_95)
        True
        """
        level = single(CL, levels_of(cl))
        self._require(EXPECTED_LIMIT, QUANTILE)
        found = self._of_toys([EXPECTED_LIMIT], level, None)[EXPECTED_LIMIT]
        bands = {
            name: found.sel({QUANTILE: share}, method="nearest", drop=True)
            for name, share in _BANDS.items()
        }
        return xr.Dataset(bands, attrs={CL: level})

    @property
    def _content(self) -> str:
        return str(self._dataset.attrs.get(CONTENT, ""))

    def _of_toys(self, names: Sequence[str], level: float, degrees: int | None) -> xr.Dataset:
        """What a study found at one of its levels, by the names of other limits."""
        held = self._dataset.rename(
            {old: new for old, new in _UNIFIED.items() if old in self._dataset}
        )[list(names)]
        index = level_index(np.atleast_1d(held[CL].values), level)
        if index is None:
            levels = ", ".join(f"{value:g}" for value in np.atleast_1d(held[CL].values))
            raise InputError(f"cl = {level:g}: the study holds cl = {levels}; run it again")
        found = held.isel({CL: index}) if CL in held.dims else held
        if degrees is not None and DOF in held.coords:
            known = np.atleast_1d(held[DOF].values)
            if degrees not in known:
                of = ", ".join(f"{int(value)}" for value in known)
                raise InputError(f"dof = {degrees}: the study holds dof = {of}; run it again")
            found = found.sel({DOF: degrees}) if DOF in found.dims else found
        return found.drop_vars([CL, DOF], errors="ignore")

    def _stored_interval(self, level: float, degrees: int) -> xr.Dataset:
        self._require(LIMIT, LIMIT_STATUS)
        missing = [name for name in _INTERVAL if name not in self._dataset]
        if missing:
            version = self._dataset.attrs.get("schema_version")
            why = f"a product of schema version {version}" if version == 1 else "this dataset"
            raise InputError(
                f"{why} holds no {' and no '.join(missing)}: use interval(method='exact'), "
                "which solves for them again, or build the product again"
            )
        found = self._stored(_INTERVAL, level, degrees)
        if found is None:
            held = ", ".join(f"{value:g}" for value in np.atleast_1d(self._dataset[CL].values))
            of = ", ".join(f"{int(value)}" for value in np.atleast_1d(self._dataset[DOF].values))
            raise InputError(
                f"cl = {level:g}, dof = {degrees}: the product holds cl = {held} for dof = {of}; "
                "use interval(method='exact'), which solves for them again"
            )
        return found

    def _scan_limit(self, level: float, degrees: int) -> xr.DataArray:
        self._require(CHI2, CHI2_MIN, MU_BEST, MU)
        moments = np.atleast_1d(self._dataset.mu.values).astype(float)
        if moments.size < 2 or np.any(np.diff(moments) <= 0):
            raise InputError(
                "a limit from the scan needs several increasing moments mu; select none of them, "
                "or use method='exact'"
            )
        fewest = points_per_decade(moments)
        if fewest < ENOUGH_PER_DECADE:
            stored = self._stored([LIMIT], level, degrees) if LIMIT in self._dataset else None
            if stored is not None:
                return stored[LIMIT]
            warnings.warn(
                f"the grid of moments has {fewest:.2g} points a decade, too few for a limit "
                f"from the scan at cl = {level:g} (at {ENOUGH_PER_DECADE} it is good to 3e-3); use "
                "limit(method='exact')",
                stacklevel=3,
            )
        found: xr.DataArray = xr.apply_ufunc(
            crossing,
            self.delta_chi2(degrees),  # type: ignore[arg-type]
            self._dataset.mu_best,
            kwargs={"moments": moments, "level": float(threshold(level, degrees))},
            input_core_dims=[[MU], []],
            dask="parallelized",
            dask_gufunc_kwargs={"allow_rechunk": True},
            output_dtypes=[float],
        )
        return found

    def _stored(self, names: Sequence[str], level: float, degrees: int) -> xr.Dataset | None:
        """What was root-found at a level, where the dataset holds it."""
        held = self._dataset[list(names)]
        index = level_index(np.atleast_1d(held[CL].values), level)
        places = np.flatnonzero(np.atleast_1d(held[DOF].values) == degrees)
        if index is None or not places.size:
            return None
        at = {CL: index, DOF: int(places[0])}
        found = held.isel({name: place for name, place in at.items() if name in held.dims})
        return found.drop_vars(list(at), errors="ignore")

    def _solved(self, level: float, degrees: int) -> xr.Dataset:
        """Limits on the axes of the dataset, solved for with the stored configuration."""
        axes = (SELECTION, FLAVOR, M_4)
        self._require(*axes)
        part = {name: self._dataset[name] for name in axes}
        found = self.analysis().limits(
            selection=[str(name) for name in np.atleast_1d(part[SELECTION].values)],
            flavor=[str(name) for name in np.atleast_1d(part[FLAVOR].values)],
            m_4=np.atleast_1d(part[M_4].values),
            cl=level,
            dof=degrees,
        )
        result = found.isel(cl=0, dof=0, drop=True)
        return result.isel({name: 0 for name in axes if part[name].ndim == 0})

    def _require(self, *names: str) -> None:
        """Raise InputError for a part that lacks what a result needs."""
        for name in names:
            if name not in self._dataset.variables:
                if self._content in TOY_CONTENTS:
                    raise InputError(
                        f"a study of kind '{self._content}' holds no '{name}', but "
                        f"{', '.join(map(str, self._dataset.data_vars))}"
                    )
                raise InputError(
                    f"this dataset has no '{name}': it is no product, or a part without it"
                )

    def events(self) -> xr.DataArray:
        """Expected events in each bin: neutrinos and background at nominal pulls.

        Returns
        -------
        DataArray
            (experiment, flavor, m_4, mu, bin) of what the dataset holds.

        Raises
        ------
        InputError
            If the dataset lacks what it needs.

        Examples
        --------
        >>> import nusterile
        >>> grids = {"m_4": {"values": [0.1]}, "mu": {"low": 1e-12, "high": 1e-9, "points": 61}}
        >>> small = Analysis().with_changes(experiments=["xenonnt_sr0"], grids=grids)
        >>> product = small.build()
        >>> product.nusterile.events().dims
        ('experiment', 'flavor', 'm_4', 'mu', 'bin')
        """
        self._require(RATE, BACKGROUND, EXPOSURE, BIN_LOW, BIN_HIGH)
        data = self._dataset
        per_bin = data.exposure * (data.bin_high - data.bin_low)
        background = data.background
        # NaN where an experiment lacks a component
        if COMPONENT in background.dims:
            background = background.sum(COMPONENT)
        else:
            background = background.fillna(0.0)
        events = (data.rate + background) * per_bin
        found: xr.DataArray = (
            events.transpose(*data.rate.dims)
            .rename("events")
            .assign_attrs(units="1", long_name="expected events, nominal pulls")
        )
        return found

    def spectrum(
        self,
        experiment: str,
        flavor: str,
        m_4: float,
        mu: float,
        selection: str | None = None,
    ) -> xr.Dataset:
        """Expected events of one experiment at the nearest grid point.

        Parameters
        ----------
        experiment, flavor : str
            Experiment and flavour.
        m_4 : float
            Sterile mass, MeV.
        mu : float
            Transition moment, Bohr magnetons.
        selection : str, optional
            Apply the best-fit pulls of this fit; nominal pulls without.

        Returns
        -------
        Dataset
            ``counts``, ``sm``, ``dipole``, ``background`` (component, bin), ``total`` and
            ``chi2`` (what each bin adds to it, without the pulls' penalty); ``bin_low`` and
            ``bin_high`` in keV; the grid point as coordinates.

        Raises
        ------
        InputError
            If a name is unknown, the point lies beyond the grids, or the selection does not
            hold the experiment.

        Examples
        --------
        >>> import nusterile
        >>> grids = {"m_4": {"values": [0.1]}, "mu": {"low": 1e-12, "high": 1e-9, "points": 61}}
        >>> small = Analysis().with_changes(experiments=["xenonnt_sr0"], grids=grids)
        >>> product = small.build()
        >>> spectrum = product.nusterile.spectrum("xenonnt_sr0", "e", 0.1, 1e-11)
        >>> spectrum.total.dims, float(spectrum.bin_low[0])
        (('bin',), 1.0)
        """
        slices = self.slices
        for what, name, known in (
            (EXPERIMENT, experiment, slices.experiments),
            (FLAVOR, flavor, slices.flavors),
        ):
            require_name(what, name, known)
        i, j = slices.nearest(
            inside(M_4, single(M_4, masses_of(m_4)), slices.masses),
            inside(MU, single(MU, moments_of(mu)), slices.moments),
        )
        events = slices.spectrum(experiment, flavor, i, j)
        point = {
            EXPERIMENT: experiment,
            FLAVOR: flavor,
            M_4: float(slices.masses[i]),
            MU: float(slices.moments[j]),
        }
        if selection is None:
            return events.labelled(point)
        require_name(SELECTION, selection, slices.selections)
        members = slices.members[selection]
        if members:
            require_held(experiment, selection, members)
        fitted = slices.fitted(events, experiment, selection, flavor, i, j)
        if fitted is None:
            raise InputError(
                f"the product holds no pulls of {selection} for {experiment} at m_4 = "
                f"{point[M_4]:g} MeV, mu = {point[MU]:g} bohr_magneton: its fit found no minimum"
            )
        return fitted.labelled({**point, SELECTION: selection})
