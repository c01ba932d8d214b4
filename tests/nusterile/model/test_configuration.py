"""The configuration: defaults, every key, wrong keys and values, own experiments."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import tomllib

import numpy as np
import pytest
from experiment_folders import SMALL_GRIDS, write_asimov, write_experiment
from hypothesis import given, settings
from hypothesis import strategies as st

from nusterile.analysis import Analysis
from nusterile.bounds.registry import load_bounds
from nusterile.errors import InputError
from nusterile.model.configuration import Configuration, default_toml
from nusterile.model.grids import Grid, GridSettings
from nusterile.model.predictions import Predictions

#: Keys that say where something is, and those that name it.
FOLDERS = {"experiments", "experiment_folders", "bound_folders"}

EVERY_KEY = """
experiments = ["xenonnt_sr0", "pandax4t_run1_wimp"]
experiment_folders = ["toy"]
bound_folders = ["mine"]
flavors = ["tau", "effective"]

[selections]
xenon = ["xenonnt_sr0", "pandax4t_run1_wimp"]
mine = ["toy"]

[grids]
m_4 = { values = [0.0, 0.25, 1.5] }
mu = { low = 1e-13, high = 1e-7, points = 7 }
cl = [0.5, 0.683]

[oscillation]
sin2_theta_12 = 0.31
sin2_theta_13 = 0.02
sin2_theta_23 = 0.55
delta_m2_21 = 7.4e-5

[solar]
model = "agss09met"
sigma = 0.1
pulls = "by_source"
correlated = true
source_sigma = { 8B = 0.04 }

[cross_section]
couplings = "radiative"
sin2_theta_w = 0.2312

[atom]
response = "rrpa"
applies_to = "standard_model"

[overrides.xenonnt_sr0]
fit_range = [2.0, 20.0]
resolution = [0.31, 0.004]

[overrides.pandax4t_run1_wimp.components.tritium]
free = false
relative_sigma = 0.29

