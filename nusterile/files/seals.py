"""Seals: the last bytes of a file, by which a reader knows that it is whole.

A library that reads damaged bytes may search in them for ever or end the process. A sealed file
is checked before any library sees it. HDF5, and what reads netCDF with it, ignores bytes after
the end that its file names, and cuts them off when it changes the file, seal and all.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import IO, Literal

__all__ = ["is_cut_seal", "seal", "seal_state", "sealed", "state_of_file"]

#: Length and SHA-256 of all bytes before it: finds what disks, copies and other programs do; no
#: defence against intent.
_SEAL = "\nnusterile seal: {length:016x} bytes, sha256 {digest}\n"
_PATTERN = re.compile(rb"\nnusterile seal: ([0-9a-f]{16}) bytes, sha256 ([0-9a-f]{64})\n")
#: Bytes of a file that are read at once.
_PART = 2**24
_SIZE = len(_SEAL.format(length=0, digest="0" * 64))


def sealed(content: bytes | memoryview) -> bytes:
    r"""Return bytes with their seal behind them.

    Examples
    --------
    >>> sealed(b"limit")[:52]
    b'limit\nnusterile seal: 0000000000000005 bytes, sha256'
    """
    return b"".join((content, _seal(len(content), hashlib.sha256(content).hexdigest())))


def seal(file: IO[bytes]) -> None:
    """Write the seal of all bytes of a file behind them; they are read part by part."""
    length = file.seek(0, os.SEEK_END)
    file.write(_seal(length, _digest(file, length)))


def state_of_file(file: IO[bytes]) -> Literal["whole", "broken", "none"]:
    """Say the same of a file as `seal_state` of bytes; it is read part by part."""
    length = file.seek(0, os.SEEK_END) - _SIZE
    file.seek(max(length, 0))
    match = _PATTERN.fullmatch(file.read())
    if match is None:
        return "none"
    whole = int(match[1], 16) == length and match[2].decode("ascii") == _digest(file, length)
    return "whole" if whole else "broken"


def _seal(length: int, digest: str) -> bytes:
    return _SEAL.format(length=length, digest=digest).encode("ascii")


def _digest(file: IO[bytes], length: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)
    while length > 0:
        part = file.read(min(_PART, length))
        if not part:
            break
        digest.update(part)
        length -= len(part)
    return digest.hexdigest()


def seal_state(content: bytes) -> Literal["whole", "broken", "none"]:
    """Say whether bytes are what their seal says; ``none`` where they have none.

    Examples
    --------
    >>> seal_state(sealed(b"limit")), seal_state(sealed(b"limit").replace(b"i", b"o", 1))
    ('whole', 'broken')
    >>> seal_state(b"limit")
    'none'
    """
    match = _PATTERN.fullmatch(content[-_SIZE:])
    if match is None:
        return "none"
    rest = memoryview(content)[:-_SIZE]
    said = int(match[1], 16), match[2].decode("ascii")
    return "whole" if (len(rest), hashlib.sha256(rest).hexdigest()) == said else "broken"


def is_cut_seal(end: bytes) -> bool:
    """Whether bytes are the beginning of a seal, and not all of it.

    Examples
    --------
    >>> is_cut_seal(sealed(b"limit")[5:40]), is_cut_seal(b"")
    (True, False)
    """
    head = _SEAL[: _SEAL.index("{")].encode("ascii")[: len(end)]
    return 0 < len(end) < _SIZE and end.startswith(head)
