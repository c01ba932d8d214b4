"""Events of the experiments that come along, and their limits, by direct integration.

It shares nothing with the package but the data files: the formulas and constants are
those of `direct_integration`, the numbers of each experiment stand here once more. The
neutrino energy is integrated cell by cell of the spectra's tables, the recoil energy
between all edges, the reconstructed energy in error functions or, where the efficiency
acts on it, cell by cell of its table: Gauss-Legendre everywhere. Limits are roots of a χ²
that an interior-point method minimises.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

import numpy as np
from direct_integration import (
    ALPHA,
    CONTINUOUS,
    CONVERTED,
    LINES,
    M_E,
    SOURCES,
    dipole_cross_section,
    end_energies,
    flux,
    minimum_energy,
    per_tonne_year,
    reached_recoils,
    read_rows,
    shells,
    sm_cross_section,
    spectrum,
    survival,
    tree_couplings,
    zone,
)
from independent_fit import Problem, minimise_inside
from scipy.optimize import brentq
from scipy.special import ndtr

__all__ = [
    "EXPERIMENTS",
    "PROJECTIONS",
    "background",
    "chi2",
    "events",
    "limit",
    "lowest",
    "problem",
    "projected_problem",
    "rates",
]

Floats = np.ndarray
SOLAR_SIGMA = 0.07


@dataclass(frozen=True)
class Facts:
    """The numbers of one experiment, as published or assumed."""

    exposure: float
    fit_range: tuple[float, float]
    sigma: Callable[[Floats], Floats]
    efficiency_acts_on: str = "true"
    #: Width of the one background that is a table with solar neutrinos in it.
    total: float | None = None
    #: Or events, width of the constraint and shape of each component.
    components: dict[str, tuple[float, float, object]] = field(default_factory=dict)


def _pandax(T: Floats) -> Floats:
    return 0.073 + 0.173 * T - 6.5e-3 * T**2 + 1.1e-4 * T**3


def _lz(T: Floats) -> Floats:
    return 0.33 * np.sqrt(T)


_XE124 = ((10.0, 1.4), (5.98, 0.8))
EXPERIMENTS = {
    "xenonnt_sr0": Facts(
        1.16,
        (1, 30),
        lambda T: 0.310 * np.sqrt(T) + 0.0037 * T,
        efficiency_acts_on="reconstructed",
        total=0.12,
    ),
    "pandax4t_run0": Facts(
        0.54,
        (1, 24),
        _pandax,
        components={
            "other_er": (504.0, 16 / 504, "flat"),
            "tritium": (556.0, np.inf, "beta"),
            "xe124": (2.3, 0.6 / 2.3, _XE124),
            "xe127": (7.7, 0.4 / 7.7, ((5.2, 1.0),)),
            "accidental": (11.0, 3 / 11, "accidental"),
        },
    ),
    "pandax4t_run1": Facts(1.00, (1, 30), _pandax, total=0.05),
    "lz_ws2022": Facts(0.904, (1, 20), _lz, total=0.10),
    "lz_ws2024": Facts(3.315, (1, 19), _lz, total=0.10),
    "pandax4t_run1_wimp": Facts(
        1.00,
        (1, 24),
        _pandax,
        components={
            "other_er": (1226.0, 28 / 1226, "flat"),
            "tritium": (114.0, np.inf, "beta"),
            "xe124": (4.1, 1.1 / 4.1, _XE124),
            "accidental": (13.0, 4 / 13, "accidental"),
        },
    ),
}

#: Those without data, whose counts are what is expected.
PROJECTIONS = {
    "xlzd": Facts(
        300.0,
        (1, 30),
        lambda T: 0.310 * np.sqrt(T) + 0.0037 * T,
        efficiency_acts_on="reconstructed",
        components={
            "radon": (np.nan, 0.10, "rate"),
            "krypton": (np.nan, 0.10, "rate"),
            "xe136": (np.nan, 0.10, "rate"),
            "xe124": (np.nan, 0.10, "histogram"),
        },
    )
}
FACTS = {**EXPERIMENTS, **PROJECTIONS}

_X, _W = np.polynomial.legendre.leggauss(6)


def _nodes(edges: Floats) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights on every cell between the edges, flattened."""
    half, middle = np.diff(edges)[:, None] / 2, (edges[1:] + edges[:-1])[:, None] / 2
    return (middle + half * _X).ravel(), (half * _W).ravel()


