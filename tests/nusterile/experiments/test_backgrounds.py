"""Backgrounds: shapes against formulas, normalisations against the published events."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import erf, sqrt

import mpmath
import numpy as np
import pytest
from direct_integration import ALPHA, M_E, read_rows
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from nusterile.errors import InputError
from nusterile.experiments.backgrounds import background_rates, beta_spectrum
from nusterile.experiments.detector import Detector
from nusterile.experiments.expectation import Expectation
from nusterile.experiments.settings import ComponentSettings, Resolution

#: Events over the whole region of interest, arXiv:2408.00664.
PUBLISHED = {
    "pandax4t_run0": {
        "other_er": 504.0,
        "tritium": 556.0,
        "xe124": 2.3,
        "xe127": 7.7,
        "accidental": 11.0,
    },
    "pandax4t_run1_wimp": {
        "other_er": 1226.0,
        "tritium": 114.0,
        "xe124": 4.1,
        "accidental": 13.0,
    },
}
RUNS = tuple(PUBLISHED)
EXPOSURE = {"pandax4t_run0": 0.54, "pandax4t_run1_wimp": 1.00}


def component(expectation: Expectation, name: str) -> np.ndarray:
    names = [c.name for c in expectation.experiment.components]
    return expectation.background[names.index(name)]


def with_all_energies(expectation: Expectation) -> Expectation:
    """The same experiment with bins that hold every reconstructed energy."""
    experiment = replace(
        expectation.experiment,
        bin_edges=np.concatenate([[-60.0], np.arange(0.0, 40.0), [150.0]]),
        counts=np.zeros(41),
    )
    return Expectation.of(experiment, expectation.rates)


@given(T=st.floats(1e-3, 18.58))
def test_beta_spectrum_against_the_formula(T):
    with mpmath.workdps(30):
        kinetic, Q = mpmath.mpf(T) / 1000, mpmath.mpf(18.59) / 1000
        p = mpmath.sqrt(kinetic**2 + 2 * kinetic * mpmath.mpf(M_E))
        W = kinetic + mpmath.mpf(M_E)
        x = 2 * mpmath.pi * mpmath.mpf(ALPHA) * 2 * W / p
        expected = float(p * W * (Q - kinetic) ** 2 * x / (1 - mpmath.exp(-x)))
    # (Q - T)² doubles the rounding of Q - T.
    assert float(beta_spectrum(T, 18.59, 2)) == pytest.approx(
        expected, rel=1e-14 + 1e-14 / (1 - T / 18.6)
    )


def test_mean_energy_of_tritium_decay():
    """The published mean is 5.68 keV; the non-relativistic Fermi function may move it by 1 %."""

    def shape(T):
        return float(beta_spectrum(T, 18.59, 2))

    mean = quad(lambda T: T * shape(T), 0, 18.59)[0] / quad(shape, 0, 18.59)[0]
    assert mean == pytest.approx(5.68, abs=0.05)


@pytest.mark.parametrize(
    ("name", "exposure"),
    [("xenonnt_sr0", 1.16), ("pandax4t_run1", 1.0), ("lz_ws2022", 0.904), ("lz_ws2024", 3.315)],
)
def test_background_that_is_a_table_without_solar_neutrinos(analysis, name, exposure):
    expectation = analysis.expectations[name]
    rows = read_rows("experiments", name, "background.csv")
    released = [(float(r["energy_keV"]), float(r["rate_per_tonne_year_keV"])) for r in rows]
    step = released[1][0] - released[0][0]
    for index, (low, high) in enumerate(
        zip(
            expectation.experiment.bin_edges[:-1],
            expectation.experiment.bin_edges[1:],
            strict=True,
        )
    ):
        # The edges of the bins are edges of the table's cells of 0.1 or 1 keV, too.
        content = exposure * step * sum(rate for energy, rate in released if low < energy < high)
        expected = max(content - expectation.standard_model[index], 0.0)
        assert expectation.background[0, index] == pytest.approx(expected, rel=1e-9)


def test_solar_neutrinos_are_never_subtracted_below_zero(analysis):
    expectation = analysis.expectations["xenonnt_sr0"]
    bins = expectation.experiment.counts.size
    rates = background_rates(expectation.experiment, expectation.detector, np.full(bins, 1e6), 1e6)
    np.testing.assert_array_equal(rates, 0.0)


@pytest.mark.parametrize("run", RUNS)
def test_components_hold_their_published_events(shipped, run):
    """Over every reconstructed energy each component has the published number of events."""
    whole = with_all_energies(shipped.expectations[run])
    solar = whole.standard_model.sum()
    published = PUBLISHED[run]
    assert [c.name for c in whole.experiment.components] == list(published)
    for name, events in published.items():
        expected = events - solar if name == "other_er" else events
        # Outside of -60 to 150 keV there is nothing: exact to the quadrature.
        assert component(whole, name).sum() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("run", RUNS)
def test_flat_background_and_its_solar_part_against_quadrature(shipped, run):
    expectation = shipped.expectations[run]
    experiment = expectation.experiment
    nodes, values = experiment.efficiency_energy, experiment.efficiency
    T = np.concatenate(
        [np.linspace(a, b, 40, endpoint=False) for a, b in pairwise(nodes)] + [nodes[-1:]]
    )
    # The SM rate jumps with Z_eff, so trapezoids of 0.01 keV: 1e-4 of the integral.
    rate = expectation.rates.standard_model(T) * np.interp(T, nodes, values)
    solar = np.trapezoid(rate, T) * EXPOSURE[run]
    flat_total = np.trapezoid(values, nodes)

    def in_bin(E):
        sigma = float(experiment.resolution(np.array(E)))
        reached = erf((8.0 - E) / sigma / sqrt(2)) - erf((7.0 - E) / sigma / sqrt(2))
        return np.interp(E, nodes, values) * reached / 2

    content = quad(in_bin, nodes[0], nodes[-1], points=nodes[1:-1], limit=500, epsrel=1e-10)[0]
    expected = (PUBLISHED[run]["other_er"] - solar) * content / flat_total
    assert component(expectation, "other_er")[6] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("run", RUNS)
def test_tritium_against_quadrature(shipped, run):
    experiment = shipped.expectations[run].experiment
    nodes, values = experiment.efficiency_energy, experiment.efficiency

    def density(T):
        return float(beta_spectrum(T, 18.59, 2)) * np.interp(T, nodes, values, left=0, right=0)

    inside = [n for n in nodes if n < 18.59]
    points = [*inside[1:], 18.59]
    total = quad(density, nodes[0], 18.6, points=points, limit=500, epsrel=1e-10, epsabs=0)[0]
    for index in (0, 3, 12, 17, 20):
        low, high = experiment.bin_edges[index : index + 2]

        def in_bin(T, low=low, high=high):
            sigma = float(experiment.resolution(np.array(T)))
            reached = erf((high - T) / sigma / sqrt(2)) - erf((low - T) / sigma / sqrt(2))
            return density(T) * reached / 2

        content = quad(in_bin, nodes[0], 18.6, points=points, limit=500, epsrel=1e-10, epsabs=0)[0]
        found = component(shipped.expectations[run], "tritium")[index]
        expected = PUBLISHED[run]["tritium"] * content / total
        assert found == pytest.approx(expected, rel=1e-8)


def test_lines_are_gaussians_weighted_with_efficiency(analysis):
    expectation = analysis.expectations["pandax4t_run0"]
    experiment = expectation.experiment
    nodes, values = experiment.efficiency_energy, experiment.efficiency

    def share(E, low, high):
        sigma = 0.073 + 0.173 * E - 6.5e-3 * E**2 + 1.1e-4 * E**3
        reached = erf((high - E) / sigma / sqrt(2)) - erf((low - E) / sigma / sqrt(2))
        return np.interp(E, nodes, values) * reached / 2

    heavy, light = np.interp([10.0, 5.98], nodes, values)
    for index, (low, high) in enumerate(
        zip(experiment.bin_edges[:-1], experiment.bin_edges[1:], strict=True)
    ):
        captures = 1.4 * share(10.0, low, high) + 0.8 * share(5.98, low, high)
        expected = 2.3 * captures / (1.4 * heavy + 0.8 * light)
        assert component(expectation, "xe124")[index] == pytest.approx(
            expected, rel=1e-9, abs=1e-14
        )
        expected = 7.7 * share(5.2, low, high) / np.interp(5.2, nodes, values)
        assert component(expectation, "xe127")[index] == pytest.approx(
            expected, rel=1e-9, abs=1e-14
        )


@pytest.mark.parametrize("run", RUNS)
def test_accidental_background_is_flat_up_to_five_kev(shipped, run):
    expectation = shipped.expectations[run]
    low = expectation.experiment.bin_edges[:-1]
    expected = np.where(low < 5, PUBLISHED[run]["accidental"] / 4.5, 0.0)
    np.testing.assert_allclose(component(expectation, "accidental"), expected, rtol=1e-12)


def test_widths_of_the_constraints(shipped):
    widths = {f"{e.name}:{c.name}": c.width for e in shipped.experiments for c in e.components}
    assert widths == {
        "xenonnt_sr0:b0": 0.12,
        "pandax4t_run0:other_er": pytest.approx(16 / 504),
        "pandax4t_run0:tritium": np.inf,
        "pandax4t_run0:xe124": pytest.approx(0.6 / 2.3),
        "pandax4t_run0:xe127": pytest.approx(0.4 / 7.7),
        "pandax4t_run0:accidental": pytest.approx(3 / 11),
        "pandax4t_run1:total": 0.05,
        "lz_ws2022:total": 0.10,
        "lz_ws2024:total": 0.10,
        "pandax4t_run1_wimp:other_er": pytest.approx(28 / 1226),
        "pandax4t_run1_wimp:tritium": np.inf,
        "pandax4t_run1_wimp:xe124": pytest.approx(1.1 / 4.1),
        "pandax4t_run1_wimp:accidental": pytest.approx(4 / 13),
        **{f"xlzd:{name}": 0.1 for name in ("radon", "krypton", "xe136", "xe124")},
    }


@pytest.mark.parametrize("acts_on", ["true", "reconstructed"])
def test_table_of_unequal_steps_against_quadrature(analysis, acts_on):
    """Linear between rows of any distance, zero outside, with the events given over everything."""
    experiment = analysis.expectations["pandax4t_run0"].experiment
    energy = np.geomspace(0.9, 21.0, 14)
    density = 1 + np.sin(3 * energy) ** 2
    table = ComponentSettings(
        name="part", shape="table", energy="true", events=70.0, free=True, table="part.csv"
    )
    changed = replace(
        experiment,
        components=(table,),
        tables={"part": (energy, density)},
        efficiency_acts_on=acts_on,
        resolution=Resolution(model="square_root", parameters=(0.31, 0.0)),
    )
    nodes, values = experiment.efficiency_energy, experiment.efficiency
    rates = background_rates(changed, Detector(changed), np.zeros(experiment.counts.size), 0.0)

    def efficiency(E):
        return np.interp(E, nodes, values, left=0.0, right=0.0)

    def counted(T, low, high):
        sigma = 0.31 * sqrt(T)
        if acts_on == "true":
            reached = erf((high - T) / sigma / sqrt(2)) - erf((low - T) / sigma / sqrt(2))
            return efficiency(T) * reached / 2
        x, weight = np.polynomial.legendre.leggauss(12)
        ends = [n for n in np.unique([low, high, *nodes]) if low <= n <= high]
        ends = [low, *np.linspace(T - 8 * sigma, T + 8 * sigma, 33), *ends, high]
        ends = np.unique(np.clip(ends, low, high))
        half, middle = np.diff(ends)[:, None] / 2, (ends[1:] + ends[:-1])[:, None] / 2
        E = middle + half * x
        gaussian = np.exp(-0.5 * ((E - T) / sigma) ** 2) / sqrt(2 * np.pi) / sigma
        return float((half * weight * gaussian * efficiency(E)).sum())

    def content(low, high):
        ends = np.unique(np.concatenate([energy, nodes[(nodes > 0.9) & (nodes < 21.0)]]))
        return sum(
            quad(
                lambda T: np.interp(T, energy, density) * counted(T, low, high),
                *pair,
                epsrel=1e-9,
                epsabs=1e-10,
            )[0]
            for pair in pairwise(ends)
        )

    whole = content(-60.0, 150.0)
    for index in (2, 9, 17):
        low, high = experiment.bin_edges[index : index + 2]
        expected = 70.0 / EXPOSURE["pandax4t_run0"] * content(low, high) / whole
        assert rates[0, index] == pytest.approx(expected, rel=1e-7)


def test_background_without_events_and_no_background(analysis):
    experiment = analysis.expectations["pandax4t_run0"].experiment
    none = tuple(c.model_copy(update={"events": 0.0}) for c in experiment.components[1:])
    solar = np.zeros(experiment.counts.size)
    rates = background_rates(replace(experiment, components=none), Detector(experiment), solar, 0.0)
    np.testing.assert_array_equal(rates, np.zeros((4, experiment.counts.size)))
    rates = background_rates(replace(experiment, components=()), Detector(experiment), solar, 0.0)
    assert rates.shape == (0, experiment.counts.size)


def test_more_solar_neutrinos_than_events_are_refused(analysis):
    expectation = analysis.expectations["pandax4t_run0"]
    with pytest.raises(InputError, match=r"component other_er: events = 504 is below the 540\.0"):
        background_rates(
            expectation.experiment,
            expectation.detector,
            expectation.standard_model / 0.54,
            1000.0,
        )


def test_shape_without_efficiency_is_refused(analysis):
    experiment = analysis.expectations["pandax4t_run0"].experiment
    blind = replace(experiment, efficiency=np.zeros_like(experiment.efficiency))
    with pytest.raises(InputError, match="the shape is zero wherever the efficiency is not"):
        background_rates(blind, Detector(blind), np.zeros(experiment.counts.size), 0.0)
