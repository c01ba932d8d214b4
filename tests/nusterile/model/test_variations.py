"""Limits with changed settings are those of a changed analysis, at a fraction of the time."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_folders import FLAT, only, write_asimov, write_experiment

from nusterile import Analysis
from nusterile.errors import Cancelled, InputError
from nusterile.model.variations import TOGETHER

MASSES = (0.0, 0.03, 0.1, 0.3, 0.7, 1.5)
POINT = ("combined", "mu")


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis().with_changes(experiments=["xenonnt_sr0", "pandax4t_run0", "xlzd"])


@pytest.fixture(scope="module")
def varied(analysis):
    return analysis.variations(MASSES)


def require_equal(analysis, varied, selection, flavor, *, cl=0.9, dof=1, rtol=1e-9, **changes):
    """All of a limit, by a fresh analysis of the changed configuration."""
    found = varied.limits(selection, flavor, cl=cl, dof=dof, **changes)
    changed = analysis.with_changes(**varied.changes(selection, **changes))
    wanted = changed.limits(selection, flavor, varied.m_4, cl, dof).squeeze()
    for name in ("limit", "limit_low"):
        np.testing.assert_allclose(found[name].values, wanted[name].values, rtol=rtol)
    assert found.limit_status.values.tolist() == wanted.limit_status.values.tolist()
    assert found.limit.attrs == wanted.limit.attrs
    return found.limit.values


#: Changes of the combined fit.
CHANGES = {
    "nothing": {},
    "width of the Sun": {"widths": {"solar": 0.2}},
    "Sun held": {"widths": {"solar": 0.0}},
    "width of a component": {"widths": {"xenonnt_sr0:b0": 0.4}},
    "component held": {"widths": {"xenonnt_sr0:b0": 0.0}},
    "component freed": {"widths": {"xenonnt_sr0:b0": np.inf}},
    "free component constrained": {"widths": {"pandax4t_run0:tritium": 0.1}},
    "narrower range": {"fit_ranges": {"xenonnt_sr0": (3, 20)}},
    "wider range": {"fit_ranges": {"pandax4t_run0": (0, 30)}},
    "everything": {
        "widths": {"solar": 0.03, "pandax4t_run0:tritium": 0.2},
        "fit_ranges": {"xenonnt_sr0": [2, 30], "pandax4t_run0": [1, 20]},
    },
}


@pytest.mark.parametrize("dof", [1, 2])
@pytest.mark.parametrize("case", CHANGES)
def test_limits_are_those_of_a_changed_analysis(analysis, varied, case, dof):
    """Relative 1e-9; two degrees of freedom take the minimum over the configured grid."""
    limits = require_equal(analysis, varied, *POINT, cl=0.95, dof=dof, **CHANGES[case])
    nominal = varied.limits(*POINT, cl=0.95, dof=dof).limit.values
    assert np.array_equal(limits, nominal) == (case == "nothing")


def test_exposure_of_an_experiment_without_data(analysis, varied):
    more = require_equal(analysis, varied, "xlzd", "e", exposures={"xlzd": 1000.0})
    ranges = {"xlzd": (2, 35)}
    both = require_equal(analysis, varied, "xlzd", "e", exposures={"xlzd": 30}, fit_ranges=ranges)
    projected = analysis.projection("xlzd", [300, 1000], "e", MASSES).limit
    np.testing.assert_allclose(more, projected.sel(exposure=1000).values.ravel(), rtol=1e-9)
    assert np.all(both[:4] > more[:4])


def test_from_settings_that_are_changed_already(tmp_path):
    """Values as configured are those with the overrides, and a change starts there."""
    write_experiment(tmp_path / "toy")
    write_asimov(tmp_path / "future", components=FLAT)
    overrides = """
