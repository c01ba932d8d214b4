"""Damaged inputs by the thousand: each is refused in one line, or does what it says.

No traceback, nothing that goes on for more than ten seconds, no value changed in silence.
``make fuzz`` tries ten thousand inputs, ``make test`` a few of each kind.
"""

from __future__ import annotations

import csv
import faulthandler
import io
import os
import random
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_folders import COUNTS, EFFICIENCY, EXPERIMENT, FLAT, write_experiment
from mutations import mutated_bytes, mutated_product, mutated_text

from nusterile.analysis import Analysis
from nusterile.bounds.folder import read_bound
from nusterile.cli import main
from nusterile.errors import NusterileError
from nusterile.experiments.experiment import read_experiment
from nusterile.model.configuration import Configuration
from nusterile.product.files import validate_product

#: Share of each kind of input, in per cent.
SHARES = {"configuration": 40, "table": 25, "bound": 15, "bytes": 12, "product": 8}
#: Tests of each kind, so that every core has work.
CHUNKS = 8
#: Longest that one input may take, seconds of processor time, its processes included; by the
#: clock six times that, since the machine may have other work.
LONGEST = 10.0

CONFIGURATION = """
experiments = ["xenonnt_sr0"]
flavors = ["tau", "effective"]

[selections]
mine = ["xenonnt_sr0"]

[grids]
m_4 = { values = [0.0, 0.25] }
mu = { low = 1e-12, high = 1e-9, points = 4 }
cl = [0.5, 0.683]

[oscillation]
sin2_theta_12 = 0.31
delta_m2_21 = 7.4e-5

[solar]
model = "agss09met"
sigma = 0.1

[cross_section]
couplings = "radiative"
sin2_theta_w = 0.2312

[overrides.xenonnt_sr0]
fit_range = [2.0, 20.0]
resolution = [0.31, 0.004]

[overrides.xenonnt_sr0.components.b0]
free = false
relative_sigma = 0.29
"""

BOUND = """
name = "mine"
label = "Mine"
flavor = "e"
cl = 0.9
kind = "upper_limit"
mass_unit = "MeV"
quantity = "mu"
curve = "curve.csv"

[[references]]
text = "Nobody, unpublished"
"""
CURVE = "mass,coupling\n0.01,1e-10\n0.1,2e-10\n1.0,1e-9\n2.0,5e-9\n"


