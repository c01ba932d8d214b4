"""Slices of studies with toys: the numbers of the product, and what it lacks in words."""

from __future__ import annotations

import numpy as np
import pytest

from nusterile.errors import ProductError
from nusterile.product.toy_slices import ToySlices
from nusterile.vocabulary import POWER_CONSTRAINED, QUANTILES

FIT = {"selection": "xenonnt_sr0", "flavor": "mu"}
STUDIES: dict[str, dict[str, object]] = {
    "expected": {"m_4": [0.1, 0.3], "cl": [0.9, 0.95]},
    "coverage": {"m_4": [0.1, 0.3], "mu": [0.0, 1e-11], "cl": [0.9, 0.95]},
    "unified": {"m_4": [0.1, 0.3], "mu": [0.0, 5e-12, 2e-11, 1e-10], "dof": [1, 2]},
    "cls": {"m_4": [0.1, 0.3], "mu": [5e-12, 2e-11, 1e-10]},
    "significance": {"m_4": [0.1, 0.3]},
}


@pytest.fixture(scope="module")
def products(analysis):
    fit = {"selection": "xenonnt_sr0", "flavor": ["effective", "mu"], "toys": 32}
    return {study: analysis.toys(study, **fit, **options) for study, options in STUDIES.items()}


def test_numbers_are_those_of_the_product(products):
    slices = {study: ToySlices(product) for study, product in products.items()}
    parts = {study: product.sel(FIT) for study, product in products.items()}
    bands = slices["expected"].bands(**FIT, cl=0.95)
    np.testing.assert_array_equal(bands, parts["expected"].expected_limit.sel(cl=0.95))
    for statement in ("upper_limit", "interval"):
        found = slices["coverage"].coverage(**FIT, cl=0.9, statement=statement)
        wanted = parts["coverage"].coverage.sel(cl=0.9, statement=statement)
        np.testing.assert_array_equal(found, wanted)
    for dof in (1, 2):
        low, high, status = slices["unified"].interval(**FIT, cl=0.9, dof=dof)
        part = parts["unified"].sel(cl=0.9, dof=dof)
        np.testing.assert_array_equal(low, part.interval_low)
        np.testing.assert_array_equal(high, part.interval_high)
        np.testing.assert_array_equal(status, part.interval_status)
    limit, constrained, status = slices["cls"].cls(**FIT, cl=0.9)
    part = parts["cls"].sel(cl=0.9)
    np.testing.assert_array_equal(limit, part.limit)
    np.testing.assert_array_equal(constrained, part[POWER_CONSTRAINED])
    np.testing.assert_array_equal(status, part.limit_status)
    found = slices["significance"].significance(**FIT)
    part = parts["significance"]
    np.testing.assert_array_equal(found.q0, part.q0)
    wanted = (float(part.p_local), float(part.p_global), float(part.z_global))
    assert (found.p_local, found.p_global, found.z_global) == wanted


def test_a_part_of_a_product_will_do(products):
    part = ToySlices(products["expected"].sel(FIT).isel(cl=0, m_4=[1]))
    np.testing.assert_array_equal(
        part.bands(**FIT, cl=0.9)[0],
        products["expected"].sel(FIT).isel(m_4=1).sel(cl=0.9).expected_limit,
    )


def test_a_quantile_that_is_not_there_is_nan(products):
    part = products["expected"].sel(quantile=[0.5])
    bands = ToySlices(part).bands(**FIT, cl=0.9)
    assert np.isfinite(bands[:, QUANTILES.index(0.5)]).all()
    assert np.isnan(np.delete(bands, QUANTILES.index(0.5), axis=1)).all()


def test_what_is_lacking_is_said(products):
    slices = ToySlices(products["expected"])
    assert slices.lacks(*FIT.values(), 0.9, 1) == ""
    assert slices.lacks("lz", "mu", 0.9, 1) == "not computed for these data"
    assert slices.lacks("xenonnt_sr0", "tau", 0.9, 1) == "not computed for ντ"
    assert slices.lacks(*FIT.values(), 0.9, 2) == "for 1 dof only, not for 2"
    assert slices.lacks(*FIT.values(), 0.68, 1) == "for 90, 95 % CL only, not for 68 %"
    assert ToySlices(products["unified"]).lacks(*FIT.values(), 0.9, 2) == ""
    assert ToySlices(products["significance"]).lacks(*FIT.values(), 0.5, 2) == ""


def test_toys_are_counted_and_moments_are_those_of_the_truths(products):
    assert ToySlices(products["expected"]).toys == "32"
    np.testing.assert_array_equal(ToySlices(products["coverage"]).moments, [0.0, 1e-11])
    low, high = ToySlices(products["expected"]).moments
    assert low < np.nanmin(products["expected"].expected_limit) < high


def test_another_kind_is_refused(analysis):
    limits = analysis.with_changes(experiments=["xenonnt_sr0"])
    grids = {"m_4": {"values": [0.1]}, "mu": {"values": [1e-11, 1e-10]}}
    with pytest.raises(ProductError, match="needs one of the kind expected"):
        ToySlices(limits.with_changes(grids=grids).build())
