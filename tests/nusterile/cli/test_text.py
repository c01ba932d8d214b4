"""Text made safe to print."""

from __future__ import annotations

import pytest

from nusterile.cli.text import plain_text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("μ_B, 90 % CL", "μ_B, 90 % CL"),
        ("two\n lines\tand more ", "two lines and more"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("back\b\bspace\x07", r"back\x08\x08space\x07"),
        ("a\u202eb\u200bc", r"a\u202eb\u200bc"),
        ("caf\udce9", r"caf\udce9"),
        ("", ""),
    ],
)
def test_control_characters_are_made_visible(text, plain):
    assert plain_text(text) == plain
