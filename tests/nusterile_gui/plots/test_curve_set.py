"""Curves are drawn whole where they are seen, and their arrays kept whole everywhere."""

from itertools import pairwise

import numpy as np
import pyqtgraph as pg
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from nusterile_gui.plots.plots import CurveSet, Plot, pen
from nusterile_gui.plots.seen_paths import seen_paths

_VIEW = QRectF(-1, -1, 2, 2)
#: What a path may leave out lies beyond this.
_NEAR = QRectF(-2, -2, 4, 4)
coordinates = st.one_of(st.just(np.nan), st.floats(-4, 4), st.floats(-1e6, 1e6))


def elements(path):
    """Segments of a path as pairs of points."""
    found, last = set(), None
    for number in range(path.elementCount()):
        element = path.elementAt(number)
        point = (element.x, element.y)
        if element.isLineTo():
            found.add((last, point))
        last = point
    return found


def surely_outside(a, b):
    return any(
        (
            max(a[0], b[0]) < _NEAR.left(),
            min(a[0], b[0]) > _NEAR.right(),
            max(a[1], b[1]) < _NEAR.top(),
            min(a[1], b[1]) > _NEAR.bottom(),
        )
    )


@given(
    st.integers(1, 3).flatmap(
        lambda curves: st.lists(
            st.tuples(*[coordinates] * (1 + curves)), min_size=0, max_size=12
        ).map(lambda rows: np.array(rows).reshape(-1, 1 + curves).T)
    )
)
@settings(max_examples=400, deadline=None)
def test_a_path_has_every_segment_that_comes_near_the_view(columns):
    x, curves = columns[0], columns[1:]
    for y, path in zip(curves, seen_paths(x, curves, _VIEW), strict=True):
        # A point that stands for an interruption is one of no length.
        drawn = {(a, b) for a, b in elements(path) if a != b}
        points = pairwise(zip(x, y, strict=True))
        finite = [(a, b) for a, b in points if np.isfinite([*a, *b]).all() and a != b]
        assert {pair for pair in finite if not surely_outside(*pair)} <= drawn <= set(finite)


def test_what_is_far_outside_is_left_out():
    x = np.linspace(-1, 1, 201)
    y = 100 * x**2
    path, above = seen_paths(x, np.array([y, y + 1000]), _VIEW)
    # What is near, and one point beyond on either side.
    assert path.elementCount() == np.sum(y <= 2) + 2
    assert above.isEmpty()


def picture(plot):
    image = QImage(plot.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    plot.render(painter)
    painter.end()
    return np.array(image.constBits()).copy()


def test_a_zoomed_view_shows_what_it_would_have_shown_at_once(qapp, qtbot):
    x = np.linspace(-3, 3, 241)

    def plot_of(ranges):
        plot = Plot(pg.AxisItem("bottom"), pg.AxisItem("left"))
        qtbot.addWidget(plot)
        plot.resize(400, 300)
        curves = CurveSet(plot.item)
        curves.begin()
        curves.draw(x, 40 * x**2, pen(QColor("#cc0000"), 2), pen(QColor("#ffffff"), 4))
        curves.draw(x, np.where(x > 1, np.nan, 30 * x), pen(QColor("#0000cc"), 2))
        curves.end()
        for (low, high), (bottom, top) in ranges:
            plot.box.setRange(xRange=(low, high), yRange=(bottom, top), padding=0)
            shown = picture(plot)
        return curves, shown

    near, far = ((-0.5, 0.5), (-1, 5)), ((-3, 3), (-100, 400))
    curves, zoomed_out = plot_of([near, far])
    _, at_once = plot_of([far])
    assert np.array_equal(zoomed_out, at_once)
    assert len(set(at_once.tolist())) > 2
    assert [points[1].size for points in curves.shown()] == [241, 241]
