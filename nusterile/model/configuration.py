"""The configuration: what is computed, and with which physics.

Every key has a default; ``nusterile config`` prints them all with comments.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import tomli_w
from numpy.typing import NDArray
from pydantic import (
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from nusterile.arguments import LARGEST_MASS, LARGEST_MOMENT, SMALLEST_MOMENT
from nusterile.errors import InputError, SettingError, nearest_name
from nusterile.experiments.experiment import Experiment, builtin_experiments, read_experiment
from nusterile.experiments.settings import ExperimentOverrides, Name
from nusterile.files.folder import TextFolder
from nusterile.files.settings import (
    StrictModel,
    is_inside,
    is_name,
    parse_toml,
    read_toml,
    require_shallow,
    validate_model,
)
from nusterile.files.tables import LARGEST_TABLE
from nusterile.files.text import read_text
from nusterile.files.writing import make_folder, write_file
from nusterile.physics.constants import SIN2_THETA_W
from nusterile.vocabulary import CL, COMBINED, FLAVORS, M_4, MU, XENON, Flavor

__all__ = ["Configuration", "Grid", "default_toml"]

Fraction = Annotated[float, Field(ge=0, le=1)]
OpenFraction = Annotated[float, Field(gt=0, lt=1)]

#: Solar mass splittings, eV², far around the measured one.
_SPLITTING = (1e-6, 1e-3)

#: Smallest relative step of a logarithmic grid, far above the rounding of its points.
_SMALLEST_STEP = 1e-13


class Grid(StrictModel):
    """A logarithmic grid, or the values themselves."""

    low: PositiveFloat | None = None
    high: PositiveFloat | None = None
    points: Annotated[int, Field(ge=1, le=10**12)] | None = None
    values: tuple[NonNegativeFloat, ...] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.values is not None:
            if (self.low, self.high, self.points) != (None, None, None):
                raise ValueError("give either values or low, high and points")
            if not self.values or any(a >= b for a, b in pairwise(self.values)):
                raise ValueError("values must be increasing and at least one")
            return self
        if self.low is None or self.high is None or self.points is None:
            raise ValueError("low, high and points are needed (or values)")
        if self.points == 1 and self.low != self.high:
            raise ValueError(
                f"points = 1 leaves out high = {self.high:g}; expected points of 2 or more, or "
                "high = low"
            )
        if self.points > 1:
            if not self.low < self.high:
                raise ValueError(f"low = {self.low:g} must lie below high = {self.high:g}")
            if math.log(self.high / self.low) < self.points * _SMALLEST_STEP:
                raise ValueError(f"{self.points} points do not fit between low and high")
        return self

    @property
    def size(self) -> int:
        """Number of points, known without making them."""
        return len(self.values) if self.values is not None else int(self.points or 0)

    @property
    def ends(self) -> tuple[float, float]:
        """First and last point, known without making the others."""
        if self.values is not None:
            return self.values[0], self.values[-1]
        assert self.low is not None
        assert self.high is not None
        return self.low, self.high if self.size > 1 else self.low

    def array(self) -> NDArray[np.float64]:
        """Return the points, shape (size,)."""
        if self.values is not None:
            return np.array(self.values, dtype=float)
        assert self.low is not None
        assert self.high is not None
        return np.geomspace(self.low, self.high, self.size)


class GridSettings(StrictModel):
    """Grids of the product: sterile mass in MeV, moment in Bohr magnetons."""

    m_4: Grid = Grid(low=1e-3, high=4.0, points=121)
    mu: Grid = Grid(low=1e-12, high=1e-6, points=181)
    cl: Annotated[tuple[OpenFraction, ...], Field(min_length=1)] = (0.90, 0.95, 0.99)

    @field_validator(M_4)
    @classmethod
    def _masses(cls, grid: Grid) -> Grid:
        if grid.ends[1] > LARGEST_MASS:
            raise ValueError(f"{grid.ends[1]:g} MeV is beyond {LARGEST_MASS:g} MeV")
        return grid

    @field_validator(MU)
    @classmethod
    def _moments(cls, grid: Grid) -> Grid:
        low, high = grid.ends
        if low == 0:
            raise ValueError("a moment of 0 has no place on the logarithmic axis mu")
        if low < SMALLEST_MOMENT or high > LARGEST_MOMENT:
            raise ValueError(
                f"moments lie between {SMALLEST_MOMENT:g} and {LARGEST_MOMENT:g} bohr_magneton"
            )
        return grid

    @field_validator(CL)
    @classmethod
    def _sorted(cls, levels: tuple[float, ...]) -> tuple[float, ...]:
        if any(a >= b for a, b in pairwise(levels)):
            raise ValueError(f"{list(levels)} must increase, for instance [0.9, 0.95]")
        return levels


class OscillationSettings(StrictModel):
    """Mixing parameters; the splitting in eV²."""

    sin2_theta_12: Fraction = 0.308
    sin2_theta_13: Fraction = 0.02215
    sin2_theta_23: Fraction = 0.470
    delta_m2_21: PositiveFloat = 7.49e-5

    @field_validator("delta_m2_21")
    @classmethod
    def _sensible(cls, splitting: float) -> float:
        low, high = _SPLITTING
        if not low <= splitting <= high:
            raise ValueError(
                f"{splitting:g} eV^2 is no solar splitting; expected {low:g} to {high:g} eV^2, "
                "for instance 7.49e-5"
            )
        return splitting


class SolarSettings(StrictModel):
    """Solar model and the width of the pull on its prediction."""

    model: Literal["gs98", "agss09met"] = "gs98"
    sigma: NonNegativeFloat = 0.07


class CrossSectionSettings(StrictModel):
    """Standard Model couplings."""

    couplings: Literal["tree", "radiative"] = "tree"
    sin2_theta_w: OpenFraction = SIN2_THETA_W


class Configuration(StrictModel):
    """Everything a product depends on.

    Values of one's own are given to `from_values`, or to `with_changes` of another
    configuration: these say in one line what is wrong with a value, as for a file.

    Examples
    --------
    >>> configuration = Configuration()
    >>> configuration.selection_members()["pandax4t"]
    ('pandax4t_run0', 'pandax4t_run1')
    >>> configuration.with_changes(solar={"model": "agss09met"}).solar.sigma
    0.07
    """

    experiments: tuple[str, ...] = (
        "xenonnt_sr0",
        "pandax4t_run0",
        "pandax4t_run1",
        "lz_ws2022",
        "lz_ws2024",
    )
    experiment_folders: tuple[str, ...] = ()
    bound_folders: tuple[str, ...] = ()
    flavors: Annotated[tuple[Flavor, ...], Field(min_length=1)] = FLAVORS
    selections: dict[Name, tuple[str, ...]] | None = None
    grids: GridSettings = GridSettings()
    oscillation: OscillationSettings = OscillationSettings()
    solar: SolarSettings = SolarSettings()
    cross_section: CrossSectionSettings = CrossSectionSettings()
    overrides: dict[str, ExperimentOverrides] = Field(default_factory=dict)

    #: Texts of experiments and bounds that are held here, not in folders, see `from_stored`.
    _texts: Mapping[str, str] = PrivateAttr(default_factory=dict)

    @field_validator("experiment_folders", "bound_folders")
    @classmethod
    def _absolute(cls, folders: tuple[str, ...]) -> tuple[str, ...]:
        # A stored configuration must mean the same from everywhere.
        try:
            return tuple(str(Path(folder).expanduser().resolve()) for folder in folders)
        except (OSError, RuntimeError, ValueError) as error:
            raise ValueError(f"not a folder ({error})") from None

    @field_validator("experiments", "flavors", "experiment_folders", "bound_folders")
    @classmethod
    def _distinct(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"'{name}' is named twice")
        return names

    @field_validator("experiments")
    @classmethod
    def _known(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        known = {*builtin_experiments(), *_held_names("experiments", info.context or {})}
        for name in names:
            if name not in known:
                raise ValueError(
                    f"unknown experiment '{name}' (a folder of your own goes into "
                    f"experiment_folders){nearest_name(name, known)}"
                )
        return names

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.experiments and not self.experiment_folders:
            raise ValueError("no experiment is named; fill experiments or experiment_folders")
        return self

    @classmethod
    def from_toml(cls, path: str | Path) -> Self:
        """Read a configuration file; relative folders are relative to it.

        Parameters
        ----------
        path : str or Path
            TOML file.

        Raises
        ------
        InputError
            If it cannot be read or a key or value is wrong.
        """
        return cls.from_toml_with_text(path)[0]

    @classmethod
    def from_toml_with_text(cls, path: str | Path) -> tuple[Self, str]:
        """Read a configuration file as `from_toml` does, and return its text as well."""
        file = Path(path)
        text, _ = read_text(file, "TOML", streams=True)
        values = parse_toml(text, str(file))
        for key in ("experiment_folders", "bound_folders"):
            folders = values.get(key)
            if isinstance(folders, list) and all(isinstance(folder, str) for folder in folders):
                values[key] = [f if f.startswith("~") else str(file.parent / f) for f in folders]
        return validate_model(cls, values, str(file), text), text

    @classmethod
    def from_values(cls, values: dict[str, Any], source: str = "configuration") -> Self:
        """Make a configuration from plain values, with the same messages as a file's."""
        return validate_model(cls, values, source)

    @classmethod
    def from_stored(cls, values: dict[str, Any], texts: Mapping[str, str], source: str) -> Self:
        """Make the configuration that a product stores.

        Parameters
        ----------
        values : dict
            What `canonical_json` says.
        texts : mapping of str to str
            What `input_texts` says: its experiments and bounds are read from here, wherever
            their folders are now, and whatever nusterile's own say by now.
        source : str
            Where both come from, for messages.

        Raises
        ------
        InputError
            Naming the key, what it holds and what would be right.
        """
        for name in texts:
            kind, _, rest = name.partition("/")
            folder, _, file = rest.partition("/")
            if kind not in ("experiments", "bounds") or not is_name(folder) or not is_inside(file):
                raise InputError(
                    f"{source}: holds a text named '{name}'; expected experiments/<name>/<file> or "
                    "bounds/<name>/<file>"
                )
        held = _without_builtin(texts)
        configuration = validate_model(cls, values, source, context=held)
        configuration._texts = held
        return configuration

    def with_changes(self, **changes: Any) -> Self:
        """Return the same configuration with other values; what is not named stays.

        Parameters
        ----------
        **changes : object
            Values by key, as in a file. Tables are mappings and may name some of their
            keys only; None takes the default back.

        Returns
        -------
        Configuration

        Raises
        ------
        InputError
            Naming the key, what it holds and what would be right.

        Examples
        --------
        >>> narrow = Configuration().with_changes(
        ...     solar={"sigma": 0.03}, grids={"m_4": {"values": [0.0, 0.1]}}
        ... )
        >>> narrow.solar.model, narrow.grids.m_4.array().tolist(), narrow.grids.mu.size
        ('gs98', [0.0, 0.1], 181)
        """
        require_shallow(changes, "configuration")
        values = _merged(self.model_dump(), changes)
        return type(self).from_stored(values, self._texts, "configuration")

    def to_toml(self) -> str:
        """Return the configuration as a TOML file that `from_toml` reads back.

        Experiments and bounds that are held here are named as the folders beside the file that
        `save` writes.
        """
        values = self.model_dump(mode="json")
        held = _held_names("experiments", self._texts)
        values["experiments"] = [name for name in self.experiments if name not in held]
        values["experiment_folders"] += [f"experiments/{name}" for name in held]
        values["bound_folders"] += [f"bounds/{name}" for name in _held_names("bounds", self._texts)]
        if not self.overrides:
            del values["overrides"]
        return tomli_w.dumps(_without_none(values))

    def save(self, path: str | Path) -> None:
        """Write the configuration as TOML, and beside it the folders that are held here.

        Parameters
        ----------
        path : str or Path
            File to write. A product's own experiments and bounds go into the folders
            ``experiments`` and ``bounds`` beside it.

        Raises
        ------
        InputError
            If a file cannot be written, or one of a folder is there and says something else.
        """
        file = Path(path)
        kept = {file.parent / name: text for name, text in self._texts.items()}
        for place, text in kept.items():
            if place.exists() and read_text(place, largest=LARGEST_TABLE)[1] != text.encode():
                raise InputError(
                    f"{place}: is there and says something else than the product; write into "
                    "another folder"
                )
        for place, text in kept.items():
            make_folder(place.parent)
            write_file(place, text)
        write_file(file, self.to_toml())

    def canonical_json(self) -> str:
        """Return the whole configuration as JSON: keys sorted, no spaces, full precision.

        Experiments stand there by name, so that the same analysis reads the same wherever its
        folders are; bounds, which change no number, take no part in it. Selections keep the
        order in which products have them; where there are experiments of one's own, which
        join some of them, they are written out.
        """
        names = self.experiment_names()
        values = self.model_dump(mode="json") | {
            "experiments": names,
            "experiment_folders": [],
            "bound_folders": [],
        }
        if self.experiment_folders:
            values["selections"] = self.selection_members(names)
        in_order = json.loads(json.dumps(values, sort_keys=True))
        in_order["selections"] = values["selections"]
        return json.dumps(in_order, separators=(",", ":"))

    def hash(self) -> str:
        """SHA-256 of `canonical_json`."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    def load_experiments(self) -> tuple[Experiment, ...]:
        """Read the experiments, in order, with the overrides applied.

        Raises
        ------
        InputError
            If a folder cannot be used, two experiments share a name, or an
            override names an experiment that is not there.
        """
        names = self.experiment_names()
        for name in self.overrides:
            if name not in names:
                raise SettingError(
                    ("overrides", name),
                    f"no experiment '{name}' in this configuration{nearest_name(name, names)}",
                )
        return tuple(
            read_experiment(folder, self.overrides.get(name))
            for name, folder in zip(names, self.folders(), strict=True)
        )

    def folders(self) -> tuple[TextFolder, ...]:
        """Folder of each experiment, in order; in memory where it is held here."""
        held, known = _held_names("experiments", self._texts), builtin_experiments()
        return (
            *(
                _held_folder(f"experiments/{name}", self._texts)
                if name in held
                else TextFolder(known[name])
                for name in self.experiments
            ),
            *(TextFolder(Path(folder)) for folder in self.experiment_folders),
        )

    def experiment_names(self) -> tuple[str, ...]:
        """Names of all experiments, in order.

        Raises
        ------
        InputError
            If a folder cannot be read or two experiments share a name.
        """
        names: list[str] = []
        for folder in self.folders():
            text, _ = folder.read("experiment.toml", "TOML")
            name = str(parse_toml(text, str(folder.path / "experiment.toml")).get("name", ""))
            if name in names:
                raise InputError(f"{folder.path}: an experiment named '{name}' is already there")
            names.append(name)
        return tuple(names)

    def own_bounds(self) -> tuple[str | TextFolder, ...]:
        """Folders of the user's bounds, as `load_bounds` takes them."""
        held = _held_names("bounds", self._texts)
        return (
            *(_held_folder(f"bounds/{name}", self._texts) for name in held),
            *self.bound_folders,
        )

    def selection_members(
        self, experiments: tuple[str, ...] | None = None
    ) -> dict[str, tuple[str, ...]]:
        """Experiments of each selection.

        Parameters
        ----------
        experiments : tuple of str, optional
            Names of all experiments; read from the folders by default.

        Returns
        -------
        dict
            As configured; by default each experiment alone and those of
            ``combinations.toml`` whose experiments are all there: ``pandax4t`` and ``lz``
            (both runs of each), ``xenon`` (all that come along by default) and
            ``combined`` (those of arXiv:2511.00701). Experiments of one's own join the
            last two. Without all of its own, ``combined`` takes every experiment, where
            there are several.
        """
        names = experiments or tuple(e.name for e in self.load_experiments())
        if self.selections is None:
            members: dict[str, tuple[str, ...]] = {name: (name,) for name in names}
            own = tuple(name for name in names if name not in self.experiments)
            combinations: dict[str, tuple[str, ...]] = {}
            for name, several in _combinations().items():
                if set(several) <= set(names):
                    joined = own if name in (XENON, COMBINED) else ()
                    combinations[name] = tuple(n for n in names if n in (*several, *joined))
            if COMBINED not in combinations and len(names) > 1:
                combinations[COMBINED] = names
            for name in combinations:
                if name in members:
                    raise InputError(
                        f"an experiment and a combination of several are both named '{name}'; "
                        "rename the experiment, or name your own combinations in [selections]"
                    )
            return members | combinations
        for selection, chosen in self.selections.items():
            if not chosen:
                raise SettingError(("selections", selection), "names no experiment")
            for name in chosen:
                if name not in names:
                    raise SettingError(
                        ("selections", selection),
                        f"unknown experiment '{name}'{nearest_name(name, names)}",
                    )
                if chosen.count(name) > 1:
                    raise SettingError(("selections", selection), f"'{name}' is named twice")
        if not self.selections:
            raise SettingError(("selections",), "is empty; leave it out for the default ones")
        return dict(self.selections)


