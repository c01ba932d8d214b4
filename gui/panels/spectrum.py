"""The spectrum of one experiment: data, stacked expectation and what each bin adds to χ²."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from nusterile.experiments.spectrum import BinnedSpectrum
from nusterile.statistics.intervals import poisson_interval
from nusterile.vocabulary import EXPERIMENT, FLAVOR, M_4, MU, SELECTION
from nusterile_gui.look.quantities import format_number, format_power, is_everyday
from nusterile_gui.look.text_size import text_scale
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.limit_items import faded
from nusterile_gui.panels.pins_button import PinsButton
from nusterile_gui.panels.spectra_beside import SpectraBeside, highest_of
from nusterile_gui.plots.axes import PlainAxis
from nusterile_gui.plots.legend import Legend, LegendEntry
from nusterile_gui.plots.plots import Plot, pen
from nusterile_gui.plots.step_stack import StepStack
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.pinning import spectra_beside
from nusterile_gui.state.signals import ViewSignals

__all__ = ["SpectrumPanel"]

_FIELDS = frozenset(
    {"active", SELECTION, FLAVOR, M_4, MU, "second", "pins", EXPERIMENT, "quantity", "fitted"}
)
#: Those that change what is shown only where they reach another grid point.
_CURSORS = frozenset({M_4, MU, "second"})
_PROMISE = "events of one experiment, seen and expected at the cursor"
#: Space to the left of what stands above the plots, pixels.
_INDENT = 56
#: Least width of the axes of both plots, pixels.
_LEAST_WIDTH = 52.0
#: Share of the background in the colour of dipole events that fill the frame.
_FADED = 0.6
_QUANTITIES = {"counts": "events per bin", "rate": "rate [1/(t yr keV)]"}


def _wide(*controls: QWidget) -> int:
    """Width of controls that stand side by side, pixels."""
    return sum(control.sizeHint().width() + 8 for control in controls)


class SpectrumPanel(QWidget):
    """Data with Poisson errors over the stacked expectation at the cursor.

    The totals at cursor B and of pinned spectra are lines upon it.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    """

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__()
        self._model = model
        self._theme: Theme | None = None
        self.experiment = QComboBox()
        self.experiment.setObjectName(EXPERIMENT)
        self.experiment.setToolTip("Experiment whose spectrum is shown")
        self.quantity = QComboBox()
        self.quantity.setObjectName("quantity")
        for name, text in _QUANTITIES.items():
            self.quantity.addItem(text, name)
        self.quantity.setToolTip("Events in each bin, or events per tonne, year and keV")
        self.fitted = QCheckBox("after the fit's pulls")
        self.fitted.setObjectName("fitted")
        self.fitted.setToolTip(
            "Shows the expectation with the best-fit pulls of the chosen fit;\n"
            "the dashed line is the total without them (and the other way round)."
        )
        self.pins = PinsButton(model)
        self._switches = QWidget()
        for combo in (self.experiment, self.quantity):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.legend = Legend()
        self.beyond = QLabel()
        self.beyond.setObjectName("beyond")
        self.beyond.setTextFormat(Qt.TextFormat.PlainText)
        self.beyond.setWordWrap(True)
        self.beyond.setIndent(_INDENT)
        self.beyond.hide()
        self.events = Plot(PlainAxis("bottom"), PlainAxis("left", _QUANTITIES["counts"]))
        self.contributions = Plot(
            PlainAxis("bottom", "reconstructed energy [keV]"), PlainAxis("left", "bin χ²")
        )
        for plot in (self.events, self.contributions):
            plot.box.setMouseEnabled(x=True, y=False)
        self.events.getAxis("bottom").setStyle(showValues=False)
        self.events.getAxis("bottom").setHeight(8)
        self.contributions.setXLink(self.events)
        self.stack = StepStack()
        self.other_total = pg.PlotCurveItem(stepMode="center", x=[0, 1], y=[0], antialias=False)
        self.other_total.setZValue(20)
        self.points = pg.ScatterPlotItem(symbol="o", size=5, pxMode=True)
        self.errors = pg.ErrorBarItem(x=np.array([0.0]), y=np.array([0.0]), beam=0)
        self.errors.setZValue(24)
        self.points.setZValue(25)
        for item in (self.stack, self.other_total, self.errors, self.points):
            self.events.addItem(item, ignoreBounds=True)
        self.bars = StepStack()
        self.contributions.addItem(self.bars, ignoreBounds=True)
        self.beside = SpectraBeside(self.events, self.contributions)
        self._drawn_data: tuple[object, ...] = ()
        self._legend_of: tuple[object, ...] = ()
        self._highest = 8.0
        self._axis_width = 0.0
        self._contribution_ticks: list[tuple[float, str]] = []
        self._points: tuple[object, ...] = ()
        self._controls = QGridLayout()
        self._beside = True
        self._lay_out()
        self.events.box.sigYRangeChanged.connect(lambda *_: self._fit_axes())
        self.events.box.sigResized.connect(lambda *_: self._fit_axes())
        self.experiment.activated.connect(self._on_experiment)
        self.quantity.activated.connect(self._on_quantity)
        self.fitted.toggled.connect(lambda on: model.update(fitted=on))
        signals.changed.connect(self._on_changed)

    def _lay_out(self) -> None:
        controls = self._controls
        controls.setContentsMargins(4, 2, 4, 0)
        controls.addWidget(self.experiment, 0, 0)
        controls.addWidget(self.quantity, 0, 1)
        switches = QHBoxLayout(self._switches)
        switches.setContentsMargins(0, 0, 0, 0)
        switches.addWidget(self.fitted)
        switches.addStretch(1)
        switches.addWidget(self.pins)
        controls.addWidget(self._switches, 0, 2)
        controls.setColumnStretch(3, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addLayout(controls)
        layout.addWidget(self.legend)
        layout.addWidget(self.beyond)
        layout.addWidget(self.events, 3)
        layout.addWidget(self.contributions, 1)

    def minimumSizeHint(self) -> QSize:
        """As narrow as it is with the switch below the lists."""
        hint = super().minimumSizeHint()
        return QSize(_wide(self.experiment, self.quantity), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let switch and button stand below the lists where there is no room beside them."""
        super().resizeEvent(event)
        beside = _wide(self.experiment, self.quantity, self._switches) <= self.width()
        if beside != self._beside:
            self._beside = beside
            self._controls.removeWidget(self._switches)
            self._controls.addWidget(self._switches, *((0, 2, 1, 1) if beside else (1, 0, 1, 3)))

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.events.apply_theme(theme)
        self.contributions.apply_theme(theme)
        self.contributions.setMinimumHeight(round(78 * text_scale()))
        self.legend.apply_theme(theme)
        self.pins.apply_theme(theme)
        self.points.setPen(pen(theme.text, 1))
        self.points.setBrush(pg.mkBrush(theme.text))
        self.errors.setData(pen=pen(theme.text, 1.2))
        self.other_total.setPen(pen(theme.text, 1.2, Qt.PenStyle.DashLine))
        self.bars.set_colors([theme.muted], theme.base)
        self._drawn_data = self._legend_of = ()
        self._draw()

    def _on_experiment(self, index: int) -> None:
        self._model.update(experiment=self.experiment.itemData(index))

    def _on_quantity(self, index: int) -> None:
        self._model.update(quantity=self.quantity.itemData(index))

    def _on_changed(self, changed: Changed) -> None:
        state = self._model.state
        if "active" in changed:
            self._fill_experiments()
        if changed & {"active", EXPERIMENT}:
            self.experiment.setCurrentIndex(self.experiment.findData(state.experiment))
        if "quantity" in changed:
            self.quantity.setCurrentIndex(self.quantity.findData(state.quantity))
            self.events.getAxis("left").setLabel(_QUANTITIES[state.quantity])
        if "fitted" in changed:
            self.fitted.setChecked(state.fitted)
        if changed & _FIELDS:
            points = (self._model.point(), self._model.second_point())
            if changed - _CURSORS or points != self._points:
                self._points = points
                self._draw()

    def _fill_experiments(self) -> None:
        self.experiment.clear()
        layer = self._model.layer
        if layer is not None:
            for name in layer.slices.experiments:
                self.experiment.addItem(layer.experiment_label(name), name)

    def _draw(self) -> None:
        layer, state = self._model.layer, self._model.state
        if self._theme is None:
            return
        empty = layer is None or not layer.slices.has_scan
        self.events.say(self._model.why_empty(_PROMISE))
        self.contributions.setVisible(not empty)
        for item in (self.stack, self.points, self.errors, self.other_total, self.bars):
            item.setVisible(not empty)
        if layer is None or empty:
            self.legend.show_entries([])
            self.beside.hide()
            self.beyond.hide()
            self._legend_of = ()
            return
        slices = layer.slices
        i, j = self._model.point()
        nominal = slices.spectrum(state.experiment, state.flavor, i, j)
        pulled = slices.fitted(nominal, state.experiment, state.selection, state.flavor, i, j)
        self.fitted.setEnabled(pulled is not None)
        shown, other = (pulled, nominal) if state.fitted and pulled else (nominal, pulled)
        scale = nominal.per_rate if state.quantity == "rate" else np.ones_like(nominal.low)
        edges = np.append(nominal.low, nominal.high[-1])
        total = "" if other is None else "total after the fit"
        if shown is pulled:
            total = "total before the fit"
        self._draw_data(nominal, scale, (layer.key, state.experiment, state.quantity))
        rate = state.quantity == "rate"
        lines = self.beside.draw(spectra_beside(self._model), self._theme, rate=rate)
        self._draw_stack(shown, edges, scale, total, lines)
        self.other_total.setVisible(other is not None)
        if other is not None:
            self.other_total.setData(x=edges, y=other.total / scale)
        self.bars.set_data(edges, shown.contributions[None])
        self._fit_contributions(max(highest_of(shown.contributions), self.beside.highest))
        if not self._axis_width:  # another spectrum
            self._fit_axes()
        for item in (self.points, self.errors):  # which setData shows
            item.setVisible(not nominal.expected_only)

    def _draw_stack(
        self,
        shown: BinnedSpectrum,
        edges: np.ndarray,
        scale: np.ndarray,
        total: str,
        lines: list[LegendEntry],
    ) -> None:
        assert self._theme is not None
        tops = np.cumsum(np.vstack([shown.background, shown.sm, shown.dipole]), axis=0) / scale
        self.stack.set_data(edges, tops)
        beyond = self._say_beyond(shown, scale, float(np.nanmax(tops[-1], initial=0.0)))
        entries_of = (
            self._model.state.active,
            shown.components,
            shown.expected_only,
            self._theme.name,
            total,
            beyond,
            *lines,
        )
        if entries_of == self._legend_of:
            return
        self._legend_of = entries_of
        stack = self._theme.stack
        colors = [stack[k % len(stack)] for k in range(len(shown.components))]
        dipole = QColor(self._theme.dipole)
        if beyond:  # points and their errors stand out from a paler ground
            dipole = faded(dipole, self._theme, _FADED)
        colors += [self._theme.solar, dipole.name()]
        self.stack.set_colors(colors, self._theme.base)
        layer = self._model.layer
        assert layer is not None
        names = [layer.component_label(name) for name in shown.components]
        areas = zip([*names, "solar ν, SM", "dipole"], colors, strict=True)
        entries = []
        if not shown.expected_only:
            entries.append(LegendEntry("data", self._theme.text, "point"))
        entries += [LegendEntry(name, color) for name, color in areas]
        if total:
            entries.append(LegendEntry(total, self._theme.text, "dashes"))
        self.legend.show_entries([*entries, *lines])

    def _say_beyond(self, shown: BinnedSpectrum, scale: np.ndarray, highest: float) -> bool:
        """Say how high dipole events go where the frame, which is that of the data, ends below.

        Returns
        -------
        bool
            Whether they do.
        """
        dipole = shown.dipole / scale
        peak = int(np.argmax(np.nan_to_num(dipole)))
        beyond = bool(highest > self.events.box.viewRange()[1][1] and dipole[peak] > 0)
        self.beyond.setVisible(beyond)
        if beyond:
            unit = _QUANTITIES[self._model.state.quantity].replace("rate [", "").rstrip("]")
            self.beyond.setText(
                f"dipole events leave the frame: up to {format_number(dipole[peak], 3)} {unit}, "
                f"between {shown.low[peak]:g} and {shown.high[peak]:g} keV"
            )
        return beyond

    def _fit_axes(self) -> None:
        """Give both axes one width, so that bins stand below each other and ticks have room.

        While the cursor moves it only grows: plots that move aside and back are hard to follow,
        and are laid out anew each time.
        """
        upper, lower = self.events.getAxis("left"), self.contributions.getAxis("left")
        texts = [text for _, text in self._contribution_ticks]
        needed = (upper.width_of(upper.texts()), lower.width_of(texts))
        width = max(self._axis_width, _LEAST_WIDTH * text_scale(), *needed)
        if width != self._axis_width:
            self._axis_width = width
            for axis in (upper, lower):
                axis.setWidth(width)

    def _fit_contributions(self, highest: float) -> None:
        """Double or halve the range of the contributions only where they need it."""
        while highest > self._highest:
            self._highest *= 2
        while self._highest > 8 and highest < self._highest / 3:
            self._highest /= 2
        if self.contributions.box.viewRange()[1][1] != self._highest:
            top = self._highest
            self.contributions.box.setRange(yRange=(0, top), padding=0)
            written = format_number if is_everyday(top) else format_power
            ticks = [(value, written(value, 2)) for value in (0.0, top / 2, top)]
            self._contribution_ticks = ticks
            self.contributions.getAxis("left").setTicks([ticks])
            self._fit_axes()

    def _draw_data(
        self, nominal: BinnedSpectrum, scale: np.ndarray, key: tuple[object, ...]
    ) -> None:
        if key == self._drawn_data:
            return
        self._drawn_data = key
        self._axis_width = 0.0
        middle = (nominal.low + nominal.high) / 2
        low, high = poisson_interval(nominal.counts)
        values = nominal.counts / scale
        self.points.setData(middle, values)
        self.errors.setData(
            x=middle, y=values, top=high / scale - values, bottom=values - low / scale
        )
        seen = nominal.counts if nominal.expected_only else high
        top = float(np.nanmax(seen / scale)) * 1.12
        self.events.box.setRange(
            xRange=(nominal.low[0], nominal.high[-1]), yRange=(0, top), padding=0
        )
