"""Everything that leaves the app: products, settings, limits, figures, references, scripts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from nusterile.config import Configuration
from nusterile.errors import NusterileError, ProductError
from nusterile.product import write_product
from nusterile_gui.details import product_text
from nusterile_gui.dialogs import ask_target, show_text
from nusterile_gui.layers import Layer, stamp_of
from nusterile_gui.script import view_script

if TYPE_CHECKING:
    from nusterile_gui.window import Window

__all__ = ["Exporting", "write_text"]


def write_text(path: Path, text: str) -> None:
    """Write a text file; a ProductError says why where that is not possible."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ProductError(
            f"{path}: cannot be written ({error.strerror or error}); choose another folder"
        ) from None


class Exporting:
    """Saves and exports of a window.

    Parameters
    ----------
    window : Window
        Whose view it is.
    """

    def __init__(self, window: Window) -> None:
        self._window = window

    def answer(self, what: str, key: int) -> None:
        """Do something with a layer: ``save``, ``settings``, ``details`` or ``close``."""
        layer = self._window.model.find(key)
        if layer is None:
            return
        if what == "save":
            self.save_product(layer)
        elif what == "settings":
            try:
                self.save_settings(layer.dataset.nusterile.config)
            except NusterileError as error:
                self._window.complain("This product's settings cannot be used", str(error))
        elif what == "details":
            show_text(self._window, f"Product details: {layer.name}", product_text(layer))
        else:
            self._window.close_layer(key)

    def save_product(self, layer: Layer) -> None:
        """Ask for a file and write a layer's product."""
        name = layer.path.name if layer.path else f"{_file_name(layer.name)}.nc"

        def write(path: Path) -> None:
            self._write(
                "The product", path, lambda: write_product(layer.dataset, path), saved(path)
            )

        def saved(path: Path) -> Callable[[], None]:
            return lambda: self._window.model.change(
                layer.key, path=path.absolute(), stamp=stamp_of(path)
            )

        self._ask("Save product", name, "Products (*.nc)", write)

    def save_settings(self, configuration: Configuration) -> None:
        """Ask for a file and write settings as TOML."""
        self._ask(
            "Save settings",
            "settings.toml",
            "Settings (*.toml)",
            lambda path: self._write(
                "The file of settings", path, lambda: write_text(path, configuration.to_toml())
            ),
        )

    def export_limits(self) -> None:
        """Ask for a file and export the limits of the active layer."""

    def export_figure(self) -> None:
        """Ask for a file and draw the view as a publication figure."""

    def export_bibtex(self) -> None:
        """Ask for a file and write the references of everything shown."""

    def copy_script(self) -> None:
        """Put a script that makes the view's numbers anew on the clipboard."""
        text = view_script(self._window.model)
        if text:
            QGuiApplication.clipboard().setText(text)
            self._window.say("A script that makes these numbers is on the clipboard")

    def _ask(self, title: str, name: str, filters: str, chosen: Callable[[Path], None]) -> None:
        recent = self._window.memory.recent()
        folder = recent[0].parent if recent else Path.cwd()
        ask_target(self._window, title, folder / name, filters, chosen)

    def _write(
        self,
        what: str,
        path: Path,
        function: Callable[[], None],
        then: Callable[[], None] = lambda: None,
    ) -> None:
        self._window.files.write(what, path, function, then)


def _file_name(text: str) -> str:
    """Name of a file made of a layer's name."""
    return "".join(c if c.isalnum() or c in "-_" else "_" for c in text) or "product"
