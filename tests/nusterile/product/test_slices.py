"""Slices of products whose attributes are odd."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nusterile.product.slices import Slices
from nusterile.statistics.crossing import points_per_decade


@pytest.mark.parametrize("stored", ["[" * 100_000, "no json", "[1]", "{}"])
def test_widths_that_cannot_be_read_are_those_of_the_configuration(product, stored):
    expected = Slices(product).pull_widths
    assert np.isfinite(expected[0])
    product.pull.attrs["sigma"] = stored
    np.testing.assert_array_equal(Slices(product).pull_widths, expected)


def test_a_width_that_is_no_number_is_not_known(product):
    widths = json.loads(product.pull.attrs["sigma"])
    names = [str(name) for name in product.pull.values]
    product.pull.attrs["sigma"] = json.dumps({**widths, names[0]: "wide", names[1]: None})
    found = Slices(product).pull_widths
    assert np.isnan(found[0])
    assert np.isinf(found[1])


def test_limits_from_a_coarse_scan_are_rough(product):
    """3 points a decade; stored levels are solved for."""
    slices = Slices(product)
    assert slices.is_rough(0.68, 1)
    assert not slices.is_rough(0.9, 2)
    assert not Slices(product.drop_vars(["chi2", "pulls"])).is_rough(0.68, 1)


@pytest.mark.parametrize(("points", "found"), [(61, 20.0), (181, 60.0), (60, 19.6666667)])
def test_points_a_decade_of_a_grid(points, found):
    moments = np.geomspace(1e-12, 1e-9, points)
    assert points_per_decade(moments) == pytest.approx(found, rel=1e-8)
    assert (points_per_decade(moments) < 20) == (points == 60)


def test_limits_between_the_stored_levels_are_found_once(product):
    slices = Slices(product)
    names = [
        (s, f, cl, dof)
        for cl in (0.7, 0.8)
        for s in slices.selections[:3]
        for f in slices.flavors
        for dof in (1, 2)
    ]
    first = [slices.limit(*name) for name in names]
    again = [slices.limit(*name) for name in reversed(names)]
    assert all(one is other for one, other in zip(first, reversed(again), strict=True))
    for name, (limit, status) in zip(names, first, strict=True):
        fresh = Slices(product).limit(*name)
        np.testing.assert_array_equal(limit, fresh[0])
        np.testing.assert_array_equal(status, fresh[1])
    for step in range(300):  # as where a hand drags the level
        slices.limit(slices.selections[0], slices.flavors[0], 0.6 + step / 1e4, 1)
    assert slices.limit(*names[0]) is not first[0]
