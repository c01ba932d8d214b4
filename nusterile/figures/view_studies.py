"""What studies with toys say, in the figure of a view: bands and curves over the mass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import Normal, Stroke

from nusterile.arrays import Floats
from nusterile.figures.placement import Label
from nusterile.figures.style import darker, literal
from nusterile.files.listing import Cell

__all__ = ["ViewedBand", "ViewedCurve", "draw_studies", "study_rows"]

#: What is left of a band's colour over the map, as on the screen.
_ALPHA = 0.65
#: A band has two rows at each mass, a curve one.
_BAND_LOW, _BAND_HIGH, _CURVE = "band_low", "band_high", "study"


@dataclass(frozen=True)
class ViewedBand:
    """A filled band.

    Attributes
    ----------
    label, color : str
        What it is, for the table, and its colour (``#rrggbb``).
    m_4, low, high : ndarray, shape (n,)
        Masses (MeV) and ends (Bohr magnetons), NaN where unknown.
    """

    label: str
    color: str
    m_4: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class ViewedCurve:
    """A curve of a study.

    Attributes
    ----------
    text : str
        Text beside it; empty for none.
    label, color : str
        What it is, for the table, and its colour (``#rrggbb``).
    width : float
        Points.
    dashes : tuple of float
        Lengths of lines and gaps, in widths.
    m_4, mu : ndarray, shape (n,)
        Masses (MeV) and moments (Bohr magnetons), NaN where there is none.
    """

    text: str
    label: str
    color: str
    width: float
    dashes: tuple[float, ...]
    m_4: Floats
    mu: Floats


def draw_studies(
    ax: Axes,
    bands: tuple[ViewedBand, ...],
    curves: tuple[ViewedCurve, ...],
    places: Callable[[Floats], Floats],
) -> list[Label]:
    """Draw bands below curves; returns the texts of the latter.

    Parameters
    ----------
    ax : Axes
        Logarithmic axes of mass (MeV) and moment (Bohr magnetons).
    bands, curves : tuple
        What is drawn, the first below.
    places : callable
        Masses to places on the axis.
    """
    for band in bands:
        x = places(band.m_4)
        area = ax.fill_between(x, band.low, band.high, color=band.color, alpha=_ALPHA, linewidth=0)
        area.set(zorder=1, gid="band")
    labels = []
    for curve in curves:
        x = places(curve.m_4)
        ax.plot(
            x,
            curve.mu,
            color=curve.color,
            linewidth=curve.width,
            linestyle=(0, curve.dashes),
            path_effects=[Stroke(linewidth=curve.width + 1, foreground="white"), Normal()],
            zorder=3.5,
            gid=_CURVE,
        )
        if curve.text:
            points = np.stack([x, curve.mu], axis=1)
            labels.append(Label(literal(curve.text), darker(curve.color), points))
    return labels


def study_rows(
    bands: tuple[ViewedBand, ...], curves: tuple[ViewedCurve, ...], here: list[Cell]
) -> list[list[Cell]]:
    """Rows of the figure's table: kind, label, `here`, mass, moment, no Δχ² and no status."""
    parts = [(_CURVE, curve.label, curve.m_4, curve.mu) for curve in curves]
    for band in bands:
        parts.append((_BAND_LOW, band.label, band.m_4, band.low))
        parts.append((_BAND_HIGH, band.label, band.m_4, band.high))
    return [
        [kind, label, *here, float(m), float(value), None, None]
        for kind, label, masses, values in parts
        for m, value in zip(masses, values, strict=True)
        if np.isfinite(value)
    ]
