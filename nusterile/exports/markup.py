"""Cells and rows of tables in Markdown and LaTeX."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["markdown_text", "piped", "tex_escaped", "tex_number", "tex_row"]


def markdown_text(text: str) -> str:
    """Return text from a file, so that no sign in it is taken for markup."""
    return re.sub(r"([\\|<>\[\]*`])", r"\\\1", text)


def piped(cells: Iterable[str]) -> str:
    """Return a row of a table in Markdown."""
    return "| " + " | ".join(cells) + " |"


def tex_row(cells: Sequence[str]) -> str:
    """Return a row of a table in LaTeX."""
    return " & ".join(cells) + r" \\"


def tex_number(text: str) -> str:
    """Return a number with a power of ten as LaTeX writes it."""
    mantissa, _, exponent = text.partition("e")
    return rf"{mantissa}\times 10^{{{int(exponent)}}}" if exponent else mantissa


def tex_escaped(text: str) -> str:
    """Return text from a file, so that no sign in it is taken for a command."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {"<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}"}
    return re.sub(r"[\\&%$#_{}~^<>|]", lambda m: special.get(m[0], "\\" + m[0]), text)
