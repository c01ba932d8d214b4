"""What the mouse does at curves and labels of the plane: names, highlights, shows alone, hides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from PySide6.QtCore import QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtWidgets import QToolTip

from nusterile.arrays import Floats
from nusterile.layout.curves import distance_to_curve
from nusterile_gui.look.texts import plain_tip
from nusterile_gui.plots.cached_view import CachedPlot
from nusterile_gui.plots.plot_labels import PlotLabel
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.solo import BoundCurve, CurveSource, LimitOf, alone, hidden, is_alone

__all__ = ["NamedCurve", "PlanePointing"]

#: Distance of the mouse from a curve within which it is named, pixels.
_NEAR = 7.0
#: Time between two looks at what is below a moving mouse, milliseconds.
_PAUSE = 16


class NamedCurve(NamedTuple):
    """A curve, what it is in words, and what it is of where it can be shown alone."""

    text: str
    x: Floats
    y: Floats
    source: CurveSource | None = None


class PlanePointing(QObject):
    """Answers a mouse that is over the plane without a button pressed, and clicks on labels.

    Parameters
    ----------
    plot : CachedPlot
        The plane.
    model : ViewModel
        The state.
    curves : callable
        Gives the curves that are drawn.
    labels : callable
        Gives the labels, drawn or not.
    """

    def __init__(
        self,
        plot: CachedPlot,
        model: ViewModel,
        curves: Callable[[], Sequence[NamedCurve]],
        labels: Callable[[], Sequence[PlotLabel]],
    ) -> None:
        super().__init__(plot)
        self._plot, self._model = plot, model
        self._curves, self._labels = curves, labels
        #: What was drawn before a curve was shown alone, to be shown again.
        self._before: dict[str, Any] = {}
        self._alone: CurveSource | None = None
        self._mouse = QPoint()
        self._named = ""
        self._looking = QTimer(self, singleShot=True, interval=_PAUSE)
        self._looking.timeout.connect(self._look)

    def hover(self, pixel: QPoint) -> None:
        """Look soon at what is below the mouse."""
        self._mouse = pixel
        if not self._looking.isActive():
            self._looking.start()

    def leave(self) -> None:
        """Highlight nothing more."""
        self._looking.stop()
        self._show(None)

    def name_at(self, pixel: QPoint) -> str:
        """Name the curve whose label or line is at a pixel; empty if none is near."""
        curve = self._curve_at(pixel)
        return curve.text if curve is not None else ""

    def is_label(self, pixel: QPoint) -> bool:
        """Whether the label of a curve is at a pixel."""
        return self._source_at(pixel) is not None

    def click(self, pixel: QPoint, modifiers: Qt.KeyboardModifier) -> None:
        """Show the curve of a label alone, or all again, or hide it with Alt."""
        source = self._source_at(pixel)
        if source is None:
            return
        if modifiers & Qt.KeyboardModifier.AltModifier:
            self._model.update(**hidden(self._model.state, source))
        else:
            self.toggle_alone(source)

    def toggle_alone(self, curve: CurveSource | None = None) -> None:
        """Leave one curve and the limit of the fit; if that is so already, show the rest again."""
        state = self._model.state
        if is_alone(state, curve) and self._before and self._alone == curve:
            before, self._before = self._before, {}
            self._model.update(**before)
            return
        changes = alone(state, curve)
        # What is chosen for the fit stays chosen when the rest comes back.
        kept = ("massless", "shown_bounds", "shown_selections", "shown_flavors")
        self._before, self._alone = {name: getattr(state, name) for name in kept}, curve
        self._model.update(**changes)

    def _look(self) -> None:
        self._show(self._curve_at(self._mouse))

    def _show(self, curve: NamedCurve | None) -> None:
        """Highlight a curve and name it beside the mouse."""
        text = curve.text if curve is not None else ""
        if text == self._named:
            return
        self._named = text
        self._plot.set_highlight(None if curve is None else np.stack([curve.x, curve.y], axis=1))
        if text:
            place = self._plot.viewport().mapToGlobal(self._mouse)
            QToolTip.showText(place, plain_tip(text), self._plot)
        else:
            QToolTip.hideText()

    def _source_at(self, pixel: QPoint) -> CurveSource | None:
        """What the curve is of whose label is at a pixel."""
        place = self._plot.mapToScene(pixel)
        for label in self._labels():
            item = label.item
            if item.isVisible() and item.sceneTransform().mapRect(item.boundingRect()).contains(
                place
            ):
                return label.source if isinstance(label.source, BoundCurve | LimitOf) else None
        return None

    def _curve_at(self, pixel: QPoint) -> NamedCurve | None:
        source = self._source_at(pixel)
        if source is not None:
            return next((c for c in self._curves() if c.source == source), None)
        box = self._plot.box
        place = box.mapSceneToView(QPointF(self._plot.mapToScene(pixel)))
        (left, right), (bottom, top) = box.viewRange()
        if not (left <= place.x() <= right and bottom <= place.y() <= top):
            return None
        scale = (box.width() / (right - left), box.height() / (top - bottom))
        nearest, found = _NEAR, None
        for curve in self._curves():
            x, y = curve.x, curve.y
            pixels = np.stack([(x - place.x()) * scale[0], (y - place.y()) * scale[1]], axis=1)
            distance = distance_to_curve(pixels)
            if distance < nearest:
                nearest, found = distance, curve
        return found
