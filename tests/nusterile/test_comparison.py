"""Ratios of two results, and the settings that differ."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from nusterile.analysis import Analysis
from nusterile.comparison import compare_limits, compare_settings
from nusterile.errors import InputError
from nusterile.model.configuration import Configuration


@pytest.fixture(scope="module")
def other() -> Analysis:
    values = {"solar": {"model": "agss09met"}, "flavors": ["tau", "effective"]}
    return Analysis(Configuration.from_values(values))


def test_a_product_beside_itself(product):
    rows = compare_limits(product, product, m_4=product.m_4.values[1:])
    found = np.array(rows.column("ratio"), dtype=float)
    stored = product.limit.sel(cl=0.9).isel(m_4=slice(1, None))
    assert found.size == stored.size
    assert np.isnan(found).sum() == np.isnan(stored).sum()
    assert (found[np.isfinite(found)] == 1).all()
    assert compare_settings(product, product).rows == ()


def test_ratios_are_those_of_the_exact_limits(analysis, other):
    chosen = {"selection": "xenonnt_sr0", "flavor": "tau", "m_4": [0.0, 0.2]}
    rows = compare_limits(analysis, other, **chosen, dof=1)
    first, second = (a.limits(**chosen, cl=0.9, dof=1).limit for a in (analysis, other))
    assert rows.column("ratio") == (first / second).values.ravel().tolist()
    assert rows.column("first") == first.values.ravel().tolist()
    assert rows.column("second_status") == ["ok", "ok"]
    assert rows.column("m_4") == [0.0, 0.2]


def test_only_what_both_have_by_default(analysis, other):
    rows = compare_limits(analysis, other, selection="xenonnt_sr0", m_4=0.1)
    assert list(dict.fromkeys(rows.column("flavor"))) == ["effective", "tau"]
    assert set(rows.column("dof")) == {1, 2}


def test_between_the_masses_of_a_product_logarithms_are_straight(product):
    low, high = product.m_4.values[2:4]
    middle = float(np.sqrt(low * high))
    at = {"selection": "combined", "flavor": "mu"}
    rows = compare_limits(product, product, **at, m_4=[middle], dof=1)
    ends = product.limit.sel(**at, cl=0.9, dof=1).isel(m_4=[2, 3]).values
    assert rows.column("first")[0] == pytest.approx(np.sqrt(ends.prod()), rel=1e-12)


def test_the_mass_of_a_missing_neighbour_has_no_ratio(product):
    gap = product.copy(deep=True)
    gap.limit[:, :, 3] = np.nan
    gap.limit_status[:, :, 3] = "open"
    middle = float(np.sqrt(product.m_4.values[2] * product.m_4.values[3]))
    rows = compare_limits(gap, product, selection="combined", flavor="e", m_4=[middle], dof=1)
    assert rows.column("ratio") == [None]
    assert rows.column("first_status") == ["open"]


def test_settings_and_tables_that_differ(analysis, other):
    rows = {row[0]: row[1:] for row in compare_settings(analysis, other).rows}
    assert rows["solar.model"] == ('"gs98"', '"agss09met"')
    assert rows["flavors"][1] == '["tau", "effective"]'
    assert set(rows) == {"solar.model", "flavors"}
    alone = Analysis(Configuration.from_values({"experiments": ["xenonnt_sr0"]}))
    gone = {row[0]: row[1:] for row in compare_settings(analysis, alone).rows}
    first, second = gone["table experiments/pandax4t_run0/counts.csv"]
    assert first.startswith("sha256 ")
    assert second == "-"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flavor": "mu"}, "unknown flavor 'mu'"),
        ({"selection": "xeno"}, "unknown selection 'xeno'"),
        ({"m_4": -1}, "m_4 = -1"),
        ({"dof": 3}, "dof = 3"),
        ({"cl": 0}, "cl = 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(analysis, other, options, message):
    with pytest.raises(InputError, match=message):
        compare_limits(analysis, other, **options)


def test_nothing_in_common(product):
    with pytest.raises(InputError, match="no flavor in common: e; mu"):
        compare_limits(product.sel(flavor=["e"]), product.sel(flavor=["mu"]))


def test_neither_product_nor_analysis(product):
    with pytest.raises(InputError, match="not from str"):
        compare_limits(product, "file.nc")


def test_a_mass_beyond_the_grid(product: xr.Dataset):
    with pytest.raises(InputError, match="m_4 = 50 MeV"):
        compare_limits(product, product, m_4=50)
