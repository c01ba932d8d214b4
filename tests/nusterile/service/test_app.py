"""What each address answers."""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import xarray as xr
from services import served, until

import nusterile
from nusterile.analysis import Analysis
from nusterile.files.web import Web
from nusterile.model.configuration import Configuration
from nusterile.product.files import write_product


@pytest.fixture(scope="session", params=["scan", "limits", "projection"])
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="session")
def path(name: str, small_product: Path, small_limits: Path, small_projection: Path) -> Path:
    return {"scan": small_product, "limits": small_limits, "projection": small_projection}[name]


def same_bits(found: xr.Dataset, expected: xr.Dataset) -> None:
    """Every variable, its type and its attributes are the same; numbers to the bit."""
    xr.testing.assert_identical(found.load(), expected)
    for variable in expected.variables:
        numbers = expected[variable].values
        if numbers.dtype.kind in "fiu":
            assert found[variable].values.dtype == numbers.dtype
            assert found[variable].values.tobytes() == numbers.tobytes()


class TestCatalogue:
    """/products and /health."""

    def test_products(self, web, name, path):
        document = web.get("/products").json()
        assert document["complete"]
        (product,) = (each for each in document["products"] if each["name"] == name)
        dataset = nusterile.open(path)
        content = path.read_bytes()
        assert product["sha256"] == hashlib.sha256(content).hexdigest()
        assert product["bytes"] == len(content)
        assert product["content"] == name
        assert product["sizes"] == dict(dataset.sizes)
        assert product["dims"] == list(dataset.sizes)
        assert product["config_hash"] == dataset.attrs["config_hash"]
        assert product["title"] == dataset.attrs["title"]
        assert product["references"][0]["url"].startswith("https://doi.org/10.")
        for link in product["links"].values():  # relative, so that a proxy changes nothing
            assert web.get(f"/{link}").status_code in (200, 303)

    def test_broken_files_have_a_reason_and_serve_nothing(self, web):
        (broken,) = web.get("/products").json()["broken"]
        assert broken["file"] == "damaged.nc"
        assert broken["reason"].startswith("is damaged or cut short")
        for rest in ("", "/file", "/zarr/zarr.json", "/limits", "/figures/limits.svg"):
            answer = web.get(f"/products/{broken['id']}{rest}")
            assert answer.status_code in (404, 410), rest
            assert len(answer.content) < 500

    def test_health(self, web):
        health = web.get("/health").json()
        assert (health["status"], health["products"], health["broken"]) == ("ok", 3, 1)

    def test_one_product_as_json(self, web, ids, name):
        product = web.get(f"/products/{ids[name]}").json()
        assert product["id"] == ids[name]
        assert product["links"]["zarr"] == f"{ids[name]}/zarr"

    @pytest.mark.parametrize("rest", ["", "/file", "/limits?cl=0.95", "/figures/limits.svg"])
    def test_a_name_leads_to_its_present_id(self, web, ids, rest):
        answer = web.get(f"/products/scan{rest}", follow_redirects=False)
        assert answer.status_code == 307
        assert answer.next_request.url.raw_path.decode() == f"/products/{ids['scan']}{rest}"

    @pytest.mark.parametrize("rest", ["", "/file", "/limits", "/figures/limits.svg", "/x"])
    def test_what_is_not_there(self, web, rest):
        answer = web.get(f"/products/nothing{rest}")
        assert answer.status_code == 404
        assert "\n" not in answer.json()["error"]


