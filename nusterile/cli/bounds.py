"""``nusterile bounds``: list, show and check external bounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from nusterile.bound_curves import Bound
from nusterile.bound_files import SENTINEL_MU, bound_folders, builtin_bound_folders, read_bound
from nusterile.bounds import FLAVORS, Bounds, load_bounds
from nusterile.config import Configuration
from nusterile.errors import InputError
from nusterile.listing import FORMATS, Cell, Listing

__all__ = ["bounds"]

Command = TypeVar("Command", bound=Callable[..., Any])


def _config_option(command: Command) -> Command:
    return click.option(
        "-c",
        "--config",
        type=click.Path(path_type=Path),
        help="Configuration file; its bound_folders are read too.",
    )(command)


def _format_option(command: Command) -> Command:
    return click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        show_default=True,
        help="Aligned text, or CSV or JSON in full precision.",
    )(command)


@click.group()
def bounds() -> None:
    """External bounds on the transition magnetic moment."""


@bounds.command("list")
@click.option("--flavor", type=click.Choice(FLAVORS), help="Only bounds that hold for this flavor.")
@_config_option
@_format_option
def list_bounds(flavor: str | None, config: Path | None, form: str) -> None:
    """List the bounds with flavor, confidence level as published, kind and masses."""
    click.echo(_load(config).listing(flavor).render(form))


@bounds.command()
@click.argument("name", metavar="ID")
@_config_option
@_format_option
def show(name: str, config: Path | None, form: str) -> None:
    """Show one bound: source, notes and the points of its curve."""
    bound = _load(config).find(name)
    if form == "table":
        click.echo(_description(bound) + "\n")
    click.echo(_points(bound).render(form))


@bounds.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[FOLDER]...")
@_config_option
@_format_option
def check(folders: tuple[Path, ...], config: Path | None, form: str) -> None:
    """Check bounds and report what is peculiar about their curves.

    Each FOLDER holds a bound.toml or subfolders that have one. Without a FOLDER,
    nusterile's own bounds and those of the configuration are checked.
    """
    paths: list[Path] = []
    defects: list[str] = []
    if not folders:
        paths += builtin_bound_folders().values()
        folders = tuple(Path(f) for f in _configuration(config).bound_folders)
    for folder in folders:
        try:
            paths += bound_folders(folder)
        except InputError as error:
            defects.append(str(error))
    rows: list[tuple[Cell, ...]] = []
    seen: dict[str, Path] = {}
    for path in paths:
        try:
            bound = read_bound(path)
        except InputError as error:
            defects.append(str(error))
            continue
        if bound.name in seen:
            defects.append(f"{path}: a bound named '{bound.name}' is already in {seen[bound.name]}")
        seen[bound.name] = path
        found: list[tuple[Cell, ...]] = [
            (bound.name, f.path.name, f.line, f.text) for f in bound.findings
        ]
        rows += found or [(bound.name, None, None, "nothing peculiar")]
    if rows or not defects:
        click.echo(Listing.of(["bound", "file", "line", "finding"], rows).render(form))
    if defects:
        raise InputError("\n".join(defects))


def _configuration(config: Path | None) -> Configuration:
    return Configuration.from_toml(config) if config else Configuration()


def _load(config: Path | None) -> Bounds:
    return load_bounds(_configuration(config).bound_folders)


def _description(bound: Bound) -> str:
    low, high = bound.mass_range
    facts = {
        "name": bound.name,
        "label": bound.label,
        "flavor": bound.flavor,
        "cl": f"{bound.cl:g}, as published",
        "kind": bound.kind,
        "masses": f"{low:g} to {high:g} MeV",
    }
    for number, reference in enumerate(bound.references, 1):
        doi = f", doi:{reference.doi}" if reference.doi else ""
        facts[f"reference {number}"] = reference.text + doi
    facts |= {"converted": bound.converted, "notes": bound.notes}
    for number, finding in enumerate(bound.findings, 1):
        facts[f"finding {number}"] = f"{finding.path.name}, line {finding.line}: {finding.text}"
    width = max(map(len, facts))
    return "\n".join(f"{name:<{width}}  {text}" for name, text in facts.items() if text)


def _points(bound: Bound) -> Listing:
    rows: list[tuple[Cell, ...]] = [
        (branch or None, mass, mu, "curve")
        for branch, piece in zip(bound.branches, bound.pieces, strict=True)
        for mass, mu in piece.tolist()
    ]
    rows += [(None, mass, mu, f"left out: mu >= {SENTINEL_MU:g}") for mass, mu in bound.sentinels]
    return Listing.of(["branch", "m_4", "mu", "use"], rows, {"m_4": "MeV", "mu": "bohr_magneton"})
