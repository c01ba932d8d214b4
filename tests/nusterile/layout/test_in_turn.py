"""Labels cover neither each other nor what is taken, and stay near their curves."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nusterile.layout.curves import densely
from nusterile.layout.in_turn import lay_out
from nusterile.layout.places import Wanted

FRAME = (500.0, 300.0)
coordinates = st.floats(-50.0, 550.0)


@st.composite
def labels(draw):
    points = draw(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=6))
    size = (draw(st.floats(20.0, 120.0)), draw(st.floats(10.0, 18.0)))
    return Wanted(size, np.array(points), needed=False)


def box(label, place):
    half = np.array(label.size) / 2
    return np.concatenate([np.array(place) - half, np.array(place) + half])


def meet(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@given(st.lists(labels(), max_size=12))
def test_labels_cover_neither_each_other_nor_what_is_taken(wanted):
    taken = (400.0, 0.0, 500.0, 40.0)
    places = lay_out(wanted, FRAME, [taken])
    boxes = [box(w, p) for w, p in zip(wanted, places, strict=True) if p is not None]
    for k, one in enumerate(boxes):
        assert one[0] >= 0
        assert one[1] >= 0
        assert one[2] <= FRAME[0]
        assert one[3] <= FRAME[1]
        assert not meet(one, taken)
        assert not any(meet(one, other) for other in boxes[:k])


@given(labels())
def test_a_label_stands_beside_its_curve(wanted):
    (place,) = lay_out([wanted], FRAME)
    curve = densely(wanted.curve, (0.0, 0.0, *FRAME), 4.0, 3200.0)
    if place is None:
        return
    x0, y0, x1, y1 = box(wanted, place)
    nearest = np.hypot(
        curve[:, 0] - np.clip(curve[:, 0], x0, x1), curve[:, 1] - np.clip(curve[:, 1], y0, y1)
    ).min()
    assert nearest <= 41.0


def test_a_curve_in_sight_gets_its_label():
    curve = np.array([[0.0, 150.0], [500.0, 150.0]])
    (place,) = lay_out([Wanted((80.0, 14.0), curve)], FRAME)
    assert place is not None
    assert abs(place[1] - 150.0) < 30.0


def test_a_curve_out_of_sight_gets_none():
    curve = np.array([[600.0, 10.0], [700.0, 20.0]])
    assert lay_out([Wanted((80.0, 14.0), curve, needed=True)], FRAME) == [None]


def test_without_room_only_what_is_needed_is_shown():
    point = np.array([[250.0, 150.0]])
    everything = (0.0, 0.0, *FRAME)
    optional, needed = (Wanted((80.0, 14.0), point, needed=n) for n in (False, True))
    assert lay_out([optional], FRAME, [everything]) == [None]
    assert lay_out([needed], FRAME, [everything]) != [None]


def test_a_label_beside_a_mark_moves_up_or_down_only():
    first, second = (
        Wanted((80.0, 14.0), np.array([[8.0, y]]), beside=True, needed=True) for y in (150.0, 152.0)
    )
    one, other = lay_out([first, second], FRAME)
    assert one[0] == other[0] == 8.0 + 40.0 + 8.0
    assert one[1] == 150.0
    assert 16.0 <= abs(other[1] - one[1]) <= 20.0


def test_a_label_goes_where_its_cost_is_least():
    curve = np.array([[0.0, 150.0], [500.0, 150.0]])
    for sign in (1.0, -1.0):
        label = Wanted((80.0, 14.0), curve, cost=lambda boxes, sign=sign: sign * boxes[:, 0])
        (place,) = lay_out([label], FRAME)
        assert place is not None
        assert (place[0] < 80.0) == (sign > 0)


def test_of_two_places_that_cost_the_same_the_upper_one_is_taken():
    (place,) = lay_out([Wanted((80.0, 14.0), np.array([[250.0, 150.0]]))], FRAME)
    assert place == (250.0, 150.0 + 7.0 + 4.0)
