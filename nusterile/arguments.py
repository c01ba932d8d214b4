"""Checks of what a caller passes: names, masses, moments, sizes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.errors import InputError, nearest_name
from nusterile.vocabulary import (
    ATTRIBUTES,
    BOHR_MAGNETONS,
    CL,
    DOF,
    EXPOSURE,
    KEV,
    M_4,
    MEV,
    MU,
    TONNE_YEARS,
    unit_word,
)

__all__ = [
    "LARGEST_ENERGY",
    "LARGEST_EXPOSURE",
    "LARGEST_MASS",
    "LARGEST_MOMENT",
    "MEMORY_LIMIT",
    "MOST_POINTS",
    "SMALLEST_MOMENT",
    "Names",
    "chosen_names",
    "degrees_of",
    "energies_of",
    "exposures_of",
    "finite_values",
    "inside",
    "levels_of",
    "masses_of",
    "moments_of",
    "require_memory",
    "require_name",
    "scan_of",
    "single",
]

#: Memory above which a computation is refused before it starts, bytes.
MEMORY_LIMIT = 4 * 2**30

#: Far beyond what solar neutrinos can make (MeV, keV), and any moment (Bohr magnetons).
LARGEST_MASS = 1e6
LARGEST_ENERGY = 1e9
LARGEST_MOMENT = 1.0
#: More than all xenon in the air would give in a thousand years, t yr.
LARGEST_EXPOSURE = 1e9
#: Points of a scan that is given by its ends.
MOST_POINTS = 10_000
#: Smallest moment of a grid, whose square is still a number like others.
SMALLEST_MOMENT = 1e-30

Names = str | Iterable[str]


def require_memory(
    size: int,
    points: int,
    way: str = "go through blocks of masses: Analysis.chi2(m_4=block) and "
    "Analysis.limits(m_4=block)",
) -> None:
    """Refuse a computation that needs more than `MEMORY_LIMIT`.

    Parameters
    ----------
    size : int
        Bytes needed.
    points : int
        Number of points, for the message.
    way : str
        How to do without the memory.

    Raises
    ------
    InputError
        With the size and the way.
    """
    if size > MEMORY_LIMIT:
        raise InputError(
            f"the grids hold {points:.3g} points and need {size / 2**30:.3g} GiB of memory "
            f"(at most {MEMORY_LIMIT / 2**30:g} GiB); use fewer points, or {way}"
        )


def chosen_names(what: str, given: Names | None, valid: Iterable[str]) -> tuple[str, ...]:
    """Names to use: those given, or all valid ones; InputError for an unknown one."""
    known = tuple(valid)
    if given is None:
        return known
    chosen = (given,) if isinstance(given, str) else tuple(given)
    if not chosen:
        raise InputError(f"no {what} is named; valid: {', '.join(known)}")
    for name in chosen:
        require_name(what, name, known)
    return chosen


def require_name(what: str, name: str, valid: Iterable[str]) -> None:
    """Raise InputError, with the nearest valid name, for a name that is not there."""
    known = list(valid)
    if name not in known:
        raise InputError(f"unknown {what} '{name}'{nearest_name(str(name), known)}")


def _list_of_numbers(name: str, given: ArrayLike, unit: str) -> NDArray[np.float64]:
    try:
        values = np.atleast_1d(np.asarray(given, dtype=float))
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.ndim != 1 or values.size == 0:
        raise InputError(f"{name}: expected one value or a list of values{unit}")
    return values


def finite_values(
    name: str, given: ArrayLike, unit: str, *, largest: float, positive: bool = False
) -> NDArray[np.float64]:
    """Check values of a quantity.

    Parameters
    ----------
    name, unit : str
        For messages.
    given : array_like
        One value or a list.
    largest : float
        Values above it are refused: far beyond anything sensible, and where numbers
        would overflow.
    positive : bool
        Whether 0 is refused as well.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    InputError
        Where a value is not usable.
    """
    values = _list_of_numbers(name, given, f" in {unit}")
    bad = ~((values > 0) | ((values == 0) & (not positive))) | ~(values <= largest)
    if bad.any():
        bounds = f"above 0 and at most {largest:g}" if positive else f"from 0 to {largest:g}"
        raise InputError(f"{name} = {values[bad][0]:g}: expected a number {bounds} {unit}")
    return values


def masses_of(m_4: ArrayLike) -> NDArray[np.float64]:
    """Sterile masses in MeV, shape (n,)."""
    return finite_values(M_4, m_4, MEV, largest=LARGEST_MASS)


def moments_of(mu: ArrayLike) -> NDArray[np.float64]:
    """Transition moments in Bohr magnetons, shape (n,)."""
    return finite_values(MU, mu, BOHR_MAGNETONS, largest=LARGEST_MOMENT)


def energies_of(energy: ArrayLike) -> NDArray[np.float64]:
    """Recoil energies in keV, above 0, shape (n,)."""
    return finite_values("energy", energy, KEV, largest=LARGEST_ENERGY, positive=True)


def exposures_of(exposure: ArrayLike) -> NDArray[np.float64]:
    """Exposures of a scan in tonne years, several and increasing, shape (n,)."""
    values = finite_values(EXPOSURE, exposure, TONNE_YEARS, largest=LARGEST_EXPOSURE, positive=True)
    if values.size < 2:
        raise InputError(
            f"exposure = {values[0]:g} {TONNE_YEARS}: a scan needs at least two exposures, for "
            "instance 1:1000:31"
        )
    falling = np.flatnonzero(np.diff(values) <= 0)
    if falling.size:
        first, second = values[falling[0] : falling[0] + 2]
        raise InputError(
            f"exposure: {second:g} {TONNE_YEARS} comes after {first:g}; exposures must increase"
        )
    return values


def scan_of(name: str, text: str) -> NDArray[np.float64]:
    """Numbers of a text ``low:high:points``, logarithmically spaced, or of one number.

    Examples
    --------
    >>> scan_of("exposure", "1:100:3").tolist(), scan_of("exposure", "20").tolist()
    ([1.0, 10.0, 100.0], [20.0])
    """
    right = f"{name} = {text}: expected low:high:points, for instance 1:1000:31, or a number"
    parts = text.split(":")
    try:
        numbers = [float(part) for part in parts]
        points = int(parts[2]) if len(parts) == 3 else 1
    except ValueError:
        raise InputError(right) from None
    if len(parts) == 1:
        return np.array(numbers)
    if len(parts) != 3:
        raise InputError(right)
    low, high = numbers[:2]
    if not 0 < low < high < np.inf:
        raise InputError(
            f"{name} = {text}: a scan goes from a number above 0 to a larger one, low:high:points"
        )
    if not 2 <= points <= MOST_POINTS:
        raise InputError(f"{name} = {text}: expected 2 to {MOST_POINTS} points")
    return np.geomspace(low, high, points)


def single(name: str, values: NDArray[Any]) -> float:
    """Return the one value of an array; InputError where there are several."""
    if values.size != 1:
        raise InputError(f"{name}: expected one value, not {values.size}")
    return float(values[0])


def inside(name: str, value: float, grid: NDArray[np.float64]) -> float:
    """Return a value that lies within a grid; InputError, with its ends, for one beyond."""
    low, high = float(grid[0]), float(grid[-1])
    if not low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
        units = unit_word(ATTRIBUTES[name]["units"])
        raise InputError(
            f"{name} = {value:g} {units}: the product holds {low:g} to {high:g} {units}"
        )
    return value


def levels_of(cl: ArrayLike) -> NDArray[np.float64]:
    """Confidence levels, shape (n,)."""
    levels = _list_of_numbers(CL, cl, ", for instance 0.9")
    bad = ~((levels > 0) & (levels < 1))
    if bad.any():
        raise InputError(
            f"cl = {levels[bad][0]:g}: a confidence level lies between 0 and 1, for instance 0.9"
        )
    return levels


def degrees_of(dof: ArrayLike) -> NDArray[np.int64]:
    """Degrees of freedom, each 1 or 2, shape (n,)."""
    degrees = _list_of_numbers(DOF, dof, ", 1 or 2")
    bad = ~np.isin(degrees, (1, 2))
    if bad.any():
        raise InputError(f"dof = {degrees[bad][0]:g}: expected 1 (mass fixed) or 2")
    return degrees.astype(np.int64)
