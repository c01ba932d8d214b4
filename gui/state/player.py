"""Moves the cursor along the grid by itself, as an animation."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from nusterile.arrays import Floats
from nusterile.vocabulary import M_4, MU
from nusterile_gui.state.history import History
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["FASTEST", "Player"]

#: Most steps in a second.
FASTEST = 30


class Player(QObject):
    """Plays the masses or the moments of the grid that the plane shows, from the cursor on.

    What is played is one step to undo. A hand that moves the cursor meanwhile takes over.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    history : History
        Takes what is played for one step.
    parent : QObject
        Owner.

    Attributes
    ----------
    axis : {'m_4', 'mu'}
        What the cursor moves along.
    rate : int
        Steps in a second.
    loop : bool
        Whether to begin anew at the end.

    Signals
    -------
    changed : bool
        Whether it plays now.
    """

    changed = Signal(bool)

    def __init__(
        self, model: ViewModel, signals: ViewSignals, history: History, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model, self._history = model, history
        #: What it goes along: the name of the mass or of the moment.
        self.axis: str = M_4
        self.rate = 8
        self.loop = False
        self._layer = 0
        self._moving = False
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._step)
        signals.changed.connect(self._on_changed)

    @property
    def playing(self) -> bool:
        """Whether the cursor moves by itself."""
        return self._timer.isActive()

    def places(self) -> Floats:
        """Masses or moments that are played: those of the grid that the plane shows."""
        layer, state = self._model.layer, self._model.state
        if layer is None or not layer.slices.has_scan:
            return np.array([])
        grid = layer.slices.masses if self.axis == M_4 else layer.slices.moments
        if not state.ranges:
            return grid
        low, high = state.ranges[0 if self.axis == M_4 else 1]
        with np.errstate(divide="ignore"):
            places = np.log10(grid)
        seen = grid[(places >= low) & (places <= high)]
        return seen if seen.size else grid

    def set_rate(self, rate: int) -> None:
        """Take so many steps in a second from now on."""
        self.rate = rate
        self._timer.setInterval(1000 // rate)

    def set_axis(self, axis: str) -> None:
        """Play along another axis from now on."""
        self.axis = axis

    def toggle(self) -> None:
        """Play, or stop."""
        if self.playing:
            self.stop()
        else:
            self.play()

    def play(self) -> None:
        """Begin at the cursor, or at the other end of the grid where it is at the last place."""
        places = self.places()
        if self.playing or places.size < 2:
            return
        self._layer = self._model.state.active
        self._history.begin()
        self._timer.start(1000 // self.rate)
        if self._here() >= places[-1]:
            self.move(float(places[0]))
        self.changed.emit(True)

    def stop(self) -> None:
        """Leave the cursor where it is."""
        if self.playing:
            self._timer.stop()
            self._history.end()
            self.changed.emit(False)

    def move(self, place: float) -> None:
        """Move the cursor to a mass or moment."""
        self._moving = True
        try:
            self._model.update(**{self.axis: place})
        finally:
            self._moving = False

    def _here(self) -> float:
        """Mass or moment of the grid point at the cursor."""
        layer = self._model.layer
        assert layer is not None
        i, j = self._model.point()
        return float(layer.slices.masses[i] if self.axis == M_4 else layer.slices.moments[j])

    def _step(self) -> None:
        places = self.places()
        if places.size < 2:
            self.stop()
            return
        after = places[places > self._here()]
        if after.size:
            self.move(float(after[0]))
        elif self.loop:
            self.move(float(places[0]))
        else:
            self.stop()

    def _on_changed(self, changed: Changed) -> None:
        gone = self._model.state.active != self._layer
        if self.playing and (gone or (changed & {M_4, MU} and not self._moving)):
            self.stop()
