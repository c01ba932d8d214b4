"""A projection as a product: written, read, taken up again, and each broken promise named."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from experiment_folders import SMALL_GRIDS, write_asimov

import nusterile
from nusterile.analysis import Analysis
from nusterile.errors import NusterileError, ProductError
from nusterile.exports import export
from nusterile.product.consistency import check_consistency
from nusterile.product.schema import validate_dataset, with_all_axes
from nusterile.product.slices import Slices
from nusterile.results import Results

NEEDS = (
    "is a product of the kind projection, expected limits of an experiment against its exposure; "
    "this needs one of the kind scan or limits"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> xr.Dataset:
    """The projection of an experiment of one's own, beside others that take no part."""
    folder = tmp_path_factory.mktemp("own")
    write_asimov(folder / "future")
    path = folder / "analysis.toml"
    path.write_text(f'experiment_folders = ["future"]\n{SMALL_GRIDS}')
    analysis = Analysis.from_toml(path)
    return analysis.projection(exposure=[1, 10, 100], flavor=["e", "mu"], cl=[0.9, 0.95])


def test_is_written_and_read_as_it_was(made, analysis, tmp_path):
    validate_dataset(made, "a.nc")
    path = tmp_path / "a.nc"
    written = analysis.projection("xlzd", [1, 10], "e", 0.1, path=path)
    read = nusterile.open(path)
    xr.testing.assert_identical(read, written)
    assert read.attrs["content"] == "projection"
    assert read.experiment.attrs["expected_only"] == '["xlzd"]'
    assert "10.1140/epjc/s10052-020-08602-7" in read.attrs["references"]


def test_it_carries_its_experiment_and_no_other(made):
    check_consistency(made, "a.nc")
    texts = json.loads(made.attrs["input_texts"])
    assert sorted(texts) == [
        "experiments/future/efficiency.csv",
        "experiments/future/experiment.toml",
    ]
    again = Analysis.from_product(made)
    assert [e.name for e in again.experiments] == ["future"]
    repeated = again.projection(exposure=[1, 10, 100], flavor=["e", "mu"], cl=[0.9, 0.95])
    xr.testing.assert_equal(repeated, made)
    assert repeated.attrs["config_hash"] == made.attrs["config_hash"]


def test_a_part_gets_its_axes_back(made):
    part = made.sel(flavor="e", cl=0.9).isel(exposure=1)
    whole = with_all_axes(part)
    assert whole.limit.dims == made.limit.dims
    check_consistency(whole, "a.nc")


def rising(dataset: xr.Dataset) -> xr.Dataset:
    limit = dataset.limit.copy()
    limit[..., 2] = 2 * limit[..., 1]
    return dataset.assign(limit=limit)


def changed(name: str, value: object):
    def change(dataset: xr.Dataset) -> xr.Dataset:
        array = dataset[name].copy()
        array[0, 0, 0, 0, 0] = value
        return dataset.assign({name: array})

    return change


def moved(name: str, values: object):
    return lambda d: d.assign_coords({name: (name, np.array(values), d[name].attrs)})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (rising, "variable limit: expected numbers that fall with"),
        (changed("limit", np.nan), "variable limit: expected a positive number where"),
        (changed("limit", -1e-11), "variable limit: expected a positive number where"),
        (changed("limit_status", "open"), "variable limit: expected a positive number where"),
        (changed("limit_status", "outside"), "variable limit_status: expected ok, open, failed"),
        (lambda d: d.drop_vars("limit_status"), "variable limit_status: expected ('experiment', "),
        (
            moved("exposure", [0.0, 1.0, 2.0]),
            "variable exposure: expected increasing",
        ),
        (moved("exposure", [1.0, np.nan, 2.0]), "variable exposure: expected increasing numbers"),
        (
            moved("exposure", [3.0, 2.0, 1.0]),
            "variable exposure: expected increasing",
        ),
        (moved("experiment", ["xlzd"]), "variable experiment: expected names of the configuration"),
        (moved("flavor", ["e", "nu"]), "variable flavor: expected effective, e, mu, tau"),
    ],
)
def test_each_broken_promise_is_named(made, change, message):
    broken = change(made)
    with pytest.raises(ProductError) as error:
        _checked(broken)
    assert str(error.value).startswith(f"a.nc: {message}")
    assert "\n" not in str(error.value)


def _checked(dataset: xr.Dataset) -> None:
    validate_dataset(dataset, "a.nc")
    check_consistency(dataset, "a.nc")


@pytest.mark.parametrize(
    "use",
    [
        Slices,
        lambda d: Results(d).limits(0.9),
        lambda d: Results(d).limits_at(0.1, 0.9),
        lambda d: Results(d).delta_chi2(0.1),
        lambda d: Results(d).main_selection,
        lambda d: Results(d).degrees,
        lambda d: export(d, "csv", "a.csv"),
    ],
)
def test_what_needs_a_grid_of_masses_refuses_it(made, use):
    with pytest.raises(ProductError, match=NEEDS):
        use(made)


@pytest.mark.parametrize(
    "use",
    [
        lambda d: d.nusterile.limit(),
        lambda d: d.nusterile.delta_chi2(),
        lambda d: d.nusterile.spectrum("future", "e", 0.1, 1e-11),
        lambda d: d.nusterile.events(),
    ],
)
def test_the_accessor_says_so_in_one_line(made, use):
    with pytest.raises(NusterileError) as error:
        use(made)
    assert "\n" not in str(error.value)