def _survival(source: str, E: Floats) -> Floats:
    weight, density = zone(source)
    return np.array([survival(e, weight, density, weight.size) for e in E.ravel()]).reshape(E.shape)


@cache
def _cells(source: str) -> tuple[Floats, Floats, Floats]:
    """Nodes of the whole spectrum, φ times weight, and P_ee there; (n_cell, n_node) each."""
    energy, density = spectrum(source)
    E, weight = _nodes(energy)
    phi = flux(source) * np.interp(E, energy, density) * weight
    shape = (energy.size - 1, _X.size)
    return E.reshape(shape), phi.reshape(shape), _survival(source, E).reshape(shape)


def _channels(source: str, T: Floats, cross_section: Callable) -> Floats:
    """∫ dE φ (P_ee, 1 - P_ee) σ(T, E) above E_min, (2, n_T); T in MeV.

    `cross_section` takes T and E and gives σ and E_min(T).
    """
    _, lowest = cross_section(T, np.ones_like(T))
    if source in LINES:
        total = np.zeros((2, T.size))
        for energy, share in LINES[source]:
            p_ee = _survival(source, np.array([energy]))[0]
            sigma = cross_section(T, np.full_like(T, energy))[0] * (energy >= lowest)
            total += flux(source) * share * np.array([[p_ee], [1 - p_ee]]) * sigma
        return total
    edges, density = spectrum(source)
    E, phi, p_ee = _cells(source)
    # Whole cells above E_min, and the part above it of the cell that holds it.
    cell = np.clip(np.searchsorted(edges, lowest, side="right") - 1, 0, edges.size - 2)
    reached = lowest < edges[-1]
    # The parts of a cell, of all recoil energies together, (n_T, n_node).
    start = np.maximum(lowest, edges[cell])[:, None]
    half = (edges[cell + 1][:, None] - start) / 2
    own = start + half * (1 + _X)
    own_phi = flux(source) * np.interp(own, edges, density) * half * _W
    own_phi *= cross_section(np.broadcast_to(T[:, None], own.shape), own)[0] * reached[:, None]
    own_p_ee = _survival(source, own)
    total = np.array([(own_phi * own_p_ee).sum(axis=1), (own_phi * (1 - own_p_ee)).sum(axis=1)])
    phi, p_ee = phi.ravel(), p_ee.ravel()
    weights = np.array([phi * p_ee, phi * (1 - p_ee)])
    for row in np.flatnonzero(reached):
        above = slice((cell[row] + 1) * _X.size, None)
        where = E.ravel()[above]
        total[:, row] += weights[:, above] @ cross_section(np.full_like(where, T[row]), where)[0]
    return total


def _minimum(T: Floats, m_4: float) -> Floats:
    return np.array([minimum_energy(t, m_4) for t in T])


def rates(T_keV: Floats, m_4: float | None, sources: Sequence[str] = SOURCES) -> dict[str, Floats]:
    """dR/dT in 1/(t yr keV): dipole by flavour for 1e-11 μ_B, or ``sm`` for a mass of None."""
    T = T_keV * 1e-3
    unit = np.array([per_tonne_year(t) for t in T_keV])
    if m_4 is not None:
        lowest = _minimum(T, m_4)

        def dipole(t: Floats, E: Floats) -> tuple[Floats, Floats]:
            return dipole_cross_section(t, E, m_4) * 1e-22, lowest

        survived, converted = unit * sum(_channels(source, T, dipole) for source in sources)
        return {
            "effective": survived + converted,
            "e": survived,
            **{flavor: share * converted for flavor, share in CONVERTED.items()},
        }
    lowest = _minimum(T, 0.0)
    total = np.zeros(T.size)
    for flavor, (g_left, g_right) in tree_couplings().items():

        def scattering(
            t: Floats, E: Floats, left: float = g_left, right: float = g_right
        ) -> tuple[Floats, Floats]:
            return sm_cross_section(t, E, left, right), lowest

        if flavor == "tau":  # the couplings of ν_μ, which takes both shares
            continue
        survived, converted = sum(_channels(source, T, scattering) for source in sources)
        total += survived if flavor == "e" else converted
    return {"sm": unit * total}


def _table(name: str, file: str, *columns: str) -> tuple[Floats, ...]:
    rows = read_rows("experiments", name, f"{file}.csv")
    return tuple(np.array([float(row[column]) for row in rows]) for column in columns)


