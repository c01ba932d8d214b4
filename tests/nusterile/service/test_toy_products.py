"""Studies with toys, which have no limits on a grid of masses, at the service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import xarray as xr
from services import PATIENCE, served

import nusterile
from nusterile.product.kinds import KINDS
from nusterile.service.running import Service

OPTIONS = {"selection": "xenonnt_sr0", "flavor": "effective", "toys": 16, "m_4": 0.1}
#: The figure of each kind that has one.
FIGURES = {
    "expected": "bands",
    "coverage": "coverage",
    "unified": "unified",
    "significance": "significance",
}
STUDIES: dict[str, dict[str, object]] = {
    "expected": {},
    "coverage": {"mu": [0.0, 1e-11]},
    "unified": {"mu": [0.0, 1e-11, 5e-11]},
    "cls": {"mu": [5e-12, 1e-11, 5e-11]},
    "significance": {"m_4": [0.1, 0.3]},
}


@pytest.fixture(scope="module")
def folder(analysis, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("studies")
    for study, options in STUDIES.items():
        analysis.toys(study, **{**OPTIONS, **options}, path=folder / f"{study}.nc")
    return folder


@pytest.fixture(scope="module")
def service(folder) -> Iterator[Service]:
    with served(folder) as service:
        yield service


def test_no_other_kind_is_missing_here():
    assert set(KINDS) == {"scan", "limits", "projection", *STUDIES}


@pytest.mark.parametrize("study", STUDIES)
def test_values_are_those_of_the_file_to_the_bit(service, folder, study):
    local = nusterile.open(folder / f"{study}.nc")
    found = nusterile.open(f"{service.address}/products/{study}").load()
    xr.testing.assert_identical(found, local)
    for name in local.variables:
        assert found[name].dtype == local[name].dtype
        if local[name].dtype.kind in "fiu":
            assert found[name].values.tobytes() == local[name].values.tobytes()


def test_they_are_listed_and_have_pages(service):
    with httpx.Client(base_url=service.address, timeout=PATIENCE) as web:
        listed = web.get("/products").json()
        assert listed["broken"] == []
        assert {each["content"] for each in listed["products"]} == set(STUDIES)
        for each in listed["products"]:
            page = web.get(f"/products/{each['id']}", headers={"Accept": "text/html"})
            assert page.status_code == 200
            assert each["title"] in page.text
            refused = web.get(f"/products/{each['id']}/limits")
            assert refused.status_code in (400, 404)
            assert "\n" not in refused.json()["error"]
        home = web.get("/", headers={"Accept": "text/html"})
        assert home.status_code == 200


@pytest.mark.parametrize("study", STUDIES)
def test_the_figure_of_each_kind_is_shown(service, study):
    with httpx.Client(base_url=service.address, timeout=PATIENCE) as web:
        id = next(p for p in web.get("/products").json()["products"] if p["content"] == study)["id"]
        page = web.get(f"/products/{id}", headers={"Accept": "text/html"}).text
        home = web.get("/", headers={"Accept": "text/html"}).text
        if study not in FIGURES:
            assert "/figures/" not in page
            return
        address = f"{id}/figures/{FIGURES[study]}.svg"
        assert f'src="{address}"' in page
        assert f'src="products/{address}"' in home
        drawn = web.get(f"/products/{address}")
        assert drawn.status_code == 200
        assert drawn.headers["content-type"] == "image/svg+xml"
        assert "<svg" in drawn.text
