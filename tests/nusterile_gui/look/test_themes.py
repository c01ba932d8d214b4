"""Colours of the themes: told apart with any colour vision, and legible."""

from __future__ import annotations

import pytest
from color_vision import VISIONS, contrast, smallest_distance
from PySide6.QtGui import QColor

from nusterile_gui.look.themes import DARK, LIGHT


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_combination_and_five_experiments_differ_with_any_colour_vision(theme, vision):
    """Six times what is just seen, at the least, for three kinds of colour blindness too."""
    assert smallest_distance(theme.palette[:6], vision) > 15


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_fourteen_products_differ_with_any_colour_vision(theme, vision):
    """Four times what is just seen, at the least."""
    colors = [theme.color(index).name() for index in range(14)]
    assert smallest_distance(colors, vision) > 10


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_after_seven_come_the_same_hues_in_another_lightness(theme):
    for index in range(7):
        first, second = theme.color(index), theme.color(index + 7)
        assert abs(first.lightnessF() - second.lightnessF()) > 0.05
        if first.hslSaturationF() > 0.2:  # that of the text is nearly grey
            turn = abs(first.hslHueF() - second.hslHueF())
            assert min(turn, 1 - turn) < 0.03
        assert contrast(second.name(), theme.base) >= 3


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
