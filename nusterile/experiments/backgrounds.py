"""Expected background of each component in each bin.

References
----------
arXiv:2207.11330 (XENONnT), arXiv:2408.00664 (PandaX-4T); the shape of tritium is the
allowed β spectrum with the non-relativistic Fermi function.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.errors import InputError
from nusterile.experiments.detector import Detector
from nusterile.experiments.experiment import Experiment, histogram_ends
from nusterile.experiments.settings import ComponentSettings
from nusterile.physics.constants import ELECTRON_MASS, FINE_STRUCTURE, KEV_PER_MEV

__all__ = ["background_rates", "beta_spectrum"]


def beta_spectrum(
    energy: ArrayLike, endpoint: float, daughter_charge: float
) -> NDArray[np.float64]:
    """Allowed β spectrum, not normalised.

    Parameters
    ----------
    energy : array_like
        Kinetic energy T of the electron, keV.
    endpoint : float
        Q, keV.
    daughter_charge : float
        Z of the daughter nucleus.

    Returns
    -------
    ndarray
        ``p (T + m_e) (Q - T)² F(Z, T)`` with ``F = x/(1 - exp(-x))``,
        ``x = 2π α Z (T + m_e)/p``; zero outside (0, Q).

    Examples
    --------
    >>> beta_spectrum([-1.0, 18.59, 20.0], 18.59, 2).tolist()
    [0.0, 0.0, 0.0]
    """
    T = np.asarray(energy, dtype=float) / KEV_PER_MEV
    Q = endpoint / KEV_PER_MEV
    inside = (T > 0) & (T < Q)
    kinetic = np.where(inside, T, Q / 2)
    momentum = np.sqrt(kinetic * (kinetic + 2 * ELECTRON_MASS))
    total = kinetic + ELECTRON_MASS
    x = 2 * np.pi * FINE_STRUCTURE * daughter_charge * total / momentum
    shape = momentum * total * (Q - kinetic) ** 2 * x / -np.expm1(-x)
    return np.where(inside, shape, 0.0)


def background_rates(
    experiment: Experiment,
    detector: Detector,
    solar_per_bin: NDArray[np.float64],
    solar_total: float,
) -> NDArray[np.float64]:
    """Background of each component without solar neutrinos.

    Parameters
    ----------
    experiment : Experiment
        Components and their numbers.
    detector : Detector
        Its response.
    solar_per_bin : ndarray, shape (n_bin,)
        Standard Model prediction, events per tonne year.
    solar_total : float
        The same over the whole region of interest.

    Returns
    -------
    ndarray, shape (n_component, n_bin)
        Events per tonne year in each bin.

    Raises
    ------
    InputError
        If a component cannot be normalised or does not cover the fit range.
    """
    rates = np.empty((len(experiment.components), experiment.n_bins))
    for row, component in enumerate(experiment.components):
        where = f"experiment {experiment.name}, component {component.name}"
        if component.events is None:
            rates[row] = _rate_per_bin(experiment, component, detector, where)
            if component.includes_solar:
                rates[row] = np.maximum(rates[row] - solar_per_bin, 0.0)
            continue
        events = component.events / experiment.exposure
        if component.includes_solar:
            events -= solar_total
            if events < 0:
                raise InputError(
                    f"{where}: events = {component.events:g} is below the "
                    f"{solar_total * experiment.exposure:.1f} solar neutrinos that it "
                    "should include; check events and exposure (tonne years)"
                )
        if component.events == 0:
            rates[row] = 0.0
            continue
        per_bin, total = _unnormalised(experiment, component, detector, where)
        if not total > 0:
            raise InputError(f"{where}: the shape is zero wherever the efficiency is not")
        rates[row] = events * per_bin / total
    return rates


def _unnormalised(
    experiment: Experiment, component: ComponentSettings, detector: Detector, where: str
) -> tuple[NDArray[np.float64], float]:
    """Content of the bins and of the whole region, in common arbitrary units."""
    if component.energy == "reconstructed":
        if component.shape == "table":
            energy, density = experiment.tables[component.name]
            total = float(density.sum() * (energy[1] - energy[0]))
            return _table_per_bin(experiment, component, where), total
        assert component.range is not None
        return detector.reconstructed_fraction(*component.range), 1.0
    if component.shape == "lines":
        assert component.lines is not None
        energies, weights = np.array(component.lines).T
        folded = detector.response(energies) @ weights
        return folded[:-1], float(folded[-1])
    if component.shape == "beta":
        assert component.endpoint is not None
        assert component.daughter_charge is not None
        endpoint, charge = component.endpoint, component.daughter_charge
        per_bin, whole = detector.fold(lambda T: beta_spectrum(T, endpoint, charge), [endpoint])
    elif component.shape == "table":
        energy, density = experiment.tables[component.name]
        per_bin, whole = detector.fold(
            lambda T: np.interp(T, energy, density, left=0.0, right=0.0), energy
        )
    else:
        low, high = component.range or (0.0, np.inf)
        per_bin, whole = detector.fold(
            lambda T: np.where((low <= T) & (high >= T), 1.0, 0.0), [low, high]
        )
    return per_bin, float(whole)


def _rate_per_bin(
    experiment: Experiment, component: ComponentSettings, detector: Detector, where: str
) -> NDArray[np.float64]:
    """Content of the bins of a table that is an absolute rate, events per tonne year."""
    if component.energy == "reconstructed":
        return _table_per_bin(experiment, component, where)
    energy, rate = experiment.tables[component.name]
    return detector.fold(lambda T: np.interp(T, energy, rate, left=0.0, right=0.0), energy)[0]


def _table_per_bin(
    experiment: Experiment, component: ComponentSettings, where: str
) -> NDArray[np.float64]:
    """Integral of a histogram, given by its bin centres, over each bin of the experiment."""
    energy, density = experiment.tables[component.name]
    step = energy[1] - energy[0]
    edges = np.append(energy - step / 2, energy[-1] + step / 2)
    cumulative = np.append(0.0, (density * step).cumsum())
    wanted = experiment.bin_edges
    low, high = histogram_ends(energy)
    if wanted[0] < low - 1e-9 or wanted[-1] > high + 1e-9:
        raise InputError(
            f"{where}: the table covers {low:g} to {high:g} keV, the fit range is "
            f"{wanted[0]:g} to {wanted[-1]:g} keV"
        )
    return np.diff(np.interp(wanted, edges, cumulative))
