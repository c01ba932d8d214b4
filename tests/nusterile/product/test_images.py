"""netCDF in memory: to bytes and back, for any program that reads netCDF, also after a fork."""

from __future__ import annotations

import os
import threading
import time
import warnings
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr

from nusterile.product.images import image_of, is_cut_short, read_image


def test_there_and_back(product):
    read = read_image(image_of(product), Path("a.nc"))
    xr.testing.assert_identical(read, product)
    for name, variable in product.variables.items():
        assert read[name].dtype == variable.dtype


@pytest.mark.parametrize("engine", ["netcdf4", "h5netcdf"])
def test_other_programs_read_and_change_it(product, tmp_path, engine):
    path = tmp_path / "a.nc"
    path.write_bytes(image_of(product))
    with xr.open_dataset(path, engine=engine) as read:
        np.testing.assert_array_equal(read.chi2, product.chi2)
        assert list(read.data_vars) == list(product.data_vars)
        assert read.chi2.encoding["zlib"]
    with netCDF4.Dataset(path, "a") as file:
        file.title = "another"
    with xr.open_dataset(path) as read:
        assert read.attrs["title"] == "another"


def test_bytes_without_their_end(product):
    image = image_of(product)
    assert not is_cut_short(image)
    assert not is_cut_short(image + b"more")
    for kept in (1, 9, 60, len(image) // 2, len(image) - 1):
        assert is_cut_short(image[:kept]) == (kept >= 8)
    assert is_cut_short(image + b"\nnusterile seal: 00")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_opens_a_product_while_a_thread_of_its_parent_reads(product):
    image = image_of(product)
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            read_image(image, Path("a.nc"))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for _ in range(5):
            time.sleep(0.03)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                child = os.fork()
            if child == 0:
                try:
                    os._exit(int(read_image(image, Path("a.nc")).sizes != product.sizes))
                finally:
                    os._exit(9)
            end = time.monotonic() + 20
            done = (0, 0)
            while done == (0, 0) and time.monotonic() < end:
                done = os.waitpid(child, os.WNOHANG)
                time.sleep(0.01)
            if done == (0, 0):
                os.kill(child, 9)
                os.waitpid(child, 0)
            assert done == (child, 0)
    finally:
        stop.set()
        reader.join()
