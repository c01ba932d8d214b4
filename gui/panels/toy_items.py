"""What toys say, on the plane: bands of the expected limit, unified intervals, CL_s limits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPen

from nusterile.arrays import Floats
from nusterile.vocabulary import (
    CL,
    CLS_CONTENT,
    DOF,
    EXPECTED_CONTENT,
    FLAVOR,
    QUANTILES,
    SELECTION,
    UNIFIED_CONTENT,
)
from nusterile_gui.look.texts import shortened
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.plane_pointing import NamedCurve
from nusterile_gui.plots.axes import positions
from nusterile_gui.plots.plot_labels import PlotLabel
from nusterile_gui.plots.plots import CurveSet, pen, small_font
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.overlays import Overlay

__all__ = ["ToyBand", "ToyCurve", "ToyItems", "mass_places"]

_FIELDS = frozenset({"overlays", "layers", "active", SELECTION, FLAVOR, CL, DOF})
#: Places of the quantiles: the median, and the bands, the outer one first so that it lies below.
_MEDIAN = QUANTILES.index(0.5)
_BANDS = (("±2σ", 0, 4), ("±1σ", 1, 3))
#: Half of the width of a mass that has no neighbour, decades.
_ALONE = 0.05
#: How much of the plane a band hides, out of 255.
_ALPHA = 165
_WIDTH, _THIN = 1.8, 1.2
#: Dashes, in widths of the line, that no flavour has.
_MEDIAN_DASHES = (5.0, 3.0)
_UNIFIED_DASHES = (9.0, 2.0, 1.0, 2.0, 1.0, 2.0)
_CLS_DASHES = (12.0, 3.0)
_CONSTRAINED_DASHES = (3.0, 3.0, 1.0, 3.0)


class ToyBand(NamedTuple):
    """A filled band: between two quantiles of the expected limit, log10 of Bohr magnetons."""

    overlay: Overlay
    word: str
    x: Floats
    low: Floats
    high: Floats


class ToyCurve(NamedTuple):
    """A curve: what it is in words, and its points, log10 of MeV and Bohr magnetons."""

    overlay: Overlay
    word: str
    x: Floats
    y: Floats


def mass_places(model: ViewModel, masses: Floats) -> Floats:
    """Scene coordinates of masses on the axis of the plane; NaN where 0 has no place there."""
    grid = model.grid
    places = positions(masses)
    if grid is not None and masses[0] == 0:
        places[0] = positions(grid[0])[0] if grid[0][0] == 0 else np.nan
    return places


def _runs(x: Floats, *values: Floats) -> list[slice]:
    """Stretches of masses at which everything is finite."""
    finite = np.isfinite(x) & np.all(np.isfinite(values), axis=0)
    ends = np.flatnonzero(np.diff(np.concatenate([[0], finite.astype(int), [0]])))
    return [slice(int(a), int(b)) for a, b in ends.reshape(-1, 2)]


def _drawable(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """A curve whose single points are short lines, so that they are seen."""
    parts = []
    for run in _runs(x, y):
        if run.stop - run.start == 1:
            at = x[run.start]
            part = np.array([[at - _ALONE, at + _ALONE], [y[run.start]] * 2])
        else:
            part = np.array([x[run], y[run]])
        parts += [part, np.full((2, 1), np.nan)]
    joined = np.concatenate(parts[:-1], axis=1) if parts else np.empty((2, 0))
    return joined[0], joined[1]


def _outline(x: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Closed outlines of a band, one for each stretch of masses, apart by NaN."""
    parts = []
    for run in _runs(x, low, high):
        across, lower, upper = x[run], low[run], high[run]
        if across.size == 1:
            across = np.array([across[0] - _ALONE, across[0] + _ALONE])
            lower, upper = np.repeat(lower, 2), np.repeat(upper, 2)
        around = np.concatenate([across, across[::-1], across[:1]])
        parts += [
            np.array([around, np.concatenate([lower, upper[::-1], lower[:1]])]),
            np.full((2, 1), np.nan),
        ]
    joined = np.concatenate(parts[:-1], axis=1) if parts else np.empty((2, 0))
    return joined[0], joined[1]


