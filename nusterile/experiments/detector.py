"""Detector response: from true recoil energy to the content of each bin.

The recoil energy T is smeared with a Gaussian of width σ(T); the efficiency acts on
the true energy before, or on the reconstructed energy after. The content of a bin is
the exact integral over it: a difference of error functions, and for a piecewise linear
efficiency of reconstructed energy of error functions and Gaussians.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from nusterile.arguments import MEMORY_LIMIT
from nusterile.errors import InputError
from nusterile.experiments.experiment import Experiment
from nusterile.physics.xenon import xenon

__all__ = ["Detector"]

RateFunction = Callable[[NDArray[np.float64]], NDArray[np.float64]]

#: Reach of the Gaussian in units of σ; its tail beyond holds 1e-19.
_REACH = 9.0
#: Gauss-Legendre nodes per cell. Cells end at every energy where the response or Z_eff
#: is not smooth and are narrower than σ/2, so eight nodes leave some 1e-12.
_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(8)
_CELL_WIDTH_IN_SIGMA = 0.5
_CELL_WIDTH_RELATIVE = 0.25
#: Arrays of the size of the response that exist at a time, about.
_ARRAYS = 6
#: Bounds that only a mistaken resolution reaches: cells of the grid, and how far
#: beyond the last energy of the experiment recoils are followed.
_MOST_CELLS = 20_000
_LARGEST_STRETCH = 100.0


class Detector:
    """Response matrix of an experiment on a grid of recoil energies.

    Parameters
    ----------
    experiment : Experiment
        Bins, efficiency and resolution.
    refinement : int
        Divides every cell of the grid into this many; for checks of the quadrature.

    Attributes
    ----------
    energy : ndarray, shape (n_T,)
        Nodes of the recoil energy, keV.
    matrix : ndarray, shape (n_bin + 1, n_T)
        Response times quadrature weight; the last row is the whole region of interest
        (every energy with non-zero efficiency).
    """

    def __init__(self, experiment: Experiment, refinement: int = 1) -> None:
        self._experiment = experiment
        self._cells = _cell_edges(experiment, refinement)
        self.energy, weight = _gauss(self._cells)
        self._require_memory()
        self.matrix = self.response(self.energy) * weight

    def _require_memory(self) -> None:
        """Refuse bins and a resolution whose matrix would not fit into memory."""
        experiment = self._experiment
        rows = experiment.bin_edges.size
        if experiment.efficiency_acts_on == "reconstructed":
            rows += experiment.efficiency_energy.size
        size = rows * self.energy.size * 8 * _ARRAYS
        if size > MEMORY_LIMIT:
            raise InputError(
                f"experiment {experiment.name}: {experiment.n_bins} bins, an efficiency of "
                f"{experiment.efficiency.size} rows and {self.energy.size} recoil energies need "
                f"{size / 2**30:.3g} GiB of memory (at most {MEMORY_LIMIT / 2**30:g} GiB); use "
                "wider bins and fewer rows, or check the resolution"
            )

    def response(self, recoil_energy: ArrayLike) -> NDArray[np.float64]:
        """Probability that a recoil is counted in each bin.

        Parameters
        ----------
        recoil_energy : array_like
            True energy T > 0, keV, shape (n_T,).

        Returns
        -------
        ndarray
            Shape (n_bin + 1, n_T), the last row for the whole region of interest.
        """
        T = np.asarray(recoil_energy, dtype=float)
        sigma = self._experiment.resolution(T)
        if not np.all(sigma > 0):
            bad = T[np.argmin(sigma)]
            raise InputError(
                f"experiment {self._experiment.name}: the resolution is {sigma.min():g} keV at "
                f"{bad:g} keV; it must be positive up to {self._cells[-1]:g} keV"
            )
        edges = self._experiment.bin_edges
        nodes, efficiency = self._experiment.efficiency_energy, self._experiment.efficiency
        if self._experiment.efficiency_acts_on == "true":
            cumulative = ndtr((edges[:, None] - T) / sigma)
            accepted = np.interp(T, nodes, efficiency, left=0.0, right=0.0)
            return np.vstack([np.diff(cumulative, axis=0) * accepted, accepted])
        # Segments on which the efficiency is linear: between its nodes and the bin edges.
        bounds = np.unique(np.concatenate([edges, nodes]))
        u, v = bounds[:-1], bounds[1:]
        middle = (u + v) / 2
        covered = (middle > nodes[0]) & (middle < nodes[-1])
        at_u = np.where(covered, np.interp(u, nodes, efficiency), 0.0)
        at_v = np.where(covered, np.interp(v, nodes, efficiency), 0.0)
        slope = (at_v - at_u) / (v - u)
        z = (bounds[:, None] - T) / sigma
        gaussian = np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi)
        segment = (at_u[:, None] + slope[:, None] * (T - u[:, None])) * np.diff(ndtr(z), axis=0)
        segment -= slope[:, None] * sigma * np.diff(gaussian, axis=0)
        cumulative = np.vstack([np.zeros_like(T), segment.cumsum(axis=0)])
        at_edges = cumulative[np.searchsorted(bounds, edges)]
        return np.vstack([np.diff(at_edges, axis=0), cumulative[-1]])

    def fold(
        self, rate: RateFunction, edges: ArrayLike = ()
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Fold a rate with the response.

        Parameters
        ----------
        rate : callable
            Maps recoil energies in keV, shape (n,), to dR/dT in 1/(t yr keV), shape (..., n).
        edges : array_like, optional
            Recoil energies (keV) at which the rate is not smooth; the cells that hold
            one are divided there.

        Returns
        -------
        per_bin : ndarray, shape (..., n_bin)
            Events per tonne year in each bin.
        total : ndarray, shape (...)
            Events per tonne year in the whole region of interest.
        """
        breaks = np.unique(np.asarray(edges, dtype=float))
        breaks = breaks[(breaks > self._cells[0]) & (breaks < self._cells[-1])]
        breaks = np.setdiff1d(breaks, self._cells)
        values = np.asarray(rate(self.energy))
        if breaks.size == 0:
            folded = values @ self.matrix.T
            return folded[..., :-1], folded[..., -1]
        cut = np.unique(np.searchsorted(self._cells, breaks)) - 1
        whole = np.ones(self._cells.size - 1, dtype=bool)
        whole[cut] = False
        folded = (values * np.repeat(whole, _GAUSS_NODES.size)) @ self.matrix.T
        pieces = [
            _gauss(
                np.concatenate(
                    [
                        [low],
                        breaks[(breaks > low) & (breaks < high)],
                        [high],
                    ]
                )
            )
            for low, high in zip(self._cells[cut], self._cells[cut + 1], strict=True)
        ]
        energy = np.concatenate([piece[0] for piece in pieces])
        weight = np.concatenate([piece[1] for piece in pieces])
        folded += np.asarray(rate(energy)) @ (self.response(energy) * weight).T
        return folded[..., :-1], folded[..., -1]

    def reconstructed_fraction(self, low: float, high: float) -> NDArray[np.float64]:
        """Share of a flat reconstructed spectrum on [low, high] (keV) in each bin."""
        edges = np.clip(self._experiment.bin_edges, low, high)
        return np.diff(edges) / (high - low)


