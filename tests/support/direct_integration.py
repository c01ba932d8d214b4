"""Recoil rates by direct adaptive integration over the neutrino energy.

Written from the formulas alone, with its own constants, tables and units, so that it
shares nothing with the package but the data files. Each rate is one call of
`scipy.integrate.quad` with the spectrum's nodes as split points and a compiled integrand.
"""

from __future__ import annotations

import csv
import ctypes
from functools import cache
from math import pi, sqrt

import numba
import numpy as np
from scipy import LowLevelCallable
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar

from nusterile_data import ROOT

# In GeV and its powers; the formulas below turn them into MeV.
G_F = 1.1663788e-5 * 1e-6
M_E = 0.51099895069
ALPHA = 1 / 137.035999177
GEV2_CM2 = 0.3893793721e-27
HBARC2 = GEV2_CM2 * 1e6  # MeV² cm²
N_A = 6.02214076e23
MOLAR_MASS = 131.293
SECONDS = 365.25 * 24 * 3600
S2W = 0.23863

SIN2_12, SIN2_13, SIN2_23 = 0.308, 0.02215, 0.470
DELTA_M2 = 7.49e-5 * 1e-12  # MeV²

CONTINUOUS = ("pp", "hep", "8B", "13N", "15O", "17F")
LINES = {"7Be": ((0.8613, 0.897), (0.3843, 0.103)), "pep": ((1.442, 1.0),)}
SOURCES = ("pp", "pep", "hep", "7Be", "8B", "13N", "15O", "17F")

#: Shares of μ and τ among the neutrinos that do not arrive as ν_e.
CONVERTED = {"mu": 1 - SIN2_23, "tau": SIN2_23}


def read_rows(*path: str) -> list[dict[str, str]]:
    lines = ROOT.joinpath(*path).read_text().splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@cache
def flux(source: str, model: str = "gs98") -> float:
    """1/(cm² s)."""
    (row,) = [r for r in read_rows("solar", "fluxes.csv") if r["source"] == source]
    return float(row[model])


@cache
def spectrum(source: str) -> tuple[np.ndarray, np.ndarray]:
    """Energies in MeV and densities in 1/MeV."""
    rows = [r for r in read_rows("solar", "spectra.csv") if r["source"] == source]
    return (
        np.array([float(r["energy_MeV"]) for r in rows]),
        np.array([float(r["density_per_MeV"]) for r in rows]),
    )


@cache
def zone(source: str) -> tuple[np.ndarray, np.ndarray]:
    """Weights and electron densities in mol/cm³."""
    rows = [r for r in read_rows("solar", "production.csv") if r["source"] == source]
    return (
        np.array([float(r["weight"]) for r in rows]),
        np.array([float(r["n_e_mol_per_cm3"]) for r in rows]),
    )


@cache
def shells() -> list[tuple[float, float]]:
    """Binding energy in eV and number of electrons of each shell."""
    rows = read_rows("xenon", "shells.csv")
    return [(float(r["binding_eV"]), float(r["electrons"])) for r in rows]


def free_electrons(T_keV: float) -> float:
    return sum(electrons for binding, electrons in shells() if T_keV * 1e3 >= binding)


def minimum_energy(T: float, m_4: float) -> float:
    """E_min of figure 3, MeV."""
    p = sqrt(T * (T + 2 * M_E))
    return (m_4**2 + 2 * M_E * T) / (2 * (p - T))


def reached_recoils(E: float, m_4: float) -> tuple[float, float] | None:
    """Ends of the interval of T on which E_min(T) <= E, by root finding; None if empty."""
    if m_4 == 0:
        return 0.0, 2 * E**2 / (M_E + 2 * E)
    if m_4 + m_4**2 / (2 * M_E) >= E:
        return None
    # E_min falls, then rises: its minimum separates the two roots.
    lowest = minimize_scalar(
        lambda u: minimum_energy(np.exp(u), m_4),
        bounds=(np.log(1e-14), np.log(1e3)),
        method="bounded",
        options={"xatol": 1e-10},
    ).x

    def distance(u: float) -> float:
        return minimum_energy(np.exp(u), m_4) - E

    low, high = (
        float(np.exp(brentq(distance, *sorted((lowest, end)), xtol=1e-14, rtol=1e-14)))
        for end in (np.log(1e-16), np.log(1e3))
    )
    return low, high


@numba.njit
def survival(E, weight, density, n):  # type: ignore[no-untyped-def]
    """P_ee, averaged over the zone; n mol/cm³ of electrons."""
    c13 = 1 - SIN2_13
    cos2 = 1 - 2 * SIN2_12
    sin2 = 2 * np.sqrt(SIN2_12 * (1 - SIN2_12))
    total = 0.0
    norm = 0.0
    for i in range(n):
        # electrons per MeV^-3: cm^-3 times (hbar c)^3
        n_e = density[i] * N_A * HBARC2**1.5
        beta = 2 * np.sqrt(2.0) * G_F * n_e * c13 * E / DELTA_M2
        cos2_m = (cos2 - beta) / np.sqrt((cos2 - beta) ** 2 + sin2**2)
        total += weight[i] * (0.5 + 0.5 * cos2_m * cos2)
        norm += weight[i]
    return c13**2 * total / norm + SIN2_13**2


@numba.njit
def sm_cross_section(T, E, g_left, g_right):  # type: ignore[no-untyped-def]
    """cm²/MeV."""
    bracket = g_left**2 + g_right**2 * (1 - T / E) ** 2 - g_left * g_right * M_E * T / E**2
    return 2 * G_F**2 * M_E / pi * bracket * HBARC2


