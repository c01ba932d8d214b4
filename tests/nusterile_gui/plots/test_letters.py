"""The letter of a cross-hair keeps off texts wherever one of its four places is free."""

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, QSizeF

from nusterile_gui.plots.letters import letter_box

_VIEW = QRectF(0, 0, 300, 200)
_SIZE = QSizeF(9, 10)
boxes = st.builds(QRectF, st.floats(0, 290), st.floats(0, 190), st.floats(5, 120), st.floats(5, 30))


def around(crossing):
    """Boxes in the four places, with the outline of the letter."""
    x, y = crossing.x(), crossing.y()
    return [
        QRectF(QPointF(left, top), _SIZE).adjusted(-2, -2, 2, 2)
        for left in (x + 8, x - 17)
        for top in (y - 18, y + 8)
    ]


def covers(box, texts):
    inked = box.adjusted(-2, -2, 2, 2)
    return any(inked.intersects(text) for text in texts)


@given(
    crossing=st.builds(QPointF, st.floats(20, 280), st.floats(25, 175)),
    texts=st.lists(boxes, max_size=6),
    marks=st.lists(boxes, max_size=3),
    above=st.booleans(),
)
def test_no_text_is_covered_where_a_place_is_free(crossing, texts, marks, above):
    box = letter_box(crossing, _SIZE, _VIEW, texts, marks, above=above)
    assert _VIEW.contains(box)
    free = [place for place in around(crossing) if not any(map(place.intersects, texts))]
    assert not (free and covers(box, texts))


def test_it_stands_to_the_right_and_where_it_is_wanted():
    crossing = QPointF(100, 100)
    above = letter_box(crossing, _SIZE, _VIEW, [], [], above=True)
    below = letter_box(crossing, _SIZE, _VIEW, [], [], above=False)
    assert (above.topLeft(), below.topLeft()) == (QPointF(108, 82), QPointF(108, 108))
    # A mark is no text, but it too is left alone where that costs nothing.
    assert letter_box(crossing, _SIZE, _VIEW, [], [above], above=True) == below
    assert letter_box(crossing, _SIZE, _VIEW, [below], [above], above=True).right() < 100


def test_it_stays_in_the_view():
    right = letter_box(QPointF(296, 100), _SIZE, _VIEW, [], [], above=True)
    assert right.right() == 288
    covered = letter_box(QPointF(296, 100), _SIZE, _VIEW, [right], [], above=True)
    assert covered == right.translated(0, 26)
    # The crossing is out of sight, but a line of it is not.
    assert letter_box(QPointF(100, -500), _SIZE, _VIEW, [], [], above=True).top() == 3
