"""Reading external bounds beside the window: those that come along, and a user's folders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from nusterile.bounds.registry import Bounds, load_bounds
from nusterile_gui.state.model import ViewModel
from nusterile_gui.work.work import Task, Worker

__all__ = ["BoundFolders", "is_bound"]


class BoundFolders:
    """Knows the folders of bounds that were read, and reads more.

    Parameters
    ----------
    model : ViewModel
        Gets the bounds; those that are new are drawn.
    worker : Worker
        Reads them.
    say : callable
        Shows a line.
    complain : callable
        Shows what did not work, and why.

    Attributes
    ----------
    folders : list of Path
        The user's folders that were read.
    """

    def __init__(
        self,
        model: ViewModel,
        worker: Worker,
        say: Callable[[str], None],
        complain: Callable[[str, str], None],
    ) -> None:
        self.folders: list[Path] = []
        self._model, self._worker = model, worker
        self._say, self._complain = say, complain
        self._wanted: list[Path] = []
        self._task = 0
        worker.finished.connect(self._on_finished)
        worker.failed.connect(self._on_failed)

    def add(self, folders: list[Path]) -> None:
        """Read a user's folders of bounds besides those already known."""
        self._read([*self._wanted, *folders], quiet=False)

    def recall(self, folders: list[Path]) -> None:
        """Read folders of a session or a workspace; those that are gone are named and forgotten."""
        self._read([*self._wanted, *folders], quiet=True)

    def _read(self, folders: list[Path], *, quiet: bool) -> None:
        wanted = list(dict.fromkeys(folder.absolute() for folder in folders))

        def read(_: Task) -> tuple[bool, Bounds, list[Path]]:
            usable = [folder for folder in wanted if folder.is_dir()] if quiet else wanted
            return quiet, load_bounds(usable), usable

        self._wanted = wanted
        self._task = self._worker.submit(read)

    def _on_finished(self, number: int, result: object) -> None:
        if number != self._task or not isinstance(result, tuple):
            return
        quiet, bounds, self.folders = result
        gone = set(self._wanted) - set(self.folders)
        if gone:
            names = ", ".join(sorted(map(str, gone)))
            self._say(f"folders of bounds that are no longer there: {names}")
        self._wanted = list(self.folders)
        state = self._model.state
        known = set(state.bounds)
        added = set(bounds) - known if known and not quiet else set()
        self._model.update(bounds=bounds, shown_bounds=state.shown_bounds | added)

    def _on_failed(self, number: int, message: str) -> None:
        if number != self._task:
            return
        self._complain("These bounds were not read", message)
        asked, self._wanted = self._wanted, list(self.folders)
        if asked and not self._model.state.bounds:
            self.recall([])


def is_bound(path: Path) -> bool:
    """Whether a file is one of a folder that describes a bound."""
    return path.name == "bound.toml" or (
        path.suffix == ".csv" and (path.parent / "bound.toml").exists()
    )