@numba.njit
def dipole_cross_section(T, E, m_4):  # type: ignore[no-untyped-def]
    """cm²/MeV for a moment of one Bohr magneton."""
    bracket = (
        1 / T
        - 1 / E
        - m_4**2 / (2 * E * T * M_E) * (1 - T / (2 * E) + M_E / (2 * E))
        + m_4**4 * (T - M_E) / (8 * E**2 * T**2 * M_E**2)
    )
    return pi * ALPHA**2 / M_E**2 * bracket * HBARC2


@numba.cfunc(numba.types.double(numba.types.double, numba.types.voidptr))
def _integrand(E, address):  # type: ignore[no-untyped-def]
    head = numba.carray(address, 8, np.float64)
    nodes, radii = int(head[0]), int(head[1])
    converted, T, m_4, g_left, g_right = head[2], head[3], head[4], head[5], head[6]
    table = numba.carray(address, 8 + 2 * nodes + 2 * radii, np.float64)
    energy = table[8 : 8 + nodes]
    density = table[8 + nodes : 8 + 2 * nodes]
    cell = min(max(np.searchsorted(energy, E) - 1, 0), nodes - 2)
    share = (E - energy[cell]) / (energy[cell + 1] - energy[cell])
    phi = density[cell] + share * (density[cell + 1] - density[cell])
    p_ee = survival(E, table[8 + 2 * nodes :], table[8 + 2 * nodes + radii :], radii)
    probability = 1 - p_ee if converted else p_ee
    # m_4 < 0 stands for the Standard Model
    if m_4 < 0:
        return phi * probability * sm_cross_section(T, E, g_left, g_right)
    return phi * probability * dipole_cross_section(T, E, m_4)


@cache
def _source_table(source: str) -> tuple[np.ndarray, LowLevelCallable]:
    energy, density = spectrum(source)
    table = np.concatenate(
        [[energy.size, zone(source)[0].size, 0, 0, 0, 0, 0, 0], energy, density, *zone(source)]
    )
    return table, LowLevelCallable(_integrand.ctypes, ctypes.c_void_p(table.ctypes.data))


def _channel(
    source: str,
    converted: bool,
    T: float,
    m_4: float,
    g_left: float = 0.0,
    g_right: float = 0.0,
    tolerance: float = 1e-10,
) -> float:
    """∫ dE φ P dσ/dT for P = P_ee or 1 - P_ee, cm²/(MeV cm² s); m_4 < 0: Standard Model."""
    lowest = minimum_energy(T, max(m_4, 0.0))
    if source in LINES:
        total = 0.0
        for energy, share in LINES[source]:
            if energy >= lowest:
                weight, density = zone(source)
                p_ee = survival(energy, weight, density, weight.size)
                cross_section = (
                    sm_cross_section(T, energy, g_left, g_right)
                    if m_4 < 0
                    else dipole_cross_section(T, energy, m_4)
                )
                total += share * (1 - p_ee if converted else p_ee) * cross_section
        return flux(source) * total
    energy, _ = spectrum(source)
    start, end = max(lowest, energy[0]), energy[-1]
    if start >= end:
        return 0.0
    table, integrand = _source_table(source)
    table[2:7] = converted, T, m_4, g_left, g_right
    inside = energy[(energy > start * (1 + 1e-12)) & (energy < end)]
    value, error, *_ = quad(
        integrand,
        start,
        end,
        points=inside if inside.size else None,
        limit=inside.size + 60,
        epsabs=0.0,
        epsrel=tolerance,
        full_output=1,
    )
    assert error <= 1e-7 * abs(value) or abs(value) == 0.0
    return flux(source) * value


def tree_couplings(s2w: float = S2W) -> dict[str, tuple[float, float]]:
    """(g_L, g_R) by flavour."""
    return {"e": (s2w + 0.5, s2w), "mu": (s2w - 0.5, s2w), "tau": (s2w - 0.5, s2w)}


def from_vector_axial(g_v: float, g_a: float) -> tuple[float, float]:
    """(g_L, g_R) of g_V = g_L + g_R and g_A = g_L - g_R."""
    return (g_v + g_a) / 2, (g_v - g_a) / 2


def per_tonne_year(T_keV: float) -> float:
    return N_A / MOLAR_MASS * 1e6 * SECONDS * 1e-3 * free_electrons(T_keV)


def dipole_rates(source: str, T_keV: float, m_4: float, mu: float = 1e-11) -> dict[str, float]:
    """dR/dT of one source in 1/(t yr keV), by flavour."""
    unit = per_tonne_year(T_keV) * mu**2
    survived = unit * _channel(source, False, T_keV * 1e-3, m_4)
    converted = unit * _channel(source, True, T_keV * 1e-3, m_4)
    return {
        "effective": survived + converted,
        "e": survived,
        "mu": CONVERTED["mu"] * converted,
        "tau": CONVERTED["tau"] * converted,
    }


def standard_model_rate(
    source: str, T_keV: float, couplings: dict[str, tuple[float, float]] | None = None
) -> float:
    """dR/dT of one source in 1/(t yr keV), all flavours."""
    T = T_keV * 1e-3
    g = couplings or tree_couplings()
    total = _channel(source, False, T, -1.0, *g["e"])
    converted = {pair: _channel(source, True, T, -1.0, *pair) for pair in {g["mu"], g["tau"]}}
    for flavor, share in CONVERTED.items():
        total += share * converted[g[flavor]]
    return per_tonne_year(T_keV) * total


def end_energies(source: str) -> tuple[float, ...]:
    """Energies of the lines, or the end of the continuous spectrum, MeV."""
    if source in LINES:
        return tuple(energy for energy, _ in LINES[source])
    return (float(spectrum(source)[0][-1]),)
