"""Colours, dashes and names: one look for every panel, light and dark.

The palette begins with colours of M. Okabe and K. Ito and of P. Tol: its first six, those of
the combination and five experiments, are told apart with any colour vision. After seven come
the same hues, lighter or darker, so chosen that all fourteen are told apart as well. The colour map
of the plane goes from the background to a quiet blue in steps of lightness, so that the
curves upon it stay the loudest, and is the same for any colour vision. Bands of toys are yellow
upon that blue, the inner one darker or, on black, brighter than the outer; coverage goes from
orange below the level over the background to blue above it.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette

from nusterile.vocabulary import EFFECTIVE, ELECTRON, MUON, TAU

__all__ = [
    "DARK",
    "FLAVOR_DASHES",
    "LIGHT",
    "Theme",
    "palette_of",
    "theme_named",
]

FLAVOR_DASHES = {
    EFFECTIVE: Qt.PenStyle.SolidLine,
    ELECTRON: Qt.PenStyle.DashLine,
    MUON: Qt.PenStyle.DashDotLine,
    TAU: Qt.PenStyle.DotLine,
}


@dataclass(frozen=True)
class Theme:
    """Colours of the window and of the plots, as ``#rrggbb``."""

    name: str
    window: str
    base: str
    text: str
    muted: str
    accent: str
    grid: str
    palette: tuple[str, ...]
    stack: tuple[str, ...]
    solar: str
    dipole: str
    plane: tuple[str, ...]
    bands: tuple[str, str]
    median: str
    unified: str
    cls: str
    what_if: str
    coverage: tuple[str, str, str]

    def color(self, index: int) -> QColor:
        """Colour of a layer or selection; the first is the text colour."""
        return QColor(self.palette[index % len(self.palette)])


LIGHT = Theme(
    name="light",
    window="#f4f5f7",
    base="#ffffff",
    text="#15181d",
    muted="#5d6673",
    accent="#0072b2",
    grid="#d5d9df",
    palette=(
        *("#15181d", "#d55e00", "#0072b2", "#009e73", "#882255", "#332288"),
        "#b3508b",
        *("#4d586a", "#662d00", "#0096eb", "#007a59", "#cd7aa3", "#573be3", "#4c1a38"),
    ),
    stack=("#9fb3c8", "#c3cfdb", "#7d94ad", "#b9c4b2", "#93a58a", "#d3cdb4"),
    solar="#e69f00",
    dipole="#d55e00",
    plane=("#ffffff", "#dfe8f1", "#b3c6d9", "#9db3c9"),
    bands=("#eeb422", "#f8e08a"),
    median="#7a5200",
    unified="#b0125b",
    cls="#4a3aa8",
    what_if="#c40080",
    coverage=("#c4500f", "#ffffff", "#2f6fab"),
)
DARK = Theme(
    name="dark",
    window="#1d2127",
    base="#14171b",
    text="#eceff3",
    muted="#9aa4b1",
    accent="#56b4e9",
    grid="#343b45",
    palette=(
        *("#eceff3", "#ff8c42", "#56b4e9", "#e79ac6", "#c0506a", "#7f8cff"),
        "#2fc99a",
        *("#6981a0", "#cc5000", "#a5ddfd", "#e42f97", "#eebec9", "#475aff", "#2e7f66"),
    ),
    stack=("#4a6178", "#5f7b97", "#384b5e", "#5f7059", "#48573f", "#77714f"),
    solar="#e69f00",
    dipole="#ff7f32",
    plane=("#14171b", "#1d2936", "#30455b", "#3a526b"),
    bands=("#8f6f14", "#54451a"),
    median="#ffd666",
    unified="#ff7fb8",
    cls="#b9a8ff",
    what_if="#ff4fd0",
    coverage=("#e0702a", "#22272e", "#4f9be0"),
)


def theme_named(name: str) -> Theme:
    """Light or dark; light for any other name."""
    return DARK if name == DARK.name else LIGHT


def palette_of(theme: Theme) -> QPalette:
    """Colours of ordinary widgets."""
    palette = QPalette()
    role = QPalette.ColorRole
    for group, color in (
        (role.Window, theme.window),
        (role.Base, theme.base),
        (role.AlternateBase, theme.window),
        (role.Button, theme.window),
        (role.ToolTipBase, theme.base),
        (role.Text, theme.text),
        (role.WindowText, theme.text),
        (role.ButtonText, theme.text),
        (role.ToolTipText, theme.text),
        (role.PlaceholderText, theme.muted),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.base),
        (role.Link, theme.accent),
    ):
        palette.setColor(group, QColor(color))
    for group in (role.Text, role.WindowText, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, group, QColor(theme.muted))
    return palette
