"""The application: from words on the command line to a window."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

# Before Qt, which reads the source of every module that is imported after it: a quarter of
# a second at the start.
import nusterile.accessor  # noqa: F401

# isort: split
import pyqtgraph as pg
from pyqtgraph.util.garbage_collector import GarbageCollector
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from nusterile_gui.frame.window import Window
from nusterile_gui.state.settings import Memory, reference_path
from nusterile_gui.state.workspace import is_workspace
from nusterile_gui.work.process_signals import Signals

__all__ = ["Application", "application", "first_products", "run"]


class Application(QApplication):
    """The application of Qt, which collects Python's garbage in its event loop only.

    Python may look for garbage whenever it makes an object: in a worker's thread, or while Qt
    holds the lock of its connections, for which the end of a widget then waits for ever.

    Parameters
    ----------
    arguments : list of str
        Words on the command line, the program's name first.
    """

    def __init__(self, arguments: list[str]) -> None:
        super().__init__(arguments)
        self.garbage = GarbageCollector()


def application() -> QApplication:
    """Return the one application, made where there is none yet."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus)
    made = Application(sys.argv[:1])
    made.setApplicationName("nusterile")
    made.setApplicationDisplayName("nusterile")
    made.setStyle("Fusion")
    pg.setConfigOptions(antialias=True, imageAxisOrder="col-major")
    return made


def first_products(paths: Sequence[Path]) -> list[Path]:
    """Products to show at the start.

    Those named; else those that were open last and are still there; else the one opened
    last; else the reference.
    """
    if paths:
        return [path for path in paths if not is_workspace(path)]
    last = [Path(entry.path) for entry in Memory().session().products]
    if found := [path for path in last if path.is_file()]:
        return found
    candidates = [*_recent_products()[:1], Path("products/reference.nc"), reference_path()]
    return [path for path in candidates if path.is_file()][:1]


def _recent_products() -> list[Path]:
    return [path for path in Memory().recent() if not is_workspace(path)]


def run(paths: Sequence[Path] = ()) -> int:
    """Open the window and run until it is closed.

    Parameters
    ----------
    paths : sequence of Path
        Products to open, or a workspace.

    Returns
    -------
    int
        Exit status: 0, or 130 and 143 after SIGINT (Ctrl-C) and SIGTERM, which close the
        window without a question.
    """
    app = application()
    window = Window(first_products(paths), resume=not paths)
    window.open_anything([path for path in paths if is_workspace(path)])
    window.show()
    with Signals(window.close_now) as signals:
        status = app.exec()
    return 128 + signals.received if signals.received else status
