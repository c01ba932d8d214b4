"""The accessor ``ds.nusterile``: from a product to limits, Δχ² and events."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np
import xarray as xr

from nusterile.analysis import Analysis
from nusterile.arguments import degrees_of, levels_of, single
from nusterile.config import Configuration
from nusterile.constants import MU_REFERENCE
from nusterile.errors import InputError
from nusterile.labels import ATTRIBUTES
from nusterile.limits import threshold
from nusterile.product import stored_configuration
from nusterile.scan_limits import crossing
from nusterile.slices import Slices

__all__ = ["ProductAccessor"]


@xr.register_dataset_accessor("nusterile")
class ProductAccessor:
    """Physics of a product, by its own names.

    Parameters
    ----------
    dataset : Dataset
        A product, or a part of one.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        self._dataset = dataset

    @property
    def config(self) -> Configuration:
        """The configuration that the product was made from."""
        return stored_configuration(self._dataset)

    def analysis(self) -> Analysis:
        """Return the analysis that the product came from, to compute more."""
        return Analysis.from_product(self._dataset)

    @cached_property
    def slices(self) -> Slices:
        """Plain arrays for slicing at one grid point after another."""
        return Slices(self._dataset)

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
        """
        degrees = int(single("dof", degrees_of(dof)))
        self._require("chi2", "chi2_min")
        lowest = self._dataset.chi2_min
        if degrees == 2:
            if lowest.sizes.get("m_4") != self.config.grids.m_4.size:
                raise InputError(
                    "dof = 2 compares with the best fit at any mass and needs every mass of the "
                    "product: select masses after delta_chi2 or limit, or use "
                    "limit(method='exact')"
                )
            lowest = lowest.min("m_4")
        delta = (self._dataset.chi2 - lowest).transpose(*self._dataset.chi2.dims)
        return delta.rename("delta_chi2").assign_attrs(
            units="1", long_name=f"delta chi-square, {degrees} degree(s) of freedom"
        )

    def limit(
        self,
        cl: float = 0.9,
        dof: Literal[1, 2] = 1,
        *,
        method: Literal["scan", "exact"] = "scan",
    ) -> xr.DataArray:
        """Upper limit at any confidence level.

        Parameters
        ----------
        cl : float
            Confidence level.
        dof : {1, 2}
            Degrees of freedom.
        method : {'scan', 'exact'}
            ``scan``: interpolated in the stored scan, NaN beyond its grid of moments; on the
            default grid within 3e-3 of the exact one, mostly 5e-4. ``exact``: solved for
            again with the stored configuration.

        Returns
        -------
        DataArray
            (selection, flavor, m_4), Bohr magnetons, NaN where there is no limit.
        """
        level = single("cl", levels_of(cl))
        degrees = int(single("dof", degrees_of(dof)))
        if method == "exact":
            limit = self._exact_limit(level, degrees)
        elif method == "scan":
            limit = self._scan_limit(level, degrees)
        else:
            raise InputError(f"method = '{method}': expected 'scan' or 'exact'")
        attributes = {**ATTRIBUTES["limit"], "cl": level, "dof": degrees}
        return limit.rename("limit").assign_attrs(attributes)

    def _scan_limit(self, level: float, degrees: int) -> xr.DataArray:
        self._require("chi2", "chi2_min", "mu_best", "mu")
        moments = np.atleast_1d(self._dataset.mu.values)
        if moments.size < 2 or np.any(np.diff(moments) <= 0):
            raise InputError(
                "a limit from the scan needs several increasing moments mu; select none of them, "
                "or use method='exact'"
            )
        return xr.apply_ufunc(
            crossing,
            self.delta_chi2(degrees),  # type: ignore[arg-type]
            self._dataset.mu_best,
            kwargs={"moments": moments, "level": float(threshold(level, degrees))},
            input_core_dims=[["mu"], []],
        )

    def _exact_limit(self, level: float, degrees: int) -> xr.DataArray:
        axes = ("selection", "flavor", "m_4")
        self._require(*axes)
        part = {name: self._dataset[name] for name in axes}
        found = self.analysis().limits(
            selection=[str(name) for name in np.atleast_1d(part["selection"].values)],
            flavor=[str(name) for name in np.atleast_1d(part["flavor"].values)],
            m_4=np.atleast_1d(part["m_4"].values),
            cl=level,
            dof=degrees,
        )
        limit = found.limit.isel(cl=0, dof=0, drop=True)
        return limit.isel({name: 0 for name in axes if part[name].ndim == 0})

    def _require(self, *names: str) -> None:
        """Raise InputError for a part that lacks what a result needs."""
        for name in names:
            if name not in self._dataset.variables:
                raise InputError(
                    f"this dataset has no '{name}': it is no product, or a part without it"
                )

    def events(self) -> xr.DataArray:
        """Expected events in each bin: neutrinos and background at nominal pulls.

        Returns
        -------
        DataArray
            (experiment, flavor, m_4, mu, bin) of what the dataset holds.
        """
        self._require("rate", "background", "exposure", "bin_low", "bin_high")
        data = self._dataset
        per_bin = data.exposure * (data.bin_high - data.bin_low)
        background = data.background
        # NaN where an experiment lacks a component
        if "component" in background.dims:
            background = background.sum("component")
        else:
            background = background.fillna(0.0)
        events = (data.rate + background) * per_bin
        return (
            events.transpose(*data.rate.dims)
            .rename("events")
            .assign_attrs(units="1", long_name="expected events, nominal pulls")
        )

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
            ``chi2`` (what each bin adds to it, without the pulls' penalty).
        """
        data = self._dataset
        part = data.sel(experiment=experiment, flavor=flavor).sel(m_4=m_4, mu=mu, method="nearest")
        part = part.isel(bin=np.flatnonzero(np.isfinite(part.bin_low.values)))
        part = part.isel(component=np.flatnonzero(part.background.notnull().all("bin").values))
        per_bin = part.exposure * (part.bin_high - part.bin_low)
        sm = part.rate_sm * per_bin
        dipole = part.rate_dipole * per_bin * (part.mu / MU_REFERENCE) ** 2
        background = part.background * per_bin
        if selection is not None:
            widths = xr.DataArray(self.slices.pull_widths, {"pull": data.pull}, dims="pull")
            shift = part.pulls.sel(selection=selection).astype(float) * widths
            own = [f"{experiment}:{name}" for name in part.component.values]
            background = background * (1 + shift.sel(pull=own).values[:, None])
            solar = 1 + shift.sel(pull="solar").item()
            sm, dipole = sm * solar, dipole * solar
        total = sm + dipole + background.sum("component")
        logarithm = xr.where(part.counts > 0, part.counts * np.log(part.counts / total), 0.0)
        events = {
            "counts": (part.counts, "observed events"),
            "sm": (sm, "expected solar neutrino events, Standard Model"),
            "dipole": (dipole, "expected dipole events"),
            "background": (background, "expected background events"),
            "total": (total, "expected events"),
            "chi2": (2 * (total - part.counts + logarithm), "contribution to chi-square"),
        }
        return xr.Dataset(
            {
                name: values.drop_vars("pull", errors="ignore").assign_attrs(
                    units="1", long_name=long_name
                )
                for name, (values, long_name) in events.items()
            }
        )
