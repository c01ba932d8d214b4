"""The accessor ``ds.nusterile`` on products and on parts of them."""

from __future__ import annotations

import functools
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import nusterile
from nusterile.analysis import Analysis
from nusterile.errors import InputError, ProductError
from nusterile.model.configuration import Configuration
from nusterile.vocabulary import unit_word

AXES = ("selection", "flavor", "m_4")

#: Parts of a product, by what is left of its axes.
PARTS = {
    "whole": lambda ds: ds,
    "one flavor": lambda ds: ds.sel(flavor="e"),
    "two flavors": lambda ds: ds.sel(flavor=["tau", "e"]),
    "one selection": lambda ds: ds.sel(selection="combined"),
    "some masses": lambda ds: ds.isel(m_4=slice(1, 4)),
    "one mass": lambda ds: ds.isel(m_4=2),
    "one of each": lambda ds: ds.sel(flavor="mu", selection="pandax4t").isel(m_4=0),
}


@pytest.fixture(scope="module")
def fine(tmp_path_factory) -> xr.Dataset:
    """A product fine enough in mu that scan and exact limits can be compared."""
    grids = {
        "m_4": {"values": [0.0, 0.05, 0.5]},
        "mu": {"low": 1e-12, "high": 1e-8, "points": 121},
    }
    values = {"experiments": ["xenonnt_sr0"], "flavors": ["effective", "tau"], "grids": grids}
    path = tmp_path_factory.mktemp("fine") / "fine.nc"
    Analysis(Configuration.from_values(values)).build(path)
    return nusterile.open(path)


