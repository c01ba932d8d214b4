"""Limits as CSV and as a small product: what comes back is what went out."""

from __future__ import annotations

import numpy as np
import pandas
import pytest
import xarray as xr

import nusterile
from nusterile.accessor import open_product
from nusterile.errors import InputError, ProductError
from nusterile.exports import export, limits_product, read_limits_csv
from nusterile.exports.description import STATISTIC
from nusterile.product.files import validate_product
from nusterile.product.schema import validate_dataset
from nusterile.results import Results

NAMES = ["limit", "limit_status", "chi2_min", "mu_best"]


def test_csv_comes_back_with_its_units(product, tmp_path):
    export(product, "csv", tmp_path / "l.csv")
    back = read_limits_csv(tmp_path / "l.csv")
    for name in NAMES:
        expected = product[name].drop_attrs()
        xr.testing.assert_identical(back[name].transpose(*expected.dims).drop_attrs(), expected)
        assert back[name].attrs["units"] == product[name].attrs["units"]
    for name in ("selection", "flavor", "m_4", "cl", "dof"):
        np.testing.assert_array_equal(back[name].values, product[name].values)
        assert back[name].attrs["units"] == product[name].attrs["units"]


def test_csv_says_how_the_limits_came_about(product, tmp_path):
    export(product, "csv", tmp_path / "l.csv")
    facts = read_limits_csv(tmp_path / "l.csv").attrs
    assert facts["statistic"] == STATISTIC
    assert facts["cl"] == "0.9, 0.95"
    assert facts["dof"] == "1, 2"
    for name in ("config_hash", "references", "license", "nusterile_version", "title"):
        assert facts[name] == product.attrs[name]
    assert "digitised" in facts["comment"]


def test_csv_is_a_plain_table_below_its_head(product, tmp_path):
    export(product, "csv", tmp_path / "l.csv")
    table = pandas.read_csv(tmp_path / "l.csv", comment="#")
    assert len(table) == product.limit.size
    assert int(table.limit.isna().sum()) == int(product.limit.isnull().sum())


def test_expected_limits_are_computed_and_say_so(product, tmp_path):
    export(product, "csv", tmp_path / "e.csv", expected=True)
    export(product, "csv", tmp_path / "o.csv")
    back, observed = (read_limits_csv(tmp_path / name) for name in ("e.csv", "o.csv"))
    found = product.nusterile.analysis().limits(cl=product.cl, expected=True)
    for name in NAMES:
        np.testing.assert_array_equal(
            back[name].transpose(*found[name].dims).values, found[name].values
        )
        assert back[name].attrs == found[name].attrs
        assert back[name].attrs["kind"] == "expected"
    assert back.attrs["kind"].startswith("expected, ")
    assert observed.limit.attrs["kind"] == product.limit.attrs["kind"] == "observed"
    assert observed.attrs["kind"].startswith("observed, ")
    assert not np.array_equal(back.limit, observed.limit)


def test_a_table_without_a_kind_is_observed(product, tmp_path):
    export(product, "csv", tmp_path / "l.csv")
    table = pandas.read_csv(tmp_path / "l.csv", comment="#")
    assert list(table.columns)[-3:] == ["kind", "limit_low", "expected_limit"]
    lines = (tmp_path / "l.csv").read_text().splitlines()
    older = [line if line[0] == "#" else line.rsplit(",", 3)[0] for line in lines]
    (tmp_path / "l.csv").write_text("\n".join(older))
    assert read_limits_csv(tmp_path / "l.csv").limit.attrs["kind"] == "observed"


def test_both_ends_and_the_expected_limit_are_there(product, tmp_path):
    export(product, "csv", tmp_path / "l.csv")
    back = read_limits_csv(tmp_path / "l.csv")
    for name in ("limit_low", "expected_limit"):
        np.testing.assert_array_equal(back[name].values, product[name].values)
    assert (product.expected_limit != product.limit).any()


def test_chi2_min_is_that_from_which_each_limit_counts(product, tmp_path):
    export(product, "csv", tmp_path / "l.csv")
    table = pandas.read_csv(tmp_path / "l.csv", comment="#")
    plane = product.chi2_min.min("m_4")
    for row in table.itertuples():
        here = {"selection": row.selection, "flavor": row.flavor}
        floor = plane if row.dof == 2 else product.chi2_min.sel(m_4=row.m_4)
        assert row.chi2_min == floor.sel(here).item()
    # A part of the masses does not tell.
    export(product.isel(m_4=slice(2)), "csv", tmp_path / "p.csv")
    part = pandas.read_csv(tmp_path / "p.csv", comment="#")
    assert (part.chi2_min.isna() == (part.dof == 2)).all()


