"""What toys say, on the plane: bands of the expected limit, unified intervals, CL_s limits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from nusterile.arrays import Floats
from nusterile.vocabulary import (
    CL,
    DOF,
    EXPECTED_CONTENT,
    FLAVOR,
    SELECTION,
    UNIFIED_CONTENT,
)
from nusterile_gui.look.themes import Theme
from nusterile_gui.panels.plane_pointing import NamedCurve
from nusterile_gui.plots.axes import positions
from nusterile_gui.plots.plot_labels import PlotLabel
from nusterile_gui.plots.plots import CurveSet, pen, small_font
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.overlays import Overlay
from nusterile_gui.state.studies import (
    INNER_BAND,
    LOWER_END,
    MAIN_LIMIT,
    StudyBand,
    StudyCurve,
    shown_studies,
)

__all__ = ["ToyBand", "ToyCurve", "ToyItems", "band_color", "mass_places", "study_line"]

_FIELDS = frozenset({"overlays", "layers", "active", SELECTION, FLAVOR, CL, DOF})
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
    """A curve: what it is in words, and its points, log10 of MeV and Bohr magnetons.

    The main one of a study has a label.
    """

    overlay: Overlay
    word: str
    x: Floats
    y: Floats
    label: str


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


def band_color(theme: Theme, word: str) -> str:
    """Colour of the inner or the outer band."""
    return theme.bands[0 if word == INNER_BAND else 1]


def study_line(theme: Theme, kind: str, word: str) -> tuple[str, float, tuple[float, ...]]:
    """Colour, width and dashes (in widths) of a curve of a kind of study."""
    if kind == EXPECTED_CONTENT:
        return theme.median, _WIDTH, _MEDIAN_DASHES
    if kind == UNIFIED_CONTENT:
        return theme.unified, _THIN if word == LOWER_END else _WIDTH, _UNIFIED_DASHES
    if word == MAIN_LIMIT:
        return theme.cls, _WIDTH, _CLS_DASHES
    return theme.cls, _THIN, _CONSTRAINED_DASHES


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
        """Find the places of what the studies say."""
        bands, curves = shown_studies(self._model.state)
        self.bands = [
            ToyBand(b.overlay, b.word, self._across(b), np.log10(b.low), np.log10(b.high))
            for b in bands
        ]
        placed = (
            ToyCurve(c.overlay, c.word, self._across(c), np.log10(c.mu), c.label) for c in curves
        )
        # One that is known for the mass 0 only may have no place.
        self.curves = [curve for curve in placed if np.isfinite(curve.x + curve.y).any()]

    def _across(self, part: StudyBand | StudyCurve) -> Floats:
        return mass_places(self._model, part.m_4)

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
            inner = band.word == INNER_BAND
            filled = QColor(band_color(theme, band.word))
            filled.setAlpha(_ALPHA)
            x, y = _outline(band.x, band.low, band.high)
            fill.setData(x=x, y=y, brush=pg.mkBrush(filled), pen=None, fillLevel="enclosed")
            fill.setZValue(5 if inner else 4)
            fill.setVisible(True)
        for fill in self._fills[len(self.bands) :]:
            fill.setVisible(False)
        self._set.begin()
        for curve in self.curves:
            color, width, dashes = study_line(theme, curve.overlay.toys.kind, curve.word)
            line = pen(color, width, Qt.PenStyle.CustomDashLine)
            line.setDashPattern(list(dashes))
            self._set.draw(*_drawable(curve.x, curve.y), line, pen(theme.base, width + 1.2))
        self._set.end()
        self._write_labels(theme)

    def _named(self) -> list[ToyCurve]:
        return [curve for curve in self.curves if curve.label]

    def _write_labels(self, theme: Theme) -> None:
        named = self._named()
        while len(self._labels) < len(named):
            label = pg.TextItem(anchor=(0.5, 0.5))
            label.setZValue(35)
            self._plot.addItem(label, ignoreBounds=True)
            self._labels.append(label)
        back = QColor(theme.base)
        back.setAlpha(225)
        for label, curve in zip(self._labels, named, strict=False):
            label.setText(curve.label)
            label.setFont(small_font())
            label.setColor(study_line(theme, curve.overlay.toys.kind, curve.word)[0])
            label.fill = pg.mkBrush(back)
        for label in self._labels[len(named) :]:
            label.setVisible(False)

    def labels(self) -> list[PlotLabel]:
        """Labels with their curves."""
        return [
            PlotLabel(label, *_drawable(curve.x, curve.y))
            for label, curve in zip(self._labels, self._named(), strict=False)
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
