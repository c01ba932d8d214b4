"""A product of schema version 1, as the last version that wrote such files made it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nusterile
from nusterile.product.files import write_product
from nusterile.product.slices import Slices
from nusterile.results import Results

PATH = Path(__file__).parents[2] / "data" / "version_1.nc"
NEW = {"limit_low", "expected_limit", "chi2_sm", "delta_chi2_sm"}


@pytest.fixture(scope="module")
def old():
    return nusterile.open(PATH)


def test_it_is_read(old):
    assert old.attrs["schema_version"] == 1
    assert not NEW & set(old.variables)
    assert Results(old).limits(0.9).limit.equals(old.limit.sel(cl=0.9).assign_coords(dof=[1, 2]))
    assert np.isfinite(Slices(old).limit("combined", "effective", 0.9, 1)[0]).any()


def test_its_numbers_are_those_of_a_product_of_now(old):
    now = old.nusterile.analysis().build()
    assert now.attrs["schema_version"] == 2
    assert set(now.variables) - set(old.variables) == NEW
    np.testing.assert_allclose(now.limit, old.limit, rtol=1e-9)
    np.testing.assert_allclose(now.chi2, old.chi2, rtol=1e-9)


def test_it_is_written_again_as_it_was(old, tmp_path):
    write_product(old, tmp_path / "a.nc")
    assert nusterile.open(tmp_path / "a.nc").equals(old)
