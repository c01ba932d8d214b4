"""Logarithmic axes: scenes live in log10 coordinates, axes print physical values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from nusterile_gui.look.quantities import format_power, is_everyday
from nusterile_gui.look.text_size import text_scale

__all__ = ["HeadedAxis", "LogAxis", "PlainAxis", "cell_edges", "positions", "value_at"]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
#: Decades between a massless point and the lightest massive one.
_MASSLESS_GAP = 0.25
#: Spacing by which pyqtgraph hands back the ticks between decades that have a label.
_LABELLED = 0.5


def positions(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scene coordinates of values on a logarithmic axis.

    Zero, the massless point, sits a quarter of a decade below the smallest positive
    value; alone it sits at 0.
    """
    values = np.asarray(values, dtype=float)
    positive = values[values > 0]
    zero = np.log10(positive.min()) - _MASSLESS_GAP if positive.size else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(values > 0, np.log10(values), np.where(values == 0, zero, np.nan))


def value_at(position: float, values: NDArray[np.float64]) -> float:
    """Physical value at a scene coordinate; the massless point where it is nearest."""
    if values[0] == 0:
        places = positions(values)
        if values.size == 1 or position < (places[0] + places[1]) / 2:
            return 0.0
    return float(10.0 ** min(max(position, -300.0), 300.0))


def cell_edges(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges of the cells around increasing points; half a tenth of a decade for one point."""
    if places.size == 1:
        return np.array([places[0] - 0.05, places[0] + 0.05])
    middle = (places[1:] + places[:-1]) / 2
    return np.concatenate([[2 * places[0] - middle[0]], middle, [2 * places[-1] - middle[-1]]])


class PlainAxis(pg.AxisItem):
    """An axis without automatic SI prefixes."""

    def __init__(self, orientation: str, text: str = "") -> None:
        super().__init__(orientation, maxTickLength=-5)
        self.enableAutoSIPrefix(False)
        self.setStyle(tickTextOffset=4)
        if text:
            self.setLabel(text)

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Numbers as everywhere in the app, with the digits that tell neighbours apart."""
        texts: list[str] = super().tickStrings(values, scale, spacing)
        if all(is_everyday(value * scale) for value in values):
            return texts
        # One that needs a power of ten gives one to all of them.
        step = math.floor(math.log10(spacing * scale) + 1e-9)
        return [format_power(value * scale, _digits(value * scale, step)) for value in values]

    def width_of(self, texts: Sequence[str]) -> float:
        """Width that ticks with some texts need, with the label beside them."""
        metrics = QFontMetricsF(self.style["tickFont"] or QFont())
        widest = max((metrics.horizontalAdvance(text) for text in texts), default=0.0)
        beside = self.style["tickTextOffset"][0] + 5 + self.label.boundingRect().height()
        return widest + float(beside)

    def texts(self) -> list[str]:
        """Texts of the ticks in sight."""
        low, high = self.range
        ticks = self.tickValues(low, high, self.size().height())
        return [text for step, values in ticks for text in self.tickStrings(values, 1.0, step)]


def _digits(value: float, step: int) -> int:
    """Digits of a number down to a power of ten."""
    return 1 if value == 0 else max(1, 1 + math.floor(math.log10(abs(value)) + 1e-9) - step)


class HeadedAxis(PlainAxis):
    """An axis of names at the left, some of which are headings of those below them.

    Attributes
    ----------
    headings : frozenset of str
        Texts of ticks that are headings: bold, and flush left.
    """

    headings: frozenset[str] = frozenset()

    def font_of(self, *, heading: bool) -> QFont:
        """Font of a heading or of another name."""
        font = QFont(self.style["tickFont"] or QFont())
        font.setBold(heading)
        return font

    def drawPicture(
        self,
        p: QPainter,
        axisSpec: Any,
        tickSpecs: Any,
        textSpecs: list[tuple[QRectF, Any, str]],
    ) -> None:
        """Draw the names, then the headings over the whole width."""
        names = [spec for spec in textSpecs if spec[2] not in self.headings]
        super().drawPicture(p, axisSpec, tickSpecs, names)
        p.setFont(self.font_of(heading=True))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        for place, _, text in textSpecs:
            if text in self.headings:
                row = QRectF(2, place.top(), self.size().width() - 2, place.height())
                p.drawText(row, int(flags | Qt.TextFlag.TextDontClip), text)


class LogAxis(PlainAxis):
    """An axis whose coordinates are log10 of what it prints.

    Parameters
    ----------
    orientation : {'left', 'right', 'top', 'bottom'}
        Side of the plot.
    text : str
        Label with unit.
    """

    def __init__(self, orientation: str, text: str = "") -> None:
        super().__init__(orientation, text)
        self.massless: float | None = None

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[Any]:
        """Decades, then 2 and 5, then every digit, each labelled where there is room."""
        low, high = sorted((minVal, maxVal))
        low, high = max(low, -320.0), min(high, 308.0)
        room = size / max(high - low, 1e-9)  # pixels a decade
        per_label = text_scale() * (34.0 if self.orientation in ("left", "right") else 52.0)
        step = max(1, math.ceil(per_label / max(room, 1e-9)))
        first, last = math.floor(low), math.ceil(high)
        decades = [float(d) for d in range(first, last + 1) if d % step == 0 and low <= d <= high]
        digits = [d + math.log10(k) for d in range(first, last + 1) for k in range(2, 10)]
        digits = [x for x in digits if low <= x <= high]
        if self.massless is not None and low <= self.massless <= high:
            decades.append(self.massless)
            digits = [x for x in digits if x > self.massless]
        if room <= 12 or len(digits) >= 400:
            return [(1.0, decades)]
        if room > 12 * per_label:
            return [(1.0, decades), (_LABELLED, digits)]
        if room > 3.5 * per_label:
            labelled = [x for x in digits if round(10 ** (x - math.floor(x))) in (2, 5)]
            others = sorted(set(digits) - set(labelled))
            return [(1.0, decades), (_LABELLED, labelled), (0.1, others)]
        return [(1.0, decades), (0.1, digits)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Powers of ten, and multiples of them where they have room."""
        texts = []
        for value in values:
            if self.massless is not None and abs(value - self.massless) < 1e-9:
                texts.append("0")
            elif spacing >= 1.0:
                texts.append("10" + str(round(value)).translate(_SUPERSCRIPT))
            elif spacing == _LABELLED:
                exponent = math.floor(value + 1e-9)
                digit = round(10 ** (value - exponent))
                texts.append(f"{digit}·10" + str(exponent).translate(_SUPERSCRIPT))
            else:
                texts.append("")
        return texts
