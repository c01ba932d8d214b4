"""Runs that are killed go on where they stopped and end with the same bits."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import xarray as xr
from clusters import cluster, until

import nusterile
from nusterile.errors import InputError
from nusterile.model.toys import runner
from nusterile.scheduling.checkpoint import checkpoint_of
from nusterile.statistics.toys.batches import fit_batches

OPTIONS = {
    "selection": "xenonnt_sr0",
    "flavor": "effective",
    "m_4": 0.1,
    "mu": [0.0, 5e-12, 1e-11, 2e-11],
    "toys": 120_000,
}
WORDS = (
    *("toys", "coverage", "--selection", "xenonnt_sr0", "--flavor", "effective"),
    *("--m4", "0.1", "--mu", "0", "5e-12", "1e-11", "2e-11", "--toys", "120000"),
)
#: Bytes of some batches of these toys.
SOME = 400_000


def hear_interrupts() -> None:
    """Tests started in the background of a shell inherit that SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(output: Path, scheduler: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "nusterile", *WORDS, "-o", output, "--scheduler", scheduler]
    return subprocess.Popen(
        [*map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_interrupts,
    )


def begun(process: subprocess.Popen[str], output: Path) -> None:
    """Wait until some batches have been kept."""
    kept = checkpoint_of(output)

    def some() -> bool:
        assert process.poll() is None, process.communicate()
        return kept.exists() and kept.stat().st_size > SOME

    until(some)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and standard error."""
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def values(dataset: xr.Dataset) -> dict[str, bytes]:
    return {
        str(name): array.values.tobytes()
        for name, array in dataset.variables.items()
        if array.dtype.kind in "fi"
    }


@pytest.fixture(scope="module")
def again(analysis) -> Callable[..., xr.Dataset]:
    """The same study in this process."""
    return partial(analysis.toys, "coverage", **OPTIONS)


@pytest.fixture(scope="module")
def whole(again) -> dict[str, bytes]:
    """The values of a run that nobody disturbed."""
    return values(again())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_client_goes_on(whole, again, tmp_path, number):
    path = tmp_path / "toys.nc"
    process = start(path, "threads")
    begun(process, path)
    process.send_signal(number)
    status, said = ended(process)
    assert status == (-9 if number == signal.SIGKILL else 128 + number)
    assert said.count("\n") == (0 if number == signal.SIGKILL else 1)
    assert [*tmp_path.iterdir()] == [checkpoint_of(path)]
    drawn = []
    monkey = pytest.MonkeyPatch()
    with monkey.context() as patch:
        patch.setattr(runner, "fit_batches", lambda *a: drawn.extend(a[1]) or fit_batches(*a))
        again(path=path)
    # what was kept is not computed again
    assert 0 < sum(batch.n for batch in drawn) < 4 * OPTIONS["toys"] - SOME // 16
    assert [*tmp_path.iterdir()] == [path]
    assert values(nusterile.open(path)) == whole


def test_a_cluster_gives_the_same_bits_though_a_worker_is_killed(whole, tmp_path):
    path = tmp_path / "toys.nc"
    (tmp_path / "cluster").mkdir()
    with cluster(tmp_path / "cluster") as one:
        process = start(path, one.address)
        begun(process, path)
        one.kill("worker-0")
        assert ended(process) == (0, f"{path}\n")
    assert values(nusterile.open(path)) == whole


def test_a_killed_scheduler_is_named_and_the_run_goes_on_elsewhere(whole, again, tmp_path):
    path = tmp_path / "toys.nc"
    (tmp_path / "cluster").mkdir()
    with cluster(tmp_path / "cluster") as one:
        process = start(path, one.address)
        begun(process, path)
        one.kill("scheduler")
        status, said = ended(process)
    assert status == 2
    assert "the scheduler went away before all was computed; start again" in said
    assert said.count("\n") == 1
    again(path=path, scheduler="processes")
    assert values(nusterile.open(path)) == whole


def test_another_run_of_the_same_file_is_refused(again, tmp_path):
    path = tmp_path / "toys.nc"
    process = start(path, "threads")
    begun(process, path)
    process.send_signal(signal.SIGSTOP)
    with pytest.raises(InputError, match="another process is computing the same product"):
        again(path=path)
    process.kill()
    ended(process)
    with pytest.raises(
        InputError, match="keeps what another run had computed, which differs in seed"
    ):
        again(path=path, seed=1)
    assert checkpoint_of(path).exists()
