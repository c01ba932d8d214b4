"""What all tests share: one default analysis, and reproducible property tests."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from bars import Measured
from hypothesis import settings

import nusterile
from nusterile.analysis import Analysis
from nusterile.experiments.experiment import builtin_experiments
from nusterile.model.configuration import Configuration

# No deadline, since machines are shared; no database and a fixed seed, so that a run
# says the same everywhere. `--hypothesis-profile=search` looks for new examples.
settings.register_profile(
    "reproducible", deadline=None, derandomize=True, database=None, max_examples=60
)
settings.register_profile("search", deadline=None, database=None, max_examples=1000)
settings.load_profile("reproducible")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take ``--fuzz`` and ``--fuzz-seed``, which ``make fuzz`` gives, and ``--measured``."""
    parser.addoption("--measured", type=Path, help="file for the largest deviations found")
    parser.addoption("--fuzz", type=int, default=200, help="damaged inputs that are tried")
    parser.addoption("--fuzz-seed", type=int, default=0, help="seed of the damage")


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Make a failure of a skip: a test that did not run has shown nothing."""
    if report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"no test may be skipped here: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let a skipped test fail."""
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let a skipped module fail."""
    report = yield
    _forbid_skip(report)
    return report


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    """The default analysis: five experiments, nine selections."""
    return nusterile.Analysis()


@pytest.fixture(scope="session")
def measured(pytestconfig: pytest.Config) -> Generator[Measured]:
    """Take deviations and compare them with their bars; see `bars`."""
    found = Measured()
    yield found
    if pytestconfig.option.measured is not None:
        found.write(pytestconfig.option.measured)


@pytest.fixture(scope="session")
def shipped() -> Analysis:
    """Every experiment that comes along, those outside the default too."""
    return nusterile.Analysis(
        Configuration.from_values({"experiments": list(builtin_experiments())})
    )
