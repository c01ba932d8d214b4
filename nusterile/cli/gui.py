"""The command that opens the desktop app."""

from __future__ import annotations

import os
import sys

import click

from nusterile.cli.options import PRODUCT
from nusterile.errors import NusterileError
from nusterile.files.interrupts import noted
from nusterile.files.places import Place

__all__ = ["gui"]


@click.command()
@click.argument("products", nargs=-1, type=PRODUCT, metavar="[PRODUCT | WORKSPACE | URL]...")
def gui(products: tuple[Place, ...]) -> None:
    """Open products, or a workspace (FILE.nusterile), in the desktop app.

    A URL is the address of a product at a service, or of a service whose catalogue is shown.
    """
    _require_display()
    # What is imported and what Qt calls may drop the exception of an interrupt, or end by it in
    # a fault of memory: it is raised after each step instead.
    try:
        with noted():
            from nusterile_gui.app import open_window, run
        with noted():
            window = open_window(products)
    except ImportError as error:
        raise NusterileError(_remedy(error)) from None
    sys.exit(run(window))


def _require_display() -> None:
    """Say in one line what Qt says in many before it aborts."""
    known = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in known):
        raise NusterileError(
            "the desktop app needs a screen: neither DISPLAY nor WAYLAND_DISPLAY is set; "
            "from another machine, log in with ssh -X"
        )


def _remedy(error: ImportError) -> str:
    """What to install for what is missing."""
    text = str(error)
    if "cannot open shared object file" in text:
        library = text.split(":")[0]
        return (
            f"the desktop app needs the system library {library}; "
            "on Debian and Ubuntu: apt install libegl1 libgl1 libxkbcommon0 libfontconfig1 "
            "libdbus-1-3 libxcb-cursor0"
        )
    return f"the desktop app needs more packages ({text}): pip install 'nusterile[gui]'"
