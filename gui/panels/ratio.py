"""The limits of one product divided by those of another."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from nusterile.vocabulary import CL, DOF, M_4
from nusterile_gui.look.text_size import text_scale
from nusterile_gui.look.texts import plain_tip, shortened
from nusterile_gui.look.themes import FLAVOR_DASHES, Theme
from nusterile_gui.panels.limit_items import curve_color
from nusterile_gui.plots.axes import LogAxis, PlainAxis, positions, value_at
from nusterile_gui.plots.plots import CurveSet, Plot, pen, small_font
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["RatioPlot"]

_FIELDS = frozenset({"layers", "active", "ratio", "shown_selections", "shown_flavors", CL, DOF})


class RatioPlot(Plot):
    """Ratio curves over the mass, one a selection and flavour that both products hold.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    """

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__(LogAxis("bottom", "m₄ [MeV]"), PlainAxis("left", "ratio of limits"))
        self.setObjectName("ratio-plot")
        self.setAccessibleName("ratio of the limits of two products")
        self._model = model
        self._theme: Theme | None = None
        self.curves = CurveSet(self.item)
        self.drawn: list[tuple[str, str]] = []
        self.one = pg.InfiniteLine(pos=1, angle=0)
        self.cursor = pg.InfiniteLine(angle=90)
        for line in (self.one, self.cursor):
            self.item.addItem(line, ignoreBounds=True)
        self.caption = pg.TextItem(anchor=(0, 0))
        self.caption.setZValue(26)
        self.item.addItem(self.caption, ignoreBounds=True)
        self.box.sigRangeChanged.connect(lambda *_: self._place_caption())
        signals.changed.connect(self._on_changed)

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().apply_theme(theme)
        self.getAxis("left").setWidth(52 * text_scale())
        self.caption.setFont(small_font(8))
        self._theme = theme
        self.one.setPen(pen(theme.muted, 1, Qt.PenStyle.DashLine))
        self.cursor.setPen(pen(theme.muted, 1.2))
        self.caption.setColor(theme.text)
        self._draw()

    def pointed_at(self, x: float, y: float) -> None:
        """Move the cursor's mass."""
        layer = self._model.layer
        if layer is not None:
            self._model.update(m_4=value_at(x, layer.slices.masses))

    def _on_changed(self, changed: Changed) -> None:
        if changed & _FIELDS:
            self._draw()
        if M_4 in changed and self._model.state.m_4 > 0:
            self.cursor.setPos(np.log10(self._model.state.m_4))

    def _place_caption(self) -> None:
        (left, _), (_, top) = self.box.viewRange()
        self.caption.setPos(left, top)

    def _explain(self, pair: list[Layer | None]) -> None:
        """Say how to get a ratio where there is none."""
        if self.drawn:
            self.say("")
        elif len(pair) == 2:
            self.say("the two products share no selection and flavour that is drawn")
        elif len(self._model.state.layers) > 1:
            self.say("choose a product under View, ratio to")
        else:
            self.say("open or compute a second product to compare limits")

    def _draw(self) -> None:
        state = self._model.state
        pair = [self._model.find(key) for key in state.ratio]
        self.curves.begin()
        self.drawn = []
        if len(pair) == 2 and pair[0] and pair[1] and self._theme is not None:
            ours, theirs = pair[0], pair[1]
            values = []
            for selection, flavor in self._model.curves(ours):
                if selection not in theirs.slices.selections:
                    continue
                if flavor not in theirs.slices.flavors:
                    continue
                masses, ratio = ours.slices.ratio(
                    theirs.slices, selection, flavor, state.cl, state.dof
                )
                x = positions(masses)
                color = curve_color(self._theme, self._model, ours, selection)
                style = FLAVOR_DASHES.get(flavor, Qt.PenStyle.SolidLine)
                self.curves.draw(x, ratio, pen(color, 1.8, style))
                self.drawn.append((selection, flavor))
                values.append(ratio)
            found = np.concatenate([np.array([]), *values])
            finite = found[np.isfinite(found)]
            if finite.size:
                low, high = min(finite.min(), 1.0), max(finite.max(), 1.0)
                margin = 0.08 * max(high - low, 0.02)
                places = positions(ours.slices.masses)
                self.box.setRange(
                    xRange=(places[0], places[-1]),
                    yRange=(low - margin, high + margin),
                    padding=0,
                )
            self.caption.setText(f"{shortened(ours.name)} / {shortened(theirs.name)}")
            self._place_caption()
            self.setToolTip(plain_tip(f"{ours.name} divided by {theirs.name}"))
        self._explain(pair)
        self.curves.end()
