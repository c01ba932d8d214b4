"""Grids of masses and moments, and levels of confidence, on which a product stands."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, NonNegativeFloat, PositiveFloat, field_validator, model_validator

from nusterile.arguments import LARGEST_MASS, LARGEST_MOMENT, SMALLEST_MOMENT
from nusterile.files.settings import StrictModel
from nusterile.vocabulary import CL, M_4, MU

__all__ = ["Grid", "GridSettings", "OpenFraction"]

OpenFraction = Annotated[float, Field(gt=0, lt=1)]

#: Smallest relative step of a logarithmic grid, far above the rounding of its points.
_SMALLEST_STEP = 1e-13


class Grid(StrictModel):
    """A logarithmic grid, or the values themselves."""

    low: PositiveFloat | None = None
    high: PositiveFloat | None = None
    points: Annotated[int, Field(ge=1, le=10**12)] | None = None
    values: tuple[NonNegativeFloat, ...] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.values is not None:
            if (self.low, self.high, self.points) != (None, None, None):
                raise ValueError("give either values or low, high and points")
            if not self.values or any(a >= b for a, b in pairwise(self.values)):
                raise ValueError("values must be increasing and at least one")
            return self
        if self.low is None or self.high is None or self.points is None:
            raise ValueError("low, high and points are needed (or values)")
        if self.points == 1 and self.low != self.high:
            raise ValueError(
                f"points = 1 leaves out high = {self.high:g}; expected points of 2 or more, or "
                "high = low"
            )
        if self.points > 1:
            if not self.low < self.high:
                raise ValueError(f"low = {self.low:g} must lie below high = {self.high:g}")
            if math.log(self.high / self.low) < self.points * _SMALLEST_STEP:
                raise ValueError(f"{self.points} points do not fit between low and high")
        return self

    @property
    def size(self) -> int:
        """Number of points, known without making them."""
        return len(self.values) if self.values is not None else int(self.points or 0)

    @property
    def ends(self) -> tuple[float, float]:
        """First and last point, known without making the others."""
        if self.values is not None:
            return self.values[0], self.values[-1]
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high if self.size > 1 else self.low

    def array(self) -> NDArray[np.float64]:
        """Return the points, shape (size,)."""
        if self.values is not None:
            return np.array(self.values, dtype=float)
        assert self.low is not None
        assert self.high is not None
        return np.geomspace(self.low, self.high, self.size)


class GridSettings(StrictModel):
    """Grids of the product: sterile mass in MeV, moment in Bohr magnetons."""

    m_4: Grid = Grid(low=1e-3, high=4.0, points=121)
    mu: Grid = Grid(low=1e-12, high=1e-6, points=181)
    cl: Annotated[tuple[OpenFraction, ...], Field(min_length=1)] = (0.90, 0.95, 0.99)

    @field_validator(M_4)
    @classmethod
    def _masses(cls, grid: Grid) -> Grid:
        if grid.ends[1] > LARGEST_MASS:
            raise ValueError(f"{grid.ends[1]:g} MeV is beyond {LARGEST_MASS:g} MeV")
        return grid

    @field_validator(MU)
    @classmethod
    def _moments(cls, grid: Grid) -> Grid:
        low, high = grid.ends
        if low == 0:
            raise ValueError("a moment of 0 has no place on the logarithmic axis mu")
        if low < SMALLEST_MOMENT or high > LARGEST_MOMENT:
            raise ValueError(
                f"moments lie between {SMALLEST_MOMENT:g} and {LARGEST_MOMENT:g} bohr_magneton"
            )
        return grid

    @field_validator(CL)
    @classmethod
    def _sorted(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if any(a >= b for a, b in pairwise(levels)):
            raise ValueError(f"{list(levels)} must increase, for instance [0.9, 0.95]")
        return levels
