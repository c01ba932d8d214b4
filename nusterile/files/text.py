"""Reading text files, with errors that name the file, the line and the remedy.

Text from a file may go to a terminal, where control characters are commands. What reads a
file refuses them or makes them visible, and what prints makes those visible that are left.
"""

from __future__ import annotations

import stat
import unicodedata
from pathlib import Path

from nusterile.errors import InputError

__all__ = [
    "LARGEST_TEXT",
    "hidden_character",
    "plain_text",
    "read_text",
    "require_inside",
    "visible_text",
]

#: Most bytes of a file of text, far above a description by hand.
LARGEST_TEXT = 2**20

#: Where a text holds no null byte, and how UTF-16 begins, which holds many.
_HEAD = 1024
#: Where the system keeps what a process was given.
_STREAMS = (("/", "dev"), ("/", "proc"))
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
#: Categories of characters that nobody sees but that act: control, format (which turns the
#: direction of writing), halves of pairs, separators of lines.
_HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_LAYOUT = "\n\t"


def hidden_character(text: str) -> str:
    r"""Return the first character of a text that acts without being seen; empty for none.

    Line ends and tabs are none.

    Examples
    --------
    >>> hidden_character("a\x1b[31m"), hidden_character("two\nlines")
    ('\x1b', '')
    """
    return next(filter(_is_hidden, text.replace("\r\n", "\n")), "")


def visible_text(text: str) -> str:
    r"""Return a text with characters that act without being seen made visible.

    Examples
    --------
    >>> print(visible_text("one\n line \x1b[31m"))
    one
     line \x1b[31m
    """
    return "".join(repr(c)[1:-1] if _is_hidden(c) else c for c in text)


def plain_text(text: str) -> str:
    r"""Return a text on one line, with characters that are not printable made visible.

    Examples
    --------
    >>> print(plain_text("one\n line \x1b[31m"))
    one line \x1b[31m
    """
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)


def _is_hidden(character: str) -> bool:
    return character not in _LAYOUT and unicodedata.category(character) in _HIDDEN


def read_text(
    path: Path, kind: str = "text", largest: int = LARGEST_TEXT, *, streams: bool = False
) -> tuple[str, bytes]:
    """Read a UTF-8 file, with or without a byte-order mark.

    Only a regular file is read: a device or a pipe may never end.

    Parameters
    ----------
    path : Path
        The file.
    kind : str
        What kind of file it should be, for messages.
    largest : int
        Most bytes that it may hold.
    streams : bool
        Whether a pipe that this process was given, such as ``/dev/stdin``, is read too.

    Returns
    -------
    text : str
    raw : bytes
        What the file holds, for its checksum.

    Raises
    ------
    InputError
        If the file cannot be read, is too large, is binary or is not UTF-8.
    """
    try:
        mode = path.stat().st_mode
        given = streams and stat.S_ISFIFO(mode) and path.parts[:2] in _STREAMS
        endless = not (stat.S_ISREG(mode) or stat.S_ISDIR(mode) or given)
        raw = b"" if endless else _beginning(path, largest + 1)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror or error})") from None
    except ValueError as error:  # a null byte in the name
        raise InputError(f"{path}: cannot be read ({error})") from None
    if endless:
        raise InputError(f"{path}: is a device or a pipe; expected a {kind} file")
    if len(raw) > largest:
        raise InputError(
            f"{path}: holds more than {largest / 2**20:g} MiB, too much for a {kind} file here"
        )
    if b"\0" in raw[:_HEAD] and not raw.startswith(_UTF_16):
        raise InputError(f"{path}: is no {kind} file, it holds binary data")
    try:
        return raw.decode("utf-8-sig"), raw
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: is not UTF-8; save the file as UTF-8") from None


def _beginning(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def require_inside(path: Path, folder: Path) -> None:
    """Raise InputError where a file lies outside a folder, also by way of a link."""
    try:
        inside = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # a circle of links, a null byte
        raise InputError(f"{path}: cannot be read ({error})") from None
    if not inside:
        raise InputError(f"{path}: lies outside {folder}; put the file itself into the folder")
