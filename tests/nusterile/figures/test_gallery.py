"""The gallery of the documentation shows every figure, small enough for the repository."""

from __future__ import annotations

import re

from nusterile.figures import FIGURES


def test_the_gallery_shows_what_there_is(pytestconfig):
    docs = pytestconfig.rootpath / "docs"
    text = (docs / "gallery.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\w+)$", text, re.MULTILINE) == list(FIGURES)
    for target in re.findall(r"\]\((figures/[^)]+)\)", text):
        assert (docs / target).is_file(), f"{target} is not there; run make figures"
    for name in FIGURES:
        assert f"(figures/{name}.png)" in text


def test_the_pictures_are_small(pytestconfig):
    files = list((pytestconfig.rootpath / "docs" / "figures").iterdir())
    assert sum(path.stat().st_size for path in files) < 2_000_000
    assert all(path.stat().st_size < 150_000 for path in files if path.suffix == ".png")
