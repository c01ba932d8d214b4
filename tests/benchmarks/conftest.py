"""Benchmarks print what they measure, ratios to a baseline of the same run where there is one.

With ``--measured FILE.csv`` the rows of what ran are put into that table, which the documentation
shows; those of what did not run stay. Machines differ, so each row says on which one, and how busy
it was.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from datetime import UTC, datetime

import psutil
import pytest
from measured_tables import KEY, update

_ROWS: list[dict[str, str]] = []
_LINES: list[str] = []


@pytest.fixture(scope="session")
def report() -> Callable[[str], None]:
    """Add a line to the summary at the end of the run."""
    return _LINES.append


@pytest.fixture(scope="session")
def figure() -> Callable[..., None]:
    """Take a figure: its key, what it is, what was measured, and baseline, ratio and bar."""

    def take(
        key: str, what: str, measured: str, *, baseline: str = "", ratio: str = "", bar: str = ""
    ) -> None:
        load = psutil.getloadavg()[0]
        _ROWS.append(
            {
                KEY: key,
                "what": what,
                "measured": measured,
                "baseline": baseline,
                "times slower": ratio,
                "bar": bar,
                "on": (
                    f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores at a load of "
                    f"{load:.1f}, Python {platform.python_version()}"
                ),
            }
        )
        against = f"; {baseline} {ratio} times slower" if ratio else ""
        _LINES.append(f"{what}: {measured}{against}" + (f" (bar: {bar})" if bar else ""))

    return take


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _LINES:
        terminalreporter.section("measured")
        for line in _LINES:
            terminalreporter.write_line(line)
    path = terminalreporter.config.option.measured
    if path is not None and _ROWS:
        update(path, _ROWS)
