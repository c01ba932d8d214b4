"""Links of the pages that are read outside the site lead to files that are there.

Those inside the site, headings among them, are checked when it is built.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from bars import BARS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_links_lead_somewhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", text):
        assert (ROOT / target).is_file(), f"{name}: {target}"


def test_the_readme_is_short_and_leads_to_the_documentation():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 120
    assert {"docs/tutorial.md", "docs/referee.md"} <= set(re.findall(r"\]\(([^)]+)\)", text))


def test_the_figures_of_accuracy_are_below_their_bars():
    path = ROOT / "docs" / "measured" / "accuracy.csv"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [row["what"] for row in rows] == [bar.what for bar in BARS.values()]
    for row in rows:
        assert float(row["largest deviation"].split()[0]) < float(row["bar"])
