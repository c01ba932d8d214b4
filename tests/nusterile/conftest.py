"""One small product for the tests that look at products."""

from __future__ import annotations

from pathlib import Path

import pytest
import xarray as xr
from experiment_folders import SMALL_GRIDS

import nusterile
from nusterile.analysis import Analysis


@pytest.fixture(scope="session")
def small_toml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Configuration of the default experiments on small grids."""
    path = tmp_path_factory.mktemp("small") / "small.toml"
    path.write_text(SMALL_GRIDS)
    return path


@pytest.fixture(scope="session")
def small_analysis(small_toml: Path) -> Analysis:
    return Analysis.from_toml(small_toml)


@pytest.fixture(scope="session")
def small_product(small_analysis: Analysis, small_toml: Path) -> Path:
    """The file; no test may change it."""
    path = small_toml.with_suffix(".nc")
    small_analysis.build(path)
    return path


@pytest.fixture
def product(small_product: Path) -> xr.Dataset:
    """The product in memory, fresh for every test."""
    return nusterile.open(small_product)
