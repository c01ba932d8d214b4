"""Experiment folders: every kind of component, and every defect named."""

from __future__ import annotations

import hashlib
import math
import os

import numpy as np
import pytest
from experiment_folders import (
    ASIMOV,
    COUNTS,
    EFFICIENCY,
    EXPERIMENT,
    FLAT,
    write_asimov,
    write_experiment,
)

from nusterile.errors import InputError
from nusterile.experiments.expectation import Expectation
from nusterile.experiments.experiment import builtin_experiments, read_experiment
from nusterile.experiments.settings import ExperimentOverrides, Resolution
from nusterile.files.settings import validate_model
from nusterile.model.predictions import Predictions


def component(**keys: object) -> str:
    values = {"name": "part", "energy": "true", "events": 5.0, "relative_sigma": 0.1, **keys}
    lines = [f"{key} = {text(value)}" for key, value in values.items() if value is not None]
    return "[[components]]\n" + "\n".join(lines) + "\n"


def text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def refusal(folder, overrides: dict | None = None) -> str:
    change = validate_model(ExperimentOverrides, overrides or {}, "overrides")
    with pytest.raises(InputError) as error:
        read_experiment(folder, change)
    assert "\n" not in str(error.value)
    return str(error.value).replace(f"{folder}/", "")


def test_every_experiment_that_comes_along_is_read():
    assert list(builtin_experiments()) == [
        "lz_ws2022",
        "lz_ws2024",
        "pandax4t_run0",
        "pandax4t_run1",
        "pandax4t_run1_wimp",
        "xenonnt_sr0",
        "xlzd",
    ]
    for name, folder in builtin_experiments().items():
        experiment = read_experiment(folder)
        assert experiment.name == name
        assert experiment.caveats
        assert all(reference.doi for reference in experiment.references)


def test_folder_becomes_an_experiment(tmp_path):
    experiment = read_experiment(write_experiment(tmp_path))
    assert (experiment.name, experiment.label, experiment.exposure) == ("toy", "Toy", 0.5)
    assert experiment.bin_edges.tolist() == [1, 2, 3, 4, 6]
    assert experiment.bin_width.tolist() == [1, 1, 1, 2]
    assert experiment.counts.tolist() == [3, 5, 4, 9]
    assert experiment.efficiency_energy.tolist() == [0.5, 1, 3, 10]
    assert experiment.efficiency.tolist() == [0, 0.5, 0.9, 0.9]
    assert experiment.efficiency_acts_on == "true"
    assert experiment.resolution(np.array([4.0])).tolist() == [0.6]
    assert experiment.input_hashes == {
        f"experiments/toy/{file}": hashlib.sha256((tmp_path / file).read_bytes()).hexdigest()
        for file in ("experiment.toml", "counts.csv", "efficiency.csv")
    }


def test_label_is_the_name_where_there_is_none(tmp_path):
    folder = write_experiment(tmp_path, toml=EXPERIMENT.replace('label = "Toy"\n', ""))
    assert read_experiment(folder).label == "toy"


def test_fit_range_cuts_the_bins(tmp_path):
    folder = write_experiment(tmp_path, toml=EXPERIMENT.replace("[1.0, 6.0]", "[2.0, 4.0]"))
    experiment = read_experiment(folder)
    assert experiment.bin_edges.tolist() == [2, 3, 4]
    assert experiment.counts.tolist() == [5, 4]


def test_tables_of_one_name_in_two_folders_are_two_inputs(tmp_path):
    toml = EXPERIMENT.replace('counts = "counts.csv"', 'counts = "a/table.csv"')
    toml = toml.replace('table = "efficiency.csv"', 'table = "b/table.csv"')
    folder = write_experiment(
        tmp_path, toml=toml, tables={"a/table.csv": COUNTS, "b/table.csv": EFFICIENCY}
    )
    hashes = read_experiment(folder).input_hashes
    assert set(hashes) == {
        f"experiments/toy/{file}" for file in ("experiment.toml", "a/table.csv", "b/table.csv")
    }
    assert len(set(hashes.values())) == 3


