"""What has been computed, kept on disk until it is written: a run that was killed goes on.

The file begins with one line of JSON, which says what the results belong to. Each result follows
as one line of JSON (its key, its size, a checksum) and the array itself, in NumPy's own format.
A record that was cut short, and all behind it, is dropped.
"""

from __future__ import annotations

import io
import json
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from nusterile.errors import InputError
from nusterile.files.writing import reason_of

try:
    import fcntl
except ImportError:  # Windows, where a second writer is kept out by the first one's handle
    fcntl = None  # type: ignore[assignment]

__all__ = ["Checkpoint", "checkpoint_of", "opened"]

#: Longest line of JSON that is read, bytes.
_LONGEST = 2**24


def checkpoint_of(target: Path) -> Path:
    """Return the file that keeps what has been computed of a product."""
    return target.with_name(f".{target.name}.progress")


class Checkpoint:
    """Results by key, in a file that only grows.

    Parameters
    ----------
    path : Path
        The file.
    file : file object
        The same, open to be read and written, with its first line read.
    """

    def __init__(self, path: Path, file: IO[bytes]) -> None:
        self._path = path
        self._file = file
        #: Where each result lies in the file.
        self._places: dict[tuple[int, ...], tuple[int, int]] = {}
        end = file.tell()
        for key, place, size in _records(file):
            self._places[key] = place, size
            end = place + size
        file.truncate(end)

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, key: tuple[int, ...]) -> NDArray[Any]:
        place, size = self._places[key]
        self._file.seek(place)
        return np.asarray(np.load(io.BytesIO(self._file.read(size)), allow_pickle=False))

    def __setitem__(self, key: tuple[int, ...], result: NDArray[Any]) -> None:
        """Keep a result, see `keep`."""
        self.keep({key: result})

    def keep(self, results: Mapping[Any, NDArray[Any]]) -> None:
        """Keep results by key, a tuple of int; they are on the disk when this returns.

        Raises
        ------
        InputError
            If they cannot be written; what was kept before stays.
        """
        start = end = self._file.seek(0, os.SEEK_END)
        content, places = [], {}
        for key, result in results.items():
            buffer = io.BytesIO()
            np.save(buffer, result, allow_pickle=False)
            array = buffer.getvalue()
            line = {"key": key, "size": len(array), "checksum": _checksum(key, array)}
            head = json.dumps(line).encode() + b"\n"
            places[key] = end + len(head), len(array)
            end += len(head) + len(array)
            content += [head, array]
        try:
            _write(self._file.fileno(), b"".join(content))
        except OSError as error:
            os.ftruncate(self._file.fileno(), start)
            raise InputError(
                f"{self._path}: what is computed cannot be kept ({reason_of(error)}); make room, "
                "and the same command goes on from here"
            ) from None
        self._places |= places

    def remove(self) -> None:
        """Remove the file: what it kept has been written."""
        self._path.unlink(missing_ok=True)


@contextmanager
def opened(path: Path, identity: Mapping[str, Any]) -> Iterator[Checkpoint]:
    """Open a checkpoint, or begin one.

    Parameters
    ----------
    path : Path
        The file, see `checkpoint_of`.
    identity : mapping of str to object
        Everything that the results depend on, as plain values.

    Yields
    ------
    Checkpoint

    Raises
    ------
    InputError
        If the file belongs to something else, another process is writing to it, or it cannot be
        used.
    """
    line = json.dumps(dict(identity), sort_keys=True).encode() + b"\n"
    try:
        # Not "a", which could not be cut; not "w", which would empty what another one writes.
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), "r+b")
    except OSError as error:
        raise InputError(f"{path}: cannot be used ({reason_of(error)})") from None
    with file:
        _lock(file, path)
        found = file.readline(_LONGEST)
        # New, or killed before anything was computed.
        if found != line and next(_records(file), None) is None:
            file.seek(0)
            file.truncate()
            try:
                _write(file.fileno(), line)
            except OSError as error:
                raise InputError(f"{path}: cannot be written ({reason_of(error)})") from None
            file.seek(len(line))
        elif found != line:
            raise InputError(
                f"{path}: keeps what another run had computed, which differs in "
                f"{_difference(found, dict(identity))}; finish that run, or remove the file"
            )
        kept = Checkpoint(path, file)
        try:
            yield kept
        finally:
            if not kept:
                kept.remove()


def _write(descriptor: int, content: bytes) -> None:
    """Write past any buffer, which would try again when the file is closed, onto the disk."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fsync(descriptor)


def _records(file: IO[bytes]) -> Iterator[tuple[tuple[int, ...], int, int]]:
    """Keys, places and sizes of the records that are whole."""
    while True:
        line = file.readline(_LONGEST)
        try:
            record = json.loads(line)
            key, size = tuple(map(int, record["key"])), int(record["size"])
            checksum = int(record["checksum"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return
        place = file.tell()
        content = file.read(max(size, 0))
        if len(content) != size or _checksum(key, content) != checksum:
            return
        yield key, place, size


def _checksum(key: Iterable[int], array: bytes) -> int:
    """Checksum of a result and of what it is the result of."""
    return zlib.crc32(array, zlib.crc32(json.dumps([int(part) for part in key]).encode()))


def _difference(found: bytes, wanted: dict[str, Any]) -> str:
    try:
        other = json.loads(found)
        names = sorted(
            name
            for name in {*other, *wanted}
            if json.dumps(other.get(name)) != json.dumps(wanted.get(name))
        )
    except (ValueError, TypeError, RecursionError):
        return "format"
    return ", ".join(names) or "format"


def _lock(file: IO[bytes], path: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(
            f"{path}: another process is computing the same product; wait for it, or name another "
            "file with -o"
        ) from None
    except OSError:  # a file system without locks
        return