class TestFile:
    """The file itself, whole and in parts."""

    def test_whole(self, web, ids, name, path):
        answer = web.get(f"/products/{ids[name]}/file")
        assert answer.content == path.read_bytes()
        assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
        assert answer.headers["content-type"] == "application/x-netcdf"

    def test_head_has_the_headers_only(self, web, ids, small_product):
        answer = web.head(f"/products/{ids['scan']}/file")
        assert answer.status_code == 200
        assert int(answer.headers["content-length"]) == small_product.stat().st_size
        assert answer.content == b""

    @pytest.mark.parametrize(
        "wanted", ["0-0", "10-19", "-7", "5-", "0-999999999999", "100-100", "-999999999"]
    )
    def test_ranges(self, web, ids, small_product, wanted):
        content = small_product.read_bytes()
        first, _, last = wanted.partition("-")
        start = int(first) if first else max(len(content) - int(last), 0)
        stop = min(int(last) + 1, len(content)) if first and last else len(content)
        answer = web.get(f"/products/{ids['scan']}/file", headers={"Range": f"bytes={wanted}"})
        assert answer.status_code == 206
        assert answer.content == content[start:stop]
        assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(content)}"

    @pytest.mark.parametrize("wanted", ["bytes=999999999-", "bytes=-0"])
    def test_ranges_beyond_the_end(self, web, ids, small_product, wanted):
        answer = web.get(f"/products/{ids['scan']}/file", headers={"Range": wanted})
        assert answer.status_code == 416

    @pytest.mark.parametrize(
        "wanted", ["bytes=5-2", "bytes=-", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "", "1" * 99]
    )
    def test_what_is_no_range_gets_the_whole(self, web, ids, small_product, wanted):
        answer = web.get(f"/products/{ids['scan']}/file", headers={"Range": wanted})
        assert answer.status_code == 200
        assert len(answer.content) == small_product.stat().st_size

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"If-None-Match": "{}"}, 304),
            ({"If-None-Match": 'W/{}, "x"'}, 304),
            ({"If-None-Match": "*"}, 304),
            ({"If-None-Match": '"x"'}, 200),
            ({"If-Match": "{}"}, 200),
            ({"If-Match": '"x"'}, 412),
            ({"If-Match": "W/{}"}, 412),
            ({"Range": "bytes=0-1", "If-Range": "{}"}, 206),
            ({"Range": "bytes=0-1", "If-Range": '"x"'}, 200),
        ],
    )
    @pytest.mark.parametrize("rest", ["file", "zarr/zarr.json"])
    def test_conditions(self, web, ids, small_product, headers, status, rest):
        etag = f'"{hashlib.sha256(small_product.read_bytes()).hexdigest()}"'
        given = {key: value.format(etag) for key, value in headers.items()}
        answer = web.get(f"/products/{ids['scan']}/{rest}", headers=given)
        assert answer.status_code == (200 if status == 206 and rest != "file" else status)


