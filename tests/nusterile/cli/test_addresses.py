"""Commands that take a product take its address at a service as well."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from services import served


@pytest.fixture(scope="module")
def files(small_product, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(small_product, folder / "scan.nc")
    return folder


@pytest.fixture(scope="module")
def address(files) -> Iterator[str]:
    with served(files) as service:
        yield f"{service.address}/products/scan"


def test_what_a_product_holds(nusterile, address, small_product):
    far, near = (nusterile.text("info", place) for place in (address, small_product))
    # zarr keeps no order of coordinates
    assert sorted(far.splitlines()) == sorted(near.splitlines())


def test_its_settings(nusterile, address, small_product):
    assert nusterile.text("config", address) == nusterile.text("config", small_product)


def test_the_table_of_its_limits(nusterile, address, small_product):
    words = ["table", "--format", "csv", "--m4", 0.01]
    assert nusterile.text(*words, address) == nusterile.text(*words, small_product)


def test_a_comparison(nusterile, address, small_product):
    words = ["compare", address, small_product, "--flavor", "e", "--format", "json"]
    rows = nusterile.run(*words)
    assert rows.status == 0
    assert rows.err == "no setting and no input table differs\n"


def test_what_is_behind_it(nusterile, address, small_product):
    assert nusterile.text("cite", address) == nusterile.text("cite", small_product)


def test_an_address_of_a_reference_is_one(nusterile):
    assert "Magill2018" in nusterile.text("cite", "https://doi.org/10.1103/PhysRevD.98.115015")


def test_an_export(nusterile, address, small_product, tmp_path):
    for place, name in ((address, "far.csv"), (small_product, "near.csv")):
        nusterile.text("export", place, "--to", "csv", "-o", tmp_path / name)
    assert (tmp_path / "far.csv").read_text() == (tmp_path / "near.csv").read_text()


def test_validation(nusterile, address):
    assert nusterile.text("validate", address).startswith(f"{address}: keeps the contract (schema")


@pytest.mark.parametrize(
    "words",
    [
        ("info",),
        ("validate",),
        ("config",),
        ("table",),
        ("figure", "limits"),
        ("export", "--to", "csv"),
        ("compare",),
        ("cite",),
    ],
)
def test_nobody_answers(nusterile, words):
    place = "http://127.0.0.1:9/products/x"
    done = nusterile.run(*words, *[place] * (2 if words == ("compare",) else 1))
    assert done.status == (1 if words == ("validate",) else 2)
    assert done.complaint.startswith(f"{place}: does not answer (")


def test_what_is_no_product(nusterile, address):
    root = address.removesuffix("/scan")
    assert "is no product; name one of those" in nusterile.refused("info", root)
    assert "404" in nusterile.refused("info", f"{address}x")
