"""On which line of a TOML text a key stands."""

from __future__ import annotations

import pytest

from nusterile.files.positions import line_of_key

PLAIN = """\
# experiments = 1
experiments = ["a",
    # the second
    "b",
    ["c"]]
caveats = '''
[solar]
sigma = 9
'''
notes = \"\"\" one \\
  [solar]
  [[components]]
\"\"\"
oscillation.sin2_theta_12 = 0.3
oscillation."delta m2".'21' = 1

[solar] # sigma = 1
  sigma = 0.07

[ grids . "m_4" ]
low = 1e-3
high.of.all = 3
scale = { a = [1,
  2], b.c = "sigma = 1", 'd' = { e = 1 } }

[[components]]
name = "first"
lines = [
  [1.0, 2.0],
  [3.0,
   4.0] ]

[[components]]
"na\\u006de" = "second"

[components.limits]
low = 1

[[components.parts]]
size = 1
[[components.parts]]
size = 2
[components.parts.deep]
size = 3

[[components]]
[[components.parts]]
size = 4
"""

#: Keys, and the line that a message should name.
PLACES = {
    ("experiments",): 2,
    ("experiments", 1): 4,
    ("experiments", 2, 0): 5,
    ("caveats",): 6,
    ("notes",): 10,
    ("oscillation",): 14,
    ("oscillation", "sin2_theta_12"): 14,
    ("oscillation", "delta m2", "21"): 15,
    ("solar",): 17,
    ("solar", "sigma"): 18,
    ("solar", "model"): 17,
    ("grids",): 20,
    ("grids", "m_4", "low"): 21,
    ("grids", "m_4", "high", "of", "all"): 22,
    ("grids", "m_4", "high", "of", "none"): 22,
    ("grids", "m_4", "scale", "a", 0): 23,
    ("grids", "m_4", "scale", "a", 1): 24,
    ("grids", "m_4", "scale", "b", "c"): 24,
    ("grids", "m_4", "scale", "d", "e"): 24,
    ("components",): 26,
    ("components", 0, "name"): 27,
    ("components", 0, "lines", 1): 30,
    ("components", 0, "lines", 1, 1): 31,
    ("components", 1): 33,
    ("components", 1, "name"): 34,
    ("components", 1, "limits", "low"): 37,
    ("components", 1, "parts", 0, "size"): 40,
    ("components", 1, "parts", 1, "size"): 42,
    ("components", 1, "parts", 1, "deep", "size"): 44,
    ("components", 2): 46,
    ("components", 2, "parts", 0, "size"): 48,
    ("components", 2, "parts", 1, "size"): 47,
}


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("location", PLACES, ids=lambda keys: ".".join(map(str, keys)))
def test_line_of_a_key(location, ending):
    assert line_of_key(PLAIN.replace("\n", ending), location) == PLACES[location]


@pytest.mark.parametrize("location", [(), ("nothing",), ("nothing", 1)])
def test_none_for_what_the_whole_text_would_hold(location):
    assert line_of_key(PLAIN, location) is None


def test_signs_that_end_a_line_elsewhere_do_not_count():
    text = "a = 'x\u2028y'  # \u0085\nb = 'é'\nc = 1"
    assert line_of_key(text, ("c",)) == 3
