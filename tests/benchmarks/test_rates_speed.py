"""Rates per (T, m_4) point against one adaptive quadrature per source and point."""

from __future__ import annotations

import time
from math import pi

import numpy as np
import pytest
from direct_integration import (
    ALPHA,
    HBARC2,
    LINES,
    M_E,
    SOURCES,
    dipole_rates,
    flux,
    free_electrons,
    minimum_energy,
    spectrum,
    survival,
    zone,
)
from scipy.integrate import quad

POINTS = [(0.5, 0.0), (2.0, 0.01), (5.0, 0.05), (10.0, 0.1), (20.0, 0.3), (80.0, 0.5)]


def quad_in_python(T_keV: float, m_4: float) -> float:
    """The rate in ν_e (cm² s⁻¹ per electron and MeV) as one would write it down."""
    T = T_keV * 1e-3
    lowest = minimum_energy(T, m_4)

    def cross_section(E: float) -> float:
        ratio = m_4**2 / (2 * E * T * M_E)
        return (
            1 / T
            - 1 / E
            - ratio * (1 - T / (2 * E) + M_E / (2 * E))
            + m_4**4 * (T - M_E) / (8 * E**2 * T**2 * M_E**2)
        )

    total = 0.0
    for source in SOURCES:
        weight, density = zone(source)
        if source in LINES:
            total += flux(source) * sum(
                share * survival(E, weight, density, weight.size) * cross_section(E)
                for E, share in LINES[source]
                if lowest <= E
            )
            continue
        energy, shape = spectrum(source)
        if lowest >= energy[-1]:
            continue

        def integrand(E: float, w=weight, n=density, energy=energy, shape=shape) -> float:
            return np.interp(E, energy, shape) * survival(E, w, n, w.size) * cross_section(E)

        total += (
            flux(source)
            * quad(integrand, lowest, energy[-1], limit=1000, epsrel=1e-7, epsabs=0, full_output=1)[
                0
            ]
        )
    return total * pi * ALPHA**2 / M_E**2 * HBARC2


@pytest.mark.benchmark(group="rates")
def test_rates(benchmark, analysis, figure):
    rates = analysis.recoil_rates
    T, masses = np.geomspace(0.1, 100, 1000), np.linspace(0, 3, 200)
    benchmark.pedantic(rates.dipole, args=(T, masses), rounds=5, warmup_rounds=1)
    ours = benchmark.stats.stats.min / (T.size * masses.size)

    start = time.perf_counter()
    written_down = [quad_in_python(*point) for point in POINTS]
    python = (time.perf_counter() - start) / len(POINTS)
    compiled, exact = [], []
    for energy, m_4 in POINTS:
        for source in SOURCES:
            dipole_rates(source, energy, m_4)  # compile and fill the caches
        start = time.perf_counter()
        exact.append([dipole_rates(source, energy, m_4) for source in SOURCES])
        compiled.append(time.perf_counter() - start)
    for (energy, m_4), parts, value in zip(POINTS, exact, written_down, strict=True):
        found = rates.dipole([energy], m_4)[:, 0, 0]
        for index, flavor in enumerate(("effective", "e", "mu", "tau")):
            assert found[index] == pytest.approx(sum(p[flavor] for p in parts), rel=1e-6)
        unit = 1e-22 * 6.02214076e23 / 131.293 * 1e6 * 365.25 * 86400 * 1e-3
        assert value * unit * free_electrons(energy) == pytest.approx(found[1], rel=1e-5)
    ratios = python / ours, np.mean(compiled) / ours
    benchmark.extra_info["ratio"] = ratios
    for key, baseline, ratio in zip(
        ("compiled", "python"),
        (
            "`scipy.integrate.quad` of all, split at every node, compiled integrand",
            "`scipy.integrate.quad` of one flavour, in Python",
        ),
        reversed(ratios),
        strict=True,
    ):
        figure(
            f"rates.{key}",
            "dR/dT per (T, m₄), four flavours at once",
            f"{ours * 1e6:.2f} μs",
            baseline=baseline,
            ratio=f"{ratio:,.0f}",
            bar="1,000" if key == "compiled" else "",
        )
