"""How figures look: print sizes, fonts, colours and line styles.

Colours are those of M. Okabe and K. Ito and one more, which people with any colour vision
tell apart; the dash pattern says the same again.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple, get_args

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import LogFormatterSciNotation
from numpy.typing import NDArray

from nusterile.errors import InputError, nearest_name
from nusterile.vocabulary import EFFECTIVE, ELECTRON, MUON, TAU

__all__ = [
    "BLACK",
    "BLUE",
    "DASHED",
    "FLAVOR_LINES",
    "FLAVOR_NAMES",
    "FLAVOR_SYMBOLS",
    "FLAVOR_TITLES",
    "FONTS",
    "GREEN",
    "GREY",
    "MARGINS",
    "MASS_LABEL",
    "MASS_LINES",
    "MOMENT_LABEL",
    "ORANGE",
    "PURPLE",
    "SKY",
    "SOURCE_LINES",
    "THIN",
    "VERMILION",
    "WINE",
    "YELLOW",
    "Line",
    "Margins",
    "Width",
    "darker",
    "literal",
    "mass_axis",
    "nuclide",
    "number",
    "panel_letters",
    "panels",
    "selection_lines",
    "styled",
    "written",
]

Width = Literal["single", "double"]

BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
GREY = "#555555"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
WINE = "#882255"

MASS_LABEL = r"$m_4$ [MeV]"
MOMENT_LABEL = r"$\mu$ [$\mu_\mathrm{B}$]"

_CENTIMETRE = 1 / 2.54
_WIDTHS = {"single": 8.6, "double": 17.8}

#: Fonts of all texts; the second one has signs that the first lacks, such as lowered digits.
FONTS = ("STIXGeneral", "DejaVu Sans")
#: How warnings begin of signs that no font has, of which `Drawing.doubts` tells.
_MISSING_SIGNS = r"Glyph \d+ .* missing from|Matplotlib currently does not support"

_SETTINGS: Any = {
    "font.family": list(FONTS),
    "mathtext.fontset": "stix",
    "font.size": 9.0,
    "axes.labelsize": 9.0,
    "axes.titlesize": 9.0,
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "legend.fontsize": 8.0,
    "legend.frameon": False,
    "legend.handlelength": 2.4,
    "legend.borderaxespad": 0.4,
    "legend.labelspacing": 0.3,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.1,
    "lines.dash_capstyle": "butt",
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "hatch.linewidth": 0.5,
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    "svg.hashsalt": "nusterile",
    "path.simplify": False,
}


class Line(NamedTuple):
    """Colour and dash pattern of a curve."""

    color: str
    style: Any
    width: float = 1.1

    @property
    def drawn(self) -> dict[str, Any]:
        """Keywords of ``Axes.plot``."""
        return {"color": self.color, "linestyle": self.style, "linewidth": self.width}


#: Width of what stands beside a curve.
THIN = 0.7
DASHED, _DOTTED = (0, (5, 1.6)), (0, (1.2, 1.2))
_DASH_DOT, _LONG = (0, (5, 1.5, 1.2, 1.5)), (0, (9, 2))
_DASH_DOT_DOT = (0, (5, 1.4, 1.2, 1.4, 1.2, 1.4))
_SHORT = (0, (2.5, 1.2))

FLAVOR_LINES = {
    EFFECTIVE: Line(BLACK, "solid"),
    ELECTRON: Line(BLUE, DASHED),
    MUON: Line(VERMILION, _DASH_DOT),
    TAU: Line(GREEN, _DOTTED, 1.3),
}
MASS_LINES = (
    Line(BLACK, "solid"),
    Line(BLUE, DASHED),
    Line(VERMILION, _DASH_DOT),
    Line(GREEN, _LONG),
    Line(PURPLE, _DASH_DOT_DOT),
    Line(ORANGE, _DOTTED, 1.3),
)
SOURCE_LINES = {
    "pp": Line(BLACK, "solid"),
    "pep": Line(GREEN, "solid"),
    "7Be": Line(VERMILION, "solid"),
    "8B": Line(BLUE, "solid"),
    "hep": Line(PURPLE, DASHED),
    "13N": Line(ORANGE, DASHED),
    "15O": Line(SKY, _DASH_DOT),
    "17F": Line(GREEN, _DOTTED, 1.3),
}
FLAVOR_SYMBOLS = {
    EFFECTIVE: EFFECTIVE,
    ELECTRON: r"$\nu_e$",
    MUON: r"$\nu_\mu$",
    TAU: r"$\nu_\tau$",
}
#: The same as a title of a panel.
FLAVOR_TITLES = {
    EFFECTIVE: "effective moment",
    **{name: f"{symbol} moment" for name, symbol in FLAVOR_SYMBOLS.items() if name != EFFECTIVE},
}
#: The same in words, for captions.
FLAVOR_NAMES = {
    EFFECTIVE: "effective moment",
    ELECTRON: "moment of ν_e",
    MUON: "moment of ν_μ",
    TAU: "moment of ν_τ",
}
_SELECTION_LINES = (
    Line(BLUE, "solid"),
    Line(ORANGE, _DOTTED, 1.3),
    Line(PURPLE, _DASH_DOT),
    Line(VERMILION, DASHED),
    Line(GREEN, _LONG),
    Line(SKY, _DASH_DOT_DOT),
    Line(WINE, _SHORT),
    Line(GREY, _DASH_DOT, 1.3),
)
_COMBINATION = Line(BLACK, "solid", 1.6)


def selection_lines(selections: Sequence[str], main: str) -> dict[str, Line]:
    """Give each selection a line; the main one is black and wide."""
    others = [name for name in selections if name != main]
    lines = {
        name: _SELECTION_LINES[index % len(_SELECTION_LINES)] for index, name in enumerate(others)
    }
    return {**lines, main: _COMBINATION} if len(selections) > 1 else {main: _COMBINATION}


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save in this style, whatever the user's own matplotlib settings are."""
    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        warnings.filterwarnings("ignore", _MISSING_SIGNS, UserWarning)
        yield


