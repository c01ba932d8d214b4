"""What every study has: cells of toys, a summary of each, and variables made of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nusterile.arrays import Floats
from nusterile.model.fits import Variables
from nusterile.model.predictions import Predictions, flavor_rows
from nusterile.model.toys.request import ToyRequest
from nusterile.statistics.likelihood import BestFit, Likelihood
from nusterile.statistics.toys.batches import Cell
from nusterile.statistics.toys.draws import Truth, stream_of
from nusterile.statistics.toys.truth import truth_of
from nusterile.vocabulary import FLAVOR, M_4, MU, SELECTION

__all__ = ["Fitted", "Study"]


class Fitted:
    """The data of a selection, and its templates for one flavour.

    Parameters
    ----------
    likelihood : Likelihood
        The χ².
    dipole : ndarray, shape (n_m, n_bin)
        Dipole events for unit strength at the masses of the request.
    grid : ndarray, shape (n_grid, n_bin)
        The same at the masses of the configuration.
    """

    def __init__(self, likelihood: Likelihood, dipole: Floats, grid: Floats) -> None:
        self.likelihood = likelihood
        self.dipole = dipole
        self.grid = grid

    @cached_property
    def best(self) -> BestFit:
        """Best fits of the data at the masses of the request."""
        return self.likelihood.best_fit(self.dipole)

    @cached_property
    def lowest(self) -> float:
        """Minimum of χ² over the masses of the configuration."""
        return float(np.min(self.likelihood.best_fit(self.grid).chi2))

    def chi2(self, mass: int, strength: Floats) -> Floats:
        """χ² of the data at strengths, which increase, and at one mass of the request."""
        rows = np.zeros(strength.size, dtype=int)
        return self.likelihood.profile(self.dipole[mass : mass + 1], rows, strength).chi2


class Study(ABC):
    """A study of one configuration.

    Parameters
    ----------
    predictions : Predictions
        What the configuration predicts.
    request : ToyRequest
        What is asked.

    Attributes
    ----------
    cells : tuple of Cell
        The toys that it takes, one after another along `axes`.
    axes : tuple of str
        Dimensions of the cells.
    shape : tuple of int
        How many cells there are along each of them.
    """

    axes: tuple[str, ...]
    shape: tuple[int, ...]

    def __init__(self, predictions: Predictions, request: ToyRequest) -> None:
        self.request = request
        self.signal = predictions.recoil_rates.interaction
        self._predictions = predictions
        rows = flavor_rows(request.flavors)
        grid = predictions.configuration.grids.m_4.array()
        self._fitted: dict[tuple[str, str], Fitted] = {}
        for name in request.selections:
            likelihood = predictions.likelihood(name)
            asked = predictions.dipole_events(name, request.masses)[rows]
            plane = predictions.dipole_events(name, grid)[rows]
            for flavor, templates, on_grid in zip(request.flavors, asked, plane, strict=True):
                self._fitted[name, flavor] = Fitted(likelihood, templates, on_grid)
        self.cells = tuple(self._cells())

    @abstractmethod
    def _cells(self) -> Iterator[Cell]:
        """The toys that it takes; sets `axes` and `shape`."""

    @abstractmethod
    def summary(self, number: int, values: Floats) -> Any:
        """Return what is kept of the toys of a cell.

        Parameters
        ----------
        number : int
            Number of the cell.
        values : ndarray, shape (n_toy, ...)
            As `fit_batch` gives them, without toys that failed.
        """

    @abstractmethod
    def error(self, summary: Any) -> float:
        """Return the largest Monte Carlo error of the answers of a cell."""

    @abstractmethod
    def variables(self, summaries: Sequence[Any]) -> Variables:
        """Return the variables of the product from the summaries of all cells."""

    def over_cells(self, values: Sequence[Any]) -> NDArray[np.generic]:
        """Give arrays of one shape, one a cell, the axes of the cells."""
        stacked = np.array(values)
        return stacked.reshape(*self.shape, *stacked.shape[1:])

    def _tested_points(self, *, plane: bool) -> Iterator[Cell]:
        """Return Δχ² of toys at each selection, flavour, mass and moment, where they are drawn.

        With `plane`, against the minimum over the masses of the configuration as well.
        """
        request, strength = self.request, self._strength()
        self.axes = (SELECTION, FLAVOR, M_4, MU)
        self.shape = (
            *(len(request.selections), len(request.flavors)),
            *(request.masses.size, strength.size),
        )
        for (name, flavor), fitted in self._fitted.items():
            for mass, dipole in zip(request.masses, fitted.dipole, strict=True):
                for moment, tested in zip(request.moments, strength, strict=True):
                    yield Cell(
                        "delta_chi2",
                        fitted.likelihood,
                        self._truth(fitted, dipole, float(tested)),
                        request.seed,
                        self._stream(name, flavor, float(mass), float(moment)),
                        dipole[None],
                        np.array([tested]),
                        np.empty(0),
                        fitted.grid if plane else None,
                    )

    def _strength(self) -> Floats:
        return self.signal.strength(self.request.moments)

    def _stream(self, *identity: object) -> int:
        return stream_of(self.request.study, *identity)

    def _truth(self, fitted: Fitted, dipole: Floats, strength: float) -> Truth:
        profiled = self.request.truth == "profiled"
        return truth_of(fitted.likelihood, dipole, strength, profiled=profiled)
