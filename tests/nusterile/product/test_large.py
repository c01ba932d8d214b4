"""Products beyond memory: block by block, the same bits, whoever computes and however often."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from clusters import cluster, until

import nusterile
from nusterile.analysis import Analysis
from nusterile.errors import Cancelled, InputError, ProductError
from nusterile.exports import export
from nusterile.product import files, images, large
from nusterile.product.blocks import RATE_BLOCK, Block, compute_block
from nusterile.scheduling.checkpoint import checkpoint_of

#: Two blocks of masses, the second one with two masses only.
CONFIGURATION = """
experiments = ["xenonnt_sr0", "pandax4t_run0"]
flavors = ["effective", "tau"]
[grids]
m_4 = { low = 1e-3, high = 3.5, points = 13 }
mu = { low = 1e-12, high = 1e-7, points = 9 }
"""
#: Of two experiments and three selections: limits, χ² in two blocks, rates in two blocks.
BLOCKS = 2 * 3 + 2 * 3 * 2 + 2 * 2 * 2


@pytest.fixture(scope="module")
def toml(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.toml"
    path.write_text(CONFIGURATION)
    return path


@pytest.fixture(scope="module")
def two(toml) -> Analysis:
    return Analysis.from_toml(toml)


def built_in_memory(analysis: Analysis, folder: Path) -> xr.Dataset:
    path = folder / "whole.nc"
    analysis.build(path)
    dataset = nusterile.open(path)
    path.unlink()
    return dataset


@pytest.fixture(scope="module")
def in_memory(two, tmp_path_factory) -> xr.Dataset:
    return built_in_memory(two, tmp_path_factory.mktemp("whole"))


@pytest.fixture
def little_memory(monkeypatch) -> None:
    """Whatever is larger than a kilobyte is read part by part."""
    monkeypatch.setattr(images, "MEMORY_LIMIT", 1024)


@pytest.fixture
def computed(monkeypatch) -> list[Block]:
    """The blocks that are computed, one after another."""
    blocks: list[Block] = []

    def noted(parts, block):
        blocks.append(block)
        return compute_block(parts, block)

    monkeypatch.setattr(large, "compute_block", noted)
    return blocks


def assert_same(found: xr.Dataset, expected: xr.Dataset) -> None:
    assert list(found.data_vars) == list(expected.data_vars)
    assert set(found.coords) == set(expected.coords)
    for name, variable in expected.variables.items():
        xr.testing.assert_identical(found[name].variable.load(), variable)
        assert found[name].dtype == variable.dtype
    differing = {n for n in expected.attrs if found.attrs[n] != expected.attrs[n]}
    assert differing <= {"date_created", "history"}


@pytest.mark.parametrize("scheduler", ["threads", "processes"])
def test_it_holds_what_a_build_in_memory_holds(two, in_memory, tmp_path, scheduler):
    path = tmp_path / "a.nc"
    told = []
    built = two.build(path, scheduler=scheduler, progress=lambda share, what: told.append(share))
    assert_same(built, in_memory)
    assert_same(nusterile.open(path), in_memory)  # small enough: read whole, every value checked
    assert [*tmp_path.iterdir()] == [path]
    assert sorted(told) == told
    assert told[-1] == 1.0


def test_a_cluster_gives_the_same(two, in_memory, tmp_path):
    (tmp_path / "cluster").mkdir()
    with cluster(tmp_path / "cluster") as one:
        built = two.build(tmp_path / "a.nc", scheduler=one.address)
        assert_same(built, in_memory)


def test_blocks_of_grids_with_fewer_masses_than_a_block(two, tmp_path):
    few = two.with_changes(grids={"m_4": {"values": [0.0, 0.5]}})
    expected = built_in_memory(few, tmp_path)
    assert_same(few.build(tmp_path / "a.nc", scheduler="threads"), expected)


def test_several_pulls_of_the_sun(two, tmp_path):
    by_source = two.with_changes(solar={"pulls": "by_source"}, flavors=["effective"])
    expected = built_in_memory(by_source, tmp_path)
    assert_same(by_source.build(tmp_path / "a.nc", scheduler="threads"), expected)


@pytest.mark.usefixtures("little_memory")
def test_values_are_read_when_they_are_used(two, in_memory, tmp_path):
    path = tmp_path / "a.nc"
    two.build(path, scheduler="threads")
    opened = nusterile.open(path)
    assert opened.rate.chunks is not None
    assert opened.chi2.chunks == ((1, 1, 1), (1, 1), (11, 2), (9,))
    np.testing.assert_array_equal(opened.nusterile.limit(0.95), in_memory.nusterile.limit(0.95))
    point = ("xenonnt_sr0", "tau", 0.1, 1e-11)
    found, expected = (d.nusterile.spectrum(*point).total for d in (opened, in_memory))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.usefixtures("little_memory")
def test_limits_of_a_large_file_are_exported(two, in_memory, tmp_path):
    two.build(tmp_path / "a.nc", scheduler="threads")
    export(nusterile.open(tmp_path / "a.nc"), "netcdf-limits", tmp_path / "limits.nc")
    written = large.open_large(tmp_path / "limits.nc")
    np.testing.assert_array_equal(written.limit, in_memory.limit)


#: In a process of its own: where it goes wrong it waits for ever.
COPIED = """
import sys
from pathlib import Path
from nusterile.product.files import write_product
from nusterile.product.large import open_large
write_product(open_large(Path(sys.argv[1])), Path(sys.argv[2]))
"""


def test_what_is_read_when_it_is_used_can_be_written(two, in_memory, tmp_path):
    """The libraries may not be held for writing while a file is read."""
    two.build(tmp_path / "a.nc", scheduler="threads")
    words = [sys.executable, "-c", COPIED, str(tmp_path / "a.nc"), str(tmp_path / "b.nc")]
    subprocess.run(words, check=True, timeout=60)
    assert_same(nusterile.open(tmp_path / "b.nc"), in_memory)


@pytest.mark.usefixtures("little_memory")
def test_only_a_whole_file_of_nusterile_is_read_so(two, tmp_path):
    path = tmp_path / "a.nc"
    two.build(path, scheduler="threads")
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"\nnusterile seal")])  # as another program leaves it
    with pytest.raises(ProductError, match=r"a\.nc: is too large to be read whole"):
        large.open_large(path)
    changed = bytearray(content)
    changed[len(content) // 2] ^= 1
    path.write_bytes(changed)
    with pytest.raises(ProductError, match="damaged or cut short"):
        nusterile.open(path)


def test_a_stopped_build_goes_on(two, in_memory, tmp_path, computed, monkeypatch):
    path = tmp_path / "a.nc"
    asked = threading.Event()

    def cancelled():
        if len(computed) < 6:
            return False
        asked.set()
        return True

    def waiting(parts, block):
        """On a busy machine everything would be computed before the question comes."""
        if len(computed) >= 6:
            assert asked.wait(60)
        return noted(parts, block)

    noted = large.compute_block
    monkeypatch.setattr(large, "compute_block", waiting)
    with pytest.raises(Cancelled):
        two.build(path, scheduler="threads", cancelled=cancelled)
    assert [*tmp_path.iterdir()] == [checkpoint_of(path)]
    begun = len(computed)
    assert 6 <= begun < BLOCKS
    assert_same(two.build(path, scheduler="threads"), in_memory)
    # but for those that were computed just then
    assert len(computed) <= BLOCKS + (os.cpu_count() or 1)
    assert len(set(computed)) == BLOCKS


def test_what_is_kept_belongs_to_a_configuration(two, tmp_path, computed):
    path = tmp_path / "a.nc"
    with pytest.raises(Cancelled):
        two.build(path, scheduler="threads", cancelled=lambda: len(computed) >= 6)
    other = two.with_changes(solar={"model": "agss09met"})
    with pytest.raises(InputError, match=r"differs in configuration; finish that run, or remove"):
        other.build(path, scheduler="threads")


def test_nothing_is_lost_where_the_file_cannot_be_written(
    two, in_memory, tmp_path, monkeypatch, computed
):
    path = tmp_path / "a.nc"
    path.write_bytes(b"\x89HDF\r\n\x1a\nold")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(large, "seal", full)
        with pytest.raises(
            ProductError, match=r"No space left on device.*the same command goes on"
        ):
            two.build(path, scheduler="threads")
    assert path.read_bytes() == b"\x89HDF\r\n\x1a\nold"
    assert {*tmp_path.iterdir()} == {path, checkpoint_of(path)}
    computed.clear()
    assert_same(two.build(path, scheduler="threads"), in_memory)
    assert computed == []
    assert [*tmp_path.iterdir()] == [path]


def test_a_wrong_block_would_be_seen(two, in_memory, tmp_path, monkeypatch):
    """The comparison of these tests looks into every block."""

    def wrong(parts, block):
        if block == Block(RATE_BLOCK, 1, 1, 11):
            block = Block(RATE_BLOCK, 1, 0, 11)
        return compute_block(parts, block)

    monkeypatch.setattr(large, "compute_block", wrong)
    built = two.build(tmp_path / "a.nc", scheduler="threads")
    with pytest.raises(AssertionError):
        assert_same(built, in_memory)


def test_a_file_is_needed(two):
    with pytest.raises(InputError, match="needs a file"):
        two.build(scheduler="threads")


def test_the_way_is_named_where_memory_is_too_small(monkeypatch, two):
    monkeypatch.setattr("nusterile.arguments.MEMORY_LIMIT", 10_000)
    with pytest.raises(InputError, match="nusterile build --scheduler threads"):
        two.build()


def run(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "nusterile", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_killed_command_goes_on(tmp_path):
    toml, path = tmp_path / "a.toml", tmp_path / "a.nc"
    toml.write_text(CONFIGURATION.replace("points = 9", "points = 400"))
    process = run("build", "-c", toml, "-o", path, "--scheduler", "threads")
    kept = checkpoint_of(path)

    def some() -> bool:
        assert process.poll() is None, process.communicate()
        return kept.exists() and kept.stat().st_size > 20_000

    until(some)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert {*tmp_path.iterdir()} == {toml, kept}
    again = run("build", "-c", toml, "-o", path, "--scheduler", "threads")
    _, said = again.communicate(timeout=120)
    assert again.returncode == 0, said
    assert {*tmp_path.iterdir()} == {toml, path}
    assert_same(nusterile.open(path), built_in_memory(Analysis.from_toml(toml), tmp_path))


def test_a_scheduler_that_is_none(toml, tmp_path):
    process = run("build", "-c", toml, "-o", tmp_path / "a.nc", "--scheduler", "cloud")
    _, error = process.communicate(timeout=120)
    assert process.returncode == 2
    assert error.startswith("nusterile: unknown scheduler 'cloud'; expected threads, processes or")
    assert error.count("\n") == 1
    assert [*tmp_path.iterdir()] == []


def test_the_part_is_removed_by_an_interrupt(two, tmp_path, monkeypatch):
    path = tmp_path / "a.nc"

    def interrupted(_):
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(large, "seal", interrupted)
    # Tests started in the background of a shell inherit that SIGINT is ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            two.build(path, scheduler="threads")
    finally:
        signal.signal(signal.SIGINT, before)
    assert [*tmp_path.iterdir()] == [checkpoint_of(path)]


def test_files_says_of_a_large_file_how_to_read_it(monkeypatch, two, tmp_path):
    two.build(tmp_path / "a.nc")
    monkeypatch.setattr(files, "MEMORY_LIMIT", 1024)
    with pytest.raises(ProductError, match=r"nusterile\.open\(path\)"):
        files.validate_product(tmp_path / "a.nc")
