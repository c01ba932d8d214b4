"""Figures by name: what there is, what they take, and what is refused in one line."""

from __future__ import annotations

import subprocess
import sys

import pytest

from nusterile import errors
from nusterile.errors import InputError
from nusterile.figures import FIGURES, draw, options_of


def test_each_figure_takes_a_width():
    for name in FIGURES:
        assert options_of(name)[0] == "width"


def test_an_unknown_name_is_refused_with_the_nearest(results):
    with pytest.raises(InputError, match=r"^unknown figure 'limit'; did you mean 'limits'"):
        draw("limit", results)


def test_an_option_that_a_figure_does_not_take(results):
    with pytest.raises(InputError, match=r"^figure flux takes no option 'mu'"):
        draw("flux", results, mu=1e-11)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("limits", {"flavor": "mue"}, "unknown flavor 'mue'"),
        ("limits", {"selection": "xeno"}, "unknown selection 'xeno'"),
        ("limits", {"by": "mass"}, "unknown kind of panel 'mass'"),
        ("limits", {"dof": 3}, "dof = 3: expected 1"),
        ("limits", {"cl": 0.5}, "the product holds 0.9, 0.95, 0.99"),
        ("plane", {"dof": 0}, "dof = 0: expected 1"),
        ("plane", {"bounds": ["/none"]}, "/none: is not a folder"),
        ("spectrum", {"m_4": (0.1, 0.2)}, "m_4: expected one value, not 2"),
        ("spectrum", {"mu": -1.0}, "mu = -1: expected a number"),
        ("profile", {"m_4": (1, 2, 3, 4, 5, 6)}, "at most 5 masses"),
        ("kinematics", {"m_4": (float("nan"),)}, "m_4 = nan: expected"),
        ("flux", {"m_4": (0.0,)}, "m_4 = 0: expected a number above 0"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(name, options, message, results):
    with pytest.raises(InputError, match=message) as caught:
        draw(name, results, **options)
    assert "\n" not in str(caught.value)


def test_without_matplotlib_one_line_says_what_to_install(results, monkeypatch):
    monkeypatch.setattr(errors, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"figures need matplotlib.*nusterile\[export\]"):
        draw("flux", results)


def test_matplotlib_is_imported_only_to_draw():
    code = (
        "import sys, nusterile.figures, nusterile.exports, nusterile.cli.figures;"
        "sys.exit(any(name in sys.modules for name in ('matplotlib', 'hepdata_lib')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_numbers_come_from_an_analysis_a_product_or_results(analysis, coarse_product, results):
    from_product = draw("limits", coarse_product, dof=1).data
    assert from_product.rows == draw("limits", results, dof=1).data.rows
    assert draw("flux", analysis).data.rows == draw("flux", results).data.rows
    with pytest.raises(InputError, match="not from str"):
        draw("limits", "product.nc")
