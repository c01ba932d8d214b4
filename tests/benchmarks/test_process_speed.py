"""Whole processes: the default build and one limit, compilation cache filled."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nusterile

#: Runs a command and prints the peak memory of its process. In between, since a process
#: counts what it was forked from, and the tests are larger than what they measure.
_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nusterile", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.benchmark(group="process")
def test_default_build(benchmark, figure, tmp_path):
    path = tmp_path / "reference.nc"
    benchmark.pedantic(
        run, args=("build", "-o", str(path)), rounds=2, warmup_rounds=1, iterations=1
    )
    command = [sys.executable, "-m", "nusterile", "build", "-o", str(path)]
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURED, *command], capture_output=True, text=True, check=True
    )
    gigabytes = int(measured.stdout) / (1e9 if sys.platform == "darwin" else 1e6)
    product = nusterile.open(path)
    assert product.sizes["m_4"] == 121
    assert product.sizes["mu"] == 181
    megabytes = path.stat().st_size / 1e6
    seconds = f"{benchmark.stats.stats.min:.1f} s"
    figure("process.build", "`nusterile build`, from start to finish", seconds, bar="10 s")
    figure("process.memory", "its peak memory", f"{gigabytes:.2f} GB", bar="1 GB")
    figure("process.file", "its file", f"{megabytes:.0f} MB", bar="60 MB")


@pytest.mark.benchmark(group="process")
def test_one_limit(benchmark, figure):
    found = benchmark.pedantic(
        run,
        args=("limits", "--selection", "xenonnt_sr0", "--flavor", "e", "--m4", "0.1"),
        rounds=3,
        warmup_rounds=1,
    )
    assert "xenonnt_sr0" in found
    seconds = f"{benchmark.stats.stats.min:.2f} s"
    figure("process.limit", "`nusterile limits`, one limit from a cold start", seconds, bar="2 s")


@pytest.mark.benchmark(group="process")
def test_import(benchmark, figure):
    def imported() -> None:
        subprocess.run([sys.executable, "-c", "import nusterile"], check=True)

    def nothing() -> None:
        subprocess.run([sys.executable, "-c", "pass"], check=True)

    nothing()
    benchmark.pedantic(imported, rounds=5, warmup_rounds=1)
    seconds = f"{benchmark.stats.stats.min:.2f} s"
    figure("process.import", "`import nusterile`, with the interpreter", seconds, bar="0.3 s")