[overrides.pandax4t_run1_wimp.components.xe124]
enabled = false
"""


BOUND = """
name = "own"
label = "Own bound"
flavor = "e"
cl = 0.9
kind = "upper_limit"
mass_unit = "MeV"
quantity = "mu"
curve = "curve.csv"
[[references]]
text = "A note of ours"
"""


def read(tmp_path, text: str) -> Configuration:
    path = tmp_path / "analysis.toml"
    path.write_text(text)
    return Configuration.from_toml(path)


def refusal(tmp_path, text: str) -> str:
    """What is said when a configuration is read and its experiments are put together."""
    with pytest.raises(InputError) as error:
        read(tmp_path, text).selection_members()
    assert "\n" not in str(error.value)
    return str(error.value).replace(f"{tmp_path}/", "")


class TestDefault:
    def test_file_equals_the_defaults(self, tmp_path):
        assert read(tmp_path, default_toml()) == Configuration()

    def test_file_says_every_key(self, tmp_path):
        """Those that are set, and those that are only explained in a comment."""
        text = default_toml()
        explained = re.sub(r"^# (\[|[a-z_0-9]+ = )", r"\1", text, flags=re.MULTILINE)
        values = tomllib.loads(explained)
        read(tmp_path, explained).load_experiments()

        def keys(value, path=()):
            if not isinstance(value, dict):
                return {path}
            return {path}.union(*(keys(v, (*path, k)) for k, v in value.items()))

        named = {key[-1] for key in keys(values) if key}
        configuration = Configuration().model_dump()
        del configuration["grids"]["m_4"]["values"], configuration["grids"]["mu"]["values"]
        assert {key[-1] for key in keys(configuration) if key} <= named
        assert {"fit_range", "resolution", "components"} <= named
        assert {"enabled", "relative_sigma", "free"} <= named

    def test_grids(self):
        grids = Configuration().grids
        assert grids.m_4.array()[[0, -1]].tolist() == [1e-3, 4.0]
        assert grids.mu.array()[[0, -1]].tolist() == [1e-12, 1e-6]
        assert (grids.m_4.size, grids.mu.size) == (121, 181)
        assert grids.cl == (0.90, 0.95, 0.99)

    def test_selections(self):
        runs = ("pandax4t_run0", "pandax4t_run1")
        assert Configuration().selection_members() == {
            "xenonnt_sr0": ("xenonnt_sr0",),
            "pandax4t_run0": ("pandax4t_run0",),
            "pandax4t_run1": ("pandax4t_run1",),
            "lz_ws2022": ("lz_ws2022",),
            "lz_ws2024": ("lz_ws2024",),
            "pandax4t": runs,
            "lz": ("lz_ws2022", "lz_ws2024"),
            "xenon": ("xenonnt_sr0", *runs, "lz_ws2022", "lz_ws2024"),
            "combined": ("xenonnt_sr0", *runs),
        }


class TestEveryKey:
    @pytest.fixture
    def configuration(self, tmp_path) -> Configuration:
        write_experiment(tmp_path / "toy")
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "bound.toml").write_text(BOUND)
        (tmp_path / "mine" / "curve.csv").write_text("mass,coupling\n0.1,1e-10\n1,1e-9\n")
        return read(tmp_path, EVERY_KEY)

    def test_differs_from_the_default(self, configuration):
        """Or the tests below would hold for a key that is not read."""
        changed, default = configuration.model_dump(), Configuration().model_dump()
        for section in ("grids", "oscillation", "solar", "cross_section", "atom"):
            for key, value in default[section].items():
                assert changed[section][key] != value, f"{section}.{key}"
        for key, value in default.items():
            assert changed[key] != value, key

    def test_reaches_the_experiments(self, configuration):
        xenon, pandax, toy = configuration.load_experiments()
        assert xenon.exposure == 1.16
        assert xenon.bin_edges[[0, -1]].tolist() == [2.0, 20.0]
        assert xenon.resolution.parameters == (0.31, 0.004)
        parts = {c.name: c for c in pandax.components}
        assert list(parts) == ["other_er", "tritium", "accidental"]
        assert parts["tritium"].width == 0.29
        assert not parts["tritium"].free
        assert toy.name == "toy"

    def test_selections_are_those_named(self, configuration):
        assert configuration.selection_members() == {
            "xenon": ("xenonnt_sr0", "pandax4t_run1_wimp"),
            "mine": ("toy",),
        }

    def test_round_trip_through_what_a_product_stores(self, configuration, tmp_path):
        text = configuration.canonical_json()
        texts = Predictions(configuration).input_texts()
        for folder in ("toy", "mine"):
            shutil.rmtree(tmp_path / folder)
        again = Configuration.from_stored(json.loads(text), texts, "the product")
        assert again.canonical_json() == text
        assert again.hash() == hashlib.sha256(text.encode()).hexdigest()
        assert again.experiments == ("xenonnt_sr0", "pandax4t_run1_wimp", "toy")
        assert list(again.selection_members()) == ["xenon", "mine"]
        assert [e.exposure for e in again.load_experiments()] == [1.16, 1.0, 0.5]
        assert list(load_bounds(again.own_bounds(), builtin=False)) == ["own"]
        assert Predictions(again).input_texts() == texts
        rest = again.model_dump(exclude=FOLDERS)
        assert rest == configuration.model_dump(exclude=FOLDERS)
        changed = again.with_changes(solar={"sigma": 0.2})
        assert changed.solar.sigma == 0.2
        assert Predictions(changed).input_texts() == texts

    def test_saved_beside_its_folders(self, configuration, tmp_path):
        texts = Predictions(configuration).input_texts()
        values = json.loads(configuration.canonical_json())
        stored = Configuration.from_stored(values, texts, "the product")
        (tmp_path / "other").mkdir()
        stored.save(tmp_path / "other" / "a.toml")
        again = Configuration.from_toml(tmp_path / "other" / "a.toml")
        assert again.canonical_json() == configuration.canonical_json()
        assert Predictions(again).input_texts() == texts
        assert not (tmp_path / "other" / "experiments" / "xenonnt_sr0").exists()
        stored.save(tmp_path / "other" / "b.toml")
        (tmp_path / "other" / "bounds" / "own" / "curve.csv").write_text("mass,coupling\n")
        with pytest.raises(InputError, match=r"curve\.csv: is there and says something else"):
            stored.save(tmp_path / "other" / "c.toml")
        assert not (tmp_path / "other" / "c.toml").exists()

    @pytest.mark.parametrize("part", ["counts.csv", "efficiency.csv", "experiment.toml"])
    def test_the_name_of_a_folder_is_nothing_that_it_depends_on(self, tmp_path, part):
        for place in ("here", "there"):
            write_experiment(tmp_path / place / "detector")
        text = 'experiment_folders = ["detector"]'
        here, there = (read(tmp_path / place, text) for place in ("here", "there"))
        assert here.experiment_folders != there.experiment_folders
        assert here.hash() == there.hash()
        assert str(tmp_path) not in here.canonical_json()
        with (tmp_path / "there" / "detector" / part).open("a") as file:
            file.write("# a note\n")
        assert Predictions(here).input_hashes() != Predictions(there).input_hashes()

    @pytest.mark.parametrize(
        "name", ["experiments/toy/../../a.csv", "bounds/a/", "experiments/../a/b", "solar/a/b", ""]
    )
    def test_texts_that_would_leave_their_folder(self, name):
        with pytest.raises(InputError, match="the product: holds a text named"):
            Configuration.from_stored({}, {name: ""}, "the product")

    def test_every_key_changes_the_hash(self, configuration):
        for key, value in configuration.model_dump(mode="json").items():
            values = Configuration().model_dump(mode="json")
            if key == "selections":  # which name experiments of the other
                for name in ("experiments", "experiment_folders"):
                    values[name] = getattr(configuration, name)
            before = Configuration.from_values(values)
            changed = Configuration.from_values({**values, key: value})
            assert (changed.hash() != before.hash()) == (key != "bound_folders"), key


numbers = st.floats(1e-12, 1e6, allow_subnormal=False)


@settings(deadline=None, derandomize=True, database=None, max_examples=100)
@given(
    m_4=st.lists(numbers, min_size=1, unique=True).map(sorted),
    sigma=numbers,
    angle=st.floats(0, 1),
    cl=st.lists(st.floats(1e-9, 0.999999), min_size=1, unique=True).map(sorted),
)
def test_json_keeps_every_bit(m_4, sigma, angle, cl):
    configuration = Configuration.from_values(
        {
            "grids": {"m_4": {"values": m_4}, "cl": cl},
            "solar": {"sigma": sigma},
            "oscillation": {"sin2_theta_12": angle},
        }
    )
    again = Configuration.from_values(json.loads(configuration.canonical_json()))
    assert again == configuration
    assert again.grids.m_4.values == tuple(m_4)


def test_canonical_json_does_not_depend_on_order_or_spelling_of_the_file(tmp_path):
    one = read(tmp_path, "[solar]\nsigma = 0.1\n[oscillation]\nsin2_theta_12 = 0.3\n")
    other = read(tmp_path, "oscillation = {sin2_theta_12 = 3e-1}\nsolar = {sigma = 0.10}\n")
    assert one.canonical_json() == other.canonical_json()
    assert " " not in one.canonical_json()


#: Configuration, and what is said about it.
WRONG = {
    "key": ("experiment = []", "line 1: unknown key 'experiment'; did you mean 'experiments'?"),
    "key of a table": ("[grids]\nm4 = 1", "line 2: unknown key 'grids.m4'; did you mean 'm_4'?"),
    "key of a grid": (
        "[grids]\nmu = { lo = 1e-12, high = 1e-9, points = 3 }",
        "line 2: unknown key 'grids.mu.lo'; did you mean 'low'?",
    ),
    "key of an override": (
        "[overrides.xenonnt_sr0]\nfit_rang = 1",
        "line 2: unknown key 'overrides.xenonnt_sr0.fit_rang'; did you mean 'fit_range'?",
    ),
    "key of a component": (
        "[overrides.xenonnt_sr0.components.b0]\nfre = true",
        "unknown key 'overrides.xenonnt_sr0.components.b0.fre'; did you mean 'free'?",
    ),
    "experiment": (
        'experiments = ["xenon_sr0"]',
        "unknown experiment 'xenon_sr0' (a folder of your own goes into experiment_folders); "
        "did you mean 'xenonnt_sr0'?",
    ),
    "experiment twice": (
        'experiments = ["xenonnt_sr0", "xenonnt_sr0"]',
        "experiments: 'xenonnt_sr0' is named twice",
    ),
    "no experiment": ("experiments = []", "no experiment is named"),
    "experiments as text": (
        'experiments = "xenonnt_sr0"',
        "experiments: expected a list in [brackets]; it holds 'xenonnt_sr0'",
    ),
    "flavor": (
        'flavors = ["electron"]',
        "flavors (entry 1): expected 'effective', 'e', 'mu' or 'tau'; it holds 'electron'",
    ),
    "flavor twice": ('flavors = ["e", "e"]', "flavors: 'e' is named twice"),
    "no flavor": ("flavors = []", "flavors: expected at least one entry"),
    "selection of an unknown experiment": (
        '[selections]\na = ["pandax4t_run2"]',
        "selections.a: unknown experiment 'pandax4t_run2'; did you mean 'pandax4t_run",
    ),
    "selection of nothing": ("[selections]\na = []", "selections.a: names no experiment"),
    "selection twice the same": (
        '[selections]\na = ["xenonnt_sr0", "xenonnt_sr0"]',
        "selections.a: 'xenonnt_sr0' is named twice",
    ),
    "no selection": ("[selections]", "selections: is empty"),
    "selection with an odd name": (
        '[selections]\n"a b" = ["xenonnt_sr0"]',
        "expected letters, digits and _",
    ),
    "override of an unknown experiment": (
        "[overrides.xenon]\nresolution = [1, 0]",
        "overrides.xenon: no experiment 'xenon' in this configuration; did you mean 'xenonnt_sr0'?",
    ),
    "override of an experiment left out": (
        'experiments = ["pandax4t_run0"]\n[overrides.xenonnt_sr0]\nresolution = [1, 0]',
        "overrides.xenonnt_sr0: no experiment 'xenonnt_sr0' in this configuration",
    ),
    "override of an unknown component": (
        "[overrides.pandax4t_run0.components.tritum]\nfree = true",
        "has no component 'tritum'; did you mean 'tritium'?",
    ),
    "free and constrained": (
        "[overrides.xenonnt_sr0.components.b0]\nfree = true\nrelative_sigma = 0.1",
        "give relative_sigma or free = true, not both",
    ),
    "not free but without width": (
        "[overrides.pandax4t_run0.components.tritium]\nfree = false",
        "free = false needs relative_sigma",
    ),
    "negative mass": (
        "[grids]\nm_4 = { low = -1, high = 1, points = 3 }",
        "line 2: grids.m_4.low: expected a number above 0; it holds -1",
    ),
    "negative mass in a list": (
        "[grids]\nm_4 = { values = [-0.5] }",
        "grids.m_4.values (entry 1): expected a number not below 0; it holds -0.5",
    ),
    "NaN mass": (
        "[grids]\nm_4 = { values = [0, nan] }",
        "grids.m_4.values (entry 2): expected a finite number; it holds nan",
    ),
    "infinite moment": (
        "[grids]\nmu = { low = 1e-12, high = inf, points = 3 }",
        "grids.mu.high: expected a finite number; it holds inf",
    ),
    "negative moment": (
        "[grids]\nmu = { values = [-1e-12] }",
        "grids.mu.values (entry 1): expected a number not below 0",
    ),
    "moment of 0": ("[grids]\nmu = { values = [0, 1e-12] }", "a moment of 0 has no place"),
    "moment beyond reason": (
        "[grids]\nmu = { low = 1e-12, high = 10, points = 3 }",
        "moments lie between 1e-30 and 1 bohr_magneton",
    ),
    "mass beyond reason": ("[grids]\nm_4 = { values = [1e9] }", "1e+09 MeV is beyond 1e+06 MeV"),
    "grid upside down": (
        "[grids]\nm_4 = { low = 2, high = 1, points = 3 }",
        "grids.m_4: low = 2 must lie below high = 1",
    ),
    "grid too fine": (
        "[grids]\nm_4 = { low = 1, high = 1.000001, points = 1000000000 }",
        "1000000000 points do not fit between low and high",
    ),
    "grid without points": (
        "[grids]\nm_4 = { low = 1, high = 2 }",
        "grids.m_4: low, high and points are needed (or values)",
    ),
    "grid twice": (
        "[grids]\nm_4 = { low = 1, values = [1] }",
        "grids.m_4: give either values or low, high and points",
    ),
    "values not sorted": ("[grids]\nm_4 = { values = [2, 1] }", "values must be increasing"),
    "no values": ("[grids]\nm_4 = { values = [] }", "values must be increasing and at least one"),
    "no points": ("[grids]\nm_4 = { low = 1, high = 2, points = 0 }", "not below 1; it holds 0"),
    "half a point": (
        "[grids]\nm_4 = { low = 1, high = 2, points = 2.5 }",
        "grids.m_4.points: expected a whole number; it holds 2.5",
    ),
    "levels not sorted": ("[grids]\ncl = [0.95, 0.9]", "grids.cl: [0.95, 0.9] must increase"),
    "level in percent": ("[grids]\ncl = [90]", "grids.cl (entry 1): expected a number below 1"),
    "no level": ("[grids]\ncl = []", "grids.cl: expected at least one entry"),
    "sine above 1": (
        "[oscillation]\nsin2_theta_12 = 1.1",
        "oscillation.sin2_theta_12: expected a number not above 1; it holds 1.1",
    ),
    "negative splitting": ("[oscillation]\ndelta_m2_21 = -7e-5", "expected a number above 0"),
    "splitting of the atmosphere": (
        "[oscillation]\ndelta_m2_21 = 2.5e-3",
        "line 2: oscillation.delta_m2_21: 0.0025 eV^2 is no solar splitting; expected 1e-06 to "
        "0.001 eV^2, for instance 7.49e-5",
    ),
    "splitting without its power": ("[oscillation]\ndelta_m2_21 = 7.49", "expected 1e-06 to 0.001"),
    "one point of two ends": (
        "[grids]\nm_4 = { low = 1, high = 4, points = 1 }",
        "grids.m_4: points = 1 leaves out high = 4; expected points of 2 or more, or high = low",
    ),
    "solar model": ("[solar]\nmodel = 'gs99'", "expected 'gs98' or 'agss09met'; it holds 'gs99'"),
    "negative width": ("[solar]\nsigma = -0.1", "solar.sigma: expected a number not below 0"),
    "negative width of a source": (
        '[solar]\npulls = "by_source"\nsource_sigma = { 8B = -0.1 }',
        "solar.source_sigma.8B: expected a number not below 0",
    ),
    "unknown source": (
        '[solar]\npulls = "by_source"\nsource_sigma = { 9Be = 0.1 }',
        "solar.source_sigma.9Be: expected 'pp', 'pep', 'hep', '7Be', '8B', '13N', '15O' or '17F'",
    ),
    "widths by source of a common pull": (
        "[solar]\nsource_sigma = { 8B = 0.04 }",
        'solar: source_sigma takes effect with pulls = "by_source" only',
    ),
    "correlated common pull": (
        "[solar]\ncorrelated = true",
        'solar: correlated takes effect with pulls = "by_source" only',
    ),
    "couplings": ("[cross_section]\ncouplings = 1", "expected 'tree' or 'radiative'; it holds 1"),
    "another exposure": (
        "[overrides.xenonnt_sr0]\nfit_range = [1, 30]\nexposure = 2.32",
        "overrides.xenonnt_sr0.exposure: the exposure belongs to the counts, which would",
    ),
    "fit range between bins": (
        "[overrides.xenonnt_sr0]\nfit_range = [1, 29.5]",
        "overrides.xenonnt_sr0.fit_range: ends at 29.5 keV, which is no bin edge of counts.csv; "
        "the nearest edge is 29",
    ),
    "fit range that begins between bins": (
        "[overrides.xenonnt_sr0]\nfit_range = [1.5, 30]",
        "overrides.xenonnt_sr0.fit_range: begins at 1.5 keV, which is no bin edge of counts.csv; "
        "the nearest edge is",
    ),
    "resolution of nothing": (
        "[overrides.xenonnt_sr0]\nresolution = [0.0, 0.0]",
        "overrides.xenonnt_sr0.resolution: the resolution is 0 keV",
    ),
    "fit range upside down": (
        "[overrides.xenonnt_sr0]\nfit_range = [30, 1]",
        "the range [30.0, 1.0] is empty",
    ),
    "resolution of another kind": (
        "[overrides.xenonnt_sr0]\nresolution = [0.3]",
        "overrides.xenonnt_sr0.resolution: the resolution: parameters holds 1 numbers; square_root "
        "takes [a, b]",
    ),
    "negative resolution": (
        "[overrides.xenonnt_sr0]\nresolution = [-0.3, 0.0]",
        "overrides.xenonnt_sr0.resolution: the resolution is -",
    ),
    "table for a list": ("[flavors]\na = 1", "flavors: expected a list in [brackets]"),
    "no TOML": ("grids = {", "is not valid TOML"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_configuration_is_refused_in_one_line(tmp_path, case):
    text, expected = WRONG[case]
    assert expected in refusal(tmp_path, text)


def test_message_begins_with_the_file(tmp_path):
    assert refusal(tmp_path, "[solar]\nsigma = -1").startswith("analysis.toml, line 2: solar.sigma")


class TestFolders:
    def test_relative_folder_is_relative_to_the_file(self, tmp_path, monkeypatch):
        write_experiment(tmp_path / "deep" / "toy")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        configuration = read(tmp_path / "deep", 'experiments = []\nexperiment_folders = ["toy"]')
        assert configuration.experiment_folders == (str(tmp_path / "deep" / "toy"),)
        assert [e.name for e in configuration.load_experiments()] == ["toy"]

    def test_relative_file_and_folder(self, tmp_path, monkeypatch):
        write_experiment(tmp_path / "toy")
        (tmp_path / "c").mkdir()
        (tmp_path / "c" / "a.toml").write_text('experiment_folders = ["../toy"]')
        monkeypatch.chdir(tmp_path)
        configuration = Configuration.from_toml("c/a.toml")
        assert configuration.experiment_folders == (str(tmp_path / "toy"),)

    def test_folder_given_in_python_becomes_absolute(self, tmp_path, monkeypatch):
        """A product stores the configuration, and may be opened from anywhere."""
        write_experiment(tmp_path / "toy")
        monkeypatch.chdir(tmp_path)
        configuration = Configuration(experiment_folders=("toy",))
        monkeypatch.chdir("/")
        assert configuration.load_experiments()[-1].name == "toy"

    def test_home_is_understood(self, tmp_path, monkeypatch):
        write_experiment(tmp_path / "toy")
        monkeypatch.setenv("HOME", str(tmp_path))
        (tmp_path / "c").mkdir()
        configuration = read(tmp_path / "c", 'experiment_folders = ["~/toy"]')
        assert configuration.load_experiments()[-1].name == "toy"

    def test_missing_folder_is_named(self, tmp_path):
        assert refusal(tmp_path, 'experiment_folders = ["nowhere"]') == (
            "nowhere/experiment.toml: cannot be read (No such file or directory)"
        )

    @pytest.mark.parametrize(
        ("folder", "reason"),
        [
            ("~no_such_user_at_all/toy", ": not a folder"),
            ("a\\u0000b", " (entry 1): holds the character '\\x00', which nobody sees"),
        ],
    )
    def test_impossible_folder_is_refused(self, tmp_path, folder, reason):
        text = f'experiment_folders = ["{folder}"]'
        assert f"experiment_folders{reason}" in refusal(tmp_path, text)

    @pytest.mark.parametrize("name", ["xenonnt_sr0", "toy"])
    def test_name_that_is_taken_is_refused(self, tmp_path, name):
        write_experiment(tmp_path / "one")
        write_experiment(tmp_path / "two", name=name)
        text = 'experiment_folders = ["one", "two"]'
        assert refusal(tmp_path, text) == f"two: an experiment named '{name}' is already there"

    def test_folder_named_twice_is_refused(self, tmp_path):
        write_experiment(tmp_path / "one")
        text = 'experiment_folders = ["one", "../' + tmp_path.name + '/one"]'
        assert "is named twice" in refusal(tmp_path, text)

    @pytest.mark.parametrize("name", ["combined", "pandax4t", "lz", "xenon"])
    def test_name_of_a_default_combination_is_refused(self, tmp_path, name):
        write_experiment(tmp_path / "one", name=name)
        text = 'experiment_folders = ["one"]'
        assert f"are both named '{name}'; rename the experiment" in refusal(tmp_path, text)

    def test_such_a_name_is_free_where_there_is_no_such_combination(self, tmp_path):
        write_experiment(tmp_path / "one", name="combined")
        text = 'experiments = []\nexperiment_folders = ["one"]'
        assert read(tmp_path, text).selection_members() == {"combined": ("combined",)}

    def test_lone_experiment_is_the_only_selection(self, tmp_path):
        write_experiment(tmp_path / "one")
        configuration = read(tmp_path, 'experiments = []\nexperiment_folders = ["one"]')
        assert configuration.selection_members() == {"toy": ("toy",)}

    def test_own_experiment_joins_the_combination(self, tmp_path):
        write_experiment(tmp_path / "one")
        members = read(tmp_path, 'experiment_folders = ["one"]').selection_members()
        assert members["toy"] == ("toy",)
        paper = ("xenonnt_sr0", "pandax4t_run0", "pandax4t_run1")
        assert members["combined"] == (*paper, "toy")
        assert members["xenon"] == (*paper, "lz_ws2022", "lz_ws2024", "toy")
        assert members["pandax4t"] == ("pandax4t_run0", "pandax4t_run1")
        assert members["lz"] == ("lz_ws2022", "lz_ws2024")

    def test_one_without_data_joins_nothing(self, tmp_path):
        write_asimov(tmp_path / "one")
        configuration = read(tmp_path, 'experiment_folders = ["one"]')
        members = configuration.selection_members()
        assert members == {**Configuration().selection_members(), "future": ("future",)}
        assert list(members)[5] == "future"
        assert configuration.expected_only() == ("future",)

    def test_a_shipped_one_without_data_joins_nothing(self, tmp_path):
        names = ["xenonnt_sr0", "lz_ws2022", "xlzd"]
        members = read(tmp_path, f"experiments = {names}").selection_members()
        assert members == {**{n: (n,) for n in names}, "combined": ("xenonnt_sr0", "lz_ws2022")}

    def test_beside_one_experiment_there_is_no_combination(self, tmp_path):
        text = 'experiments = ["xenonnt_sr0", "xlzd"]'
        assert list(read(tmp_path, text).selection_members()) == ["xenonnt_sr0", "xlzd"]

    def test_those_without_data_are_combined_where_no_other_is_there(self, tmp_path):
        write_asimov(tmp_path / "one")
        text = 'experiments = ["xlzd"]\nexperiment_folders = ["one"]'
        assert read(tmp_path, text).selection_members()["combined"] == ("xlzd", "future")

    def test_joined_with_data_it_is_refused_by_name_and_line(self, tmp_path):
        path = tmp_path / "analysis.toml"
        path.write_text(
            'experiments = ["xenonnt_sr0", "xlzd"]\n[selections]\n'
            'alone = ["xlzd"]\nboth = ["xlzd", "xenonnt_sr0"]\n'
        )
        with pytest.raises(InputError) as error:
            Analysis.from_toml(path)
        assert str(error.value) == (
            f"{path}, line 4: selections.both: joins 'xlzd', which has no data "
            "(counts = \"asimov\"), with 'xenonnt_sr0', which has; a selection takes one kind"
        )

    def test_one_experiment_alone(self, tmp_path):
        write_asimov(tmp_path / "one")
        text = 'experiment_folders = ["one"]\n[overrides.xenonnt_sr0]\nfit_range = [1.0, 20.0]'
        configuration = read(tmp_path, text)
        for name in ("future", "xenonnt_sr0", "xlzd"):
            assert configuration.of_experiment(name).experiment_names() == (name,)
        kept = configuration.of_experiment("xenonnt_sr0")
        assert kept.load_experiments()[0].bin_edges[-1] == 20
        with pytest.raises(InputError, match=r"^unknown experiment 'xlz'; did you mean 'xlzd'"):
            configuration.of_experiment("xlz")

    def test_own_experiment_with_a_shipped_name_is_ones_own(self, tmp_path):
        write_experiment(tmp_path / "one", name="lz_ws2022")
        text = (
            'experiments = ["xenonnt_sr0", "pandax4t_run0", "pandax4t_run1"]\n'
            'experiment_folders = ["one"]'
        )
        assert read(tmp_path, text).selection_members()["combined"][-1] == "lz_ws2022"

    def test_candidate_events_join_nothing_beside_the_recoils(self, tmp_path):
        """They are the same events of the same run."""
        names = ["xenonnt_sr0", "pandax4t_run0", "pandax4t_run1", "pandax4t_run1_wimp"]
        members = read(tmp_path, f"experiments = {names}").selection_members()
        assert members["combined"] == tuple(names[:3])

    def test_without_the_three_of_the_paper_the_combination_takes_all(self, tmp_path):
        names = ("xenonnt_sr0", "lz_ws2022", "lz_ws2024")
        members = read(tmp_path, f"experiments = {list(names)}").selection_members()
        assert members["combined"] == names
        assert list(members) == [*names, "lz", "combined"]

    def test_one_run_alone_is_no_pandax4t(self, tmp_path):
        members = read(
            tmp_path, 'experiments = ["pandax4t_run0", "xenonnt_sr0"]'
        ).selection_members()
        assert list(members) == ["pandax4t_run0", "xenonnt_sr0", "combined"]


class TestGrid:
    def test_logarithmic(self):
        values = Grid(low=1e-3, high=10, points=5).array()
        np.testing.assert_allclose(values, [1e-3, 1e-2, 1e-1, 1, 10], rtol=1e-14)
        assert values.dtype == np.float64

    def test_own_values_come_back_exactly(self):
        grid = Grid(values=[0, 0.1, 0.7])
        assert grid.array().tolist() == [0, 0.1, 0.7]
        assert (grid.size, grid.ends) == (3, (0, 0.7))

    @pytest.mark.parametrize(("points", "ends"), [(1, (2.0, 2.0)), (2, (2.0, 3.0))])
    def test_ends_and_size_without_the_points(self, points, ends):
        grid = Grid(low=2, high=ends[1], points=points)
        assert (grid.size, grid.ends) == (points, ends)
        assert grid.array()[[0, -1]].tolist() == list(ends)

    def test_size_of_a_grid_that_would_not_fit_into_memory(self):
        assert Grid(low=1, high=2, points=10**12).size == 10**12

    def test_mass_of_0_is_allowed(self):
        assert GridSettings(m_4=Grid(values=[0])).m_4.array().tolist() == [0]


def test_configuration_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        Configuration().flavors = ("e",)


def test_small_grids_leave_the_rest_as_it_is(tmp_path):
    assert read(tmp_path, SMALL_GRIDS).solar == Configuration().solar


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "[overrides.toy]\nfit_range = [1.5, 6.0]",
            "line 4: overrides.toy.fit_range: begins at 1.5",
        ),
        (
            "[overrides.toy]\nresolution = [0.3]",
            "line 4: overrides.toy.resolution: the resolution:",
        ),
        ("[overrides.toy]\nresolution = [-1.0, 0]", "line 4: overrides.toy.resolution: the resolu"),
        (
            "[overrides.toys]\nresolution = [1, 0]",
            "line 3: overrides.toys: no experiment 'toys' in this",
        ),
        (
            "[overrides.toy.components.flux]\nenabled = false",
            "line 3: overrides.toy.components.flux: TOY/experiment.toml has no component 'flux'",
        ),
        ("[selections]\nboth = []", "line 4: selections.both: names no experiment"),
        ("[selections]\nboth = ['toys']", "line 4: selections.both: unknown experiment 'toys'"),
        ("[selections]", "line 3: selections: is empty; leave it out for the default ones"),
    ],
)
def test_a_setting_is_named_with_file_and_line(tmp_path, text, complaint):
    """Also where only the experiments show that it is wrong."""
    folder = write_experiment(tmp_path / "toy")
    path = tmp_path / "a.toml"
    path.write_text(f"experiments = []\nexperiment_folders = ['toy']\n{text}\n")
    with pytest.raises(InputError) as error:
        Analysis.from_toml(path)
    assert str(error.value).startswith(f"{path}, {complaint.replace('TOY', str(folder))}")


@pytest.mark.parametrize("content", [b"\x89HDF\r\n\x1a\n" + bytes(99), bytes(9)])
def test_a_product_is_no_configuration(tmp_path, content):
    path = tmp_path / "a.nc"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        Configuration.from_toml(path)
    assert str(error.value) == f"{path}: is no TOML file, it holds binary data"


class TestChanges:
    def test_what_is_not_named_stays(self):
        before = Configuration.from_values(
            {
                "solar": {"model": "agss09met"},
                "overrides": {"xenonnt_sr0": {"fit_range": [1.0, 20.0]}},
                "selections": {"one": ["xenonnt_sr0"]},
            }
        )
        after = before.with_changes(
            solar={"sigma": 0.1}, overrides={"pandax4t_run0": {"fit_range": [1.0, 24.0]}}
        )
        assert (after.solar.model, after.solar.sigma) == ("agss09met", 0.1)
        assert after.overrides["xenonnt_sr0"].fit_range == (1.0, 20.0)
        assert after.overrides["pandax4t_run0"].fit_range == (1.0, 24.0)
        assert after.selections == {"one": ("xenonnt_sr0",)}
        assert before.solar.sigma == 0.07
        assert before.with_changes() == before

    def test_same_as_from_values(self):
        changes = {
            "experiments": ["xenonnt_sr0"],
            "flavors": ("e", "tau"),
            "solar": {"model": "agss09met"},
            "grids": {"mu": {"points": 7}, "cl": [0.9]},
        }
        full = {**changes, "grids": {**changes["grids"], "mu": {"low": 1e-12, "high": 1e-6}}}
        full["grids"]["mu"]["points"] = 7
        assert Configuration().with_changes(**changes) == Configuration.from_values(full)

    def test_a_grid_is_points_or_values(self):
        values = Configuration().with_changes(grids={"m_4": {"values": np.array([0.0, 0.1])}})
        assert values.grids.m_4.array().tolist() == [0.0, 0.1]
        assert values.grids.mu == Configuration().grids.mu
        again = values.with_changes(grids={"m_4": {"low": 0.1, "high": 1.0, "points": 2}})
        assert again.grids.m_4.array().tolist() == [0.1, 1.0]
        with pytest.raises(InputError, match=r"grids\.m_4: give either values or low"):
            values.with_changes(grids={"m_4": {"low": 0.1, "values": [1.0]}})

    def test_names_like_those_of_a_grid_are_names(self):
        before = Configuration.from_values({"selections": {"values": ["xenonnt_sr0"]}})
        after = before.with_changes(selections={"low": ["pandax4t_run0"]})
        assert list(after.selections) == ["values", "low"]

    def test_none_takes_the_default_back(self):
        before = Configuration.from_values(
            {"solar": {"model": "agss09met", "sigma": 0.1}, "selections": {"a": ["xenonnt_sr0"]}}
        )
        assert before.with_changes(solar=None, selections=None) == Configuration()
        assert before.with_changes(solar={"sigma": None}).solar.sigma == 0.07

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"solr": {}}, "unknown key 'solr'; did you mean 'solar'?"),
            ({"solar": {"modle": "x"}}, "unknown key 'solar.modle'; did you mean 'model'?"),
            (
                {"solar": {"model": "x"}},
                "solar.model: expected 'gs98' or 'agss09met'; it holds 'x'",
            ),
            ({"solar": 3}, "solar: expected a table of keys; it holds 3"),
            ({"grids": {"cl": [0.9, 0.8]}}, "grids.cl: [0.9, 0.8] must increase, for instance"),
        ],
    )
    def test_a_mistake_is_said_in_one_line(self, changes, complaint):
        for change in (Configuration().with_changes, Analysis().with_changes):
            with pytest.raises(InputError) as error:
                change(**changes)
            assert str(error.value).startswith(f"configuration: {complaint}")

    def test_endless_values_are_refused(self):
        endless: dict = {}
        endless["a"] = endless
        with pytest.raises(InputError, match="nested more than 16 deep"):
            Configuration().with_changes(overrides=endless)

    def test_analysis_with_changes_is_one_of_the_changed_configuration(self, analysis):
        changed = analysis.with_changes(experiments=["xenonnt_sr0"], solar={"model": "agss09met"})
        assert list(changed.expectations) == ["xenonnt_sr0"]
        assert changed.configuration.solar.model == "agss09met"
        fewer = changed.expectations["xenonnt_sr0"].standard_model.sum()
        assert fewer != analysis.expectations["xenonnt_sr0"].standard_model.sum()
