"""Writing files so that nobody ever sees half of one."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from nusterile.errors import InputError

__all__ = ["make_folder", "write_file"]


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file: to a sibling, then moved into place.

    Parameters
    ----------
    path : Path
        Target, in a folder that exists.
    content : str or bytes
        Text is written as UTF-8 with line ends as they are.

    Raises
    ------
    InputError
        If the file cannot be written; the target is then as it was.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder; name a file in it")
        if not path.parent.is_dir():
            raise InputError(f"{path}: the folder {path.parent} does not exist; make it first")
        part.write_bytes(content.encode() if isinstance(content, str) else content)
        part.replace(path)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be written ({error.strerror or error}); nothing was changed"
        ) from None
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def make_folder(path: Path) -> None:
    """Make a folder, and those above it, where they are not there yet.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{path}: cannot be made a folder ({error.strerror or error}); name another one"
        ) from None
