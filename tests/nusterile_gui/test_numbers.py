"""Numbers on the screen are those of the accessor, to 1e-9."""

import numpy as np
import pytest
from window_hand import settle

import nusterile
from nusterile.statistics.intervals import threshold

POINTS = [(0.02, 3e-12), (0.1, 2e-11), (1.0, 1e-8), (4.0, 1e-6), (1e-3, 1e-12)]
NEAR = {"rtol": 1e-9, "atol": 0, "equal_nan": True}


@pytest.fixture
def data(product):
    return nusterile.open(product)


def at(data, m_4, mu):
    masses, moments = data.m_4.values, data.mu.values
    i = int(np.argmin(abs(np.log(masses / m_4))))
    j = int(np.argmin(abs(np.log(moments / mu))))
    return {"m_4": masses[i], "mu": moments[j]}


@pytest.mark.parametrize("dof", [1, 2])
@pytest.mark.parametrize(("selection", "flavor"), [("combined", "effective"), ("pandax4t", "tau")])
def test_the_image_is_delta_chi2(window, data, dof, selection, flavor):
    window.model.update(selection=selection, flavor=flavor, dof=dof)
    wanted = data.nusterile.delta_chi2(dof).sel(selection=selection, flavor=flavor).values
    np.testing.assert_allclose(window.plane.image.image, wanted, **NEAR)


@pytest.mark.parametrize(("m_4", "mu"), POINTS)
@pytest.mark.parametrize("dof", [1, 2])
def test_profiles_are_slices_of_delta_chi2(window, data, m_4, mu, dof):
    window.model.update(m_4=m_4, mu=mu, dof=dof, flavor="mu")
    point = at(data, m_4, mu)
    delta = data.nusterile.delta_chi2(dof).sel(flavor="mu")
    for panel, fixed, axis in (
        (window.moment_profile, "m_4", "mu"),
        (window.mass_profile, "mu", "m_4"),
    ):
        assert len(panel.drawn) == 6  # five experiments and the combination
        for (layer, selection), (x, y) in zip(panel.drawn, panel.curves.shown(), strict=True):
            assert layer is window.model.layer
            wanted = delta.sel({"selection": selection, fixed: point[fixed]})
            np.testing.assert_allclose(y, wanted.values, **NEAR)
            np.testing.assert_allclose(10**x, data[axis].values, rtol=1e-9)


