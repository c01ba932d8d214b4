"""Where the batches of a study are computed, and what is kept of a run that was killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from nusterile.arrays import Floats
from nusterile.model.toys.run import Runner
from nusterile.statistics.toys.batches import Batch, Cell, fit_batch

__all__ = ["runner_of"]


@contextmanager
def runner_of(
    scheduler: str,
    target: Path | None,
    identity: dict[str, object],
    progress: Callable[[float, str], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Iterator[Runner]:
    def run(cells: tuple[Cell, ...], batches: Sequence[Batch]) -> Iterator[tuple[int, Floats]]:
        for place, batch in enumerate(batches):
            yield place, fit_batch(cells, batch)
            if progress is not None:
                progress((place + 1) / len(batches), "toys")

    yield run
