"""Options that take several values, and reading a configuration."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from nusterile.cli.options import ListCommand, load_analysis
from nusterile.errors import InputError
from nusterile.model.configuration import Configuration


@click.command(cls=ListCommand)
@click.option("--m4", "m_4", multiple=True, type=float)
@click.option("--flavor", multiple=True)
@click.option("--mu", type=float)
@click.option("--flag", is_flag=True)
def without_arguments(m_4, flavor, mu, flag):
    click.echo((m_4, flavor, mu, flag))


@click.command(cls=ListCommand)
@click.argument("name")
@click.argument("file", required=False)
@click.option("--m4", "m_4", multiple=True, type=float)
def with_arguments(name, file, m_4):
    click.echo((name, file, m_4))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", ((), (), None, False)),
        ("--m4 1", ((1.0,), (), None, False)),
        ("--m4 1 2 3", ((1.0, 2.0, 3.0), (), None, False)),
        ("--m4 1 --m4 2", ((1.0, 2.0), (), None, False)),
        ("--m4 1 2 --m4 3", ((1.0, 2.0, 3.0), (), None, False)),
        ("--m4=1 2", ((1.0, 2.0), (), None, False)),
        ("--m4=1 --m4=2 3", ((1.0, 2.0, 3.0), (), None, False)),
        ("--m4 -1 -2e-3", ((-1.0, -0.002), (), None, False)),
        ("--m4 1 2 --flag", ((1.0, 2.0), (), None, True)),
        ("--flavor e mu --m4 1 --mu 3", ((1.0,), ("e", "mu"), 3.0, False)),
    ],
)
def test_several_values_after_one_name(words, expected):
    assert CliRunner().invoke(without_arguments, words.split()).output == f"{expected}\n"


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("--mu 1 2", "Got unexpected extra argument (2)"),
        ("--flag x", "Got unexpected extra argument (x)"),
        ("--m4 1 x", "'x' is not a valid float"),
        ("--m4", "Option '--m4' requires an argument"),
        ("1 2", "Got unexpected extra arguments (1 2)"),
    ],
)
def test_what_is_not_spread(words, complaint):
    result = CliRunner().invoke(without_arguments, words.split())
    assert result.exit_code == 2
    assert complaint in result.output


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("limits --m4 1 2 a.nc", ("limits", "a.nc", (1.0, 2.0))),
        ("--m4 1 2 limits a.nc", ("limits", "a.nc", (1.0, 2.0))),
        ("limits a.nc --m4 1 2", ("limits", "a.nc", (1.0, 2.0))),
    ],
)
def test_numbers_end_where_an_argument_begins(words, expected):
    assert CliRunner().invoke(with_arguments, words.split()).output == f"{expected}\n"


class TestConfigurationFile:
    def test_none_is_the_default(self):
        assert load_analysis(None).configuration == Configuration()

    def test_file_is_read(self, small_toml, small_analysis):
        assert load_analysis(small_toml).configuration == small_analysis.configuration

    def test_missing_file_is_refused(self, tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            load_analysis(tmp_path / "no.toml")
