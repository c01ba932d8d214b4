"""Rows as text, CSV and JSON: what is missing or infinite, units, columns."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from nusterile.errors import InputError
from nusterile.files.listing import Listing

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
