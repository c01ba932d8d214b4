"""The response against integrals over the reconstructed energy, done by quadrature."""

from __future__ import annotations

from dataclasses import replace
from math import erf, exp, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from nusterile.errors import InputError
from nusterile.experiments.detector import Detector
from nusterile.experiments.settings import Resolution

NAMES = (
    "xenonnt_sr0",
    "pandax4t_run0",
    "pandax4t_run1",
    "pandax4t_run1_wimp",
    "lz_ws2022",
    "lz_ws2024",
)


@pytest.fixture(scope="module", params=NAMES)
def experiment(request, shipped):
    return next(e for e in shipped.experiments if e.name == request.param)


@pytest.fixture(scope="module")
def detector(experiment):
    return Detector(experiment)


def width(name: str, T: float) -> float:
    """σ(T) of each experiment in keV, as published or assumed."""
    if name.startswith("lz"):
        return 0.33 * sqrt(T)
    if name == "xenonnt_sr0":
        return 0.310 * sqrt(T) + 0.0037 * T
    return 0.073 + 0.173 * T - 6.5e-3 * T**2 + 1.1e-4 * T**3


def counted_fraction(experiment, T: float, low: float, high: float) -> float:
    """Probability to count a recoil T between two reconstructed energies, by quadrature."""
    sigma = width(experiment.name, T)
    nodes, values = experiment.efficiency_energy, experiment.efficiency

    def efficiency(energy: float) -> float:
        return float(np.interp(energy, nodes, values, left=0.0, right=0.0))

    def smeared(energy: float) -> float:
        gaussian = exp(-0.5 * ((energy - T) / sigma) ** 2) / (sqrt(2 * pi) * sigma)
        on_reconstructed = experiment.efficiency_acts_on == "reconstructed"
        return gaussian * (efficiency(energy) if on_reconstructed else 1.0)

    low, high = max(low, T - 12 * sigma), min(high, T + 12 * sigma)
    if low >= high:
        return 0.0
    kinks = [T, *nodes] if experiment.efficiency_acts_on == "reconstructed" else [T]
    points = [k for k in kinks if low < k < high]
    value = quad(smeared, low, high, points=points or None, epsabs=1e-15, epsrel=1e-12, limit=500)[
        0
    ]
    return value * (1.0 if experiment.efficiency_acts_on == "reconstructed" else efficiency(T))


def test_each_experiment_has_its_order_of_efficiency_and_smearing(shipped):
    order = {e.name: e.efficiency_acts_on for e in shipped.experiments}
    assert order == {
        "xenonnt_sr0": "reconstructed",
        "pandax4t_run0": "true",
        "pandax4t_run1": "true",
        "pandax4t_run1_wimp": "true",
        "lz_ws2022": "true",
        "lz_ws2024": "true",
        "xlzd": "reconstructed",
    }


@pytest.mark.parametrize("T", [0.3, 0.9, 2.4, 7.77, 15.0, 23.6, 29.5, 34.0])
def test_response_against_quadrature(experiment, detector, T):
    edges = experiment.bin_edges
    column = detector.response([T])[:, 0]
    # Error functions and Gaussians in place of the integral: rounding of their differences.
    for index in (0, 1, 5, 12, edges.size - 2):
        expected = counted_fraction(experiment, T, edges[index], edges[index + 1])
        assert column[index] == pytest.approx(expected, rel=1e-9, abs=1e-13)
    if experiment.efficiency_acts_on == "true":
        nodes, values = experiment.efficiency_energy, experiment.efficiency
        expected = np.interp(T, nodes, values, left=0.0, right=0.0)
    else:
        expected = counted_fraction(experiment, T, 0.0, experiment.efficiency_energy[-1])
    assert column[-1] == pytest.approx(expected, rel=1e-9, abs=1e-13)


@given(T=st.floats(0.02, 60.0))
def test_response_is_a_probability(experiment, detector, T):
    column = detector.response([T])[:, 0]
    assert np.all(column >= -1e-15)
    assert column[:-1].sum() <= column[-1] * (1 + 1e-12) + 1e-15
    assert column[-1] <= experiment.efficiency.max() + 1e-15


def test_full_efficiency_and_a_wide_bin_count_everything(experiment):
    everything = Detector(
        replace(
            experiment,
            bin_edges=np.array([-1e3, 1e3]),
            counts=np.zeros(1),
            efficiency_energy=np.array([-1e3, 1e3]),
            efficiency=np.ones(2),
        )
    )
    np.testing.assert_allclose(everything.response([0.1, 1.0, 20.0]), 1.0, rtol=1e-14)


def test_resolution_is_the_published_one(experiment):
    T = np.array([0.5, 1.0, 10.0, 30.0])
    expected = [width(experiment.name, t) for t in T]
    np.testing.assert_allclose(experiment.resolution(T), expected, rtol=1e-14)


