"""Whole processes: the default build and one limit, compilation cache filled."""

from __future__ import annotations

import subprocess
import sys

import pytest

import nusterile

#: Runs a command and prints the peak memory and the processor time of its process. In between,
#: since a process counts what it was forked from, and the tests are larger than what they measure.
_MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss, used.ru_utime + used.ru_stime)
"""
#: A grid whose product memory does not hold.
LARGE = {"m_4": (1e-3, 4.0, 600), "mu": (1e-12, 1e-6, 2000)}


def run(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "nusterile", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def cost(*arguments: str) -> tuple[float, float]:
    """Return the peak memory, GB, and the processor time, s, of a command."""
    command = [sys.executable, "-m", "nusterile", *arguments]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *command], capture_output=True, text=True, check=True
    )
    memory, seconds = map(float, done.stdout.split())
    return memory / (1e9 if sys.platform == "darwin" else 1e6), seconds


@pytest.mark.benchmark(group="process")
def test_default_build(benchmark, figure, tmp_path):
    path = tmp_path / "reference.nc"
    benchmark.pedantic(
        run, args=("build", "-o", str(path)), rounds=2, warmup_rounds=1, iterations=1
    )
    gigabytes, _ = cost("build", "-o", str(path))
    product = nusterile.open(path)
    assert product.sizes["m_4"] == 121
    assert product.sizes["mu"] == 181
    megabytes = path.stat().st_size / 1e6
    seconds = f"{benchmark.stats.stats.min:.1f} s"
    figure("process.build", "`nusterile build`, from start to finish", seconds, bar="10 s")
    figure("process.memory", "its peak memory", f"{gigabytes:.2f} GB", bar="1 GB")
    figure("process.file", "its file", f"{megabytes:.0f} MB", bar="60 MB")


def test_a_build_beyond_memory(figure, tmp_path):
    grids = [
        f"{name} = {{ low = {low}, high = {high}, points = {points} }}"
        for name, (low, high, points) in LARGE.items()
    ]
    config, path = tmp_path / "large.toml", tmp_path / "large.nc"
    config.write_text("\n".join(["[grids]", *grids, ""]))
    gigabytes, seconds = cost("build", "-c", str(config), "--scheduler", "threads", "-o", str(path))
    masses, moments = (points for _, _, points in LARGE.values())
    what = f"`nusterile build --scheduler threads`, {masses:,} masses × {moments:,} moments"
    figure("scaling.large", f"{what}, processor time", f"{seconds:.0f} s")
    figure("scaling.large_memory", "its peak memory", f"{gigabytes:.2f} GB")
    figure("scaling.large_file", "its file", f"{path.stat().st_size / 1e9:.1f} GB")
    assert gigabytes < 1


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
