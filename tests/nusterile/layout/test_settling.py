"""Labels of figures settle where they cover nothing, whatever draws them."""

import subprocess
import sys

import numpy as np
import pytest

from nusterile.layout.places import Wanted
from nusterile.layout.settling import settle

FRAME = (100.0, 50.0, 600.0, 350.0)


def test_crowded_labels_keep_apart_and_lines_lead_to_their_point():
    point = np.array([[300.0, 200.0]])
    size = np.array([80.0, 14.0])
    places = settle([Wanted((80.0, 14.0), point)] * 6, [], FRAME, 1.0)
    centres = np.array([place.centre for place in places])
    apart = np.abs(centres[:, None] - centres)[np.triu_indices(6, 1)]
    assert (apart >= size).any(axis=1).all()
    leaders = [place.leader for place in places if place.leader is not None]
    assert leaders
    assert all((leader[1] == point[0]).all() for leader in leaders)


def test_a_label_outside_gets_no_place_and_the_others_keep_their_order():
    inside, outside = (np.array([[200.0, 100.0]]), np.array([[0.0, 0.0]]))
    places = settle([Wanted((20.0, 9.0), curve) for curve in (outside, inside)], [], FRAME, 1.0)
    assert places[0] is None
    assert np.abs(places[1].centre - inside[0]).max() < 20.0
    assert settle([], [], FRAME, 1.0) == []


@pytest.mark.parametrize("scale", [1.0, 2.5])
def test_distances_are_those_of_the_print(scale):
    point = np.array([[300.0, 200.0]])
    (place,) = settle([Wanted((40.0, 9.0), point, beside=True)], [], FRAME, scale)
    np.testing.assert_allclose(place.centre, [300.0 + 20.0 + 5.0 * scale, 200.0])


def test_no_toolkit_is_needed():
    script = (
        "import sys, nusterile.layout.in_turn, nusterile.layout.settling\n"
        "sys.exit(any(name in sys.modules for name in ('matplotlib', 'PySide6', 'pyqtgraph')))"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
