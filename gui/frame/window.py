"""The main window: panels, docks and what holds them together."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QDockWidget,
    QMainWindow,
    QMessageBox,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from nusterile.bounds.registry import Bounds, load_bounds
from nusterile.product.files import doubt_about
from nusterile_gui.frame.menus import Commands, Menus
from nusterile_gui.frame.sessions import Resuming, session_of
from nusterile_gui.look.dialogs import ask, complain
from nusterile_gui.look.style import style_sheet
from nusterile_gui.look.themes import LIGHT, Theme, palette_of, theme_named
from nusterile_gui.panels.bounds_panel import BoundsPanel
from nusterile_gui.panels.bounds_tree import BoundsTree
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
from nusterile_gui.sharing.exporting import Exporting
from nusterile_gui.state.files import Files
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.remembered_view import (
    default_view,
    remembered_view,
    view_to_remember,
)
from nusterile_gui.state.settings import Memory, Session
from nusterile_gui.state.signals import ViewSignals
from nusterile_gui.work.work import Task, Worker

__all__ = ["Window", "reference_path"]


def reference_path() -> Path:
    """File of the reference product that the app builds."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(folder) / "nusterile" / "reference.nc"


class Window(QMainWindow):
    """The desktop app.

    Parameters
    ----------
    paths : list of Path
        Products to open at the start.
    resume : bool
        Whether they are those of the last session, to be shown as they were.
    """

    def __init__(self, paths: list[Path] | None = None, *, resume: bool = False) -> None:
        super().__init__()
        self.setWindowTitle("nusterile")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.memory = Memory()
        self.model = ViewModel()
        self.signals = ViewSignals(self.model, self)
        self.worker = Worker("nusterile-computing", self)
        self.files = Files(self.model, self.signals, self)
        # First of all: files are read while the panels are made.
        self.files.open(paths or [])
        self.theme: Theme = theme_named(self.memory.theme)
        self._closing = False
        self._question: QMessageBox | None = None
        self._bound_folders: list[Path] = []
        self._make_panels()
        self.docks: dict[str, QDockWidget] = {}
        self._make_docks()
        self.exporting = Exporting(
            self,
            self.model,
            self.files,
            self.memory,
            self.plane,
            bound_folders=lambda: self._bound_folders,
            say=self.say,
        )
        self.menus = self._make_menus()
        self._connect()
        self.apply_theme(self.theme)
        self.resize(1280, 800)
        self._arranged = False
        self._restore_view()
        self._read_bounds([Path(name) for name in self.memory.names("bound_folders")], quiet=True)
        session = self.memory.session() if resume else Session()
        resuming = Resuming(session, self.model, self.files, self.plane, self)
        resuming.missed.connect(lambda gone: self.say(f"no longer there: {', '.join(gone)}"))

    def _make_panels(self) -> None:
        model, signals = self.model, self.signals
        self.notice = Notice()
        self.read_out = ReadOut(model, signals)
        self.plane = Plane(model, signals)
        self.view_panel = ViewPanel(model, signals)
        self.bounds_tree = BoundsTree(model, signals)
        self.bounds_panel = BoundsPanel(self.bounds_tree)
        self.plane.out_of_sight.connect(self.bounds_panel.say_out_of_sight)
        self.what_if = WhatIf(model, self.worker)
        self.moment_profile = MomentProfile(model, signals)
        self.mass_profile = MassProfile(model, signals)
        self.spectrum = SpectrumPanel(model, signals)
        self.pulls = PullsPanel(model, signals)
        self.ratio = RatioPlot(model, signals)
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
            ("what-if", "What if", self.what_if),
            ("moment", "Δχ²(μ) at the cursor", self.moment_profile),
            ("mass", "Δχ²(m₄) at the cursor", self.mass_profile),
            ("ratio", "Ratio of limits", self.ratio),
            ("spectrum", "Spectrum", self.spectrum),
            ("pulls", "Pulls of the fit", self.pulls),
        ):
            dock = QDockWidget(title, self)
            dock.setObjectName(f"dock-{name}")
            dock.setWidget(panel)
            self.docks[name] = dock
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.BottomDockWidgetArea)
        self.arrange()

    def _make_menus(self) -> Menus:
        commands = Commands(
            open_products=self.files.open,
            add_bounds=self.add_bounds,
            answer=self.answer,
            show_all=self.plane.show_all,
            apply_theme=self.apply_theme,
            arrange=self.arrange,
            reset=self.reset,
        )
        return Menus(
            self,
            self.model,
            self.signals,
            self.memory,
            self.exporting,
            commands,
            panels=[dock.toggleViewAction() for dock in self.docks.values()],
            theme=self.theme,
        )

    def arrange(self) -> None:
        """Put every dock where it is by default."""
        docks, size = self.docks, self.size()
        for dock in docks.values():
            dock.setFloating(False)
            self.removeDockWidget(dock)
        for name, area in (
            ("view", Qt.DockWidgetArea.LeftDockWidgetArea),
            ("moment", Qt.DockWidgetArea.RightDockWidgetArea),
            ("spectrum", Qt.DockWidgetArea.BottomDockWidgetArea),
        ):
            self.addDockWidget(area, docks[name])
        self.splitDockWidget(docks["moment"], docks["mass"], Qt.Orientation.Vertical)
        self.splitDockWidget(docks["spectrum"], docks["pulls"], Qt.Orientation.Horizontal)
        for first, second in (("view", "bounds"), ("bounds", "what-if"), ("mass", "ratio")):
            self.tabifyDockWidget(docks[first], docks[second])
        for dock in docks.values():
            dock.show()
        docks["view"].raise_()
        docks["mass"].raise_()
        self.resize(size)
        width, height = size.width(), size.height()
        side = max(256, int(0.14 * width))
        right, bottom = int(0.31 * width), int(0.41 * height)
        horizontal, vertical = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self.resizeDocks([docks["view"], docks["moment"]], [side, right], horizontal)
        profile = (height - bottom - 130) // 2
        self.resizeDocks([docks["spectrum"]], [bottom], vertical)
        self.resizeDocks([docks["moment"], docks["mass"]], [profile, profile], vertical)
        self.resizeDocks(
            [docks["spectrum"], docks["pulls"]], [width - side - right, right], horizontal
        )

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
        self.worker.finished.connect(self._on_computed)
        self.worker.failed.connect(self._on_bounds_failed)
        self.signals.changed.connect(self._on_changed)

    def apply_theme(self, theme: Theme) -> None:
        """Give every panel the colours of a theme."""
        self.theme = theme
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.setPalette(palette_of(theme))
        self.setStyleSheet(style_sheet(theme))
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

    def say(self, text: str) -> None:
        """Show a line in the status bar for a while."""
        self.statusBar().showMessage(text, 8000)

    def complain(self, what: str, message: str) -> None:
        """Show a dialog that says what went wrong."""
        complain(self, what, message)

    def answer(self, what: str, key: int) -> None:
        """Do something with a layer: ``save``, ``settings``, ``details`` or ``close``."""
        if what == "close":
            self.close_layer(key)
        else:
            self.exporting.answer(what, key)

    def close_layer(self, key: int) -> None:
        """Close a product; nothing is lost that was saved."""
        layer = self.model.find(key)
        if layer is None:
            return
        if layer.path is not None:
            self.model.remove(key)
            return
        ask(
            self,
            f"{layer.name} was not saved",
            "It can be computed again from its settings, but its numbers go when it is closed.",
            "Close it",
            "Keep it",
            lambda yes: self.model.remove(key) if yes else None,
        )

    # -- bounds ---------------------------------------------------------------------

    def add_bounds(self, folders: list[Path]) -> None:
        """Read a user's folders of bounds besides those already known."""
        self._read_bounds([*self._bounds_wanted, *folders], quiet=False)

    def _read_bounds(self, folders: list[Path], *, quiet: bool) -> None:
        wanted = list(dict.fromkeys(folder.absolute() for folder in folders))

        def read(_: Task) -> tuple[str, Bounds, list[Path]]:
            usable = [f for f in wanted if f.is_dir()] if quiet else wanted
            return "bounds", load_bounds(usable), usable

        self._bounds_wanted = wanted
        self._bounds_task = self.worker.submit(read)

    def _on_computed(self, number: int, result: object) -> None:
        if number == self._bounds_task and isinstance(result, tuple):
            _, bounds, self._bound_folders = result
            gone = set(self._bounds_wanted) - set(self._bound_folders)
            if gone:
                names = ", ".join(sorted(map(str, gone)))
                self.say(f"folders of bounds that are no longer there: {names}")
            self._bounds_wanted = list(self._bound_folders)
            known = set(self.model.state.bounds)
            added = set(bounds) - known if known else set()
            self.model.update(bounds=bounds, shown_bounds=self.model.state.shown_bounds | added)

    def _on_bounds_failed(self, number: int, message: str) -> None:
        if number == self._bounds_task:
            self.complain("These bounds were not read", message)
            asked, self._bounds_wanted = self._bounds_wanted, list(self._bound_folders)
            if asked and not self.model.state.bounds:
                self._read_bounds([], quiet=True)

    # -- files ----------------------------------------------------------------------

    def _on_opened(self, path: Path) -> None:
        self.memory.remember(path)
        self.menus.fill_recent()
        layer = next((layer for layer in self.model.state.layers if layer.path == path), None)
        doubt = doubt_about(layer.dataset, path.name) if layer else ""
        self.say(doubt or f"{path.name} opened")

    def _on_files_busy(self, busy: bool) -> None:
        if busy:
            self.statusBar().showMessage("reading or writing a file …")
        elif self.statusBar().currentMessage().startswith("reading"):
            self.statusBar().clearMessage()

    def _on_replaced(self, key: int) -> None:
        layer = self.model.find(key)
        if layer is None or layer.path is None:
            return
        path = layer.path
        self.notice.show_notice(
            key,
            f"{path.name} was replaced on disk; the view still shows the old product.",
            "Reload",
            lambda yes: self.files.open([path], key) if yes else self.files.accept_stamp(key),
        )

    def _on_vanished(self, key: int) -> None:
        layer = self.model.find(key)
        if layer is None or layer.path is None:
            return
        self.notice.show_notice(
            key,
            f"{layer.path.name} is gone from the disk; the view keeps its content.",
            "Save…",
            lambda yes: self.exporting.answer("save", key) if yes else None,
        )

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open dropped products and bounds."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        event.acceptProposedAction()
        self.open_anything(paths)

    def open_anything(self, paths: list[Path]) -> None:
        """Open products, and bounds given as their folder or a file in it."""
        folders = [p if p.is_dir() else p.parent for p in paths if p.is_dir() or _is_bound(p)]
        if folders:
            self.add_bounds(folders)
        self.files.open([p for p in paths if not p.is_dir() and not _is_bound(p)])

    # -- memory ---------------------------------------------------------------------

    def restore_layout(self) -> None:
        """Put window and docks where they were."""
        layout = self.memory.layout()
        if layout is None:
            return
        geometry, state = layout
        self.restoreGeometry(geometry)
        self.restoreState(state)

    def reset(self) -> None:
        """Forget layout, recent files and view, and show everything as at first."""
        self.memory.reset()
        self._restored = False
        self.arrange()
        self.menus.actions[LIGHT.name].trigger()
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
        self.memory.save_layout(self.saveGeometry(), self.saveState())
        values = view_to_remember(self.model.state) | {"theme": self.theme.name}
        # What was not read yet is kept as it was remembered.
        if self.model.state.bounds:
            values["bound_folders"] = [str(folder) for folder in self._bound_folders]
        self.memory.save_view(values)
        if not self.files.worker.busy:
            self.memory.save_session(session_of(self.model, self.plane))
        self.memory.sync()

    def _first_view(self) -> None:
        """Show the single experiments besides the combination when nothing was chosen."""
        layer = self.model.layer
        if layer is not None and len(self.model.state.shown_selections) <= 1:
            names = set(layer.slices.selections)
            alone = {name for name in names if name in layer.slices.experiments}
            self.model.update(shown_selections=frozenset(alone | {self.model.state.selection}))

    def _on_changed(self, changed: frozenset[str]) -> None:
        if "layers" in changed:
            self.pages.setCurrentIndex(1 if self.model.state.layers else 0)
            self.notice.keep({layer.key for layer in self.model.state.layers})
        if "active" in changed:
            layer = self.model.layer
            self.setWindowTitle(f"{layer.name} – nusterile" if layer else "nusterile")
            if len(self.model.state.layers) == 1 and not self._restored:
                self._first_view()
            # The plots get their sizes only when they are laid out.
            QTimer.singleShot(0, self.plane, self.plane.show_all)

    def showEvent(self, event: QShowEvent) -> None:
        """Arrange the panels once the window has its size."""
        super().showEvent(event)
        if not self._arranged:
            self._arranged = True
            # The docks take sizes only once the window has been laid out.
            QTimer.singleShot(0, self, self._first_layout)

    def _first_layout(self) -> None:
        self.arrange()
        self.restore_layout()

    # -- closing --------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Whether something is computed, read or written."""
        return self.worker.busy or self.files.worker.busy

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask once during work, then stop cleanly."""
        if self.busy and not self._closing:
            event.ignore()
            if self._question is None:
                self._question = ask(
                    self,
                    "Something is still being computed",
                    "It is stopped when the window closes; files stay as they are.",
                    "Stop and close",
                    "Go on",
                    self._on_answer,
                )
            return
        self._closing = True
        self.save_memory()
        self.worker.close()
        self.files.close()
        event.accept()

    def close_now(self) -> None:
        """Close without a question."""
        self._closing = True
        self.close()

    def _on_answer(self, stop: bool) -> None:
        self._question = None
        if stop:
            self._closing = True
            QTimer.singleShot(0, self, self.close)


def _is_bound(path: Path) -> bool:
    return path.name == "bound.toml" or (
        path.suffix == ".csv" and (path.parent / "bound.toml").exists()
    )
