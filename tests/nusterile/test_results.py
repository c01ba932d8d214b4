"""Products as a source of numbers: what they hold, and what is refused about the rest."""

from __future__ import annotations

import json

import pytest
import xarray as xr

import nusterile
from nusterile.errors import InputError, ProductError
from nusterile.exports.table import LimitTable
from nusterile.figures import draw
from nusterile.results import Results


@pytest.fixture
def product(small_product):
    return nusterile.open(small_product)


def test_masses_of_a_product_are_the_nearest_of_its_grid(product):
    results, grid = Results(product), product.m_4.values
    found = results.chosen_masses([grid[-1], 1.01 * grid[1], 0.99 * grid[1]])
    assert found.tolist() == [grid[1], grid[-1]]


@pytest.mark.parametrize("mass", [0.0, 1e-5, 5.0, 1e3])
def test_masses_beyond_the_grid_are_refused(product, mass):
    results = Results(product)
    grid = product.m_4.values
    for ask in (
        lambda: results.limits_at([mass], 0.9),
        lambda: results.delta_chi2([mass]),
        lambda: LimitTable.of(results, m_4=[mass]),
        lambda: draw("profile", results, m_4=[mass]),
    ):
        with pytest.raises(InputError, match=f"m_4 = {mass:g} MeV: the masses of the product are"):
            ask()
    with pytest.raises(InputError, match=f"{grid[0]:g} to {grid[-1]:g} MeV"):
        results.limits_at([mass], 0.9)


def test_expected_limits_of_a_product_are_those_of_its_analysis(product):
    results = Results(product.sel(flavor=["e", "mu"], dof=[1]).isel(m_4=slice(0, 3)))
    masses = results.product.m_4.values
    analysis = nusterile.Analysis.from_product(product)
    wanted = {"m_4": masses, "flavor": ["e", "mu"], "dof": 1, "expected": True}
    found = analysis.limits(cl=0.9, **wanted).isel(cl=0)
    for made in (results.limits(0.9, expected=True), results.limits_at(masses, 0.9, expected=True)):
        xr.testing.assert_equal(made.limit, found.limit)
        assert made.limit.attrs["kind"] == "expected"
        assert made.limit.attrs["long_name"].startswith("expected (Asimov): upper limit")
    assert results.limits(0.9).limit.attrs["kind"] == "observed"
    # a level that is not stored has to be computed anyway
    level = analysis.limits(cl=0.68, **wanted).isel(cl=0)
    xr.testing.assert_equal(results.limits(0.68, expected=True).limit, level.limit)
    with pytest.raises(InputError, match=r"cl = 0\.68: the product holds"):
        results.limits(0.68)


def test_expected_limits_need_the_tables_of_the_product(product):
    hashes = dict.fromkeys(json.loads(product.attrs["input_hashes"]), "0" * 64)
    other = Results(product.assign_attrs(input_hashes=json.dumps(hashes)))
    other.limits(0.9)
    with pytest.raises(InputError, match="is not the one this product was made from"):
        other.limits(0.9, expected=True)


def test_usual_masses_are_those_that_are_there(product):
    results = Results(product)
    assert results.usual_masses((1e-9, 0.01, 1e9)) == (0.01,)
    middle = product.m_4.values[product.m_4.size // 2]
    assert results.usual_masses((1e-9, 1e9)) == (middle,)
    narrow = Results(product.isel(m_4=slice(0, 2)))
    assert LimitTable.of(narrow).limits.m_4.size >= 1
    assert draw("profile", narrow).data.rows


def test_degrees_of_freedom_are_those_of_the_product(product):
    one = Results(product.sel(dof=[1]))
    assert one.degrees == (1,)
    assert LimitTable.of(one).limits.dof.values.tolist() == [1]
    assert {row[5] for row in draw("limits", one).data.rows} == {1}
    for ask in (
        lambda: LimitTable.of(one, dof=(1, 2)),
        lambda: draw("limits", one, dof=2),
        lambda: draw("plane", one, dof=2),
    ):
        with pytest.raises(InputError, match="dof = 2: the product holds 1"):
            ask()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda ds: ds.sel(selection="combined", drop=True),
        lambda ds: ds.drop_vars("limit"),
        lambda ds: ds.drop_vars("limit_status"),
        lambda ds: ds.drop_vars("m_4"),
        lambda ds: ds.isel(m_4=slice(0, 0)),
        lambda ds: ds.assign(limit=-ds.limit),
    ],
    ids=["no selection", "no limit", "no status", "no masses", "zero masses", "negative"],
)
def test_a_file_that_breaks_the_contract_is_refused(product, tmp_path, spoil):
    path = tmp_path / "broken.nc"
    spoil(product).to_netcdf(path)
    with pytest.raises(ProductError, match=r"broken\.nc"):
        Results.from_file(path)
