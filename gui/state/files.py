"""Opening products in the I/O worker, and noticing when one is replaced on disk.

A product of a service is fetched whole, as one of the disk is read. Reading chunk by chunk would
be quicker for one limit, but not here: a hand that drags the cursor wants the next spectrum and
the next pulls within a few milliseconds, wherever it goes, while a service answers in tens of
them and is away now and then. The file takes a second once; then the product behaves as any other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

import nusterile.accessor  # noqa: F401 - registers ds.nusterile
from nusterile.errors import Cancelled
from nusterile.files.places import Place, place_name
from nusterile.product.files import fetch_product, validate_product
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.overlays import AnyProduct, product_of
from nusterile_gui.state.signals import ViewSignals
from nusterile_gui.work.reading import ReadAhead, stamp_of
from nusterile_gui.work.waiting import given_up_when_cancelled
from nusterile_gui.work.work import Task, Worker

__all__ = ["Files"]


@dataclass(frozen=True)
class _Loaded:
    product: AnyProduct
    replaces: int


class Files(QObject):
    """Reads and writes product files, one after another, beside the window.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    parent : QObject
        Owner.
    ahead : ReadAhead, optional
        Reads the first file already.

    Signals
    -------
    failed : str, str
        What did not work, and why.
    opened : object
        Path or address of a product that was read.
    written : object
        Path of a file that was written.
    replaced : int
        Key of a product whose file is another one now.
    vanished : int
        Key of a product whose file is no longer there; said once.
    returned : int
        Key of a product whose file is back.
    busy_changed : bool
        Whether something is read or written.
    """

    failed = Signal(str, str)
    opened = Signal(object)
    written = Signal(object)
    replaced = Signal(int)
    vanished = Signal(int)
    returned = Signal(int)
    busy_changed = Signal(bool)

    def __init__(
        self,
        model: ViewModel,
        signals: ViewSignals,
        parent: QObject,
        ahead: ReadAhead | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._ahead = ahead or ReadAhead()
        self.worker = Worker("nusterile-files", self)
        self._what: dict[int, str] = {}
        self._then: dict[int, Callable[[], None]] = {}
        self._otherwise: dict[int, Callable[[], None]] = {}
        self._told: dict[int, Callable[[str], None]] = {}
        self._watcher = QFileSystemWatcher(self)
        self._watcher.fileChanged.connect(self._on_file_changed)
        # A file that was removed is no longer watched; its folder tells when it is back.
        self._watcher.directoryChanged.connect(self._on_file_changed)
        self._vanished: set[int] = set()
        # A file that is moved into place is gone for a moment.
        self._settle = QTimer(self, singleShot=True, interval=200)
        self._settle.timeout.connect(self.check)
        self.worker.finished.connect(self._on_finished)
        self.worker.failed.connect(self._on_failed)
        self.worker.stopped.connect(self._forget)
        self.worker.busy_changed.connect(self.busy_changed)
        signals.changed.connect(self._on_changed)

    @property
    def watched(self) -> list[str]:
        """Files that are watched."""
        return self._watcher.files()

    def open(self, places: Iterable[Place], replaces: int = 0) -> None:
        """Read products, each into a new layer or in place of an old one."""
        for place in places:
            number = self._read(place, replaces)
            self._what[number] = f"{place_name(place)} was not opened"
            if replaces:
                # What could not be read may be read later: the offer comes back.
                self._otherwise[number] = self.check

    def take(self, path: Path, name: str, then: Callable[[], None]) -> None:
        """Read a product that was computed into a file of no further use.

        Parameters
        ----------
        path : Path
            The file; the product counts as not saved.
        name : str
            Text for people.
        then : callable
            Called once it was read, or was not.
        """
        number = self.worker.submit(partial(_take, path, name))
        self._what[number] = f"{name} was not read"
        self._then[number] = self._otherwise[number] = then

    def fetch(self, address: str, failed: Callable[[str], None]) -> int:
        """Read a product of a service for somebody who waits for it.

        Parameters
        ----------
        address : str
            Its address.
        failed : callable
            Takes the reason where it is not opened, instead of the signal.

        Returns
        -------
        int
            Number of the task, whose progress the worker tells.
        """
        number = self._read(address, 0)
        self._told[number] = failed
        return number

    def _read(self, place: Place, replaces: int) -> int:
        if isinstance(place, Path):
            return self.worker.submit(partial(_read, place, replaces, self._ahead))
        return self.worker.submit(partial(_fetch, place))

    def write(
        self, what: str, path: Path, function: Callable[[], None], then: Callable[[], None]
    ) -> None:
        """Run a function that writes a file."""

        def run(_task: Task) -> Path:
            function()
            return path

        self._submit(what, run, then)

    def write_watched(
        self, what: str, path: Path, function: Callable[[Task], None], then: Callable[[], None]
    ) -> int:
        """Run a function that writes a file for long.

        Parameters
        ----------
        what : str
            What is written, for people.
        path : Path
            The file.
        function : callable
            Takes the task, to tell its progress and to end where it is cancelled.
        then : callable
            Called once the file was written, or was not; not after a cancellation.

        Returns
        -------
        int
            Number of the task.
        """

        def run(task: Task) -> Path:
            function(task)
            return path

        number = self._submit(what, run, then)
        self._otherwise[number] = then
        return number

    def _submit(self, what: str, run: Callable[[Task], Path], then: Callable[[], None]) -> int:
        number = self.worker.submit(run)
        self._what[number] = f"Not written: {what}"
        self._then[number] = then
        return number

    def check(self) -> None:
        """Compare every product with its file."""
        for layer in self._model.state.products:
            if layer.path is None:
                continue
            now = stamp_of(layer.path)
            if now is None:
                if layer.key not in self._vanished:
                    self._vanished.add(layer.key)
                    self.vanished.emit(layer.key)
                continue
            if layer.key in self._vanished:
                self._vanished.discard(layer.key)
                self.returned.emit(layer.key)
            if now != layer.stamp:
                self.replaced.emit(layer.key)
        self._watch()

    def accept_stamp(self, key: int) -> None:
        """Take the file as it is for known, without reading it."""
        product = self._model.product(key)
        if product is not None and product.path is not None:
            self._model.change(key, stamp=stamp_of(product.path))

    def close(self) -> bool:
        """End the worker; whether it ended in time."""
        return self.worker.close()

    def _on_finished(self, number: int, result: object) -> None:
        then = self._then.get(number)
        self._forget(number)
        if isinstance(result, _Loaded):
            self._show(result)
            if then is not None:
                then()
        elif isinstance(result, Path):
            self.written.emit(result)
            if then is not None:
                then()

    def _show(self, loaded: _Loaded) -> None:
        product = loaded.product
        if not loaded.replaces:
            self._model.add(product)
        elif self._model.product(loaded.replaces) is not None:
            self._model.swap(loaded.replaces, product)
        else:
            return  # closed meanwhile
        if product.place is not None:
            self.opened.emit(product.place)

    def _on_failed(self, number: int, message: str) -> None:
        what = self._what.get(number, "That did not work")
        otherwise, told = self._otherwise.get(number), self._told.get(number)
        self._forget(number)
        if told is not None:
            told(message)
        else:
            self.failed.emit(what, message)
        if otherwise is not None:
            otherwise()

    def _forget(self, number: int) -> None:
        self._what.pop(number, None)
        self._then.pop(number, None)
        self._otherwise.pop(number, None)
        self._told.pop(number, None)

    def _on_changed(self, changed: Changed) -> None:
        if changed & {"layers", "overlays"}:
            self._watch()

    def _watch(self) -> None:
        files = [product.path for product in self._model.state.products if product.path]
        wanted = {str(path) for path in files} | {str(path.parent) for path in files}
        known = {*self._watcher.files(), *self._watcher.directories()}
        if gone := known - wanted:
            self._watcher.removePaths(sorted(gone))
        if new := [name for name in sorted(wanted - known) if Path(name).exists()]:
            self._watcher.addPaths(new)

    def _on_file_changed(self, _: str) -> None:
        if not self._settle.isActive():  # a busy folder must not put it off for ever
            self._settle.start()


def _read(path: Path, replaces: int, ahead: ReadAhead, task: Task) -> _Loaded:
    """Read and check a product; nothing of it is used where it breaks the contract."""
    dataset, stamp = ahead.read(path)
    if task.cancelled():
        raise Cancelled
    product = product_of(dataset, path.stem, path.absolute(), stamp)
    _prepare(product)
    return _Loaded(product, replaces)


def _take(path: Path, name: str, task: Task) -> _Loaded:
    """Read and check a product that has no place of its own."""
    product = product_of(validate_product(path), name)
    if task.cancelled():
        raise Cancelled
    _prepare(product)
    return _Loaded(product, 0)


def _fetch(address: str, task: Task) -> _Loaded:
    """Read and check a product of a service; what is not its whole file is not shown."""

    def watch(there: int, expected: int) -> None:
        if task.cancelled():
            raise Cancelled
        whole = f" of {expected / 1e6:.1f}" if expected else ""
        task.progress(there / expected if expected else 0.0, f"{there / 1e6:.1f}{whole} MB")

    task.progress(0.0, "asking the service")
    dataset, name = given_up_when_cancelled(task, lambda: fetch_product(address, watch))
    if task.cancelled():
        raise Cancelled
    product = product_of(dataset, name, address=address)
    _prepare(product)
    return _Loaded(product, 0)


def _prepare(product: AnyProduct) -> None:
    """Compute what is derived once, so that the window need not."""
    if not isinstance(product, Layer):
        assert product.toys.selection_labels is not None
        return
    slices = product.slices
    assert slices.selection_labels is not None
    if slices.has_scan:
        assert slices.members is not None
        assert slices.pull_widths is not None
