"""Slices of products whose attributes are odd."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nusterile.product.slices import Slices


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
