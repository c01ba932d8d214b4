"""The real app in a real window: moved, clicked and typed at with xdotool, looked at by pixels."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

import nusterile

SMALL = {
    "grids": {
        "m_4": {"low": 1e-3, "high": 4.0, "points": 31},
        "mu": {"low": 1e-12, "high": 1e-6, "points": 61},
    }
}
PICTURES = Path(os.environ.get("NUSTERILE_PICTURES", "build/screen"))


def xdotool(*words):
    done = subprocess.run(
        ["xdotool", *map(str, words)], capture_output=True, text=True, timeout=30, check=True
    )
    return done.stdout


def picture(name):
    """Take a picture of the whole screen."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    image = QGuiApplication.primaryScreen().grabWindow(0).toImage()
    assert image.save(str(PICTURES / f"{name}.png"))
    return image


def same(first, second):
    return first == second


def wait(condition, seconds=20.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError("it did not happen")


@pytest.fixture(scope="module", autouse=True)
def screen():
    if shutil.which("xdotool") is None:
        raise RuntimeError("xdotool is missing: apt install xdotool")
    if not os.environ.get("DISPLAY"):
        raise RuntimeError("no screen: run this with xvfb-run (apt install xvfb)")
    # Takes the pictures; the app itself runs in a process of its own.
    return QGuiApplication(["pictures", "-platform", "xcb"])


@pytest.fixture(scope="module")
def product(tmp_path_factory):
    path = tmp_path_factory.mktemp("products") / "small.nc"
    nusterile.Analysis(nusterile.Configuration.from_values(SMALL)).build(path)
    return path


@pytest.fixture
def app(product, tmp_path):
    """The app as a user starts it; returns the id of its window."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "xcb",
        "XDG_CONFIG_HOME": str(tmp_path),
        "XDG_DATA_HOME": str(tmp_path),
    }
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "nusterile", "gui", str(product)], env=environment, stderr=log
    )
    found = []

    def visible():
        if process.poll() is not None:
            log.seek(0)
            raise AssertionError(f"the app ended: {log.read()}")
        done = subprocess.run(
            ["xdotool", "search", "--onlyvisible", "--name", "small"],
            capture_output=True,
            text=True,
            check=False,
        )
        found[:] = done.stdout.split()
        return bool(found)

    wait(visible, 60)
    time.sleep(1.5)
    yield found[0], process
    if process.poll() is None:
        process.terminate()
        process.wait(20)
    log.seek(0)
    assert "Traceback" not in log.read()
    log.close()


def plane_center(window):
    geometry = xdotool("getwindowgeometry", "--shell", window)
    values = {k: int(v) for k, v in re.findall(r"(\w+)=(-?\d+)", geometry)}
    x, y = values["X"] + 0.4 * values["WIDTH"], values["Y"] + 0.33 * values["HEIGHT"]
    return int(x), int(y), values


def test_a_real_mouse_drags_the_cross_hair(app):
    window, process = app
    x, y, _ = plane_center(window)
    before = picture("start")
    xdotool("mousemove", x, y, "mousedown", 1)
    for k in range(20):
        xdotool("mousemove", x + 6 * k, y + 3 * k)
    xdotool("mouseup", 1)
    time.sleep(0.5)
    after = picture("dragged")
    assert not same(before, after)
    xdotool("mousemove", x, y, "click", 1)
    time.sleep(0.5)
    assert not same(after, picture("clicked"))
    assert process.poll() is None


def test_real_keys_step_and_type(app):
    window, process = app
    x, y, _ = plane_center(window)
    xdotool("mousemove", x, y, "click", 1)
    time.sleep(0.4)
    before = picture("before-keys")
    xdotool("key", "Right", "Right", "Up", "shift+Down")
    time.sleep(0.4)
    stepped = picture("after-keys")
    assert not same(before, stepped)
    xdotool("key", "f")
    time.sleep(0.4)
    assert not same(stepped, picture("after-fit"))
    assert process.poll() is None


def test_the_window_closes_and_the_process_ends(app):
    window, process = app
    x, y, _ = plane_center(window)
    xdotool("mousemove", x, y, "click", 1, "key", "ctrl+q")
    wait(lambda: process.poll() is not None)
    assert process.returncode == 0
