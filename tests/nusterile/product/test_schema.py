"""The validator: a product passes, and each broken promise is named."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import xarray as xr
from experiment_folders import FLAT, only, write_experiment

from nusterile.analysis import Analysis
from nusterile.errors import ProductError
from nusterile.product.files import validate_product
from nusterile.product.kinds import KINDS
from nusterile.product.limits_kind import LIMITS
from nusterile.product.scan_kind import SCAN
from nusterile.product.schema import validate_dataset, with_all_axes


def refusal(dataset: xr.Dataset) -> str:
    with pytest.raises(ProductError) as error:
        validate_dataset(dataset, "a.nc")
    assert "\n" not in str(error.value)
    return str(error.value)


def limits_only(product: xr.Dataset) -> xr.Dataset:
    kept = {*LIMITS.variables, *LIMITS.coordinates}
    part = product.drop_vars([name for name in product.variables if name not in kept])
    return part.assign_attrs(content="limits")


def test_product_keeps_the_contract(product, small_product):
    validate_dataset(product, "a.nc")
    validate_product(small_product)


def test_product_of_limits_only_keeps_it_too(product):
    part = limits_only(product)
    assert set(part.data_vars) == {
        *("chi2_min", "mu_best", "limit", "limit_status", "limit_low", "expected_limit"),
        *("chi2_sm", "delta_chi2_sm"),
    }
    validate_dataset(part, "a.nc")


def test_further_variables_and_attributes_are_allowed(product):
    validate_dataset(product.assign(mine=("m_4", product.m_4.values)), "a.nc")
    validate_dataset(product.assign_attrs(mine="x"), "a.nc")


@pytest.mark.parametrize("name", [*SCAN.coordinates, *SCAN.variables])
def test_missing_variable(product, name):
    expected = {**SCAN.coordinates, **SCAN.variables}[name].dims
    message = f"a.nc: variable {name}: expected {expected}, found none"
    assert refusal(product.drop_vars(name)) == message


@pytest.mark.parametrize("name", LIMITS.variables)
def test_variable_missing_among_limits_only(product, name):
    assert f"variable {name}: expected" in refusal(limits_only(product).drop_vars(name))


@pytest.mark.parametrize("name", [*SCAN.variables, "bin_low", "m_4", "experiment"])
@pytest.mark.parametrize("attribute", ["units", "long_name"])
def test_missing_units_or_long_name(product, name, attribute):
    del product[name].attrs[attribute]
    assert refusal(product).startswith(f"a.nc: variable {name}, attribute {attribute}: expected")


@pytest.mark.parametrize(
    ("name", "unit"), [("rate", "1/(kg d keV)"), ("m_4", "keV"), ("limit", "J T-1")]
)
def test_other_unit(product, name, unit):
    product[name].attrs["units"] = unit
    assert refusal(product).endswith(f"found {unit!r}")


@pytest.mark.parametrize("names", [("mu", "mu_best", "limit"), ("limit",)])
def test_the_former_word_for_bohr_magnetons(product, names):
    for name in names:
        product[name].attrs["units"] = "bohr_magneton"
        del product[name].attrs["units_comment"]
    validate_dataset(product, "a.nc")


def test_other_dimensions(product):
    product["chi2"] = product.chi2.transpose("mu", ...)
    assert refusal(product) == (
        "a.nc: variable chi2: expected dimensions ('selection', 'flavor', 'm_4', 'mu'), "
        "found ('mu', 'selection', 'flavor', 'm_4')"
    )


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("rate", "float64"), ("limit", "float32"), ("m_4", "float32"), ("dof", "int64")],
)
def test_other_type(product, name, dtype):
    attributes = product[name].attrs
    product[name] = product[name].astype(dtype).assign_attrs(attributes)
    assert f"variable {name}: expected " in refusal(product)
    assert refusal(product).endswith(f"found {dtype}")


def test_number_in_place_of_text(product):
    attributes = product.limit_status.attrs
    product["limit_status"] = xr.zeros_like(product.limit).assign_attrs(attributes)
    assert refusal(product) == "a.nc: variable limit_status: expected text, found float64"


def test_axis_without_values(product):
    assert "expected at least one value" in refusal(product.isel(bin=slice(0)))


@pytest.mark.parametrize("kept", [0, 1])
def test_component_that_a_pull_names_is_missing(product, kept):
    message = refusal(product.isel(component=slice(kept)))
    left = ", ".join(product.component.values[:kept]) or "none"
    assert "a.nc: variable component: expected '" in message
    assert message.endswith(f", found {left!r}")


@pytest.mark.parametrize(
    "name",
    [
        *("title", "summary", "Conventions", "nusterile_version", "date_created", "history"),
        *("references", "license", "config", "config_hash", "input_hashes"),
    ],
)
@pytest.mark.parametrize("value", [None, "", 3])
def test_missing_attribute(product, name, value):
    product.attrs[name] = value
    if value is None:
        del product.attrs[name]
    found = "none" if value is None else repr(value)
    assert refusal(product) == f"a.nc: attribute {name}: expected text, found {found}"


def test_missing_version(product):
    del product.attrs["schema_version"]
    assert "is not a nusterile product" in refusal(product)


@pytest.mark.parametrize(("content", "found"), [("toys", "'toys'"), (np.arange(3), "[0 1 2]")])
def test_unknown_content(product, content, found):
    *names, last = KINDS
    expected = f"{', '.join(names)} or {last}"
    assert f"attribute content: expected {expected}, found {found}" in refusal(
        product.assign_attrs(content=content)
    )


@pytest.mark.parametrize("name", ["config", "input_hashes"])
@pytest.mark.parametrize(
    ("value", "expected"), [("{", "JSON"), ("[" * 100_000, "JSON"), ("[1]", "a JSON object")]
)
def test_attribute_that_is_no_json_object(product, name, value, expected):
    digest = hashlib.sha256(value.encode()).hexdigest() if name == "config" else None
    changed = product.assign_attrs({name: value})
    changed = changed.assign_attrs(config_hash=digest) if digest else changed
    assert f"attribute {name}: expected {expected}, found " in refusal(changed)


def test_changed_configuration(product):
    product.attrs["config"] = product.attrs["config"].replace("0.07", "0.08")
    assert "attribute config_hash: expected" in refusal(product)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("m_4", -1.0),
        ("m_4", np.nan),
        ("m_4", 1e9),
        ("mu", 0.0),
        ("cl", 90.0),
        ("dof", 3.0),
    ],
)
def test_coordinate_out_of_order_or_range(product, name, value):
    attributes = product[name].attrs
    values = product[name].values.copy()
    values[0] = value
    changed = product.assign_coords({name: (name, values, attributes)})
    assert f"a.nc: variable {name}: expected " in refusal(changed)


@pytest.mark.parametrize("name", ["experiment", "selection", "flavor", "component", "pull"])
def test_name_twice(product, name):
    attributes = product[name].attrs
    values = product[name].values.copy()
    values[-1] = values[0]
    changed = product.assign_coords({name: (name, values, attributes)})
    assert f"a.nc: variable {name}: expected different names, found " in refusal(changed)


def test_unknown_flavor(product):
    attributes = product.flavor.attrs
    changed = product.assign_coords(flavor=("flavor", ["a", "e", "mu", "tau"], attributes))
    assert "variable flavor: expected effective, e, mu, tau, found" in refusal(changed)


def test_unknown_status(product):
    product["limit_status"] = product.limit_status.astype(object)
    product.limit_status[0, 0, 0, 0, 0] = "fine"
    assert "expected ok, open, outside, excluded, disjoint, failed, found 'fine'" in refusal(
        product
    )


@pytest.mark.parametrize(
    ("status", "value"), [("ok", np.nan), ("ok", 0.0), ("outside", -1e-12), ("open", 1e-11)]
)
def test_limit_that_contradicts_its_status(product, status, value):
    product["limit_status"] = product.limit_status.astype(object)
    product.limit_status[1, 0, 0, 0, 0] = status
    product.limit[1, 0, 0, 0, 0] = value
    assert "variable limit: expected a positive number where limit_status is" in refusal(product)


def test_version_1_knows_no_status_of_version_2(product):
    product["limit_status"] = product.limit_status.astype(object)
    product.limit_status[0, 0, 0, 0, 0] = "excluded"
    product.limit[0, 0, 0, 0, 0] = np.nan
    product.limit_low[0, 0, 0, 0, 0] = np.nan
    validate_dataset(product, "a.nc")
    first = product.assign_attrs(schema_version=1)
    assert "expected ok, open, outside, failed, found 'excluded'" in refusal(first)


@pytest.mark.parametrize("name", ["limit_low", "expected_limit", "chi2_sm", "delta_chi2_sm"])
def test_version_1_may_lack_what_version_2_brought(product, name):
    part = product.drop_vars(name)
    assert f"variable {name}: expected (" in refusal(part)
    validate_dataset(part.assign_attrs(schema_version=1), "a.nc")


@pytest.mark.parametrize("value", [np.nan, -1e-13, 1.0])
def test_lower_end_that_contradicts_the_upper_one(product, value):
    product.limit_low[0, 0, 0, 0, 0] = value
    assert "variable limit_low: expected a number from 0 to limit" in refusal(product)


@pytest.mark.parametrize(
    ("name", "index", "value", "expected"),
    [
        ("expected_limit", (0, 0, 0, 0, 0), 0.0, "variable expected_limit: expected positive"),
        ("chi2", (0, 0, 0, 0), -1.0, "numbers not below 0, found -1"),
        ("chi2", (0, 0, 0, 0), 1.0, "variable chi2_min: expected the minimum of chi2"),
        ("bin_high", (0, 3), 0.0, "values above bin_low"),
        ("bin_high", (0, 3), np.nan, "values above bin_low"),
        ("counts", (1, 2), -1.0, "numbers not below 0 in every bin"),
        ("counts", (1, 2), np.nan, "numbers not below 0 in every bin"),
        ("counts", (1, 28), 4.0, "NaN in the padding"),
        ("rate_sm", (0, 2), np.nan, "numbers not below 0 in every bin"),
        ("exposure", (2,), 0.0, "variable exposure: expected positive numbers"),
        ("exposure", (2,), np.nan, "variable exposure: expected positive numbers"),
        ("rate", (2, 3, 4, 8, 5), 1.0, "rate of pandax4t_run1: expected rate_sm + rate_dipole"),
        ("rate", (0, 0, 0, 0, 0), np.nan, "rate of xenonnt_sr0: expected rate_sm + rate_dipole"),
        ("rate_dipole", (1, 2, 3, 4), 7.0, "rate of pandax4t_run0: expected rate_sm"),
    ],
)
def test_number_that_breaks_a_relation(product, name, index, value, expected):
    product[name].values[index] = value
    assert expected in refusal(product)


def test_perfect_fit_may_round_below_0(tmp_path):
    """One bin and a free background: chi-square is 0 but for rounding."""
    write_experiment(
        tmp_path / "toy",
        counts="energy_low_keV,energy_high_keV,counts\n1,6,20\n",
        components=FLAT.replace("relative_sigma = 0.1", "free = true"),
    )
    (tmp_path / "a.toml").write_text(only("toy"))
    perfect = Analysis.from_toml(tmp_path / "a.toml").build()
    assert -1e-12 < perfect.chi2.min() < 0
    validate_dataset(perfect, "a.nc")


def test_chi2_of_a_failed_fit_is_allowed(product):
    product.chi2[0, 0, 0, 0] = np.nan
    product.pulls[0, 0, 0, 0] = np.nan
    validate_dataset(product, "a.nc")


class TestWithAllAxes:
    def test_a_product_is_as_it_was(self, product):
        xr.testing.assert_identical(with_all_axes(product), product)

    def test_scalars_and_order_are_restored(self, product):
        part = product.sel(flavor="e", cl=0.9, dof=1, experiment="xenonnt_sr0")
        whole = with_all_axes(part.transpose(*reversed(list(part.dims))))
        expected = product.sel(flavor=["e"], cl=[0.9], dof=[1], experiment=["xenonnt_sr0"])
        xr.testing.assert_identical(whole, expected)

    def test_what_is_gone_stays_away(self, product):
        assert "chi2" not in with_all_axes(product.drop_vars("chi2").sel(flavor="e"))
