"""Where the batches of a study are computed, and what is kept of a run that was killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from nusterile.arrays import Floats
from nusterile.files.interrupts import noted
from nusterile.model.toys.run import Runner
from nusterile.scheduling.checkpoint import Checkpoint, checkpoint_of, opened
from nusterile.scheduling.engine import run
from nusterile.scheduling.fingerprint import fingerprint
from nusterile.statistics.toys.batches import Batch, Cell, fit_batches, in_groups

__all__ = ["runner_of"]


@contextmanager
def runner_of(
    scheduler: str,
    target: Path | None,
    identity: Mapping[str, Any],
    progress: Callable[[float, str], None] | None,
    cancelled: Callable[[], bool] | None,
) -> Iterator[Runner]:
    """Lend what computes batches.

    Parameters
    ----------
    scheduler : str
        See `nusterile.scheduling.engine.run`.
    target : Path, optional
        The product; what has been computed is kept beside it until the block ends well.
    identity : mapping of str to object
        What the results depend on beside the code.
    progress : callable, optional
        Called with the share done (0 to 1) and what is being done.
    cancelled : callable, optional
        Asked now and then whether to stop.

    Raises
    ------
    InputError
        If the scheduler or what was kept cannot be used.
    """
    report = progress or (lambda _share, _what: None)
    with ExitStack() as stack:
        # An interrupt in the midst of a pool would leave locks held for which its workers wait.
        interrupted = stack.enter_context(noted())

        def stop() -> bool:
            return interrupted() or (cancelled is not None and cancelled())

        kept: Checkpoint | None = None
        if target is not None:
            whole = {**identity, "code": fingerprint()}
            kept = stack.enter_context(opened(checkpoint_of(target), whole))

        def computed(
            cells: tuple[Cell, ...], batches: Sequence[Batch]
        ) -> Iterator[tuple[int, Floats]]:
            done, everything = 0, sum(batch.n for batch in batches)
            missing = {}
            for place, batch in enumerate(batches):
                if kept is not None and batch in kept:
                    yield place, kept[batch]
                    done += batch.n
                else:
                    missing[batch] = place
            if missing:
                # Half a minute, where the kernel has never been used before.
                report(done / everything, "toys, once compiled")
            groups = in_groups(cells, missing)
            for index, found in run(fit_batches, cells, groups, scheduler=scheduler, stop=stop):
                results = dict(zip(groups[index], found, strict=True))
                if kept is not None:
                    kept.keep(results)
                for batch, values in results.items():
                    done += batch.n
                    report(done / everything, "toys")
                    yield missing[batch], values

        yield computed
        if kept is not None:
            kept.remove()
