"""The button of the pinned spectra: pins what is shown, removes one or all."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QMenu, QPushButton

from nusterile_gui.look.themes import LIGHT, Theme
from nusterile_gui.panels.spectra_beside import pin_color
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.pinning import pin_label, pin_shown, unpin, unpin_all

__all__ = ["PinsButton"]


class PinsButton(QPushButton):
    """Opens a menu with every pinned spectrum.

    Parameters
    ----------
    model : ViewModel
        The state.
    """

    def __init__(self, model: ViewModel) -> None:
        super().__init__()
        self._model = model
        self._theme = LIGHT
        self.setObjectName("pins")
        self.setText("Pins")
        self.setAccessibleName("pinned spectra")
        self.setToolTip("Pin the spectrum that is shown (P), remove pinned ones (Shift+P)")
        menu = QMenu(self)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme

    def _fill(self) -> None:
        menu, model = self.menu(), self._model
        menu.clear()

        def add(text: str, answer: Callable[[], object], icon: QIcon | None = None) -> None:
            action = menu.addAction(icon or QIcon(), text.replace("&", "&&"))
            action.triggered.connect(lambda _=False: answer())

        add("Pin this spectrum", partial(pin_shown, model))
        if not model.state.pins:
            return
        menu.addSeparator()
        for pin in model.state.pins:
            swatch = QPixmap(12, 12)
            swatch.fill(pin_color(self._theme, pin))
            add(f"Remove {pin_label(model, pin)}", partial(unpin, model, pin), QIcon(swatch))
        add("Remove all", partial(unpin_all, model))
