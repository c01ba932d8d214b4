"""What a product holds twice: each change of one of the two is named."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
import xarray as xr
from experiment_folders import FLAT, only, write_experiment

from nusterile.analysis import Analysis
from nusterile.errors import ProductError
from nusterile.model.configuration import Configuration
from nusterile.product.consistency import check_consistency
from nusterile.product.schema import validate_dataset


def refusal(dataset: xr.Dataset) -> str:
    """What is said of a product that keeps the contract otherwise."""
    validate_dataset(dataset, "a.nc")
    with pytest.raises(ProductError) as error:
        check_consistency(dataset, "a.nc")
    assert str(error.value).startswith("a.nc: ")
    assert "\n" not in str(error.value)
    return str(error.value)


def with_config(product: xr.Dataset, **values: object) -> xr.Dataset:
    """A product with another configuration, and the hash of it."""
    text = json.dumps({**json.loads(product.attrs["config"]), **values})
    digest = hashlib.sha256(text.encode()).hexdigest()
    return product.assign_attrs(config=text, config_hash=digest)


def test_product_as_it_was_made(product):
    check_consistency(product, "a.nc")


@pytest.mark.parametrize(
    "part",
    [
        {"selection": [1]},
        {"flavor": slice(1, 3)},
        {"m_4": [0, 3]},
        {"mu": slice(1, None, 2)},
        {"experiment": [2]},
        {"bin": slice(0, 7)},
        {"cl": [1], "dof": [1]},
    ],
)
def test_part_of_a_product(product, part):
    check_consistency(product.isel(part), "a.nc")


@pytest.mark.parametrize(
    ("name", "value"),
    [("selection", "all"), ("experiment", "lz"), ("pull", "xenonnt_sr0:xe124")],
)
def test_name_that_the_configuration_lacks(product, name, value):
    names = [value, *product[name].values[1:].tolist()]
    changed = product.assign_coords({name: (name, names, product[name].attrs)})
    message = refusal(changed)
    assert message.startswith(f"a.nc: variable {name}: expected names of the configuration (")
    assert message.endswith(f", found '{value}'")


@pytest.mark.parametrize("name", ["m_4", "cl"])
def test_point_that_no_grid_holds(product, name):
    values = product[name].values.copy()
    values[1] *= 1.0001
    message = refusal(product.assign_coords({name: (name, values, product[name].attrs)}))
    assert message == (
        f"a.nc: variable {name}: expected values of the grid of the configuration, "
        f"found {values[1]:g}"
    )


@pytest.mark.parametrize(
    ("name", "attribute"), [("experiment", "labels"), ("component", "labels"), ("pull", "sigma")]
)
@pytest.mark.parametrize("value", ["", "[]", "{", "[" * 100_000, 3.0, None])
def test_labels_and_widths(product, name, attribute, value):
    if value is None:
        values = json.loads(product[name].attrs[attribute])
        value = json.dumps({**values, next(iter(values)): "other"})
    product[name].attrs[attribute] = value
    assert refusal(product) == (
        f"a.nc: variable {name}, {attribute}: expected those of the experiments, "
        "found something else"
    )


@pytest.mark.parametrize("name", ["counts", "exposure", "bin_low", "bin_high"])
def test_data(product, name):
    changed = product.copy(deep=True)
    changed[name][dict.fromkeys(changed[name].dims, 1)] += 0.25
    assert refusal(changed) == (
        f"a.nc: variable {name} of pandax4t_run0: expected what its inputs say, found other numbers"
    )


@pytest.mark.parametrize("dof", [0, 1])
@pytest.mark.parametrize("factor", [0.01, 100.0])
def test_limit_beside_the_crossing_of_its_scan(product, dof, factor):
    changed = product.copy(deep=True)
    place = {"selection": 1, "flavor": 2, "m_4": 1, "cl": 0, "dof": dof}
    assert changed.limit_status[place] == "ok"
    changed.limit[place] *= factor
    message = refusal(changed)
    found = float(changed.limit[place])
    assert message.startswith("a.nc: variable limit of pandax4t_run0, mu, m_4 = ")
    assert message.endswith(f", found {found:g}")


@pytest.fixture(scope="module")
def two_ends() -> xr.Dataset:
    """A fit with a lower end at one mass and a best moment of 0 at the other, on a fine grid."""
    grids = {
        "m_4": {"values": [1.745, 3.99]},
        "mu": {"low": 1e-9, "high": 1e-5, "points": 121},
        "cl": [0.9],
    }
    values = {"grids": grids, "experiments": ["pandax4t_run0"], "flavors": ["effective"]}
    return Analysis(Configuration.from_values(values)).build()


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("chi2_sm", lambda v: v + 1, "chi2_min where mu_best is 0"),
        ("chi2_sm", lambda v: v - 5, "a number not below chi2_min"),
        ("delta_chi2_sm", lambda v: v + 1e-3, "chi2_sm - chi2_min"),
        ("limit_low", lambda v: v * 0, "0 where chi2_sm is within 2.706 and above 0 elsewhere"),
        ("limit_low", lambda v: v * 0.1, "where delta chi2 of the scan crosses 2.706"),
        ("limit_low", lambda v: v * 1.5, "where delta chi2 of the scan crosses 2.706"),
    ],
)
def test_what_version_2_stores_twice(two_ends, name, change, expected):
    whole = two_ends
    assert (whole.limit_low > 0).any()
    check_consistency(whole, "a.nc")
    changed = whole.assign({name: change(whole[name]).assign_attrs(whole[name].attrs)})
    message = refusal(changed)
    assert message.startswith(f"a.nc: variable {name} of pandax4t_run0, ")
    assert f": expected {expected}, found " in message


def test_excluded_where_the_minimum_is_low(product):
    place = {"selection": 0, "flavor": 1, "m_4": 0, "cl": 0, "dof": 1}
    product["limit_status"] = product.limit_status.astype(object)
    product.limit_status[place] = "excluded"
    product.limit[place] = product.limit_low[place] = np.nan
    assert "variable limit_status of xenonnt_sr0, e, m_4 = 0.001 MeV: expected excluded where" in (
        refusal(product)
    )


def test_scan_beside_its_limits(product):
    changed = product.copy(deep=True)
    changed["chi2"] = changed.chi2 + np.linspace(0, 3, changed.sizes["mu"])
    assert "variable limit of xenonnt_sr0" in refusal(changed)


class TestInputs:
    def changed(self, product, name, change):
        values = json.loads(product.attrs[name])
        change(values)
        return product.assign_attrs({name: json.dumps(values)})

    def test_text(self, product):
        def change(texts):
            texts["experiments/xenonnt_sr0/counts.csv"] += "#\n"

        message = refusal(self.changed(product, "input_texts", change))
        assert message.startswith(
            "a.nc: input experiments/xenonnt_sr0/counts.csv: expected SHA-256"
        )

    @pytest.mark.parametrize("name", ["input_texts", "input_hashes"])
    def test_one_that_is_missing(self, product, name):
        file = "experiments/xenonnt_sr0/background.csv"
        message = refusal(self.changed(product, name, lambda values: values.pop(file)))
        assert message == f"a.nc: attribute {name}: expected an entry {file}, found none"

    @pytest.mark.parametrize("value", ["[]", "{", 3, "[" * 100_000])
    def test_texts_that_are_none(self, product, value):
        message = refusal(product.assign_attrs(input_texts=value))
        assert message == ("a.nc: the product's attribute input_texts is missing or is not JSON")

    def test_text_outside_its_folder(self, product):
        def change(texts):
            texts["experiments/../../a/b"] = ""

        message = refusal(self.changed(product, "input_texts", change))
        assert message.startswith(
            "a.nc: the product's configuration: holds a text named 'experiments/../../a/b'; "
        )

    def test_a_product_without_its_inputs(self, product):
        del product.attrs["input_texts"]
        check_consistency(product, "a.nc")
        # Its experiments may have had other components when it was made.
        parts = ["before", *product.component.values[1:].tolist()]
        check_consistency(product.assign_coords(component=("component", parts)), "a.nc")
        names = ["other", *product.selection.values[1:].tolist()]
        renamed = product.assign_coords(selection=("selection", names, product.selection.attrs))
        assert "variable selection: expected names of the" in refusal(renamed)


class TestConfiguration:
    def test_value_that_it_cannot_have(self, product):
        message = refusal(with_config(product, solar={"model": "gs98", "sigma": -1}))
        assert message.startswith("a.nc: the product's configuration: solar.sigma")

    def test_other_flavors(self, product):
        message = refusal(with_config(product, flavors=["e"]))
        assert message.startswith("a.nc: variable flavor: expected names of the configuration (e)")

    def test_other_widths(self, product):
        message = refusal(with_config(product, solar={"model": "gs98", "sigma": 0.2}))
        assert message.startswith("a.nc: variable pull, sigma: expected those of the experiments")

    def test_own_experiments_that_are_gone(self, tmp_path):
        """A product that holds no inputs can still be read."""
        write_experiment(tmp_path / "toy", components=FLAT)
        (tmp_path / "a.toml").write_text(only("toy"))
        product = Analysis.from_toml(tmp_path / "a.toml").build()
        del product.attrs["input_texts"]
        product = with_config(
            product, experiments=[], experiment_folders=[str(tmp_path / "nowhere")]
        )
        check_consistency(product, "a.nc")
