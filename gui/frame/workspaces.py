"""Workspaces at the window: a whole view is written into a file and taken up from one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMainWindow

from nusterile.errors import NusterileError, ProductError
from nusterile.files.places import Place, place_of
from nusterile.files.writing import make_folder
from nusterile.product.files import write_product
from nusterile_gui.frame.sessions import Resuming
from nusterile_gui.look.dialogs import ask_target, complain
from nusterile_gui.look.texts import file_name
from nusterile_gui.state.files import Files
from nusterile_gui.state.history import History
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.openable import SUFFIX, may_be_there
from nusterile_gui.state.overlays import AnyProduct
from nusterile_gui.state.workspace import Workspace, read_workspace, workspace_of
from nusterile_gui.work.reading import stamp_of

__all__ = ["Surroundings", "Workspaces", "free_paths", "write_product_of"]


@dataclass(frozen=True)
class Surroundings:
    """What of a workspace is not in the view model.

    Attributes
    ----------
    bound_folders : callable
        Gives the user's folders of bounds.
    read_bounds : callable
        Takes folders of bounds that are to be known as well.
    theme : callable
        Gives the name of the colours.
    take_theme : callable
        Takes the name of the colours.
    take_docks : callable
        Takes the places of panels, from `QMainWindow.saveState`.
    start_folder : callable
        Gives the folder in which a dialog begins.
    opened : callable
        Takes a workspace file that was read or written.
    """

    bound_folders: Callable[[], Iterable[Path]]
    read_bounds: Callable[[list[Path]], None]
    theme: Callable[[], str]
    take_theme: Callable[[str], None]
    take_docks: Callable[[bytes], None]
    start_folder: Callable[[], Path]
    opened: Callable[[Path], None]


class Workspaces(QObject):
    """Writes the view as a workspace and shows one.

    Parameters
    ----------
    window : QMainWindow
        Whose panels are arranged; owner of the dialogs.
    model : ViewModel
        The state.
    files : Files
        Reads and writes beside the window.
    history : History
        Takes the opening of a workspace for one step.
    surroundings : Surroundings
        The rest of the window.
    """

    def __init__(
        self,
        window: QMainWindow,
        model: ViewModel,
        files: Files,
        history: History,
        surroundings: Surroundings,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._model = model
        self._files = files
        self._history = history
        self._surroundings = surroundings
        self.path: Path | None = None

    def ask_to_save(self) -> None:
        """Ask for a file and write the workspace."""
        proposed = self.path or self._surroundings.start_folder() / f"view{SUFFIX}"
        filters = f"Workspaces (*{SUFFIX})"
        ask_target(self._window, "Save workspace", proposed, filters, self.save)

    def save(self, path: Path) -> None:
        """Write the workspace, and beside it the products that have no file yet."""
        path = path.absolute()
        products = self._model.state.products
        unsaved = [product for product in products if product.place is None]
        folder = path.parent / f"{path.stem}-products"
        made = free_paths(folder, unsaved)
        places: dict[int, Place] = {**made}
        places |= {each.key: each.place for each in products if each.place is not None}
        workspace = workspace_of(
            self._model.state,
            path.parent,
            places=places,
            bound_folders=self._surroundings.bound_folders(),
            theme=self._surroundings.theme(),
            docks=bytes(self._window.saveState().data()),
        )
        for product in unsaved:
            write_product_of(self._files, self._model, product, made[product.key])

        def write() -> None:
            if any(not target.is_file() for target in made.values()):
                raise ProductError(f"{path}: not every product could be written beside it")
            workspace.write(path)

        def written() -> None:
            self.path = path
            self._surroundings.opened(path)

        self._files.write("the workspace", path, write, written)

    def open(self, path: Path) -> None:
        """Show a workspace in place of what is open; products without a file stay."""
        path = path.absolute()
        try:
            workspace = read_workspace(path)
        except NusterileError as error:
            complain(self._window, "The workspace was not opened", str(error))
            return
        session = workspace.session(path.parent)
        there = [entry for entry in session.products if may_be_there(place_of(entry.path))]
        gone = [entry.path for entry in session.products if entry not in there]
        session = session.only(there)
        self._history.begin()
        state = self._model.state
        self._model.update(
            layers=tuple(layer for layer in state.layers if layer.place is None),
            overlays=tuple(overlay for overlay in state.overlays if overlay.place is None),
        )
        self._surroundings.read_bounds(workspace.folders(path.parent))
        resuming = Resuming(session, self._model, self._files, self)
        resuming.finished.connect(lambda: self._show(path, workspace, gone))
        resuming.finished.connect(resuming.deleteLater)
        if there:
            self._files.open([place_of(entry.path) for entry in there])
        else:
            resuming.finished.emit()

    def _show(self, path: Path, workspace: Workspace, gone: list[str]) -> None:
        """Show the products as the workspace says, now that they are there."""
        changes = workspace.changes()
        if not self._model.state.products:
            del changes["ranges"]
        self._model.update(**changes)
        self._history.end()
        if workspace.docks:
            self._surroundings.take_docks(workspace.layout())
        if workspace.theme:
            self._surroundings.take_theme(workspace.theme)
        self.path = path
        self._surroundings.opened(path)
        if gone:
            complain(
                self._window,
                f"{path.name} names products that are no longer there",
                "\n".join(gone) + "\nThe rest is shown.",
            )


def free_paths(folder: Path, products: Iterable[AnyProduct]) -> dict[int, Path]:
    """Files for products that have none, by their keys; none of them is there."""
    taken: set[Path] = set()
    paths = {}
    for product in products:
        stem, number = file_name(product.name), 1
        path = folder / f"{stem}.nc"
        while path in taken or path.exists():
            number += 1
            path = folder / f"{stem}_{number}.nc"
        taken.add(path)
        paths[product.key] = path
    return paths


def write_product_of(files: Files, model: ViewModel, product: AnyProduct, path: Path) -> None:
    """Write a product of the view into a file, in a folder that is made where it is missing."""

    def write() -> None:
        make_folder(path.parent)
        write_product(product.dataset, path)

    files.write(
        "the product",
        path,
        write,
        lambda: model.change(product.key, path=path, stamp=stamp_of(path)),
    )
