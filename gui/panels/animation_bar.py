"""The controls of the animation: play and stop, faster and slower, along what, again or once."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSpinBox,
    QWidget,
)

from nusterile.vocabulary import M_4, MU
from nusterile_gui.state.player import FASTEST, Player

__all__ = ["AnimationBar"]

_AXES = {M_4: "over the mass", MU: "over the moment"}


class AnimationBar(QWidget):
    """A row of controls.

    Parameters
    ----------
    player : Player
        What they control.

    Signals
    -------
    export_asked, close_asked : ()
        The animation is to be written into a file; the controls are not needed any more.
    """

    export_asked = Signal()
    close_asked = Signal()

    def __init__(self, player: Player) -> None:
        super().__init__()
        self._player = player
        self.play = QPushButton("Play")
        self.play.setToolTip("Move the cursor along the grid, or stop it (M)")
        self.axis = QComboBox()
        self.axis.setAccessibleName("what the animation goes along")
        self.axis.setToolTip("What the cursor moves along, between the ends that the plane shows")
        for name, text in _AXES.items():
            self.axis.addItem(text, name)
        self.rate = QSpinBox()
        self.rate.setRange(1, FASTEST)
        self.rate.setValue(player.rate)
        self.rate.setSuffix(" steps a second")
        self.rate.setAccessibleName("speed of the animation")
        self.rate.setToolTip("Faster and slower, by the arrow keys too")
        self.loop = QCheckBox("again and again")
        self.loop.setToolTip("Begin anew at the end")
        self.export = QPushButton("Export…")
        self.export.setToolTip("Write the animation into a file (Ctrl+Alt+M)")
        self.close_button = QPushButton("Close")
        self.close_button.setToolTip("Stop, and hide these controls (Shift+M)")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 2)
        for widget in (self.play, self.axis, self.rate, self.loop, self.export):
            layout.addWidget(widget)
        layout.addStretch(1)
        layout.addWidget(self.close_button)
        # Its text changes, the places of its neighbours do not.
        self.play.setMinimumWidth(64)
        self.play.clicked.connect(player.toggle)
        self.axis.activated.connect(lambda k: player.set_axis(self.axis.itemData(k)))
        self.rate.valueChanged.connect(player.set_rate)
        self.loop.toggled.connect(self._on_loop)
        self.export.clicked.connect(self.export_asked)
        self.close_button.clicked.connect(self.close_asked)
        player.changed.connect(self._on_playing)

    def _on_loop(self, on: bool) -> None:
        self._player.loop = on

    def _on_playing(self, on: bool) -> None:
        with QSignalBlocker(self.play):
            self.play.setText("Stop" if on else "Play")
