"""Large arrays of open products stand in files without names, small ones in memory."""

import errno
import mmap
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import nusterile
from nusterile_gui.state import spilling
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.spilling import spilled


def is_mapped(values):
    while values is not None and not isinstance(values, mmap.mmap):
        values = getattr(values, "base", None)
    return values is not None


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder / "nusterile"


@pytest.fixture
def dataset():
    shape = (1200, 1000)
    return xr.Dataset(
        {
            "large": (("a", "b"), np.arange(1.2e6, dtype="f4").reshape(shape), {"units": "keV"}),
            "turned": (("b", "a"), np.arange(1.2e6).reshape(shape).T),
            "small": ("a", np.arange(1200.0)),
            "chunked": (("a", "b"), np.ones(shape)),
            "texts": (("a", "b"), np.full(shape, "a word", dtype=object)),
        },
        coords={"a": np.arange(1200), "b": np.arange(1000)},
    ).assign(chunked=lambda whole: whole.chunked.chunk(a=100))


def test_large_arrays_are_mapped_and_equal(dataset, cache):
    held = spilled(dataset)
    xr.testing.assert_identical(held, dataset)
    assert {name for name in held.data_vars if is_mapped(held[name].data)} == {"large", "turned"}
    assert held.small.data is dataset.small.data
    assert held.chunked.chunks is not None
    assert list(cache.iterdir()) == []  # the files have no names


def test_the_dataset_that_was_given_stays_as_it_is(dataset):
    before = dataset.large.data
    spilled(dataset)
    assert dataset.large.data is before


def test_changes_stay_in_memory(dataset):
    held, other = spilled(dataset), spilled(dataset)
    held.large.data[0, 0] = -7
    assert held.large.data[0, 0] == -7
    assert other.large.data[0, 0] == dataset.large.data[0, 0] == 0


@pytest.mark.parametrize("why", [errno.ENOSPC, errno.EACCES])
def test_without_a_file_the_arrays_stay_in_memory(dataset, monkeypatch, why):
    def refuse(**_):
        raise OSError(why, "no file")

    monkeypatch.setattr(spilling.tempfile, "TemporaryFile", refuse)
    assert spilled(dataset) is dataset


def test_a_disk_that_fills_up_leaves_the_arrays_in_memory(dataset, monkeypatch):
    real = spilling.tempfile.TemporaryFile
    full = Path("/dev/full")  # every write fails there, as on a full disk
    monkeypatch.setattr(spilling.tempfile, "TemporaryFile", lambda **_: full.open("wb"))
    assert spilled(dataset) is dataset
    monkeypatch.setattr(spilling.tempfile, "TemporaryFile", real)
    assert is_mapped(spilled(dataset).large.data)


def test_a_layer_holds_little_in_memory(product, monkeypatch):
    monkeypatch.setattr(spilling, "_LARGE", 10_000)
    dataset = nusterile.open(product)
    layer = Layer.of(dataset, "small")
    xr.testing.assert_identical(layer.dataset, dataset)
    for name in ("rate", "pulls"):
        assert is_mapped(layer.dataset[name].data)
    assert is_mapped(layer.slices._pulls)
    xr.testing.assert_identical(nusterile.open(product), dataset)


def test_a_file_that_is_replaced_or_gone_does_not_matter(product, tmp_path, monkeypatch):
    monkeypatch.setattr(spilling, "_LARGE", 10_000)
    path = tmp_path / "mine.nc"
    path.write_bytes(product.read_bytes())
    layer = Layer.of(nusterile.open(path), "mine")
    path.write_bytes(b"")
    path.unlink()
    xr.testing.assert_identical(layer.dataset, nusterile.open(product))
