"""serve and catalog: as a user starts and ends them."""

from __future__ import annotations

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

import nusterile

COMMAND = (sys.executable, "-m", "nusterile")


@pytest.fixture
def folder(tmp_path: Path, small_product: Path) -> Path:
    made = tmp_path / "group"
    made.mkdir()
    shutil.copy(small_product, made / "scan.nc")
    (made / "broken.nc").write_bytes(b"none")
    return made


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@contextmanager
def serving(folder: Path, *options: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A service in a process of its own, and its address."""
    process = subprocess.Popen(
        [*COMMAND, "serve", str(folder), *map(str, options)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr is not None
        said = ""
        while "serving" not in said:
            said = process.stderr.readline()
            assert said, process.wait()
        yield process, re.findall(r"http://\S+", said)[0]
    finally:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def line_of(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a command says before it ends with status 2."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


class TestServe:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_until_it_is_told_to_end(self, folder, tmp_path, number):
        log = tmp_path / "access.log"
        with serving(folder, "--port", 0, "--log", log) as (process, address):
            assert httpx.get(f"{address}/health").status_code == 200
            process.send_signal(number)
            assert process.wait(60) == 0
            assert process.stderr.read() == "the service has ended\n"
        (line,) = log.read_text().splitlines()
        assert json.loads(line)["path"] == "/health"

    def test_readers_recover_where_it_is_killed_and_started_again(self, folder, small_product):
        port = free_port()
        with serving(folder, "--port", port) as (process, address):
            dataset = nusterile.open(f"{address}/products/scan")
            first = dataset.chi2.isel(selection=0).values
            process.kill()
            process.wait()
            found: list[object] = []
            reading = threading.Thread(
                target=lambda: found.append(dataset.chi2.isel(selection=1).values)
            )
            reading.start()
            time.sleep(0.5)
        with serving(folder, "--port", port):
            reading.join(60)
            local = nusterile.open(small_product).chi2
            assert (first == local.isel(selection=0).values).all()
            assert (found[0] == local.isel(selection=1).values).all()

    def test_beyond_this_machine_it_says_so(self, folder):
        process = subprocess.Popen(
            [*COMMAND, "serve", str(folder), "--host", "0.0.0.0", "--port", "0"],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            said = process.stderr.readline()
        finally:
            process.kill()
            process.communicate()
        assert said.startswith("note: everyone who reaches 0.0.0.0 can read all products")

    def test_wrong_input(self, folder, tmp_path):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            line = line_of(run("serve", folder, "--port", port))
            assert line.startswith(f"nusterile: 127.0.0.1, port {port}: cannot be listened on (")
        assert "does not exist" in line_of(run("serve", tmp_path / "nothing"))
        assert "is no folder" in line_of(run("serve", folder / "scan.nc"))
        assert "begins with /" in line_of(run("serve", folder, "--prefix", "x"))
        assert "cannot be written" in line_of(
            run("serve", folder, "--log", tmp_path / "no" / "log")
        )
        assert "cannot be listened on" in line_of(run("serve", folder, "--host", "no host"))


class TestCatalog:
    def test_a_folder_and_its_service_say_the_same(self, folder):
        listed = run("catalog", folder, "--format", "csv")
        assert listed.returncode == 0, listed.stderr
        rows = listed.stdout.splitlines()
        assert rows[0].startswith("id,status,content,sizes,bytes,modified,sha256,")
        assert rows[1].startswith("scan-")
        assert rows[2].startswith("broken.nc,broken,")
        assert "is no netCDF file" in rows[2]
        with serving(folder, "--port", 0) as (_, address):
            end = time.monotonic() + 60
            while run("catalog", address, "--format", "csv").stdout != listed.stdout:
                assert time.monotonic() < end
                time.sleep(0.3)
            assert run("catalog", f"{address}/products/").returncode == 0

    def test_a_table_for_people(self, folder):
        done = run("catalog", folder)
        assert done.returncode == 0
        assert "scan-" in done.stdout
        assert "broken" in done.stdout

    def test_wrong_input(self, folder, tmp_path):
        assert "does not exist" in line_of(run("catalog", tmp_path / "nothing"))
        line = line_of(run("catalog", f"http://127.0.0.1:{free_port()}"))
        assert "does not answer" in line
        assert "is no address" in line_of(run("catalog", "http://"))


def test_without_the_extra_everything_else_works_and_one_line_says_what_is_missing(small_product):
    """The packages of the extra cannot be found, as where it is not installed."""
    script = """
        import sys
        from importlib.machinery import PathFinder

        missing = {"fastapi", "starlette", "uvicorn", "jinja2"}
        missing |= {"prometheus_client", "httpx", "zarr"}
        find = PathFinder.find_spec
        PathFinder.find_spec = lambda name, *rest: None if name in missing else find(name, *rest)
        import nusterile
        from nusterile.cli import main

        product, *words = sys.argv[1:]
        assert nusterile.open(product).nusterile.limit().size
        for place in ("http://127.0.0.1:1/products/x",):
            try:
                nusterile.open(place)
            except nusterile.errors.InputError as error:
                print(error)
        main(words)
    """
    for words in (["serve", "."], ["catalog", "http://127.0.0.1:1"]):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), small_product, *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 2, done.stderr
        (line,) = done.stderr.splitlines()
        assert re.fullmatch(
            r"nusterile: .* need \w+; install it with: pip install 'nusterile\[serve\]'", line
        )
        assert "nusterile[serve]" in done.stdout