class TestLimit:
    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("method", ["scan", "exact"])
    def test_of_a_part_is_the_part_of_the_limit(self, product, part, method):
        whole = product.nusterile.limit(method=method)
        assert whole.dims == AXES
        expected = PARTS[part](whole.to_dataset(name="chi2_min"))["chi2_min"]
        found = PARTS[part](product).nusterile.limit(method=method)
        assert found.dims == expected.dims
        np.testing.assert_allclose(found, expected, rtol=1e-9)
        for name in expected.dims:
            np.testing.assert_array_equal(found[name], expected[name])

    def test_of_the_fit_alone(self, fine):
        part = fine[["chi2", "chi2_min", "mu_best"]]
        for method in ("scan", "exact"):
            xr.testing.assert_identical(
                part.nusterile.limit(method=method), fine.nusterile.limit(method=method)
            )

    def test_exact_is_the_stored_one(self, product):
        for cl in (0.9, 0.99):
            for dof in (1, 2):
                stored = product.limit.sel(cl=cl, dof=dof)
                exact = product.nusterile.limit(cl, dof, method="exact")
                np.testing.assert_allclose(exact, stored, rtol=1e-9)

    @pytest.mark.parametrize("dof", [1, 2])
    @pytest.mark.parametrize("cl", [0.68, 0.9, 0.99])
    def test_scan_is_close_to_exact_on_a_fine_grid(self, fine, cl, dof):
        scan = fine.nusterile.limit(cl, dof)
        exact = fine.nusterile.limit(cl, dof, method="exact")
        assert np.isfinite(exact).all()
        np.testing.assert_allclose(scan, exact, rtol=3e-3)

    def test_units_name_and_what_it_is_for(self, product):
        for method in ("scan", "exact"):
            limit = product.nusterile.limit(0.95, 2, method=method)
            assert limit.name == "limit"
            assert unit_word(limit.attrs["units"]) == "bohr_magneton"
            assert (limit.attrs["cl"], limit.attrs["dof"]) == (0.95, 2)

    def test_scan_is_nan_where_the_grid_ends(self, fine):
        cut = fine.isel(mu=slice(0, 50))
        beyond = fine.limit.sel(cl=0.9, dof=1).values > cut.mu.values[-1]
        scan = cut.nusterile.limit()
        assert 0 < beyond.sum() < beyond.size
        assert np.isnan(scan.values[beyond]).all()
        assert np.isfinite(scan.values[~beyond]).all()

    def test_two_degrees_of_a_part_from_the_scan_need_every_mass(self, fine):
        with pytest.raises(InputError) as error:
            fine.isel(m_4=slice(0, 2)).nusterile.limit(dof=2)
        assert "needs every mass of the product" in str(error.value)
        assert "limit(method='exact')" in str(error.value)

    def test_two_degrees_of_a_part_exactly(self, product):
        whole = product.nusterile.limit(dof=2, method="exact")
        part = product.isel(m_4=slice(0, 2)).nusterile.limit(dof=2, method="exact")
        np.testing.assert_allclose(part, whole.isel(m_4=slice(0, 2)), rtol=1e-9)

    def test_moments_in_single_precision_change_little(self, product):
        single = product.assign_coords(mu=product.mu.astype(np.float32))
        np.testing.assert_allclose(single.nusterile.limit(), product.nusterile.limit(), rtol=1e-6)

    @pytest.mark.parametrize("step", [4, 8, 16])
    @pytest.mark.parametrize("dof", [1, 2])
    def test_coarse_moments_give_the_stored_limit(self, fine, step, dof):
        thinned = fine.isel(mu=slice(None, None, step))
        found = thinned.nusterile.limit(0.95, dof)
        assert found.dims == AXES
        np.testing.assert_array_equal(found, fine.limit.sel(cl=0.95, dof=dof))

    def test_coarse_moments_without_a_stored_limit_are_said(self, fine):
        thinned = fine.isel(mu=slice(None, None, 8))
        with pytest.warns(UserWarning, match=r"3\.7 points a decade, too few .* cl = 0\.68"):
            thinned.nusterile.limit(0.68)

    def test_one_coarse_step_is_enough_to_be_said(self, fine):
        gap = fine.isel(mu=[*range(40), *range(50, 121)])
        with pytest.warns(UserWarning, match="too few"):
            gap.drop_vars("limit").nusterile.limit(0.9)

    @pytest.mark.parametrize("part", [{"mu": 3}, {"mu": [3]}, {"mu": slice(None, None, -1)}])
    def test_scan_without_a_range_of_moments_is_refused(self, product, part):
        with pytest.raises(InputError, match="needs several increasing moments mu"):
            product.isel(part).nusterile.limit()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"cl": 90}, "cl = 90: a confidence level lies between 0 and 1"),
            ({"cl": [0.9, 0.95]}, "cl: expected one value, not 2"),
            ({"dof": 3}, "dof = 3: expected 1"),
            ({"dof": [1, 2]}, "dof: expected one value, not 2"),
            ({"method": "guess"}, "method = 'guess': expected 'scan' or 'exact'"),
        ],
    )
    @pytest.mark.parametrize("method", ["scan", "exact"])
    def test_wrong_argument_is_refused(self, product, arguments, message, method):
        with pytest.raises(InputError, match=message):
            product.nusterile.limit(**{"method": method, **arguments})


INTERVAL = ["limit_low", "limit", "limit_status", "expected_limit"]
VERSION_1 = Path(__file__).parents[1] / "data" / "version_1.nc"


@pytest.fixture(scope="module")
def run0(tmp_path_factory) -> xr.Dataset:
    """A product with a lower end, an open mass, and an excluded one with two degrees."""
    values = {
        "experiments": ["pandax4t_run0"],
        "flavors": ["effective", "tau"],
        "grids": {
            "m_4": {"values": [0.1, 2.0, 2.15, 3.5]},
            "mu": {"low": 1e-12, "high": 1e-5, "points": 9},
        },
    }
    path = tmp_path_factory.mktemp("run0") / "run0.nc"
    Analysis(Configuration.from_values(values)).build(path)
    return nusterile.open(path)


