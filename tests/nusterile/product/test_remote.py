"""Products of services that do not keep what they promise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import nusterile
from nusterile.errors import ProductError, ProductWarning
from nusterile.files.web import Web
from nusterile.product.schema_version import SCHEMA_VERSION
from nusterile.service.folders import find_products
from nusterile.service.making import zarr_store

ADDRESS = "http://here/products/one"


@pytest.fixture(scope="session")
def store(small_product: Path) -> dict[str, bytes]:
    found = find_products([small_product.parent])[small_product]
    return zarr_store(found, hashlib.sha256(small_product.read_bytes()).hexdigest())


@pytest.fixture
def answers(store: dict[str, bytes], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """What a service answers, by address; what is missing is not found."""
    known = {f"{ADDRESS}/zarr/{key}": value for key, value in store.items()}
    known[ADDRESS] = json.dumps({"links": {"zarr": "one/zarr"}, "sha256": "0" * 64}).encode()

    def get(self: Web, address: str, largest: int, headers: object = None) -> tuple[bytes, str]:
        if address not in known:
            raise ProductError(f"{self.address}: the service answers 404")
        return known[address], address

    monkeypatch.setattr(Web, "get", get)
    return known


def test_the_product_of_the_file(answers, small_product):
    found, local = nusterile.open(ADDRESS), nusterile.open(small_product)
    assert found.load().identical(local)
    for name in local.variables:
        assert found[name].dtype == local[name].dtype, name


def test_a_chunk_that_is_missing_is_not_read_as_nan(answers):
    dataset = nusterile.open(ADDRESS)
    del answers[f"{ADDRESS}/zarr/chi2/c/1/0/0/0"]
    assert np.isfinite(dataset.chi2.isel(selection=0, flavor=0)).all()
    with pytest.raises(ProductError, match="404"):
        dataset.chi2.isel(selection=1, flavor=0).load()


@pytest.mark.parametrize("content", [b"", b"none", b"\0" * 1000])
def test_damaged_chunks(answers, content):
    dataset = nusterile.open(ADDRESS)
    answers[f"{ADDRESS}/zarr/chi2/c/1/0/0/0"] = content
    with pytest.raises(Exception, match=r".+"):
        dataset.chi2.isel(selection=1, flavor=0).load()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (f'"schema_version": {SCHEMA_VERSION}', '"schema_version": 99', "install a newer"),
        ('"schema_version": ', '"schema": ', "is not a nusterile product"),
        ('"long_name": "exposure"', '"long": "exposure"', "long_name"),
        ('"units": "MeV"', '"units": "GeV"', "units"),
        ('"config_hash": "', '"config_hash": "0', "config_hash"),
        ('"data_type": "float32"', '"data_type": "float16"', "float32"),
        ("{", "[", "cannot be read"),
    ],
)
def test_what_does_not_keep_the_contract(answers, old, new, said):
    key = f"{ADDRESS}/zarr/zarr.json"
    text = answers[key].decode()
    assert old in text
    answers[key] = text.replace(old, new).encode()
    with pytest.raises(ProductError) as error:
        nusterile.open(ADDRESS)
    assert said in str(error.value)
    assert str(error.value).startswith(ADDRESS)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "document", [{}, {"links": []}, {"links": {"zarr": "x"}}, {"products": []}]
)
def test_what_is_no_product(answers, document):
    answers[ADDRESS] = json.dumps(document).encode()
    with pytest.raises(ProductError, match="is no product"):
        nusterile.open(ADDRESS)


def test_what_nothing_vouches_for(answers):
    document = json.loads(answers[ADDRESS])
    answers[ADDRESS] = json.dumps({**document, "note": "was \x1b changed"}).encode()
    with pytest.warns(ProductWarning, match=r"was \\x1b changed"):
        nusterile.open(ADDRESS)
