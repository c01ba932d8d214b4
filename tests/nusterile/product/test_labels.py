"""Labels of a product: those that it stores, and what stands in for them."""

import pytest

import nusterile
from nusterile.errors import ProductError
from nusterile.exports import export
from nusterile.product.labels import (
    labels_of_components,
    labels_of_experiments,
    labels_of_selections,
)

SELECTIONS = {
    "xenonnt_sr0": "XENONnT SR0",
    "pandax4t_run0": "PandaX-4T Run0",
    "pandax4t_run1": "PandaX-4T Run1",
    "lz_ws2022": "LZ WS2022",
    "lz_ws2024": "LZ WS2024",
    "pandax4t": "PandaX-4T",
    "lz": "LZ",
    "xenon": "All experiments",
    "combined": "Combination",
}


def test_selections_are_named_after_their_experiments(product):
    assert labels_of_selections(product) == SELECTIONS
    product.experiment.attrs["labels"] = (
        '{"xenonnt_sr0":"X","pandax4t_run0":"P first","pandax4t_run1":"P second",'
        '"lz_ws2022":"L first","lz_ws2024":"L second"}'
    )
    renamed = labels_of_selections(product)
    assert list(renamed) == list(SELECTIONS)
    assert list(renamed.values()) == [
        *("X", "P first", "P second", "L first", "L second", "P", "L"),
        *("All experiments", "Combination"),
    ]
    assert product.nusterile.slices.selection_labels == renamed


@pytest.mark.parametrize("stored", [None, "no JSON", "[]", 3])
def test_a_silent_product_asks_its_experiments(product, stored):
    stored_labels = labels_of_experiments(product)
    del product.experiment.attrs["labels"]
    if stored is not None:
        product.experiment.attrs["labels"] = stored
        product.component.attrs["labels"] = stored
    assert labels_of_experiments(product) == stored_labels
    assert labels_of_selections(product) == SELECTIONS
    if stored is not None:
        assert labels_of_components(product) == {}
        assert product.nusterile.slices.component_labels["tritium"] == "tritium"


def test_limits_keep_the_labels_of_their_product(product, tmp_path):
    export(product, "netcdf-limits", tmp_path / "limits.nc")
    limits = nusterile.open(tmp_path / "limits.nc")
    assert labels_of_selections(limits) == SELECTIONS
    assert labels_of_components(limits) == {}


def test_names_stand_where_nothing_is_known(product):
    del product.experiment.attrs["labels"]
    product.attrs["config"] = "{"
    with pytest.raises(ProductError, match="attribute config is missing or is not JSON"):
        labels_of_selections(product)
    slices = product.nusterile.slices
    assert slices.selection_labels == {name: name for name in SELECTIONS}
    assert slices.experiment_labels["xenonnt_sr0"] == "xenonnt_sr0"