class TestInterval:
    @pytest.mark.parametrize("method", ["stored", "exact"])
    def test_both_ends_status_and_expected_limit(self, run0, method):
        for cl in (0.9, 0.95):
            for dof in (1, 2):
                found = run0.nusterile.interval(cl, dof, method=method)
                assert list(found.data_vars) == INTERVAL
                assert found.attrs == {"cl": cl, "dof": dof}
                for name in INTERVAL:
                    assert found[name].dims == AXES
                    stored = run0[name].sel(cl=cl, dof=dof)
                    if name == "limit_status":
                        np.testing.assert_array_equal(found[name], stored)
                    else:
                        np.testing.assert_allclose(found[name], stored, rtol=1e-9)
                        assert unit_word(found[name].attrs["units"]) == "bohr_magneton"

    def test_every_kind_of_interval(self, run0):
        """Their ends are where Δχ² of the exact χ² crosses the threshold."""
        analysis = run0.nusterile.analysis()
        for dof, status in ((1, "open"), (2, "excluded")):
            found = run0.nusterile.interval(0.9, dof).sel(selection="pandax4t_run0", flavor="tau")
            assert found.limit_status.values.tolist()[1:] == ["ok", "outside", status]
            assert np.isnan(found.limit[3])
            assert np.isnan(found.expected_limit[3])
            assert found.limit_low[3].item() == 0 if dof == 1 else np.isnan(found.limit_low[3])
            best = run0.chi2_min.sel(selection="pandax4t_run0", flavor="tau")
            floor = float(best[1] if dof == 1 else best.min())
            ends = [found.limit_low[1].item(), found.limit[1].item()]
            assert 0 < ends[0] < ends[1]
            chi2 = analysis.chi2(selection="pandax4t_run0", flavor="tau", m_4=2.0, mu=ends).chi2
            np.testing.assert_allclose(
                chi2.values.ravel() - floor, {1: 2.705543, 2: 4.605170}[dof], atol=1e-5
            )

    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("method", ["stored", "exact"])
    def test_of_a_part_is_the_part_of_the_interval(self, product, part, method):
        expected = PARTS[part](product.nusterile.interval(dof=2))
        found = PARTS[part](product).nusterile.interval(dof=2, method=method)
        for name in INTERVAL:
            assert found[name].dims == expected[name].dims
        xr.testing.assert_allclose(
            found.drop_vars("limit_status"), expected.drop_vars("limit_status"), rtol=1e-9
        )
        np.testing.assert_array_equal(found.limit_status, expected.limit_status)

    def test_of_one_level_and_a_thinned_grid(self, run0):
        part = run0.sel(cl=0.95, dof=2, flavor="tau").isel(mu=slice(None, None, 4), m_4=[1, 3])
        found = part.nusterile.interval(0.95, 2)
        whole = run0.nusterile.interval(0.95, 2).sel(flavor="tau").isel(m_4=[1, 3])
        xr.testing.assert_equal(found, whole)

    def test_another_level_is_solved_for(self, run0):
        with pytest.raises(InputError) as error:
            run0.nusterile.interval(0.68)
        assert str(error.value) == (
            "cl = 0.68, dof = 1: the product holds cl = 0.9, 0.95, 0.99 for dof = 1, 2; "
            "use interval(method='exact'), which solves for them again"
        )
        wide = run0.nusterile.interval(0.9)
        narrow = run0.nusterile.interval(0.68, method="exact")
        assert (narrow.limit_low > wide.limit_low).any()
        there = np.isfinite(wide.limit)
        assert (narrow.limit < wide.limit).values[there].all()
        assert (narrow.expected_limit < wide.expected_limit).values[there].all()

    def test_a_file_of_version_1_says_what_it_lacks(self):
        old = nusterile.open(VERSION_1)
        with pytest.raises(InputError) as error:
            old.nusterile.interval()
        assert str(error.value) == (
            "a product of schema version 1 holds no limit_low and no expected_limit: use "
            "interval(method='exact'), which solves for them again, or build the product again"
        )
        found = old.nusterile.interval(method="exact")
        np.testing.assert_allclose(found.limit, old.limit.sel(cl=0.9, dof=1), rtol=1e-9)
        assert np.isfinite(found.expected_limit).any()
        assert (found.limit_low >= 0).all()

    def test_what_was_left_out_is_named(self, run0):
        with pytest.raises(InputError, match="this dataset has no 'limit'"):
            run0[["chi2", "chi2_min", "mu_best"]].nusterile.interval()
        with pytest.raises(InputError, match="this dataset holds no expected_limit: use interval"):
            run0.drop_vars("expected_limit").nusterile.interval()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"cl": 90}, "cl = 90: a confidence level lies between 0 and 1"),
            ({"dof": [1, 2]}, "dof: expected one value, not 2"),
            ({"method": "scan"}, "method = 'scan': expected 'stored' or 'exact'"),
        ],
    )
    def test_wrong_argument_is_refused(self, run0, arguments, message):
        with pytest.raises(InputError, match=message):
            run0.nusterile.interval(**arguments)


