"""What a limit depends on: the same limit with one thing changed at a time.

Every change is a changed configuration, so that what comes out is what `Analysis.limits` gives with
it; what a change leaves alone is not computed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

import numpy as np
import xarray as xr

from nusterile.arrays import Floats
from nusterile.errors import Cancelled, InputError
from nusterile.experiments.expectation import Expectation
from nusterile.model.physics_settings import CrossSectionSettings, SolarSettings
from nusterile.model.predictions import Predictions, flavor_rows
from nusterile.statistics.intervals import threshold
from nusterile.statistics.limits import limits_of_masses
from nusterile.vocabulary import (
    ATTRIBUTES,
    CHANGE,
    CL,
    FLAVOR,
    LIMIT,
    LIMIT_STATUS,
    M_4,
    PURE_NUMBER,
    RATIO,
    SELECTION,
    SUBJECT,
    SWITCH,
    limit_attributes,
)

__all__ = ["AS_CONFIGURED", "Switch", "impact", "switches"]

_Events = dict[tuple[int, bool], tuple[Expectation, Floats]]
#: The switch that changes nothing.
AS_CONFIGURED = "as configured"
#: How much wider a pull is made.
_WIDER = 2.0
_SOLAR_MODELS = {"gs98": "GS98", "agss09met": "AGSS09met"}
_COUPLINGS = {"tree": "tree level", "radiative": "with radiative corrections"}
#: Settings of the atom, with what they are in words.
_RESPONSES: dict[str, dict[str, str | None]] = {
    "all 54 electrons free": {"response": "free", "applies_to": None},
    "RRPA, Standard Model part": {"response": "rrpa", "applies_to": "standard_model"},
    "RRPA, both parts": {"response": "rrpa", "applies_to": "both"},
}
_STEPS = {"response": "steps", "applies_to": None}
#: Settings of the solar pulls, with what they are in words.
_PULLS: dict[str, dict[str, Any]] = {
    "one of all fluxes": {"pulls": "common", "correlated": False, "source_sigma": None},
    "one of each flux": {"pulls": "by_source", "correlated": False},
    "one, each flux by its own width": {"pulls": "by_source", "correlated": True},
}


@dataclass(frozen=True)
class Switch:
    """One thing to change.

    Attributes
    ----------
    subject : str
        What is changed, in words.
    change : str
        To what, in words.
    changes : dict
        The same as `Configuration.with_changes` takes it.
    may_fail : bool
        Whether the data may not allow it: a fit range beyond the table of counts.
    """

    subject: str
    change: str
    changes: dict[str, Any]
    may_fail: bool = False


class _Found(NamedTuple):
    """The limit under one switch."""

    switch: Switch
    limit: float
    status: str


def switches(predictions: Predictions, selection: str) -> Iterator[Switch]:
    """Yield every single switch that the limit of a selection may depend on.

    Parameters
    ----------
    predictions : Predictions
        The analysis.
    selection : str
        The selection.
    """
    settings, members = predictions.configuration, predictions.members(selection)
    for model in get_args(SolarSettings.model_fields["model"].annotation):
        if model != settings.solar.model:
            yield Switch(
                "solar model", _SOLAR_MODELS.get(model, model), {"solar": {"model": model}}
            )
    for couplings in get_args(CrossSectionSettings.model_fields["couplings"].annotation):
        if couplings != settings.cross_section.couplings:
            words = _COUPLINGS.get(couplings, couplings)
            yield Switch("couplings", words, {"cross_section": {"couplings": couplings}})
    for words, atom in {"steps": _STEPS, **_RESPONSES}.items():
        if atom != settings.atom.model_dump():
            yield Switch("electrons of xenon", words, {"atom": atom})
    yield from _of_the_sun(predictions)
    labels = {e.name: e.label for e in predictions.experiments}
    for name in members:
        yield from _of_an_experiment(predictions, name, labels[name])
    for name in members if len(members) > 1 else ():
        rest = [member for member in members if member != name]
        own = {n: list(m) for n, m in predictions.selections.items()}
        changes = {"selections": {**own, selection: rest}}
        yield Switch(labels[name], "left out", changes)


def impact(
    predictions: Predictions,
    selection: str,
    flavor: str,
    m_4: float,
    cl: float,
    *,
    report: Callable[[float, str], None] = lambda _share, _what: None,
    stop: Callable[[], bool] = lambda: False,
) -> xr.Dataset:
    """Limit of one selection, flavour and mass, as it is and under every switch.

    Parameters
    ----------
    predictions : Predictions
        The analysis.
    selection, flavor : str
        Which limit.
    m_4 : float
        Sterile mass, MeV.
    cl : float
        Confidence level; one degree of freedom.
    report : callable
        Called with the share done (0 to 1) and what is being done.
    stop : callable
        Asked before every switch.

    Returns
    -------
    Dataset
        See `Analysis.impact`.

    Raises
    ------
    Cancelled
        If `stop` returned True.
    """
    # Beside the events of each expectation, the expectation itself, whose identity is the key.
    events: _Events = {}
    point = (selection, flavor, m_4, cl)
    nominal = _limit(predictions, Switch(AS_CONFIGURED, "", {}), *point, events)
    todo = list(switches(predictions, selection))
    found = []
    for place, switch in enumerate(todo):
        if stop():
            raise Cancelled("cancelled")
        report(place / len(todo), switch.subject)
        changed = predictions.configuration.with_changes(**switch.changes)
        try:
            here = Predictions(changed, like=predictions)
        except InputError:
            if not switch.may_fail:
                raise
            continue
        found.append(_limit(here, switch, *point, events))
    ranked = [nominal, *sorted(found, key=lambda one: _size(one, nominal), reverse=True)]
    expected = selection in predictions.expected_selections
    limits = np.array([one.limit for one in ranked])
    columns = {
        LIMIT: (limits, limit_attributes(LIMIT, expected=expected)),
        LIMIT_STATUS: (
            np.array([one.status for one in ranked], dtype=object),
            limit_attributes(LIMIT_STATUS, expected=expected),
        ),
        RATIO: (limits / nominal.limit, {"units": PURE_NUMBER}),
    }
    words = {
        SUBJECT: [one.switch.subject for one in ranked],
        CHANGE: [one.switch.change for one in ranked],
    }
    return xr.Dataset(
        {name: (SWITCH, values, attributes) for name, (values, attributes) in columns.items()},
        coords={
            **{name: (SWITCH, np.array(texts, dtype=object)) for name, texts in words.items()},
            SELECTION: selection,
            FLAVOR: flavor,
            M_4: ((), m_4, ATTRIBUTES[M_4]),
            CL: ((), cl, ATTRIBUTES[CL]),
        },
    )


def _size(one: _Found, nominal: _Found) -> float:
    """How far a limit is from that as configured; one that is not there is farthest."""
    with np.errstate(invalid="ignore", divide="ignore"):
        size = abs(np.log(one.limit / nominal.limit))
    return float(size) if np.isfinite(size) else np.inf


def _limit(
    predictions: Predictions,
    switch: Switch,
    selection: str,
    flavor: str,
    m_4: float,
    cl: float,
    events: _Events,
) -> _Found:
    templates = []
    for name in predictions.members(selection):
        expectation = predictions.expectations[name]
        key = (id(expectation), predictions.configuration.solar.correlated)
        if key not in events:
            events[key] = expectation, predictions.templates(name, m_4)
        templates.append(events[key][1])
    dipole = np.concatenate(templates, axis=-1)[flavor_rows(flavor)[0]]
    one = np.array([1])
    critical = threshold(np.array([[cl]]), one)
    signal = predictions.recoil_rates.interaction
    limits = limits_of_masses(predictions.likelihood(selection), dipole, signal, critical, one)
    return _Found(switch, float(limits.limit.item()), str(limits.status.item()))


def _of_the_sun(predictions: Predictions) -> Iterator[Switch]:
    solar = predictions.configuration.solar
    here = {"pulls": solar.pulls, "correlated": solar.correlated}
    for words, settings in _PULLS.items():
        if not here.items() <= settings.items():
            yield Switch("solar pulls", words, {"solar": settings})
    if solar.pulls == "common" and solar.sigma > 0:
        yield Switch("pull of the solar neutrinos", "fixed", {"solar": {"sigma": 0.0}})
        wide = _WIDER * solar.sigma
        yield Switch("pull of the solar neutrinos", f"{100 * wide:g} %", {"solar": {"sigma": wide}})


def _of_an_experiment(predictions: Predictions, name: str, label: str) -> Iterator[Switch]:
    (experiment,) = (e for e in predictions.experiments if e.name == name)
    edges = experiment.bin_edges
    first, last = edges[1] - edges[0], edges[-1] - edges[-2]
    ranges = {
        ("lower end of the fit range", f"{edges[1]:g} keV"): (edges[1], edges[-1], False),
        ("lower end of the fit range", f"{edges[0] - first:g} keV"): (
            edges[0] - first,
            edges[-1],
            True,
        ),
        ("upper end of the fit range", f"{edges[-2]:g} keV"): (edges[0], edges[-2], False),
        ("upper end of the fit range", f"{edges[-1] + last:g} keV"): (
            edges[0],
            edges[-1] + last,
            True,
        ),
    }
    for (what, words), (low, high, may_fail) in ranges.items():
        if 0 <= low < high:
            changes = {"overrides": {name: {"fit_range": [float(low), float(high)]}}}
            yield Switch(f"{label}: {what}", words, changes, may_fail)
    for component in experiment.components:
        subject = f"{label}: pull of {component.label or component.name}"
        width = component.width

        def of(sigma: float, part: str = component.name) -> dict[str, Any]:
            own = {"free": False, "relative_sigma": sigma}
            return {"overrides": {name: {"components": {part: own}}}}

        if width != 0:
            yield Switch(subject, "fixed", of(0.0))
        if np.isfinite(width) and width > 0:
            yield Switch(subject, f"{100 * _WIDER * width:.3g} %", of(_WIDER * width))
