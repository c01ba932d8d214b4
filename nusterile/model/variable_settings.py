"""Settings that change no rate: pull widths, exposures without data, fit ranges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from nusterile.arguments import LARGEST_EXPOSURE, finite_values, require_name, single
from nusterile.arrays import Floats
from nusterile.errors import InputError
from nusterile.experiments.experiment import Experiment
from nusterile.model.predictions import Predictions
from nusterile.vocabulary import EXPOSURE, SOLAR_PULL, TONNE_YEARS, pull_name

__all__ = [
    "EXPOSURES",
    "FIT_RANGES",
    "WIDTHS",
    "Kind",
    "Value",
    "VariableSetting",
    "checked_changes",
    "joined_changes",
    "settings_of",
]

Kind = Literal["widths", "exposures", "fit_ranges"]
#: A width or an exposure, or the ends of a fit range.
Value = float | tuple[float, float]
WIDTHS: Kind = "widths"
EXPOSURES: Kind = "exposures"
FIT_RANGES: Kind = "fit_ranges"
#: How exactly an end of a fit range is a bin edge, keV.
_EDGE = 1e-9


@dataclass(frozen=True, eq=False)
class VariableSetting:
    """A setting that changes no rate.

    Attributes
    ----------
    kind : {'widths', 'exposures', 'fit_ranges'}
        Argument of `Variations.limits` that takes it.
    name : str
        Key in that argument: the pull, or the experiment.
    owner : str
        Label of the experiment that it belongs to; empty for the Sun.
    what : str
        What it is of it, in words.
    value : float or tuple of float
        As configured: relative width (infinite where free, 0 where fixed), exposure in t yr, or
        the ends of the fit range in keV.
    keys : tuple of str
        Where it stands in a configuration.
    edges : ndarray, optional
        Where a fit range may begin and end, keV.

    Examples
    --------
    >>> pull, *_, fit_range = settings_of(Predictions(), ["lz_ws2024"])
    >>> pull.name, pull.value, fit_range.value, float(fit_range.edges[-1])
    ('solar', 0.07, (1.0, 19.0), 20.0)
    """

    kind: Kind
    name: str
    owner: str
    what: str
    value: Value
    keys: tuple[str, ...]
    edges: Floats | None = None

    @property
    def subject(self) -> str:
        """What it is of what, in words.

        Examples
        --------
        >>> [setting.subject for setting in settings_of(Predictions(), ["xenonnt_sr0"])][0]
        'pull of the solar neutrinos'
        """
        return f"{self.owner}: {self.what}" if self.owner else self.what

    @property
    def may_be_free(self) -> bool:
        """Whether the pull may have no constraint; that of the Sun always has one.

        Examples
        --------
        >>> [setting.may_be_free for setting in settings_of(Predictions(), ["xenonnt_sr0"])]
        [False, True, False]
        """
        return self.kind == WIDTHS and self.keys[0] == "overrides"

    def words(self, value: Value) -> str:
        """Say a value.

        Parameters
        ----------
        value : float or tuple of float
            One that can be used.

        Returns
        -------
        str

        Examples
        --------
        >>> settings = settings_of(Predictions(), ["xenonnt_sr0"])
        >>> [setting.words(setting.value) for setting in settings]
        ['7 %', '12 %', '1 to 30 keV']
        """
        if isinstance(value, tuple):
            return f"{value[0]:g} to {value[1]:g} keV"
        if self.kind == EXPOSURES:
            return f"{value:.4g} {TONNE_YEARS}"
        return {0.0: "fixed", np.inf: "free"}.get(value, f"{100 * value:.3g} %")

    def checked(self, value: Any) -> Value:
        """Return a value that can be used.

        Parameters
        ----------
        value : object
            What was given.

        Returns
        -------
        float or tuple of float

        Raises
        ------
        InputError
            Naming the setting, what it was given and what would be right.

        Examples
        --------
        >>> (pull, *_, fit_range) = settings_of(Predictions(), ["xenonnt_sr0"])
        >>> fit_range.checked([2, 20])
        (2.0, 20.0)
        """
        if self.kind == FIT_RANGES:
            return self._range(value)
        if self.kind == EXPOSURES:
            what = f"{EXPOSURE} of {self.name}"
            values = finite_values(
                what, value, TONNE_YEARS, largest=LARGEST_EXPOSURE, positive=True
            )
            return single(what, values)
        if self.may_be_free and np.ndim(value) == 0 and value == np.inf:
            return float(value)
        what = f"width of the pull {self.name}"
        return single(what, finite_values(what, value, "(relative)", largest=1e6))

    def _range(self, value: Any) -> tuple[float, float]:
        assert self.edges is not None
        ends = np.atleast_1d(np.asarray(value, dtype=float))
        what = f"fit range of {self.name}"
        if ends.shape != (2,) or not ends[0] < ends[1]:
            raise InputError(f"{what}: expected [low, high] in keV, not {value}")
        nearest = [float(self.edges[np.argmin(abs(self.edges - end))]) for end in ends]
        for end, edge in zip(ends, nearest, strict=True):
            if not abs(end - edge) < _EDGE:
                raise InputError(f"{what}: {end:g} keV is no bin edge; the nearest is {edge:g} keV")
        return nearest[0], nearest[1]

    def changes(self, value: Value) -> dict[str, Any]:
        """Return the change as `Configuration.with_changes` takes it.

        Parameters
        ----------
        value : float or tuple of float
            One that can be used.

        Returns
        -------
        dict

        Examples
        --------
        >>> (pull, *_, fit_range) = settings_of(Predictions(), ["xenonnt_sr0"])
        >>> pull.changes(0.2)
        {'solar': {'sigma': 0.2}}
        """
        change: Any = list(value) if isinstance(value, tuple) else value
        if self.may_be_free:
            change = (
                {"free": True, "relative_sigma": None}
                if value == np.inf
                else {"free": False, "relative_sigma": value}
            )
        for key in reversed(self.keys):
            change = {key: change}
        return dict(change)


def settings_of(
    predictions: Predictions, experiments: Sequence[str]
) -> tuple[VariableSetting, ...]:
    """Settings that a fit of some experiments depends on: the Sun, then each experiment.

    Parameters
    ----------
    predictions : Predictions
        The analysis as configured.
    experiments : sequence of str
        Names of the experiments.
    """
    read = {experiment.name: experiment for experiment in predictions.experiments}
    found = list(_of_the_sun(predictions))
    for name in experiments:
        found += _of_an_experiment(read[name])
    return tuple(found)


def _of_the_sun(predictions: Predictions) -> Iterator[VariableSetting]:
    solar = predictions.configuration.solar
    if solar.correlated:  # the widths say which events move together, so they change these
        return
    pulls = predictions.solar_pulls
    for name, width in zip(pulls.names, map(float, pulls.sigma), strict=True):
        source = name.removeprefix(SOLAR_PULL).removeprefix(":")
        keys = ("solar", "source_sigma", source) if source else ("solar", "sigma")
        what = f"pull of {source} neutrinos" if source else "pull of the solar neutrinos"
        yield VariableSetting(WIDTHS, name, "", what, width, keys)


def _of_an_experiment(experiment: Experiment) -> Iterator[VariableSetting]:
    name, label = experiment.name, experiment.label
    for component in experiment.components:
        yield VariableSetting(
            WIDTHS,
            pull_name(name, component.name),
            label,
            f"pull of {component.label or component.name}",
            float(component.width),
            ("overrides", name, "components", component.name),
        )
    if experiment.expected_only:
        keys = ("overrides", name, EXPOSURE)
        yield VariableSetting(EXPOSURES, name, label, EXPOSURE, experiment.exposure, keys)
    edges = experiment.bin_edges
    yield VariableSetting(
        FIT_RANGES,
        name,
        label,
        "fit range",
        (float(edges[0]), float(edges[-1])),
        ("overrides", name, "fit_range"),
        experiment.range_edges,
    )


def joined_changes(values: Mapping[VariableSetting, Value]) -> dict[str, Any]:
    """Return changes of several settings as `Configuration.with_changes` takes them.

    Parameters
    ----------
    values : mapping of VariableSetting to float or tuple of float
        The changed settings.
    """
    found: dict[str, Any] = {}
    for setting, value in values.items():
        found = _joined(found, setting.changes(value))
    return found


def _joined(one: dict[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Tables with the keys of both, at any depth."""
    both = dict(one)
    for key, value in other.items():
        here = both.get(key)
        inner = isinstance(value, Mapping) and isinstance(here, dict)
        both[key] = _joined(here, value) if inner and here is not None else value
    return both


def checked_changes(
    settings: Sequence[VariableSetting], given: Mapping[Kind, Mapping[str, Any] | None]
) -> dict[VariableSetting, Value]:
    """Settings that are changed, with values that can be used, in the order of the settings.

    Parameters
    ----------
    settings : sequence of VariableSetting
        All that may be changed.
    given : mapping
        Values by name, by kind; None for none.

    Raises
    ------
    InputError
        If a name is unknown or a value cannot be used.
    """
    known = {(setting.kind, setting.name): setting for setting in settings}
    for kind, values in given.items():
        names = [name for other, name in known if other == kind]
        for name in values or ():
            require_name(f"name in {kind}", name, names)
    return {
        setting: setting.checked((given.get(kind) or {})[name])
        for (kind, name), setting in known.items()
        if name in (given.get(kind) or {})
    }
