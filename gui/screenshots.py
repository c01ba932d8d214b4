"""Pictures of the app: ``python -m nusterile_gui.screenshots FOLDER [PRODUCT]``."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nusterile.vocabulary import COMBINED, EFFECTIVE, MUON

if TYPE_CHECKING:
    from nusterile_gui.frame.window import Window

__all__ = ["SCENES", "SIZES", "main"]

#: Sizes of the window, and how many pixels of the screen go for one of its own.
SIZES = ((900, 600), (1280, 800), (1920, 1080), (2560, 1440), (3840, 2160))
_SCALES = (1, 2)
_THEMES = ("light", "dark")


def main() -> None:
    """Take every picture, each scale in a process of its own: Qt reads it at its start."""
    parser = argparse.ArgumentParser(description="Take pictures of the app.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("product", type=Path, nargs="?", default=Path("products/reference.nc"))
    parser.add_argument("--scale", type=int, choices=_SCALES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.scale:
        _take(arguments.folder, arguments.product, arguments.scale)
        return
    if not arguments.product.exists():
        from nusterile.analysis import Analysis

        arguments.product.parent.mkdir(parents=True, exist_ok=True)
        Analysis().build(arguments.product)
    for scale in _SCALES:
        with tempfile.TemporaryDirectory() as home:
            environment = {
                **os.environ,
                "QT_SCALE_FACTOR": str(scale),
                "QT_QPA_PLATFORM": "offscreen",
                "XDG_CONFIG_HOME": home,
                "XDG_DATA_HOME": home,
            }
            words = [str(arguments.folder), str(arguments.product), "--scale", str(scale)]
            subprocess.run(
                [sys.executable, "-m", "nusterile_gui.screenshots", *words],
                env=environment,
                check=True,
            )


def _take(folder: Path, product: Path, scale: int) -> None:
    from nusterile_gui.application import application
    from nusterile_gui.frame.window import Window

    app = application()
    window = Window([product])
    window.show()

    def settle() -> None:
        end = time.monotonic() + 60
        works = (window.worker, window.files.worker, window.live.limits)
        while time.monotonic() < end and not all(work.idle for work in works):
            app.processEvents()
            time.sleep(0.005)
        for _ in range(20):
            app.processEvents()
            time.sleep(0.005)

    settle()
    mark = "" if scale == 1 else f"@{scale}x"
    for name, prepare in SCENES.items():
        prepare(window)
        settle()
        for width, height in SIZES:
            window.resize(width, height)
            for theme in _THEMES:
                window.menus.actions[theme].trigger()
                settle()
                window.statusBar().clearMessage()
                app.processEvents()
                window.grab().save(str(folder / f"{name}-{width}x{height}-{theme}{mark}.png"))
    for layer in window.model.state.layers[1:]:
        window.model.remove(layer.key)
    window.close()


def _plane(window: Window) -> None:
    """The reference product, cursor beyond the limit."""
    window.model.update(
        selection=COMBINED,
        flavor=EFFECTIVE,
        m_4=0.1,
        mu=1.5e-11,
        experiment="xenonnt_sr0",
        fitted=False,
        shown_flavors=frozenset({EFFECTIVE}),
        shown_bounds=frozenset(),
        massless=False,
        second=(),
        pins=(),
        annotations=(),
    )
    window.docks["view"].raise_()
    window.docks["mass"].raise_()
    window.docks["pulls"].raise_()


def _points(window: Window) -> None:
    """Two points compared, a pinned spectrum, a note with an arrow."""
    from nusterile_gui.state.annotations import Annotation

    _plane(window)
    window.model.update(m_4=0.01, mu=7e-12)
    window.menus.actions["pin"].trigger()
    window.model.update(m_4=0.4, mu=3e-10)
    note = Annotation(
        text="heavier, weaker:\nfewer neutrinos", m_4=0.02, mu=2e-9, target=(0.4, 3e-10)
    )
    window.model.update(second=(0.05, 2e-11), annotations=(note,))
    window.docks["cursors"].raise_()


def _live(window: Window) -> None:
    """The limit that follows sliders."""
    from PySide6.QtCore import Qt, QTimer

    _plane(window)
    window.menus.actions["live"].trigger()

    def move() -> None:
        if (sliders := window.live.panel.sliders) is not None:
            sliders.take({"widths": {"solar": 0.2, "xenonnt_sr0:b0": 0.3}})

    once = Qt.ConnectionType.SingleShotConnection
    window.live.limits.settings_found.connect(lambda *_: QTimer.singleShot(0, move), once)


def _bounds(window: Window) -> None:
    """One flavour among the external bounds."""
    _plane(window)
    bounds = window.model.state.bounds
    names = [name for name, bound in bounds.items() if bound.flavor in ("all", MUON)]
    window.model.update(flavor=MUON, shown_bounds=frozenset(names), massless=True, fitted=True)
    window.model.update(shown_flavors=frozenset({MUON}), experiment="pandax4t_run0")
    window.docks["bounds"].raise_()


def _compare(window: Window) -> None:
    """A what-if product beside the reference, and the ratio of their limits."""
    from nusterile.model.configuration import Configuration

    _plane(window)
    reference = window.model.state.layers[0]
    settings = {"overrides": {"xenonnt_sr0": {"components": {"b0": {"relative_sigma": 0.02}}}}}
    window.docks["what-if"].raise_()
    window.live.pages.setCurrentWidget(window.what_if)
    window.what_if.show_configuration(Configuration.from_values(settings))
    window.what_if.compute(Configuration.from_values(settings), "narrow B0")

    def compare(changed: frozenset[str]) -> None:
        layers = window.model.state.layers
        if "layers" in changed and len(layers) == 2 and not window.model.state.ratio:
            window.model.update(active=layers[1].key, ratio=(layers[1].key, reference.key))

    window.model.subscribe(compare)
    window.docks["ratio"].raise_()


SCENES: dict[str, Callable[[Window], None]] = {
    "plane": _plane,
    "bounds": _bounds,
    "points": _points,
    "live": _live,
    "compare": _compare,
}

if __name__ == "__main__":
    main()