class TestWithoutData:
    def test_bins_are_equal_and_there_are_no_counts(self, tmp_path):
        experiment = read_experiment(write_asimov(tmp_path))
        assert experiment.expected_only
        assert experiment.counts is None
        assert experiment.n_bins == 5
        assert experiment.bin_edges.tolist() == [1, 2, 3, 4, 5, 6]
        assert set(experiment.input_hashes) == {
            "experiments/future/experiment.toml",
            "experiments/future/efficiency.csv",
        }

    def test_with_a_table_it_has_data(self, tmp_path):
        experiment = read_experiment(write_experiment(tmp_path))
        assert not experiment.expected_only
        assert experiment.n_bins == 4

    @pytest.mark.parametrize("fit_range", [(2.0, 4.0), (0.0, 9.0)])
    def test_another_fit_range_has_the_same_bins(self, tmp_path, fit_range):
        change = ExperimentOverrides(fit_range=fit_range)
        edges = read_experiment(write_asimov(tmp_path), change).bin_edges
        assert edges.tolist() == list(np.arange(fit_range[0], fit_range[1] + 1))

    def test_bins_of_a_width_that_no_float_holds(self, tmp_path):
        toml = ASIMOV.replace("bin_width = 1.0", "bin_width = 0.1")
        edges = read_experiment(write_asimov(tmp_path, toml=toml)).bin_edges
        np.testing.assert_allclose(edges, np.linspace(1, 6, 51), rtol=1e-14)

    def test_a_table_of_counts_beside_it_is_refused(self, tmp_path):
        write_asimov(tmp_path)
        (tmp_path / "counts.csv").write_text(COUNTS)
        assert refusal(tmp_path) == (
            'experiment.toml: counts = "asimov" is for an experiment without data, and the folder '
            "holds counts.csv too; name that table as counts, or remove it"
        )

    @pytest.mark.parametrize(
        ("old", "new", "reason"),
        [
            ("bin_width = 1.0\n", "", "has no table that says the bins; give bin_width in keV"),
            (
                'counts = "asimov"',
                'counts = "counts.csv"',
                "the table counts.csv says the bins; leave bin_width out",
            ),
            ('counts = "asimov"', 'counts = ["asimov", "counts.csv"]', "counts"),
            ('counts = "asimov"', 'counts = ""', "counts"),
            ("bin_width = 1.0", "bin_width = 0.0", "bin_width"),
            ("bin_width = 1.0", "bin_width = -1.0", "bin_width"),
            ("bin_width = 1.0", "bin_width = nan", "bin_width"),
            ("bin_width = 1.0", 'bin_width = "1"', "bin_width"),
            (
                "bin_width = 1.0",
                "bin_width = 0.3",
                "fit_range: ends at 6 keV, which is no bin edge: bins are 0.3 keV wide and "
                "counted from 1 keV",
            ),
            (
                "bin_width = 1.0",
                "bin_width = 1e-5",
                "fit_range: holds 5e+05 bins of bin_width = 1e-05 keV; at most 10000",
            ),
            ("[1.0, 6.0]", "[-1.0, 6.0]", "begins at -1 keV, which is no bin edge"),
        ],
    )
    def test_bins_that_cannot_be_are_refused(self, tmp_path, old, new, reason):
        assert old in ASIMOV
        write_asimov(tmp_path, toml=ASIMOV.replace(old, new))
        assert reason in refusal(tmp_path)

    def test_an_override_between_the_edges_is_refused(self, tmp_path):
        message = refusal(write_asimov(tmp_path), {"fit_range": [1.5, 6.0]})
        assert message.startswith("overrides.future.fit_range: begins at 1.5 keV")


class TestResolution:
    @pytest.mark.parametrize(
        ("model", "parameters", "width"),
        [
            ("square_root", [0.31, 0.0037], 0.31 * 2 + 0.0037 * 4),
            ("polynomial", [0.073, 0.173, -6.5e-3, 1.1e-4], 0.073 + 0.692 - 0.104 + 0.00704),
            ("polynomial", [0.5], 0.5),
        ],
    )
    def test_width(self, model, parameters, width):
        resolution = Resolution(model=model, parameters=parameters)
        np.testing.assert_allclose(resolution(np.array([4.0, 4.0])), width, rtol=1e-14)


