"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nusterile.errors import InputError
from nusterile.files.places import Place
from nusterile.files.web import is_address

if TYPE_CHECKING:
    from nusterile.analysis import Analysis
    from nusterile.results import Results

__all__ = [
    "PRODUCT",
    "ListCommand",
    "config_option",
    "expected_option",
    "load_analysis",
    "load_results",
]


class _ProductType(click.Path):
    """A file, or the address of a product at a service, whose slashes a path would lose."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take an address as it is."""
        return value if is_address(value) else super().convert(value, param, ctx)


#: Type of an argument that names a product: `Path`, or `str` for an address.
PRODUCT = _ProductType(path_type=Path)

config_option = click.option(
    "-c",
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="Configuration file (TOML); `nusterile config` prints the default one.",
)

expected_option = click.option(
    "--expected",
    is_flag=True,
    help="Asimov limits, computed: counts as expected without signal.",
)


class ListCommand(click.Command):
    """A command whose repeatable options also take several values after one name.

    ``--m4 0.01 0.1`` is read as ``--m4 0.01 --m4 0.1``; a value that is repeated counts once.
    A word that is no number ends the
    values of a numeric option where the command takes arguments as well.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Spread the values before the usual reading."""
        repeatable = {
            name: parameter
            for parameter in self.params
            if isinstance(parameter, click.Option) and parameter.multiple
            for name in parameter.opts
        }
        takes_arguments = any(isinstance(p, click.Argument) for p in self.params)
        spread: list[str] = []
        option = ""
        values = 0
        for word in args:
            if word.startswith("-") and not _is_number(word):
                name, equals, _ = word.partition("=")
                option, values = (name if name in repeatable else ""), len(equals)
            elif option:
                values += 1
                numeric = repeatable[option].type in (click.FLOAT, click.INT)
                if values > 1 and takes_arguments and numeric and not _is_number(word):
                    option = ""
                elif values > 1:
                    spread.append(option)
            spread.append(word)
        rest = super().parse_args(ctx, spread)
        for parameter in repeatable.values():
            values_of = ctx.params.get(parameter.name or "")
            if values_of:
                ctx.params[str(parameter.name)] = tuple(dict.fromkeys(values_of))
        return rest


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def load_analysis(config_path: Path | None) -> Analysis:
    """Return the analysis of a configuration file, or the default one."""
    from nusterile.analysis import Analysis

    return Analysis() if config_path is None else Analysis.from_toml(config_path)


def load_results(product: Place | None, config_path: Path | None) -> Results:
    """Return where numbers come from: a product, or a configuration (the default one)."""
    from nusterile.results import Results

    if product is None:
        return Results(load_analysis(config_path))
    if config_path is not None:
        raise InputError("give a product or a configuration, not both; a product has its own")
    return Results.from_file(product)