@pytest.mark.parametrize("form", ["netcdf-limits", "hepdata", "bibtex"])
def test_other_forms_take_no_expected_limits(form, product, tmp_path):
    with pytest.raises(InputError, match=f"'{form}' takes no expected limits; expected csv"):
        export(product, form, tmp_path / "x", expected=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "column or unit of 'selection' is missing"),
        ("selection,flavor\na,b\n", "column or unit of 'selection' is missing"),
        (b"\xff\xfe", "cannot be read as text"),
    ],
)
def test_what_is_no_table_of_limits_is_refused(content, message, tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=message):
        read_limits_csv(path)
    with pytest.raises(InputError, match="cannot be read as text"):
        read_limits_csv(tmp_path / "none.csv")


def test_a_missing_row_is_noticed(product, tmp_path):
    export(product, "csv", tmp_path / "l.csv")
    lines = (tmp_path / "l.csv").read_text().splitlines()
    (tmp_path / "l.csv").write_text("\n".join(lines[:-1]))
    with pytest.raises(InputError, match="1295 rows; expected one for each of"):
        read_limits_csv(tmp_path / "l.csv")


def test_a_product_of_limits_keeps_the_contract_and_the_numbers(product, tmp_path):
    export(product, "netcdf-limits", tmp_path / "l.nc")
    back = validate_product(tmp_path / "l.nc")
    more = {"limit_low", "expected_limit", "chi2_sm", "delta_chi2_sm"}
    assert set(back.data_vars) == {*NAMES, *more}
    assert set(back.coords) == {"selection", "flavor", "m_4", "cl", "dof"}
    for name in NAMES:
        xr.testing.assert_identical(
            back[name].drop_vars("selection"), product[name].drop_vars("selection")
        )
        assert back[name].attrs == product[name].attrs
    changed = {"content", "history"}
    for name in set(product.attrs) - changed:
        assert back.attrs[name] == product.attrs[name]
    assert back.attrs["content"] == "limits"
    assert back.attrs["history"].startswith(product.attrs["history"])
    assert back.nusterile.config == product.nusterile.config
    assert product.limit_status.encoding.get("dtype") != "S1"


def test_a_product_with_the_former_word_for_its_moments(product, tmp_path):
    """Files of before are read, and what is made of them is what is made of new ones."""
    older = product.copy(deep=True)
    for name in ("mu", "mu_best", "limit"):
        older[name].attrs["units"] = "bohr_magneton"
        del older[name].attrs["units_comment"]
    older.to_netcdf(tmp_path / "older.nc")
    read = validate_product(tmp_path / "older.nc")
    for form in ("csv", "hepdata", "bibtex"):
        export(read, form, tmp_path / "a")
        export(product, form, tmp_path / "b")
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    xr.testing.assert_identical(limits_product(read), limits_product(product))
    assert "limit = bohr_magneton" in csv_head(product, tmp_path / "a")


def csv_head(product, path):
    export(product, "csv", path)
    return "".join(line for line in path.read_text().splitlines() if line.startswith("#"))


def test_labels_are_found_without_the_experiments(product, tmp_path):
    export(product, "netcdf-limits", tmp_path / "l.nc")
    back = open_product(tmp_path / "l.nc")
    assert Results(back).label("pandax4t") == Results(product).label("pandax4t") == "PandaX-4T"


def test_limits_taken_out_twice_are_the_same(product, tmp_path):
    once = limits_product(product)
    xr.testing.assert_identical(limits_product(once), once)
    validate_dataset(once, "limits")
    export(once, "csv", tmp_path / "a.csv")
    export(product, "csv", tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_broken_product_is_not_handed_on(product, tmp_path):
    del product.limit.attrs["units"]
    for form in ("csv", "netcdf-limits", "hepdata", "bibtex"):
        with pytest.raises(ProductError, match="variable limit, attribute units"):
            export(product, form, tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_the_file_kept_in_the_repository_is_the_default_analysis(pytestconfig):
    path = pytestconfig.rootpath / "products" / "limits.nc"
    kept = nusterile.open(path)
    validate_product(path)
    assert path.stat().st_size < 500_000
    analysis = kept.nusterile.analysis()  # raises where an input table has changed since
    assert analysis.configuration == nusterile.Configuration()
    masses = kept.m_4.values[[0, 60, 100]]
    now = analysis.limits("combined", ["e", "tau"], masses, cl=0.9, dof=1).limit
    then = kept.limit.sel(selection=["combined"], flavor=["e", "tau"], m_4=masses)
    np.testing.assert_allclose(now.values, then.sel(cl=[0.9], dof=[1]).values, rtol=1e-6)
