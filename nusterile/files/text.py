"""Reading text files, with errors that name the file, the line and the remedy."""

from __future__ import annotations

from pathlib import Path

from nusterile.errors import InputError

__all__ = ["read_text"]


#: Where a text holds no null byte, and how UTF-16 begins, which holds many.
_HEAD = 1024
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def read_text(path: Path, kind: str = "text") -> tuple[str, bytes]:
    """Read a UTF-8 file, with or without a byte-order mark.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What kind of file it should be, for messages.

    Returns
    -------
    text : str
    raw : bytes
        What the file holds, for its checksum.

    Raises
    ------
    InputError
        If the file cannot be read, is binary or is not UTF-8.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:  # a null byte in the name
        raise InputError(f"{path}: cannot be read ({error})") from None
    if b"\0" in raw[:_HEAD] and not raw.startswith(_UTF_16):
        raise InputError(f"{path}: is no {kind} file, it holds binary data")
    try:
        return raw.decode("utf-8-sig"), raw
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: is not UTF-8; save the file as UTF-8") from None
