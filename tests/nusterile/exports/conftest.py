"""A small product to export, in memory and as a file."""

from __future__ import annotations

from pathlib import Path

import pytest
import xarray as xr

from nusterile.accessor import open_product
from nusterile.analysis import Analysis
from nusterile.model.configuration import Configuration
from nusterile.product.files import write_product

GRIDS = {
    "m_4": {"low": 1e-2, "high": 3.0, "points": 9},
    "mu": {"low": 1e-12, "high": 1e-8, "points": 13},
    "cl": [0.9, 0.95],
}


@pytest.fixture(scope="session")
def product_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A product of the default analysis on coarse grids."""
    path = tmp_path_factory.mktemp("product") / "coarse.nc"
    write_product(Analysis(Configuration.from_values({"grids": GRIDS})).build(), path)
    return path


@pytest.fixture
def product(product_file: Path) -> xr.Dataset:
    """The product, read anew for each test."""
    return open_product(product_file)
