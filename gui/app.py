"""The start of the app: from words on the command line to a window."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

# Before Qt, which reads the source of every module that is imported after it: a quarter of
# a second at the start.
import nusterile.accessor  # noqa: F401

# isort: split
from PySide6.QtCore import QCoreApplication

from nusterile.files.places import Place
from nusterile_gui.state.openable import first_products, is_workspace, names_product
from nusterile_gui.work.reading import ReadAhead

__all__ = ["open_window", "run"]

if TYPE_CHECKING:
    from nusterile_gui.frame.window import Window


def open_window(places: Sequence[Place] = ()) -> Window:
    """Make and show the window, with what it opens at the start.

    Parameters
    ----------
    places : sequence of Path or str
        Products to open, as files or addresses; a workspace; or the address of a service,
        whose catalogue is shown. Without any, the products of the last session.
    """
    products = first_products(places)
    ahead = ReadAhead(products)
    # What takes long to import, while the first product is read.
    from nusterile_gui.application import application
    from nusterile_gui.frame.window import Window

    application()
    window = Window(products, resume=not places, ahead=ahead)
    window.show()
    window.open_anything([p for p in places if is_workspace(p) or not names_product(p)])
    return window


def run(window: Window) -> int:
    """Run until the window is closed.

    Returns
    -------
    int
        Exit status: 0, or 130 and 143 after SIGINT (Ctrl-C) and SIGTERM, which close the
        window without a question.
    """
    from nusterile_gui.work.process_signals import Signals

    with Signals(window.close_now) as signals:
        status = QCoreApplication.exec()
    return 128 + signals.received if signals.received else status
