"""Commands about the product service: serve, catalog."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from nusterile.cli.output import format_option, plain_text, print_table, say, show
from nusterile.errors import InputError, require_package

__all__ = ["catalog", "serve"]

_PRODUCTS = Path("products")


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path), metavar="[DIR]...")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8642,
    show_default=True,
    help="Port; 0 takes a free one.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="Name of the machine whose proxy leads here; on this machine alone none is needed.",
)
@click.option("--prefix", default="", metavar="PATH", help="Path that a proxy puts before all.")
@click.option(
    "--rate",
    type=click.FloatRange(0, 1e9),
    default=500,
    show_default=True,
    help="Requests per second of one client on another machine; 0 for no limit.",
)
@click.option(
    "--memory",
    type=click.IntRange(64, 65536),
    default=400,
    show_default=True,
    help="MiB of products and pictures that are kept ready.",
)
@click.option(
    "--log",
    "log_path",
    type=click.Path(path_type=Path, allow_dash=True),
    help="File for a line of JSON per request; - for standard output.",
)
def serve(
    folders: tuple[Path, ...],
    host: str,
    port: int,
    names: tuple[str, ...],
    prefix: str,
    rate: float,
    memory: int,
    log_path: Path | None,
) -> None:
    """Serve the products in folders over HTTP, read-only.

    Without a DIR, those in products. Files that come, change or go are noticed within two
    seconds. Ctrl-C ends it.
    """
    for package in ("fastapi", "uvicorn", "jinja2", "prometheus_client", "zarr"):
        require_package(package, "serve", "the service and its readers")
    from nusterile.service.app import Options
    from nusterile.service.guards import Limits, is_loopback
    from nusterile.service.running import Service

    if prefix and not prefix.startswith("/"):
        raise InputError(f"--prefix {prefix}: a path begins with /, such as /nusterile")
    with _log(log_path) as log:
        options = Options(prefix, names, Limits(rate=rate), memory * 2**20, log)
        service = Service(folders or (_PRODUCTS,), host, port, options)
        if not is_loopback(host):
            say(
                f"note: everyone who reaches {plain_text(host)} can read all products in these "
                "folders; there is no password and no encryption",
                error=True,
            )
        service.run(lambda: say(f"serving {service.address} (Ctrl-C ends it)", error=True))
    say("the service has ended", error=True)


@click.command()
@click.argument("place", metavar="DIR|URL", default=str(_PRODUCTS))
@format_option
def catalog(place: str, format: str) -> None:
    """List the products in a folder or at a service, and the broken files with their reasons."""
    from nusterile.files.web import is_address
    from nusterile.service.listing import catalogue_listing, read_catalogue

    if is_address(place):
        document = read_catalogue(place)
    else:
        from nusterile.service.catalogue import contents_of
        from nusterile.service.documents import catalogue_document
        from nusterile.service.folders import require_folders

        document = catalogue_document(contents_of(require_folders([Path(place)])))
    listing = catalogue_listing(document)
    if format == "table":  # whose ids begin with name and hash
        header, rows = listing.header, listing.readable
        kept = [index for index, name in enumerate(header) if name != "sha256"]
        print_table(
            [header[index] for index in kept],
            [[row[index] for index in kept] for row in rows],
            wrap=True,
        )
    else:
        show(listing, format)


@contextmanager
def _log(path: Path | None) -> Iterator[TextIO | None]:
    """Open the access log, which lines are added to."""
    if path is None or str(path) == "-":
        yield None if path is None else sys.stdout
        return
    try:
        file = path.open("a", encoding="ascii")
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from None
    with file:
        yield file
