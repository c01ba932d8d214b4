"""Menus, shortcuts and the lists they show."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from nusterile.vocabulary import DOF
from nusterile_gui.look.dialogs import ask_files, ask_folder, show_text
from nusterile_gui.look.texts import plain_tip
from nusterile_gui.look.themes import DARK, LIGHT, Theme
from nusterile_gui.sharing.details import about_text
from nusterile_gui.sharing.exporting import Exporting
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.settings import Memory
from nusterile_gui.state.signals import ViewSignals
from nusterile_gui.state.workspace import SUFFIX

__all__ = ["Commands", "Menus"]


@dataclass(frozen=True)
class Commands:
    """What menus start besides exports.

    Attributes
    ----------
    open_products, add_bounds : callable
        Take files of products or workspaces, and folders of bounds.
    save_workspace : callable
        Asks for a file and writes the view.
    answer : callable
        Takes something to do with a layer (``save``, ``settings``, ``details`` or
        ``close``) and its key.
    show_all : callable
        Shows the whole grid.
    apply_theme : callable
        Takes a theme.
    arrange, reset : callable
        Put panels where they were at first; forget everything remembered.
    undo, redo : callable
        Go through the states of the view.
    """

    open_products: Callable[[list[Path]], None]
    add_bounds: Callable[[list[Path]], None]
    save_workspace: Callable[[], None]
    answer: Callable[[str, int], None]
    show_all: Callable[[], None]
    apply_theme: Callable[[Theme], None]
    arrange: Callable[[], None]
    reset: Callable[[], None]
    undo: Callable[[], None]
    redo: Callable[[], None]


class Menus:
    """The menu bar of a window.

    Parameters
    ----------
    parent : QMainWindow
        Where it goes.
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    memory : Memory
        Knows recent files.
    exporting : Exporting
        Answers what is under Export.
    commands : Commands
        Answers the rest.
    panels : iterable of QAction
        Show or hide one panel each.
    theme : Theme
        The one in use.
    """

    def __init__(
        self,
        parent: QMainWindow,
        model: ViewModel,
        signals: ViewSignals,
        memory: Memory,
        exporting: Exporting,
        commands: Commands,
        *,
        panels: Iterable[QAction],
        theme: Theme,
    ) -> None:
        self._parent = parent
        self._model = model
        self._memory = memory
        self._commands = commands
        self.actions: dict[str, QAction] = {}
        self._make_file()
        self._make_edit()
        self._make_export(exporting)
        self._make_view(panels, theme)
        self._make_help()
        signals.changed.connect(self._on_changed)
        self._on_changed(frozenset({"layers"}))

    def _menu(self, title: str) -> QMenu:
        return self._parent.menuBar().addMenu(title)

    def _add(
        self, menu: QMenu, name: str, text: str, answer: Callable[[], object], keys: str = ""
    ) -> QAction:
        action = QAction(text, self._parent)
        action.setObjectName(f"action-{name}")
        if keys:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: answer())
        menu.addAction(action)
        self.actions[name] = action
        return action

    def _make_file(self) -> None:
        menu = self._menu("&File")
        self._add(menu, "open", "&Open…", self.open_files, "Ctrl+O")
        self.recent = menu.addMenu("Open &recent")
        self.recent.setToolTipsVisible(True)
        self.fill_recent()
        self._add(menu, "bounds", "Add &bounds…", self.open_bounds, "Ctrl+B")
        menu.addSeparator()
        self._add(menu, "save", "&Save product…", partial(self._on_active, "save"), "Ctrl+S")
        save = self._commands.save_workspace
        self._add(menu, "workspace", "Save &workspace…", save, "Ctrl+Shift+S")
        self._add(menu, "settings", "Save se&ttings…", partial(self._on_active, "settings"))
        self._add(
            menu, "details", "Product &details…", partial(self._on_active, "details"), "Ctrl+I"
        )
        self._add(menu, "close", "&Close product", partial(self._on_active, "close"), "Ctrl+W")
        menu.addSeparator()
        self._add(menu, "quit", "&Quit", self._parent.close, "Ctrl+Q")

    def _make_edit(self) -> None:
        menu = self._menu("&Edit")
        self._add(menu, "undo", "&Undo", self._commands.undo, "Ctrl+Z")
        self._add(menu, "redo", "&Redo", self._commands.redo, "Ctrl+Shift+Z")

    def _make_export(self, exporting: Exporting) -> None:
        menu = self._menu("&Export")
        self._add(menu, "limits", "&Limits…", exporting.export_limits, "Ctrl+E")
        figures = menu.addMenu("Publication &figure")
        for name, text, keys in (
            ("view", "Plane as &shown…", "Ctrl+Shift+E"),
            ("plane", "&Plane with every bound, by flavour…", ""),
            ("limits", "&Limits by experiment and flavour…", ""),
            ("spectrum", "Spe&ctra at the cursor, after the fit…", ""),
            ("profile", "Pro&files at the cursor's mass…", ""),
        ):
            draw = partial(exporting.export_figure, name)
            self._add(figures, f"figure-{name}", text, draw, keys)
        self._add(menu, "bibtex", "&BibTeX of everything shown…", exporting.export_bibtex)
        self._add(menu, "copy", "&Copy as Python", exporting.copy_script, "Ctrl+Shift+C")

    def _make_view(self, panels: Iterable[QAction], theme: Theme) -> None:
        commands, menu = self._commands, self._menu("&View")
        self._add(menu, "all", "Show &whole grid", commands.show_all, "Ctrl+0")
        self._add(menu, "fitted", "Spectrum after the &fit", self._toggle_fitted, "F")
        self._add(menu, "quantity", "Counts or &rate", self._toggle_quantity, "R")
        self._add(menu, DOF, "&1 or 2 degrees of freedom", self._toggle_dof, "D")
        menu.addSeparator()
        shown = menu.addMenu("&Panels")
        for panel in panels:
            shown.addAction(panel)
        themes = menu.addMenu("&Theme")
        group = QActionGroup(self._parent)
        for other in (LIGHT, DARK):
            take = partial(commands.apply_theme, other)
            action = self._add(themes, other.name, other.name.capitalize(), take)
            action.setCheckable(True)
            action.setChecked(other.name == theme.name)
            group.addAction(action)
        menu.addSeparator()
        self._add(menu, "arrange", "&Arrange panels", commands.arrange)
        self._add(menu, "reset", "Reset e&verything remembered", commands.reset)

    def _make_help(self) -> None:
        menu = self._menu("&Help")
        self._add(menu, "shortcuts", "&Shortcuts…", self.show_shortcuts, "F1")
        self._add(menu, "about", "&About nusterile…", self.show_about)

    def open_files(self) -> None:
        """Ask for products and open them."""
        recent = self._memory.recent()
        folder = str(recent[0].parent if recent else Path.cwd())
        ask_files(
            self._parent,
            "Open products or a workspace",
            f"Products and workspaces (*.nc *{SUFFIX});;All files (*)",
            folder,
            self._commands.open_products,
        )

    def open_bounds(self) -> None:
        """Ask for a folder of bounds and read it."""
        ask_folder(
            self._parent,
            "Folder with a bound.toml, or with such folders",
            str(Path.cwd()),
            lambda folder: self._commands.add_bounds([folder]),
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
        show_text(self._parent, "Shortcuts", "\n".join(lines))

    def show_about(self) -> None:
        """Show versions and citation."""
        show_text(self._parent, "About nusterile", about_text())

    def fill_recent(self) -> None:
        """List the files opened last."""
        self.recent.clear()
        paths = self._memory.recent()
        for path in paths:
            action = self.recent.addAction(path.name.replace("&", "&&"))
            action.setToolTip(plain_tip(str(path)))
            read = partial(self._commands.open_products, [path])
            action.triggered.connect(lambda _=False, read=read: read())
        if paths:
            self.recent.addSeparator()
            self.recent.addAction("Forget these").triggered.connect(self._forget_recent)
        self.recent.setEnabled(bool(paths))

    def _forget_recent(self) -> None:
        self._memory.forget_recent()
        self.fill_recent()

    def _on_active(self, what: str) -> None:
        key = self._model.state.active
        if key:
            self._commands.answer(what, key)

    def _toggle_fitted(self) -> None:
        self._model.update(fitted=not self._model.state.fitted)

    def _toggle_quantity(self) -> None:
        self._model.update(quantity="rate" if self._model.state.quantity == "counts" else "counts")

    def _toggle_dof(self) -> None:
        self._model.update(dof=3 - self._model.state.dof)

    def _on_changed(self, changed: frozenset[str]) -> None:
        if "layers" in changed:
            on = bool(self._model.state.layers)
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
