"""The names beside the pulls, as they are seen."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from window_hand import settle


def _row(window, text):
    """Picture of the names' column in the row of a text."""
    pulls = window.pulls
    place = next(place for place, shown in pulls._ticks if shown == text)
    middle = pulls.mapFromScene(pulls.box.mapViewToScene(QPointF(0, place))).y()
    axis = pulls.mapFromScene(pulls.getAxis("left").sceneBoundingRect()).boundingRect()
    picture = pulls.grab(QRectF(axis.left(), middle - 7, axis.width() - 3, 14).toRect()).toImage()
    return np.array(
        [
            [picture.pixelColor(x, y).lightness() for x in range(picture.width())]
            for y in range(picture.height())
        ]
    )


def _ink(row):
    """Columns with ink, from left to right."""
    return np.flatnonzero(np.abs(row - np.median(row)).max(axis=0) > 60)


def test_headings_stand_apart_from_the_names_below_them(window):
    heading, name = _row(window, "XENONnT SR0"), _row(window, "B0 without solar neutrinos")
    width = heading.shape[1]
    assert _ink(heading)[0] < 6
    assert _ink(heading)[-1] < 0.75 * width
    assert _ink(name)[-1] > 0.9 * width


def test_a_band_leads_from_a_heading_through_the_plot(window):
    pulls = window.pulls
    places = {text: place for place, text in pulls._ticks}

    def colors(text):
        picture, ends = pulls.grab().toImage(), pulls.box.viewRange()[0]
        scene = (pulls.box.mapViewToScene(QPointF(0.9 * end, places[text])) for end in ends)
        return {picture.pixelColor(pulls.mapFromScene(place)).name() for place in scene}

    for mu in (1e-11, 1.5e-9):  # the axis reaches further for the second
        window.model.update(m_4=0.1, mu=mu)
        settle(window)
        assert colors("PandaX-4T Run0") == {window.theme.window}
        assert colors("tritium °") == {window.theme.base}


def test_one_experiment_needs_no_heading(window, qtbot):
    choice = window.view_panel.selection
    choice.setFocus()
    choice.setCurrentIndex(choice.findText("XENONnT SR0"))
    choice.activated.emit(choice.currentIndex())
    settle(window)
    assert [text for _, text in window.pulls._ticks][1:] == ["B0 without solar neutrinos"]
    assert _ink(_row(window, "B0 without solar neutrinos"))[0] > 6