#: Components and what becomes of them: (shape, energy, width).
COMPONENTS = {
    "flat true": (component(shape="flat"), ("flat", "true", 0.1)),
    "flat true in a range": (component(shape="flat", range=[1.0, 3.0]), ("flat", "true", 0.1)),
    "flat reconstructed": (
        component(shape="flat", energy="reconstructed", range=[1.0, 3.0]),
        ("flat", "reconstructed", 0.1),
    ),
    "beta": (
        component(shape="beta", endpoint=18.6, daughter_charge=2, relative_sigma=None, free=True),
        ("beta", "true", math.inf),
    ),
    "lines": (
        component(shape="lines", lines=[[2.0, 1.0], [5, 3]], relative_sigma=None, sigma=2.0),
        ("lines", "true", 0.4),
    ),
    "table true": (component(shape="table", table="shape.csv"), ("table", "true", 0.1)),
    "table of unequal steps": (
        component(shape="table", table="steps.csv"),
        ("table", "true", 0.1),
    ),
    "no events": (component(shape="flat", events=0), ("flat", "true", 0.1)),
    "table reconstructed": (
        component(shape="table", table="shape.csv", energy="reconstructed"),
        ("table", "reconstructed", 0.1),
    ),
    "absolute table of true energy": (
        component(shape="table", table="rate.csv", events=None),
        ("table", "true", 0.1),
    ),
    "absolute table": (
        component(shape="table", table="rate.csv", energy="reconstructed", events=None),
        ("table", "reconstructed", 0.1),
    ),
}
SHAPE = "energy_keV,density\n" + "".join(f"{i},{i}\n" for i in range(1, 9))
STEPS = "energy_keV,density\n" + "".join(f"{i},{i}\n" for i in (1, 2, 4, 8))
RATE = SHAPE.replace("density", "rate_per_tonne_year_keV")


@pytest.mark.parametrize("case", COMPONENTS)
def test_component_of_every_kind(tmp_path, case):
    toml, expected = COMPONENTS[case]
    folder = write_experiment(
        tmp_path,
        components=toml,
        tables={"shape.csv": SHAPE, "rate.csv": RATE, "steps.csv": STEPS},
    )
    experiment = read_experiment(folder)
    (part,) = experiment.components
    assert (part.shape, part.energy, part.width) == expected
    assert list(experiment.tables) == (["part"] if part.shape == "table" else [])
    for energy, values in experiment.tables.values():
        assert energy.tolist() == values.tolist()
        assert energy.tolist() == ([1, 2, 4, 8] if "steps.csv" in toml else list(range(1, 9)))


