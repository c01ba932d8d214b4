"""The accessor ``ds.nusterile``: from a product to limits, Δχ² and events."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

import numpy as np
import xarray as xr

from nusterile.analysis import Analysis
from nusterile.arguments import levels_of
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
        lowest = self._dataset.chi2_min
        if dof == 2:
            if lowest.sizes.get("m_4") != self.config.grids.m_4.size:
                raise InputError(
                    "dof = 2 needs every mass of the product; select masses after delta_chi2"
                )
            lowest = lowest.min("m_4")
        elif dof != 1:
            raise InputError(f"dof = {dof}: expected 1 or 2")
        delta = (self._dataset.chi2 - lowest).transpose(*self._dataset.chi2.dims)
        return delta.rename("delta_chi2").assign_attrs(
            units="1", long_name=f"delta chi-square, {dof} degree(s) of freedom"
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
        level = float(levels_of(cl)[0])
        if method == "exact":
            part = self._dataset
            found = self.analysis().limits(
                selection=[str(s) for s in np.atleast_1d(part.selection.values)],
                flavor=[str(f) for f in np.atleast_1d(part.flavor.values)],
                m_4=part.m_4.values,
                cl=level,
                dof=dof,
            )
            return found.limit.isel(cl=0, dof=0)
        if method != "scan":
            raise InputError(f"method = '{method}': expected 'scan' or 'exact'")
        limit = xr.apply_ufunc(
            crossing,
            self.delta_chi2(dof),
            self._dataset.mu_best,
            kwargs={
                "moments": self._dataset.mu.values,
                "level": float(threshold(level, dof)),
            },
            input_core_dims=[["mu"], []],
        )
        attributes = {**ATTRIBUTES["limit"], "cl": level, "dof": dof}
        return limit.rename("limit").assign_attrs(attributes)

    def events(self) -> xr.DataArray:
        """Expected events in each bin: neutrinos and background at nominal pulls.

        Returns
        -------
        DataArray
            (experiment, flavor, m_4, mu, bin) of what the dataset holds.
        """
        data = self._dataset
        per_bin = data.exposure * (data.bin_high - data.bin_low)
        events = (data.rate + data.background.sum("component")) * per_bin
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
