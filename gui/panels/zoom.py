"""The part of the plane that is shown, kept in the state of the view."""

from __future__ import annotations

from PySide6.QtCore import QObject

from nusterile_gui.panels.plane import Plane
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["Zoom"]

#: Decades that the axes may reach over.
_SMALLEST, _LARGEST = 1e-6, 100.0


class Zoom(QObject):
    """Takes the plane's zoom into the state, and shows the state's.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news; the plane, which shows another layer whole, has heard them before.
    plane : Plane
        What is zoomed.
    """

    def __init__(self, model: ViewModel, signals: ViewSignals, plane: Plane) -> None:
        super().__init__(plane)
        self._model = model
        self._plane = plane
        plane.box.sigRangeChangedManually.connect(lambda *_: self._take())
        plane.box.everything.connect(self.show_all)
        signals.changed.connect(self._on_changed)

    def show_all(self) -> None:
        """Show the whole grid of the active layer."""
        self._model.update(ranges=())
        self._plane.show_all()

    def scale(self, factor: float) -> None:
        """Show a part of the plane that is so much larger, around the cursor where it is seen."""
        ((left, right), (bottom, top)), cross = self._plane.box.viewRange(), self._plane.cross
        x, y = (left + right) / 2, (bottom + top) / 2
        if cross is not None and left <= cross.x() <= right and bottom <= cross.y() <= top:
            x, y = cross.x(), cross.y()
        ranges = tuple(
            (float(at - factor * (at - low)), float(at + factor * (high - at)))
            for at, (low, high) in ((x, (left, right)), (y, (bottom, top)))
        )
        if all(_SMALLEST < high - low < _LARGEST for low, high in ranges):
            self._model.update(ranges=ranges)

    def show(self) -> None:
        """Show what the state says."""
        ranges = self._model.state.ranges
        if ranges:
            self._plane.show_range(*ranges)
        else:
            self._plane.show_all()

    def _take(self) -> None:
        (left, right), (bottom, top) = self._plane.box.viewRange()
        ranges = ((float(left), float(right)), (float(bottom), float(top)))
        self._model.update(ranges=ranges)

    def _on_changed(self, changed: Changed) -> None:
        if changed & {"ranges", "active"}:
            self.show()