[overrides.toy]
fit_range = [2.0, 4.0]
[overrides.toy.components.flat]
free = true
[overrides.future]
exposure = 7.0
"""
    (tmp_path / "a.toml").write_text(only(tmp_path / "toy", tmp_path / "future") + overrides)
    analysis = Analysis.from_toml(tmp_path / "a.toml")
    varied = analysis.variations()
    values = {s.subject: s.value for s in varied.settings("toy")}
    assert values == {
        "pull of the solar neutrinos": 0.07,
        "Toy: pull of flat": np.inf,
        "Toy: fit range": (2.0, 4.0),
    }
    assert {s.name: s.value for s in varied.settings("future") if s.kind == "exposures"} == {
        "future": 7.0
    }
    for changes in ({}, {"widths": {"toy:flat": 0.3}}, {"fit_ranges": {"toy": (1, 6)}}):
        require_equal(analysis, varied, "toy", "effective", **changes)
    require_equal(analysis, varied, "future", "effective", exposures={"future": 0.5})


@pytest.mark.parametrize("correlated", [False, True])
def test_pulls_by_source(correlated):
    """Relative 1e-7: crossings of several intervals are solved from other brackets."""
    solar = {"pulls": "by_source", "correlated": correlated}
    analysis = Analysis().with_changes(experiments=["xenonnt_sr0"], solar=solar)
    varied = analysis.variations([0.05, 0.5])
    pulls = [s.name for s in varied.settings("xenonnt_sr0") if s.kind == "widths"]
    assert ("solar:7Be" in pulls) is not correlated
    assert not varied.quick("xenonnt_sr0")
    changes = {"widths": {"xenonnt_sr0:b0": 0.3}, "fit_ranges": {"xenonnt_sr0": (2, 25)}}
    if not correlated:
        changes["widths"]["solar:7Be"] = 0.5
    require_equal(analysis, varied, "xenonnt_sr0", "e", **changes)


def test_events_are_computed_once(varied, monkeypatch):
    varied.limits(*POINT)
    monkeypatch.setattr(varied, "_wide", None)
    assert varied.limits(*POINT, widths={"solar": 0.2}).limit.notnull().any()


def test_impact_tells_each_change_alone_and_all_together(varied):
    changes = CHANGES["everything"]
    found = varied.impact(*POINT, 0.1, cl=0.95, **changes)
    assert found.subject.values.tolist() == [
        "as configured",
        "pull of the solar neutrinos",
        "XENONnT SR0: fit range",
        "PandaX-4T Run0: pull of tritium",
        "PandaX-4T Run0: fit range",
        TOGETHER,
    ]
    assert found.change.values.tolist() == ["", "3 %", "2 to 30 keV", "20 %", "1 to 20 keV", ""]
    alone = [{}, {"widths": {"solar": 0.03}}, {"fit_ranges": {"xenonnt_sr0": (2, 30)}}]
    for k, change in [*enumerate(alone), (-1, changes)]:
        limit = varied.limits(*POINT, cl=0.95, **change).limit.sel(m_4=0.1).item()
        assert found.limit.values[k] == pytest.approx(limit, rel=1e-11)
    np.testing.assert_array_equal(found.ratio, found.limit / found.limit[0])
    one = varied.impact(*POINT, 0.1, widths={"solar": 0.0})
    assert one.subject.values.tolist() == ["as configured", "pull of the solar neutrinos"]


def test_sketch_is_near_and_exact_where_it_is_solved(analysis):
    varied = analysis.variations(np.geomspace(1e-3, 0.1, 41))
    changes = {"widths": {"solar": 0.3}}
    exact = varied.limits(*POINT, **changes).limit
    sketch = varied.sketch(*POINT, **changes)
    np.testing.assert_allclose(sketch, exact, rtol=0.02)
    np.testing.assert_allclose(sketch[::8], exact[::8], rtol=1e-11)
    assert abs(sketch / exact - 1).max() > 1e-6


def test_preparing_tells_and_stops(analysis):
    varied = analysis.variations(np.geomspace(0.01, 0.1, 23))
    told = []
    varied.prepare("combined", progress=lambda share, what: told.append((share, what)))
    assert told[0] == (0.0, "events of XENONnT SR0")
    assert told[-1][1] == "events of PandaX-4T Run0"
    assert [share for share, _ in told] == sorted({share for share, _ in told})
    varied.prepare("combined", cancelled=lambda: True)  # which has nothing left to do
    with pytest.raises(Cancelled):
        varied.prepare("xlzd", cancelled=lambda: True)


#: Changes that cannot be made, and what is said about them.
WRONG = {
    "pull": ({"widths": {"solr": 0.1}}, "unknown name in widths 'solr'; did you mean 'solar'?"),
    "exposure of data": ({"exposures": {"xenonnt_sr0": 2.0}}, "unknown name in exposures"),
    "other member": ({"fit_ranges": {"xlzd": (1, 2)}}, "unknown name in fit_ranges 'xlzd'"),
    "negative width": ({"widths": {"solar": -0.1}}, "width of the pull solar = -0.1: expected"),
    "free Sun": ({"widths": {"solar": np.inf}}, "width of the pull solar = inf: expected"),
    "no width": ({"widths": {"solar": "wide"}}, "width of the pull solar: expected one value"),
    "range between edges": (
        {"fit_ranges": {"xenonnt_sr0": (1.5, 30)}},
        "fit range of xenonnt_sr0: 1.5 keV is no bin edge; the nearest is ",
    ),
    "range beyond the data": (
        {"fit_ranges": {"xenonnt_sr0": (1, 31)}},
        "fit range of xenonnt_sr0: 31 keV is no bin edge; the nearest is 30 keV",
    ),
    "range upside down": ({"fit_ranges": {"xenonnt_sr0": (9, 2)}}, "expected [low, high] in keV"),
    "range of one number": ({"fit_ranges": {"xenonnt_sr0": 9}}, "expected [low, high] in keV"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_changes_are_refused(varied, case):
    changes, expected = WRONG[case]
    for ask in (varied.limits, varied.sketch):
        with pytest.raises(InputError) as error:
            ask(*POINT, **changes)
        assert expected in str(error.value)


def test_wrong_points_are_refused(varied):
    with pytest.raises(InputError, match="unknown selection 'combine'; did you mean"):
        varied.limits("combine", "mu")
    with pytest.raises(InputError, match="unknown flavor"):
        varied.limits("combined", "muon")
    with pytest.raises(InputError, match="exposure of xlzd = 0: expected a number above 0"):
        varied.limits("xlzd", "mu", exposures={"xlzd": 0})
    with pytest.raises(InputError, match=r"m_4 = 0.2 MeV is none of the masses; the nearest is 0"):
        varied.impact(*POINT, 0.2)
