"""Which files a command reads, so that it writes onto none of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from nusterile.errors import InputError
from nusterile.files.places import Place
from nusterile.files.settings import read_toml
from nusterile.model.configuration import Configuration

__all__ = ["files_read"]


def files_read(
    configuration: Configuration, *given: Place | None, bound_folders: Iterable[str | Path] = ()
) -> tuple[Path, ...]:
    """Files that a run reads.

    Parameters
    ----------
    configuration : Configuration
        Its experiments and bounds count, with every file that they name.
    *given : Path, str or None
        Further files: a product, a configuration. An address is no file.
    bound_folders : iterable of str or Path
        Further folders with bounds.

    Returns
    -------
    tuple of Path
        Those that are there.
    """
    on_disk = [folder.path for folder in configuration.folders() if folder.texts is None]
    descriptions = [folder / "experiment.toml" for folder in on_disk]
    for folder in (*configuration.bound_folders, *bound_folders):
        descriptions += [Path(folder) / "bound.toml", *Path(folder).glob("*/bound.toml")]
    files = [path for path in given if isinstance(path, Path)]
    for description in descriptions:
        files += _with_tables(description)
    return tuple(path for path in files if path.exists())


def _with_tables(description: Path) -> Iterator[Path]:
    """A description in TOML, and the files beside it that it names."""
    yield description
    try:
        values = read_toml(description)
    except InputError:
        return  # whoever uses it says what is wrong with it
    for text in _texts(values):
        with suppress(OSError, ValueError):  # a text that is no name of a file
            if (description.parent / text).is_file():
                yield description.parent / text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _texts(entry)
