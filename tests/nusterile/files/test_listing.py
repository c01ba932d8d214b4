"""Rows as text, CSV and JSON: what is missing or infinite, units, columns."""

from __future__ import annotations

import csv
import json
import math

import numpy as np
import pytest

from nusterile.errors import InputError
from nusterile.files.listing import Listing, comments, without_guard

LISTING = Listing.of(
    ["name", "m_4", "n"],
    [("a", np.float64(0.123456789), 1), ("long", math.nan, np.int64(20)), ("c", math.inf, 3)],
    {"m_4": "MeV"},
)


def test_text_is_aligned_with_units_and_five_digits():
    assert LISTING.render("text").split("\n") == [
        "name  m_4 [MeV]   n",
        "a       0.12346   1",
        "long          -  20",
        "c             -   3",
    ]


def test_csv_keeps_every_digit_and_leaves_out_what_is_missing():
    assert LISTING.render("csv") == "name,m_4,n\na,0.123456789,1\nlong,,20\nc,inf,3"


def test_json_names_a_unit_of_every_column():
    assert json.loads(LISTING.render("json")) == {
        "columns": ["name", "m_4", "n"],
        "units": {"name": "1", "m_4": "MeV", "n": "1"},
        "rows": [["a", 0.123456789, 1], ["long", None, 20], ["c", None, 3]],
    }


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match="unknown format 'jsn'; did you mean 'json'"):
        LISTING.render("jsn")
    with pytest.raises(InputError, match="no column 'm4'; did you mean 'm_4'"):
        LISTING.column("m4")


@pytest.mark.parametrize("text", ["=1+1", "+a", "-a", "@a", "'=a", "''@a", "-1.2e3x", "=-1"])
def test_text_that_looks_like_a_formula_is_guarded(text):
    listing = Listing.of(["=head", "n"], [(text, -1.2)])
    header, row = csv.reader(listing.render("csv").splitlines())
    assert header == ["'=head", "n"]
    assert row == [f"'{text}", "-1.2"]
    assert without_guard(row[0]) == text


@pytest.mark.parametrize("text", ["-1.2", "+3e-4", "'t Hooft", "a=b", "", "-inf"])
def test_other_text_and_numbers_stay(text):
    assert Listing.of(["a"], [(text,), (-1.2,)]).render("csv") in (
        f"a\n{text}\n-1.2",
        f'a\n"{text}"\n-1.2',
    )
    assert without_guard(text) == text


def test_comments_hold_no_formula_in_any_cell():
    text = comments({"title": 'a,=1,"=2"; @b, -c, -3 keV = x', "units": "m_4 = MeV; mu = 1"})
    assert text == ("# title: a,'=1,'\"=2\"; '@b, '-c, -3 keV = x\n# units: m_4 = MeV; mu = 1\n")
