"""Running commands: in this process where that is enough, in one of their own where not."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from nusterile.cli import main


class Result(NamedTuple):
    """What a command did."""

    status: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line on standard error of a command that failed."""
        assert self.status != 0
        assert "Traceback" not in self.err
        assert self.err.endswith("\n")
        assert self.err.count("\n") == 1
        assert self.err.startswith("nusterile: ")
        assert self.err[:-1].isprintable()
        return self.err.removeprefix("nusterile: ").strip()


class Commands(NamedTuple):
    """Ways to run a command."""

    run: Callable[..., Result]

    def text(self, *arguments: object) -> str:
        """Return the standard output of a command that succeeds."""
        result = self.run(*arguments)
        assert (result.status, result.err) == (0, "")
        return result.out

    def rows(self, *arguments: object) -> list[dict]:
        """Return the rows of a command as JSON has them."""
        content = json.loads(self.text(*arguments, "--format", "json"))
        assert list(content) == ["columns", "units", "rows"]
        assert list(content["units"]) == content["columns"]
        return [dict(zip(content["columns"], row, strict=True)) for row in content["rows"]]

    def csv(self, *arguments: object) -> list[list[str]]:
        return list(csv.reader(io.StringIO(self.text(*arguments, "--format", "csv"))))

    def refused(self, *arguments: object) -> str:
        """Return the complaint about wrong input: exit status 2, nothing on standard output."""
        result = self.run(*arguments)
        assert (result.status, result.out) == (2, "")
        return result.complaint


@pytest.fixture
def nusterile(capsys: pytest.CaptureFixture[str]) -> Commands:
    """Run commands in this process."""

    def run(*arguments: object) -> Result:
        capsys.readouterr()
        status: object = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            status = exit_.code
        captured = capsys.readouterr()
        assert isinstance(status, int)
        return Result(status, captured.out, captured.err)

    return Commands(run)


@pytest.fixture(scope="session")
def process() -> Commands:
    """Run commands in a process of their own, by the real entry point."""

    def run(*arguments: object, **options: object) -> Result:
        done = subprocess.run(
            [sys.executable, "-m", "nusterile", *map(str, arguments)],
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
            **options,  # type: ignore[call-overload]
        )
        return Result(done.returncode, done.stdout, done.stderr)

    return Commands(run)
