"""Writing files so that nobody ever sees half of one.

A file is written to a hidden sibling, its part (``.<name>.<pid>-….part``), and moved into
place. What a killed writer leaves, a later one of the same file removes.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from nusterile.errors import InputError, NusterileError

__all__ = [
    "keep_elsewhere",
    "make_folder",
    "part_of",
    "reason_of",
    "remedy_of",
    "remove_unfinished",
    "replaced",
    "target_for",
    "target_of",
    "write_file",
]

#: Age after which a part whose writer is gone counts as left behind, seconds: a writer on
#: another host, whose process is unknown here, may still be at it.
_STALE_SECONDS = 600.0
#: Parts that are being written, or were left by a thread that may still be at it.
_UNFINISHED: set[Path] = set()


def write_file(path: Path, content: str | bytes) -> None:
    """Write a file: to a sibling, then moved into place.

    Parameters
    ----------
    path : Path
        Target, in a folder that exists. What a link leads to is written, the link stays.
    content : str or bytes
        Text is written as UTF-8 with line ends as they are.

    Raises
    ------
    InputError
        If the file cannot be written; the target is then as it was.
    """
    try:
        with replaced(target_for(path)) as part:
            part.write_bytes(content.encode() if isinstance(content, str) else content)
    except (OSError, UnicodeEncodeError) as error:
        raise InputError(
            f"{path}: cannot be written ({reason_of(error)}); nothing was changed{remedy_of(error)}"
        ) from None


@contextlib.contextmanager
def replaced(target: Path) -> Iterator[Path]:
    """Lend the part of a file, which is moved into place where the block ends well.

    Parameters
    ----------
    target : Path
        The file itself, see `target_for`.

    Yields
    ------
    Path
        The part, to be written by the block. It is on the disk before it is moved, and
        gone where anything fails; the target is then as it was.
    """
    remove_stale_parts(target)
    part = part_of(target)
    _UNFINISHED.add(part)
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
        _UNFINISHED.discard(part)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()


def remove_unfinished() -> None:
    """Remove the parts of files that were not finished, at the very end of a process.

    A thread that an interrupt left to itself may have made one anew.
    """
    for part in _UNFINISHED:
        with contextlib.suppress(OSError):
            part.unlink()


def target_for(path: Path, refused: type[NusterileError] = InputError) -> Path:
    """Return the file that is written for a path: what a link leads to, in a folder that exists.

    Parameters
    ----------
    path : Path
        Path that a user gave.
    refused : type of NusterileError
        Error for a folder, or a file in a folder that does not exist.

    Raises
    ------
    OSError
        If links lead in a circle.
    """
    target = target_of(path)
    if target.is_dir():
        raise refused(f"{path}: is a folder; name a file in it")
    if not target.parent.is_dir():
        raise refused(f"{path}: the folder {target.parent} does not exist; make it first")
    return target


def target_of(path: Path) -> Path:
    """Return what a path leads to where it is a link; otherwise the path itself.

    Raises
    ------
    OSError
        If links lead in a circle.
    UnicodeEncodeError
        If this system has no way to write the name.
    """
    os.fsencode(path)  # otherwise the file would only seem to be missing
    if not path.is_symlink():
        return path
    target = Path(os.path.realpath(path))
    if target.is_symlink():
        raise OSError(errno.ELOOP, "a link that leads in a circle")
    return target


def part_of(target: Path) -> Path:
    """Return a hidden sibling of a file that nobody else writes to."""
    return target.with_name(f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}.part")


def remove_stale_parts(target: Path) -> None:
    """Remove what killed writers of a file left behind.

    A part goes once its process is gone and ten minutes have passed.
    """
    pattern = re.compile(rf"\.{re.escape(target.name)}\.(\d+)-[0-9a-f]+\.part")
    with contextlib.suppress(OSError):  # a folder that cannot be listed
        for part in target.parent.iterdir():
            match = pattern.fullmatch(part.name)
            if match is None or _is_running(int(match[1])):
                continue
            with contextlib.suppress(OSError):
                if time.time() - part.stat().st_mtime > _STALE_SECONDS:
                    part.unlink()


def keep_elsewhere(target: Path, content: bytes) -> Path | None:
    """Save bytes that could not be put in their place and that nobody has a second time.

    Parameters
    ----------
    target : Path
        Where they should have gone.
    content : bytes
        All of the file.

    Returns
    -------
    Path or None
        The file beside the target or in the folder for temporary files; None where neither can
        be written.
    """
    name = f"{target.stem}-{secrets.token_hex(4)}{target.suffix}"
    for folder in (target.parent, Path(tempfile.gettempdir())):
        with contextlib.suppress(OSError, UnicodeEncodeError):
            with replaced(folder / name) as part:
                part.write_bytes(content)
            return folder / name
    return None


def reason_of(error: OSError | UnicodeEncodeError) -> str:
    """Say what is wrong with a file, as the system does."""
    if isinstance(error, UnicodeEncodeError):
        return f"its name has letters that the encoding of this system, {error.encoding}, lacks"
    return error.strerror or str(error)


def remedy_of(error: OSError | UnicodeEncodeError) -> str:
    """Say what helps against what is wrong with a name; nothing otherwise."""
    if isinstance(error, UnicodeEncodeError):
        return "; give another name, or set LC_ALL=C.UTF-8"
    remedies = {errno.ENAMETOOLONG: "; give a shorter name", errno.ELOOP: "; name another file"}
    return remedies.get(error.errno or 0, "")


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


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
