"""Points along curves, ink in boxes and distances are those of straight lines."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nusterile.layout.curves import Ink, densely, distance_to_curve

FRAME = (0.0, 0.0, 500.0, 300.0)
coordinates = st.floats(-50.0, 550.0)


def pixels(largest: int) -> st.SearchStrategy[float]:
    """Places between 0 and `largest`, to a sixteenth of a pixel."""
    return st.integers(0, 16 * largest).map(lambda sixteenths: sixteenths / 16)


points_of_frames = st.lists(st.tuples(pixels(500), pixels(300)), min_size=1, max_size=9)


def test_a_curve_is_followed_through_the_frame_and_over_gaps():
    curve = np.array([[-1e6, 100.0], [1e6, 100.0], [np.nan, np.nan], [10.0, 20.0], [30.0, 20.0]])
    dense = densely(curve, FRAME, 4.0, 3200.0)
    gaps = np.diff(dense[dense[:, 1] == 20.0][:, 0])
    assert gaps.max() <= 5.0
    assert not ((dense[:, 1] > 20.0) & (dense[:, 1] < 100.0)).any()


def test_the_points_of_a_curve_follow_once_more_where_bends_count():
    curve = np.array([[10.0, 20.0], [14.0, 20.0], [np.inf, 0.0], [30.0, 50.0]])
    plain = densely(curve, FRAME, 1.0, 3200.0)
    assert plain[:, 0].tolist() == pytest.approx([10.0, 10.8, 11.6, 12.4, 13.2, 30.0])
    bends = densely(curve, FRAME, 1.0, 3200.0, bends=True)
    np.testing.assert_array_equal(bends, np.concatenate([plain[:-1], curve[[0, 1, 3]]]))


@pytest.mark.parametrize("cell", [1.0, 4.0])
@given(points_of_frames, points_of_frames)
def test_ink_is_counted_in_the_cells_that_a_box_meets(cell, points, corners):
    points, corners = np.array(points), np.array(corners)
    box = np.concatenate([corners.min(axis=0), corners.max(axis=0)])
    cells = np.floor(points / cell)
    low, high = np.floor(box[:2] / cell), np.ceil(box[2:] / cell)
    met = ((cells >= low) & (cells < high)).all(axis=1)
    assert Ink(points, FRAME, cell).within(box[None]) == met.sum()
    assert Ink(points, FRAME, cell, once=True).within(box[None]) == len(
        np.unique(cells[met], axis=0)
    )


@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=5))
def test_the_distance_to_a_curve_is_that_of_its_nearest_point(points):
    curve = np.array(points)
    share = np.linspace(0, 1, 2001)[:, None]
    ends = pairwise(curve)
    dense = np.concatenate([curve, *(a + share * (b - a) for a, b in ends)])
    assert abs(distance_to_curve(curve) - np.hypot(*dense.T).min()) < 0.3
    gap = np.concatenate([curve, [[np.nan, np.nan]]])
    assert distance_to_curve(gap) == distance_to_curve(curve)
    assert distance_to_curve(np.empty((0, 2))) == np.inf