@pytest.fixture
def inputs(request, chunk) -> Iterator[random.Random]:
    """A source of chance for each input of this chunk; ends the process where one hangs."""
    kind = request.node.originalname.removeprefix("test_")
    number = request.config.getoption("--fuzz") * SHARES[kind] // 100
    seed = request.config.getoption("--fuzz-seed")

    def sources() -> Iterator[random.Random]:
        for index in range(chunk, number, CHUNKS):
            faulthandler.dump_traceback_later(6 * LONGEST, exit=True, file=sys.__stderr__)
            yield random.Random(f"{kind} {seed} {index}")

    yield sources()
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Compile what is compiled at its first use, which no input is to blame for."""
    analysis = Analysis()
    analysis.limits("xenonnt_sr0", "e", [0.1], 0.9)
    analysis.chi2("xenonnt_sr0", "e", [0.1], [1e-11])


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("chunk", range(CHUNKS))


@pytest.fixture
def run(capsys):
    """Run a command; a failure has to be one line. Returns its status, output and complaint."""

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        start = processor_time()
        try:
            main([str(argument) for argument in arguments])
            status = 0
        except SystemExit as exit_:
            status = int(exit_.code or 0)
        assert processor_time() - start < LONGEST
        out, err = capsys.readouterr()
        assert status in (0, 1, 2), err
        if status:
            assert err.startswith("nusterile: "), err
            assert err.count("\n") == 1, err
            assert err[:-1].isprintable(), err
        return status, out, err

    return run


def processor_time() -> float:
    """Seconds that this process and those that it has waited for have used."""
    return sum(os.times()[:4])


def same(written: Any, read: Any) -> bool:
    """Whether what was read is what stands in the file."""
    if isinstance(written, dict):
        return all(same(value, read[key]) for key, value in written.items())
    if isinstance(written, list):
        return len(written) == len(read) and all(map(same, written, read))
    return bool(written == read)


def test_configuration(inputs, run, tmp_path):
    path = tmp_path / "a.toml"
    for rng in inputs:
        path.write_bytes(mutated_text(CONFIGURATION, rng))
        status, out, _ = run("limits", "-c", path, "--m4", "0.1", "--dof", "1", "--format", "csv")
        if status == 0:
            configuration = Configuration.from_toml(path)
            assert same(tomllib.loads(path.read_text("utf-8-sig")), configuration.model_dump())
            assert len(list(csv.reader(io.StringIO(out)))) > 1


def test_table(inputs, run, tmp_path):
    text = EXPERIMENT.replace('name = "toy"', 'name = "toy"', 1) + "\n" + FLAT
    files = {"experiment.toml": text, "counts.csv": COUNTS, "efficiency.csv": EFFICIENCY}
    (tmp_path / "a.toml").write_text('experiments = []\nexperiment_folders = ["toy"]\n')
    folder = write_experiment(tmp_path / "toy")
    for rng in inputs:
        damaged = rng.choice(sorted(files))
        for name, content in files.items():
            raw = mutated_text(content, rng) if name == damaged else content.encode()
            (folder / name).write_bytes(raw)
        status, _, _ = run("limits", "-c", tmp_path / "a.toml", "--m4", "0.1", "--dof", "1")
        if status == 0:
            experiment = read_experiment(folder)
            settings = tomllib.loads((folder / "experiment.toml").read_text("utf-8-sig"))
            assert experiment.exposure == settings["exposure"]
            efficiency = columns(folder / settings["efficiency"]["table"])
            assert experiment.efficiency.tolist() == efficiency["efficiency"]
            counts = columns(folder / settings["counts"])
            inside = np.isin(counts["energy_low_keV"], experiment.bin_edges[:-1])
            assert experiment.counts.tolist() == np.array(counts["counts"])[inside].tolist()


def columns(path: Path) -> dict[str, list[float]]:
    """Columns of numbers of a CSV file, read by the standard library alone."""
    lines = path.read_text("utf-8-sig").splitlines()
    kept = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    header, *rows = [[cell.strip() for cell in row] for row in csv.reader(kept)]
    return {
        name: [float(row[place]) for row in rows]
        for place, name in enumerate(header)
        if name in ("energy_low_keV", "counts", "efficiency", "mass", "coupling")
    }


def test_bound(inputs, run, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    files = {"bound.toml": BOUND, "curve.csv": CURVE}
    for rng in inputs:
        damaged = rng.choice(sorted(files))
        for name, content in files.items():
            raw = mutated_text(content, rng) if name == damaged else content.encode()
            (folder / name).write_bytes(raw)
        status, out, _ = run("bounds", "check", folder, "--format", "csv")
        assert status == 0 or "defect" in out or not out
        try:
            bound = read_bound(folder)
        except NusterileError:
            assert status != 0
            continue
        assert status == 0
        settings = tomllib.loads((folder / "bound.toml").read_text("utf-8-sig"))
        if (settings["mass_unit"], settings["quantity"]) == ("MeV", "mu"):
            written = columns(folder / settings["curve"])
            points = np.concatenate([bound.points, bound.sentinels])
            assert set(points[:, 0].tolist()) <= set(written["mass"])
            assert set(points[:, 1].tolist()) <= set(written["coupling"])


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    """A small product, as nusterile writes it."""
    path = tmp_path_factory.mktemp("sound") / "a.nc"
    Analysis(
        Configuration.from_values({"experiments": ("xenonnt_sr0",)}).with_changes(
            grids={
                "m_4": {"values": [0.0, 0.5]},
                "mu": {"low": 1e-12, "high": 1e-8, "points": 9},
            }
        )
    ).build(path)
    return path


def test_bytes(inputs, run, sound, tmp_path):
    raw = sound.read_bytes()
    path = tmp_path / "a.nc"
    for rng in inputs:
        damaged = mutated_bytes(raw, rng)
        path.write_bytes(damaged)
        status, _, err = run("validate", path)
        assert (status == 0) == (damaged == raw), err


def test_product(inputs, run, sound, tmp_path):
    product = validate_product(sound)
    path = tmp_path / "a.nc"
    for rng in inputs:
        try:
            mutated_product(product, rng).to_netcdf(path)
        except Exception:  # what netCDF itself does not take
            continue
        status, _, err = run("validate", path)
        assert (status == 0) <= ("nothing vouches for its values" in err)
        command = rng.choice(
            (
                ["table", path],
                ["info", path],
                ["export", path, "--to", "csv", "-o", tmp_path / "a.csv"],
            )
        )
        assert (run(*command)[0] == 0) == (status == 0)
