"""Toy experiments, drawn: every toy has a stream of random numbers of its own.

A random number is a function of the seed, the stream, the number of the toy and what it is
for (the generator Philox4x32-10, which counts instead of remembering). So toy 7 is the same
one whether it is drawn alone, after six others, or on another machine. Everything that is
computed from it takes sums, products, quotients and square roots only, which every processor
rounds alike; no library's exponential or logarithm comes in.

* N_i ~ Poisson(mean): the inverse of a table of the cumulative distribution, whose terms follow
  from each other by the ratio mean/(k + 1).
* The centre of a constraint ~ Normal(truth, σ), by Marsaglia's polar method, drawn again while
  it is not above 0. Free and fixed pulls have no constraint and keep 1.

References
----------
J. K. Salmon et al., SC'11 (2011), doi:10.1145/2063384.2063405 (Philox);
G. Marsaglia and T. A. Bray, SIAM Review 6 (1964) 260 (polar method).
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import numpy as np

from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.statistics.toys.strict import log_ratio, strict, strict_and_kept

__all__ = ["LARGEST_MEAN", "LARGEST_SEED", "Toys", "Truth", "draw", "stream_of"]

#: Events of a bin up to which toys are drawn: beyond, a table would take too much memory,
#: and nothing is left to learn from toys.
LARGEST_MEAN = 1e7
LARGEST_SEED = 2**64 - 1
#: Entries of the table that says where in the cumulative distribution to begin.
_GUIDES = 256


class Toys(NamedTuple):
    """Data of toy experiments.

    Attributes
    ----------
    counts : ndarray, shape (n_toy, n_bin)
        Whole numbers of events, bins as in the likelihood.
    centre : ndarray, shape (n_toy, n_pull)
        Scale 1 + α or 1 + β at which each constraint stands, pulls as in the likelihood.
    """

    counts: Floats
    centre: Floats


class Truth(NamedTuple):
    """What toys are drawn from.

    Attributes
    ----------
    mean : ndarray, shape (n_bin,)
        Expected events.
    scale, sigma : ndarray, shape (n_pull,)
        True scale 1 + α or 1 + β and width of each constraint; infinite where free, 0 where
        fixed.
    """

    mean: Floats
    scale: Floats
    sigma: Floats


def stream_of(*identity: object) -> int:
    """Number of the stream of random numbers for a purpose, from its description.

    Examples
    --------
    >>> stream_of("coverage", "xenonnt_sr0", "effective", 0.1, 1e-11) < 2**32
    True
    """
    digest = hashlib.sha256("|".join(repr(part) for part in identity).encode()).digest()
    return int.from_bytes(digest[:4], "little")


def draw(truth: Truth, seed: int, stream: int, first: int, n: int) -> Toys:
    """Draw toys.

    Parameters
    ----------
    truth : Truth
        What they are drawn from.
    seed : int
        From 0 to 2⁶⁴ - 1.
    stream : int
        Which toys of this seed, from 0 to 2³² - 1; see `stream_of`.
    first, n : int
        Number of the first toy, and how many.

    Returns
    -------
    Toys

    Raises
    ------
    InputError
        If a bin expects more than `LARGEST_MEAN` events.
    """
    if not np.all(truth.mean <= LARGEST_MEAN):
        raise InputError(
            f"a toy would hold {truth.mean.max():.3g} events in one bin; at most "
            f"{LARGEST_MEAN:g} are drawn, so take a smaller mu"
        )
    tables = [_cumulative(float(mean)) for mean in truth.mean]
    ends = np.cumsum([0, *(table.size for _, table in tables)])
    steps = np.arange(_GUIDES) / _GUIDES
    guides = np.array([np.searchsorted(table, steps, side="right") for _, table in tables])
    constrained = (truth.sigma > 0) & np.isfinite(truth.sigma)
    toys = Toys(np.empty((n, truth.mean.size)), np.ones((n, truth.scale.size)))
    _draw(
        np.uint64(seed),
        np.uint64(stream),
        np.uint64(first),
        np.concatenate([table for _, table in tables]),
        ends,
        guides,
        np.array([low for low, _ in tables]),
        truth.scale,
        np.where(constrained, truth.sigma, 0.0),
        *toys,
    )
    return toys


def _cumulative(mean: float) -> tuple[int, Floats]:
    """First count of a Poisson distribution's table, and the cumulative distribution from there.

    What is left out on both sides is below 1e-20.
    """
    mode = int(mean)
    reach = int(12 * np.sqrt(mean)) + 30
    low = max(mode - reach, 0)
    # Relative to the mode.
    above = np.cumprod(mean / np.arange(mode + 1, mode + reach + 1))
    below = np.cumprod(np.arange(mode, low, -1) / mean) if mode > low else np.empty(0)
    total = np.cumsum(np.concatenate([below[::-1], [1.0], above]))
    return low, total / total[-1]


@strict
def _philox(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]
    """Four random words of 32 bits from a counter and a key, each of 32-bit words."""
    low = np.uint64(0xFFFFFFFF)
    half = np.uint64(32)
    for _round in range(10):
        one = np.uint64(0xD2511F53) * c0
        other = np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = (
            (other >> half) ^ c1 ^ k0,
            other & low,
            (one >> half) ^ c3 ^ k1,
            one & low,
        )
        k0 = (k0 + np.uint64(0x9E3779B9)) & low
        k1 = (k1 + np.uint64(0xBB67AE85)) & low
    return c0, c1, c2, c3


@strict
def _uniform(seed, stream, toy, block):  # type: ignore[no-untyped-def]
    """Two random numbers of 53 bits in [0, 1)."""
    low, half, spare = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(11)
    w0, w1, w2, w3 = _philox(
        toy & low, toy >> half, np.uint64(block), stream, seed & low, seed >> half
    )
    one = np.float64(((w0 << half) | w1) >> spare) * 2.0**-53
    other = np.float64(((w2 << half) | w3) >> spare) * 2.0**-53
    return one, other


@strict
def _centre(seed, stream, toy, block, scale, sigma):  # type: ignore[no-untyped-def]
    """Centre of a constraint, above 0."""
    while True:
        one, other = _uniform(seed, stream, toy, block)
        block += 1
        one, other = 2 * one - 1, 2 * other - 1
        square = one * one + other * other
        if 0 < square < 1:
            centre = scale + sigma * one * np.sqrt(-2 * log_ratio(square, 1.0) / square)
            if centre > 0:
                return centre


@strict_and_kept
def _draw(  # type: ignore[no-untyped-def]
    seed, stream, first, cumulative, ends, guides, lowest, scale, sigma, counts_out, centre_out
):
    """Fill counts and centres; bins take blocks 0, 1, ..., pull p those from (p + 1) 2¹⁶ on."""
    n_bin = counts_out.shape[1]
    for row in range(counts_out.shape[0]):
        toy = first + np.uint64(row)
        other = 0.0
        for i in range(n_bin):
            if i % 2 == 0:
                number, other = _uniform(seed, stream, toy, i // 2)
            else:
                number = other
            k = ends[i] + guides[i, int(number * _GUIDES)]
            while number >= cumulative[k]:
                k += 1
            counts_out[row, i] = lowest[i] + (k - ends[i])
        for p in range(scale.size):
            if sigma[p] > 0:
                centre_out[row, p] = _centre(seed, stream, toy, (p + 1) << 16, scale[p], sigma[p])
