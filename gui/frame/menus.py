"""Menus, shortcuts and the lists they show."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu

from nusterile.vocabulary import DOF
from nusterile_gui.look.dialogs import ask_files, ask_folder, show_text
from nusterile_gui.look.texts import plain_tip
from nusterile_gui.look.themes import DARK, LIGHT
from nusterile_gui.sharing.details import about_text

if TYPE_CHECKING:
    from nusterile_gui.frame.window import Window

__all__ = ["Menus"]


class Menus:
    """The menu bar of a window.

    Parameters
    ----------
    window : Window
        Where it goes.
    """

    def __init__(self, window: Window) -> None:
        self._window = window
        self.actions: dict[str, QAction] = {}
        self._make_file()
        self._make_export()
        self._make_view()
        self._make_help()
        window.signals.changed.connect(self._on_changed)
        self._on_changed(frozenset({"layers"}))

    def _menu(self, title: str) -> QMenu:
        return self._window.menuBar().addMenu(title)

    def _add(
        self, menu: QMenu, name: str, text: str, answer: Callable[[], object], keys: str = ""
    ) -> QAction:
        action = QAction(text, self._window)
        action.setObjectName(f"action-{name}")
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: answer())
        menu.addAction(action)
        self.actions[name] = action
        return action

    def _make_file(self) -> None:
        window, menu = self._window, self._menu("&File")
        self._add(menu, "open", "&Open product…", self.open_files, "Ctrl+O")
        self.recent = menu.addMenu("Open &recent")
        self.recent.setToolTipsVisible(True)
        self.fill_recent()
        self._add(menu, "bounds", "Add &bounds…", self.open_bounds, "Ctrl+B")
        menu.addSeparator()
        self._add(menu, "save", "&Save product…", lambda: self._on_active("save"), "Ctrl+S")
        self._add(menu, "settings", "Save se&ttings…", lambda: self._on_active("settings"))
        self._add(
            menu, "details", "Product &details…", lambda: self._on_active("details"), "Ctrl+I"
        )
        self._add(menu, "close", "&Close product", lambda: self._on_active("close"), "Ctrl+W")
        menu.addSeparator()
        self._add(menu, "quit", "&Quit", window.close, "Ctrl+Q")

    def _make_export(self) -> None:
        exporting, menu = self._window.exporting, self._menu("&Export")
        self._add(menu, "limits", "&Limits…", exporting.export_limits, "Ctrl+E")
        figures = menu.addMenu("Publication &figure")
        for name, text, keys in (
            ("view", "Plane as &shown…", "Ctrl+Shift+E"),
            ("plane", "&Plane with every bound, by flavour…", ""),
            ("limits", "&Limits by experiment and flavour…", ""),
            ("spectrum", "Spe&ctra at the cursor, after the fit…", ""),
            ("profile", "Pro&files at the cursor's mass…", ""),
        ):
            self._add(
                figures,
                f"figure-{name}",
                text,
                lambda name=name: exporting.export_figure(name),
                keys,
            )
        self._add(menu, "bibtex", "&BibTeX of everything shown…", exporting.export_bibtex)
        self._add(menu, "copy", "&Copy as Python", exporting.copy_script, "Ctrl+Shift+C")

    def _make_view(self) -> None:
        window, menu = self._window, self._menu("&View")
        self._add(menu, "all", "Show &whole grid", window.plane.show_all, "Ctrl+0")
        self._add(menu, "fitted", "Spectrum after the &fit", self._toggle_fitted, "F")
        self._add(menu, "quantity", "Counts or &rate", self._toggle_quantity, "R")
        self._add(menu, DOF, "&1 or 2 degrees of freedom", self._toggle_dof, "D")
        menu.addSeparator()
        panels = menu.addMenu("&Panels")
        for dock in window.docks.values():
            panels.addAction(dock.toggleViewAction())
        themes = menu.addMenu("&Theme")
        group = QActionGroup(window)
        for theme in (LIGHT, DARK):
            action = self._add(
                themes,
                theme.name,
                theme.name.capitalize(),
                lambda theme=theme: window.apply_theme(theme),
            )
            action.setCheckable(True)
            action.setChecked(theme.name == window.theme.name)
            group.addAction(action)
        menu.addSeparator()
        self._add(menu, "arrange", "&Arrange panels", window.arrange)
        self._add(menu, "reset", "Reset e&verything remembered", window.reset)

    def _make_help(self) -> None:
        menu = self._menu("&Help")
        self._add(menu, "shortcuts", "&Shortcuts…", self.show_shortcuts, "F1")
        self._add(menu, "about", "&About nusterile…", self.show_about)

    def open_files(self) -> None:
        """Ask for products and open them."""
        recent = self._window.memory.recent()
        folder = str(recent[0].parent) if recent else str(Path.cwd())
        ask_files(
            self._window,
            "Open products",
            "Products (*.nc);;All files (*)",
            folder,
            self._window.files.open,
        )

    def open_bounds(self) -> None:
        """Ask for a folder of bounds and read it."""
        ask_folder(
            self._window,
            "Folder with a bound.toml, or with such folders",
            str(Path.cwd()),
            lambda folder: self._window.add_bounds([folder]),
        )

    def show_shortcuts(self) -> None:
        """List every shortcut."""
        lines = [
            f"{action.shortcut().toString():<16}{action.text().replace('&', '').rstrip('…')}"
            for action in self.actions.values()
            if not action.shortcut().isEmpty()
        ]
        lines += [
            "",
            "In the plane",
            f"{'drag, click':<16}move the cursor",
            f"{'arrow keys':<16}move the cursor by one step of the grid, with Shift by ten",
            f"{'wheel':<16}zoom; on an axis: that axis only",
            f"{'right drag':<16}stretch",
            f"{'middle button':<16}pan",
            f"{'double click':<16}show everything",
            "",
            "In the panel of Δχ²(μ)",
            f"{'drag the line':<16}change the confidence level",
        ]
        show_text(self._window, "Shortcuts", "\n".join(lines))

    def show_about(self) -> None:
        """Show versions and citation."""
        show_text(self._window, "About nusterile", about_text())

    def fill_recent(self) -> None:
        """List the files opened last."""
        self.recent.clear()
        paths = self._window.memory.recent()
        for path in paths:
            action = self.recent.addAction(path.name.replace("&", "&&"))
            action.setToolTip(plain_tip(str(path)))
            action.triggered.connect(lambda _=False, path=path: self._window.files.open([path]))
        if paths:
            self.recent.addSeparator()
            self.recent.addAction("Forget these").triggered.connect(self._forget_recent)
        self.recent.setEnabled(bool(paths))

    def _forget_recent(self) -> None:
        self._window.memory.forget_recent()
        self.fill_recent()

    def _on_active(self, what: str) -> None:
        key = self._window.model.state.active
        if key:
            self._window.exporting.answer(what, key)

    def _toggle_fitted(self) -> None:
        model = self._window.model
        model.update(fitted=not model.state.fitted)

    def _toggle_quantity(self) -> None:
        model = self._window.model
        model.update(quantity="rate" if model.state.quantity == "counts" else "counts")

    def _toggle_dof(self) -> None:
        model = self._window.model
        model.update(dof=3 - model.state.dof)

    def _on_changed(self, changed: frozenset[str]) -> None:
        if "layers" in changed:
            on = bool(self._window.model.state.layers)
            for name in (
                "save",
                "settings",
                "details",
                "close",
                "limits",
                "bibtex",
                "copy",
            ):
                self.actions[name].setEnabled(on)
            for name, action in self.actions.items():
                if name.startswith("figure-"):
                    action.setEnabled(on)
