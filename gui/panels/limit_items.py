"""Limit curves on the plane, what stands beside them, labels, and marks of missing limits."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from nusterile.vocabulary import (
    CL,
    DISJOINT,
    DOF,
    EFFECTIVE,
    EXCLUDED,
    EXPECTED,
    FAILED,
    FLAVOR,
    FLAVOR_SYMBOLS,
    OK,
    OUTSIDE,
    SELECTION,
    main_selection,
)
from nusterile_gui.look.texts import plain_tip, shortened
from nusterile_gui.look.themes import FLAVOR_DASHES, Theme
from nusterile_gui.panels.plane_pointing import NamedCurve
from nusterile_gui.plots.axes import positions
from nusterile_gui.plots.plot_labels import Box, PlotLabel
from nusterile_gui.plots.plots import CurveSet, pen, small_font
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.solo import LimitOf

__all__ = [
    "EXPECTED_DASHES",
    "THIN",
    "LimitCurve",
    "LimitItems",
    "curve_color",
    "curve_label",
    "faded",
]

_FIELDS = frozenset(
    {"layers", "active", SELECTION, FLAVOR, "shown_selections", "shown_flavors", EXPECTED, CL, DOF}
)
#: What stands beside a limit.
_LOWER_END, _EXPECTED = "lower end of what is allowed", "expected (Asimov) limit"
#: Widths of a limit, of that of the fit, and of what stands beside them, pixels.
_WIDTH, _ACTIVE_WIDTH, THIN = 1.7, 2.6, 1.2
EXPECTED_DASHES = Qt.PenStyle.DashLine
#: Distance of two rows of marks, pixels.
_ROW = 12.0
#: Shares of the background in the colours of a layer's selections, the active one first.
_SHADES = (0.0, 0.2, 0.3, 0.38, 0.45, 0.52, 0.58, 0.64, 0.7)
#: Labels of limits stand at the left where they can, in one column.
_LEFTWARDS = 0.15


class LimitCurve(NamedTuple):
    """What is drawn of one limit.

    The lower end of what is allowed is NaN where the moment 0 is allowed as well, the expected
    limit where it is not drawn; both are NaN where the product does not hold them.
    """

    layer: Layer
    selection: str
    flavor: str
    limit: NDArray[np.float64]
    status: NDArray[np.str_]
    low: NDArray[np.float64]
    expected: NDArray[np.float64]

    def beside(self) -> list[tuple[str, NDArray[np.float64]]]:
        """What stands beside the limit, in words, and its values."""
        parts = ((_LOWER_END, self.low), (_EXPECTED, self.expected))
        return [(word, values) for word, values in parts if np.isfinite(values).any()]


def curve_color(theme: Theme, model: ViewModel, layer: Layer, selection: str) -> QColor:
    """Colour of a selection; with several visible layers a shade of the layer's colour.

    The active selection has the full colour, the others are nearer to the background.
    """
    main = main_selection(layer.slices.selections)
    names = [name for name in layer.slices.selections if name != main]
    alone = [other.key for other in model.state.layers if other.visible] in ([], [layer.key])
    if alone:
        return theme.color(0 if selection == main else 1 + names.index(selection))
    others = [name for name in layer.slices.selections if name != model.state.selection]
    rank = 0 if selection == model.state.selection else 1 + others.index(selection)
    return faded(theme.color(layer.color), theme, _SHADES[min(rank, len(_SHADES) - 1)])


def faded(color: QColor, theme: Theme, share: float) -> QColor:
    """Colour moved towards the background by a share."""
    base = QColor(theme.base)

    def mixed(own: int, other: int) -> int:
        return round((1 - share) * own + share * other)

    return QColor(
        mixed(color.red(), base.red()),
        mixed(color.green(), base.green()),
        mixed(color.blue(), base.blue()),
    )


def curve_label(model: ViewModel, layer: Layer, selection: str, flavor: str) -> str:
    """Direct label of a curve, as short as the view allows."""
    state = model.state
    parts = [layer.selection_label(selection)]
    if len(state.shown_flavors) > 1:
        parts.append(FLAVOR_SYMBOLS[flavor])
    if len([other for other in state.layers if other.visible]) > 1:
        parts.append(f"({shortened(layer.name)})")
    return " ".join(parts)


def _source(curve: LimitCurve) -> LimitOf:
    return LimitOf(curve.layer.key, curve.selection, curve.flavor)


def _tip(**values: Any) -> str:
    """Tooltip of a mark, from what pyqtgraph says of it: x, y and data."""
    return plain_tip(str(values["data"]))


class LimitItems:
    """Limits of every visible layer in a plot.

    Parameters
    ----------
    plot : PlotItem
        Where they are drawn.
    model : ViewModel
        The state.
    """

    def __init__(self, plot: pg.PlotItem, model: ViewModel) -> None:
        self._plot = plot
        self._model = model
        self._theme: Theme | None = None
        self._set = CurveSet(plot, z=20)
        self._beside = CurveSet(plot, z=19)
        self._labels: list[pg.TextItem] = []
        self.marks = pg.ScatterPlotItem(pxMode=True, hoverable=True, tip=_tip)
        self.marks.setZValue(30)
        plot.addItem(self.marks, ignoreBounds=True)
        self.caption = pg.TextItem(anchor=(1, 0.5))
        self.caption.setZValue(35)
        plot.addItem(self.caption, ignoreBounds=True)
        self._meanings: dict[str, None] = {}
        self.curves: list[LimitCurve] = []

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        for text in (self.caption, *self._labels):
            text.setFont(small_font())
        self._draw()

    def on_changed(self, changed: Changed) -> bool:
        """Draw again where a change concerns limits; whether it did."""
        if not changed & _FIELDS:
            return False
        self._draw()
        return True

    def arrays(self) -> list[tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Plotted arrays, in the order of `curves`."""
        return self._set.shown()

    def _draw(self) -> None:
        state = self._model.state
        self.curves = [
            self._curve(layer, s, f)
            for layer in state.layers
            if layer.visible
            for s, f in self._model.curves(layer)
        ]
        if self._theme is None:
            return
        self._set.begin()
        self._beside.begin()
        for curve in self.curves:
            color = curve_color(self._theme, self._model, curve.layer, curve.selection)
            active = self._is_fit(curve.layer, curve.selection, curve.flavor)
            style = FLAVOR_DASHES.get(curve.flavor, FLAVOR_DASHES[EFFECTIVE])
            x = positions(curve.layer.slices.masses)
            with np.errstate(invalid="ignore"):
                y = np.log10(curve.limit)
            width = _ACTIVE_WIDTH if active else _WIDTH
            halo = pen(self._theme.base, width + 1.2)
            self._set.draw(x, y, pen(color, width, style), halo)
            thin = pen(self._theme.base, THIN + 1.2)
            for word, values in curve.beside():
                dashes = EXPECTED_DASHES if word == _EXPECTED else style
                self._beside.draw(x, np.log10(values), pen(color, THIN, dashes), thin)
        self._set.end()
        self._beside.end()
        self._write_labels()
        self.place_marks()

    def _is_fit(self, layer: Layer, selection: str, flavor: str) -> bool:
        state = self._model.state
        fit = (state.active, state.selection, state.flavor)
        return (layer.key, selection, flavor) == fit

    def _curve(self, layer: Layer, selection: str, flavor: str) -> LimitCurve:
        state = self._model.state
        which = (selection, flavor, state.cl, state.dof)
        limit, status = layer.slices.limit(*which)
        low, expected = layer.slices.lower_end(*which), layer.slices.expected_limit(*which)
        # Without data a limit is the expected one itself.
        drawn = state.expected and self._is_fit(layer, selection, flavor)
        if not drawn or np.array_equal(expected, limit, equal_nan=True):
            expected = np.full(limit.size, np.nan)
        low = np.where(low > 0, low, np.nan)
        return LimitCurve(layer, selection, flavor, limit, status, low, expected)

    def beside(self) -> list[tuple[str, NDArray[np.float64], NDArray[np.float64]]]:
        """What is drawn beside the limits, in words, and its plotted arrays."""
        words = [word for curve in self.curves for word, _ in curve.beside()]
        return [(word, *xy) for word, xy in zip(words, self._beside.shown(), strict=True)]

    def _write_labels(self) -> None:
        assert self._theme is not None
        while len(self._labels) < len(self.curves):
            label = pg.TextItem(anchor=(0.5, 0.5))
            label.setFont(small_font())
            label.setZValue(35)
            self._plot.addItem(label, ignoreBounds=True)
            self._labels.append(label)
        fill = QColor(self._theme.base)
        fill.setAlpha(225)
        # A faded colour is for lines; letters need the full one.
        alone = len([layer for layer in self._model.state.layers if layer.visible]) == 1
        for label, curve in zip(self._labels, self.curves, strict=False):
            color = curve_color(self._theme, self._model, curve.layer, curve.selection)
            label.setText(curve_label(self._model, curve.layer, curve.selection, curve.flavor))
            label.setColor(color if alone else self._theme.color(curve.layer.color))
            label.fill = pg.mkBrush(fill)
        for label in self._labels[len(self.curves) :]:
            label.setVisible(False)

    def named_curves(self) -> list[NamedCurve]:
        """Curves with what they are, those beside the limits last."""
        level = f"{100 * self._model.state.cl:.4g} % CL"
        names = [
            curve_label(self._model, curve.layer, curve.selection, curve.flavor)
            for curve in self.curves
        ]
        named = list(zip(names, map(_source, self.curves), strict=True))
        owners = [
            owner for owner, curve in zip(named, self.curves, strict=True) for _ in curve.beside()
        ]
        return [
            NamedCurve(f"{name}, {level}", *points, source)
            for (name, source), points in zip(named, self.arrays(), strict=True)
        ] + [
            NamedCurve(f"{name}, {word}, {level}", x, y, source)
            for (name, source), (word, x, y) in zip(owners, self.beside(), strict=True)
        ]

    def labels(self) -> list[PlotLabel]:
        """Labels with their curves, the most important first; only the active one must be shown."""
        state = self._model.state
        found = []
        for label, curve, points in zip(self._labels, self.curves, self.arrays(), strict=False):
            others = (
                curve.layer.key != state.active,
                curve.selection != state.selection,
                curve.flavor != state.flavor,
            )
            needed = not any(others)
            text = PlotLabel(label, *points, False, needed, _LEFTWARDS, _source(curve))
            found.append((sum(others), text))
        return [label for _, label in sorted(found, key=lambda pair: pair[0])]

    def place_marks(self) -> list[Box]:
        """Put marks below the upper edge; returns the boxes that they and their key take."""
        box = self._plot.getViewBox()
        (left, right), (bottom, top) = box.viewRange()
        gap = (top - bottom) * _ROW / max(box.height(), 1.0)
        margin = (right - left) * 8 / max(box.width(), 1.0)
        return self._place_marks(top, gap, margin)

    def _place_marks(self, top: float, gap: float, margin: float) -> list[Box]:
        """Rows of marks below the upper edge, one a curve: masses without a plain limit."""
        if self._theme is None:
            return []
        spots = []
        row = 0
        for curve in self.curves:
            missing = np.flatnonzero(curve.status != OK)
            if not missing.size:
                continue
            color = curve_color(self._theme, self._model, curve.layer, curve.selection)
            label = curve_label(self._model, curve.layer, curve.selection, curve.flavor)
            x = positions(curve.layer.slices.masses)
            y = top - gap * (0.8 + row)
            row += 1
            # Light around dark and the other way round, to be seen on every colour of the map.
            base, own = pg.mkBrush(self._theme.base), pg.mkBrush(color)
            styles = {
                OUTSIDE: ("t1", pen(self._theme.base, 0.8), own, 9),
                EXCLUDED: ("s", pen(color, 1.4), base, 7),
                DISJOINT: ("d", pen(self._theme.base, 0.8), own, 10),
                FAILED: ("x", pen(self._theme.base, 0.8), own, 9),
            }
            no_limit = ("o", pen(color, 1.4), base, 7)
            for k in missing:
                status = str(curve.status[k])
                symbol, outline, brush, size = styles.get(status, no_limit)
                spots.append(
                    {
                        "pos": (x[k], y),
                        "symbol": symbol,
                        "pen": outline,
                        "brush": brush,
                        "size": size,
                        "data": f"{label}: {status}",
                    }
                )
        self.marks.setData(spots)
        self._explain({str(spot["data"]).rpartition(": ")[2] for spot in spots})
        if not spots:
            return []
        places = np.array([spot["pos"] for spot in spots])
        first, last = places[:, 0].min(), places[:, 0].max()
        lowest = places[:, 1].min()
        (left, right), _ = self._plot.getViewBox().viewRange()
        scale = margin / 8
        if self.caption.textItem.boundingRect().width() * scale > right - left - 2 * margin:
            self._write_caption("\n".join(self._meanings))
        size = self.caption.textItem.boundingRect()
        wide, high = size.width() * scale, size.height() / _ROW * gap
        rows = (first - margin, last + margin, lowest - 0.6 * gap, top)
        end, middle = first - margin, top - 0.3 * gap - high / 2
        if end - wide < left:  # no room beside the marks, so below them
            end, middle = right - margin, lowest - 0.8 * gap - high / 2
        self.caption.setPos(end, middle)
        return [rows, (end - wide, end, middle - high / 2, middle + high / 2)]

    def _explain(self, kinds: set[str]) -> None:
        """Say what the marks mean, those that are there."""
        texts = {
            OUTSIDE: "▲ limit beyond the grid",
            EXCLUDED: "□ every moment excluded",
            DISJOINT: "◆ several intervals",
            FAILED: "× failed",
        }
        self._meanings = dict.fromkeys(texts.get(kind, "○ no limit") for kind in sorted(kinds))
        self.caption.setVisible(bool(self._meanings))
        self._write_caption("   ".join(self._meanings))

    def _write_caption(self, text: str) -> None:
        assert self._theme is not None
        self.caption.setText(text, self._theme.text)
        fill = QColor(self._theme.base)
        fill.setAlpha(225)
        self.caption.fill = pg.mkBrush(fill)
