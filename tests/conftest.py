"""What all tests share: one default analysis, and reproducible property tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

import nusterile
from nusterile.analysis import Analysis

# No deadline, since machines are shared; no database and a fixed seed, so that a run
# says the same everywhere. `--hypothesis-profile=search` looks for new examples.
settings.register_profile(
    "reproducible", deadline=None, derandomize=True, database=None, max_examples=60
)
settings.register_profile("search", deadline=None, database=None, max_examples=1000)
settings.load_profile("reproducible")


@pytest.fixture(scope="session")
def analysis() -> Analysis:
    """The default analysis: three experiments, five selections."""
    return nusterile.Analysis()
