"""Checks of what a caller passes: names, masses, moments, sizes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.errors import InputError, nearest_name

__all__ = [
    "MEMORY_LIMIT",
    "Names",
    "chosen_names",
    "degrees_of",
    "finite_values",
    "levels_of",
    "masses_of",
    "require_memory",
    "require_name",
]

#: Memory above which a computation is refused before it starts, bytes.
MEMORY_LIMIT = 4 * 2**30

Names = str | Iterable[str]


def require_memory(size: int, points: int) -> None:
    """Refuse a computation that needs more than `MEMORY_LIMIT`.

    Parameters
    ----------
    size : int
        Bytes needed.
    points : int
        Number of points, for the message.

    Raises
    ------
    InputError
        With the size and the way to go in chunks.
    """
    if size > MEMORY_LIMIT:
        raise InputError(
            f"the grids hold {points:.3g} points and need {size / 2**30:.3g} GiB of memory "
            f"(at most {MEMORY_LIMIT / 2**30:g} GiB); use fewer points, or go through blocks of "
            "masses: Analysis.chi2(m_4=block) and Analysis.limits(m_4=block)"
        )


def chosen_names(what: str, given: Names | None, valid: Iterable[str]) -> tuple[str, ...]:
    """Names to use: those given, or all valid ones; InputError for an unknown one."""
    known = tuple(valid)
    if given is None:
        return known
    chosen = (given,) if isinstance(given, str) else tuple(given)
    for name in chosen:
        require_name(what, name, known)
    return chosen


def require_name(what: str, name: str, valid: Iterable[str]) -> None:
    """Raise InputError, with the nearest valid name, for a name that is not there."""
    known = list(valid)
    if name not in known:
        raise InputError(f"unknown {what} '{name}'{nearest_name(str(name), known)}")


def finite_values(
    name: str, given: ArrayLike, unit: str, *, positive: bool = False
) -> NDArray[np.float64]:
    """Values as a float64 array of one dimension; InputError where one is not usable."""
    values = np.atleast_1d(np.asarray(given, dtype=float))
    if values.ndim != 1 or values.size == 0:
        raise InputError(f"{name}: expected one value or a list of values in {unit}")
    bad = ~np.isfinite(values) | (values < 0) | (positive & (values == 0))
    if bad.any():
        kind = "positive" if positive else "not negative"
        raise InputError(
            f"{name} = {values[bad][0]:g}: expected a finite number, {kind}, in {unit}"
        )
    return values


def masses_of(m_4: ArrayLike) -> NDArray[np.float64]:
    """Sterile masses in MeV, shape (n,)."""
    return finite_values("m_4", m_4, "MeV")


def levels_of(cl: ArrayLike) -> NDArray[np.float64]:
    """Confidence levels, shape (n,)."""
    levels = np.atleast_1d(np.asarray(cl, dtype=float))
    bad = ~((levels > 0) & (levels < 1))
    if bad.any():
        raise InputError(
            f"cl = {levels[bad][0]:g}: a confidence level lies between 0 and 1, for instance 0.9"
        )
    return levels


def degrees_of(dof: ArrayLike) -> NDArray[np.int64]:
    """Degrees of freedom, each 1 or 2, shape (n,)."""
    degrees = np.atleast_1d(np.asarray(dof))
    bad = ~np.isin(degrees, (1, 2))
    if bad.any():
        raise InputError(f"dof = {degrees[bad][0]}: expected 1 (mass fixed) or 2")
    return degrees.astype(np.int64)
