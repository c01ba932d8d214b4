"""Labels go beside their curves, never onto each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nusterile.figures.placement import Label, place_labels
from nusterile.figures.style import panels, styled


@pytest.fixture
def ax():
    with styled():
        _, axes = panels("single", 1, 1, 5.0)
        axes[0, 0].set(xlim=(0, 10), ylim=(0, 10))
        yield axes[0, 0]


def flat(height):
    return np.array([[0.0, height], [10.0, height]])


def boxes_of(texts):
    return [text.get_window_extent().extents for text in texts]


def test_many_labels_of_one_place_do_not_overlap(ax):
    point = np.array([[5.0, 5.0]])
    texts = place_labels(ax, [Label(f"label {i}", "k", point) for i in range(9)], [], 7)
    boxes = boxes_of(texts)
    assert len(boxes) == 9
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            assert (np.minimum(one[2:], other[2:]) <= np.maximum(one[:2], other[:2])).any()
    assert [line for line in ax.get_lines() if line.get_gid() == "leader"]


def test_a_label_keeps_off_curves_and_inside(ax):
    curves = [flat(height) for height in (2.0, 2.5, 3.0, 9.9)]
    (text,) = place_labels(ax, [Label("here", "k", flat(9.9))], curves, 8)
    (box,) = boxes_of([text])
    frame = ax.get_window_extent().extents
    assert (box[:2] > frame[:2]).all()
    assert (box[2:] < frame[2:]).all()
    top = ax.transData.transform((0, 9.9))[1]
    assert box[3] < top
    assert not [line for line in ax.get_lines() if line.get_gid() == "leader"]


def test_a_curve_outside_gets_no_label(ax):
    labels = [Label("out", "k", flat(20.0)), Label("nan", "k", flat(np.nan))]
    assert place_labels(ax, [*labels, Label("in", "k", flat(5.0))], [], 8)[0].get_text() == "in"
    assert [text.get_text() for text in ax.texts] == ["in"]
    assert place_labels(ax, [], [], 8) == []


def test_a_label_beside_its_point_moves_up_and_down_only(ax):
    points = [np.array([[1.0, 5.0]])] * 3
    texts = place_labels(ax, [Label("one line", "k", p, beside=True) for p in points], [], 8)
    boxes = boxes_of(texts)
    assert len({round(box[0], 3) for box in boxes}) == 1
    heights = sorted((box[1], box[3]) for box in boxes)
    assert all(below[1] <= above[0] for below, above in pairwise(heights))


def test_a_region_holds_its_label(ax):
    square = np.array([[2.0, 2.0], [8.0, 2.0], [8.0, 8.0], [2.0, 8.0], [2.0, 2.0]])
    (text,) = place_labels(ax, [Label("in", "k", square, area=square)], [], 8)
    x, y = text.get_position()
    assert 2 < x < 8
    assert 2 < y < 8
