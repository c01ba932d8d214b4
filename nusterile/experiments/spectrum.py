"""Expected and observed events of one experiment, before and after the fit's pulls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from nusterile.arrays import Floats
from nusterile.vocabulary import (
    ATTRIBUTES,
    BACKGROUND,
    BIN,
    BIN_HIGH,
    BIN_LOW,
    CHI2,
    COMPONENT,
    COUNTS,
    PURE_NUMBER,
)

__all__ = ["BinnedSpectrum"]


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
        Observed events; Standard Model and background where there are no data.
    sm, dipole : ndarray, shape (n_bin,)
        Expected neutrino events, Standard Model and dipole.
    background : ndarray, shape (n_component, n_bin)
        Expected background events.
    components : tuple of str
        Names of the background components.
    expected_only : bool
        Whether there are no data.
    """

    low: Floats
    high: Floats
    exposure: float
    counts: Floats
    sm: Floats
    dipole: Floats
    background: Floats
    components: tuple[str, ...]
    expected_only: bool = False

    def pulled(self, solar: float, background: ArrayLike) -> BinnedSpectrum:
        """Return the same with the pulls of a fit applied.

        Parameters
        ----------
        solar : float
            Relative shift of the solar neutrinos, Standard Model and dipole.
        background : array_like, shape (n_component,)
            Relative shift of each component.
        """
        scale = 1 + solar
        return replace(
            self,
            sm=self.sm * scale,
            dipole=self.dipole * scale,
            background=self.background * (1 + np.asarray(background, dtype=float))[:, None],
        )

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

    def labelled(self, point: Mapping[str, Any]) -> xr.Dataset:
        """Return the events as a labelled dataset.

        Parameters
        ----------
        point : mapping of str to object
            Scalar coordinates that say which spectrum it is: experiment, flavour, mass, …

        Returns
        -------
        Dataset
            ``counts``, ``sm``, ``dipole``, ``background`` (component, bin), ``total`` and
            ``chi2`` (what each bin adds to it, without the pulls' penalty); ``bin_low`` and
            ``bin_high`` in keV.
        """
        counted = "observed events"
        if self.expected_only:
            counted = "expected (Asimov) events without a dipole, in place of data"
        events = {
            COUNTS: (BIN, self.counts, counted),
            "sm": (BIN, self.sm, "expected solar neutrino events, Standard Model"),
            "dipole": (BIN, self.dipole, "expected dipole events"),
            BACKGROUND: ((COMPONENT, BIN), self.background, "expected background events"),
            "total": (BIN, self.total, "expected events"),
            CHI2: (BIN, self.contributions, "contribution to chi-square"),
        }
        return xr.Dataset(
            {
                name: (dims, values, {"units": PURE_NUMBER, "long_name": long_name})
                for name, (dims, values, long_name) in events.items()
            },
            coords={
                BIN: (BIN, np.arange(self.counts.size), ATTRIBUTES[BIN]),
                BIN_LOW: (BIN, self.low, ATTRIBUTES[BIN_LOW]),
                BIN_HIGH: (BIN, self.high, ATTRIBUTES[BIN_HIGH]),
                COMPONENT: (COMPONENT, np.array(self.components, dtype=object)),
                **{name: ((), value, ATTRIBUTES[name]) for name, value in point.items()},
            },
        )
