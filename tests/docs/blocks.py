"""The blocks of code of a page, in its order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

#: Comment before a block that cannot run in a test; it says why.
_NOT_RUN = re.compile(r"<!-- not run: (\S.*) -->")
_FENCE = re.compile(r"^```+(.*)$")
_COMMAND = re.compile(r"^    (?:\.venv/bin/)?(nusterile .*)$")


class Block(NamedTuple):
    """A block: where it begins, its language, its file where it is one, why it is not run."""

    line: int
    language: str
    text: str
    file: str
    excuse: str


def blocks_of(page: Path) -> Iterator[Block]:
    """Read the blocks of a page, fenced ones and indented commands."""
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        line, start = lines[number], number
        number += 1
        if fence := _FENCE.match(line):
            content = []
            while not lines[number].startswith("```"):
                content.append(lines[number])
                number += 1
            number += 1
            yield _fenced(fence[1].strip(), content, start, lines[start - 1] if start else "")
        elif command := _COMMAND.match(line):
            excuse = _NOT_RUN.fullmatch(_before(lines, start))
            yield Block(start + 1, "console", f"$ {command[1]}", "", excuse[1] if excuse else "")


def _before(lines: list[str], start: int) -> str:
    """Return the last line before an indented block that is neither empty nor of it."""
    while start and (not lines[start].strip() or lines[start].startswith("    ")):
        start -= 1
    return lines[start]


def _fenced(info: str, content: list[str], start: int, before: str) -> Block:
    file = ""
    if info.startswith("{code-block}"):
        info = info.removeprefix("{code-block}").strip()
        while content and (option := re.match(r":(\w+): (.*)$", content[0])):
            file = option[2] if option[1] == "caption" else file
            content = content[1:]
        content = content[1:] if content and not content[0] else content
    excuse = _NOT_RUN.fullmatch(before.strip())
    text = "\n".join(content) + "\n"
    return Block(start + 1, info, text, file, excuse[1] if excuse else "")
