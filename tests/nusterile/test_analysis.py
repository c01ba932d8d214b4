"""The analysis as a user meets it: labels, scaling laws, the literature, the product."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from nusterile import Analysis, Configuration
from nusterile.errors import InputError
from nusterile.vocabulary import FLAVORS, unit_word

moments = st.floats(-13.0, -5.0).map(lambda x: 10.0**x)
masses = st.one_of(st.just(0.0), st.floats(1e-3, 3.0))


@pytest.fixture(scope="module")
def small():
    """An analysis with small grids, and its product."""
    analysis = Analysis(
        Configuration.from_values(
            {
                "grids": {
                    "m_4": {"values": [0.0, 0.05, 0.3, 1.0, 3.95]},
                    "mu": {"low": 1e-12, "high": 1e-8, "points": 9},
                    "cl": [0.9, 0.95],
                }
            }
        )
    )
    return analysis, analysis.build()


# Scaling laws


@given(mu=moments, m_4=masses, energy=st.floats(0.02, 200.0))
def test_dipole_rate_scales_with_the_square_of_the_moment(analysis, mu, m_4, energy):
    reference = analysis.rates(None, m_4, energy)
    scaled = analysis.rates(None, m_4, energy, mu)
    np.testing.assert_allclose(scaled.dipole, reference.dipole * (mu / 1e-11) ** 2, rtol=1e-14)
    np.testing.assert_array_equal(scaled.sm, reference.sm)


@given(m_4=masses, energy=st.floats(0.02, 200.0))
def test_flavors_sum_to_effective(analysis, m_4, energy):
    dipole = analysis.rates(None, m_4, energy).dipole
    total = dipole.sel(flavor=["e", "mu", "tau"]).sum("flavor")
    np.testing.assert_allclose(total, dipole.sel(flavor="effective"), rtol=1e-14)


def test_product_scales_with_the_square_of_the_moment(small):
    """rate = rate_sm + rate_dipole (mu/1e-11)², stored as float32."""
    _, product = small
    expected = product.rate_sm + product.rate_dipole * (product.mu / 1e-11) ** 2
    xr.testing.assert_allclose(
        product.rate.astype(float), expected.transpose(*product.rate.dims), rtol=1e-7
    )
    flavors = product.rate_dipole.sel(flavor=["e", "mu", "tau"]).sum("flavor", skipna=False)
    xr.testing.assert_allclose(
        flavors, product.rate_dipole.sel(flavor="effective", drop=True), rtol=1e-12
    )


# Literature


def test_xenonnt_limit_in_the_massless_limit(analysis):
    """XENONnT finds 6.4e-12 μ_B at 90 % CL (arXiv:2207.11330), with its own statistics."""
    found = analysis.limits("xenonnt_sr0", "effective", [0.0, 1e-4], 0.9, 1).limit
    massless, light = found.values.ravel()
    assert 5e-12 < massless < 1e-11
    # A mass far below every energy changes nothing.
    assert light == pytest.approx(massless, rel=1e-4)


def test_xenonnt_is_stronger_than_pandax4t_below_an_mev(analysis):
    grid = analysis.configuration.grids.m_4.array()
    below = grid[grid < 1.0][::6]
    limit = analysis.limits(["xenonnt_sr0", "pandax4t"], None, below, 0.9, 1).limit
    assert bool((limit.sel(selection="xenonnt_sr0") < limit.sel(selection="pandax4t")).all())
    # Light masses are limited at some 1e-11 Bohr magnetons.
    assert bool((limit.sel(selection="xenonnt_sr0", m_4=below[:8]) < 3e-11).all())


def test_single_flavors_are_limited_less_than_a_common_moment(analysis):
    limit = analysis.limits(None, None, [0.0, 0.1, 0.5], 0.9, 1, expected=True).limit
    for flavor in ("e", "mu", "tau"):
        assert bool((limit.sel(flavor=flavor) > limit.sel(flavor="effective")).all())


def test_combination_expects_more_than_its_parts(analysis):
    limit = analysis.limits(None, "e", [0.0, 0.2, 1.0], 0.9, 1, expected=True).limit
    for name in ("xenonnt_sr0", "pandax4t_run0", "pandax4t_run1", "pandax4t"):
        better = limit.sel(selection="combined") < limit.sel(selection=name)
        assert bool(better.all())


# Labelled results


def test_rates_are_labelled(analysis):
    found = analysis.rates(["e", "tau"], [0.0, 0.1], [1.0, 5.0, 20.0], 2e-11)
    assert found.dipole.dims == ("flavor", "m_4", "energy")
    assert found.sm.dims == ("energy",)
    assert found.sm.attrs["units"] == found.dipole.attrs["units"] == "1/(t yr keV)"
    assert found.energy.attrs["units"] == "keV"
    assert found.m_4.attrs["units"] == "MeV"
    assert found.flavor.values.tolist() == ["e", "tau"]
    np.testing.assert_allclose(
        found.dipole.values,
        analysis.recoil_rates.dipole([1.0, 5.0, 20.0], [0.0, 0.1])[[1, 3]] * 4,
        rtol=1e-14,
    )


@pytest.mark.parametrize("experiment", ["xenonnt_sr0", "pandax4t_run0", "pandax4t_run1"])
def test_spectrum_adds_up(analysis, experiment):
    found = analysis.spectrum(experiment, "mu", 0.2, 5e-11)
    expectation = analysis.expectations[experiment]
    np.testing.assert_allclose(
        found.total, found.sm + found.dipole + found.background.sum("component"), rtol=1e-14
    )
    np.testing.assert_allclose(
        found.dipole, expectation.dipole(0.2)[FLAVORS.index("mu"), 0] * 25, rtol=1e-12
    )
    np.testing.assert_array_equal(found.counts, expectation.experiment.counts)
    np.testing.assert_array_equal(found.bin_high[:-1], found.bin_low[1:])
    assert found.bin_low.attrs["units"] == "keV"
    assert found.component.values.tolist() == [c.name for c in expectation.experiment.components]


def test_chi2_has_the_pulls_of_its_selection(analysis):
    found = analysis.chi2(["xenonnt_sr0", "xenon"], "e", [0.0, 0.1], [1e-12, 1e-11, 1e-10])
    assert found.chi2.dims == ("selection", "flavor", "m_4", "mu")
    assert found.pulls.dims == (*found.chi2.dims, "pull")
    assert found.pull.values.tolist() == analysis.pull_names()
    single = found.pulls.sel(selection="xenonnt_sr0")
    own = ["solar", "xenonnt_sr0:b0"]
    assert np.isfinite(single.sel(pull=own)).all()
    assert np.isnan(single.drop_sel(pull=own)).all()
    assert np.isfinite(found.pulls.sel(selection="xenon")).all()


def test_pulls_scale_with_their_widths(analysis):
    """Pulls come in units of σ: doubling σ_α about halves a pull that the data do not need."""
    wide = Analysis(Configuration.from_values({"solar": {"sigma": 1e-3}}))
    narrow = Analysis(Configuration.from_values({"solar": {"sigma": 5e-4}}))
    one, two = (
        a.chi2("xenonnt_sr0", "e", 0.0, 1e-11).pulls.sel(pull="solar").item()
        for a in (wide, narrow)
    )
    # α = -σ² χ²'/2 for small σ: the pull α/σ goes like σ.
    assert one / two == pytest.approx(2.0, rel=0.02)


def test_limits_are_labelled(analysis):
    found = analysis.limits("pandax4t", ["e", "mu"], [0.0, 0.3], [0.9, 0.99], [1, 2])
    assert found.limit.dims == ("selection", "flavor", "m_4", "cl", "dof")
    assert found.limit.shape == (1, 2, 2, 2, 2)
    assert unit_word(found.limit.attrs["units"]) == "bohr_magneton"
    assert found.chi2_min.dims == ("selection", "flavor", "m_4")
    assert found.cl.values.tolist() == [0.9, 0.99]
    assert found.dof.values.tolist() == [1, 2]


def test_limit_has_its_delta_chi2(analysis):
    found = analysis.limits("combined", "tau", 0.2, 0.9, 1).squeeze()
    at_limit = analysis.chi2("combined", "tau", 0.2, found.limit.item()).chi2.item()
    assert at_limit - found.chi2_min.item() == pytest.approx(2.705543, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: a.limits("xenont"), "unknown selection 'xenont'; did you mean 'xenon'"),
        (lambda a: a.rates("nu_e"), "unknown flavor 'nu_e'"),
        (lambda a: a.limits(m_4=-1.0), "m_4 = -1"),
        (lambda a: a.limits(m_4=np.nan), "m_4 = nan"),
        (lambda a: a.chi2(mu=[1e-11, np.inf]), "mu = inf"),
        (lambda a: a.rates(energy=0.0), "energy = 0: expected a number above 0"),
        (lambda a: a.limits(cl=1.0), "cl = 1"),
        (lambda a: a.limits(dof=3), "dof = 3"),
        (lambda a: a.spectrum("lz", "e", 0.1, 1e-11), "unknown experiment 'lz'"),
        (lambda a: a.chi2(m_4=np.zeros((2, 2))), "m_4: expected one value or a list"),
        (lambda a: a.likelihood_of(["lz"]), "unknown experiment 'lz'"),
        (lambda a: a.templates("lz", 0.1), "unknown experiment 'lz'"),
        (lambda a: a.of_experiment("lz"), "unknown experiment 'lz'"),
    ],
)
def test_wrong_arguments_are_named(analysis, call, message):
    with pytest.raises(InputError, match=message):
        call(analysis)


def test_a_computation_that_needs_too_much_memory_is_refused(analysis):
    with pytest.raises(InputError, match=r"1e\+09 points .* blocks of masses"):
        analysis.rates(m_4=np.zeros(31_623), energy=np.ones(31_623))


# The product


def test_product_holds_what_the_calls_give(small):
    analysis, product = small
    calls = analysis.limits()
    for name in ("limit", "chi2_min", "mu_best"):
        np.testing.assert_allclose(product[name], calls[name], rtol=1e-10, atol=1e-20)
    np.testing.assert_array_equal(product.limit_status, calls.limit_status)
    scan = analysis.chi2()
    np.testing.assert_allclose(product.chi2, scan.chi2, rtol=1e-12)
    np.testing.assert_allclose(product.pulls, scan.pulls, rtol=1e-4, atol=1e-4)


def test_product_turns_into_events(small):
    """Expected events are (rate + background) · exposure · bin width."""
    analysis, product = small
    for name, expectation in analysis.expectations.items():
        bins = expectation.experiment.counts.size
        here = product.sel(experiment=name).isel(bin=slice(bins))
        scale = here.exposure * (here.bin_high - here.bin_low)
        np.testing.assert_allclose(here.rate_sm * scale, expectation.standard_model, rtol=1e-13)
        masses = product.m_4.values
        np.testing.assert_allclose(
            (here.rate_dipole * scale).transpose("flavor", "m_4", "bin"),
            expectation.dipole(masses),
            rtol=1e-12,
        )
        names = [c.name for c in expectation.experiment.components]
        np.testing.assert_allclose(
            (here.background.sel(component=names) * scale).transpose("component", "bin"),
            expectation.background,
            rtol=1e-13,
        )
        np.testing.assert_array_equal(here.counts, expectation.experiment.counts)
        outside = product.sel(experiment=name).isel(bin=slice(bins, None))
        assert np.isnan(outside.rate_sm).all()


def test_product_is_the_same_whatever_the_block_of_masses(small, monkeypatch):
    analysis, product = small
    monkeypatch.setattr("nusterile.product.scan.BLOCK", 2)
    again = analysis.build()
    for name in ("chi2", "limit", "rate_dipole", "mu_best"):
        np.testing.assert_array_equal(again[name], product[name])


def test_progress_rises_to_one(small):
    analysis, _ = small
    shares = []
    analysis.build(progress=lambda share, what: shares.append((share, what)))
    values = [share for share, _ in shares]
    assert values == sorted(values)
    assert values[-1] == 1.0
    assert all(isinstance(what, str) and what for _, what in shares)


def test_selections_and_flavors_of_a_configuration():
    analysis = Analysis(
        Configuration.from_values(
            {
                "experiments": ["pandax4t_run1", "xenonnt_sr0"],
                "flavors": ["tau"],
                "selections": {"both": ["xenonnt_sr0", "pandax4t_run1"]},
            }
        )
    )
    found = analysis.limits(m_4=0.1, cl=0.9, dof=1)
    assert found.selection.values.tolist() == ["both"]
    assert found.flavor.values.tolist() == ["tau"]


def test_order_of_experiments_in_a_selection_changes_nothing(analysis):
    turned = Analysis(
        Configuration.from_values(
            {
                "experiments": ["pandax4t_run1", "xenonnt_sr0", "pandax4t_run0"],
                "selections": {
                    "combined": ["pandax4t_run0", "pandax4t_run1", "xenonnt_sr0"],
                },
            }
        )
    )
    arguments = ("combined", None, [0.0, 0.2, 0.8], 0.9, 1)
    np.testing.assert_allclose(
        turned.limits(*arguments).limit, analysis.limits(*arguments).limit, rtol=1e-10
    )


def test_options_of_the_configuration_reach_the_physics(analysis):
    """Each key changes what it should: by how much is checked where the physics is tested."""
    sm = analysis.rates(energy=[5.0]).sm.item()
    for section in (
        {"solar": {"model": "agss09met"}},
        {"oscillation": {"sin2_theta_12": 0.25}},
        {"oscillation": {"sin2_theta_13": 0.05}},
        {"oscillation": {"delta_m2_21": 1.5e-5}},
        {"cross_section": {"couplings": "radiative"}},
        {"cross_section": {"sin2_theta_w": 0.25}},
    ):
        changed = Analysis(Configuration.from_values(section)).rates(energy=[5.0]).sm.item()
        assert 1e-4 < abs(changed / sm - 1) < 0.2, section
    # θ₂₃ only shares muon and tau neutrinos, which scatter alike at tree level.
    shared = Analysis(Configuration.from_values({"oscillation": {"sin2_theta_23": 0.6}}))
    rates = shared.rates(energy=[5.0])
    assert rates.sm.item() == pytest.approx(sm, rel=1e-12)
    mu, tau = rates.dipole.sel(flavor=["mu", "tau"]).values.ravel()
    assert tau / mu == pytest.approx(0.6 / 0.4, rel=1e-12)


def test_pickled_analysis_computes_the_same(analysis):
    again = pickle.loads(pickle.dumps(analysis))
    arguments = ("combined", "e", [0.0, 0.3], 0.9, 1)
    np.testing.assert_array_equal(again.limits(*arguments).limit, analysis.limits(*arguments).limit)


def test_default_product_is_computed_without_failures(analysis):
    """Every limit of the default masses is found or known not to exist."""
    found = analysis.limits()
    assert not (found.limit_status == "failed").any()
    none = found.limit_status.isin(["open", "excluded"])
    assert bool((np.isnan(found.limit) == none).all())
    assert bool((np.isnan(found.limit_low) == (found.limit_status == "excluded")).all())
    # Without a dipole, PandaX-4T Run0 fits worse than at its best point by more than 90 %.
    excluded = found.limit_status.sel(dof=2) == "excluded"
    assert set(found.selection.values[excluded.any(["flavor", "m_4", "cl"])]) == {"pandax4t_run0"}
    assert (excluded.sum("m_4").sel(selection="pandax4t_run0", cl=0.9) == 8).all()
    assert np.isfinite(found.chi2_min).all()


def test_a_path_in_place_of_a_configuration_is_refused():
    with pytest.raises(InputError, match="from_toml"):
        Analysis("analysis.toml")  # type: ignore[arg-type]