class ToyItems:
    """What the visible overlays say of the fit and level of the view, in a plot.

    Parameters
    ----------
    plot : PlotItem
        Where it is drawn.
    model : ViewModel
        The state.
    """

    def __init__(self, plot: pg.PlotItem, model: ViewModel) -> None:
        self._plot = plot
        self._model = model
        self._theme: Theme | None = None
        self._fills: list[pg.PlotCurveItem] = []
        self._set = CurveSet(plot, z=18)
        self._labels: list[pg.TextItem] = []
        self.bands: list[ToyBand] = []
        self.curves: list[ToyCurve] = []

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._draw()

    def on_changed(self, changed: Changed) -> bool:
        """Draw again where a change concerns toys; whether it did."""
        drawn = bool(self.bands or self.curves)
        if not changed & _FIELDS or not (drawn or self._model.state.overlays):
            return False
        self._collect()
        self._draw()
        return True

    def _collect(self) -> None:
        """Take the numbers out of the overlays that hold the fit and the level."""
        state = self._model.state
        fit = (state.selection, state.flavor, state.cl)
        self.bands, self.curves = [], []
        for overlay in state.overlays:
            toys = overlay.toys
            if not overlay.visible or toys.lacks(*fit, state.dof):
                continue
            x = mass_places(self._model, toys.masses)
            found: list[tuple[str, Floats]] = []
            if toys.kind == EXPECTED_CONTENT:
                quantiles = _logs(toys.bands(*fit))
                self.bands += [
                    ToyBand(overlay, word, x, quantiles[:, low], quantiles[:, high])
                    for word, low, high in _BANDS
                ]
                found = [("median", quantiles[:, _MEDIAN])]
            elif toys.kind == UNIFIED_CONTENT:
                low, high, _ = toys.interval(*fit, state.dof)
                found = [("upper end", _logs(high)), ("lower end", _logs(low))]
            elif toys.kind == CLS_CONTENT:
                limit, constrained, _ = toys.cls(*fit)
                found = [("limit", _logs(limit)), ("power-constrained", _logs(constrained))]
            self.curves += [
                ToyCurve(overlay, word, x, y) for word, y in found if np.isfinite(x + y).any()
            ]

    def _draw(self) -> None:
        theme = self._theme
        if theme is None:
            return
        while len(self._fills) < len(self.bands):
            fill = pg.PlotCurveItem(connect="finite", fillLevel="enclosed", pen=None)
            self._plot.addItem(fill, ignoreBounds=True)
            self._fills.append(fill)
        # All outer bands lie below all inner ones.
        for fill, band in zip(self._fills, self.bands, strict=False):
            inner = band.word == "±1σ"
            color = QColor(theme.bands[0 if inner else 1])
            color.setAlpha(_ALPHA)
            x, y = _outline(band.x, band.low, band.high)
            fill.setData(x=x, y=y, brush=pg.mkBrush(color), pen=None, fillLevel="enclosed")
            fill.setZValue(5 if inner else 4)
            fill.setVisible(True)
        for fill in self._fills[len(self.bands) :]:
            fill.setVisible(False)
        self._set.begin()
        for curve in self.curves:
            line, width = self._line(theme, curve)
            self._set.draw(*_drawable(curve.x, curve.y), line, pen(theme.base, width + 1.2))
        self._set.end()
        self._write_labels(theme)

    def _line(self, theme: Theme, curve: ToyCurve) -> tuple[QPen, float]:
        """Pen of a curve, and its width."""
        kind = curve.overlay.toys.kind
        dashes: tuple[float, ...]
        if kind == EXPECTED_CONTENT:
            color, width, dashes = theme.median, _WIDTH, _MEDIAN_DASHES
        elif kind == UNIFIED_CONTENT:
            lower = curve.word == "lower end"
            color, width, dashes = theme.unified, _THIN if lower else _WIDTH, _UNIFIED_DASHES
        elif curve.word == "limit":
            color, width, dashes = theme.cls, _WIDTH, _CLS_DASHES
        else:
            color, width, dashes = theme.cls, _THIN, _CONSTRAINED_DASHES
        made = pen(color, width, Qt.PenStyle.CustomDashLine)
        made.setDashPattern(list(dashes))
        return made, width

    def _named(self) -> list[tuple[ToyCurve, str]]:
        """The main curve of each overlay, and its label."""
        mains = {curve.overlay.key: curve for curve in reversed(self.curves)}
        kinds = [curve.overlay.toys.kind for curve in mains.values()]
        named = []
        for curve in reversed(mains.values()):
            kind, toys = curve.overlay.toys.kind, curve.overlay.toys.toys
            text = {EXPECTED_CONTENT: "expected ±1σ, ±2σ", CLS_CONTENT: "CLₛ"}.get(kind, kind)
            more = f", {shortened(curve.overlay.name)}" if kinds.count(kind) > 1 else ""
            named.append((curve, f"{text} ({toys} toys{more})"))
        return named

    def _write_labels(self, theme: Theme) -> None:
        named = self._named()
        while len(self._labels) < len(named):
            label = pg.TextItem(anchor=(0.5, 0.5))
            label.setFont(small_font())
            label.setZValue(35)
            self._plot.addItem(label, ignoreBounds=True)
            self._labels.append(label)
        back = QColor(theme.base)
        back.setAlpha(225)
        for label, (curve, text) in zip(self._labels, named, strict=False):
            label.setText(text)
            label.setColor(self._line(theme, curve)[0].color())
            label.fill = pg.mkBrush(back)
        for label in self._labels[len(named) :]:
            label.setVisible(False)

    def labels(self) -> list[PlotLabel]:
        """Labels with their curves."""
        return [
            PlotLabel(label, *_drawable(curve.x, curve.y))
            for label, (curve, _) in zip(self._labels, self._named(), strict=False)
        ]

    def named_curves(self) -> list[NamedCurve]:
        """Curves with what they are."""
        level = f"{100 * self._model.state.cl:.4g} % CL"
        return [
            NamedCurve(
                f"{curve.overlay.name}: {curve.overlay.about()}, {curve.word}, {level}",
                *_drawable(curve.x, curve.y),
            )
            for curve in self.curves
        ]


def _logs(values: Floats) -> Floats:
    """Logarithms of what is positive, NaN for the rest."""
    return np.log10(np.where(values > 0, values, np.nan))
