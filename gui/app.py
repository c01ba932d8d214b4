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

from nusterile.files.places import Place, place_of
from nusterile_gui.frame.services import names_product
from nusterile_gui.frame.window import Window
from nusterile_gui.frame.workspaces import may_be_there
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


def first_products(places: Sequence[Place]) -> list[Place]:
    """Products to show at the start.

    Those named; else those that were open last and are still there; else the one opened
    last; else the reference.
    """
    if places:
        return [place for place in places if not is_workspace(place) and names_product(place)]
    last = [place_of(entry.path) for entry in Memory().session().products]
    if found := [place for place in last if may_be_there(place)]:
        return found
    candidates = [*_recent_products()[:1], Path("products/reference.nc"), reference_path()]
    return [place for place in candidates if may_be_there(place)][:1]


def _recent_products() -> list[Place]:
    return [place for place in Memory().recent() if not is_workspace(place)]


def run(places: Sequence[Place] = ()) -> int:
    """Open the window and run until it is closed.

    Parameters
    ----------
    places : sequence of Path or str
        Products to open, as files or addresses; a workspace; or the address of a service,
        whose catalogue is shown.

    Returns
    -------
    int
        Exit status: 0, or 130 and 143 after SIGINT (Ctrl-C) and SIGTERM, which close the
        window without a question.
    """
    app = application()
    window = Window(first_products(places), resume=not places)
    window.show()
    window.open_anything([p for p in places if is_workspace(p) or not names_product(p)])
    with Signals(window.close_now) as signals:
        status = app.exec()
    return 128 + signals.received if signals.received else status