class TestZarr:
    """Chunks: the values of the file to the bit."""

    def test_plain_xarray(self, shop, ids, name, path):
        address = f"{shop.address}/products/{ids[name]}/zarr"
        with xr.open_dataset(address, engine="zarr") as found:
            same_bits(found, nusterile.open(path))

    @pytest.mark.parametrize(
        "form", ["{id}", "{name}", "{id}/", "{id}/zarr", "{id}/zarr/", "{id}?a=b"]
    )
    def test_nusterile_opens_any_of_its_addresses(self, shop, ids, name, path, form):
        address = f"{shop.address}/products/{form.format(id=ids[name], name=name)}"
        same_bits(nusterile.open(address), nusterile.open(path))

    def test_a_limit_reads_little(self, shop, small_product, monkeypatch):
        dataset = nusterile.open(f"{shop.address}/products/scan")
        part = dataset.sel(flavor="e", selection="combined")
        keys: list[str] = []
        get = Web.get

        def recording(web: Web, address: str, *more: Any) -> tuple[bytes, str]:
            keys.append(address.split("/zarr/")[1])
            return get(web, address, *more)

        monkeypatch.setattr(Web, "get", recording)
        found = part.nusterile.limit(cl=0.9).load()  # stored, since these grids are coarse
        assert keys == ["limit/c/8/1/0/0/0"]
        keys.clear()
        delta = part.nusterile.delta_chi2().load()
        assert sorted(keys) == ["chi2/c/8/1/0/0", "chi2_min/c/8/1/0"]
        local = nusterile.open(small_product).sel(flavor="e", selection="combined")
        xr.testing.assert_identical(found, local.nusterile.limit(cl=0.9))
        xr.testing.assert_identical(delta, local.nusterile.delta_chi2())

    def test_a_spectrum_is_that_of_the_file(self, shop, small_product):
        remote = nusterile.open(f"{shop.address}/products/scan")
        point = ("xenonnt_sr0", "effective", 0.1, 1e-11, "combined")
        expected = nusterile.open(small_product).nusterile.spectrum(*point)
        xr.testing.assert_identical(remote.nusterile.spectrum(*point), expected)

    @pytest.mark.parametrize(
        "key", ["nothing", "limit/c/99/0/0/0/0", "zarr.json/x", "limit", "%00"]
    )
    def test_keys_that_are_none(self, web, ids, key):
        assert web.get(f"/products/{ids['scan']}/zarr/{key}").status_code == 404

    def test_a_product_that_is_none_is_not_taken_for_fill_values(self, web):
        """zarr reads NaN where a chunk is not found (404), and raises at any other status."""
        answer = web.get("/products/scan-000000000000/zarr/limit/c/0/0/0/0/0")
        assert answer.status_code == 410

    def test_metadata_is_compressed(self, web, ids):
        address = f"/products/{ids['scan']}/zarr/zarr.json"
        packed = web.get(address)
        plain = web.get(address, headers={"Accept-Encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.json() == plain.json()
        assert int(packed.headers["content-length"]) < len(plain.content) / 2


class TestLimits:
    """Limits as the command line has them."""

    def test_the_rows_of_the_command_line(self, web, ids, small_product):
        dataset = nusterile.open(small_product)
        masses = [repr(float(mass)) for mass in dataset.m_4.values]
        options = ["--selection", "combined", "--flavor", "e", "tau", "--cl", "0.9", "0.99"]
        options += ["--dof", "1", "2", "--m4", *masses, "--format", "csv"]
        settings = small_product.with_suffix(".toml")
        done = subprocess.run(
            [sys.executable, "-m", "nusterile", "limits", "-c", str(settings), *options],
            capture_output=True,
            text=True,
            check=True,
        )
        query = {"selection": "combined", "flavor": ["e", "tau"], "cl": [0.9, 0.99], "dof": [1, 2]}
        answer = web.get(f"/products/{ids['scan']}/limits", params={**query, "format": "csv"})
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        expected = list(csv.reader(done.stdout.splitlines()))
        found = list(csv.reader(answer.text.splitlines()))
        assert len(expected) == 1 + 2 * len(masses) * 2 * 2
        assert found[0] == expected[0]
        assert {"limit", "limit_low", "expected", "kind"} <= set(found[0])
        # Fits of one point and of all of them end at the same place up to rounding.
        fitted = [found[0].index(name) for name in ("limit", "limit_low", "expected")]
        for one, other in zip(found[1:], expected[1:], strict=True):
            for column, (cell, wanted) in enumerate(zip(one, other, strict=True)):
                if column in fitted and wanted:
                    assert float(cell) == pytest.approx(float(wanted), rel=1e-9)
                else:
                    assert cell == wanted

    @pytest.mark.parametrize("name", ["scan", "limits"])
    def test_every_stored_limit_to_the_bit(self, web, ids, name, small_product):
        path = small_product  # the limits of which are those of the other
        dataset = nusterile.open(path)
        query = {"cl": dataset.cl.values.tolist(), "dof": [1, 2]}
        document = web.get(f"/products/{ids[name]}/limits", params=query).json()
        column = document["columns"].index("limit")
        found = [np.nan if row[column] is None else row[column] for row in document["rows"]]
        np.testing.assert_array_equal(found, dataset.limit.values.ravel())
        column = document["columns"].index("expected")
        found = [np.nan if row[column] is None else row[column] for row in document["rows"]]
        np.testing.assert_array_equal(found, dataset.expected_limit.values.ravel())
        assert document["units"]["limit"] == "bohr_magneton"

    def test_by_default_at_90_per_cent_and_one_degree(self, web, ids):
        document = web.get(f"/products/{ids['limits']}/limits?selection=&flavor=&cl=&dof=").json()
        axes = {(row[3], row[4]) for row in document["rows"]}
        assert axes == {(0.9, 1)}
        assert len(document["rows"]) == 9 * 4 * 5

    def test_limits_without_data_are_called_expected(self, tmp_path):
        experiments = {"experiments": ["lz_ws2022", "xlzd"]}
        grids = {"m_4": {"low": 0.01, "high": 1.0, "points": 3}}
        grids["mu"] = {"low": 1e-12, "high": 1e-9, "points": 9}
        settings = Configuration.from_values({**experiments, "grids": grids})
        Analysis(settings).build(tmp_path / "one.nc")
        with served(tmp_path) as service:
            address = f"{service.address}/products/one"
            limits = httpx.get(f"{address}/limits?cl=0.9&cl=0.99", follow_redirects=True).json()
            kind = limits["columns"].index("kind")
            kinds = {(row[0], row[kind]) for row in limits["rows"]}
            assert {("lz_ws2022", "observed"), ("xlzd", "expected")} <= kinds
            assert len({name for name, _ in kinds}) == len(kinds)
            page = httpx.get(address, headers={"Accept": "text/html"}, follow_redirects=True).text
            assert '<th scope="row">XLZD, expected</th>' in page
            assert '<th scope="row">LZ WS2022</th>' in page

    def test_kinds_without_limits_by_mass(self, web, ids):
        answer = web.get(f"/products/{ids['projection']}/limits")
        assert answer.status_code == 404
        assert "of kind projection" in answer.json()["error"]
        assert "limits" not in web.get(f"/products/{ids['projection']}").json()["links"]
        figure = web.get(f"/products/{ids['projection']}/figures/projection.svg")
        assert "<svg" in figure.text[:600]
        page = web.get(f"/products/{ids['projection']}", headers={"Accept": "text/html"}).text
        assert "figures/projection.svg" in page
        assert "<table" not in page

    def test_the_nearest_masses(self, web, ids, small_product):
        document = web.get(f"/products/{ids['scan']}/limits?m4=0.1&flavor=e&selection=lz").json()
        grid = nusterile.open(small_product).m_4.values
        (row,) = document["rows"]
        assert row[2] == grid[np.argmin(abs(grid - 0.1))]

    @pytest.mark.parametrize(
        ("query", "status", "said"),
        [
            ("selection=xenont_sr0", 400, "did you mean 'xenonnt_sr0'"),
            ("flavor=x", 400, "flavor"),
            ("cl=0.8", 400, "the product holds 0.9, 0.95, 0.99"),
            ("cl=nan", 400, "cl"),
            ("cl=high", 422, "cl: "),
            ("dof=3", 400, "dof"),
            ("dof=1.5", 422, "dof: "),
            ("m4=5", 400, "masses of the product"),
            ("m4=-1", 400, "m_4"),
            ("format=xml", 422, "format: "),
        ],
    )
    def test_what_cannot_be_used(self, web, ids, query, status, said):
        answer = web.get(f"/products/{ids['scan']}/limits?{query}")
        assert answer.status_code == status
        assert said in answer.json()["error"]
        assert "\n" not in answer.json()["error"]


class TestChange:
    """What readers see of files that change."""

    @pytest.fixture
    def folder(self, tmp_path: Path, small_product: Path) -> Path:
        shutil.copy(small_product, tmp_path / "one.nc")
        return tmp_path

    def test_a_reader_in_flight_never_mixes(self, folder, small_product):
        with served(folder) as service:
            address = f"{service.address}/products/one"
            dataset = nusterile.open(address)
            id = httpx.get(address, follow_redirects=True).json()["id"]
            plain = xr.open_dataset(f"{address.removesuffix('one')}{id}/zarr", engine="zarr")
            first = dataset.limit.isel(selection=0).values
            changed = nusterile.open(small_product)
            changed = changed.assign_attrs(title="another")
            write_product(changed, folder / "one.nc")
            until(lambda: service.catalogue.contents.get(id) is None)
            with pytest.raises(nusterile.errors.ProductError, match="has changed at the service"):
                dataset.chi2.isel(selection=1).load()
            with pytest.raises(Exception, match="410"):
                plain.chi2.isel(selection=1).load()
            again = nusterile.open(address)
            assert again.attrs["title"] == "another"
            np.testing.assert_array_equal(again.limit.isel(selection=0).values, first)

    def test_a_file_that_changed_a_moment_ago_is_not_sent(self, folder):
        with served(folder) as service:
            service.catalogue.stop()  # it has not noticed yet
            address = f"{service.address}/products/one"
            id = httpx.get(address, follow_redirects=True).json()["id"]
            with (folder / "one.nc").open("r+b") as file:
                file.write(b"other")
            base = f"{service.address}/products/{id}"
            for rest in ("file", "zarr/zarr.json", "limits", "figures/limits.svg"):
                answer = httpx.get(f"{base}/{rest}", timeout=60)
                assert answer.status_code == 412, rest

    def test_a_file_that_is_replaced_is_read_to_its_end(self, folder, small_product):
        with served(folder) as service:
            id = service.catalogue.contents.newest("one").id
            address = f"{service.address}/products/{id}/file"
            with httpx.stream("GET", address) as answer:
                (folder / "new").write_bytes(b"no product")
                (folder / "new").replace(folder / "one.nc")
                assert answer.read() == small_product.read_bytes()


def test_metrics(web):
    text = web.get("/metrics").text
    assert 'nusterile_products{state="ready"} 3.0' in text
    assert 'nusterile_requests_total{route="/products",status="200"}' in text


def test_openapi_names_every_address(web):
    paths = web.get("/openapi.json").json()["paths"]
    assert {"/products", "/products/{id}/file", "/products/{id}/limits", "/health"} <= set(paths)