def _counts(name: str) -> tuple[Floats, Floats]:
    """Edges of the bins in the fit range, and counts."""
    if name in PROJECTIONS:
        first, last = PROJECTIONS[name].fit_range
        return np.arange(first, last + 1.0), np.zeros(0)
    low, high, counts = _table(name, "counts", "energy_low_keV", "energy_high_keV", "counts")
    first, last = FACTS[name].fit_range
    inside = (low >= first) & (high <= last)
    return np.append(low[inside], high[inside][-1]), counts[inside]


def _recoils(name: str, jumps: Sequence[float]) -> tuple[Floats, Floats]:
    """Nodes and weights in T, keV, on cells that hold no kink and no jump."""
    nodes, _ = _table(name, "efficiency", "energy_keV", "efficiency")
    if FACTS[name].efficiency_acts_on == "true":
        start, stop, kinks = max(nodes[0], 1e-3), nodes[-1], nodes
    else:
        start, stop, kinks = 0.0121, 45.0, nodes[:0]
    edges = [start, stop, *kinks, *(b * 1e-3 for b, _ in shells()), *jumps]
    edges += [*np.geomspace(start, 2.0, 40), *np.arange(2.0, stop, 0.2)]
    return _nodes(np.unique([edge for edge in edges if start <= edge <= stop]))


@cache
def _jumps(m_4: float) -> tuple[float, ...]:
    """Ends of the recoils of every line and every spectrum, keV."""
    energies = {energy for source in (*LINES, *CONTINUOUS) for energy in end_energies(source)}
    reached = [reached_recoils(energy, m_4) for energy in sorted(energies)]
    return tuple(1e3 * edge for ends in reached if ends for edge in ends)


def _response(name: str, T: Floats) -> tuple[Floats, Floats]:
    """Probability to be counted in each bin, (n_bin, n_T), and anywhere, (n_T,)."""
    facts = FACTS[name]
    nodes, values = _table(name, "efficiency", "energy_keV", "efficiency")
    edges, _ = _counts(name)
    sigma = facts.sigma(T)
    if facts.efficiency_acts_on == "true":
        efficiency = np.interp(T, nodes, values, left=0.0, right=0.0)
        return efficiency * np.diff(ndtr((edges[:, None] - T) / sigma), axis=0), efficiency
    cells = np.unique([*nodes[(nodes > edges[0]) & (nodes < edges[-1])], *edges])
    cells = np.unique([*cells, *np.arange(edges[0], edges[-1], 0.05)])
    r, weight = _nodes(cells)
    weight *= np.interp(r, nodes, values, left=0.0, right=0.0)
    found = np.zeros((edges.size - 1, T.size))
    for row, (low, high) in enumerate(pairwise(edges)):
        own = (r > low) & (r < high)
        distance = (r[own, None] - T) / sigma
        found[row] = weight[own] @ (np.exp(-(distance**2) / 2) / np.sqrt(2 * np.pi) / sigma)
    return found, np.full(T.size, np.nan)


@cache
def events(name: str, m_4: float | None, sources: tuple[str, ...] = SOURCES) -> dict[str, Floats]:
    """Events in each bin by flavour for 1e-11 μ_B; ``sm`` and the region's ``total`` for None."""
    T, weight = _recoils(name, _jumps(m_4 or 0.0))
    response, anywhere = _response(name, T)
    exposure = FACTS[name].exposure
    rate = rates(T, m_4, sources)
    found = {key: exposure * response @ (weight * values) for key, values in rate.items()}
    if m_4 is None:
        found["total"] = exposure * anywhere @ (weight * rate["sm"])
    return found


@cache
def background(name: str) -> Floats:
    """Events of each component in each bin, without solar neutrinos, (n_component, n_bin)."""
    facts = FACTS[name]
    edges, _ = _counts(name)
    solar = events(name, None)
    if facts.total is not None:
        return np.maximum(_histogram(name, "background") - solar["sm"], 0.0)[None]
    rows = []
    for component, (published, _width, shape) in facts.components.items():
        if shape == "histogram":
            rows.append(_histogram(name, component))
            continue
        if shape == "rate":
            energy, rate = _table(name, component, "energy_keV", "rate_per_tonne_year_keV")
            T, weight = _recoils(name, energy)
            response, _ = _response(name, T)
            inside = (energy[0] <= T) & (energy[-1] >= T)
            rows.append(facts.exposure * response @ (weight * inside * np.interp(T, energy, rate)))
            continue
        if shape == "accidental":
            overlap = np.minimum(edges[1:], 5.0) - np.maximum(edges[:-1], 0.5)
            rows.append(published * np.maximum(overlap, 0.0) / 4.5)
            continue
        if isinstance(shape, tuple):
            T, density = np.array(shape).T
        else:
            T, density = _recoils(name, [18.59])
            if shape == "beta":
                density = density * _tritium(T)
        response, anywhere = _response(name, T)
        share = response @ density / (anywhere @ density)
        rows.append((published - (solar["total"] if shape == "flat" else 0.0)) * share)
    return np.array(rows)


