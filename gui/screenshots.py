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

__all__ = ["SCENES", "main"]

#: Name, size in pixels and scale of each kind of picture.
_SIZES = {"1280x800": (1280, 800, 1), "3840x2160": (3840, 2160, 2)}
_THEMES = ("light", "dark")


def main() -> None:
    """Take every picture, each size in a process of its own: Qt reads the scale at its start."""
    parser = argparse.ArgumentParser(description="Take pictures of the app.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("product", type=Path, nargs="?", default=Path("products/reference.nc"))
    parser.add_argument("--size", choices=_SIZES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    if arguments.size:
        _take(arguments.folder, arguments.product, arguments.size)
        return
    if not arguments.product.exists():
        from nusterile.analysis import Analysis

        arguments.product.parent.mkdir(parents=True, exist_ok=True)
        Analysis().build(arguments.product)
    for name, (_, _, scale) in _SIZES.items():
        with tempfile.TemporaryDirectory() as home:
            environment = {
                **os.environ,
                "QT_SCALE_FACTOR": str(scale),
                "QT_QPA_PLATFORM": "offscreen",
                "XDG_CONFIG_HOME": home,
                "XDG_DATA_HOME": home,
            }
            words = [str(arguments.folder), str(arguments.product), "--size", name]
            subprocess.run(
                [sys.executable, "-m", "nusterile_gui.screenshots", *words],
                env=environment,
                check=True,
            )


def _take(folder: Path, product: Path, size: str) -> None:
    from nusterile_gui.app import application
    from nusterile_gui.frame.window import Window

    app = application()
    width, height, scale = _SIZES[size]
    window = Window([product])
    window.resize(width // scale, height // scale)
    window.show()

    def settle() -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end and not (window.worker.idle and window.files.worker.idle):
            app.processEvents()
            time.sleep(0.005)
        for _ in range(20):
            app.processEvents()
            time.sleep(0.005)

    settle()
    for theme in _THEMES:
        window.menus.actions[theme].trigger()
        for name, prepare in SCENES.items():
            prepare(window)
            settle()
            window.statusBar().clearMessage()
            app.processEvents()
            window.grab().save(str(folder / f"{name}-{size}-{theme}.png"))
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
        fitted=False,
        shown_flavors=frozenset({EFFECTIVE}),
        shown_bounds=frozenset(),
        massless=False,
    )
    window.docks["view"].raise_()
    window.docks["mass"].raise_()


def _bounds(window: Window) -> None:
    """One flavour among the external bounds."""
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
    "compare": _compare,
}

if __name__ == "__main__":
    main()
