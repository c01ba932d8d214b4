"""The command line ``nusterile``."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

import nusterile
from nusterile.errors import NusterileError, nearest_name

__all__ = ["cli", "main"]

#: Exit status after wrong input, and after an interrupt.
WRONG_INPUT = 2
INTERRUPTED = 130

#: Module and function of each command, imported when it is called.
_COMMANDS = {
    "build": ("nusterile.cli.products", "build"),
    "limits": ("nusterile.cli.compute", "limits"),
    "spectrum": ("nusterile.cli.compute", "spectrum"),
    "rate": ("nusterile.cli.compute", "rate"),
    "chi2": ("nusterile.cli.compute", "chi2"),
    "info": ("nusterile.cli.products", "info"),
    "validate": ("nusterile.cli.products", "validate"),
    "config": ("nusterile.cli.products", "config"),
    "gui": ("nusterile.cli.gui", "gui"),
    "bounds": ("nusterile.cli.bounds", "bounds"),
    "cite": ("nusterile.cli.cite", "cite"),
    "figure": ("nusterile.cli.figures", "figure"),
    "table": ("nusterile.cli.exports", "table"),
    "export": ("nusterile.cli.exports", "export"),
}


class _LazyGroup(click.Group):
    """A group whose commands are imported only when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute = _COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in _COMMANDS:
            raise click.UsageError(f"unknown command '{args[0]}'{nearest_name(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nusterile.__version__, prog_name="nusterile")
def cli() -> None:
    """Limits on active-to-sterile neutrino magnetic moments from xenon detectors.

    Masses in MeV, moments in Bohr magnetons, recoil energies in keV, exposures in
    tonne years.
    """


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its status.

    Parameters
    ----------
    arguments : list of str, optional
        Words after the program's name; those of the process by default.
    """
    try:
        cli.main(arguments, prog_name="nusterile", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        sys.exit(WRONG_INPUT)
    except click.ClickException as error:
        _complain(error.format_message(), error.exit_code)
    except NusterileError as error:
        _complain(str(error), WRONG_INPUT)
    except MemoryError:
        _complain("not enough memory; use fewer points", WRONG_INPUT)
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted; nothing was written", INTERRUPTED)
    except BrokenPipeError:
        # The reader went away (a pager, head): nothing is wrong, and nothing may be flushed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)


def _complain(message: str, status: int) -> None:
    click.echo(f"nusterile: {' '.join(message.split())}", err=True)
    sys.exit(status)
