"""The entry point: help, unknown commands, and how every failure ends."""

from __future__ import annotations

import errno
import os

import pytest

import nusterile as package
from nusterile.cli import COMMANDS
from nusterile.cli.commands import cli
from nusterile.errors import InputError, ProductError


def test_help_names_every_command_with_a_word_about_it(nusterile):
    out = nusterile.text("--help")
    listed = out.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    assert all(len(line.split()) > 3 for line in listed)
    assert nusterile.text("-h") == out


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(nusterile, command):
    out = nusterile.text(command, "--help")
    assert out.startswith(f"Usage: nusterile {command}")
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("command", ["build", "limits", "spectrum", "rate", "chi2", "config"])
def test_one_line_of_help_is_whole(nusterile, command):
    line = next(x for x in nusterile.text("--help").splitlines() if x.startswith(f"  {command} "))
    assert line.endswith(".")
    assert not line.endswith("...")


def test_version(nusterile):
    assert nusterile.text("--version") == f"nusterile, version {package.__version__}\n"


def test_no_command_shows_the_help(nusterile):
    result = nusterile.run()
    assert result.status == 2
    assert result.out == nusterile.text("--help")
    assert result.err == ""


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["limit"], "unknown command 'limit'; did you mean 'limits'?"),
        (["fit"], f"unknown command 'fit'; valid: {', '.join(COMMANDS)}"),
        (["--verbose"], "No such option '--verbose'."),
        (["\x1b[31m"], r"unknown command '\x1b[31m'; valid: " + ", ".join(COMMANDS)),
    ],
)
def test_unknown_command_or_option(nusterile, arguments, complaint):
    assert nusterile.refused(*arguments).startswith(complaint)


class TestFailures:
    """What a command raises becomes one line and an exit status."""

    @pytest.mark.parametrize(
        ("error", "status", "complaint"),
        [
            (InputError("a = 1: too\n small"), 2, "a = 1: too small"),
            (ProductError("a.nc: is \x1b[1mbad"), 2, r"a.nc: is \x1b[1mbad"),
            (MemoryError(), 2, "not enough memory; use fewer points"),
            (KeyboardInterrupt(), 130, "interrupted; no file was left half-written"),
            (OSError(errno.EIO, "Input/output error"), 2, "cannot write the output: Input/output"),
            (OSError(errno.EACCES, "Permission denied", "a.x"), 2, "a.x: Permission denied"),
        ],
    )
    def test_expected(self, nusterile, monkeypatch, error, status, complaint):
        def fail():
            raise error

        monkeypatch.setattr("nusterile.model.configuration.default_toml", fail)
        result = nusterile.run("config")
        assert result.status == status
        assert result.complaint.startswith(complaint)

    def test_reader_that_went_away(self, nusterile, monkeypatch):
        def fail():
            raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))

        monkeypatch.setattr("nusterile.model.configuration.default_toml", fail)
        result = nusterile.run("config")
        assert (result.status, result.err) == (0, "")

    def test_mistake_of_the_program_is_not_hidden(self, nusterile, monkeypatch):
        monkeypatch.setattr("nusterile.model.configuration.default_toml", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            nusterile.run("config")


def test_every_command_is_known_to_the_group():
    assert cli.list_commands(None) == list(COMMANDS)
    for name in COMMANDS:
        assert cli.get_command(None, name).name == name
    assert cli.get_command(None, "no") is None