#: Components, and what is said about them.
WRONG_COMPONENTS = {
    "no shape": (component(), "key 'components.part.shape' is missing"),
    "unknown shape": (component(shape="gauss"), "components.part.shape: expected 'table', 'flat'"),
    "unknown key": (component(shape="flat", event=2), "did you mean 'events'?"),
    "no constraint": (component(shape="flat", relative_sigma=None), "give exactly one of sigma"),
    "two constraints": (component(shape="flat", free=True), "give exactly one of sigma"),
    "no events": (component(shape="flat", events=None), "the key 'events' is missing"),
    "negative events": (component(shape="flat", events=-1), "expected a number not below 0"),
    "endless events": (component(shape="flat", events=1e300), "expected a number not above 1e+15"),
    "NaN width": (component(shape="flat", relative_sigma=math.nan), "expected a finite number"),
    "flat without range": (
        component(shape="flat", energy="reconstructed"),
        "a component of shape 'flat' needs the key 'range'",
    ),
    "empty range": (component(shape="flat", range=[3, 3]), "the range [3.0, 3.0] is empty"),
    "beta without charge": (
        component(shape="beta", endpoint=5),
        "a component of shape 'beta' needs the key 'daughter_charge'",
    ),
    "beta of reconstructed energy": (
        component(shape="beta", energy="reconstructed", endpoint=5, daughter_charge=2),
        "shape 'beta' is one of true energy",
    ),
    "lines without lines": (
        component(shape="lines"),
        "a component of shape 'lines' needs the key 'lines'",
    ),
    "no line": (component(shape="lines", lines=[]), "lines: expected at least one entry"),
    "line without weight": (
        component(shape="lines", lines=[[5.0]]),
        "components.part.lines (entry 1): expected a list of 2; it holds a list of 1",
    ),
    "line of negative weight": (
        component(shape="lines", lines=[[5.0, -1]]),
        "components.part.lines (entry 1) (entry 2): expected a number above 0; it holds -1",
    ),
    "table without table": (
        component(shape="table"),
        "a component of shape 'table' needs the key 'table'",
    ),
    "key of another shape": (
        component(shape="flat", endpoint=5),
        "the key 'endpoint' means nothing for shape 'flat'",
    ),
    "missing table": (component(shape="table", table="no.csv"), "no.csv: cannot be read"),
    "histogram of unequal steps": (
        component(shape="table", table="steps.csv", energy="reconstructed"),
        "steps.csv: energy_keV must hold equally spaced bin centres, as the table is one of rec",
    ),
    "table of one row": (
        component(shape="table", table="one.csv"),
        "one.csv: holds one row; expected at least two",
    ),
    "no events with a width in events": (
        component(shape="flat", events=0, relative_sigma=None, sigma=3),
        "components.part: 'sigma' is in events, and a fit scales the events, of which there are",
    ),
    "table of negative density": (
        component(shape="table", table="negative.csv"),
        "negative.csv, line 3: column 'density' holds -1",
    ),
    "table without the right column": (
        component(shape="table", table="rate.csv"),
        "rate.csv, line 1: the header has energy_keV, rate_per_tonne_year_keV; expected energy",
    ),
    "unsorted table": (
        component(shape="table", table="unsorted.csv"),
        "unsorted.csv, line 3: column 'energy_keV' does not increase",
    ),
    "two of one name": (
        component(shape="flat") * 2,
        "two components are named 'part'; names must differ",
    ),
    "bad name": (component(shape="flat", name="a:b"), "expected letters, digits and _"),
}
WRONG_TABLES = {
    "rate.csv": RATE,
    "steps.csv": "energy_keV,density\n1,1\n2,1\n4,1\n",
    "one.csv": "energy_keV,density\n1,1\n",
    "negative.csv": "energy_keV,density\n1,1\n2,-1\n",
    "unsorted.csv": "energy_keV,density\n2,1\n1,1\n",
}


@pytest.mark.parametrize("case", WRONG_COMPONENTS)
def test_wrong_component_is_refused(tmp_path, case):
    components, expected = WRONG_COMPONENTS[case]
    folder = write_experiment(tmp_path, components=components, tables=WRONG_TABLES)
    assert expected in refusal(folder)


