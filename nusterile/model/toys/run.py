"""Running a study: batches of toys, put together in the order of the toys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from nusterile.arguments import MEMORY_LIMIT
from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.model.toys.cls import ModifiedFrequentist
from nusterile.model.toys.coverage import Coverage
from nusterile.model.toys.expected import Expected
from nusterile.model.toys.significance import Significance
from nusterile.model.toys.study import Study
from nusterile.model.toys.unified import Unified
from nusterile.statistics.toys.batches import Batch, Cell, batches_of

__all__ = ["STUDY_CLASSES", "Outcome", "Runner", "run_study"]

STUDY_CLASSES: dict[str, type[Study]] = {
    "expected": Expected,
    "coverage": Coverage,
    "unified": Unified,
    "cls": ModifiedFrequentist,
    "significance": Significance,
}

#: Computes batches of cells in any order: yields the place of each and its result.
Runner = Callable[[tuple[Cell, ...], Sequence[Batch]], Iterator[tuple[int, Floats]]]


class Outcome(NamedTuple):
    """What a study found.

    Attributes
    ----------
    summaries : list
        Of each cell, see `Study.summary`.
    toys, failed : list of int
        Toys of each cell, and those of them that could not be fitted and were left out.
    """

    summaries: list[Any]
    toys: list[int]
    failed: list[int]


def run_study(study: Study, run: Runner) -> Outcome:
    """Draw and fit the toys of a study, more and more of them where a precision is asked for.

    Parameters
    ----------
    study : Study
        What is asked.
    run : callable
        Computes batches.

    Raises
    ------
    InputError
        If the toys of one cell would need too much memory.
    """
    cells, request = study.cells, study.request
    n = len(cells)
    kept: list[list[Floats]] = [[] for _ in cells]
    outcome = Outcome([None] * n, [0] * n, [0] * n)
    open_cells, first, many = list(range(n)), 0, request.toys
    while open_cells:
        _require_memory(study, first + many)
        waves = {k: batches_of(k, cells[k], first, many) for k in open_cells}
        unfinished = []
        for k, values in _in_cells(run, cells, waves):
            kept[k].append(values)
            everything = np.concatenate(kept[k]) if len(kept[k]) > 1 else kept[k][0]
            bad = np.isnan(everything).reshape(len(everything), -1).any(axis=1)
            good = everything[~bad] if bad.any() else everything
            if not len(good):
                raise InputError("no toy of this study could be fitted")
            outcome.summaries[k] = study.summary(k, good)
            outcome.toys[k], outcome.failed[k] = len(everything), int(bad.sum())
            wanted = request.precision
            if wanted is None or study.error(outcome.summaries[k]) <= wanted:
                kept[k] = []
            else:
                kept[k] = [everything]
                unfinished.append(k)
        open_cells, first = sorted(unfinished), first + many
        many = first  # twice as many in all
    return outcome


def _in_cells(
    run: Runner, cells: tuple[Cell, ...], waves: dict[int, list[Batch]]
) -> Iterator[tuple[int, Floats]]:
    """Yield the toys of each cell, in their order, when its last batch is there."""
    batches = [batch for wave in waves.values() for batch in wave]
    arrived: dict[int, dict[int, Floats]] = {k: {} for k in waves}
    for place, values in run(cells, batches):
        batch = batches[place]
        held = arrived[batch.cell]
        held[batch.first] = values
        if len(held) == len(waves[batch.cell]):
            yield batch.cell, np.concatenate([held[first] for first in sorted(held)])
            del arrived[batch.cell]


def _require_memory(study: Study, toys: int) -> None:
    largest = 0
    for cell in study.cells:
        numbers = {
            "limits": len(cell.dipole) * cell.critical.size,
            "delta_chi2": 3,
            "q": cell.strength.size,
            "q0": len(cell.dipole),
        }[cell.statistic]
        largest = max(largest, 3 * 8 * numbers * toys)  # as it comes, together, sorted
    if largest > MEMORY_LIMIT:
        wanted = study.request.precision
        purpose = f" for the precision {wanted:g}" if wanted else ""
        raise InputError(
            f"{toys:.3g} toys of one truth{purpose} need {largest / 2**30:.3g} GiB of memory (at "
            f"most {MEMORY_LIMIT / 2**30:g} GiB); ask for fewer toys, masses or moments"
        )
