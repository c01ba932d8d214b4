"""The main window: panels, docks and what holds them together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nusterile.files.places import Place, place_name, place_of
from nusterile.files.web import is_address
from nusterile.product.content import doubt_about
from nusterile_gui.frame.animating import Animating
from nusterile_gui.frame.annotating import Annotating
from nusterile_gui.frame.arrangement import EXPLORE, Arranging
from nusterile_gui.frame.bound_folders import BoundFolders, is_bound
from nusterile_gui.frame.comparing import Comparing
from nusterile_gui.frame.copying import Copying
from nusterile_gui.frame.double_click import DoubleClick
from nusterile_gui.frame.focus import focus_inside, focus_on_the_seen
from nusterile_gui.frame.leaving import Leaving
from nusterile_gui.frame.live import Live
from nusterile_gui.frame.menus import Commands, Menus
from nusterile_gui.frame.own_curves import OwnCurves
from nusterile_gui.frame.presentation import Presentation
from nusterile_gui.frame.services import Services
from nusterile_gui.frame.sessions import Resuming, session_of
from nusterile_gui.frame.toys import Toys
from nusterile_gui.frame.undoing import Undoing
from nusterile_gui.frame.workspaces import Surroundings, Workspaces
from nusterile_gui.look.dialogs import ask, complain
from nusterile_gui.look.style import style_sheet
from nusterile_gui.look.text_size import NORMAL, TEXT_SIZES, text_size_named, use_text_size
from nusterile_gui.look.themes import LIGHT, Theme, palette_of, theme_named
from nusterile_gui.panels.annotation_list import AnnotationList, NotesPanel
from nusterile_gui.panels.bounds_panel import BoundsPanel
from nusterile_gui.panels.bounds_tree import BoundsTree
from nusterile_gui.panels.comparison_table import ComparisonTable
from nusterile_gui.panels.notes import Notes
from nusterile_gui.panels.notice import Notice
from nusterile_gui.panels.plane import Plane
from nusterile_gui.panels.profiles import MassProfile, MomentProfile
from nusterile_gui.panels.pulls import PullsPanel
from nusterile_gui.panels.ratio import RatioPlot
from nusterile_gui.panels.readout import ReadOut
from nusterile_gui.panels.spectrum import SpectrumPanel
from nusterile_gui.panels.view_panel import ViewPanel
from nusterile_gui.panels.welcome import Welcome
from nusterile_gui.panels.whatif import WhatIf
from nusterile_gui.panels.zoom import Zoom
from nusterile_gui.sharing.exporting import Exporting
from nusterile_gui.state.files import Files
from nusterile_gui.state.history import History
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.openable import is_workspace, names_product
from nusterile_gui.state.remembered_view import (
    default_view,
    remembered_view,
    view_to_remember,
)
from nusterile_gui.state.settings import Memory, Session, reference_path
from nusterile_gui.state.signals import ViewSignals
from nusterile_gui.work.reading import ReadAhead
from nusterile_gui.work.work import Worker

__all__ = ["Window"]


class Window(QMainWindow):
    """The desktop app.

    Parameters
    ----------
    places : sequence of Path or str
        Products to open at the start, as files or addresses.
    resume : bool
        Whether they are those of the last session, to be shown as they were.
    ahead : ReadAhead, optional
        Reads the first of them already.
    """

    def __init__(
        self,
        places: Sequence[Place] = (),
        *,
        resume: bool = False,
        ahead: ReadAhead | None = None,
    ) -> None:
        super().__init__()
        self.setWindowTitle("nusterile")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.memory = Memory()
        self.model = ViewModel()
        self.signals = ViewSignals(self.model, self)
        self.history = History(self.model)
        self.worker = Worker("nusterile-computing", self)
        self.files = Files(self.model, self.signals, self, ahead)
        # First of all: files are read while the panels are made.
        self.files.open(places)
        self.theme: Theme = theme_named(self.memory.theme)
        self.text_size = text_size_named(self.memory.text("text_size"))
        self._closing = False
        self.bound_folders = BoundFolders(self.model, self.worker, self.say, self.complain)
        # What the start itself does is nothing to undo.
        self.history.begin()
        self._make_panels()
        self.docks: dict[str, QDockWidget] = {}
        self._make_docks()
        self.exporting = Exporting(
            self,
            self.model,
            self.files,
            self.memory,
            self.plane,
            bound_folders=lambda: self.bound_folders.folders,
            say=self.say,
        )
        self.services = Services(self, self.files, self.memory)
        self.toys = Toys(self, self.model, self.files, self.say)
        self.own_curves = OwnCurves(
            self, self.model, self.bounds_tree, self.files, self.memory, self.say
        )
        self.annotating = Annotating(self, self.model, self.plane, self.annotations)
        self.workspaces = self._make_workspaces()
        self.animating = Animating(
            self,
            model=self.model,
            signals=self.signals,
            history=self.history,
            files=self.files,
            memory=self.memory,
            docks=self.docks,
            say=self.say,
        )
        self.presentation = Presentation(
            self, self.arranging, lambda: self.text_size, self.use_text_size
        )
        self.menus = self._make_menus()
        self.presentation.show_on(self.menus.actions["present"])
        for_chosen = ("edit-curve", "save-curve", "remove-curve")
        self.own_curves.show_on([self.menus.actions[n] for n in for_chosen], self.signals)
        self._make_undo()
        self._leaving = Leaving(self, self.model, self.files, lambda: self.busy)
        self._leaving.leave.connect(self.close)
        self._leaving.leave_at_once.connect(self.close_now)
        self._connect()
        self.apply_theme(self.theme)
        self.resize(1280, 800)
        self._arranged = False
        self._restore_view()
        self.bound_folders.recall([Path(name) for name in self.memory.names("bound_folders")])
        session = self.memory.session() if resume else Session()
        resuming = Resuming(session, self.model, self.files, self)
        resuming.missed.connect(lambda gone: self.say(f"no longer there: {', '.join(gone)}"))
        self.files.busy_changed.connect(self._start_history)
        self._start_history(self.files.worker.busy)

    def _make_panels(self) -> None:
        model, signals = self.model, self.signals
        self.notice = Notice()
        self.read_out = ReadOut(model, signals)
        self.plane = Plane(model, signals)
        self.zoom = Zoom(model, signals, self.plane)
        self.view_panel = ViewPanel(model, signals)
        self.bounds_tree = BoundsTree(model, signals)
        self.bounds_panel = BoundsPanel(self.bounds_tree)
        self.plane.out_of_sight.connect(self.bounds_panel.say_out_of_sight)
        self.what_if = WhatIf(model, self.worker)
        self.live = Live(
            model, signals, self.what_if, self.plane.preview, lambda: self.reveal("what-if")
        )
        self.moment_profile = MomentProfile(model, signals)
        self.mass_profile = MassProfile(model, signals)
        self.spectrum = SpectrumPanel(model, signals)
        self.pulls = PullsPanel(model, signals)
        self.ratio = RatioPlot(model, signals)
        self.notes = Notes(model, signals)
        self.annotations = AnnotationList(model, signals)
        self.comparison = ComparisonTable(model, signals)
        self.welcome = Welcome(self.worker, reference_path())
        central = QWidget()
        layout = QVBoxLayout(central)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice)
        layout.addWidget(self.read_out)
        layout.addWidget(self.plane, 1)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(central)
        self.setCentralWidget(self.pages)

    def _make_docks(self) -> None:
        for name, title, panel in (
            ("view", "View", self.view_panel),
            ("bounds", "Bounds", self.bounds_panel),
            ("what-if", "What if", self.live.pages),
            ("moment", "Δχ²(μ)", self.moment_profile),
            ("mass", "Δχ²(m₄)", self.mass_profile),
            ("ratio", "Ratio of limits", self.ratio),
            ("spectrum", "Spectrum", self.spectrum),
            ("pulls", "Pulls", self.pulls),
            ("notes", "Notes", NotesPanel(self.annotations, self.notes)),
            ("cursors", "A and B", self.comparison),
        ):
            dock = QDockWidget(title, self)
            dock.setObjectName(f"dock-{name}")
            dock.setWidget(panel)
            self.docks[name] = dock
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.arranging = Arranging(self, self.docks)
        self.arranging.arrange(EXPLORE)

    def _make_workspaces(self) -> Workspaces:
        surroundings = Surroundings(
            bound_folders=lambda: self.bound_folders.folders,
            read_bounds=self.bound_folders.recall,
            theme=lambda: self.theme.name,
            take_theme=lambda name: self.menus.actions[theme_named(name).name].trigger(),
            take_docks=self._take_docks,
            start_folder=self.memory.folder,
            opened=self._remember,
        )
        return Workspaces(self, self.model, self.files, self.history, surroundings)

    def _make_menus(self) -> Menus:
        commands = Commands(
            open_products=self.open_anything,
            open_service=self.services.show,
            compute_toys=self.toys.show,
            what_if_live=self.live.show,
            save_workspace=self.workspaces.ask_to_save,
            add_bounds=self.bound_folders.add,
            own_curves=self.own_curves,
            annotating=self.annotating,
            answer=self.answer,
            chosen=self.view_panel.chosen,
            double_click=DoubleClick(self.say, self.complain),
            show_all=self.zoom.show_all,
            zoom_in=lambda: self.zoom.scale(0.7),
            zoom_out=lambda: self.zoom.scale(1 / 0.7),
            show_alone=self.plane.pointing.toggle_alone,
            go_to=self.go_to,
            apply_theme=self.apply_theme,
            use_text_size=self.use_text_size,
            arrange=self.arranging.arrange,
            present=self.presentation.toggle,
            reset=self.reset,
            undo=self.history.undo,
            redo=self.history.redo,
            copying=Copying(self.model, self.docks, self.plane, self.live.panel, self.say),
            comparing=[*Comparing(self.model, self.say).offers(), *self.animating.offers()],
        )
        return Menus(
            self,
            self.model,
            self.signals,
            self.memory,
            self.exporting,
            commands,
            panels={name: dock.toggleViewAction() for name, dock in self.docks.items()},
            theme=self.theme,
            text_size=self.text_size,
        )

    def go_to(self, name: str) -> None:
        """Bring a panel to the front and give it the focus; the plane for no name."""
        if name:
            self.reveal(name)
        focus_inside(self.docks[name].widget() if name else self.plane)

    def reveal(self, name: str) -> None:
        """Bring a panel to the front."""
        self.docks[name].show()
        self.docks[name].raise_()

    def _make_undo(self) -> None:
        undoing = Undoing(self.history, self)
        undoing.follow(
            plot.box for plot in (self.plane, self.moment_profile, self.mass_profile, self.ratio)
        )
        self.moment_profile.level.sigDragged.connect(self.history.hold)
        self.moment_profile.level.sigPositionChangeFinished.connect(self.history.release)
        level = self.view_panel.cl.lineEdit()
        undoing.watch((self.read_out.m_4, self.read_out.mu, level))
        undoing.show_on(self.menus.actions["undo"], self.menus.actions["redo"])

    def _connect(self) -> None:
        self.files.failed.connect(self.complain)
        self.files.opened.connect(self._on_opened)
        self.files.written.connect(lambda path: self.say(f"{path} written"))
        self.files.replaced.connect(self._on_replaced)
        self.files.vanished.connect(self._on_vanished)
        self.files.returned.connect(self.notice.drop)
        self.files.busy_changed.connect(self._on_files_busy)
        self.what_if.failed.connect(self.complain)
        self.what_if.save_asked.connect(self.exporting.save_settings)
        self.welcome.failed.connect(self.complain)
        self.welcome.open_asked.connect(self.menus.open_files)
        self.welcome.built.connect(lambda path: self.files.open([path]))
        self.view_panel.asked.connect(self.answer)
        self.signals.changed.connect(self._on_changed)

    def apply_theme(self, theme: Theme) -> None:
        """Give every panel the colours of a theme."""
        self.theme = theme
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setPalette(palette_of(theme))
        use_text_size(self.text_size)
        self.setStyleSheet(style_sheet(theme, TEXT_SIZES[self.text_size]))
        for panel in (
            self.plane,
            self.view_panel,
            self.moment_profile,
            self.mass_profile,
            self.spectrum,
            self.pulls,
            self.ratio,
        ):
            panel.apply_theme(theme)
        self.bounds_tree.apply_theme(theme)

    def use_text_size(self, name: str) -> None:
        """Give the text of every panel a size."""
        self.text_size = name
        self.apply_theme(self.theme)
        self.arranging.follow()

    def say(self, text: str) -> None:
        """Show a line in the status bar for a while."""
        self.statusBar().showMessage(text, 8000)

    def complain(self, what: str, message: str) -> None:
        """Show a dialog that says what went wrong."""
        complain(self, what, message)

    def answer(self, what: str, key: int) -> None:
        """Do something with a product: ``save``, ``settings``, ``details`` or ``close``."""
        if what == "close":
            self.close_layer(key)
        else:
            self.exporting.answer(what, key)

    def close_layer(self, key: int) -> None:
        """Close a product; nothing is lost that was saved."""
        product = self.model.product(key)
        if product is None:
            return
        if product.place is not None:
            self.model.remove(key)
            return
        ask(
            self,
            f"{product.name} was not saved",
            "It can be computed again from its settings, but its numbers go when it is closed.",
            "Close it",
            "Keep it",
            lambda yes: self.model.remove(key) if yes else None,
        )

    # -- files ----------------------------------------------------------------------

    def _on_opened(self, place: Place) -> None:
        self._remember(place)
        product = next((p for p in self.model.state.products if p.place == place), None)
        doubt = doubt_about(product.dataset, place_name(place)) if product else ""
        self.say(doubt or f"{place_name(place)} opened")

    def _remember(self, place: Place) -> None:
        self.memory.remember(place)
        self.menus.fill_recent()

    def _on_files_busy(self, busy: bool) -> None:
        if busy:
            self.statusBar().showMessage("reading or writing a product …")
        elif self.statusBar().currentMessage().startswith("reading"):
            self.statusBar().clearMessage()

    def _start_history(self, busy: bool) -> None:
        if not busy:
            self.files.busy_changed.disconnect(self._start_history)
            # What was read last is still to be shown.
            QTimer.singleShot(0, self, self._started)

    def _started(self) -> None:
        self.history.clear()
        self.history.end()

    def _on_replaced(self, key: int) -> None:
        product = self.model.product(key)
        if product is None or product.path is None:
            return
        path = product.path
        self.notice.show_notice(
            key,
            f"{path.name} was replaced on disk; the view still shows the old product.",
            "Reload",
            lambda yes: self.files.open([path], key) if yes else self.files.accept_stamp(key),
        )

    def _on_vanished(self, key: int) -> None:
        product = self.model.product(key)
        if product is None or product.path is None:
            return
        self.notice.show_notice(
            key,
            f"{product.path.name} is gone from the disk; the view keeps its content.",
            "Save…",
            lambda yes: self.exporting.answer("save", key) if yes else None,
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files and text."""
        if event.mimeData().hasUrls() or event.mimeData().hasText():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open dropped products, workspaces, bounds and curves, and links to products."""
        event.acceptProposedAction()
        if not event.mimeData().hasUrls():
            self.own_curves.take(event.mimeData().text(), "dropped text")
            return
        texts = [url.toLocalFile() or url.toString() for url in event.mimeData().urls()]
        places = [place_of(text) for text in texts if is_address(text) or Path(text).is_absolute()]
        self.open_anything(places)

    def open_anything(self, places: Sequence[Place]) -> None:
        """Open products, a workspace, bounds given as their folder or a file in it, a service.

        A table that belongs to no bound is a curve of one's own.
        """
        addresses = [place for place in places if isinstance(place, str)]
        self.files.open([address for address in addresses if names_product(address)])
        for address in addresses:
            if not names_product(address):
                self.services.show(address)
        paths = [place for place in places if isinstance(place, Path)]
        for path in filter(is_workspace, paths):
            self.workspaces.open(path)
        paths = [path for path in paths if not is_workspace(path)]
        folders = [p if p.is_dir() else p.parent for p in paths if p.is_dir() or is_bound(p)]
        if folders:
            self.bound_folders.add(folders)
        paths = [p for p in paths if not p.is_dir() and not is_bound(p)]
        self.own_curves.read([p for p in paths if self.own_curves.names_curve(p)])
        self.files.open([p for p in paths if not self.own_curves.names_curve(p)])

    # -- memory ---------------------------------------------------------------------

    def restore_layout(self) -> None:
        """Put window and docks where they were."""
        layout = self.memory.layout()
        if layout is None:
            return
        geometry, state = layout
        self.restoreGeometry(geometry)
        by_hand = self.memory.text("arranged_by_hand") == "true"
        self.arranging.restore(state, self.memory.text("arrangement"), by_hand=by_hand)

    def _take_docks(self, state: bytes) -> None:
        """Put the panels where a workspace has them."""
        self.arranging.restore(QByteArray(state), self.arranging.name, by_hand=True)

    def reset(self) -> None:
        """Forget layout, recent files and view, and show everything as at first."""
        self.memory.reset()
        self._restored = False
        self.presentation.leave()
        self.animating.hide()
        self.arranging.arrange(EXPLORE)
        self.menus.actions[LIGHT.name].trigger()
        self.menus.actions[f"text-{NORMAL}"].trigger()
        self.menus.fill_recent()
        layer = self.model.layer
        self.model.update(**default_view())
        if layer is not None:
            self._first_view()

    def _restore_view(self) -> None:
        self._restored = self.memory.has_view()
        if self._restored:
            self.model.update(**remembered_view(self.memory, self.model.state))

    def save_memory(self) -> None:
        """Keep layout and view for the next session."""
        self.presentation.leave()
        self.memory.save_layout(self.saveGeometry(), self.saveState())
        values = view_to_remember(self.model.state)
        values |= {"theme": self.theme.name, "text_size": self.text_size}
        values |= {"arrangement": self.arranging.name}
        values |= {"arranged_by_hand": str(self.arranging.by_hand).lower()}
        # What was not read yet is kept as it was remembered.
        if self.model.state.bounds:
            values["bound_folders"] = [str(folder) for folder in self.bound_folders.folders]
        self.memory.save_view(values)
        if not self.files.worker.busy:
            self.memory.save_session(session_of(self.model))
        self.memory.sync()

    def _first_view(self) -> None:
        """Show the single experiments besides the combination when nothing was chosen."""
        layer = self.model.layer
        if layer is not None and len(self.model.state.shown_selections) <= 1:
            names = set(layer.slices.selections)
            alone = {name for name in names if name in layer.slices.experiments}
            self.model.update(shown_selections=frozenset(alone | {self.model.state.selection}))

    def _on_changed(self, changed: frozenset[str]) -> None:
        if changed & {"layers", "overlays"}:
            products = self.model.state.products
            self.pages.setCurrentIndex(1 if products else 0)
            self.notice.keep({product.key for product in products})
        if changed & {"active", "layers"}:
            layer = self.model.layer
            self.setWindowTitle(f"{layer.name} – nusterile" if layer else "nusterile")
        if "overlays" in changed and self.model.layer is None:
            QTimer.singleShot(0, self.zoom, self.zoom.show)
        if "active" in changed:
            if len(self.model.state.layers) == 1 and not self._restored:
                self._first_view()
            # The plots get their sizes only when they are laid out.
            QTimer.singleShot(0, self.zoom, self.zoom.show)

    def showEvent(self, event: QShowEvent) -> None:
        """Arrange the panels once the window has its size."""
        super().showEvent(event)
        if not self._arranged:
            self._arranged = True
            # The docks take sizes only once the window has been laid out.
            QTimer.singleShot(0, self, self._first_layout)

    def _first_layout(self) -> None:
        self.arranging.arrange(EXPLORE)
        self.restore_layout()

    def focusNextPrevChild(self, next: bool) -> bool:
        """Move the focus, past panels that are behind others."""
        forward = super().focusNextPrevChild
        return focus_on_the_seen(lambda: bool(forward(next)))

    # -- closing --------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is computed, read or written."""
        return self.worker.busy or self.files.worker.busy or self.toys.busy

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about what would be lost, then stop cleanly."""
        if not self._closing and self._leaving.asks():
            event.ignore()
            return
        self._closing = True
        self.save_memory()
        self.animating.close()
        self.services.close()
        self.toys.close()
        self.live.close()
        self.worker.close()
        self.files.close()
        event.accept()

    def close_now(self) -> None:
        """Close without a question."""
        self._closing = True
        self.close()
