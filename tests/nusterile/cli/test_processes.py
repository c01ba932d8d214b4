"""Interrupts, killed and simultaneous builds, full disks, closed pipes: real processes."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nusterile.accessor import open_product
from nusterile.product.files import validate_product, write_product

INTERRUPTED = "nusterile: interrupted; no file was left half-written\n"
TERMINATED = INTERRUPTED.replace("interrupted", "terminated")

#: Runs the command line as the entry point does; before that a script may change something.
RUNNER = """
import sys
{change}
from nusterile.cli import main
sys.argv = ["nusterile", *sys.argv[1:]]
main()
"""


def hear_interrupts() -> None:
    """Tests started in the background of a shell inherit that SIGINT is ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start(change: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
    script = RUNNER.format(change=textwrap.dedent(change))
    options.setdefault("preexec_fn", hear_interrupts)
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    """Wait until a process says a word on its standard output."""
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line == f"{word}\n", process.communicate()


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def parts(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.endswith(".part")]


@pytest.fixture
def old(small_product: Path, tmp_path: Path) -> Path:
    """A product that a build is about to replace."""
    path = tmp_path / "a.nc"
    path.write_bytes(small_product.read_bytes())
    return path


@pytest.fixture
def large_toml(tmp_path: Path) -> Path:
    """A configuration whose fits take a while."""
    path = tmp_path / "large.toml"
    path.write_text(
        "[grids]\n"
        "m_4 = { low = 1e-3, high = 4.0, points = 60 }\n"
        "mu = { low = 1e-12, high = 1e-6, points = 700 }\n"
    )
    return path


SAY_COMPUTING = """
import nusterile.model.fits as fits
real = fits.profile_plane
def profile_plane(*arguments):
    if not profile_plane.said:
        profile_plane.said = True
        print("computing", flush=True)
    return real(*arguments)
profile_plane.said = False
fits.profile_plane = profile_plane
"""
SLEEP_BEFORE_MOVING = """
import os, time
def fsync(_):
    print("writing", flush=True)
    time.sleep(60)
os.fsync = fsync
"""
#: Writing the product, made large, takes some seconds.
LARGE_PRODUCT = """
import numpy as np, nusterile, nusterile.product.scan as scan
def compute_product(*_, **__):
    product = nusterile.open({path!r})
    product = product.isel(mu=np.tile(np.arange(product.mu.size), 4000))
    return product.assign(rate=product.rate * np.random.default_rng(1).random(product.rate.shape))
scan.compute_product = compute_product
import nusterile.product.images as images
image_of = images._image_of
def say_and_write(dataset):
    print("writing", flush=True)
    return image_of(dataset)
images._image_of = say_and_write
"""
#: Click is the first import after the entry point has begun.
SAY_IMPORTING = """
class Watch:
    def find_spec(name, *_):
        if name == "click":
            print("importing", flush=True)
sys.meta_path.insert(0, Watch)
"""


class TestInterrupt:
    def end(self, process: subprocess.Popen[str], status: int = 130) -> str:
        begin = time.monotonic()
        _, err = process.communicate(timeout=60)
        assert process.returncode == status
        assert time.monotonic() - begin < 30
        return err

    def test_while_computing(self, large_toml, old):
        before = old.read_bytes()
        process = start(SAY_COMPUTING, "build", "-c", large_toml, "-o", old)
        wait_for(process, "computing")
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert self.end(process) == INTERRUPTED
        assert old.read_bytes() == before
        assert parts(old.parent) == []

    def test_by_a_batch_system(self, large_toml, old):
        before = old.read_bytes()
        process = start(SAY_COMPUTING, "build", "-c", large_toml, "-o", old)
        wait_for(process, "computing")
        process.send_signal(signal.SIGTERM)
        assert self.end(process, 143) == TERMINATED
        assert old.read_bytes() == before
        assert parts(old.parent) == []

    def test_while_writing(self, small_toml, old):
        before = old.read_bytes()
        process = start(SLEEP_BEFORE_MOVING, "build", "-c", small_toml, "-o", old)
        wait_for(process, "writing")
        assert len(parts(old.parent)) == 1
        process.send_signal(signal.SIGINT)
        assert self.end(process) == INTERRUPTED
        assert old.read_bytes() == before
        assert parts(old.parent) == []

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    @pytest.mark.parametrize("delay", [0.0, 0.05, 0.5, 1.0])
    def test_while_netcdf_writes(self, small_product, small_toml, old, delay, number):
        """Also where the hand of the user shakes."""
        before = old.read_bytes()
        change = LARGE_PRODUCT.format(path=str(small_product))
        process = start(change, "build", "-c", small_toml, "-o", old)
        wait_for(process, "writing")
        time.sleep(delay)
        begin = time.monotonic()
        process.send_signal(number)
        time.sleep(0.05)
        process.send_signal(number)
        said = INTERRUPTED if number == signal.SIGINT else TERMINATED
        assert self.end(process, 128 + number) == said
        assert time.monotonic() - begin < 5
        assert old.read_bytes() == before
        assert parts(old.parent) == []

    def test_while_netcdf_reads(self, old):
        process = start(
            """
            import time, xarray as xr
            real = xr.Dataset.load
            def load(dataset):
                print("reading", flush=True)
                time.sleep(60)
            xr.Dataset.load = load
            """,
            *("info", old),
        )
        wait_for(process, "reading")
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert self.end(process) == INTERRUPTED
        assert time.monotonic() - begin < 5

    def test_inside_the_code_of_an_import(self, tmp_path):
        """Where ``python -m`` would end by the signal, unless the process ends at once."""
        change = """
class Watch:
    def find_spec(name, *_):
        if name == "click":
            exec("raise KeyboardInterrupt")
sys.meta_path.insert(0, Watch)
"""
        (tmp_path / "runner.py").write_text(RUNNER.format(change=change))
        command = [sys.executable, "-m", "runner", "config"]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (130, INTERRUPTED)

    def test_that_an_import_ignores(self, small_toml, old):
        before = old.read_bytes()
        change = """
            import signal
            class Watch:
                def find_spec(name, *_):
                    if name == "click":
                        try:
                            signal.raise_signal(signal.SIGINT)
                        except BaseException:
                            pass
            sys.meta_path.insert(0, Watch)
        """
        assert self.end(start(change, "config")) == INTERRUPTED
        assert self.end(start(change, "build", "-c", small_toml, "-o", old)) == INTERRUPTED
        assert old.read_bytes() == before

    def test_that_a_compiled_module_turns_into_another_error(self):
        process = start(
            """
            import signal
            class Watch:
                def find_spec(name, *_):
                    if name == "click":
                        try:
                            signal.raise_signal(signal.SIGINT)
                        except KeyboardInterrupt:
                            raise ImportError("could not import module") from None
            sys.meta_path.insert(0, Watch)
            """,
            "config",
        )
        assert self.end(process) == INTERRUPTED

    def test_that_a_finaliser_drops(self):
        process = start(
            """
            import signal
            class Last:
                def __del__(self):
                    signal.raise_signal(signal.SIGINT)
            class Watch:
                def find_spec(name, *_):
                    if name == "click":
                        Last()
            sys.meta_path.insert(0, Watch)
            """,
            "config",
        )
        assert self.end(process) == INTERRUPTED

    def test_when_all_is_done(self):
        process = start(
            """
            import atexit, signal
            ignored = lambda: signal.getsignal(signal.SIGINT) == signal.SIG_IGN
            atexit.register(lambda: print(f"ignored: {ignored()}"))
            """,
            "--version",
        )
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        assert out.splitlines()[-1] == "ignored: True"

    @pytest.mark.parametrize("delay", [0.0, 0.1, 0.3])
    def test_while_importing(self, delay):
        process = start(SAY_IMPORTING, "limits", "--format", "csv")
        wait_for(process, "importing")
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (130, INTERRUPTED)

    def test_that_the_parent_ignores(self, small_toml, old):
        """As nohup and background jobs of a script do."""
        process = start(
            SAY_COMPUTING,
            *("build", "-c", small_toml, "-o", old),
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )
        wait_for(process, "computing")
        process.send_signal(signal.SIGINT)
        assert self.end(process, 0) == ""
        validate_product(old)


def test_kill_in_mid_write(nusterile, small_toml, old):
    before = old.read_bytes()
    process = start(SLEEP_BEFORE_MOVING, "build", "-c", small_toml, "-o", old)
    wait_for(process, "writing")
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert old.read_bytes() == before
    open_product(old)
    (left,) = parts(old.parent)
    long_ago = time.time() - 3600
    os.utime(left, (long_ago, long_ago))
    nusterile.text("build", "-c", small_toml, "-o", old)
    assert parts(old.parent) == []
    validate_product(old)


def test_two_builds_to_one_path(small_toml, tmp_path):
    """Both are held until both are about to move their file into place."""
    wait = """
    import os, pathlib, sys, time
    real = os.fsync
    def fsync(file):
        print("writing", flush=True)
        sys.stdin.readline()
        real(file)
    os.fsync = fsync
    """
    path = tmp_path / "a.nc"
    builds = [
        start(wait, "build", "-c", small_toml, "-o", path, stdin=subprocess.PIPE) for _ in range(2)
    ]
    for build in builds:
        wait_for(build, "writing")
    assert len(parts(tmp_path)) == 2
    for build in builds:
        _, err = build.communicate("go on\n", timeout=60)
        assert (build.returncode, err) == (0, "")
        validate_product(path)
    assert [file.name for file in tmp_path.iterdir()] == ["a.nc"]


def test_full_disk(process, small_toml, old):
    """A limit on the size of files, half a product, stands in for the disk."""
    before = old.read_bytes()

    def limit_files() -> None:
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, most))

    result = process.run("build", "-c", small_toml, "-o", old, preexec_fn=limit_files)
    assert (result.status, result.out) == (2, "")
    assert result.complaint.startswith(f"{old}: could not be written (")
    assert "is the disk full or a quota reached" in result.complaint
    assert old.read_bytes() == before
    assert parts(old.parent) == []


