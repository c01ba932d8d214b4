"""Studies with toys as products: written, read, redone, and each broken promise named."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

import nusterile
from nusterile.analysis import Analysis
from nusterile.errors import ProductError
from nusterile.product.schema import validate_dataset, with_all_axes
from nusterile.product.toy_rows import toy_listing

OPTIONS = {"selection": "xenonnt_sr0", "flavor": ["effective", "mu"], "toys": 64}
STUDIES: dict[str, dict[str, object]] = {
    "expected": {"m_4": [0.1, 0.3], "cl": [0.9, 0.95]},
    "coverage": {"m_4": [0.1, 0.3], "mu": [0.0, 1e-11], "cl": [0.9, 0.95]},
    "unified": {"m_4": 0.1, "mu": [0.0, 5e-12, 1e-11, 2e-11, 5e-11], "dof": [1, 2]},
    "cls": {"m_4": 0.1, "mu": [5e-12, 1e-11, 2e-11, 5e-11]},
    "significance": {"m_4": [0.01, 0.1, 0.3]},
}


@pytest.fixture(scope="module", params=STUDIES)
def study(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def path(study, analysis, tmp_path_factory):
    path = tmp_path_factory.mktemp("toys") / f"{study}.nc"
    analysis.toys(study, **OPTIONS, **STUDIES[study], path=path)
    return path


@pytest.fixture
def made(path) -> xr.Dataset:
    return nusterile.open(path)


def test_is_read_as_it_was_computed(study, analysis, made):
    again = analysis.toys(study, **OPTIONS, **STUDIES[study])
    for dataset in (made, again):
        for name in ("date_created", "history"):
            del dataset.attrs[name]
    xr.testing.assert_identical(made, again)
    for name in again.data_vars:
        if again[name].dtype.kind in "fi":
            assert made[name].values.tobytes() == again[name].values.tobytes()


def test_says_what_it_is(study, made):
    assert made.attrs["content"] == study
    assert made.attrs["seed"] == 0
    assert made.attrs["truth"] in ("profiled", "nominal")
    assert np.all(made.n_toys >= 64)
    assert np.all(made.n_failed == 0)
    assert "mu_B" not in made.attrs["summary"]


def test_variables_are_named_for_what_they_are(study, made):
    """The quantiles of toys have the name that is the limit of the Asimov data in a scan."""
    words = {name: variable.attrs["long_name"] for name, variable in made.variables.items()}
    assert not any("Asimov" in text for text in words.values())
    if study == "expected":
        assert words["expected_limit"].startswith("quantile of the upper limits of toys")


def test_another_seed_gives_other_toys(study, analysis, made):
    other = analysis.toys(study, **OPTIONS, **STUDIES[study], seed=1)
    names = [name for name in made.data_vars if made[name].dtype.kind == "f" and name != "q0"]
    assert not all(np.array_equal(made[n], other[n], equal_nan=True) for n in names)


def test_can_be_done_again_from_the_product_alone(study, made):
    again = Analysis.from_product(made).toys(study, **OPTIONS, **STUDIES[study])
    for name in made.data_vars:
        np.testing.assert_array_equal(made[name], again[name])


def test_a_part_of_it_keeps_the_contract(made):
    part = made.sel(flavor="mu").isel(selection=0)
    validate_dataset(with_all_axes(part), "part")


@pytest.mark.parametrize(
    ("study", "name", "value"),
    [
        ("expected", "expected_limit", -1.0),
        ("expected", "expected_limit_low", 1.0),
        ("coverage", "coverage", 1.5),
        ("coverage", "coverage_high", 0.0),
        ("unified", "critical_delta_chi2", -1.0),
        ("unified", "interval_high", np.nan),
        ("cls", "cls", 2.0),
        ("cls", "limit", np.nan),
        ("significance", "q0", -1.0),
        ("significance", "p_global", 2.0),
    ],
    indirect=["study"],
)
def test_impossible_numbers_are_refused(made, name, value):
    made[name].values.flat[0] = value
    with pytest.raises(ProductError, match=rf"expected .*\b{name}\b|variable {name}:"):
        validate_dataset(made, "a.nc")


def test_more_failures_than_toys_are_refused(made):
    made.n_failed.values.flat[0] = 10**6
    with pytest.raises(ProductError, match="variable n_failed"):
        validate_dataset(made, "a.nc")


@pytest.mark.parametrize("study", ["unified", "cls"], indirect=True)
def test_unknown_statuses_are_refused(study, made):
    name = {"unified": "interval_status", "cls": "limit_status"}[study]
    made[name].values.flat[0] = "fine"
    with pytest.raises(ProductError, match=f"variable {name}: expected ok, open"):
        validate_dataset(made, "a.nc")


COLUMNS = {
    "expected": "selection flavor m_4 cl quantile limit limit_low limit_high",
    "coverage": "selection flavor m_4 mu cl statement coverage coverage_low coverage_high",
    "unified": "selection flavor m_4 cl dof low high status",
    "cls": "selection flavor m_4 cl limit status",
    "significance": "selection flavor p_global p_global_low p_global_high z_global",
}


def test_rows_have_the_columns_of_the_contract(study, made):
    listing = toy_listing(made)
    assert list(listing.columns) == COLUMNS[study].split()
    values = made[
        {
            "expected": "expected_limit",
            "coverage": "coverage",
            "unified": "interval_high",
            "cls": "limit",
            "significance": "p_global",
        }[study]
    ]
    assert len(listing.rows) == values.size
    row = dict(zip(listing.columns, listing.rows[-1], strict=True))
    last = values.isel(dict.fromkeys(values.dims, -1))
    column = {"unified": "high", "coverage": "coverage", "significance": "p_global"}
    found = row[column.get(study, "limit")]
    assert found == last.item() or (found is None and np.isnan(last.item()))


@pytest.mark.parametrize("study", ["unified"], indirect=True)
def test_rows_of_critical_values(made):
    listing = toy_listing(made, critical=True)
    expected = "selection flavor m_4 mu cl dof critical_delta_chi2 low high"
    assert list(listing.columns) == expected.split()
    assert len(listing.rows) == made.critical_delta_chi2.size


@pytest.mark.parametrize("study", ["cls"], indirect=True)
def test_rows_of_power_constrained_limits(made):
    listing = toy_listing(made, power_constrained=True)
    assert listing.columns[-1] == "limit_power_constrained"
    assert listing.column("limit_power_constrained") == [
        None if np.isnan(x) else x for x in made.limit_power_constrained.values.ravel()
    ]