def _gauss(edges: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights of Gauss-Legendre quadrature on every cell, flattened."""
    half = np.diff(edges)[:, None] / 2
    nodes = edges[:-1, None] + half * (1 + _GAUSS_NODES)
    return nodes.ravel(), (half * _GAUSS_WEIGHTS).ravel()


def _cell_edges(experiment: Experiment, refinement: int) -> NDArray[np.float64]:
    """Cells of the recoil energy: smooth inside, narrow against the resolution."""
    lowest = xenon().binding_energies[0]
    nodes = experiment.efficiency_energy
    if experiment.efficiency_acts_on == "true":
        start, stop = max(lowest, nodes[0]), nodes[-1]
        breaks = np.concatenate([xenon().binding_energies, nodes])
    else:
        start, stop = lowest, max(nodes[-1], experiment.bin_edges[-1])
        top = stop
        while stop - top < _REACH * float(experiment.resolution(np.array(stop))):
            stop *= 1.05
            if stop > _LARGEST_STRETCH * top:
                raise InputError(
                    f"experiment {experiment.name}: the resolution grows so fast that recoils of "
                    f"{stop:g} keV still reach {top:g} keV; check its parameters"
                )
        breaks = xenon().binding_energies
    probe = np.linspace(start, stop, 1000)
    width = experiment.resolution(probe)
    if not np.all(width > 0):
        raise InputError(
            f"experiment {experiment.name}: the resolution is {width.min():g} keV at "
            f"{probe[np.argmin(width)]:g} keV; it must be positive up to {stop:.3g} keV"
        )
    bounds = np.unique(np.concatenate([[start, stop], breaks[(breaks > start) & (breaks < stop)]]))
    cells = [bounds[:1]]
    total = 0
    for low, high in pairwise(bounds):
        sigma = np.min(experiment.resolution(np.linspace(low, high, 5)))
        widest = max(min(_CELL_WIDTH_IN_SIGMA * sigma, _CELL_WIDTH_RELATIVE * low), 1e-6)
        count = refinement * max(1, int(np.ceil((high - low) / widest)))
        total += count
        if total > refinement * _MOST_CELLS:
            raise InputError(
                f"experiment {experiment.name}: the resolution falls to {sigma:g} keV between "
                f"{low:g} and {high:g} keV, too little to resolve that range; check its parameters"
            )
        cells.append(np.linspace(low, high, count + 1)[1:])
    return np.concatenate(cells)
