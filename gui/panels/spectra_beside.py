"""Spectra beside that of the cursor: the one at cursor B and pinned ones, as lines."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor

from nusterile.arrays import Floats
from nusterile_gui.look.themes import Theme
from nusterile_gui.plots.legend import LegendEntry
from nusterile_gui.plots.plots import CurveSet, Plot, pen
from nusterile_gui.state.pinning import Beside
from nusterile_gui.state.pins import Pin

__all__ = ["SpectraBeside", "highest_of", "pin_color"]

#: Colours of the palette for pinned spectra: neither that of B nor that of dipole events.
_PIN_COLORS = (3, 4, 5, 6, 8, 9)
_WIDTH = 1.8


def pin_color(theme: Theme, pin: Pin) -> QColor:
    """Colour of a pinned spectrum."""
    return theme.color(_PIN_COLORS[pin.color])


def highest_of(contributions: Floats) -> float:
    """Highest of the contributions to χ²; infinite ones, of impossible bins, leave the frame."""
    return float(np.max(contributions, where=np.isfinite(contributions), initial=0.0))


class SpectraBeside:
    """Totals as lines over the stack, and what each bin adds to χ² over its bars.

    Parameters
    ----------
    events, contributions : Plot
        Where events and contributions to χ² are drawn.
    """

    def __init__(self, events: Plot, contributions: Plot) -> None:
        self.totals = CurveSet(events.item, z=18)
        self.contributions = CurveSet(contributions.item, z=18)
        #: The largest contribution of a bin to χ² that is drawn.
        self.highest = 0.0

    def draw(self, spectra: list[Beside], theme: Theme, *, rate: bool) -> list[LegendEntry]:
        """Draw other spectra.

        Parameters
        ----------
        spectra : list of Beside
            Pinned ones and that of B.
        theme : Theme
            Gives their colours.
        rate : bool
            Whether as 1/(t yr keV) instead of events in a bin.

        Returns
        -------
        list of LegendEntry
            What each line is.
        """
        entries, self.highest = [], 0.0
        self.totals.begin()
        self.contributions.begin()
        for beside in spectra:
            spectrum, pin = beside.spectrum, beside.pin
            color = QColor(theme.accent) if pin is None else pin_color(theme, pin)
            edges = np.append(spectrum.low, spectrum.high[-1])
            values = spectrum.total / spectrum.per_rate if rate else spectrum.total
            line, halo = pen(color, _WIDTH), pen(theme.base, _WIDTH + 1.6)
            self.totals.draw(*_steps(edges, values), line, halo)
            if pin is None:  # those of pinned spectra may be of other data
                self.contributions.draw(*_steps(edges, spectrum.contributions), line, halo)
                self.highest = highest_of(spectrum.contributions)
            entries.append(LegendEntry(beside.label, color.name(), "line", beside.short))
        self.totals.end()
        self.contributions.end()
        return entries

    def hide(self) -> None:
        """Draw nothing."""
        for curves in (self.totals, self.contributions):
            curves.begin()
            curves.end()


def _steps(edges: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Points of a histogram's upper edge."""
    return np.repeat(edges, 2)[1:-1], np.repeat(values, 2)
