"""Recording an animation: a picture at every place, with progress, and an end at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

__all__ = ["Recording"]


class Recording(QDialog):
    """Takes pictures one after another, and says how far it is.

    Parameters
    ----------
    parent : QWidget
        What is recorded is in it.
    places : sequence of float
        Where pictures are taken.
    go : callable
        Moves to a place.
    picture : callable
        Takes a picture of what is shown now.

    Signals
    -------
    recorded : list of bytes
        Every picture, once the last one is taken.
    """

    recorded = Signal(list)

    def __init__(
        self,
        parent: QWidget,
        places: Sequence[float],
        go: Callable[[float], None],
        picture: Callable[[], bytes],
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export animation")
        self._places, self._go, self._picture = places, go, picture
        self._frames: list[bytes] = []
        self._moved = False
        self.said = QLabel("taking pictures")
        self.bar = QProgressBar()
        self.bar.setAccessibleName("progress of the export")
        # Pictures are taken in the first half, and written in the second one.
        self.bar.setRange(0, 2 * len(places))
        self.cancel = QPushButton("Cancel")
        self.cancel.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (self.said, self.bar, self.cancel):
            layout.addWidget(widget)
        self.setMinimumWidth(320)
        # What a place changes is laid out before its picture is taken.
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._advance)
        self.finished.connect(self._timer.stop)

    def start(self) -> None:
        """Begin, with the parent locked."""
        self.open()
        self._timer.start()

    def show_writing(self, share: float, what: str) -> None:
        """Say how far the writing is."""
        self.said.setText(what)
        self.bar.setValue(round(len(self._places) * (1 + share)))

    def _advance(self) -> None:
        if not self._moved:
            self._go(self._places[len(self._frames)])
            self._moved = True
            return
        self._frames.append(self._picture())
        self._moved = False
        self.bar.setValue(len(self._frames))
        if len(self._frames) == len(self._places):
            self._timer.stop()
            self.recorded.emit(self._frames)
