"""Which existing files may be replaced: none that somebody would miss."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from nusterile.errors import InputError
from nusterile.files.writing import target_of

__all__ = ["figure_paths", "require_replaceable", "require_replaceable_figure"]

#: Caption and numbers, which are written beside every figure.
_CAPTION, _NUMBERS = "txt", "csv"
#: How the numbers of a figure begin.
_NUMBERS_HEAD = b"# nusterile "


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
