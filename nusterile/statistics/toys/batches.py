"""A batch of toys: drawn, fitted, and reduced to what a study needs of each toy.

A cell is a truth and what is fitted to its toys; a batch is some of its toys. The result of a
batch depends on its cell and its toys alone, so that batches can be computed anywhere and in any
order, and put together in the order of the toys.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from nusterile.arrays import Floats
from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.toys.draws import Toys, Truth, draw
from nusterile.statistics.toys.fits import fit

__all__ = [
    "Batch",
    "Cell",
    "Statistic",
    "batches_of",
    "fit_batch",
    "fit_batches",
    "fits_of_a_toy",
    "in_groups",
]

#: What is kept of each toy; see `fit_batch`.
Statistic = Literal["limits", "delta_chi2", "q", "q0"]

#: Fits of one batch, some tenths of a second.
_FITS = 60_000
#: Groups of a study, and the fits of one group, where there are very many of both.
_MOST_GROUPS, _MOST_FITS = 20_000, 50 * _FITS
#: Toys of a batch are a multiple of this one.
_LANES = 32


class Cell(NamedTuple):
    """A truth, and what is fitted to toys of it.

    Attributes
    ----------
    statistic : {"limits", "delta_chi2", "q", "q0"}
        What is kept of each toy.
    likelihood : Likelihood
        The χ²; its counts and centres are replaced by those of the toys.
    truth : Truth
        What the toys are drawn from.
    seed, stream : int
        Which random numbers, see `nusterile.statistics.toys.draws.draw`.
    dipole : ndarray, shape (n_template, n_bin)
        Dipole events for unit strength.
    strength : ndarray, shape (n_strength,)
        Strengths of the first template that are tested.
    critical : ndarray, shape (n_level,)
        Δχ² of the limits.
    plane : ndarray, shape (n_mass, n_bin), optional
        Templates over which the minimum is taken for two degrees of freedom.
    """

    statistic: Statistic
    likelihood: Likelihood
    truth: Truth
    seed: int
    stream: int
    dipole: Floats
    strength: Floats
    critical: Floats
    plane: Floats | None = None


class Batch(NamedTuple):
    """Some toys of a cell: its number, that of the first toy, and how many."""

    cell: int
    first: int
    n: int


def fits_of_a_toy(cell: Cell) -> int:
    """Return how many fits, about, a toy of a cell takes; a limit counts for two."""
    each = len(cell.dipole) * (1 + 2 * cell.critical.size) + cell.strength.size
    return each + (0 if cell.plane is None else len(cell.plane))


def batches_of(number: int, cell: Cell, first: int, n: int) -> list[Batch]:
    """Split toys of a cell into batches of some tenths of a second.

    Parameters
    ----------
    number : int
        Number of the cell.
    cell : Cell
        The cell.
    first, n : int
        Number of the first toy, and how many.
    """
    size = max(_FITS // fits_of_a_toy(cell) // _LANES, 1) * _LANES
    return [Batch(number, k, min(size, first + n - k)) for k in range(first, first + n, size)]


def in_groups(cells: Sequence[Cell], batches: Iterable[Batch]) -> list[tuple[Batch, ...]]:
    """Join small batches, one after another, to groups of some tenths of a second.

    Where there are many cells with few toys each, handing out every batch by itself would take
    longer than computing it. Of very many toys the groups are larger, of some seconds.
    """
    sized = [(batch, batch.n * fits_of_a_toy(cells[batch.cell])) for batch in batches]
    everything = sum(fits for _, fits in sized)
    size = max(_FITS, min(everything // _MOST_GROUPS, _MOST_FITS))
    groups: list[list[Batch]] = []
    room = 0
    for batch, fits in sized:
        if fits > room:
            groups.append([])
            room = size
        groups[-1].append(batch)
        room -= fits
    return [tuple(group) for group in groups]


def fit_batches(cells: tuple[Cell, ...], batches: tuple[Batch, ...]) -> list[Floats]:
    """Draw and fit some batches, see `fit_batch`."""
    return [fit_batch(cells, batch) for batch in batches]


def fit_batch(cells: tuple[Cell, ...], batch: Batch) -> Floats:
    """Draw and fit a batch of toys.

    Parameters
    ----------
    cells : tuple of Cell
        All cells of a study.
    batch : Batch
        Which toys of which cell.

    Returns
    -------
    ndarray, shape (n_toy, ...)
        Of each toy, NaN where a fit failed:

        * ``limits``, shape (n_template, n_level): the strengths of its upper limits, infinite
          where there is none;
        * ``delta_chi2``, shape (2,) or (3,): Δχ² of the tested strength against the minimum of
          the template, the best strength of the template, and where there is a plane Δχ² against
          its minimum;
        * ``q``, shape (n_strength,): the test statistic of an upper limit, Δχ² of each strength
          where the best one is smaller and 0 elsewhere;
        * ``q0``, shape (n_template,): χ² without a dipole above the minimum.

    References
    ----------
    G. Cowan, K. Cranmer, E. Gross, O. Vitells, Eur. Phys. J. C 71 (2011) 1554, eqs. (12), (16).
    """
    cell = cells[batch.cell]
    toys = draw(cell.truth, cell.seed, cell.stream, batch.first, batch.n)
    return _REDUCTIONS[cell.statistic](cell, toys)


def _limits(cell: Cell, toys: Toys) -> Floats:
    return fit(cell.likelihood, cell.dipole, toys, critical=cell.critical).limit


def _delta_chi2(cell: Cell, toys: Toys) -> Floats:
    found = fit(cell.likelihood, cell.dipole, toys, strength=cell.strength)
    at, best = found.fixed[:, 0, 0], found.chi2[:, 0]
    # rounding may put a minimum a little above
    columns = [np.maximum(at - best, 0.0), found.strength[:, 0]]
    if cell.plane is not None:
        columns.append(at - fit(cell.likelihood, cell.plane, toys).chi2.min(axis=1))
    return np.stack(columns, axis=1)


def _q(cell: Cell, toys: Toys) -> Floats:
    found = fit(cell.likelihood, cell.dipole, toys, strength=cell.strength)
    rise = np.maximum(found.fixed[:, 0] - found.chi2[:, :1], 0.0)
    below = found.strength[:, :1] <= cell.strength
    return np.where(below | np.isnan(rise), rise, 0.0)


def _q0(cell: Cell, toys: Toys) -> Floats:
    found = fit(cell.likelihood, cell.dipole, toys)
    return np.maximum(found.null[:, None] - found.chi2, 0.0)


_REDUCTIONS = {"limits": _limits, "delta_chi2": _delta_chi2, "q": _q, "q0": _q0}
