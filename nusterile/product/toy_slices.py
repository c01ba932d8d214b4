"""Slices of a study with toys, as plain arrays: what it says of one fit at one level.

`ToySlices` stands to a product of toys as `Slices` to a scan. It says what a product lacks in
words, and never takes the nearest level or another flavour in its place.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.arrays import Floats
from nusterile.product.kinds import content_of, require_content
from nusterile.product.labels import labels_of_selections
from nusterile.product.schema import with_all_axes
from nusterile.statistics.intervals import level_index
from nusterile.vocabulary import (
    CL,
    COVERAGE,
    DOF,
    EXPECTED_LIMIT,
    FLAVOR,
    FLAVOR_SYMBOLS,
    INTERVAL_HIGH,
    INTERVAL_LOW,
    INTERVAL_STATUS,
    LIMIT,
    LIMIT_STATUS,
    M_4,
    MU,
    N_TOYS,
    P_GLOBAL,
    P_LOCAL,
    POWER_CONSTRAINED,
    Q0,
    QUANTILE,
    QUANTILES,
    SELECTION,
    STATEMENT,
    TOY_CONTENTS,
    Z_GLOBAL,
)

__all__ = ["Significance", "ToySlices"]


class Significance(NamedTuple):
    """How much the data of one fit prefer a moment.

    Attributes
    ----------
    q0 : ndarray, shape (n_m,)
        χ² without a moment above its minimum over the moment, at each mass.
    p_local, p_global, z_global : float
        Share of toys that go as far at the mass of the largest q₀ and at any mass, and the
        standard deviations of the latter.
    """

    q0: Floats
    p_local: float
    p_global: float
    z_global: float


class ToySlices:
    """Arrays of a study with toys.

    Parameters
    ----------
    dataset : Dataset
        A product of one of the kinds of toys.

    Raises
    ------
    ProductError
        If it is of another kind.
    """

    def __init__(self, dataset: xr.Dataset) -> None:
        require_content(dataset, "the product", *TOY_CONTENTS)
        self._dataset = dataset = with_all_axes(dataset)
        self.kind = content_of(dataset)
        self.masses: Floats = dataset[M_4].values.astype(float)
        self.selections = tuple(map(str, dataset[SELECTION].values))
        self.flavors = tuple(map(str, dataset[FLAVOR].values))
        self.levels: Floats = dataset[CL].values if CL in dataset.coords else np.array([])
        self.degrees = tuple(map(int, dataset[DOF].values)) if DOF in dataset.coords else (1,)
        self.statements = (
            tuple(map(str, dataset[STATEMENT].values)) if STATEMENT in dataset.coords else ()
        )
        self.seed = int(dataset.attrs["seed"])
        held = dataset[QUANTILE].values if QUANTILE in dataset.coords else np.array([])
        self._quantiles = tuple(level_index(held, wanted) for wanted in QUANTILES)
        self._arrays: dict[str, tuple[tuple[str, ...], NDArray[Any]]] = {}
        self._last_level: tuple[float, int | None] = (np.nan, None)

    @cached_property
    def selection_labels(self) -> dict[str, str]:
        """Text for people of each selection."""
        return labels_of_selections(self._dataset)

    @cached_property
    def toys(self) -> str:
        """Number of toys of a truth, as a text: ``300``, or ``300 to 1,200``."""
        numbers = self._dataset[N_TOYS].values
        low, high = int(numbers.min()), int(numbers.max())
        return f"{low:,}" if low == high else f"{low:,} to {high:,}"

    @cached_property
    def moments(self) -> Floats:
        """Moments that the study is about: its truths, else where its limits lie."""
        if MU in self._dataset.coords:
            return np.asarray(self._dataset[MU].values, dtype=float)
        if EXPECTED_LIMIT in self._dataset:
            values = self._dataset[EXPECTED_LIMIT].values
            found = values[np.isfinite(values) & (values > 0)]
            if found.size:
                return np.array([found.min() / 2, 2 * found.max()])
        return np.array([])

    def lacks(self, selection: str, flavor: str, cl: float, dof: int) -> str:
        """Say what the study does not hold of a fit at a level; empty where it holds it."""
        if selection not in self.selections:
            return "not computed for these data"
        if flavor not in self.flavors:
            return f"not computed for {FLAVOR_SYMBOLS.get(flavor, flavor)}"
        if not self.levels.size:
            return ""
        if dof not in self.degrees:
            there = " and ".join(f"{degree}" for degree in self.degrees)
            return f"for {there} dof only, not for {dof}"
        if self._level_index(cl) is None:
            there = ", ".join(f"{100 * level:.4g}" for level in self.levels)
            return f"for {there} % CL only, not for {100 * cl:.4g} %"
        return ""

    def bands(self, selection: str, flavor: str, cl: float) -> Floats:
        """Quantiles of the expected limit, shape (n_m, 5), in the order of `QUANTILES`.

        NaN for a quantile that the product lacks.
        """
        values = self._values(EXPECTED_LIMIT, selection, flavor, cl)
        found = np.full((self.masses.size, len(QUANTILES)), np.nan)
        for place, number in enumerate(self._quantiles):
            if number is not None:
                found[:, place] = values[:, number]
        return found

    def interval(
        self, selection: str, flavor: str, cl: float, dof: int
    ) -> tuple[Floats, Floats, NDArray[np.str_]]:
        """Lower and upper end of the unified interval and its status, each shape (n_m,)."""
        at = self.degrees.index(dof)
        low, high, status = (
            self._values(name, selection, flavor, cl)[:, at]
            for name in (INTERVAL_LOW, INTERVAL_HIGH, INTERVAL_STATUS)
        )
        return low, high, status.astype(str)

    def cls(
        self, selection: str, flavor: str, cl: float
    ) -> tuple[Floats, Floats, NDArray[np.str_]]:
        """CL_s limit, power-constrained limit and status of the former, each shape (n_m,)."""
        limit, constrained, status = (
            self._values(name, selection, flavor, cl)
            for name in (LIMIT, POWER_CONSTRAINED, LIMIT_STATUS)
        )
        return limit, constrained, status.astype(str)

    def coverage(self, selection: str, flavor: str, cl: float, statement: str) -> Floats:
        """Share of toys whose statement holds the truth, shape (n_m, n_mu)."""
        at = self.statements.index(statement)
        return np.asarray(self._values(COVERAGE, selection, flavor, cl)[..., at])

    def significance(self, selection: str, flavor: str) -> Significance:
        """How much the data prefer a moment."""
        at = self.selections.index(selection), self.flavors.index(flavor)
        p_local, p_global, z_global = (
            float(self._array(name)[1][at]) for name in (P_LOCAL, P_GLOBAL, Z_GLOBAL)
        )
        return Significance(self._array(Q0)[1][at], p_local, p_global, z_global)

    def _values(self, name: str, selection: str, flavor: str, cl: float) -> NDArray[Any]:
        """Values of a variable for one fit and level; its other axes remain."""
        axes, values = self._array(name)
        at = {
            SELECTION: self.selections.index(selection),
            FLAVOR: self.flavors.index(flavor),
            CL: self._level_index(cl),
        }
        found: NDArray[Any] = values[tuple(at.get(axis, slice(None)) for axis in axes)]
        return found

    def _level_index(self, cl: float) -> int | None:
        """Position of a level, looked for once: a cursor that moves asks again and again."""
        if cl != self._last_level[0]:
            self._last_level = (cl, level_index(self.levels, cl))
        return self._last_level[1]

    def _array(self, name: str) -> tuple[tuple[str, ...], NDArray[Any]]:
        """Names of the axes and values of a variable, taken out of the dataset once."""
        if name not in self._arrays:
            variable = self._dataset[name]
            self._arrays[name] = (tuple(map(str, variable.dims)), variable.values)
        return self._arrays[name]
