"""The group of commands, each imported only when it is called."""

from __future__ import annotations

from importlib import import_module

import click

import nusterile
from nusterile.cli import COMMANDS
from nusterile.errors import nearest_name

__all__ = ["cli"]


class _LazyGroup(click.Group):
    """A group whose commands are imported only when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(f"unknown command '{args[0]}'{nearest_name(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nusterile.__version__, prog_name="nusterile")
def cli() -> None:
    """Limits on active-to-sterile neutrino magnetic moments from xenon detectors.

    Masses in MeV, moments in Bohr magnetons, recoil energies in keV, exposures in
    tonne years.
    """
