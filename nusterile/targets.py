"""Which existing files may be replaced: none that somebody would miss."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from nusterile.config import Configuration
from nusterile.errors import InputError
from nusterile.experiment import builtin_experiments
from nusterile.files import target_of

__all__ = ["figure_paths", "files_read", "require_replaceable", "require_replaceable_figure"]

#: Caption and numbers, which are written beside every figure.
_CAPTION, _NUMBERS = "txt", "csv"
#: How the numbers of a figure begin.
_NUMBERS_HEAD = b"# nusterile "


def files_read(
    configuration: Configuration, *given: Path | None, bound_folders: Iterable[str | Path] = ()
) -> tuple[Path, ...]:
    """Files that a run reads.

    Parameters
    ----------
    configuration : Configuration
        Its experiments and bounds count, with every file that they name.
    *given : Path or None
        Further files: a product, a configuration.
    bound_folders : iterable of str or Path
        Further folders with bounds.

    Returns
    -------
    tuple of Path
        Those that are there.
    """
    known = builtin_experiments()
    folders = [known[name] for name in configuration.experiments]
    folders += [Path(folder) for folder in configuration.experiment_folders]
    descriptions = [folder / "experiment.toml" for folder in folders]
    for folder in (*configuration.bound_folders, *bound_folders):
        descriptions += [Path(folder) / "bound.toml", *Path(folder).glob("*/bound.toml")]
    files = [path for path in given if path is not None]
    for description in descriptions:
        files += _with_tables(description)
    return tuple(path for path in files if path.exists())


def require_replaceable(path: Path, suffix: str, inputs: Iterable[Path]) -> None:
    """Refuse to replace a file that holds something else.

    Parameters
    ----------
    path : Path
        File to write. Where none is there yet, any name will do.
    suffix : str
        How the names of such files end, for example ``.csv``.
    inputs : iterable of Path
        What the run reads.

    Raises
    ------
    InputError
        If the file is there and is an input of the run or ends in another suffix.
    """
    try:
        if not path.exists():
            return
    except OSError:  # whoever writes there says what is wrong with the name
        return
    for other in inputs:
        with suppress(OSError):
            if path.samefile(other):
                raise InputError(f"{path}: is read by this run ({other}); name another file")
    if target_of(path).is_file() and target_of(path).name.lower().endswith(suffix):
        return
    if path.is_dir():
        raise InputError(f"{path}: is a folder; name a file in it")
    raise InputError(
        f"{path}: is there and does not end in {suffix}, so it is not replaced; "
        f"name a file that ends in {suffix}, or remove this one first"
    )


def figure_paths(stem: Path, formats: Iterable[str]) -> dict[str, Path]:
    """Files of a figure by suffix: the figure itself, its caption and its numbers."""
    return {
        suffix: stem.with_name(f"{stem.name}.{suffix}") for suffix in (*formats, _CAPTION, _NUMBERS)
    }


def require_replaceable_figure(
    stem: Path, formats: Iterable[str], inputs: Iterable[Path] = ()
) -> None:
    """Refuse to replace a file that is no figure, or stands where its caption or numbers go.

    A caption and numbers replace those of a figure only: numbers begin with ``# nusterile``,
    and a caption stands beside numbers.

    Parameters
    ----------
    stem : Path
        Path of the figure without suffix.
    formats : iterable of str
        Suffixes of the figure itself.
    inputs : iterable of Path
        What the run reads.

    Raises
    ------
    InputError
        If there is such a file.
    """
    paths = figure_paths(stem, formats)
    read = tuple(inputs)
    for suffix, path in paths.items():
        require_replaceable(path, f".{suffix}", read)
    numbers = paths[_NUMBERS]
    ours = _begins(numbers, _NUMBERS_HEAD)
    for path, what in ((numbers, "numbers"), (paths[_CAPTION], "caption")):
        if path.exists() and not ours:
            raise InputError(
                f"{path}: is there and is not of a figure, and the {what} of this one would "
                "replace it; move it away, or give the figure another name with -o"
            )


def _begins(path: Path, head: bytes) -> bool:
    """Whether a file is there and begins with these bytes."""
    try:
        with path.open("rb") as file:
            return file.read(len(head)) == head
    except OSError:
        return False


def _with_tables(description: Path) -> Iterator[Path]:
    """A description in TOML, and the files beside it that it names."""
    yield description
    try:
        values = tomllib.loads(description.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
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
