"""Text from files and errors, made safe to print."""

from __future__ import annotations

__all__ = ["plain_text"]


def plain_text(text: str) -> str:
    r"""Return a text on one line, with control characters made visible.

    Examples
    --------
    >>> print(plain_text("one\n line \x1b[31m"))
    one line \x1b[31m
    """
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)
