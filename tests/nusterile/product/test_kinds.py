"""Products of several kinds: another one joins by its description alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import nusterile
from nusterile.cli import main
from nusterile.errors import ProductError
from nusterile.exports import export
from nusterile.product.files import open_product, write_product
from nusterile.product.kind import Kind, Range, Variable, difference
from nusterile.product.kinds import KINDS, content_of, require_content
from nusterile.product.schema import validate_dataset, with_all_axes
from nusterile.product.slices import Slices
from nusterile.results import Results
from nusterile.vocabulary import ATTRIBUTES, FLAVOR, M_4, SELECTION


def _check(dataset: xr.Dataset, source: str) -> None:
    if np.any(dataset.share.values > 1):
        raise difference(source, "variable share", "numbers up to 1", "something else")


def _compare(dataset: xr.Dataset, _: object, source: str) -> None:
    if not np.allclose(dataset.rest, 1 - dataset.share):
        raise difference(source, "variable rest", "1 - share", "something else")


SHARES = Kind(
    name="shares",
    what="shares of something",
    coordinates={
        SELECTION: Variable((SELECTION,), "text"),
        FLAVOR: Variable((FLAVOR,), "text"),
        M_4: Variable((M_4,)),
        "toy": Variable(("toy",), "int64", range=Range(0, 10, "increasing numbers up to 10")),
    },
    variables={
        "share": Variable((SELECTION, FLAVOR, M_4, "toy")),
        "rest": Variable((SELECTION, FLAVOR, M_4, "toy")),
        "extra": Variable((M_4,), optional=True),
        "new": Variable((M_4,), since=99),
    },
    attributes={"seed": int, "truth": str},
    check=_check,
    compare=_compare,
)


@pytest.fixture
def shares(product: xr.Dataset, monkeypatch: pytest.MonkeyPatch) -> xr.Dataset:
    """A product of a kind that is not nusterile's own, at a mass that no grid has."""
    monkeypatch.setitem(KINDS, SHARES.name, SHARES)
    names = ("toy", "share", "rest", "extra", "new")
    for name in names:
        monkeypatch.setitem(ATTRIBUTES, name, {"units": "1", "long_name": name})
    coordinates = {
        name: (name, product[name].values, product[name].attrs) for name in (SELECTION, FLAVOR)
    }
    coordinates[M_4] = (M_4, np.array([0.0123, 0.3456]), product[M_4].attrs)
    coordinates["toy"] = ("toy", np.arange(3), ATTRIBUTES["toy"])
    shape = tuple(len(values) for _, values, _ in coordinates.values())
    share = np.linspace(0, 1, int(np.prod(shape))).reshape(shape)
    axes = (SELECTION, FLAVOR, M_4, "toy")
    return xr.Dataset(
        {
            "share": (axes, share, ATTRIBUTES["share"]),
            "rest": (axes, 1 - share, ATTRIBUTES["rest"]),
        },
        coordinates,
        {**product.attrs, "content": "shares", "seed": 3, "truth": "nominal"},
    )


def test_another_kind_is_written_read_and_described(shares, tmp_path, capsys):
    path = tmp_path / "a.nc"
    write_product(shares, path)
    back = nusterile.open(path)
    xr.testing.assert_allclose(back, shares)
    assert back.encoding["sealed"]
    main(["validate", str(path)])
    assert "keeps the contract (schema 2, shares)" in capsys.readouterr().out
    main(["info", str(path)])
    out = capsys.readouterr().out
    assert "content: shares of something" in out
    assert "schema: 2 (shares)" in out


def test_a_part_gets_its_axes_back(shares):
    part = shares.sel(flavor="e").isel(toy=0)
    xr.testing.assert_identical(with_all_axes(part), shares.sel(flavor=["e"]).isel(toy=[0]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop_vars("share"), "variable share: expected ('selection', "),
        (lambda d: d.drop_vars("toy"), "variable toy: expected ('toy',), found none"),
        (lambda d: d.assign(share=d.share.astype("float32")), "variable share: expected float64"),
        (
            lambda d: d.assign(share=d.share.assign_attrs(units="keV")),
            "variable share, attribute units: expected '1'",
        ),
        (
            lambda d: d.assign(share=(d.share + 1).assign_attrs(d.share.attrs)),
            "variable share: expected numbers up to 1, found something else",
        ),
        (
            lambda d: d.assign_coords(toy=("toy", d.toy.values + 9, d.toy.attrs)),
            "variable toy: expected increasing numbers up to 10, found [ 9 10 11]",
        ),
        (lambda d: d.assign_attrs(seed="3"), "attribute seed: expected an integer, found '3'"),
        (lambda d: d.assign_attrs(truth=3), "attribute truth: expected text, found 3"),
        (
            lambda d: d.assign(extra=("m_4", np.arange(2))),
            "variable extra: expected float64, found int64",
        ),
    ],
)
def test_each_broken_promise_of_another_kind_is_named(shares, change, message):
    validate_dataset(shares, "a.nc")
    with pytest.raises(ProductError) as error:
        validate_dataset(change(shares), "a.nc")
    assert str(error.value).startswith(f"a.nc: {message}")


def test_what_another_kind_stores_twice_is_compared(shares, tmp_path):
    shares.rest[0, 0, 0, 0] = 0.5
    write_product(shares, tmp_path / "a.nc")
    with pytest.raises(ProductError, match=r"a\.nc: variable rest: expected 1 - share"):
        open_product(tmp_path / "a.nc")


@pytest.mark.parametrize(
    ("use", "needed"),
    [
        (Results, "scan, limits or projection"),
        (Slices, "scan or limits"),
        (lambda d: export(d, "csv", Path("a.csv")), "scan or limits"),
    ],
)
def test_what_needs_limits_refuses_a_kind_without_them(shares, use, needed):
    with pytest.raises(ProductError) as error:
        use(shares)
    assert str(error.value) == (
        "the product: is a product of the kind shares, shares of something; "
        f"this needs one of the kind {needed}"
    )


def test_a_file_of_a_kind_without_limits_is_named(shares, tmp_path):
    write_product(shares, tmp_path / "a.nc")
    with pytest.raises(ProductError, match=r"a\.nc: is a product of the kind shares"):
        Results.from_file(tmp_path / "a.nc")


def test_a_kind_that_is_asked_for(product):
    assert content_of(product) == "scan"
    require_content(product, "a.nc", "scan")
    with pytest.raises(ProductError, match=r"a\.nc: is a product of the kind scan, rates, "):
        require_content(product, "a.nc", "limits")
