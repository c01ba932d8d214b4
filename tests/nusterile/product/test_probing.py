"""Bytes that nothing vouches for: whatever they do, they do it in another process."""

from __future__ import annotations

from pathlib import Path

import pytest
import xarray as xr

from nusterile.errors import ProductError
from nusterile.product import probing
from nusterile.product.images import image_of
from nusterile.product.probing import read_untrusted

#: What the library may do to the process that reads damaged bytes, as a module in its place.
HANGS = "class Dataset:\n    def __init__(self, *_, **__):\n        while True: pass\n"
SLEEPS = "class Dataset:\n    def __init__(self, *_, **__):\n        import time; time.sleep(999)\n"
CRASHES = "class Dataset:\n    def __init__(self, *_, **__):\n        import os; os.abort()\n"
FAILS = "class Dataset:\n    def __init__(self, *_, **__):\n        raise OSError('odd\\nbytes')\n"


def test_sound_bytes_are_read_as_they_are(product):
    read = read_untrusted(image_of(product), Path("a.nc"))
    xr.testing.assert_identical(read, product)


def test_foreign_bytes(product):
    image = image_of(product.assign_attrs(schema_version=99))
    with pytest.raises(ProductError, match=r"a\.nc: has schema version 99, this nusterile reads"):
        read_untrusted(image, Path("a.nc"))


@pytest.mark.parametrize(
    ("library", "limits", "message"),
    [
        # Not both limits at once, since either is enough and the machine may have other work.
        (HANGS, {"_TIME": 0.5, "_CLOCK": 1000.0}, "reading it does not end"),
        (SLEEPS, {"_CLOCK": 1.0}, "reading it does not end"),
        (CRASHES, {}, "reading it ends the process"),
        (FAILS, {}, "odd\nbytes"),
    ],
)
def test_bytes_that_the_library_does_not_survive(
    product, monkeypatch, tmp_path, library, limits, message
):
    image = image_of(product)
    (tmp_path / "netCDF4.py").write_text(library)
    monkeypatch.syspath_prepend(tmp_path)
    for name, value in limits.items():
        monkeypatch.setattr(probing, name, value)
    with pytest.raises(ValueError, match=f"^{message}$"):
        read_untrusted(image, Path("a.nc"))


def test_python_that_does_not_start(product, monkeypatch):
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(ProductError, match=r"a\.nc: cannot be checked \("):
        read_untrusted(image_of(product), Path("a.nc"))


def test_python_inside_another_program(product, monkeypatch):
    monkeypatch.setattr("sys.executable", "")
    xr.testing.assert_identical(read_untrusted(image_of(product), Path("a.nc")), product)