class TestDeltaChi2:
    def test_one_degree(self, product):
        delta = product.nusterile.delta_chi2()
        assert delta.dims == (*AXES, "mu")
        assert (delta.name, delta.attrs["units"]) == ("delta_chi2", "1")
        np.testing.assert_allclose(delta + product.chi2_min, product.chi2, rtol=1e-12)
        assert (delta > -1e-9).all()

    def test_two_degrees(self, product):
        delta = product.nusterile.delta_chi2(2)
        assert delta.dims == (*AXES, "mu")
        np.testing.assert_allclose(delta + product.chi2_min.min("m_4"), product.chi2, rtol=1e-12)

    def test_of_a_part(self, product):
        part = product.sel(flavor="e", selection=["pandax4t", "combined"])
        for dof in (1, 2):
            whole = product.nusterile.delta_chi2(dof)
            xr.testing.assert_identical(
                part.nusterile.delta_chi2(dof),
                whole.sel(flavor="e", selection=["pandax4t", "combined"]),
            )

    def test_wrong_degree(self, product):
        with pytest.raises(InputError, match="dof = 3: expected 1"):
            product.nusterile.delta_chi2(3)


class TestEvents:
    def test_is_rate_and_background_times_exposure_and_width(self, product, small_analysis):
        events = product.nusterile.events()
        assert events.dims == ("experiment", "flavor", "m_4", "mu", "bin")
        assert events.attrs["units"] == "1"
        point = {"experiment": "pandax4t_run0", "flavor": "tau"}
        spectrum = small_analysis.spectrum(
            *point.values(), product.m_4.values[1], product.mu.values[7]
        )
        found = events.sel(point).isel(m_4=1, mu=7)
        np.testing.assert_allclose(found[:23], spectrum.total, rtol=1e-6)
        assert np.isnan(found[23:]).all()

    @pytest.mark.parametrize(
        "part",
        [
            {"flavor": 1},
            {"experiment": 2},
            {"experiment": [0, 2], "m_4": 0},
            {"m_4": slice(1, 3), "mu": slice(4)},
            {"experiment": 0, "flavor": 0, "m_4": 0, "mu": 0, "bin": 0},
        ],
    )
    def test_of_a_part(self, product, part):
        expected = product.nusterile.events().isel(part)
        found = product.isel(part).nusterile.events()
        assert found.dims == expected.dims
        np.testing.assert_allclose(found, expected)

    @pytest.mark.parametrize("component", ["tritium", ["tritium"]])
    def test_with_one_background(self, product, component):
        """An experiment that lacks it has its neutrinos."""
        events = product.sel(component=component).nusterile.events()
        scale = product.exposure * (product.bin_high - product.bin_low)
        tritium = product.background.sel(component="tritium").fillna(0)
        expected = ((product.rate + tritium) * scale).transpose(*events.dims)
        np.testing.assert_allclose(events, expected)


class TestConfiguration:
    def test_of_a_product_and_of_a_part(self, product, small_analysis):
        assert product.nusterile.config == small_analysis.configuration
        assert product.sel(flavor="e").nusterile.config == small_analysis.configuration

    def test_analysis(self, product, small_analysis):
        again = product.isel(m_4=0).nusterile.analysis()
        assert again.configuration == small_analysis.configuration

    def test_lost_attributes(self, product):
        product.attrs.clear()
        with pytest.raises(ProductError, match="attribute config is missing"):
            product.nusterile.config  # noqa: B018


@pytest.mark.parametrize("name", ["chi2", "chi2_min", "mu_best", "mu"])
def test_scan_limit_without_what_it_needs(product, name):
    with pytest.raises(InputError, match=f"this dataset has no '{name}'"):
        product.drop_vars(name).nusterile.limit()


@pytest.mark.parametrize("name", ["selection", "flavor", "m_4"])
def test_exact_limit_without_what_it_needs(product, name):
    with pytest.raises(InputError, match=f"this dataset has no '{name}'"):
        product.isel({name: 0}).drop_vars(name).nusterile.limit(method="exact")


