"""Compression by every core: what the library itself would have written."""

from __future__ import annotations

import io

import numpy as np
import pytest
import xarray as xr

from nusterile.product import compression
from nusterile.product.compression import compressed_netcdf


@pytest.mark.parametrize("dtype", ["float32", "float64", ">f8"])
@pytest.mark.parametrize("chunks", [(1, 1, 40), (3, 2, 40), (1, 2, 10)])
def test_as_the_library_writes_it(monkeypatch, dtype, chunks):
    monkeypatch.setattr(compression, "_LARGE", 1000)  # below it the library writes
    values = np.random.default_rng(1).normal(size=(3, 2, 40)).round(2)
    values[1, 1, 7] = np.nan
    dataset = xr.Dataset(
        {
            "large": (("a", "b", "c"), values.astype(dtype), {"units": "1"}),
            "small": ("c", np.arange(40.0)),
            "text": ("a", np.array(["x", "y", "zß"], object)),
        },
        {"c": np.arange(40)},
        {"title": "chunks"},
    )
    packed = {"zlib": True, "complevel": 1, "shuffle": True}
    encoding = {"large": {**packed, "chunksizes": chunks}, "small": {**packed, "chunksizes": (40,)}}
    library = io.BytesIO()
    dataset.to_netcdf(library, engine="h5netcdf", encoding=encoding)

    written = compressed_netcdf(dataset, encoding)

    assert len(written) == len(library.getvalue())
    with (
        xr.open_dataset(io.BytesIO(written), engine="h5netcdf") as read,
        xr.open_dataset(library, engine="h5netcdf") as expected,
    ):
        xr.testing.assert_identical(read.load(), expected.load())
        assert read.large.encoding["chunksizes"] == chunks
        assert read.large.dtype == expected.large.dtype
