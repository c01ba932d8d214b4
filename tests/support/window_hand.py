"""What a hand does at a window: press, move, release, choose a file; and waiting for it."""

import time

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

import nusterile

SMALL = {
    "grids": {
        "m_4": {"low": 1e-3, "high": 4.0, "points": 13},
        "mu": {"low": 1e-12, "high": 1e-6, "points": 25},
    }
}


def build(path, **values):
    configuration = nusterile.Configuration.from_values({**SMALL, **values})
    nusterile.Analysis(configuration).build(path)
    return path


def settle(window, seconds=20.0):
    """Handle events until nothing is read, computed or waiting."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if window.worker.idle and window.files.worker.idle:
            QCoreApplication.processEvents()
            return
        time.sleep(0.002)
    raise AssertionError("the window is still busy")


def rest(window, seconds=60.0):
    """Settle, and handle events until the live limits have nothing left to do."""
    settle(window)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        QCoreApplication.processEvents()
        if window.live.limits.idle:
            QCoreApplication.processEvents()
            return
        time.sleep(0.002)
    raise AssertionError("the live limits are still busy")


def pixel(plot, x, y):
    """Pixel of a plot's viewport at coordinates of its view."""
    return QPointF(plot.mapFromScene(plot.box.mapViewToScene(QPointF(x, y))))


def mouse(plot, kind, place, buttons=Qt.MouseButton.LeftButton):
    """Send one mouse event to a plot."""
    viewport = plot.viewport()
    button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    if kind == QEvent.Type.MouseButtonRelease:
        buttons = Qt.MouseButton.NoButton
    event = QMouseEvent(
        kind, place, viewport.mapToGlobal(place), button, buttons, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(viewport, event)


def drag(plot, start, end, steps=6):
    """Press, move and release like a hand."""
    mouse(plot, QEvent.Type.MouseButtonPress, start)
    for k in range(1, steps + 1):
        mouse(plot, QEvent.Type.MouseMove, start + (end - start) * (k / steps))
        time.sleep(0.01)
        QCoreApplication.processEvents()
    mouse(plot, QEvent.Type.MouseButtonRelease, end)
    time.sleep(0.02)
    QCoreApplication.processEvents()


def boxes(window):
    """Open message boxes of a window."""
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def save_dialog(window, action, path, accept=True):
    window.menus.actions[action].trigger()
    (dialog,) = [d for d in window.findChildren(QFileDialog) if d.isVisible()]
    dialog.setDirectory(str(path.parent))
    dialog.selectFile(path.name)
    if path.suffix:
        dialog.setDefaultSuffix(path.suffix.lstrip("."))
    dialog.accept() if accept else dialog.reject()
    settle(window)
