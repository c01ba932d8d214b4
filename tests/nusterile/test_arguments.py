"""Checks of what a caller passes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nusterile.arguments import (
    MEMORY_LIMIT,
    chosen_names,
    degrees_of,
    energies_of,
    levels_of,
    masses_of,
    moments_of,
    require_memory,
    require_name,
    single,
)
from nusterile.errors import InputError


@pytest.mark.parametrize("check", [masses_of, moments_of, energies_of, levels_of])
@pytest.mark.parametrize("given", [0.5, [0.5], (0.5,), np.array(0.5), np.float32(0.5)])
def test_one_value_or_a_list_becomes_float64(check, given):
    values = check(given)
    assert values.dtype == np.float64
    assert values.tolist() == [0.5]


@pytest.mark.parametrize("check", [masses_of, moments_of])
def test_zero_is_allowed(check):
    assert check([0, 0.1]).tolist() == [0, 0.1]


@pytest.mark.parametrize(
    ("check", "given", "message"),
    [
        (masses_of, -1, "m_4 = -1: expected a number from 0 to 1e+06 MeV"),
        (masses_of, math.nan, "m_4 = nan: expected a number from 0 to 1e+06 MeV"),
        (masses_of, [0.1, math.inf], "m_4 = inf: expected"),
        (masses_of, 1e200, "m_4 = 1e+200: expected"),
        (masses_of, [], "m_4: expected one value or a list of values in MeV"),
        (masses_of, [[1.0]], "m_4: expected one value or a list"),
        (masses_of, "light", "m_4: expected one value or a list"),
        (masses_of, None, "m_4 = nan: expected"),
        (moments_of, -1e-12, "mu = -1e-12: expected a number from 0 to 1 bohr_magneton"),
        (moments_of, [1e-12, math.nan], "mu = nan: expected"),
        (moments_of, 2, "mu = 2: expected"),
        (energies_of, 0, "energy = 0: expected a number above 0 and at most 1e+09 keV"),
        (energies_of, -2, "energy = -2: expected"),
        (energies_of, math.nan, "energy = nan: expected"),
        (levels_of, 90, "cl = 90: a confidence level lies between 0 and 1, for instance 0.9"),
        (levels_of, 0, "cl = 0: a confidence level"),
        (levels_of, 1, "cl = 1: a confidence level"),
        (levels_of, math.nan, "cl = nan: a confidence level"),
        (levels_of, [], "cl: expected one value or a list of values, for instance 0.9"),
        (degrees_of, 3, "dof = 3: expected 1 (mass fixed) or 2"),
        (degrees_of, 1.5, "dof = 1.5: expected 1"),
        (degrees_of, [], "dof: expected one value or a list"),
    ],
)
def test_value_that_cannot_be_is_refused(check, given, message):
    with pytest.raises(InputError) as error:
        check(given)
    assert str(error.value).startswith(message)


def test_degrees_are_whole():
    assert degrees_of([1, 2.0]).tolist() == [1, 2]
    assert degrees_of(2).dtype.kind == "i"


def test_single():
    assert single("m_4", np.array([2.0])) == 2.0
    with pytest.raises(InputError, match="m_4: expected one value, not 2"):
        single("m_4", np.array([1.0, 2.0]))


class TestNames:
    def test_all_by_default(self):
        assert chosen_names("flavor", None, ["e", "mu"]) == ("e", "mu")

    @pytest.mark.parametrize("given", ["mu", ["mu"], ("mu",), iter(["mu"])])
    def test_one_or_several(self, given):
        assert chosen_names("flavor", given, ["e", "mu"]) == ("mu",)

    def test_unknown_name_is_refused_with_the_nearest(self):
        with pytest.raises(InputError, match=r"^unknown flavor 'muon'; did you mean 'mu'\?$"):
            chosen_names("flavor", ["e", "muon"], ["e", "mu", "tau"])

    def test_unknown_name_is_refused_with_all_where_none_is_near(self):
        with pytest.raises(InputError, match=r"^unknown flavor 'x'; valid: e, mu, tau$"):
            require_name("flavor", "x", ["e", "mu", "tau"])

    def test_no_name_is_refused(self):
        with pytest.raises(InputError, match=r"^no selection is named; valid: a, b$"):
            chosen_names("selection", [], ["a", "b"])


class TestMemory:
    def test_what_fits_is_let_through(self):
        require_memory(MEMORY_LIMIT, 10)

    def test_what_does_not_is_refused_with_size_memory_and_the_way_in_chunks(self):
        with pytest.raises(InputError) as error:
            require_memory(250 * 2**30, 10**9)
        message = str(error.value)
        assert "1e+09 points" in message
        assert "250 GiB of memory" in message
        assert "at most 4 GiB" in message
        assert "Analysis.chi2(m_4=block) and Analysis.limits(m_4=block)" in message