@pytest.mark.parametrize("name", ["rate", "background", "exposure", "bin_low"])
def test_events_without_what_they_need(product, name):
    with pytest.raises(InputError, match=f"this dataset has no '{name}'"):
        product.drop_vars(name).nusterile.events()


def test_delta_chi2_of_another_dataset():
    with pytest.raises(InputError, match="this dataset has no 'chi2': it is no product"):
        xr.Dataset({"a": 1}).nusterile.delta_chi2()


def test_three_lines_from_file_to_limit_curve(small_product):
    product = nusterile.open(small_product)
    limit = product.nusterile.limit(cl=0.9, dof=1)
    curve = limit.sel(selection="xenonnt_sr0", flavor="effective").to_series()
    assert list(curve.index) == product.m_4.values.tolist()
    assert 5e-12 < curve.iloc[0] < 1e-11


class TestLazyProducts:
    """Products in chunks of dask, and out of zarr."""

    @pytest.fixture(params=["dask", "zarr"])
    def lazy(self, request, tmp_path):
        def of(dataset):
            if request.param == "dask":
                return dataset.chunk({"selection": 1, "mu": 7, "m_4": 2})
            with warnings.catch_warnings():  # zarr's own, about texts of any length
                warnings.simplefilter("ignore")
                dataset.drop_encoding().to_zarr(tmp_path / "product.zarr")
            return xr.open_dataset(tmp_path / "product.zarr", engine="zarr", chunks={})

        return of

    @pytest.mark.parametrize("cl", [0.9, 0.68])
    def test_limit(self, fine, lazy, cl):
        np.testing.assert_array_equal(lazy(fine).nusterile.limit(cl), fine.nusterile.limit(cl))

    def test_spectrum(self, product, lazy):
        at = ("pandax4t_run1", "tau", 0.1, 2e-11, "combined")
        xr.testing.assert_allclose(
            lazy(product).nusterile.spectrum(*at), product.nusterile.spectrum(*at)
        )

    def test_delta_chi2(self, product, lazy):
        found = lazy(product).nusterile.delta_chi2(2)
        np.testing.assert_array_equal(found, product.nusterile.delta_chi2(2))


class TestSpectrumRefusals:
    AT = ("xenonnt_sr0", "effective", 0.1, 1e-11)

    def test_an_experiment_that_the_selection_lacks(self, product):
        with pytest.raises(InputError, match=r"'pandax4t' does not hold the .*'xenonnt_sr0'"):
            product.nusterile.spectrum(*self.AT, selection="pandax4t")

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({0: "xenonnt"}, "unknown experiment 'xenonnt'; did you mean 'xenonnt_sr0'"),
            ({1: "electron"}, "unknown flavor 'electron'"),
            ({2: 100.0}, r"m_4 = 100 MeV: the product holds .* to .* MeV"),
            ({2: float("nan")}, "m_4 = nan"),
            ({3: 1e-3}, "mu = 0.001 bohr_magneton: the product holds"),
            ({3: [1e-11, 2e-11]}, "mu: expected one value, not 2"),
        ],
    )
    def test_a_point_that_is_not_there(self, product, change, message):
        at = [change.get(i, value) for i, value in enumerate(self.AT)]
        with pytest.raises(InputError, match=message):
            product.nusterile.spectrum(*at)

    def test_an_unknown_selection(self, product):
        with pytest.raises(InputError, match="unknown selection 'all'"):
            product.nusterile.spectrum(*self.AT, selection="all")

    def test_a_fit_without_a_minimum(self, product):
        broken = product.copy(deep=True)
        broken.pulls.loc[{"selection": "combined"}] = np.nan
        with pytest.raises(InputError, match="holds no pulls of combined for xenonnt_sr0"):
            broken.nusterile.spectrum(*self.AT, selection="combined")

    def test_of_scalars(self, product):
        part = product.sel(flavor="e", selection="combined")
        xr.testing.assert_identical(
            part.nusterile.spectrum("xenonnt_sr0", "e", 0.1, 1e-11, "combined"),
            product.nusterile.spectrum("xenonnt_sr0", "e", 0.1, 1e-11, "combined"),
        )
        with pytest.raises(InputError, match="unknown flavor 'mu'; valid: e"):
            part.nusterile.spectrum("xenonnt_sr0", "mu", 0.1, 1e-11)

    def test_the_fitted_one_is_that_of_the_analysis(self, product, small_analysis):
        m_4, mu = product.m_4.values[2], product.mu.values[5]
        at = ("pandax4t_run0", "mu", float(m_4), float(mu), "pandax4t")
        stored, exact = product.nusterile.spectrum(*at), small_analysis.spectrum(*at)
        assert set(stored.variables) == set(exact.variables)
        for name in ("sm", "dipole", "background", "total"):
            np.testing.assert_allclose(stored[name], exact[name], rtol=2e-6)


