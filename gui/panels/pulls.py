"""The pulls of the fit at the cursor, as bars."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF

from nusterile.vocabulary import FLAVOR, M_4, MU, SELECTION, SOLAR_PULL
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.limit_items import faded
from nusterile_gui.plots.axes import HeadedAxis, PlainAxis
from nusterile_gui.plots.plots import Plot, pen
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["PullsPanel"]

_FIELDS = frozenset({"active", SELECTION, FLAVOR, M_4, MU})
_PROMISE = "how far the fit moves each background"
#: Least reach of the axis, in σ.
_REACH = 3.0


class PullsPanel(Plot):
    """Best-fit pulls in units of their width; relative shifts where they are free.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    """

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        self._names = HeadedAxis("left")
        self._ticks: list[tuple[int, str]] = []
        super().__init__(PlainAxis("bottom", "pull [σ], ° shift"), self._names)
        self.setObjectName("pulls")
        self.setAccessibleName("pulls")
        self.setToolTip(
            "Best values of the fit: in units of each pull's σ, and for a free component (°) its "
            "relative shift"
        )
        self._model = model
        self.box.setMouseEnabled(x=False, y=False)
        self._names.setStyle(tickLength=0)
        # One standard deviation: behind all, since a translucent colour takes long to draw.
        self._band = pg.BarGraphItem(x0=[-1.0], width=[2.0], y0=[-1.0], height=[1.0])
        self._band.setZValue(-30)
        self._zero = pg.InfiniteLine(pos=0, angle=90)
        self.bars = pg.BarGraphItem(x0=np.zeros(1), y=np.zeros(1), width=np.zeros(1), height=0.6)
        self.headings = pg.BarGraphItem(
            x0=np.zeros(1), y=np.zeros(1), width=np.zeros(1), height=0.9, pen=None
        )
        self.headings.setZValue(-20)
        for item in (self.headings, self._band, self._zero, self.bars):
            self.item.addItem(item, ignoreBounds=True)
        self._rows = np.array([], dtype=int)
        self._heights = np.array([])
        self._heads: list[int] = []
        self._reach = _REACH
        self._listed: tuple[object, ...] = ()
        self._point = (-1, -1)
        signals.changed.connect(self._on_changed)
        self.say(model.why_empty(_PROMISE))

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        super().apply_theme(theme)
        shade = faded(QColor(theme.accent), theme, 0.89)
        self._band.setOpts(brush=pg.mkBrush(shade), pen=pen(theme.grid, 1))
        self._zero.setPen(pen(theme.muted, 1))
        self.headings.setOpts(brush=pg.mkBrush(theme.window))
        self.bars.setOpts(brush=pg.mkBrush(theme.accent), pen=pen(theme.accent, 1))
        self._fit_names()

    def values(self) -> dict[str, float]:
        """Pulls as drawn, by name."""
        layer = self._model.layer
        if layer is None or not self._rows.size:
            return {}
        names = [layer.slices.pull_names[row] for row in self._rows]
        return dict(zip(names, map(float, self.bars.opts["width"]), strict=True))

    def _on_changed(self, changed: Changed) -> None:
        if changed & _FIELDS:
            point = self._model.point()
            if changed - {M_4, MU} or point != self._point:
                self._point = point
                self._draw()

    def _draw(self) -> None:
        layer, state = self._model.layer, self._model.state
        self.say(self._model.why_empty(_PROMISE))
        if layer is None or not layer.slices.has_scan:
            self._rows, self._listed = np.array([], dtype=int), ()
            return
        i, j = self._model.point()
        pulls = layer.slices.pulls(state.selection, state.flavor, i, j)
        listed = (state.active, state.selection)
        if listed != self._listed:
            self._listed = listed
            self._list_names()
        values = np.nan_to_num(pulls[self._rows])
        self._fit_reach(float(np.max(np.abs(values), initial=0.0)))
        self.bars.setOpts(
            x0=np.zeros(values.size),
            width=values,
            y=self._heights,
            height=0.6,
        )

    def _fit_reach(self, largest: float) -> None:
        """Double or halve the range of the axis only where the bars need it."""
        reach = self._reach
        while largest > reach:
            reach *= 2
        while reach > _REACH and largest < reach / 3:
            reach /= 2
        if reach != self._reach:
            self._reach = reach
            self.box.setRange(xRange=(-reach, reach), padding=0)
            self._shade_headings()

    def _shade_headings(self) -> None:
        """Put a band behind each heading, from side to side."""
        self.headings.setOpts(
            x0=np.full(len(self._heads), -self._reach),
            width=np.full(len(self._heads), 2 * self._reach),
            y=np.array(self._heads, dtype=float),
            height=0.9,
        )

    def _list_names(self) -> None:
        layer = self._model.layer
        assert layer is not None
        slices = layer.slices
        members = slices.members[self._model.state.selection] or slices.experiments
        rows: list[int] = []
        heights: list[int] = []
        ticks: list[tuple[int, str]] = []
        heads: list[int] = []
        headed = ""
        for row, name in enumerate(slices.pull_names):
            experiment, _, component = name.partition(":")
            of_sun = experiment == SOLAR_PULL
            if not of_sun and experiment not in members:
                continue
            if not of_sun and len(members) > 1 and experiment != headed:
                headed = experiment
                heads.append(len(ticks))
                ticks.append((len(ticks), layer.experiment_label(experiment)))
            if of_sun:
                text = f"solar ν, {component}" if component else "solar ν"
            else:
                text = layer.component_label(component)
            free = bool(np.isinf(slices.pull_widths[row])) and not of_sun
            rows.append(row)
            heights.append(len(ticks))
            ticks.append((len(ticks), text + (" °" if free else "")))
        self._rows, self._heights = np.array(rows, dtype=int), np.array(heights, dtype=float)
        self._ticks, self._heads = ticks, heads
        self._band.setOpts(height=[len(ticks) + 1.0])
        self._shade_headings()
        self._fit_names()
        self.box.setRange(
            xRange=(-self._reach, self._reach), yRange=(len(ticks) - 0.4, -0.6), padding=0
        )
        self.box.invertY(True)

    def _fit_names(self) -> None:
        """Give the names at most three fifths of the width, shortened where they need more."""
        room = 0.6 * self.width()
        texts, widths = [], [0.0]
        for place, text in self._ticks:
            metrics = QFontMetricsF(self._names.font_of(heading=place in self._heads))
            texts.append(metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))
            widths.append(metrics.horizontalAdvance(texts[-1]))
        places = [place for place, _ in self._ticks]
        self._names.headings = frozenset(texts[place] for place in self._heads)
        self._names.setTicks([list(zip(places, texts, strict=True))])
        self._names.setWidth(max(widths) + 16)

    def resized(self) -> None:
        """Fit the names to another width."""
        super().resized()
        self._fit_names()
