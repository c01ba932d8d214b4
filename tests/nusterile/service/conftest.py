"""A service of a few products, which all tests of a run share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import httpx
import pytest
from services import PATIENCE, served

import nusterile
from nusterile.analysis import Analysis
from nusterile.exports import limits_product
from nusterile.product.files import write_product
from nusterile.service.app import Options
from nusterile.service.running import Service


@pytest.fixture(scope="session")
def small_limits(small_product: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product of limits only; no test may change it."""
    path = tmp_path_factory.mktemp("limits") / "limits.nc"
    write_product(limits_product(nusterile.open(small_product)), path)
    return path


@pytest.fixture(scope="session")
def small_projection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product of a kind without limits on a grid of masses; no test may change it."""
    path = tmp_path_factory.mktemp("projection") / "projection.nc"
    Analysis().projection("xlzd", [1, 10, 100], "e", [0.01, 0.1], path=path)
    return path


@pytest.fixture(scope="session")
def shop(
    small_product: Path,
    small_limits: Path,
    small_projection: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """A service of every kind of product and a broken file; nothing of it may be changed."""
    folder = tmp_path_factory.mktemp("shop")
    shutil.copy(small_product, folder / "scan.nc")
    (folder / "group").mkdir()
    shutil.copy(small_limits, folder / "group" / "limits.nc")
    shutil.copy(small_projection, folder / "group" / "projection.nc")
    content = bytearray(small_product.read_bytes())
    content[5000] ^= 1
    (folder / "damaged.nc").write_bytes(content)
    with served(folder, options=Options(log=StringIO())) as service:
        yield service


@pytest.fixture(scope="session")
def web(shop: Service) -> Iterator[httpx.Client]:
    """Reads from the service."""
    with httpx.Client(base_url=shop.address, timeout=PATIENCE) as client:
        yield client


@pytest.fixture(scope="session")
def ids(web: httpx.Client) -> dict[str, str]:
    """Ids of the products by name."""
    return {each["name"]: each["id"] for each in web.get("/products").json()["products"]}
