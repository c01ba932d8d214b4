"""The desktop app on the default product, offscreen."""

import os
import subprocess
import sys
import time

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QSettings, QTimer

import nusterile
from nusterile_gui.application import application
from nusterile_gui.frame.window import Window

_START = """
import time
start = time.perf_counter()
from pathlib import Path
from nusterile_gui.app import open_window
window = open_window([Path({path!r})])
from PySide6.QtCore import QCoreApplication
while not window.model.state.layers:
    QCoreApplication.processEvents()
    time.sleep(0.001)
QCoreApplication.processEvents()
QCoreApplication.processEvents()
print(time.perf_counter() - start)
window.close()
QCoreApplication.processEvents()
"""

_MEMORY = """
import math, sys, time
from pathlib import Path
from nusterile_gui.application import application
from nusterile_gui.frame.window import Window
path, number = Path(sys.argv[1]), int(sys.argv[2])
app = application()
window = Window([path] * number)
window.show()
while len(window.model.state.layers) < number:
    app.processEvents()
    time.sleep(0.001)
for k in range(400):
    angle = 2 * math.pi * k / 400
    window.plane.pointed_at(-1.2 + 1.2 * math.cos(angle), -10 + 1.2 * math.sin(3 * angle))
    app.processEvents()
status = Path("/proc/self/status").read_text().splitlines()
print(next(int(line.split()[1]) / 1e3 for line in status if line.startswith("VmRSS")))
window.close()
app.processEvents()
"""


@pytest.fixture(scope="session")
def reference(tmp_path_factory):
    path = tmp_path_factory.mktemp("reference") / "reference.nc"
    nusterile.Analysis().build(path)
    return path


@pytest.fixture(scope="session")
def bands(tmp_path_factory):
    path = tmp_path_factory.mktemp("bands") / "bands.nc"
    fit = {"selection": ["combined", "xenonnt_sr0"], "flavor": "effective", "toys": 100}
    nusterile.Analysis().toys("expected", **fit, path=path)
    return path


def settle(window):
    while not (window.worker.idle and window.files.worker.idle):
        QCoreApplication.processEvents()
        time.sleep(0.001)
    QCoreApplication.processEvents()


@pytest.fixture
def window(reference, tmp_path):
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path))
    application()
    window = Window([reference])
    window.show()
    settle(window)
    for _ in range(20):
        QCoreApplication.processEvents()
    yield window
    window.close()


def drag(window):
    """Times in ms of 600 updates of every panel, painted, without the coalescing."""
    plane = window.plane
    updates = []
    window.model.subscribe(updates.append)
    times = []
    for k in range(600):
        angle = 2 * np.pi * (k + 1) / 600
        start = time.perf_counter()
        plane.pointed_at(-1.2 + 1.2 * np.cos(angle), -10 + 1.2 * np.sin(3 * angle))
        QCoreApplication.processEvents()
        times.append(1e3 * (time.perf_counter() - start))
    assert len(updates) > 500
    return np.array(times[20:])


def test_cross_hair_drag(window, figure):
    """The cross-hair moves and every panel is live and painted."""
    times = drag(window)
    median, high = np.median(times), np.percentile(times, 95)
    what = "an update of every panel while the cross-hair is dragged"
    figure("app.drag", f"{what}, median", f"{median:.1f} ms", bar="8 ms")
    figure("app.drag_slow", f"{what}, 95th percentile", f"{high:.1f} ms", bar="16 ms")


def test_crowded_drag(window, reference, bands, figure):
    """As well, with three products, bands of the expected limit and every bound."""
    window.files.open([reference, reference, bands])
    settle(window)
    known = window.model.state.bounds
    window.model.update(shown_bounds=frozenset(known), massless=True)
    for _ in range(20):
        QCoreApplication.processEvents()
    assert len(window.model.state.layers) == 3
    assert len(window.model.state.overlays) == 1
    assert len(window.model.state.shown_bounds) > 10
    high = np.percentile(drag(window), 95)
    what = "the same with three products, bands and all bounds, 95th percentile"
    figure("app.drag_crowded", what, f"{high:.1f} ms", bar="8 ms")


