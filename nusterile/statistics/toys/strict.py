"""Compiling without any freedom: the same bits on every processor.

`poisson_fit` lets sums be reordered and contracted with products, which is fast and lets the last
digits depend on the processor. What toys are made of may not: their results are the same on
every machine of a cluster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from nusterile.statistics import poisson_fit

__all__ = ["log_ratio", "strict", "strict_and_kept"]

_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy"}


def strict(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile a function that another compiled one calls."""
    compiled: Callable[..., Any] = numba.njit(**_OPTIONS)(function)
    return compiled


def strict_and_kept(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile, keeping the result on disk where a folder can be written.

    It is made anew when the file of this function changes, not when one does that it imports.
    """
    compiled: Callable[..., Any]
    try:
        compiled = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # no folder for the cache: a read-only installation without a home
        compiled = strict(function)
    return compiled


#: ln(a/b), as in `poisson_fit`.
log_ratio = strict(poisson_fit._log_ratio.py_func)  # type: ignore[attr-defined]
