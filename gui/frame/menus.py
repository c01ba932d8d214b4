"""Menus, shortcuts and the lists they show."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from nusterile.files.places import Place, place_name
from nusterile.vocabulary import DOF
from nusterile_gui.frame.annotating import Annotating
from nusterile_gui.frame.comparing import Offer
from nusterile_gui.frame.copying import Copying
from nusterile_gui.frame.double_click import DoubleClick
from nusterile_gui.frame.finding import Entry, action_entries, plain_action, view_entries
from nusterile_gui.frame.own_curves import OwnCurves
from nusterile_gui.frame.palette import Palette
from nusterile_gui.look.dialogs import ask_files, ask_folder, show_text
from nusterile_gui.look.text_size import NORMAL
from nusterile_gui.look.texts import plain_tip
from nusterile_gui.look.themes import DARK, LIGHT, Theme
from nusterile_gui.sharing.details import about_text
from nusterile_gui.sharing.exporting import Exporting
from nusterile_gui.sharing.file_type import is_possible
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.openable import SUFFIX
from nusterile_gui.state.settings import Memory
from nusterile_gui.state.signals import ViewSignals

__all__ = ["Commands", "Menus"]

#: Shortcuts of the sizes of text; without Alt, these keys zoom.
_TEXT_KEYS = {
    "smaller": "Ctrl+Alt+-",
    NORMAL: "Ctrl+Alt+0",
    "larger": "Ctrl+Alt+=",
    "presentation": "Ctrl+Alt+P",
}
#: Keys of the panels with Alt: digits, as long as there are any.
_PANEL_KEYS = "123456789A"
#: Shortcuts of the arrangements of the panels.
_ARRANGEMENT_KEYS = {
    "explore": "Ctrl+Alt+A",
    "compare": "Ctrl+Alt+C",
    "present": "Ctrl+Alt+V",
}


@dataclass(frozen=True)
class Commands:
    """What menus start besides exports.

    Attributes
    ----------
    open_products, add_bounds : callable
        Take places of products or workspaces, and folders of bounds.
    own_curves : OwnCurves
        Takes curves of one's own.
    annotating : Annotating
        Asks for notes in the plane.
    open_service : callable
        Shows the catalogue of a service.
    compute_toys : callable
        Asks for a study with toys.
    what_if_live : callable
        Shows the sliders that the limit follows.
    save_workspace : callable
        Asks for a file and writes the view.
    answer : callable
        Takes something to do with a product (``save``, ``settings``, ``details`` or
        ``close``) and its key.
    chosen : callable
        Key of the product that this is about; 0 for none.
    double_click : DoubleClick
        Tells the desktop what opens workspaces.
    show_all, zoom_in, zoom_out : callable
        Show the whole grid, less of the plane and more of it.
    show_alone : callable
        Leaves the limit of the fit only, or shows the rest again.
    go_to : callable
        Takes the name of a panel, empty for the plane, and gives it the focus.
    apply_theme : callable
        Takes a theme.
    use_text_size : callable
        Takes the name of a size of text.
    arrange : callable
        Takes the name of an arrangement of the panels.
    present : callable
        Begins or ends to present.
    reset : callable
        Forgets everything remembered.
    undo, redo : callable
        Go through the states of the view.
    copying : Copying
        Copies what is seen.
    comparing : sequence of Offer
        What compares points of the plane.
    """

    open_products: Callable[[Sequence[Place]], None]
    add_bounds: Callable[[list[Path]], None]
    own_curves: OwnCurves
    annotating: Annotating
    open_service: Callable[[], None]
    compute_toys: Callable[[], None]
    what_if_live: Callable[[], None]
    save_workspace: Callable[[], None]
    answer: Callable[[str, int], None]
    chosen: Callable[[], int]
    double_click: DoubleClick
    show_all: Callable[[], None]
    zoom_in: Callable[[], None]
    zoom_out: Callable[[], None]
    show_alone: Callable[[], None]
    go_to: Callable[[str], None]
    apply_theme: Callable[[Theme], None]
    use_text_size: Callable[[str], None]
    arrange: Callable[[str], None]
    present: Callable[[], None]
    reset: Callable[[], None]
    undo: Callable[[], None]
    redo: Callable[[], None]
    copying: Copying
    comparing: Sequence[Offer]


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
    panels : mapping of str to QAction
        Show or hide one panel each, by its name.
    theme : Theme
        The one in use.
    text_size : str
        Name of the size of text in use.
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
        panels: Mapping[str, QAction],
        theme: Theme,
        text_size: str,
    ) -> None:
        self._parent = parent
        self._model = model
        self._memory = memory
        self._commands = commands
        self.actions: dict[str, QAction] = {}
        self.menus: dict[str, QMenu] = {}
        self._make_file()
        self._make_edit()
        self._make_export(exporting)
        self._make_view(panels, theme)
        self._make_compare()
        self._make_tools()
        self._make_text_sizes(text_size)
        self._make_help()
        signals.changed.connect(self._on_changed)
        self._on_changed(frozenset({"layers"}))

    def _menu(self, title: str) -> QMenu:
        menu = self._parent.menuBar().addMenu(title)
        return self._known(menu)

    def _inner(self, menu: QMenu, title: str) -> QMenu:
        return self._known(menu.addMenu(title))

    def _known(self, menu: QMenu) -> QMenu:
        menu.setToolTipsVisible(True)
        self.menus[menu.title().replace("&", "")] = menu
        return menu

    def entries(self) -> list[Entry]:
        """Every action that can be started now, for the command palette."""
        return [
            entry
            for title, menu in self.menus.items()
            for entry in action_entries(title, menu.actions())
        ]

    def _add(
        self, menu: QMenu, name: str, text: str, answer: Callable[[], object], keys: str
    ) -> QAction:
        action = QAction(text, self._parent)
        action.setObjectName(f"action-{name}")
        action.setShortcut(QKeySequence(keys))
        action.setToolTip(f"{plain_action(action)} ({action.shortcut().toString()})")
        action.triggered.connect(lambda _=False: answer())
        menu.addAction(action)
        # Of the window too: keys work while the menu bar is hidden.
        self._parent.addAction(action)
        self.actions[name] = action
        return action

    def _make_file(self) -> None:
        menu = self._menu("&File")
        self._add(menu, "open", "&Open…", self.open_files, "Ctrl+O")
        service = self._commands.open_service
        self._add(menu, "service", "Open from a ser&vice…", service, "Ctrl+Shift+O")
        self.recent = self._inner(menu, "Open &recent")
        self.fill_recent()
        self._add(menu, "bounds", "Add &bounds…", self.open_bounds, "Ctrl+B")
        curves = self._commands.own_curves
        self._add(menu, "curve", "Add &your own curve…", curves.ask, "Ctrl+Shift+B")
        self._add(menu, "save-curve", "Save your curve as a bou&nd…", curves.save, "Ctrl+Alt+F")
        menu.addSeparator()
        self._add(menu, "save", "&Save product…", partial(self._on_chosen, "save"), "Ctrl+S")
        save = self._commands.save_workspace
        self._add(menu, "workspace", "Save &workspace…", save, "Ctrl+Shift+S")
        self._add(
            menu, "settings", "Save se&ttings…", partial(self._on_chosen, "settings"), "Ctrl+Alt+S"
        )
        self._add(
            menu, "details", "Product &details…", partial(self._on_chosen, "details"), "Ctrl+I"
        )
        self._add(menu, "close", "&Close product", partial(self._on_chosen, "close"), "Ctrl+W")
        menu.addSeparator()
        self._add(menu, "quit", "&Quit", self._parent.close, "Ctrl+Q")

    def _make_edit(self) -> None:
        menu = self._menu("&Edit")
        self._add(menu, "undo", "&Undo", self._commands.undo, "Ctrl+Z")
        self._add(menu, "redo", "&Redo", self._commands.redo, "Ctrl+Shift+Z")
        menu.addSeparator()
        curves = self._commands.own_curves
        self._add(menu, "paste", "P&aste a curve", curves.paste, "Ctrl+V")
        self._add(menu, "edit-curve", "&Edit your curve…", curves.edit, "Ctrl+Alt+E")
        self._add(menu, "remove-curve", "Remo&ve your curve", curves.remove, "Ctrl+Alt+X")
        notes = self._commands.annotating
        self._add(menu, "note", "&Note at the cursor…", notes.note, "N")
        self._add(menu, "arrow", "Arro&w to the cursor…", notes.arrow, "A")
        menu.addSeparator()
        copying = self._commands.copying
        self._add(menu, "copy-numbers", "&Copy numbers of this panel", copying.numbers, "Ctrl+C")
        picture = copying.picture
        self._add(menu, "copy-picture", "Copy &picture of this panel", picture, "Ctrl+Shift+P")
        commands = copying.commands
        self._add(menu, "copy-commands", "Copy as command &lines", commands, "Ctrl+Shift+L")

    def _make_export(self, exporting: Exporting) -> None:
        menu = self._menu("&Export")
        self._add(menu, "limits", "&Limits…", exporting.export_limits, "Ctrl+E")
        figures = self._inner(menu, "Publication &figure")
        for name, text, keys in (
            ("view", "Plane as &shown…", "Ctrl+Shift+E"),
            ("plane", "&Plane with every bound, by flavour…", "Ctrl+Alt+1"),
            ("limits", "&Limits by experiment and flavour…", "Ctrl+Alt+2"),
            ("spectrum", "Spe&ctra at the cursor, after the fit…", "Ctrl+Alt+3"),
            ("profile", "Pro&files at the cursor's mass…", "Ctrl+Alt+4"),
        ):
            draw = partial(exporting.export_figure, name)
            self._add(figures, f"figure-{name}", text, draw, keys)
        bibtex = exporting.export_bibtex
        self._add(menu, "bibtex", "&BibTeX of everything shown…", bibtex, "Ctrl+Alt+B")
        self._add(menu, "copy", "&Copy as Python", exporting.copy_script, "Ctrl+Shift+C")

    def _make_view(self, panels: Mapping[str, QAction], theme: Theme) -> None:
        commands, menu = self._commands, self._menu("&View")
        self._add(menu, "all", "Show &whole grid", commands.show_all, "Ctrl+0")
        self._add(menu, "zoom-in", "Zoom &in at the cursor", commands.zoom_in, "Ctrl++")
        self._add(menu, "zoom-out", "Zoom &out at the cursor", commands.zoom_out, "Ctrl+-")
        self._add(menu, "fitted", "Spectrum after the &fit", self._toggle_fitted, "F")
        self._add(menu, "quantity", "Counts or &rate", self._toggle_quantity, "R")
        self._add(menu, DOF, "&1 or 2 degrees of freedom", self._toggle_dof, "D")
        self._add(menu, "levels", "Fill 68, 90, 95, 99 % instead of Δχ²", self._toggle_levels, "C")
        alone = commands.show_alone
        self._add(menu, "alone", "&Only the limit of the fit, or all", alone, "O")
        menu.addSeparator()
        reached = self._inner(menu, "&Go to")
        self._add(reached, "go-plane", "Plane", partial(commands.go_to, ""), "Alt+0")
        shown = self._inner(menu, "&Panels")
        for number, (name, panel) in enumerate(panels.items(), 1):
            go = partial(commands.go_to, name)
            self._add(reached, f"go-{name}", panel.text(), go, f"Alt+{_PANEL_KEYS[number - 1]}")
            panel.setShortcut(QKeySequence(f"Ctrl+F{number}"))
            panel.setToolTip(f"Show or hide {panel.text()} ({panel.shortcut().toString()})")
            shown.addAction(panel)
        themes = self._inner(menu, "&Theme")
        group = QActionGroup(self._parent)
        for other, keys in ((LIGHT, "Ctrl+Alt+L"), (DARK, "Ctrl+Alt+D")):
            take = partial(commands.apply_theme, other)
            action = self._add(themes, other.name, other.name.capitalize(), take, keys)
            action.setCheckable(True)
            action.setChecked(other.name == theme.name)
            group.addAction(action)
        menu.addSeparator()
        arranged = self._inner(menu, "&Arrange panels")
        for name, keys in _ARRANGEMENT_KEYS.items():
            arrange = partial(commands.arrange, name)
            self._add(arranged, f"arrange-{name}", f"To {name}", arrange, keys)
        present = self._add(menu, "present", "&Presentation mode", commands.present, "F11")
        present.setCheckable(True)
        self._add(menu, "reset", "Reset e&verything remembered", commands.reset, "Ctrl+Alt+R")

    def _make_compare(self) -> None:
        menu = self._menu("&Compare")
        for name, text, answer, keys in self._commands.comparing:
            self._add(menu, name, text, answer, keys)

    def _make_tools(self) -> None:
        menu = self._menu("&Tools")
        compute = self._commands.compute_toys
        self._add(menu, "toys", "Compute with &toys…", compute, "Ctrl+T")
        live = self._commands.what_if_live
        self._add(menu, "live", "What if, &live", live, "Ctrl+L")
        if is_possible():
            click = self._commands.double_click
            text = "Open workspaces by &double click"
            click.show_on(self._add(menu, "double-click", text, click.toggle, "Ctrl+Alt+W"))

    def _make_text_sizes(self, used: str) -> None:
        sizes = QMenu("Te&xt size", self._parent)
        self.menus["View"].insertMenu(self.menus["Theme"].menuAction(), self._known(sizes))
        group = QActionGroup(self._parent)
        for name, keys in _TEXT_KEYS.items():
            take = partial(self._commands.use_text_size, name)
            action = self._add(sizes, f"text-{name}", name.capitalize(), take, keys)
            action.setCheckable(True)
            action.setChecked(name == used)
            group.addAction(action)

    def _make_help(self) -> None:
        menu = self._menu("&Help")
        self._add(menu, "find", "&Find anything…", self.show_palette, "Ctrl+K")
        self._add(menu, "shortcuts", "&Shortcuts…", self.show_shortcuts, "F1")
        self._add(menu, "about", "&About nusterile…", self.show_about, "Shift+F1")

    def open_files(self) -> None:
        """Ask for products and open them."""
        recent = [place for place in self._memory.recent() if isinstance(place, Path)]
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

    def show_palette(self) -> None:
        """Find an action, a panel, or something to show, by a few letters."""
        Palette(self._parent, [*self.entries(), *view_entries(self._model)]).open()

    def show_shortcuts(self) -> None:
        """List every shortcut."""
        lines = [
            f"{action.shortcut().toString():<16}{plain_action(action)}"
            for action in self.actions.values()
        ]
        lines += [
            "",
            "In the plane",
            f"{'drag, click':<16}move the cursor; with Shift, or at its mark: cursor B",
            f"{'click a label':<16}show that curve alone, again: all; with Alt: hide it",
            f"{'drag a note':<16}move it; once it was clicked, the tip of its arrow as well",
            f"{'double click it':<16}change it",
            f"{'Delete':<16}remove the note that was clicked",
            f"{'arrow keys':<16}move the cursor by one step of the grid, with Shift by ten",
            f"{'Ctrl, arrows':<16}move cursor B in the same way",
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
        """List the files and addresses opened last."""
        self.recent.clear()
        places = self._memory.recent()
        for place in places:
            action = self.recent.addAction(place_name(place).replace("&", "&&"))
            action.setToolTip(plain_tip(str(place)))
            read = partial(self._commands.open_products, [place])
            action.triggered.connect(lambda _=False, read=read: read())
        if places:
            self.recent.addSeparator()
            self.recent.addAction("Forget these").triggered.connect(self._forget_recent)
        self.recent.setEnabled(bool(places))

    def _forget_recent(self) -> None:
        self._memory.forget_recent()
        self.fill_recent()

    def _on_chosen(self, what: str) -> None:
        key = self._commands.chosen()
        if key:
            self._commands.answer(what, key)

    def _toggle_fitted(self) -> None:
        self._model.update(fitted=not self._model.state.fitted)

    def _toggle_quantity(self) -> None:
        self._model.update(quantity="rate" if self._model.state.quantity == "counts" else "counts")

    def _toggle_dof(self) -> None:
        self._model.update(dof=3 - self._model.state.dof)

    def _toggle_levels(self) -> None:
        filled = self._model.state.image == "levels"
        self._model.update(image="delta_chi2" if filled else "levels")

    def _on_changed(self, changed: frozenset[str]) -> None:
        if changed & {"layers", "overlays"}:
            for name in ("save", "settings", "details", "close"):
                self.actions[name].setEnabled(bool(self._model.state.products))
            on = bool(self._model.state.layers)
            for name in (
                "limits",
                "bibtex",
                "copy",
                "copy-numbers",
                "copy-commands",
                "note",
                "arrow",
                "toys",
            ):
                self.actions[name].setEnabled(on)
            for name, action in self.actions.items():
                if name.startswith("figure-"):
                    action.setEnabled(on)
