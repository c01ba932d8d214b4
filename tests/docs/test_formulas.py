"""Formulas of the pages become MathML; what the converter does not know is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from math_core import LatexError
from mathml import mathml

DOCS = Path(__file__).parents[2] / "docs"
CODE = re.compile(r"^```.*?^```|`[^`]*`", re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$", re.DOTALL)
PAGES = sorted(DOCS.rglob("*.md"))


def formulas_of(page: Path) -> list[tuple[str, bool]]:
    """Return the formulas of a page, and whether each stands by itself."""
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    return [(found[1] or found[2], bool(found[1])) for found in FORMULA.finditer(text)]


def test_every_formula_is_converted():
    found = [(formula, display) for page in PAGES for formula, display in formulas_of(page)]
    assert sum(display for _, display in found) > 10
    for formula, display in found:
        element = mathml(formula, display=display)
        assert element.startswith('<math display="block">' if display else "<math>")


def test_what_is_not_known_is_refused():
    with pytest.raises(LatexError, match="Unknown command"):
        mathml(r"\sqrt{2} + \notacommand", display=False)


def test_no_formula_is_set_as_code():
    """Blocks of code are commands, files and Python; formulas are none of these."""
    for page in ("physics", "meaning", "toys", "validation"):
        text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
        assert not re.findall(r"^    .*[=≥].*$", text, re.MULTILINE), page
