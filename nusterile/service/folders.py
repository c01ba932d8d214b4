"""Product files in folders: where they are, and whether they are still the same."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from nusterile.errors import InputError
from nusterile.files.text import plain_text

__all__ = ["Found", "Signature", "find_products", "open_same", "require_folders"]

#: How names of products end.
_SUFFIX = ".nc"
#: Folders inside one another, and files in all of them, that are looked at.
_DEPTH = 8
_MOST = 10_000


class Signature(NamedTuple):
    """What changes when a file is replaced or written to."""

    device: int
    inode: int
    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, status: os.stat_result) -> Signature:
        """Take it from what the system says of a file; times in nanoseconds."""
        return cls(
            status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
        )


class Found(NamedTuple):
    """A file in a folder.

    Attributes
    ----------
    name : str
        Its path inside the folder, for people.
    path : Path
        Where it is; links are resolved.
    signature : Signature
        Its state.
    refusal : str
        Why it is not to be read; empty where it may be.
    """

    name: str
    path: Path
    signature: Signature
    refusal: str = ""


def require_folders(folders: Sequence[Path]) -> tuple[Path, ...]:
    """Return folders without links in their paths, each once.

    Raises
    ------
    InputError
        If one is missing or is no folder.
    """
    resolved = []
    for folder in folders:
        try:
            wrong = "" if folder.is_dir() else "is no folder"
            if wrong and not folder.exists():
                wrong = "does not exist"
            resolved.append(folder.resolve())
        except (OSError, RuntimeError, ValueError) as error:  # circles of links, null bytes
            wrong = f"cannot be read ({error})"
        if wrong:
            raise InputError(f"{folder}: {wrong}; name folders that hold products")
    return tuple(dict.fromkeys(resolved))


def find_products(folders: Sequence[Path]) -> dict[Path, Found]:
    """Look for product files in folders and the folders in them.

    Hidden files, which are being written, and links to folders are passed over. A link to a file
    outside the folders, and what is no file, are found but refused.

    Parameters
    ----------
    folders : sequence of Path
        As `require_folders` returns them.

    Returns
    -------
    dict of Path to Found
        By the path under which a file stands in its folder.
    """
    found: dict[Path, Found] = {}
    for folder in folders:
        for path in _files(folder, _DEPTH):
            if len(found) >= _MOST:
                return found
            one = _found(path, folder, folders)
            if one is not None:
                found.setdefault(path, one)
    return found


def open_same(found: Found) -> int:
    """Open a file for reading; return its descriptor.

    Raises
    ------
    FileNotFoundError
        If it is gone, or is no longer the file that was found.
    """
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(found.path, flags | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise FileNotFoundError(error.strerror) from None
    if Signature.of(os.fstat(descriptor)) != found.signature:
        os.close(descriptor)
        raise FileNotFoundError("changed")
    return descriptor


def _files(folder: Path, depth: int) -> Iterator[Path]:
    """Files by name that may be products, those of a folder before those of the folders in it."""
    try:
        with os.scandir(folder) as entries:
            visible = sorted((e for e in entries if not e.name.startswith(".")), key=_name)
            inner = [entry.path for entry in visible if entry.is_dir(follow_symlinks=False)]
    except OSError:  # it was removed, or is not ours to read
        return
    for entry in visible:
        if entry.name.lower().endswith(_SUFFIX) and entry.path not in inner:
            yield Path(entry.path)
    if depth > 1:
        for path in inner:
            yield from _files(Path(path), depth - 1)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _found(path: Path, folder: Path, folders: Sequence[Path]) -> Found | None:
    """What a path is; None where nothing stands there any more."""
    name = plain_text(os.fsencode(path.relative_to(folder).as_posix()).decode(errors="replace"))
    refusal = ""
    try:
        linked = path.lstat()
        target = path.resolve(strict=True)
        status = target.stat()
    except FileNotFoundError:
        if not path.is_symlink():
            return None
        target, status, refusal = path, linked, "is a link to a file that does not exist"
    except (OSError, RuntimeError):  # a circle of links, a folder that may not be entered
        target, status, refusal = path, linked, "cannot be read"
    if not refusal and not any(target.is_relative_to(each) for each in folders):
        refusal = "is a link that leads out of the folders that are served"
    elif not refusal and not stat.S_ISREG(status.st_mode):
        refusal = "is no file"
    # What lies outside stays unknown, its size and times too.
    return Found(name, target, Signature.of(linked if refusal else status), refusal)
