"""Cumulative moments of the solar flux, which replace every integral over E.

``F_k(E₀) = Σ_s ∫_{E₀}^∞ dE φ_s(E) P(E) E^-k`` for k = 0, 1, 2, once with
P = P_ee and once with P = 1 - P_ee. Cross sections are polynomials in 1/E, so a
rate is the sum of three coefficients times three moments.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.physics.solar import SolarSource, Spectrum
from nusterile.physics.survival import Oscillation, survival_probability

__all__ = ["FluxMoments"]

#: Lowest neutrino energy of the table, MeV: reached at a recoil of 4e-4 eV, far
#: below the weakest binding energy of any atom.
_LOWEST_ENERGY = 1e-5
#: Largest relative width of a cell. The polynomial below then reproduces the flux in a
#: cell to some 1e-14: near the kinematic limit the three terms of the dipole cross section
#: cancel to one part in 1e5, so the moments have to be that much better than the rate.
_RELATIVE_WIDTH = 0.01
_GAUSS_NODES, _GAUSS_WEIGHTS = np.polynomial.legendre.leggauss(6)
#: Distance of the Gauss nodes from the upper end of a cell, as a share of its width.
_FROM_TOP = (1 - _GAUSS_NODES) / 2
#: Turns values at the Gauss nodes into coefficients of powers of that distance.
_TO_POWERS = np.linalg.inv(np.vander(_FROM_TOP, increasing=True))


class FluxMoments:
    """Moments of the flux of some solar sources, by survival channel.

    Parameters
    ----------
    sources : sequence of SolarSource
        Sources to sum over.
    oscillation : Oscillation
        Mixing parameters.

    Attributes
    ----------
    line_energy : ndarray, shape (n_lines,)
        Energies of the lines, MeV.
    line_flux : ndarray, shape (2, n_lines)
        Their fluxes times P_ee and times 1 - P_ee, 1/(cm² s).
    end_energies : ndarray
        Energy at which the flux of each continuous source ends, MeV.
    """

    def __init__(self, sources: Sequence[SolarSource], oscillation: Oscillation) -> None:
        lines = [(line, source.zone) for source in sources for line in source.lines]
        self.line_energy = np.array([line.energy for line, _ in lines])
        p_ee = np.array(
            [float(survival_probability(line.energy, zone, oscillation)) for line, zone in lines]
        )
        flux = np.array([line.flux for line, _ in lines])
        self.line_flux = np.stack([flux * p_ee, flux * (1 - p_ee)]).reshape(2, -1)

        continuous = [s for s in sources if s.spectrum is not None]
        self.end_energies = np.array([_end(s.spectrum) for s in continuous if s.spectrum])
        self._nodes = _energy_nodes(continuous)
        width = np.diff(self._nodes)
        energy = self._nodes[1:, None] - width[:, None] * _FROM_TOP
        flux_density = np.zeros((2, *energy.shape))
        for source in continuous:
            assert source.spectrum is not None
            cells = slice(0, np.searchsorted(self._nodes, source.spectrum.energy[-1]))
            density = source.spectrum(energy[cells])
            survival = survival_probability(energy[cells], source.zone, oscillation)
            flux_density[:, cells] += np.stack([density * survival, density * (1 - survival)])
        integrand = flux_density[:, None] * energy ** -np.arange(3.0)[:, None, None]
        # In each cell, F(E) = F(top) + sum_j a_j v^(j+1), v the distance from the top.
        order = np.arange(1, _FROM_TOP.size + 1)
        self._coefficients = np.moveaxis(
            integrand @ _TO_POWERS.T * width[:, None] / order, -1, 0
        ).copy()
        cell = self._coefficients.sum(axis=0)
        # Summed from the top down, so that the small values near the end keep their digits.
        self._top = np.zeros_like(cell)
        self._top[..., :-1] = cell[..., :0:-1].cumsum(axis=-1)[..., ::-1]

    def continuous(self, lower_energy: ArrayLike) -> NDArray[np.float64]:
        """Moments of the continuous sources above an energy.

        Parameters
        ----------
        lower_energy : array_like
            E₀, MeV, shape (...); may be infinite.

        Returns
        -------
        ndarray
            Shape (2, 3, ...): channel (P_ee, 1 - P_ee), power k, energy; in
            MeV^-k/(cm² s).
        """
        energy = np.asarray(lower_energy, dtype=float)
        nodes = self._nodes
        index = np.clip(np.searchsorted(nodes, energy, side="right") - 1, 0, nodes.size - 2)
        v = np.clip((nodes[index + 1] - energy) / (nodes[index + 1] - nodes[index]), 0.0, 1.0)
        total = np.zeros((2, 3, *energy.shape))
        for coefficient in self._coefficients[::-1]:
            total = (total + coefficient[..., index]) * v
        found: NDArray[np.float64] = total + self._top[..., index]
        return found

    def line_powers(self) -> NDArray[np.float64]:
        """Flux of each line times E^-k, shape (2, 3, n_lines)."""
        found: NDArray[np.float64] = (
            self.line_flux[:, None] * self.line_energy ** -np.arange(3.0)[:, None]
        )
        return found


def _end(spectrum: Spectrum) -> float:
    """Energy from which on the density is zero; tables may go on beyond it."""
    last = int(np.flatnonzero(spectrum.density)[-1])
    return float(spectrum.energy[min(last + 1, spectrum.energy.size - 1)])


def _energy_nodes(continuous: Sequence[SolarSource]) -> NDArray[np.float64]:
    """Union of the table nodes, refined so that no cell exceeds the relative width."""
    if not continuous:
        return np.array([_LOWEST_ENERGY, 2 * _LOWEST_ENERGY])
    table = np.unique(
        np.concatenate([s.spectrum.energy for s in continuous if s.spectrum is not None])
    )
    base = np.concatenate([[_LOWEST_ENERGY], table[table > _LOWEST_ENERGY]])
    cells = np.ceil(np.log(base[1:] / base[:-1]) / _RELATIVE_WIDTH).astype(int)
    # Most steps of the tables are small enough as they are.
    wide = np.flatnonzero(cells > 1)
    inner = [np.geomspace(base[k], base[k + 1], cells[k] + 1)[1:-1] for k in wide]
    return np.sort(np.concatenate([base, *inner]))
