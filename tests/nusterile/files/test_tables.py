"""Reading CSV tables."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nusterile.errors import InputError
from nusterile.files.tables import read_table


def table(tmp_path, content, **options):
    path = tmp_path / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, ["x", "y"], **options)


def test_columns_in_any_order_with_comments_and_spaces(tmp_path):
    content = "# source\n\n name , y , x \n # more\n a, 1e-3 , 2\nb,.5,3\n"
    found = table(tmp_path, content, text=["name"])
    assert found["x"].tolist() == [2.0, 3.0]
    assert found["y"].tolist() == [1e-3, 0.5]
    assert found["x"].dtype == np.float64
    assert found.text["name"] == ["a", "b"]
    assert found.lines == (5, 6)
    assert found.sha256 == hashlib.sha256(content.encode()).hexdigest()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(tmp_path, end):
    found = table(tmp_path, end.join(["# c", "x,y", "1,2", "3,4", ""]))
    assert found["y"].tolist() == [2.0, 4.0]
    assert found.lines == (3, 4)


def test_only_line_ends_end_a_line(tmp_path):
    found = table(tmp_path, "# Prof. A\u2028 and\x0cB\nx,y\n1,2\n")
    assert found.lines == (3,)


def test_spreadsheet_byte_order_mark_is_no_part_of_the_first_column(tmp_path):
    assert table(tmp_path, b"\xef\xbb\xbfx,y\n1,2\n")["x"].tolist() == [1.0]


#: Defects: content, line named, what the message says.
DEFECTS = {
    "empty": ("", None, "is empty; expected a header line x,y"),
    "only comments": ("# a\n# b\n", None, "is empty"),
    "header alone": ("x,y\n", None, "is empty"),
    "missing column": ("x,z\n1,2\n", 1, "the header has x, z; expected x, y, separated by commas"),
    "misspelt column": (
        "x,yy\n1,2\n",
        1,
        "the header has x, yy; expected x, y, separated by commas",
    ),
    "column twice": ("x,y,x\n1,2,3\n", 1, "column 'x' is there twice"),
    "wrong separator": ("x;y\n1;2\n", 1, "the header has x;y; expected x, y, separated by commas"),
    "text cell": ("# a\nx,y\n1,2\n3,many\n", 4, "column 'y' holds 'many'; expected a finite"),
    "empty cell": ("x,y\n1,\n", 2, "column 'y' holds ''"),
    "NaN": ("x,y\nnan,1\n", 2, "column 'x' holds 'nan'"),
    "infinity": ("x,y\n1,-inf\n", 2, "column 'y' holds '-inf'"),
    "overflow": ("x,y\n1,1e999\n", 2, "column 'y' holds '1e999'"),
    "grouped digits": ("x,y\n1,1_000\n", 2, "column 'y' holds '1_000'"),
    "decimal comma": ("x,y\n1,5,2,5\n", 2, "has 4 cells, the header has 2"),
    "too few cells": ("x,y\n1,2\n3\n", 3, "has 1 cells, the header has 2"),
    "not UTF-8": (b"x,y\n1,2\n3,\xb5\n", 3, "is not UTF-8"),
    "UTF-16": ("x,y\n1,2\n".encode("utf-16"), 1, "is not UTF-8"),
    "endless cell": ("x,y\n1," + "9" * 200_000, 2, "is not CSV"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_defect_is_named_with_file_and_line(tmp_path, defect):
    content, line, message = DEFECTS[defect]
    with pytest.raises(InputError) as error:
        table(tmp_path, content)
    where = f"{tmp_path / 'table.csv'}" + (f", line {line}: " if line else ": ")
    assert str(error.value).startswith(where)
    assert message in str(error.value)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize(
    ("x", "strict", "row"),
    [([1, 3, 2], True, 2), ([1, 1], True, 1), ([1, 1, 0], False, 2)],
)
def test_column_that_does_not_increase_is_refused_at_its_line(tmp_path, x, strict, row):
    found = table(tmp_path, "x,y\n" + "".join(f"{v},0\n" for v in x))
    with pytest.raises(InputError, match=f"line {row + 2}: column 'x' does not increase"):
        found.require_increasing("x", strict=strict)


def test_increasing_column_is_taken(tmp_path):
    table(tmp_path, "x,y\n1,0\n2,0\n").require_increasing("x")
    table(tmp_path, "x,y\n1,0\n1,0\n").require_increasing("x", strict=False)


def test_value_outside_a_range_is_refused_at_its_line(tmp_path):
    found = table(tmp_path, "x,y\n0,0\n1,1\n2,1.5\n")
    found.require_range("x", 0, 2, "all well")
    with pytest.raises(InputError, match=r"line 4: column 'y' holds 1\.5; at most 1"):
        found.require_range("y", 0, 1, "at most 1")


@settings(deadline=None, derandomize=True, database=None, max_examples=50)
@given(st.lists(st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2), min_size=1))
def test_numbers_come_back_exactly(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("table") / "t.csv"
    path.write_text("x,y\n" + "".join(f"{x!r},{y!r}\n" for x, y in rows))
    found = read_table(path, ["x", "y"])
    assert list(zip(found["x"].tolist(), found["y"].tolist(), strict=True)) == rows