def test_memory(reference, tmp_path, figure):
    """What the system holds in memory for the app, the cursor having been everywhere."""
    environment = {
        **os.environ,
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
        "XDG_CACHE_HOME": str(tmp_path),
    }
    for number, bar in ((1, "420 MB"), (10, "600 MB")):
        command = [sys.executable, "-c", _MEMORY, str(reference), str(number)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        what = f"memory of the app with {number} product{'s' if number > 1 else ''}"
        figure(f"app.memory_{number}", what, f"{float(done.stdout):.0f} MB", bar=bar)


def test_start(reference, tmp_path, figure):
    environment = {**os.environ, "XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    times = []
    for _ in range(4):
        done = subprocess.run(
            [sys.executable, "-c", _START.format(path=str(reference))],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        times.append(float(done.stdout))
    seconds = f"{min(times[1:]):.1f} to {max(times[1:]):.1f} s"
    figure("app.start", "start to a usable window with the product", seconds, bar="1.2 s")


def test_open(window, reference, figure):
    gaps, last = [], [time.perf_counter()]

    def tick():
        now = time.perf_counter()
        gaps.append(1e3 * (now - last[0]))
        last[0] = now

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(1)
    results = []
    for _ in range(3):
        last[0] = start = time.perf_counter()
        gaps.clear()
        window.files.open([reference])
        settle(window)
        results.append((time.perf_counter() - start, max(gaps)))
    seconds, gap = min(s for s, _ in results), min(g for _, g in results)
    figure("app.open", "opening a product", f"{seconds:.2f} s", bar="1 s")
    figure("app.block", "longest block of the window meanwhile", f"{gap:.0f} ms", bar="50 ms")


def test_what_if(window, figure):
    window.docks["what-if"].raise_()
    settle(window)
    panel = window.what_if
    while panel.form is None:  # which is made once it is seen
        QCoreApplication.processEvents()
    settle(window)
    start = time.perf_counter()
    panel.compute(nusterile.Configuration(), "again")
    QCoreApplication.processEvents()
    feedback = 1e3 * (time.perf_counter() - start)
    settle(window)
    seconds = time.perf_counter() - start
    assert len(window.model.state.layers) == 2
    stops = []
    for share in (0.05, 0.2, 0.6):
        panel.compute(nusterile.Configuration(), "cancelled")
        while panel.bar.value() < 1000 * share:
            QCoreApplication.processEvents()
        start = time.perf_counter()
        panel.cancel.click()
        while not window.worker.idle:
            QCoreApplication.processEvents()
        stops.append(1e3 * (time.perf_counter() - start))
    figure("app.what_if", "what-if on the default grid", f"{seconds:.1f} s", bar="5 s")
    figure("app.feedback", "its first feedback", f"{feedback:.0f} ms", bar="100 ms")
    figure("app.cancel", "its stop after Cancel", f"{max(stops):.0f} ms", bar="300 ms")


def test_live(window, figure):
    """A slider is moved again and again; each time until the plane is painted with its curve."""
    live = window.live
    window.menus.actions["live"].trigger()

    def wait():
        while not live.limits.idle:
            let_go()

    def let_go():
        """Handle events and leave the interpreter to the other thread, as a waiting window does."""
        QCoreApplication.processEvents()
        time.sleep(2e-4)

    wait()
    drawn = []
    live.limits.curve_found.connect(drawn.append)
    bar = live.panel.sliders.sliders["widths", "xenonnt_sr0:b0"][0].slider
    # From its mark upwards: there is no curve for the settings of the product themselves.
    steps = range(bar.value() + 2, bar.maximum())
    bar.setValue(steps[0] - 1)
    wait()  # the events of the fit, once
    assert len(window.model.layer.slices.masses) == 121
    firsts, wholes = [], []
    for step in steps:
        drawn.clear()
        start = time.perf_counter()
        bar.setValue(step)
        while not drawn:
            let_go()
        window.plane.viewport().repaint()
        firsts.append(1e3 * (time.perf_counter() - start))
        wait()
        QCoreApplication.processEvents()
        wholes.append(1e3 * (time.perf_counter() - start))
        assert not drawn[-1].rough
    what = "a slider of what if, live, 121 masses of the combination:"
    first, whole = (np.percentile(times, 95) for times in (firsts, wholes))
    figure("app.live", f"{what} the curve is redrawn, 95 %", f"{first:.0f} ms", bar="50 ms")
    figure("app.live_whole", f"{what} with its table, 95 %", f"{whole:.0f} ms", bar="300 ms")


def test_qt_is_never_imported_by_the_computation(tmp_path):
    text = (
        "import sys, nusterile, nusterile.product.scan, nusterile.cli, nusterile.product.slices; "
        + ("print([m for m in sys.modules if m.startswith(('PySide6', 'pyqtgraph'))])")
    )
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
