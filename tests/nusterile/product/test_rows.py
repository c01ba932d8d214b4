"""Rows of limits: each holds the limit of its own point, whatever the order of the axes."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nusterile.product.rows import kind_of, limit_listing

AXES = {
    "selection": ["x", "y"],
    "flavor": ["e"],
    "m_4": [0.1, 0.2, 0.3],
    "cl": [0.9],
    "dof": [1, 2],
}


@pytest.fixture
def limits() -> xr.Dataset:
    shape = tuple(len(axis) for axis in AXES.values())
    limit = np.arange(12.0).reshape(shape)
    limit[0, 0, 1] = np.nan
    status = np.where(np.isnan(limit), "open", "ok").astype(object)
    best = 100 + np.arange(6.0).reshape(shape[:3])
    return xr.Dataset(
        {
            "limit": (tuple(AXES), limit),
            "limit_status": (tuple(AXES), status),
            "mu_best": (tuple(AXES)[:3], best),
        },
        coords=AXES,
    )


@pytest.mark.parametrize("order", [tuple(AXES), tuple(AXES)[::-1]])
def test_every_limit_stands_beside_its_point(limits, order):
    listing = limit_listing(limits.transpose(*order), ["mu_best"])
    assert listing.columns == (*AXES, "limit", "status", "mu_best", "kind")
    assert listing.units == {"m_4": "MeV", "limit": "bohr_magneton", "mu_best": "bohr_magneton"}
    assert [row[:5] for row in listing.rows[:3]] == [
        ("x", "e", 0.1, 0.9, 1),
        ("x", "e", 0.1, 0.9, 2),
        ("x", "e", 0.2, 0.9, 1),
    ]
    for *point, limit, status, best, kind in listing.rows:
        here = limits.sel(dict(zip(AXES, point, strict=True)))
        assert (limit is None) == (status == "open")
        assert status == here.limit_status.item()
        assert limit is None or limit == here.limit.item()
        assert best == here.mu_best.item()
        assert kind == "observed"


def test_axes_that_are_taken_at_one_point_stay_columns(limits):
    part = limits.isel(selection=1, flavor=0, cl=0, dof=1)
    assert limit_listing(part).rows == (
        ("y", "e", 0.1, 0.9, 2, 7.0, "ok", "observed"),
        ("y", "e", 0.2, 0.9, 2, 9.0, "ok", "observed"),
        ("y", "e", 0.3, 0.9, 2, 11.0, "ok", "observed"),
    )


@pytest.mark.parametrize(("given", "kind"), [("expected", "expected"), ("=1+1", "observed")])
def test_the_kind_of_a_limit_is_one_of_two_words(limits, given, kind):
    limits.limit.attrs["kind"] = given
    assert kind_of(limits) == kind
    assert set(limit_listing(limits).column("kind")) == {kind}
