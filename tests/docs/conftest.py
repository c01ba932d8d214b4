"""A folder as the pages take it for granted: the repository's example, and a product."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import nusterile

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default product."""
    path = tmp_path_factory.mktemp("products") / "reference.nc"
    nusterile.Analysis().build(path)
    return path


@pytest.fixture
def workplace(reference: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An own folder, in which a page's blocks run, with what ``make run`` leaves."""
    shutil.copytree(ROOT / "docs" / "example", tmp_path / "docs" / "example")
    (tmp_path / "products").mkdir()
    (tmp_path / "products" / "reference.nc").hardlink_to(reference)
    shutil.copy(ROOT / "products" / "limits.nc", tmp_path / "products")
    monkeypatch.chdir(tmp_path)
    return tmp_path
