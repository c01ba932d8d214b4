"""The configuration: what is computed, and with which physics.

Every key has a default; ``nusterile config`` prints them all with comments.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self

import tomli_w
from pydantic import (
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from nusterile.errors import InputError, SettingError, nearest_name
from nusterile.experiments.experiment import Experiment, builtin_experiments, read_experiment
from nusterile.experiments.settings import ExperimentOverrides, Name
from nusterile.files.folder import TextFolder
from nusterile.files.settings import (
    StrictModel,
    parse_toml,
    read_toml,
    require_shallow,
    validate_model,
)
from nusterile.files.tables import LARGEST_TABLE
from nusterile.files.text import read_text
from nusterile.files.writing import make_folder, write_file
from nusterile.model.grids import Grid, GridSettings
from nusterile.model.physics_settings import (
    AtomSettings,
    CrossSectionSettings,
    OscillationSettings,
    SolarSettings,
)
from nusterile.model.stored_inputs import (
    RESPONSE_FOLDER,
    held_folder,
    held_names,
    held_response,
    require_file_names,
    without_builtin,
)
from nusterile.vocabulary import ASIMOV, COMBINED, FLAVORS, XENON, Flavor

__all__ = ["Configuration", "default_toml"]


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
    atom: AtomSettings = AtomSettings()
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
        known = {*builtin_experiments(), *held_names("experiments", info.context or {})}
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

        Returns
        -------
        Configuration

        Raises
        ------
        InputError
            If it cannot be read or a key or value is wrong.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp()) / "my.toml"
        >>> _ = path.write_text('flavors = ["e"]')
        >>> Configuration.from_toml(path).flavors
        ('e',)
        """
        return cls.from_toml_with_text(path)[0]

    @classmethod
    def from_toml_with_text(cls, path: str | Path) -> tuple[Self, str]:
        """Read a configuration file as `from_toml` does, and return its text as well.

        Parameters
        ----------
        path : str or Path
            TOML file.

        Returns
        -------
        Configuration, str
            The configuration, and what the file says.

        Raises
        ------
        InputError
            As `from_toml`.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp()) / "my.toml"
        >>> _ = path.write_text('flavors = ["e"]')
        >>> Configuration.from_toml_with_text(path)[1]
        'flavors = ["e"]'
        """
        file = Path(path)
        text, _ = read_text(file, "TOML", streams=True)
        values = parse_toml(text, str(file))
        for key in ("experiment_folders", "bound_folders"):
            folders = values.get(key)
            if isinstance(folders, list) and all(isinstance(folder, str) for folder in folders):
                values[key] = [f if f.startswith("~") else str(file.parent / f) for f in folders]
        atom = values.get("atom")
        if isinstance(atom, dict):
            response = atom.get("response", "")
            if str(response).endswith(".csv") and not str(response).startswith("~"):
                values["atom"] = {**atom, "response": str(file.parent / response)}
        return validate_model(cls, values, str(file), text), text

    @classmethod
    def from_values(cls, values: dict[str, Any], source: str = "configuration") -> Self:
        """Make a configuration from plain values, with the same messages as a file's.

        Parameters
        ----------
        values : dict
            Values by key, as in a file.
        source : str
            Where they come from, for messages.

        Returns
        -------
        Configuration

        Raises
        ------
        InputError
            Naming the key, what it holds and what would be right.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> Configuration.from_values({"flavors": ["e"]}).flavors
        ('e',)
        >>> Configuration.from_values({"flavours": ["e"]})
        Traceback (most recent call last):
        nusterile.errors.InputError: configuration: unknown key 'flavours'; did you mean 'flavors'?
        """
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

        Returns
        -------
        Configuration

        Raises
        ------
        InputError
            Naming the key, what it holds and what would be right.

        Examples
        --------
        >>> import json
        >>> from nusterile import Analysis
        >>> analysis = Analysis().of_experiment("xlzd")
        >>> values = json.loads(analysis.configuration.canonical_json())
        >>> again = Configuration.from_stored(values, analysis.input_texts(), "a product")
        >>> again.hash() == analysis.configuration.hash()
        True
        """
        require_file_names(texts, source)
        held = without_builtin(texts)
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

        Returns
        -------
        str

        Examples
        --------
        >>> from nusterile import Configuration
        >>> Configuration().to_toml().splitlines()[-1]
        'response = "steps"'
        """
        values = self.model_dump(mode="json")
        held = held_names("experiments", self._texts)
        values["experiments"] = [name for name in self.experiments if name not in held]
        values["experiment_folders"] += [f"experiments/{name}" for name in held]
        values["bound_folders"] += [f"bounds/{name}" for name in held_names("bounds", self._texts)]
        if held_response(self.atom.response, self._texts) is not None:
            values["atom"]["response"] = f"{RESPONSE_FOLDER}/{self.atom.response}"
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

        Examples
        --------
        >>> from nusterile import Configuration
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp()) / "my.toml"
        >>> Configuration(flavors=("e",)).save(path)
        >>> Configuration.from_toml(path).flavors
        ('e',)
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
        join some of them, they are written out. Settings that came after the first products
        stand there where they change something, so that older products keep their checksum.

        Returns
        -------
        str

        Examples
        --------
        >>> from nusterile import Configuration
        >>> Configuration().canonical_json()[:19]
        '{"bound_folders":[]'
        """
        names = self.experiment_names()
        values = self.model_dump(mode="json") | {
            "experiments": names,
            "experiment_folders": [],
            "bound_folders": [],
        }
        if self.solar.pulls == "common":
            for name in ("pulls", "correlated", "source_sigma"):
                del values["solar"][name]
        if self.atom.response == "steps":
            del values["atom"]
        else:
            values["atom"]["response"] = Path(self.atom.response).name
        if self.experiment_folders:
            values["selections"] = self.selection_members(names)
        in_order = json.loads(json.dumps(values, sort_keys=True))
        in_order["selections"] = values["selections"]
        return json.dumps(in_order, separators=(",", ":"))

    def hash(self) -> str:
        """Return the SHA-256 of `canonical_json`, by which an analysis is known.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> len(Configuration().hash())
        64
        >>> Configuration().hash() == Configuration(flavors=("e",)).hash()
        False
        """
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    def load_experiments(
        self, known: Mapping[str, Experiment] | None = None
    ) -> tuple[Experiment, ...]:
        """Read the experiments, in order, with the overrides applied.

        Parameters
        ----------
        known : mapping of str to Experiment, optional
            Experiments that need not be read again.

        Returns
        -------
        tuple of Experiment

        Raises
        ------
        InputError
            If a folder cannot be used, two experiments share a name, or an
            override names an experiment that is not there.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> [experiment.label for experiment in Configuration().load_experiments()][0]
        'XENONnT SR0'
        """
        names = self.experiment_names()
        for name in self.overrides:
            if name not in names:
                raise SettingError(
                    ("overrides", name),
                    f"no experiment '{name}' in this configuration{nearest_name(name, names)}",
                )
        read = known or {}
        return tuple(
            read.get(name) or read_experiment(folder, self.overrides.get(name))
            for name, folder in zip(names, self.folders(), strict=True)
        )

    def folders(self) -> tuple[TextFolder, ...]:
        """Return the folder of each experiment, in order; in memory where it is held here.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> Configuration().folders()[0].path.name
        'xenonnt_sr0'
        """
        held, known = held_names("experiments", self._texts), builtin_experiments()
        return (
            *(
                held_folder(f"experiments/{name}", self._texts)
                if name in held
                else TextFolder(known[name])
                for name in self.experiments
            ),
            *(TextFolder(Path(folder)) for folder in self.experiment_folders),
        )

    def experiment_names(self) -> tuple[str, ...]:
        """Return the names of all experiments, in order.

        Raises
        ------
        InputError
            If a folder cannot be read or two experiments share a name.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> Configuration(experiments=("xlzd",)).experiment_names()
        ('xlzd',)
        """
        return tuple(self._counts_by_name())

    def expected_only(self) -> tuple[str, ...]:
        """Return the names of the experiments without data; raises as `experiment_names` does.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> Configuration(experiments=("xenonnt_sr0", "xlzd")).expected_only()
        ('xlzd',)
        """
        return tuple(n for n, counts in self._counts_by_name().items() if counts == ASIMOV)

    def _counts_by_name(self) -> dict[str, Any]:
        """What the description of each experiment says of its counts, unchecked."""
        found: dict[str, Any] = {}
        for folder in self.folders():
            text, _ = folder.read("experiment.toml", "TOML")
            values = parse_toml(text, str(folder.path / "experiment.toml"))
            name = str(values.get("name", ""))
            if name in found:
                raise InputError(f"{folder.path}: an experiment named '{name}' is already there")
            found[name] = values.get("counts")
        return found

    def of_experiment(self, name: str) -> Self:
        """Return the same configuration for one experiment, of this one or of nusterile's own.

        Parameters
        ----------
        name : str
            Name of the experiment.

        Returns
        -------
        Configuration

        Raises
        ------
        InputError
            If there is none, or a folder cannot be read.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> Configuration().of_experiment("xlzd").experiments
        ('xlzd',)
        """
        names = self.experiment_names()
        own = name in names[len(self.experiments) :]
        if name not in (*names, *builtin_experiments()):
            known = dict.fromkeys((*names, *builtin_experiments()))
            raise InputError(f"unknown experiment '{name}'{nearest_name(name, known)}")
        folder = self.experiment_folders[names[len(self.experiments) :].index(name)] if own else ""
        kept = self.model_copy(
            update={
                "experiments": () if own else (name,),
                "experiment_folders": (folder,) if own else (),
                "bound_folders": (),
                # written out, so that it reads the same wherever the folder is
                "selections": {name: (name,)},
                "overrides": {k: v for k, v in self.overrides.items() if k == name},
            }
        )
        kept._texts = {
            file: text
            for file, text in self._texts.items()
            if file.split("/")[:2] == ["experiments", name] or file.startswith(RESPONSE_FOLDER)
        }
        return kept

    def response_text(self) -> tuple[str, str]:
        r"""Return name and text of the table of one's own that `atom.response` names.

        Returns
        -------
        str, str

        Raises
        ------
        InputError
            If the file cannot be read.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> path = Path(mkdtemp()) / "own.csv"
        >>> _ = path.write_text("energy_keV,ratio\\n1,0.9\\n2,1.0\\n")
        >>> atom = {"response": str(path), "applies_to": "both"}
        >>> own = Configuration().with_changes(atom=atom)
        >>> own.response_text()[0]
        'own.csv'
        """
        held = held_response(self.atom.response, self._texts)
        file = Path(self.atom.response)
        if held is None:
            held = TextFolder(file.parent).read(file.name, "CSV", LARGEST_TABLE)[1]
        return file.name, held

    def own_bounds(self) -> tuple[str | TextFolder, ...]:
        """Return the folders of the user's bounds, as `load_bounds` takes them.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> Configuration().own_bounds()
        ()
        """
        held = held_names("bounds", self._texts)
        return (
            *(held_folder(f"bounds/{name}", self._texts) for name in held),
            *self.bound_folders,
        )

    def selection_members(
        self,
        experiments: tuple[str, ...] | None = None,
        expected_only: Collection[str] | None = None,
    ) -> dict[str, tuple[str, ...]]:
        """Experiments of each selection.

        Parameters
        ----------
        experiments : tuple of str, optional
            Names of all experiments; read from the folders by default.
        expected_only : collection of str, optional
            Those of them without data; read from the folders by default.

        Returns
        -------
        dict
            As configured; by default each experiment alone and those of
            ``combinations.toml`` whose experiments are all there: ``pandax4t`` and ``lz``
            (both runs of each), ``xenon`` (all that come along by default) and
            ``combined`` (those of arXiv:2511.00701). Experiments of one's own join the
            last two. Without all of its own, ``combined`` takes every experiment, where
            there are several. Experiments without data stand alone; where no other is
            there, ``combined`` takes them all.

        Raises
        ------
        SettingError
            If a selection is empty, names an unknown experiment, or joins experiments
            without data with others.

        Examples
        --------
        >>> from nusterile import Configuration
        >>> Configuration().selection_members()["lz"]
        ('lz_ws2022', 'lz_ws2024')
        """
        names = experiments or tuple(e.name for e in self.load_experiments())
        expected = self.expected_only() if expected_only is None else tuple(expected_only)
        if self.selections is None:
            members: dict[str, tuple[str, ...]] = {name: (name,) for name in names}
            joining = tuple(name for name in names if name not in expected) or names
            own = tuple(name for name in joining if name not in self.experiments)
            combinations: dict[str, tuple[str, ...]] = {}
            for name, several in _combinations().items():
                if set(several) <= set(names):
                    joined = own if name in (XENON, COMBINED) else ()
                    combinations[name] = tuple(n for n in names if n in (*several, *joined))
            if COMBINED not in combinations and len(joining) > 1:
                combinations[COMBINED] = joining
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
            without = [name for name in chosen if name in expected]
            if without and len(without) < len(chosen):
                other = next(name for name in chosen if name not in expected)
                raise SettingError(
                    ("selections", selection),
                    f"joins '{without[0]}', which has no data (counts = \"{ASIMOV}\"), with "
                    f"'{other}', which has; a selection takes one kind",
                )
        if not self.selections:
            raise SettingError(("selections",), "is empty; leave it out for the default ones")
        return dict(self.selections)


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
