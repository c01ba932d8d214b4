"""A window without a display server, with settings of its own."""

import gc
import os
import threading

os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest
from system_libraries import missing_library

if missing_library():
    raise RuntimeError(missing_library())

from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from window_hand import SMALL, build, settle

import nusterile
from nusterile.files.places import place_of
from nusterile_gui.application import application
from nusterile_gui.frame.window import Window


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Take away the closed windows of each test, once pytest has let go of its arguments.

    The application collects the youngest garbage only, in an event loop that no test runs for
    long: windows would pile up, and every change of a style goes through all of them.
    """
    done = yield
    if "qapp" in item.fixturenames:
        gc.collect()
        if not gc.get_freeze_count():
            # What was imported stays; to look through it each time would take most of the time.
            gc.freeze()
    return done


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


@pytest.fixture(scope="session")
def toy_products(tmp_path_factory):
    """Studies with a few toys, by kind, of the configuration of the small product."""
    folder = tmp_path_factory.mktemp("toys")
    analysis = nusterile.Analysis(nusterile.Configuration.from_values(SMALL))
    fit = {"selection": "xenonnt_sr0", "flavor": ["effective", "mu"], "toys": 48}
    grid = analysis.configuration.grids.m_4.array()
    masses, moments = [0.01, 0.1, 0.3, 1.0], [0.0, 5e-12, 1e-11, 2e-11, 5e-11, 2e-10]
    made = {}
    for study, options in {
        "expected": {"cl": [0.9, 0.95]},
        "coverage": {"mu": moments},
        "unified": {"mu": moments, "dof": [1, 2]},
        "cls": {"mu": moments[1:]},
        # On the grid of the product, which knows the moments that fit best there.
        "significance": {"selection": ["xenonnt_sr0", "pandax4t_run0"], "m_4": grid[[3, 7, 10]]},
    }.items():
        made[study] = folder / f"{study}.nc"
        analysis.toys(study, **({"m_4": masses} | fit | options), path=made[study])
    return made


@pytest.fixture
def make_window(qtbot):
    """Make windows that are closed at the end, with every thread ended."""
    before = set(threading.enumerate())
    made = []

    def make(*paths):
        window = Window([place_of(str(p)) for p in paths])
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
    made.clear()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    left = {t.name for t in set(threading.enumerate()) - before if t.name.startswith("nusterile")}
    assert not left


@pytest.fixture
def window(make_window, product):
    """A window that shows the small product."""
    return make_window(product)