class TestStandardOutput:
    COMMANDS = (
        ["config"],
        ["limits", "--selection", "xenonnt_sr0", "--m4", "0"],
        ["--help"],
    )

    @pytest.mark.parametrize("arguments", COMMANDS)
    def test_reader_that_went_away(self, arguments):
        """As after ``| head``."""
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(
            [sys.executable, "-m", "nusterile", *arguments],
            stdout=write,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
        os.close(write)
        assert (done.returncode, done.stderr) == (0, b"")

    @pytest.mark.parametrize("arguments", COMMANDS[:2])
    def test_full_disk_behind_it(self, arguments):
        if not Path("/dev/full").exists():
            pytest.fail("this system has no /dev/full")
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "nusterile", *arguments],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                timeout=60,
                check=False,
            )
        assert done.returncode == 2
        assert done.stderr == "nusterile: cannot write the output: No space left on device\n"

    @pytest.mark.parametrize("arguments", COMMANDS)
    def test_closed(self, process, arguments):
        result = process.run(*arguments, preexec_fn=lambda: os.close(1))
        assert result == (2, "", "nusterile: standard output is closed; nothing can be written\n")

    def test_complaint_that_nobody_can_read(self):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, "-m", "nusterile", "limits", "--m4", "-1"],
                stdout=subprocess.PIPE,
                stderr=full,
                timeout=60,
                check=False,
            )
        assert (done.returncode, done.stdout) == (2, b"")

    def test_letters_that_the_terminal_lacks(self, process, product, tmp_path):
        product["chi2"].attrs["long_name"] = "χ²"
        product.attrs["title"] = "μ limits"
        path = tmp_path / "caf\xe9.nc"
        write_product(product, path)
        environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
        result = process.run("info", path, env=environment)
        assert (result.status, result.err) == (0, "")
        assert "title: μ limits" in result.out
        assert "χ²" in result.out