class Margins(NamedTuple):
    """White space around and between panels, cm."""

    left: float = 1.4
    right: float = 0.3
    top: float = 0.6
    bottom: float = 1.0
    between_columns: float = 0.75
    between_rows: float = 0.7


MARGINS = Margins()


def panels(
    width: str,
    rows: int,
    columns: int,
    height: float,
    *,
    margins: Margins = MARGINS,
    ratios: Sequence[float] | None = None,
    sharex: bool | Literal["col"] = True,
    sharey: bool | Literal["row"] = True,
) -> tuple[Figure, NDArray[Any]]:
    """Make a figure of a print width with a grid of panels.

    Parameters
    ----------
    width : {'single', 'double'}
        8.6 or 17.8 cm: one or two columns of a journal.
    rows, columns : int
        Panels.
    height : float
        Height of a panel, cm; the mean one where `ratios` are given.
    margins : Margins
        White space.
    ratios : sequence of float, optional
        Heights of the rows, relative.
    sharex, sharey : bool or str
        As in matplotlib.

    Returns
    -------
    figure : Figure
    axes : ndarray of Axes, shape (rows, columns)

    Raises
    ------
    InputError
        If the width is another one.
    """
    if width not in get_args(Width):
        raise InputError(f"unknown width '{width}'{nearest_name(width, get_args(Width))}")
    across = _WIDTHS[width]
    down = rows * height + (rows - 1) * margins.between_rows + margins.top + margins.bottom
    panel = (across - margins.left - margins.right - (columns - 1) * margins.between_columns) / (
        columns
    )
    figure = Figure(figsize=(across * _CENTIMETRE, down * _CENTIMETRE), dpi=200)
    axes = figure.subplots(
        rows,
        columns,
        sharex=sharex,
        sharey=sharey,
        squeeze=False,
        height_ratios=ratios,
        gridspec_kw={
            "left": margins.left / across,
            "right": 1 - margins.right / across,
            "bottom": margins.bottom / down,
            "top": 1 - margins.top / down,
            "wspace": margins.between_columns / panel,
            "hspace": margins.between_rows / height,
        },
    )
    return figure, axes


def darker(color: str) -> str:
    """Return a colour dark enough for small letters on white."""
    red, green, blue = (0.72 * part for part in to_rgb(color))
    return to_hex((red, green, blue))


def panel_letters(axes: Sequence[Axes], titles: Sequence[str]) -> None:
    """Write ``(a)``, ``(b)``, ... and a title above each panel."""
    for index, (ax, title) in enumerate(zip(axes, titles, strict=True)):
        letter = f"({chr(ord('a') + index)}) " if len(axes) > 1 else ""
        ax.set_title(f"{letter}{title}", loc="left", pad=4)


class _PlainNumbers(LogFormatterSciNotation):
    """Ticks as 0.02, where room is short beside the last one."""

    def __call__(self, value: float, pos: int | None = None) -> str:
        return f"{value:g}" if super().__call__(value, pos) else ""


def mass_axis(ax: Axes, masses: NDArray[np.float64]) -> None:
    """Make the axis of masses: logarithmic, from the first above 0 to the last.

    Parameters
    ----------
    ax : Axes
        The panel.
    masses : ndarray, shape (n_m,)
        Increasing, MeV.
    """
    ax.set_xscale("log")
    low, high = masses[masses > 0][0], masses[-1]
    if high > low:
        ax.set_xlim(low, high)
    if high < 10.01 * low:  # then ticks between powers of ten have labels
        for place in ("major", "minor"):
            getattr(ax.xaxis, f"set_{place}_formatter")(_PlainNumbers(labelOnlyBase=False))


def literal(text: str) -> str:
    """Text from a file, so that no sign in it is taken for a formula."""
    return text.replace("$", r"\$")


def nuclide(text: str) -> str:
    """Text from a file with the mass numbers of nuclides raised: 124Xe, 7Be."""
    return re.sub(r"(?<!\\)\b(\d+)([A-Z][a-z]?)\b", r"$^{\1}$\2", literal(text))


def number(value: float, digits: int = 3) -> str:
    r"""Write a number for mathtext, with a power of ten where it is far from 1.

    Examples
    --------
    >>> number(2e-11), number(0.1)
    ('2\\times 10^{-11}', '0.1')
    """
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    power = f"10^{{{int(exponent)}}}"
    return power if mantissa == "1" else rf"{mantissa}\times {power}"


_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def written(value: float, digits: int = 3) -> str:
    """Write a number for a caption.

    Examples
    --------
    >>> written(2e-11), written(0.1)
    ('2×10⁻¹¹', '0.1')
    """
    text = f"{value:.{digits}g}"
    if "e" not in text:
        return text
    mantissa, exponent = text.split("e")
    return f"{mantissa}×10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