@pytest.mark.parametrize("cl", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("dof", [1, 2])
def test_limit_curves_are_the_stored_limits(window, data, cl, dof):
    window.model.update(cl=cl, dof=dof, shown_flavors=frozenset({"e", "tau"}))
    items = window.plane.limits
    assert len(items.curves) == 6 * 3
    for curve, (x, y) in zip(items.curves, items.arrays(), strict=True):
        part = data.sel(selection=curve.selection, flavor=curve.flavor, cl=cl, dof=dof)
        np.testing.assert_allclose(10**y, part.limit.values, **NEAR)
        np.testing.assert_allclose(10**x, data.m_4.values, rtol=1e-9)
        assert list(curve.status) == list(part.limit_status.values)


def test_limits_at_another_level_come_from_the_scan(window, data):
    window.model.update(cl=0.8)
    with pytest.warns(UserWarning, match="too few"):  # the grid of these tests is coarse
        wanted = data.nusterile.limit(0.8)
    wanted = wanted.sel(selection="combined", flavor="effective")
    curve = window.plane.limits.curves[-1]
    assert (curve.selection, curve.flavor) == ("combined", "effective")
    np.testing.assert_allclose(curve.limit, wanted.values, **NEAR)


def test_every_missing_limit_has_a_mark(window, data):
    shown = [curve.selection for curve in window.plane.limits.curves]
    status = data.limit_status.sel(flavor="effective", cl=0.9, dof=1, selection=shown).values
    marks = [str(spot.data()) for spot in window.plane.limits.marks.points()]
    for kind in ("open", "outside"):
        assert sum(mark.endswith(f": {kind}") for mark in marks) == np.sum(status == kind)


@pytest.mark.parametrize(("m_4", "mu"), POINTS)
@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("experiment", ["xenonnt_sr0", "pandax4t_run1"])
def test_the_spectrum_is_the_accessors(window, data, m_4, mu, fitted, experiment):
    window.model.update(m_4=m_4, mu=mu, fitted=fitted, experiment=experiment, flavor="e")
    panel = window.spectrum
    point = at(data, m_4, mu)
    shown = data.nusterile.spectrum(
        experiment, "e", **point, selection="combined" if fitted else None
    )
    other = data.nusterile.spectrum(
        experiment, "e", **point, selection=None if fitted else "combined"
    )
    parts = np.vstack([shown.background.values, shown.sm.values[None], shown.dipole.values[None]])
    np.testing.assert_allclose(panel.stack.tops, np.cumsum(parts, axis=0), **NEAR)
    np.testing.assert_allclose(panel.stack.tops[-1], shown.total.values, **NEAR)
    np.testing.assert_allclose(panel.bars.tops[0], shown.chi2.values, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(panel.other_total.getData()[1], other.total.values, **NEAR)
    np.testing.assert_allclose(panel.points.getData()[1], shown.counts.values, **NEAR)


def test_a_rate_is_events_by_exposure_and_width(window, data):
    window.model.update(quantity="rate", experiment="pandax4t_run0")
    state = window.model.state
    point = at(data, state.m_4, state.mu)
    part = data.sel(experiment="pandax4t_run0", flavor="effective").sel(point)
    part = part.isel(bin=np.isfinite(part.bin_low.values))
    wanted = part.rate + part.background.sum("component")
    np.testing.assert_allclose(window.spectrum.stack.tops[-1], wanted.values, rtol=1e-6)


@pytest.mark.parametrize(("m_4", "mu"), POINTS)
def test_pulls_are_the_stored_ones(window, data, m_4, mu):
    window.model.update(m_4=m_4, mu=mu, selection="xenon")
    part = data.pulls.sel(selection="xenon", flavor="effective").sel(at(data, m_4, mu))
    drawn = window.pulls.values()
    assert set(drawn) == set(map(str, data.pull.values))
    for name, value in drawn.items():
        assert value == pytest.approx(float(part.sel(pull=name)), rel=1e-9, abs=1e-12)


def test_only_the_pulls_of_the_fit_are_shown(window):
    window.model.update(selection="xenonnt_sr0")
    assert list(window.pulls.values()) == ["solar", "xenonnt_sr0:b0"]


def test_a_spectrum_outside_the_fit_has_no_pulled_version(window):
    window.model.update(selection="xenonnt_sr0", experiment="pandax4t_run0", fitted=True)
    assert not window.spectrum.fitted.isEnabled()
    assert not window.spectrum.other_total.isVisible()


def test_limit_marks_sit_on_the_level(window, data):
    window.model.update(m_4=0.02, cl=0.95)
    marks = window.moment_profile.limits.marks
    x, y = np.array([(mark.x, mark.y) for mark in marks]).T
    part = data.limit.sel(flavor="effective", cl=0.95, dof=1).sel(m_4=at(data, 0.02, 1e-11)["m_4"])
    drawn = [selection for _, selection in window.moment_profile.drawn]
    np.testing.assert_allclose(10**x, part.sel(selection=drawn).values, rtol=1e-9)
    np.testing.assert_allclose(y, threshold(0.95, 1), rtol=1e-12)


def test_the_read_out_says_what_the_product_says(window, data):
    window.model.update(m_4=0.1, mu=2e-11)
    point = at(data, 0.1, 2e-11)
    delta = float(
        data.nusterile.delta_chi2(1).sel(selection="combined", flavor="effective").sel(point)
    )
    assert window.read_out.delta.text() == f"{delta:.4g} (1 dof)"
    total = float(data.nusterile.spectrum("xenonnt_sr0", "effective", **point).total.sum())
    assert window.read_out.events.text().startswith(f"{total:.4g} ")


def test_contours_of_one_dof_follow_the_limit(window, data):
    window.model.update(cl=0.9, dof=1)
    x, y = window.plane.contours.shown()[0]
    limit = data.limit.sel(selection="combined", flavor="effective", cl=0.9, dof=1).values
    for m_4, value in zip(data.m_4.values, limit, strict=True):
        if np.isfinite(value) and value < 1e-6:
            near = y[np.abs(x - np.log10(m_4)) < 1e-9]
            # A straight line between moments a quarter of a decade apart.
            assert np.min(np.abs(near - np.log10(value))) < 0.13


def test_layers_are_compared_on_the_masses_of_the_first(window, other_product, data):
    first = window.model.layer
    window.files.open([other_product])
    settle(window)
    second = window.model.layer
    window.model.update(active=first.key, ratio=(first.key, second.key), selection="pandax4t")
    other = nusterile.open(other_product)
    assert ("pandax4t", "effective") in window.ratio.drawn
    assert ("xenonnt_sr0", "effective") not in window.ratio.drawn
    for (selection, flavor), (_, ratio) in zip(
        window.ratio.drawn, window.ratio.curves.shown(), strict=True
    ):
        ours = data.limit.sel(selection=selection, flavor=flavor, cl=0.9, dof=1).values
        theirs = other.limit.sel(selection=selection, flavor=flavor, cl=0.9, dof=1).values
        known = np.log(other.m_4.values[1:])
        inside = (np.log(data.m_4.values) >= known[0]) & (np.log(data.m_4.values) <= known[-1])
        wanted = ours / np.exp(np.interp(np.log(data.m_4.values), known, np.log(theirs[1:])))
        assert np.isnan(ratio[~inside]).all()
        np.testing.assert_allclose(ratio[inside], wanted[inside], rtol=1e-9)
