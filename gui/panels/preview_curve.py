"""The limit that changed settings would give, drawn over the plane while a hand moves them."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QColor

from nusterile.arrays import Floats
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.plane_pointing import NamedCurve
from nusterile_gui.plots.axes import positions
from nusterile_gui.plots.cached_view import CachedPlot
from nusterile_gui.plots.plot_labels import PlotLabel
from nusterile_gui.plots.plots import pen, small_font

__all__ = ["PreviewCurve"]

_NAME = "what if"
_WIDTH = 2.6
#: Time without a new curve after which its label is placed, milliseconds.
_REST = 150


class PreviewCurve(QObject):
    """One curve that changes under the hand, and its label.

    The curve lies on the picture of the plot, which is not made anew for it; the label stands
    among the others, and follows once the curve rests.

    Parameters
    ----------
    plot : CachedPlot
        The plane.

    Signals
    -------
    rested : ()
        Labels are to be placed anew.
    """

    rested = Signal()

    def __init__(self, plot: CachedPlot) -> None:
        super().__init__(plot)
        self._plot = plot
        self._theme: Theme | None = None
        self._rough = False
        #: Points of the curve in coordinates of the view, NaN where there is no limit.
        self.curve: Floats | None = None
        self.label = pg.TextItem(_NAME, anchor=(0.5, 0.5))
        self.label.setZValue(36)
        self.label.setVisible(False)
        plot.item.addItem(self.label, ignoreBounds=True)
        self._resting = QTimer(self, singleShot=True, interval=_REST)
        self._resting.timeout.connect(self.rested)

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        fill = QColor(theme.base)
        fill.setAlpha(225)
        self.label.setFont(small_font())
        self.label.setColor(theme.what_if)
        self.label.fill = pg.mkBrush(fill)
        self._draw()

    def show_limit(self, masses: Floats, limit: Floats, *, rough: bool) -> None:
        """Draw a limit.

        Parameters
        ----------
        masses, limit : ndarray, shape (n_m,)
            MeV and Bohr magnetons.
        rough : bool
            Whether it is an estimate that will be replaced: dotted, not dashed.
        """
        with np.errstate(invalid="ignore"):
            self.curve = np.stack([positions(masses), np.log10(limit)], axis=1)
        self._rough = rough
        self._draw()
        self._resting.start()

    def hide(self) -> None:
        """Draw nothing."""
        if self.curve is not None:
            self.curve = None
            self.label.setVisible(False)
            self._draw()
            self._resting.start()

    def labels(self) -> list[PlotLabel]:
        """The label, where there is a curve."""
        if self.curve is None or not np.isfinite(self.curve).all(axis=1).any():
            self.label.setVisible(False)
            return []
        x, y = self.curve.T
        return [PlotLabel(self.label, x, y)]

    def named_curves(self) -> list[NamedCurve]:
        """The curve with what it is."""
        if self.curve is None:
            return []
        return [NamedCurve("limit with the changed settings", *self.curve.T)]

    def _draw(self) -> None:
        if self._theme is not None:
            style = Qt.PenStyle.DotLine if self._rough else Qt.PenStyle.DashLine
            self._plot.set_preview(self.curve, pen(self._theme.what_if, _WIDTH, style))
