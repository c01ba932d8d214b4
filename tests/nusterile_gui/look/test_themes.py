"""Colours of the themes: told apart with any colour vision, and legible."""

from __future__ import annotations

import pytest
from color_vision import VISIONS, smallest_distance
from PySide6.QtGui import QColor

from nusterile_gui.look.themes import DARK, LIGHT


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_combination_and_five_experiments_differ_with_any_colour_vision(theme, vision):
    """Six times what is just seen, at the least, for three kinds of colour blindness too."""
    assert smallest_distance(theme.palette[:6], vision) > 15


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_every_selection_of_the_default_has_a_colour_of_its_own(theme, analysis):
    assert len(set(theme.palette)) == len(theme.palette) >= len(analysis.selections)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_plane_starts_at_the_background_and_stays_quiet(theme):
    """Lightness goes one way only, and no colour is saturated as those of curves are."""
    colors = [QColor(color) for color in theme.plane]
    lightness = [color.lightnessF() for color in colors]
    assert theme.plane[0] == theme.base
    assert sorted(lightness, reverse=theme is LIGHT) == lightness
    assert max(color.hslSaturationF() for color in colors) < 0.45