#: Changes of experiment.toml, and what is said.
WRONG_TOML = {
    "no name": ('name = "toy"\n', "", "key 'name' is missing"),
    "bad name": ('name = "toy"', 'name = "my toy"', "name: expected letters, digits and _"),
    "misspelt key": ("exposure =", "exposur =", "line 3: unknown key 'exposur'; did you mean"),
    "negative exposure": ("= 0.5", "= -0.5", "line 3: exposure: expected a number above 0"),
    "zero exposure": ("= 0.5", "= 0", "exposure: expected a number above 0; it holds 0"),
    "NaN exposure": ("= 0.5", "= nan", "exposure: expected a finite number; it holds nan"),
    "exposure in quotes": ("= 0.5", '= "0.5"', "exposure: expected a number; it holds '0.5'"),
    "fit range of one number": ("[1.0, 6.0]", "[1.0]", "fit_range: expected a list of 2"),
    "fit range upside down": ("[1.0, 6.0]", "[6.0, 1.0]", "the range [6.0, 1.0] is empty"),
    "fit range between edges": (
        "[1.0, 6.0]",
        "[1.0, 5.0]",
        "experiment.toml: fit_range: ends at 5 keV, which is no bin edge of counts.csv; the near",
    ),
    "fit range that begins between edges": (
        "[1.0, 6.0]",
        "[1.5, 6.0]",
        "experiment.toml: fit_range: begins at 1.5 keV, which is no bin edge of counts.csv;",
    ),
    "fit range beyond the bins": ("[1.0, 6.0]", "[1.0, 60.0]", "the nearest edge is 6"),
    "unknown energy": ('energy = "true"', 'energy = "both"', "expected 'true' or 'reconstructed'"),
    "unknown resolution": ('"square_root"', '"root"', "expected 'square_root' or 'polynomial'"),
    "missing parameter": ("[0.3, 0.0]", "[0.3]", "square_root takes [a, b]"),
    "no parameter": ("[0.3, 0.0]", "[]", "parameters: expected at least one entry"),
    "negative resolution": ("[0.3, 0.0]", "[0.3, -0.2]", "resolution is -1."),
    "no reference": ('[[references]]\ntext = "Nobody, unpublished"\n', "", "key 'references'"),
    "missing table": ('"counts.csv"', '"count.csv"', "count.csv: cannot be read (No such file"),
    "folder as table": ('"counts.csv"', '"."', "line 5: counts: '.' is no file inside this"),
    "device": ('"counts.csv"', '"/dev/zero"', "counts: '/dev/zero' is no file inside this folder"),
    "file of another folder": (
        '"efficiency.csv"',
        '"../efficiency.csv"',
        "line 8: efficiency.table: '../efficiency.csv' is no file inside this folder; expected a "
        'name such as "table.csv"',
    ),
    "drive": ('"counts.csv"', "'C:\\counts.csv'", "is no file inside this folder"),
    "no file": ('"counts.csv"', '""', "counts: '' is no file inside this folder"),
}


@pytest.mark.parametrize("case", WRONG_TOML)
def test_wrong_experiment_file_is_refused(tmp_path, case):
    old, new, expected = WRONG_TOML[case]
    assert old in EXPERIMENT
    assert expected in refusal(write_experiment(tmp_path, toml=EXPERIMENT.replace(old, new, 1)))


def test_tables_may_stand_in_a_subfolder(tmp_path):
    toml = EXPERIMENT.replace('"counts.csv"', '"tables/counts.csv"')
    folder = write_experiment(tmp_path / "toy", toml=toml, tables={"tables/counts.csv": COUNTS})
    assert read_experiment(folder).counts.tolist() == [3.0, 5.0, 4.0, 9.0]


@pytest.mark.parametrize("file", ["counts.csv", "efficiency.csv"])
def test_a_link_that_leads_out_of_the_folder_is_refused(tmp_path, file):
    folder = write_experiment(tmp_path / "toy")
    (folder / file).rename(folder / "own.csv")
    (folder / file).symlink_to("own.csv")
    read_experiment(folder)
    (folder / "own.csv").rename(tmp_path / "other.csv")
    (folder / file).unlink()
    (folder / file).symlink_to(tmp_path / "other.csv")
    assert f"{file}: lies outside" in refusal(folder)


def test_a_linked_folder_is_read(tmp_path):
    write_experiment(tmp_path / "toy")
    (tmp_path / "link").symlink_to("toy")
    assert read_experiment(tmp_path / "link").name == "toy"


@pytest.mark.parametrize("file", ["experiment.toml", "counts.csv"])
def test_a_pipe_is_refused_at_once(tmp_path, file):
    folder = write_experiment(tmp_path / "toy")
    (folder / file).unlink()
    os.mkfifo(folder / file)
    assert f"{file}: is a device or a pipe; expected a" in refusal(folder)


def test_experiment_without_background(tmp_path):
    assert read_experiment(write_experiment(tmp_path, components="")).components == ()


