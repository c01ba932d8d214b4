"""A window without a display server, with settings of its own."""

import ctypes
import os
import threading
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest

try:
    ctypes.CDLL("libEGL.so.1")
except OSError as error:
    raise RuntimeError(
        f"Qt needs the system library libEGL: apt install libegl1 ({error})"
    ) from None

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QSettings, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QMessageBox

import nusterile
from nusterile_gui.app import application
from nusterile_gui.window import Window

SMALL = {
    "grids": {
        "m_4": {"low": 1e-3, "high": 4.0, "points": 13},
        "mu": {"low": 1e-12, "high": 1e-6, "points": 25},
    }
}


@pytest.fixture(scope="session")
def qapp():
    return application()


@pytest.fixture(autouse=True)
def isolated(tmp_path, monkeypatch):
    """Settings, data and current folder of this test only."""
    home = tmp_path / "home"
    (home / "config").mkdir(parents=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(home / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.chdir(home)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(home / "config"))
    return home


def build(path, **values):
    configuration = nusterile.Configuration.from_values({**SMALL, **values})
    nusterile.Analysis(configuration).build(path)
    return path


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    """A product with every selection and flavour on a coarse grid."""
    return build(tmp_path_factory.mktemp("products") / "small.nc")


@pytest.fixture(scope="session")
def other_product(tmp_path_factory):
    """A product without some selections and flavours, on other masses."""
    return build(
        tmp_path_factory.mktemp("products") / "other.nc",
        flavors=["effective", "mu"],
        experiments=["pandax4t_run0", "pandax4t_run1"],
        grids={
            "m_4": {"values": [0.0, 0.01, 0.1, 0.5]},
            "mu": {"low": 1e-12, "high": 1e-8, "points": 9},
        },
        solar={"sigma": 0.2},
    )


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


@pytest.fixture
def make_window(qtbot):
    """Make windows that are closed at the end, with every thread ended."""
    before = set(threading.enumerate())
    made = []

    def make(*paths):
        window = Window([Path(p) for p in paths])
        made.append(window)
        window.show()
        settle(window)
        QCoreApplication.processEvents()
        return window

    yield make
    for window in made:
        window.worker.close()
        window._closing = True
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    left = {t.name for t in set(threading.enumerate()) - before if t.name.startswith("nusterile")}
    assert not left


@pytest.fixture
def window(make_window, product):
    """A window that shows the small product."""
    return make_window(product)


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
