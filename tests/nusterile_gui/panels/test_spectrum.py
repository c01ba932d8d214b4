"""The spectrum where a dipole is far above the data, typed by a hand."""

import numpy as np
import pytest
from color_vision import contrast
from PySide6.QtCore import QPointF, Qt
from window_hand import settle

from nusterile_gui.look.quantities import format_number


def _type_moment(window, qtbot, text):
    line = window.read_out.mu
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(window)


def _gaps(plot, theme):
    """Widths of the columns without ink in the left axis, between the ones with ink."""
    axis = plot.getAxis("left")
    place = plot.mapFromScene(axis.sceneBoundingRect()).boundingRect()
    place.setRight(place.right() - 8)  # the line of the axis and its ticks
    picture = plot.grab(place).toImage()
    base = picture.pixelColor(0, 0).lightness()
    inked = [
        any(abs(picture.pixelColor(x, y).lightness() - base) > 60 for y in range(picture.height()))
        for x in range(picture.width())
    ]
    columns = np.flatnonzero(inked)
    return np.diff(columns) - 1


@pytest.mark.parametrize("text", ["1e-11", "3e-10", "1.5e-9", "1e-6"])
def test_labels_of_axes_stand_apart_from_their_ticks(window, qtbot, text):
    """The label is the leftmost ink, a few pixels wide; then nothing, then ticks."""
    window.model.update(m_4=0.1)
    _type_moment(window, qtbot, text)
    spectrum = window.spectrum
    for plot in (spectrum.events, spectrum.contributions):
        label = plot.getAxis("left").label.boundingRect().height()
        gaps = _gaps(plot, window.theme)
        first = int(np.argmax(gaps >= 3))
        assert gaps[first] >= 3
        assert first <= label
    widths = {plot.getAxis("left").width() for plot in (spectrum.events, spectrum.contributions)}
    assert len(widths) == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("quantity", ["counts", "rate"])
def test_a_dipole_far_above_the_data_is_said_and_leaves_them_readable(
    window, qtbot, theme, quantity
):
    window.menus.actions[theme].trigger()
    if quantity == "rate":
        window.menus.actions["quantity"].trigger()
    window.model.update(m_4=0.1)
    spectrum = window.spectrum
    _type_moment(window, qtbot, "5e-12")
    frame = spectrum.events.box.viewRange()
    assert not spectrum.beyond.isVisible()
    _type_moment(window, qtbot, "1.5e-9")
    assert spectrum.beyond.isVisible()
    assert spectrum.events.box.viewRange() == frame
    state, slices = window.model.state, window.model.layer.slices
    drawn = slices.spectrum(state.experiment, state.flavor, *window.model.point())
    dipole = drawn.dipole / (drawn.per_rate if quantity == "rate" else 1.0)
    unit = {"counts": "events per bin", "rate": "1/(t yr keV)"}[quantity]
    text = spectrum.beyond.text()
    assert f"leave the frame: up to {format_number(dipole.max(), 3)} {unit}" in text
    # Between the data at its top, where there is nothing but dipole events.
    (left, right), (_, top) = frame
    place = QPointF(left + 0.02 * (right - left), 0.97 * top)
    plot = spectrum.events
    pixel = plot.mapFromScene(plot.box.mapViewToScene(place))
    ground = plot.grab().toImage().pixelColor(pixel).name()
    assert ground != window.theme.base
    assert contrast(window.theme.text, ground) > 7
    _type_moment(window, qtbot, "5e-12")
    assert not spectrum.beyond.isVisible()


def test_a_closed_product_leaves_no_line_about_its_dipole(window, qtbot):
    _type_moment(window, qtbot, "1e-7")
    assert window.spectrum.beyond.isVisible()
    window.model.remove(window.model.layer.key)
    settle(window)
    assert not window.spectrum.beyond.isVisible()