@pytest.fixture(scope="module")
def study(analysis):
    few = {"selection": "xenonnt_sr0", "flavor": "effective", "m_4": [0.1, 0.3], "toys": 256}
    moments = [2e-12, 1e-11, 2e-11, 5e-11, 1e-10, 2e-10]

    def run(kind: str):
        own = {"mu": moments} if kind in ("unified", "cls", "coverage") else {}
        return analysis.toys(kind, **few, **own, cl=[0.9, 0.95])

    return functools.cache(run)


class TestStudiesWithToys:
    """What toys found is had by the same names as what Wilks says."""

    def test_bands(self, study):
        expected = study("expected")
        bands = expected.nusterile.bands(0.95)
        assert list(bands) == ["low_95", "low_68", "expected", "high_68", "high_95"]
        assert bands.expected.dims == ("selection", "flavor", "m_4")
        for name, quantile in zip(bands, expected["quantile"].values, strict=True):
            wanted = expected.expected_limit.sel(cl=0.95, quantile=quantile)
            np.testing.assert_array_equal(bands[name], wanted)
        one = expected.sel(flavor="effective").isel(m_4=0).nusterile.bands(0.9)
        assert one.expected.dims == ("selection",)

    def test_unified_intervals(self, study):
        unified = study("unified")
        found = unified.nusterile.interval(0.9)
        np.testing.assert_array_equal(found.limit, unified.interval_high.sel(cl=0.9, dof=1))
        np.testing.assert_array_equal(found.limit_low, unified.interval_low.sel(cl=0.9, dof=1))
        np.testing.assert_array_equal(
            found.limit_status, unified.interval_status.sel(cl=0.9, dof=1)
        )
        np.testing.assert_array_equal(unified.nusterile.limit(0.9), found.limit)

    def test_degrees_of_freedom_are_told_apart(self, analysis):
        few = {"selection": "xenonnt_sr0", "flavor": "effective", "m_4": 0.1, "toys": 64}
        both = analysis.toys("unified", **few, mu=[2e-12, 1e-11, 2e-11, 1e-10], dof=[1, 2])
        for dof in (1, 2):
            found = both.nusterile.interval(0.9, dof)
            np.testing.assert_array_equal(found.limit, both.interval_high.sel(cl=0.9, dof=dof))
        ends = both.interval_high.squeeze()
        assert ends.sel(dof=1) != ends.sel(dof=2)

    def test_cls_limits(self, study):
        cls = study("cls")
        np.testing.assert_array_equal(cls.nusterile.limit(0.95), cls.limit.sel(cl=0.95))

    @pytest.mark.parametrize(
        ("kind", "ask", "said"),
        [
            (
                "expected",
                lambda n: n.limit(),
                "a study of kind 'expected' holds no 'chi2', but expec",
            ),
            (
                "expected",
                lambda n: n.bands(0.8),
                "cl = 0.8: the study holds cl = 0.9, 0.95; run it",
            ),
            (
                "unified",
                lambda n: n.interval(dof=2),
                "dof = 2: the study holds dof = 1; run it again",
            ),
            (
                "cls",
                lambda n: n.bands(),
                "a study of kind 'cls' holds no 'expected_limit', but cls",
            ),
            (
                "coverage",
                lambda n: n.interval(),
                "a study of kind 'coverage' holds no 'limit', but",
            ),
        ],
    )
    def test_what_a_study_has_not(self, study, kind, ask, said):
        with pytest.raises(InputError, match=f"^{re.escape(said)}"):
            ask(study(kind).nusterile)
