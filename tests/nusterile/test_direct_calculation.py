"""Events, χ² and limits of the shipped experiments against a direct calculation."""

from __future__ import annotations

import numpy as np
import pytest
from direct_events import (
    EXPERIMENTS,
    PROJECTIONS,
    background,
    chi2,
    events,
    limit,
    lowest,
    problem,
    projected_problem,
)
from independent_fit import minimise_inside, minimise_with_iminuit
from scipy.optimize import brentq
from scipy.stats import chi2 as chi2_distribution

from nusterile import Analysis, Configuration
from nusterile.physics.solar import solar_sources
from nusterile.vocabulary import FLAVORS

MASSES = (0.0, 0.1, 0.3)
#: Selections, with what the default configuration takes for each.
SELECTIONS = {
    **{name: (name,) for name in EXPERIMENTS if name.startswith("pandax4t_run1")},
    "pandax4t": ("pandax4t_run0", "pandax4t_run1"),
    "lz_ws2022": ("lz_ws2022",),
    "lz_ws2024": ("lz_ws2024",),
    "lz": ("lz_ws2022", "lz_ws2024"),
    "xenon": ("xenonnt_sr0", "pandax4t_run0", "pandax4t_run1", "lz_ws2022", "lz_ws2024"),
    "combined": ("xenonnt_sr0", "pandax4t_run0", "pandax4t_run1"),
}


@pytest.fixture(scope="module")
def calculated() -> Analysis:
    """Every experiment that comes along, and a plane of three masses."""
    values = {
        "experiments": [*EXPERIMENTS, *PROJECTIONS],
        "selections": SELECTIONS,
        "grids": {"m_4": {"values": MASSES}},
    }
    return Analysis(Configuration.from_values(values))


def deviation(found, expected) -> float:
    """Largest relative deviation where something is expected."""
    found, expected = np.asarray(found), np.asarray(expected)
    return float(np.max(abs(found[expected > 0] / expected[expected > 0] - 1), initial=0.0))


@pytest.mark.parametrize("name", [*EXPERIMENTS, *PROJECTIONS])
def test_events_in_every_bin(calculated, name, measured):
    """Relative 1e-7: the recoil integral of both is far better than the 1e-5 asked for."""
    found = calculated.expectations[name]
    np.testing.assert_allclose(found.standard_model, events(name, None)["sm"], rtol=1e-7)
    measured("events_direct", deviation(found.standard_model, events(name, None)["sm"]))
    np.testing.assert_allclose(found.background, background(name), rtol=1e-7, atol=1e-12)
    for index, m_4 in enumerate((*MASSES, 1.0)):
        dipole = found.dipole((*MASSES, 1.0))[:, index]
        for row, flavor in zip(dipole, FLAVORS, strict=True):
            np.testing.assert_allclose(row, events(name, m_4)[flavor], rtol=1e-7)
            measured("events_direct", deviation(row, events(name, m_4)[flavor]))


@pytest.mark.parametrize("name", ["xenonnt_sr0", "lz_ws2024"])
def test_events_of_every_source(name, measured):
    """Relative 1e-7, and bins that a source does not reach stay empty."""
    configuration = Configuration(experiments=(name,)).with_changes(solar={"pulls": "by_source"})
    found = Analysis(configuration).expectations[name]
    masses = (0.1, 1.0)
    dipole = found.dipole_by_source(masses)
    for place, source in enumerate(source.name for source in solar_sources()):
        direct = events(name, None, (source,))["sm"]
        np.testing.assert_allclose(found.standard_model_by_source[place], direct, rtol=1e-7)
        for index, m_4 in enumerate(masses):
            direct = events(name, m_4, (source,))
            for row, flavor in zip(dipole[:, index, place], FLAVORS, strict=True):
                np.testing.assert_allclose(row, direct[flavor], rtol=1e-7)
                measured("events_sources", deviation(row, direct[flavor]))


@pytest.mark.parametrize("exposure", [3.0, 300.0, 5000.0])
def test_projected_limit(calculated, exposure, measured):
    """Relative 1e-6 at 90 % CL, by an interior-point method and by iminuit."""
    place = [exposure / 2, exposure]
    for flavor, m_4 in (("effective", 0.0), ("e", 0.3)):
        found = calculated.projection("xlzd", place, flavor, m_4).limit.values.ravel()[1]

        def excess(mu: float, minimise, flavor=flavor, m_4=m_4) -> float:
            return minimise(projected_problem("xlzd", exposure, flavor, m_4, mu)) - 2.705543454

        for minimise in (minimise_inside, minimise_with_iminuit):
            # the statistic of the counts themselves is 0
            assert minimise(projected_problem("xlzd", exposure, flavor, m_4, 0.0)) < 1e-6
            root = brentq(excess, 0.9 * found, 1.1 * found, (minimise,), rtol=1e-8, xtol=1e-22)
            assert found == pytest.approx(root, rel=1e-6)
            measured("projected", deviation(np.array([found]), np.array([root])))


@pytest.mark.parametrize("selection", SELECTIONS)
def test_chi2(calculated, selection):
    """Absolute 1e-6, by an interior-point method and by iminuit."""
    names = SELECTIONS[selection]
    for m_4, mu in ((0.0, 0.0), (0.0, 2e-11), (0.3, 1e-10)):
        found = calculated.chi2(selection, "mu", m_4, mu).chi2.item()
        assert found == pytest.approx(chi2(names, "mu", m_4, mu), rel=0, abs=1e-6)
    by_iminuit = minimise_with_iminuit(problem(names, "mu", 0.3, 1e-10))
    assert found == pytest.approx(by_iminuit, rel=0, abs=1e-6)


@pytest.mark.parametrize("selection", SELECTIONS)
def test_limits(calculated, selection, measured):
    """Relative 1e-6 at 90 % CL, one and two degrees of freedom."""
    names = SELECTIONS[selection]
    minima = {m_4: lowest(names, "effective", m_4) for m_4 in MASSES}
    found = calculated.limits(selection, "effective", MASSES, 0.9).squeeze()
    np.testing.assert_allclose(found.chi2_min, list(minima.values()), rtol=0, atol=1e-6)
    for m_4 in (MASSES[0], MASSES[-1]):
        for dof, base in ((1, minima[m_4]), (2, min(minima.values()))):
            level = base + chi2_distribution.ppf(0.9, dof)
            here = found.limit.sel(m_4=m_4, dof=dof).item()
            direct = limit(names, "effective", m_4, level)
            assert here == pytest.approx(direct, rel=1e-6)
            measured("limits_direct", abs(here / direct - 1))