class TestEntryPoint:
    def test_module(self, process):
        assert process.text("--version").startswith("nusterile, version ")

    def test_status_of_wrong_input(self, process):
        assert process.refused("limits", "--m4", "-1").startswith("m_4 = -1: expected")

    def test_status_of_a_broken_product(self, process, small_toml):
        result = process.run("validate", small_toml)
        assert result.status == 1
        assert result.complaint.startswith(f"{small_toml}: is no netCDF file; name one that")

    def test_installed_command(self):
        command = Path(sys.executable).with_name("nusterile")
        done = subprocess.run([command, "config"], capture_output=True, text=True, check=True)
        assert done.stdout.startswith("# Configuration of nusterile")

    def test_cold_limit_of_one_point(self, process):
        (row,) = process.rows(
            "limits", "--selection", "xenonnt_sr0", "--flavor", "effective", "--m4", 0
        )
        assert 5e-12 < row["limit"] < 1e-11

    def test_warnings_do_not_reach_the_user(self):
        process = start(
            """
            import warnings, nusterile.model.configuration as config
            real = config.default_toml
            config.default_toml = lambda: warnings.warn("late", stacklevel=1) or real()
            """,
            "config",
        )
        out, err = process.communicate(timeout=60)
        assert err == ""
        assert out.startswith("# Configuration")
