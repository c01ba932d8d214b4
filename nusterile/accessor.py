"""The accessor ``ds.nusterile``: from a product to limits, Δχ² and events."""

from __future__ import annotations

from typing import Literal

import numpy as np
import xarray as xr

from nusterile.analysis import Analysis
from nusterile.arguments import levels_of
from nusterile.config import Configuration
from nusterile.errors import InputError
from nusterile.labels import ATTRIBUTES
from nusterile.limits import threshold
from nusterile.product import stored_configuration
from nusterile.scan_limits import crossing

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