#: Counts, and what is said about them.
WRONG_COUNTS = {
    "empty": ("", "counts.csv: is empty"),
    "missing column": (COUNTS.replace("counts", "events"), "line 2: the header has energy_low"),
    "negative": (COUNTS.replace(",5", ",-5"), "line 4: column 'counts' holds -5; counts cannot"),
    "NaN": (COUNTS.replace(",5", ",nan"), "line 4: column 'counts' holds 'nan'"),
    "fraction": (COUNTS.replace(",5", ",4.5"), "line 4: counts holds 4.5; events are whole"),
    "too many": (COUNTS.replace(",5", ",1e16"), "line 4: column 'counts' holds 1e+16"),
    "overlapping": (COUNTS.replace("2,3,5", "1.5,3,5"), "line 4: the bin [1.5, 3] overlaps"),
    "unsorted": (COUNTS.replace("1,2,3\n", "") + "1,2,3\n", "overlaps the one before"),
    "gap": (COUNTS.replace("2,3,5", "2.5,3,5"), "there is a gap between 2 and 2.5 keV"),
    "empty bin": (COUNTS.replace("2,3,5", "2,2,5"), "line 4: the bin [2, 2] is empty"),
    "not UTF-8": (COUNTS.encode() + b"\xff", "counts.csv, line 7: is not UTF-8"),
}


@pytest.mark.parametrize("case", WRONG_COUNTS)
def test_wrong_counts_are_refused(tmp_path, case):
    counts, expected = WRONG_COUNTS[case]
    assert expected in refusal(write_experiment(tmp_path, counts=counts))


#: Efficiencies, and what is said about them.
WRONG_EFFICIENCY = {
    "empty": ("", "efficiency.csv: is empty"),
    "missing column": ("energy_keV,eff\n1,1\n", "the header has energy_keV, eff; expected"),
    "above 1": ("energy_keV,efficiency\n1,0.5\n2,1.2\n", "line 3: column 'efficiency' holds 1.2"),
    "in percent": ("energy_keV,efficiency\n1,50\n2,90\n", "an efficiency lies between 0 and 1"),
    "negative": ("energy_keV,efficiency\n1,-0.1\n2,1\n", "line 2: column 'efficiency' holds -0.1"),
    "unsorted": ("energy_keV,efficiency\n2,1\n1,1\n", "line 3: column 'energy_keV' does not"),
    "repeated": ("energy_keV,efficiency\n1,1\n1,1\n", "line 3: column 'energy_keV' does not"),
    "negative energy": ("energy_keV,efficiency\n-1,1\n1,1\n", "line 2: column 'energy_keV' holds"),
    "energy beyond reason": ("energy_keV,efficiency\n1,1\n1e9,1\n", "between 0 and 100000 keV"),
    "one row": ("energy_keV,efficiency\n1,1\n", "expected at least two rows"),
    "zero": ("energy_keV,efficiency\n1,0\n2,0\n", "an efficiency above 0 somewhere"),
}


@pytest.mark.parametrize("case", WRONG_EFFICIENCY)
def test_wrong_efficiency_is_refused(tmp_path, case):
    efficiency, expected = WRONG_EFFICIENCY[case]
    assert expected in refusal(write_experiment(tmp_path, efficiency=efficiency))


class TestRangeEdges:
    """Every fit range between the edges can be read, and none beyond them."""

    def ends(self, folder):
        edges = read_experiment(folder).range_edges
        for low, high in ((edges[0], edges[-1]), (edges[-2], edges[-1])):
            change = ExperimentOverrides(fit_range=(low, high))
            Expectation.of(read_experiment(folder, change), Predictions().recoil_rates)
        return edges.tolist()

    def test_data(self, tmp_path):
        described = EXPERIMENT.replace("[1.0, 6.0]", "[2.0, 3.0]")
        assert self.ends(write_experiment(tmp_path, toml=described)) == [1, 2, 3, 4, 6]

    def test_not_beyond_the_efficiency(self, tmp_path):
        """Where nothing is expected, one event would exclude everything."""
        short = "energy_keV,efficiency\n0.5,0\n1,0.5\n2.5,0.9\n"
        described = EXPERIMENT.replace("[1.0, 6.0]", "[1.0, 2.0]")
        folder = write_experiment(tmp_path, toml=described, efficiency=short)
        assert self.ends(folder) == [1, 2, 3]

    def test_no_data(self, tmp_path):
        described = ASIMOV.replace("[1.0, 6.0]", "[2.5, 5.5]")
        assert self.ends(write_asimov(tmp_path, toml=described)) == [x + 0.5 for x in range(10)]

    def test_table_of_reconstructed_energy(self, tmp_path):
        table = "energy_keV,density\n2.25,1\n2.75,1\n3.25,1\n3.75,1\n"
        part = component(shape="table", energy="reconstructed", table="part.csv")
        described = EXPERIMENT.replace("[1.0, 6.0]", "[2.0, 4.0]")
        folder = write_experiment(
            tmp_path, toml=described, components=part, tables={"part.csv": table}
        )
        assert self.ends(folder) == [2, 3, 4]
        wider = read_experiment(folder, ExperimentOverrides(fit_range=(1, 4)))
        with pytest.raises(InputError, match="the table covers 2 to 4 keV"):
            Expectation.of(wider, Predictions().recoil_rates)


