"""A scan in blocks of masses: each can be computed by itself, anywhere, and is as a file holds it.

What depends on the moment makes a product large: rates, χ² and pulls. A block holds one of them at
some masses, compressed; nobody has to have all blocks in memory. Limits are small, and those of
one selection and flavour belong together, since two degrees of freedom count from the minimum over
all masses.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nusterile.arrays import Floats
from nusterile.model.fits import BLOCK, Chi2Scan, LimitScan, Variables
from nusterile.model.predictions import Predictions
from nusterile.product.compression import packed
from nusterile.product.scan import Fits, fits_of, masses_in_blocks, rates_at
from nusterile.vocabulary import RATE_DIPOLE, RATE_SM, STATUSES

__all__ = [
    "CHI2_BLOCK",
    "LIMIT_BLOCK",
    "RATE_BLOCK",
    "Block",
    "Parts",
    "TemplateBlock",
    "blocks_of",
    "chunks_in",
    "compute_block",
    "limits_in",
    "masses_of_a_block",
    "parts_of",
    "template_blocks",
    "templates_of",
]

#: What a block holds. Limits come first, since they take longest.
LIMIT_BLOCK, CHI2_BLOCK, RATE_BLOCK = range(3)

#: Bytes of the number before each part of a block, which says how long it is.
_NUMBER = 8


class Block(NamedTuple):
    """Some masses of a part of a product.

    Attributes
    ----------
    kind : int
        ``LIMIT_BLOCK``, ``CHI2_BLOCK`` (with the pulls) or ``RATE_BLOCK``.
    row : int
        Number of the selection, or of the experiment for rates.
    flavor : int
        Number of the flavour.
    first : int
        Number of the first mass; 0 for limits, which are those of all masses.
    """

    kind: int
    row: int
    flavor: int
    first: int


class Parts(NamedTuple):
    """What all blocks need.

    Attributes
    ----------
    fits : Fits
        What the fits need.
    pull_names : tuple of str
        Names of the pulls of all selections.
    rate_sm : ndarray, shape (n_experiment, n_bin)
        Rates of the Standard Model.
    rate_dipole : ndarray, shape (n_experiment, n_flavor, n_m, n_bin)
        Rates of unit strength.
    """

    fits: Fits
    pull_names: tuple[str, ...]
    rate_sm: Floats
    rate_dipole: Floats


class TemplateBlock(NamedTuple):
    """Dipole events of one experiment at some masses."""

    experiment: str
    masses: Floats


def template_blocks(predictions: Predictions) -> list[TemplateBlock]:
    """Return what has to be computed before any fit, experiment by experiment."""
    blocks = masses_in_blocks(predictions)
    return [TemplateBlock(name, masses) for name in predictions.expectations for masses in blocks]


def templates_of(predictions: Predictions, block: TemplateBlock) -> Floats:
    """Compute dipole events, shaped as in `Predictions.templates`."""
    return predictions.templates(*block)


def parts_of(predictions: Predictions, dipole: dict[str, Floats], rates: Variables) -> Parts:
    """Put together what all blocks need: templates by experiment, and `rate_variables`."""
    return Parts(
        fits_of(predictions, dipole),
        tuple(predictions.pull_names()),
        np.asarray(rates[RATE_SM][1], dtype=float),
        np.asarray(rates[RATE_DIPOLE][1], dtype=float),
    )


def masses_of_a_block(parts: Parts) -> int:
    """Return how many masses a block has; the last one may have fewer."""
    return min(BLOCK, int(parts.rate_dipole.shape[2]))


def blocks_of(parts: Parts) -> list[Block]:
    """Return all blocks of a product."""
    n_experiment, n_flavor, n_m, _ = parts.rate_dipole.shape
    starts = range(0, n_m, BLOCK)
    rows = {LIMIT_BLOCK: len(parts.fits.selections), RATE_BLOCK: n_experiment}
    rows[CHI2_BLOCK] = rows[LIMIT_BLOCK]
    return [
        Block(kind, row, flavor, first)
        for kind in (LIMIT_BLOCK, CHI2_BLOCK, RATE_BLOCK)
        for row in range(rows[kind])
        for flavor in range(n_flavor)
        for first in ((0,) if kind == LIMIT_BLOCK else starts)
    ]


def compute_block(parts: Parts, block: Block) -> NDArray[Any]:
    """Compute a block.

    Returns
    -------
    ndarray
        See `limits_in` for limits, otherwise `chunks_in`.
    """
    if block.kind == LIMIT_BLOCK:
        return _limits(parts, block)
    if block.kind == CHI2_BLOCK:
        return _joined(_chi2_and_pulls(parts, block), masses_of_a_block(parts))
    rows = slice(block.first, block.first + BLOCK)
    dipole = parts.rate_dipole[block.row, block.flavor, rows]
    rates = rates_at(parts.rate_sm[block.row], dipole, parts.fits.strength)
    return _joined([rates], masses_of_a_block(parts))


def limits_in(result: NDArray[Any], limits: LimitScan, block: Block) -> None:
    """Put the limits of a block into their place."""
    place = block.row, block.flavor
    shape = limits.limit.shape[2:]
    chi2_sm, values = result[0], result[1:].reshape(shape[0], -1)
    limits.chi2_sm[block.row] = chi2_sm
    limits.chi2_min[place], limits.mu_best[place] = values[:, 0], values[:, 1]
    limit, low, status, expected = (v.reshape(shape) for v in np.split(values[:, 2:], 4, axis=1))
    limits.limit[place], limits.low[place] = limit, low
    limits.status[place] = np.array(STATUSES)[status.astype(int)]
    assert limits.expected is not None
    limits.expected[place] = expected


def chunks_in(result: NDArray[Any]) -> list[bytes]:
    """Return the chunks of a block as a file holds them: of χ² and pulls, or of the rates."""
    content, chunks = result.tobytes(), []
    while content:
        end = _NUMBER + int.from_bytes(content[:_NUMBER], "little")
        chunks.append(content[_NUMBER:end])
        content = content[end:]
    return chunks


def _limits(parts: Parts, block: Block) -> Floats:
    """χ² of the Standard Model; by mass χ²_min, μ_best, limits, lower ends, statuses, expected."""
    fits = parts.fits
    whole = fits.selections[block.row]
    one = whole._replace(dipole=whole.dipole[block.flavor : block.flavor + 1])
    n_m = one.dipole.shape[1]
    scan = LimitScan.empty((1, 1, n_m), *fits.critical.shape)
    for _, work in scan.tasks(0, one, fits.signal, fits.critical, fits.degrees):
        work()
    assert scan.expected is not None
    numbers = np.vectorize(STATUSES.index, otypes=[float])(scan.status)
    columns = (scan.limit, scan.low, numbers, scan.expected)
    values = np.column_stack(
        [scan.chi2_min[0, 0], scan.mu_best[0, 0], *(c[0, 0].reshape(n_m, -1) for c in columns)]
    )
    return np.concatenate([scan.chi2_sm, values.ravel()])


def _chi2_and_pulls(parts: Parts, block: Block) -> list[NDArray[Any]]:
    fits = parts.fits
    whole = fits.selections[block.row]
    rows = slice(block.first, block.first + BLOCK)
    one = whole._replace(dipole=whole.dipole[block.flavor : block.flavor + 1, rows])
    shape = (1, 1, one.dipole.shape[1], fits.strength.size)
    scan = Chi2Scan.empty(shape, parts.pull_names, np.float32)
    for _, work in scan.tasks(0, one, fits.strength):
        work()
    return [scan.chi2[0, 0], scan.pulls[0, 0]]


def _joined(arrays: list[NDArray[Any]], masses: int) -> NDArray[np.uint8]:
    """Compress arrays by mass, which a file holds in whole blocks only."""
    content = b""
    for array in arrays:
        missing = masses - len(array)
        whole = np.pad(array, [(0, missing)] + [(0, 0)] * (array.ndim - 1))
        chunk = packed(whole)
        content += len(chunk).to_bytes(_NUMBER, "little") + chunk
    return np.frombuffer(content, np.uint8)
