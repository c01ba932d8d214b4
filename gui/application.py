"""The application of Qt."""

from __future__ import annotations

import sys

import pyqtgraph as pg
from pyqtgraph.util.garbage_collector import GarbageCollector
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

__all__ = ["Application", "application"]


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
