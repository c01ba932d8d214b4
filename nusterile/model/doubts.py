"""What about the inputs of an analysis is probably a mistake, although it can be computed.

A table that ends too early, an exposure in kilograms or energies in eV give limits that
look like others. Nothing here changes a result; each doubt is one line for people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nusterile.experiments.detector import Detector
from nusterile.experiments.expectation import Expectation
from nusterile.experiments.experiment import Experiment
from nusterile.experiments.settings import ComponentSettings
from nusterile.model.fit_doubts import doubts_of_fit
from nusterile.model.predictions import Predictions
from nusterile.physics.constants import ELECTRON_MASS, KEV_PER_MEV

__all__ = ["doubts_about"]

#: Share of the events of the fit range, and of one bin, that a table may miss.
_MISSED, _MISSED_OF_BIN = 0.01, 0.25
#: Share of a component's events that should be in the fit range.
_IN_FIT = 1e-3
#: Relative width of a pull that is rather a number of per cent.
_WIDEST = 1.0
#: Width of a constraint in units of the square root of its events, and of the events, that
#: no measurement reaches.
_NARROWEST, _NARROWEST_RELATIVE = 0.2, 0.02
#: More background than a large detector of liquid xenon has, events per tonne year.
_MOST_EVENTS = 3e5
#: Share of solar neutrinos in a background that holds them, larger than in any data so far.
_MOST_SOLAR = 1 / 3
#: How far the grid of masses may go beyond the heaviest that the Sun makes.
_GRID_BEYOND = 10.0
#: Experiments that come along and hold the same events of one run.
_SAME_EVENTS = (("pandax4t_run1", "pandax4t_run1_wimp"),)
#: Reach of the resolution in units of σ.
_REACH = 6.0


def doubts_about(predictions: Predictions, m_4: ArrayLike = ()) -> tuple[str, ...]:
    """List what is probably a mistake in the inputs of an analysis.

    Parameters
    ----------
    predictions : Predictions
        The analysis.
    m_4 : array_like
        Sterile masses that somebody asks for, MeV.

    Returns
    -------
    tuple of str
        One line each; none for the default analysis.
    """
    found = [
        *_solar_width(predictions),
        *_masses(predictions, np.atleast_1d(m_4)),
        *_counted_twice(predictions),
    ]
    for expectation in predictions.expectations.values():
        name = expectation.experiment.name
        sigma = float(predictions.solar_pulls.sigma.max())
        doubts = (
            *_efficiency(expectation),
            *_response(expectation),
            *_components(expectation),
        )
        if not expectation.experiment.expected_only:
            doubts += (*_empty_bins(expectation), *doubts_of_fit(expectation, sigma))
        found += [f"{name}: {text}" for text in doubts]
    return tuple(found)


def _solar_width(predictions: Predictions) -> Iterator[str]:
    settings = predictions.configuration.solar
    widths = {f"source_sigma.{source}": width for source, width in settings.source_sigma.items()}
    for name, sigma in {"sigma": settings.sigma, **widths}.items():
        if sigma > _WIDEST:
            yield (
                f"solar.{name} = {sigma:g} is a relative width; widths are fractions, "
                f"{sigma / 100:g} for {sigma:g} %"
            )


def _masses(predictions: Predictions, asked: NDArray[np.float64]) -> Iterator[str]:
    """Masses that no solar neutrino can make."""
    moments = predictions.recoil_rates.moments
    energy = max(moments.end_energies.max(initial=0.0), moments.line_energy.max(initial=0.0))
    heaviest = np.sqrt(ELECTRON_MASS * (ELECTRON_MASS + 2 * energy)) - ELECTRON_MASS
    low, high = predictions.configuration.grids.m_4.ends
    cases = []
    if asked.size and asked.max() > heaviest:
        cases.append(("m_4 =", float(asked.max())))
    if low > heaviest or high > _GRID_BEYOND * heaviest:
        cases.append(("grids.m_4 up to", high))
    for name, mass in cases:
        yield (
            f"{name} {mass:g} MeV is heavier than anything that solar neutrinos can make, "
            f"{heaviest:.3g} MeV; masses are in MeV, and {mass:g} keV are "
            f"{mass / KEV_PER_MEV:g} MeV"
        )


def _counted_twice(predictions: Predictions) -> Iterator[str]:
    """Selections that take two experiments with the same events."""
    for selection, members in predictions.selections.items():
        for pair in _SAME_EVENTS:
            if set(pair) <= set(members):
                yield (
                    f"selection {selection} takes {pair[0]} and {pair[1]}, which hold the same "
                    "events: a fit counts them twice; name your combinations in [selections]"
                )


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


def _response(expectation: Expectation) -> Iterator[str]:
    """Tables of the atom's response that end where recoils are counted."""
    experiment, rates = expectation.experiment, expectation.rates
    low, high = experiment.bin_edges[0], experiment.bin_edges[-1]
    for target in dict.fromkeys((rates.target, rates.dipole_target or rates.target)):
        nodes = target.response_energy
        if nodes.size and (nodes[0] > low or nodes[-1] < high):
            yield (
                f"the table of the response of xenon goes from {nodes[0]:g} to {nodes[-1]:g} keV, "
                f"the fit range from {low:g} to {high:g} keV; beyond the table its ends are "
                "held constant"
            )
            return


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
    for row, component in enumerate(experiment.components):
        events = expectation.background[row].sum()
        if component.events is not None and events < _IN_FIT * component.events:
            yield (
                f"component {component.name} has {events:.2g} of its "
                f"{component.events:.3g} events in the fit range, {low:g} to {high:g} keV; "
                "check its energies, in keV"
            )
        elif missed := _missed_by_table(expectation, component):
            yield (
                f"component {component.name}: its table ends above zero where recoils still reach "
                f"the fit range; held constant instead, it would gain {missed}; end the table "
                "with 0 if that is meant"
            )
        if component.events is not None and component.events > _MOST_EVENTS * experiment.exposure:
            yield (
                f"component {component.name} has {component.events / experiment.exposure:.2g} "
                "events per tonne year, more than any large detector; check events and exposure "
                "(tonne years)"
            )
        solar = expectation.standard_model.sum()
        if component.includes_solar and solar > _MOST_SOLAR * (solar + events):
            yield (
                f"component {component.name} would hold {solar:.3g} solar neutrinos among "
                f"{solar + events:.4g} events in the fit range; check events and exposure (tonne "
                "years)"
            )
        if np.isfinite(component.width) and component.width > _WIDEST:
            yield (
                f"component {component.name} has a relative width of {component.width:g}; widths "
                "are fractions, 0.1 for 10 %"
            )
        yield from _narrow(component, component.events or float(events))


def _narrow(component: ComponentSettings, events: float) -> Iterator[str]:
    """Constraints that are narrower than any measurement of so many events."""
    if not 0 < component.width < _NARROWEST_RELATIVE or events == 0:
        return
    width = component.width * events
    if width < _NARROWEST * np.sqrt(events):
        text = (
            f"component {component.name} has a width of {width:.3g} of its {events:.4g} events, "
            f"{100 * component.width:.2g} %, far below their square root, {np.sqrt(events):.3g}"
        )
        if component.sigma is not None and component.sigma < _WIDEST:
            text += f"; 'sigma' is in events, relative_sigma = {component.sigma:g} a fraction"
        yield text


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
    counts = expectation.counts
    bins = np.flatnonzero((counts > 0) & ~(expected > 0))
    if bins.size:
        edges = experiment.bin_edges
        yield (
            f"{bins.size} bin(s) between {edges[bins[0]]:g} and {edges[bins[-1] + 1]:g} keV hold "
            f"{counts[bins].sum():g} events where none are expected, so no limit can be "
            "found; check efficiency and components"
        )
