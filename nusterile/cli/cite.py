"""``nusterile cite``: the references behind an analysis, as BibTeX."""

from __future__ import annotations

from pathlib import Path

import click

from nusterile.bounds import load_bounds
from nusterile.config import Configuration
from nusterile.listing import FORMATS, Listing
from nusterile.references import (
    Entry,
    analysis_references,
    bibliography,
    bibtex,
    bound_references,
    software_entry,
)

__all__ = ["cite"]


@click.command()
@click.argument("references", nargs=-1, metavar="[REFERENCE]...")
@click.option(
    "-c",
    "--config",
    type=click.Path(path_type=Path),
    help="Configuration file; without it the default analysis.",
)
@click.option(
    "--bounds",
    "with_bounds",
    is_flag=True,
    help="Add what stands behind the external bounds and the massless limits.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["bibtex", *FORMATS]),
    default="bibtex",
    show_default=True,
    help="BibTeX entries, or keys and identifiers as a table.",
)
def cite(references: tuple[str, ...], config: Path | None, with_bounds: bool, form: str) -> None:
    """Print the references to cite: nusterile and all that its analysis rests on.

    With REFERENCES (keys of the bibliography, DOIs, arXiv numbers), print those instead.
    """
    configuration = Configuration.from_toml(config) if config else Configuration()
    if references:
        known = bibliography()
        entries: list[Entry] = [known.find(reference) for reference in references]
    else:
        entries = [software_entry(), *analysis_references(configuration)]
    if with_bounds:
        entries += bound_references(load_bounds(configuration.bound_folders).values())
    if form == "bibtex":
        click.echo(bibtex(entries))
        return
    unique = {entry.key: entry for entry in entries}.values()
    rows = [(e.key, e.fields.get("year"), e.doi or None, e.arxiv or None) for e in unique]
    click.echo(Listing.of(["key", "year", "doi", "arxiv"], rows).render(form))
