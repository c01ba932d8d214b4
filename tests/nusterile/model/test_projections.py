"""Projections: limits where they are known, and what exposures may be."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_folders import ASIMOV, FLAT, only, write_asimov, write_experiment

from nusterile.analysis import Analysis
from nusterile.errors import InputError
from nusterile.vocabulary import PROJECTED_EXPOSURES


def folder_of(tmp_path, **parts) -> Analysis:
    write_asimov(tmp_path / "future", **parts)
    path = tmp_path / "analysis.toml"
    path.write_text(only(tmp_path / "future"))
    return Analysis.from_toml(path)


def slope(analysis: Analysis, exposure: float, m_4: float = 0.1) -> float:
    """Power of the exposure with which the limit goes."""
    places = np.array([exposure, 1.01 * exposure])
    limit = analysis.projection(exposure=places, flavor="mu", m_4=m_4).limit.values.ravel()
    return float(np.diff(np.log(limit))[0] / np.log(1.01))


@pytest.mark.parametrize("factor", [0.02, 1.0, 30.0])
def test_is_the_limit_of_an_experiment_with_that_exposure(tmp_path, factor):
    """The same folder with exposure and events scaled by hand."""
    here = folder_of(tmp_path / "a", components=FLAT)
    there = folder_of(
        tmp_path / "b",
        toml=ASIMOV.replace("exposure = 0.5", f"exposure = {0.5 * factor}"),
        components=FLAT.replace("events = 20.0", f"events = {20.0 * factor}"),
    )
    masses = [0.0, 0.2, 1.0]
    found = here.projection(exposure=[1e-3, 0.5 * factor], m_4=masses, cl=[0.9, 0.99])
    expected = there.limits("future", m_4=masses, cl=[0.9, 0.99], dof=1).squeeze(drop=True)
    np.testing.assert_allclose(
        found.limit.isel(experiment=0, exposure=1), expected.limit, rtol=1e-9
    )


def test_of_an_experiment_with_data_is_its_expected_limit(analysis):
    found = analysis.projection("xenonnt_sr0", [0.1, 1.16], "e", [0.0, 0.3])
    expected = analysis.limits("xenonnt_sr0", "e", [0.0, 0.3], 0.9, 1, expected=True)
    np.testing.assert_allclose(
        found.limit.values[0, 0, :, 0, 1], expected.limit.values.ravel(), rtol=1e-9
    )
    assert "expected_only" not in found.experiment.attrs
    assert found.limit.attrs["kind"] == "expected"


class TestLimitingSlopes:
    def test_without_background_the_moment_falls_with_the_root(self, tmp_path):
        """Far less than one event is expected: μ² t is constant."""
        assert slope(folder_of(tmp_path), 1e-7) == pytest.approx(-0.5, abs=1e-3)

    def test_over_background_with_the_fourth_root(self, tmp_path):
        """A known background fluctuates: μ² t goes as the root of t."""
        fixed = folder_of(tmp_path).with_changes(solar={"sigma": 0.0})
        assert slope(fixed, 1e7) == pytest.approx(-0.25, abs=1e-3)

    def test_a_background_that_is_not_known_stops_it(self, tmp_path):
        """One bin cannot tell dipole from background: μ² is that of the constraint."""
        toml = ASIMOV.replace("bin_width = 1.0", "bin_width = 5.0")
        assert slope(folder_of(tmp_path, toml=toml), 1e6) == pytest.approx(0.0, abs=1e-3)

    def test_in_that_case_the_limit_is_that_of_the_constraint(self, tmp_path):
        toml = ASIMOV.replace("bin_width = 1.0", "bin_width = 5.0")
        found = folder_of(tmp_path, toml=toml, components="")
        limit = found.projection(exposure=[1e8, 1e9], flavor="mu", m_4=0.1).limit.values.ravel()[1]
        expectation = found.expectations["future"]
        strength = (limit / 1e-11) ** 2
        share = strength * expectation.dipole(0.1)[2].sum() / expectation.standard_model.sum()
        # (1 + a)(1 + share) = 1 with (a/0.07)^2 the threshold
        shift = 0.07 * np.sqrt(2.705543454)
        assert share == pytest.approx(1 / (1 - shift) - 1, rel=1e-3)

    def test_no_limit_where_nothing_is_made(self, tmp_path):
        found = folder_of(tmp_path).projection(exposure=[1, 10], m_4=100.0)
        assert np.isnan(found.limit).all()
        assert set(found.limit_status.values.ravel()) == {"open"}


class TestWhichExperiment:
    def test_the_one_without_data(self, tmp_path):
        write_experiment(tmp_path / "toy")
        write_asimov(tmp_path / "future")
        path = tmp_path / "analysis.toml"
        path.write_text(only(tmp_path / "toy", tmp_path / "future"))
        found = Analysis.from_toml(path).projection(exposure=[1, 2], m_4=0)
        assert found.experiment.values.tolist() == ["future"]

    def test_xlzd_where_all_have_data(self, analysis):
        found = analysis.projection(exposure=[1, 2], m_4=0)
        assert found.experiment.values.tolist() == ["xlzd"]
        assert found.flavor.values.tolist() == ["effective", "e", "mu", "tau"]

    def test_several_are_named(self, tmp_path):
        write_asimov(tmp_path / "one", name="one")
        write_asimov(tmp_path / "two", name="two")
        path = tmp_path / "analysis.toml"
        path.write_text(only(tmp_path / "one", tmp_path / "two"))
        with pytest.raises(InputError, match=r"^experiment: one, two have no data; name one"):
            Analysis.from_toml(path).projection()
        assert Analysis.from_toml(path).projection("two").experiment.item() == "two"

    def test_an_unknown_one(self, analysis):
        with pytest.raises(InputError, match=r"^unknown experiment 'darwin'"):
            analysis.projection("darwin")


def test_a_scan_beyond_the_memory_is_refused_at_once(analysis):
    exposure, masses = np.linspace(1, 2, 10_000), np.linspace(0, 1, 10_000)
    with pytest.raises(InputError, match=r"^the grids hold 1e\+08 points and need"):
        analysis.projection("xlzd", exposure, m_4=masses)


def test_axes_increase_and_hold_each_value_once(analysis):
    found = analysis.projection("xlzd", [1, 2], ["mu", "e", "mu"], [0.3, 0.0, 0.3], [0.99, 0.9])
    assert found.m_4.values.tolist() == [0.0, 0.3]
    assert found.cl.values.tolist() == [0.9, 0.99]
    assert found.flavor.values.tolist() == ["mu", "e"]
    assert (found.limit.diff("exposure") < 0).all()
    assert (found.limit.diff("cl") > 0).all()


def test_default_exposures_are_ten_a_decade():
    np.testing.assert_allclose(PROJECTED_EXPOSURES, np.geomspace(1, 1000, 31), rtol=1e-12)


@pytest.mark.parametrize(
    ("exposure", "message"),
    [
        ([0.0, 1.0], "exposure = 0: expected a number above 0 and at most 1e+09 t yr"),
        ([-1.0, 1.0], "exposure = -1: expected a number above 0"),
        ([1.0, np.nan], "exposure = nan: expected a number above 0"),
        ([1.0, np.inf], "exposure = inf: expected a number above 0"),
        ([1.0, 1e10], "exposure = 1e+10: expected a number above 0 and at most 1e+09 t yr"),
        (5.0, "exposure = 5 t yr: a scan needs at least two exposures, for instance 1:1000:31"),
        ([1.0, 5.0, 2.0], "exposure: 2 t yr comes after 5; exposures must increase"),
        ([1.0, 1.0], "exposure: 1 t yr comes after 1; exposures must increase"),
        ([], "exposure: expected one value or a list of values in t yr"),
        ("a lot", "exposure: expected one value or a list of values in t yr"),
        ([[1.0, 2.0]], "exposure: expected one value or a list of values in t yr"),
    ],
)
def test_exposures_that_cannot_be_are_refused(analysis, exposure, message):
    with pytest.raises(InputError) as error:
        analysis.projection("xlzd", exposure)
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)