def _held_names(kind: str, texts: Mapping[str, str]) -> list[str]:
    """Experiments or bounds whose texts are held, in order."""
    parts = [name.split("/") for name in texts]
    return list(dict.fromkeys(part[1] for part in parts if part[0] == kind and len(part) > 2))


def _without_builtin(texts: Mapping[str, str]) -> dict[str, str]:
    """Leave out the experiments that are nusterile's own, as they are now."""
    own = builtin_experiments()
    same = {
        name
        for name in _held_names("experiments", texts)
        if name in own
        and all(
            (own[name] / file).is_file() and (own[name] / file).read_bytes() == text.encode()
            for file, text in (_held_folder(f"experiments/{name}", texts).texts or {}).items()
        )
    }
    return {name: text for name, text in texts.items() if name.split("/")[1] not in same}


def _held_folder(path: str, texts: Mapping[str, str]) -> TextFolder:
    inside = {
        name.removeprefix(f"{path}/"): text
        for name, text in texts.items()
        if name.startswith(f"{path}/")
    }
    return TextFolder(Path(path), inside)


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is None, which TOML does not know, at any depth."""
    return {
        key: _without_none(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if value is not None
    }


def _merged(values: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Values with some replaced, tables key by key; None leaves a key out."""
    merged = dict(values)
    if values.keys() == Grid.model_fields.keys():  # which is one or the other
        other = merged.keys() - {"values"} if "values" in changes else {"values"}
        merged = {key: value for key, value in values.items() if key not in other}
    for key, change in changes.items():
        here = merged.pop(key, None)
        if isinstance(change, Mapping):
            merged[key] = _merged(here if isinstance(here, dict) else {}, change)
        elif change is not None:
            merged[key] = change
    return merged


@lru_cache(maxsize=1)
def _combinations() -> dict[str, tuple[str, ...]]:
    """Experiments of the selections that join several, by name."""
    from nusterile_data import ROOT

    return {k: tuple(v) for k, v in read_toml(ROOT / "combinations.toml").items()}


def default_toml() -> str:
    """Return the default configuration as a commented TOML file."""
    from nusterile_data import ROOT

    text: str = (ROOT / "default.toml").read_text(encoding="utf-8")
    return text
