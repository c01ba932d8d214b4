"""Benchmarks print ratios against a baseline measured in the same run, since machines differ."""

from __future__ import annotations

from collections.abc import Callable

import pytest

_LINES: list[str] = []


@pytest.fixture(scope="session")
def report() -> Callable[[str], None]:
    """Add a line to the summary at the end of the run."""
    return _LINES.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _LINES:
        terminalreporter.section("ratios")
        for line in _LINES:
            terminalreporter.write_line(line)
