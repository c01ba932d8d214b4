"""Long work on the screen: a bar with what is being done, on standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar"]


@contextmanager
def progress_bar() -> Iterator[Callable[[float, str], None]]:
    """Show a bar while the block runs, where a person watches.

    With ``NUSTERILE_PROGRESS=lines`` in the environment a line each time, for another program
    that watches: ``progress 0.2500 what``.

    Yields
    ------
    callable
        Takes the share done (0 to 1) and what is being done.
    """
    if os.environ.get("NUSTERILE_PROGRESS") == "lines":
        yield lambda share, what: print(f"progress {share:.4f} {what}", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as bar:
        task = bar.add_task("starting", total=1.0)

        def report(share: float, what: str) -> None:
            bar.update(task, completed=share, description=what)

        yield report