def _histogram(name: str, file: str) -> Floats:
    """Events of a table of reconstructed energy in each bin."""
    edges, _ = _counts(name)
    centre, rate = _table(name, file, "energy_keV", "rate_per_tonne_year_keV")
    step = centre[1] - centre[0]
    content = [rate[(centre > low) & (centre < high)].sum() for low, high in pairwise(edges)]
    return FACTS[name].exposure * step * np.array(content)


def _tritium(T_keV: Floats) -> Floats:
    T, Q = T_keV * 1e-3, 18.59e-3
    momentum, energy = np.sqrt(T * (T + 2 * M_E)), T + M_E
    x = 2 * np.pi * ALPHA * 2 * energy / momentum
    return np.where(T < Q, momentum * energy * (Q - T) ** 2 * x / (1 - np.exp(-x)), 0.0)


def projected_problem(name: str, exposure: float, flavor: str, m_4: float, mu: float) -> Problem:
    """The fit of what one experiment expects with another exposure, for counts without a dipole."""
    factor = exposure / FACTS[name].exposure
    sm, rows = factor * events(name, None)["sm"], factor * background(name)
    dipole = factor * (mu / 1e-11) ** 2 * events(name, m_4)[flavor]
    widths = [width for _, width, _ in FACTS[name].components.values()]
    sigma = np.array([SOLAR_SIGMA, *widths])
    return Problem([sm + rows.sum(axis=0)], [sm + dipole], [rows], sigma)


def problem(names: Sequence[str], flavor: str, m_4: float, mu: float) -> Problem:
    """The fit of some experiments at one point of the plane."""
    widths = [
        width
        for name in names
        for width in (
            [FACTS[name].total]
            if FACTS[name].total is not None
            else [w for _, w, _ in FACTS[name].components.values()]
        )
    ]
    return Problem(
        [_counts(name)[1] for name in names],
        [
            events(name, None)["sm"] + (mu / 1e-11) ** 2 * events(name, m_4)[flavor]
            for name in names
        ],
        [background(name) for name in names],
        np.array([SOLAR_SIGMA, *widths]),
    )


def chi2(names: Sequence[str], flavor: str, m_4: float, mu: float) -> float:
    """The profiled χ²."""
    return minimise_inside(problem(names, flavor, m_4, mu))


def lowest(names: Sequence[str], flavor: str, m_4: float) -> float:
    """The lowest χ² of all moments from 0.

    With v = (1 + α) μ² the statistic is convex in v and the other scales: one fit, in which
    the dipole is a free component of all experiments together.
    """
    without = problem(names, flavor, m_4, 0.0)
    own = [len(rows) for rows in without.background]
    bins = [counts.size for counts in without.counts]
    rows = np.zeros((1 + sum(own), sum(bins)))
    # In units in which the data hold about as many dipole events as there are counts.
    rows[0] = np.concatenate([events(name, m_4)[flavor] for name in names])
    rows[0] *= np.concatenate(without.counts).sum() / rows[0].sum()
    first, start = 1, 0
    for components, count, size in zip(without.background, own, bins, strict=True):
        rows[first : first + count, start : start + size] = components
        first, start = first + count, start + size
    sigma = np.array([without.sigma[0], np.inf, *without.sigma[1:]])
    joined = Problem(
        [np.concatenate(without.counts)], [np.concatenate(without.solar)], [rows], sigma
    )
    return minimise_inside(joined)


def limit(names: Sequence[str], flavor: str, m_4: float, level: float) -> float:
    """The highest moment at which χ² is `level`."""
    high = 1e-5
    while chi2(names, flavor, m_4, high / 3) > level:
        high /= 3
    return brentq(
        lambda mu: chi2(names, flavor, m_4, mu) - level, high / 3, high, rtol=1e-9, xtol=1e-22
    )