def folded_by_quadrature(experiment, rate, low: float, high: float, points: list[float]) -> float:
    """Events per tonne year in a bin: quad over T, the response written out with erf."""

    def integrand(T: float) -> float:
        sigma = width(experiment.name, T)
        reached = erf((high - T) / sigma / sqrt(2)) - erf((low - T) / sigma / sqrt(2))
        efficiency = np.interp(
            T, experiment.efficiency_energy, experiment.efficiency, left=0.0, right=0.0
        )
        return rate(T) * efficiency * reached / 2

    start, stop = experiment.efficiency_energy[[0, -1]]
    inside = [p for p in (*experiment.efficiency_energy, *points) if start < p < stop]
    return quad(integrand, start, stop, points=inside, limit=1000, epsabs=0, epsrel=1e-11)[0]


@pytest.mark.parametrize("jump", [3.123, 8.4, 12.0])
def test_fold_of_a_step(analysis, jump):
    """A rate with a jump, told or not told to the quadrature."""
    experiment = next(e for e in analysis.experiments if e.name == "pandax4t_run0")
    detector = Detector(experiment)

    def rate(T):
        return (2.0 + T) * (jump > T)

    told, _ = detector.fold(rate, [jump])
    untold, _ = detector.fold(rate)
    for index in (0, int(jump) - 1, int(jump)):
        low, high = experiment.bin_edges[index : index + 2]
        expected = folded_by_quadrature(experiment, rate, low, high, [jump])
        assert told[index] == pytest.approx(expected, rel=1e-8)
    # The cell with the jump is wrong by per mille if nobody tells: the edges are needed.
    assert abs(untold[int(jump)] / told[int(jump)] - 1) > 1e-5


def test_fold_of_leading_dimensions(experiment, detector):
    def rate(T):
        return np.stack([np.ones_like(T), T])[:, None]

    per_bin, total = detector.fold(rate, [3.3])
    assert per_bin.shape == (2, 1, experiment.counts.size)
    assert total.shape == (2, 1)


def test_edges_outside_the_grid_or_on_a_cell_change_nothing(detector):
    def rate(T):
        return 1 / T

    plain, total = detector.fold(rate)
    again, total_again = detector.fold(rate, [1e-9, 1e9, detector._cells[5]])
    np.testing.assert_array_equal(plain, again)
    assert total == total_again


def test_refinement_divides_every_cell(experiment, detector):
    fine = Detector(experiment, refinement=3)
    assert fine.energy.size == 3 * detector.energy.size
    for rate in (np.ones_like, lambda T: 1 / T, lambda T: np.exp(-T / 3)):
        coarse_bins, coarse_total = detector.fold(rate)
        fine_bins, fine_total = fine.fold(rate)
        # Eight Gauss nodes on cells below 0.75 σ: 1e-10 at the worst.
        np.testing.assert_allclose(coarse_bins, fine_bins, rtol=1e-9)
        np.testing.assert_allclose(coarse_total, fine_total, rtol=1e-9)


def test_flat_reconstructed_spectrum(experiment, detector):
    share = detector.reconstructed_fraction(0.5, 5.0)
    low, high = experiment.bin_edges[:-1], experiment.bin_edges[1:]
    expected = np.maximum(np.minimum(high, 5.0) - np.maximum(low, 0.5), 0.0) / 4.5
    np.testing.assert_allclose(share, expected, rtol=1e-14)


def with_resolution(experiment, *parameters: float):
    return replace(experiment, resolution=Resolution(model="polynomial", parameters=parameters))


def test_resolution_must_be_positive(experiment):
    with pytest.raises(InputError, match=f"experiment {experiment.name}: the resolution is -"):
        Detector(with_resolution(experiment, 1.0, -0.06))


def test_resolution_too_narrow_for_any_grid_is_refused_at_once(experiment):
    with pytest.raises(InputError, match=r"the resolution falls to 1e-06 keV .* too little"):
        Detector(with_resolution(experiment, 1e-6))


def test_resolution_that_outgrows_the_energy_is_refused(analysis):
    """Where smearing comes first, recoils of any energy would reach the bins."""
    (experiment,) = [e for e in analysis.experiments if e.efficiency_acts_on == "reconstructed"]
    with pytest.raises(InputError, match="the resolution grows so fast"):
        Detector(with_resolution(experiment, 0.1, 0.2))


def test_more_bins_than_fit_into_memory_are_refused(experiment, detector):
    count = 4 * 2**30 // (8 * detector.energy.size)
    low, high = experiment.bin_edges[[0, -1]]

    def divided(bins: int):
        edges = np.linspace(low, high, bins + 1)
        return replace(experiment, bin_edges=edges, counts=np.zeros(bins))

    with pytest.raises(InputError, match=rf"{count} bins, .* GiB of memory \(at most 4 GiB\)"):
        Detector(divided(count))
    assert Detector(divided(200)).matrix.shape == (201, detector.energy.size)
