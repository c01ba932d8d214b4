"""What about the inputs of an analysis is probably a mistake, although it can be computed.

A table that ends too early, an exposure in kilograms or energies in eV give limits that
look like others. Nothing here changes a result; each doubt is one line for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nusterile.experiments.detector import Detector
from nusterile.experiments.expectation import Expectation
from nusterile.experiments.experiment import Experiment
from nusterile.experiments.settings import ComponentSettings
from nusterile.model.predictions import Predictions
from nusterile.statistics.likelihood import Likelihood

__all__ = ["doubts_about"]

#: Share of the events of the fit range, and of one bin, that a table may miss.
_MISSED, _MISSED_OF_BIN = 0.01, 0.25
#: Share of a component's events that should be in the fit range.
_IN_FIT = 1e-3
#: χ² of the Standard Model, per bin and besides, that no sensible data reach.
_CHI2_PER_BIN, _CHI2_BESIDES = 5.0, 30.0
#: Relative width of a pull that is rather a number of per cent.
_WIDEST = 3.0
#: Reach of the resolution in units of σ.
_REACH = 6.0


def doubts_about(predictions: Predictions) -> tuple[str, ...]:
    """List what is probably a mistake in the inputs of an analysis.

    Parameters
    ----------
    predictions : Predictions
        The analysis.

    Returns
    -------
    tuple of str
        One line each; none for the default analysis.
    """
    found: list[str] = []
    for expectation in predictions.expectations.values():
        name = expectation.experiment.name
        sigma = predictions.configuration.solar.sigma
        doubts = (
            *_efficiency(expectation),
            *_components(expectation),
            *_empty_bins(expectation),
            *_fit(expectation, sigma),
        )
        found += [f"{name}: {text}" for text in doubts]
    return tuple(found)


def _efficiency(expectation: Expectation) -> Iterator[str]:
    """Efficiency tables that end, above zero, where recoils are still counted."""
    experiment = expectation.experiment
    wider = _held_constant(experiment)
    if wider is experiment:
        return
    flat = expectation.detector.fold(np.ones_like)[0]
    held = Detector(wider).fold(np.ones_like)[0]
    missed = _missed(flat, held)
    if missed:
        nodes, values = experiment.efficiency_energy, experiment.efficiency
        yield (
            f"the efficiency is zero outside its table, {nodes[0]:g} to {nodes[-1]:g} keV, whose "
            f"ends hold {values[0]:g} and {values[-1]:g}; held constant instead, the fit range "
            f"would gain {missed}; end the table with 0 if that is meant"
        )


def _held_constant(experiment: Experiment) -> Experiment:
    """The experiment with its efficiency held constant as far as the fit range needs."""
    low, high = experiment.bin_edges[0], experiment.bin_edges[-1]
    if experiment.efficiency_acts_on == "true":
        reach = _REACH * experiment.resolution(np.array([max(low, 1e-3), high]))
        low, high = max(low - reach[0], 0.0), high + reach[1]
    nodes, values = experiment.efficiency_energy, experiment.efficiency
    if nodes[0] > low and values[0] > 0:
        nodes, values = np.append(low, nodes), np.append(values[0], values)
    if nodes[-1] < high and values[-1] > 0:
        nodes, values = np.append(nodes, high), np.append(values, values[-1])
    if nodes is experiment.efficiency_energy:
        return experiment
    return replace(experiment, efficiency_energy=nodes, efficiency=values)


def _missed(found: NDArray[np.float64], whole: NDArray[np.float64]) -> str:
    """What the bins miss, in words; empty where it is little."""
    total = 1 - found.sum() / whole.sum()
    with np.errstate(invalid="ignore", divide="ignore"):
        worst = np.nanmax(np.where(whole > 0, 1 - found / whole, 0.0))
    if total <= _MISSED and worst <= _MISSED_OF_BIN:
        return ""
    return f"{100 * total / (1 - total):.2g} % of its events" if total < 1 else "all of its events"


def _components(expectation: Expectation) -> Iterator[str]:
    """Background components outside the fit range, or cut off in it, or hardly constrained."""
    experiment = expectation.experiment
    low, high = experiment.bin_edges[0], experiment.bin_edges[-1]
    scale = experiment.exposure / experiment.published_exposure
    for row, component in enumerate(experiment.components):
        events = expectation.background[row].sum()
        if component.events is not None and events < _IN_FIT * component.events * scale:
            yield (
                f"component {component.name} has {events:.2g} of its "
                f"{component.events * scale:.3g} events in the fit range, {low:g} to {high:g} keV; "
                "check its energies, in keV"
            )
        elif missed := _missed_by_table(expectation, component):
            yield (
                f"component {component.name}: its table ends above zero where recoils still reach "
                f"the fit range; held constant instead, it would gain {missed}; end the table "
                "with 0 if that is meant"
            )
        if np.isfinite(component.width) and component.width > _WIDEST:
            yield (
                f"component {component.name} has a relative width of {component.width:g}; widths "
                "are fractions, 0.1 for 10 %"
            )


def _missed_by_table(expectation: Expectation, component: ComponentSettings) -> str:
    """What a table in true energy misses in the fit range by ending."""
    if component.shape != "table" or component.energy != "true":
        return ""
    energy, density = expectation.experiment.tables[component.name]
    fold = expectation.detector.fold
    found = fold(lambda T: np.interp(T, energy, density, left=0.0, right=0.0), energy)[0]
    whole = fold(lambda T: np.interp(T, energy, density), energy)[0]
    return _missed(found, whole) if whole.sum() > 0 else ""


def _empty_bins(expectation: Expectation) -> Iterator[str]:
    """Bins with events where nothing is expected: no fit can explain them."""
    experiment = expectation.experiment
    expected = expectation.standard_model + expectation.background.sum(axis=0)
    bins = np.flatnonzero((experiment.counts > 0) & ~(expected > 0))
    if bins.size:
        edges = experiment.bin_edges
        yield (
            f"{bins.size} bin(s) between {edges[bins[0]]:g} and {edges[bins[-1] + 1]:g} keV hold "
            f"{experiment.counts[bins].sum():g} events where none are expected, so no limit can be "
            "found; check efficiency and components"
        )


def _fit(expectation: Expectation, solar_sigma: float) -> Iterator[str]:
    """Data that the Standard Model and the backgrounds do not resemble at all."""
    likelihood = Likelihood.of([expectation], solar_sigma)
    counts = expectation.experiment.counts
    chi2 = float(likelihood.profile(np.zeros((1, counts.size)), [0], [0.0]).chi2[0])
    if np.isfinite(chi2) and chi2 > _CHI2_PER_BIN * counts.size + _CHI2_BESIDES:
        yield (
            f"without a dipole the fit has χ² = {chi2:.3g} for {counts.size} bins; check counts, "
            "exposure (tonne years) and energies (keV)"
        )
