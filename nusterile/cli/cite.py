"""The command cite: the references behind an analysis, as BibTeX."""

from __future__ import annotations

from pathlib import Path

import click

from nusterile.bounds.registry import load_bounds
from nusterile.cli.options import config_option
from nusterile.cli.output import say, show
from nusterile.files.listing import Listing
from nusterile.files.web import is_address
from nusterile.model.configuration import Configuration
from nusterile.publications.bibliography import Entry, bibliography
from nusterile.references import (
    analysis_references,
    bibtex,
    bound_references,
    product_references,
    software_entry,
)

__all__ = ["cite"]


@click.command()
@click.argument("references", nargs=-1, metavar="[REFERENCE]...")
@config_option
@click.option(
    "--bounds",
    "with_bounds",
    is_flag=True,
    help="Add what stands behind the external bounds and the massless limits.",
)
@click.option(
    "--format",
    type=click.Choice(["bibtex", "table", "csv", "json"]),
    default="bibtex",
    show_default=True,
    help="BibTeX entries, or keys and identifiers.",
)
def cite(
    references: tuple[str, ...], config_path: Path | None, with_bounds: bool, format: str
) -> None:
    """Print what to cite: nusterile and all that its analysis rests on, as BibTeX.

    With REFERENCES (keys of the bibliography, DOIs, arXiv numbers, products), print
    those instead; a product stands for all that is behind it.
    """
    configuration = Configuration() if config_path is None else Configuration.from_toml(config_path)
    entries: list[Entry] = []
    for reference in references:
        entries += _behind(reference)
    if not references:
        entries += [software_entry(), *analysis_references(configuration)]
    if with_bounds:
        entries += bound_references(load_bounds(configuration.own_bounds()).values())
    if format == "bibtex":
        say(bibtex(entries))
        return
    rows = [
        [entry.key, int(entry.fields.get("year", 0)) or None, entry.doi, entry.arxiv]
        for entry in {entry.key: entry for entry in entries}.values()
    ]
    show(Listing.of(["key", "year", "doi", "arxiv"], rows), format)


def _behind(reference: str) -> list[Entry]:
    """Return the entry of a reference, or those behind a product."""
    software = software_entry()
    if reference == software.key:
        return [software]
    known = bibliography().knows(reference)  # as addresses at doi.org are
    if Path(reference).is_file() or (is_address(reference) and not known):
        from nusterile.accessor import open_product

        dois = str(open_product(reference).attrs.get("references", ""))
        return [software, *product_references(dois)]
    return [bibliography().find(reference)]