class TestOverrides:
    def read(self, tmp_path, **change):
        folder = write_experiment(tmp_path)
        return read_experiment(folder, validate_model(ExperimentOverrides, change, "overrides"))

    def test_exposure_belongs_to_the_counts(self, tmp_path):
        with pytest.raises(InputError) as error:
            self.read(tmp_path, exposure=2.0)
        assert str(error.value) == (
            "overrides.toy.exposure: the exposure belongs to the counts, which would stay as they "
            "are; for other data copy the experiment's folder, change exposure, counts and events "
            "there, and name it in experiment_folders"
        )

    def test_no_exposure_is_no_change(self, tmp_path):
        assert self.read(tmp_path, exposure=None).exposure == 0.5
        assert "exposure" not in ExperimentOverrides().model_dump()

    def test_what_is_expected_grows_with_the_exposure(self, tmp_path):
        """Events and their widths in events, so that relative widths and rates stay."""
        in_events = component(
            name="lines", shape="flat", events=8.0, sigma=2.0, relative_sigma=None
        )
        folder = write_asimov(tmp_path, components=FLAT + in_events)
        change = validate_model(ExperimentOverrides, {"exposure": 2.0}, "overrides")
        before, after = read_experiment(folder), read_experiment(folder, change)
        assert (before.exposure, after.exposure) == (0.5, 2.0)
        assert [c.events for c in after.components] == [80.0, 32.0]
        assert [c.width for c in after.components] == [c.width for c in before.components]
        with pytest.raises(InputError, match="exposure: expected a number above 0"):
            validate_model(ExperimentOverrides, {"exposure": 0}, "overrides")

    def test_fit_range(self, tmp_path):
        assert self.read(tmp_path, fit_range=[2, 6]).bin_edges.tolist() == [2, 3, 4, 6]

    def test_resolution_keeps_its_model(self, tmp_path):
        resolution = self.read(tmp_path, resolution=[0.4, 0.1]).resolution
        assert (resolution.model, resolution.parameters) == ("square_root", (0.4, 0.1))

    @pytest.mark.parametrize(
        ("change", "width"),
        [({"relative_sigma": 0.3}, 0.3), ({"free": True}, math.inf), ({}, 0.1)],
    )
    def test_constraint(self, tmp_path, change, width):
        (part,) = self.read(tmp_path, components={"flat": change}).components
        assert part.width == width

    def test_constraint_of_a_free_component(self, tmp_path):
        free = FLAT.replace("relative_sigma = 0.1", "free = true")
        folder = write_experiment(tmp_path, components=free)
        values = {"components": {"flat": {"free": False, "relative_sigma": 0.2}}}
        change = validate_model(ExperimentOverrides, values, "overrides")
        assert read_experiment(folder, change).components[0].width == 0.2

    def test_component_that_is_off_is_not_read(self, tmp_path):
        other = component(shape="table", table="missing.csv", name="other")
        folder = write_experiment(tmp_path, components=FLAT + other)
        assert "missing.csv" in refusal(folder)
        values = {"components": {"other": {"enabled": False}}}
        change = validate_model(ExperimentOverrides, values, "overrides")
        assert [c.name for c in read_experiment(folder, change).components] == ["flat"]

    def test_every_component_may_be_off(self, tmp_path):
        assert self.read(tmp_path, components={"flat": {"enabled": False}}).components == ()
