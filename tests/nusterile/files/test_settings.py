"""Models read from TOML, and what they say about wrong keys and values."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
import pytest
from pydantic import Field, PositiveFloat, field_validator

from nusterile.errors import InputError
from nusterile.files.settings import (
    NAME_PATTERN,
    StrictModel,
    parse_toml,
    read_toml,
    validate_model,
)


class Part(StrictModel):
    name: Annotated[str, Field(pattern=NAME_PATTERN)] = "a"
    size: PositiveFloat = 1.0
    on: bool = True
    range: tuple[float, float] | None = None


class Whole(StrictModel):
    count: Annotated[int, Field(ge=1, le=9)] = 1
    share: Annotated[float, Field(ge=0, lt=1)] = 0.5
    kind: Literal["good", "bad"] = "good"
    code: Annotated[str, Field(pattern="^[0-9]+$")] = "1"
    parts: Annotated[tuple[Part, ...], Field(min_length=1)] = (Part(),)
    named: dict[str, Part] = Field(default_factory=dict)
    maybe: Part | None = None

    @field_validator("count")
    @classmethod
    def _not_seven(cls, count: int) -> int:
        if count == 7:
            raise ValueError("7 brings bad luck; take another")
        return count


class Needs(StrictModel):
    exposure: float
    parts: tuple[Part, ...] = ()


def read(text: str, model: type = Whole):
    return validate_model(model, parse_toml(text, "file"), "file", text)


def message(text: str, model: type = Whole) -> str:
    with pytest.raises(InputError) as error:
        read(text, model)
    return str(error.value)


#: TOML text, and the whole message about it.
MESSAGES = {
    "unknown key": ("cont = 1", "line 1: unknown key 'cont'; did you mean 'count'?"),
    "nothing close": (
        "zzz = 1",
        "line 1: unknown key 'zzz'; valid: count, share, kind, code, parts, named, maybe",
    ),
    "unknown key of an entry": (
        "[[parts]]\nname = 'x'\nsice = 2",
        "line 3: unknown key 'parts.x.sice'; did you mean 'size'?",
    ),
    "unknown key of an entry without name": (
        "[[parts]]\n[[parts]]\nsice = 2",
        "line 3: unknown key 'parts (entry 2).sice'; did you mean 'size'?",
    ),
    "unknown key of a table": (
        "[named.b]\nsice = 2",
        "line 2: unknown key 'named.b.sice'; did you mean 'size'?",
    ),
    "unknown key where a table may be left out": (
        "[maybe]\nsice = 2",
        "line 2: unknown key 'maybe.sice'; did you mean 'size'?",
    ),
    "text for a number": ("share = '0.1'", "line 1: share: expected a number; it holds '0.1'"),
    "bool for a number": ("share = true", "line 1: share: expected a number; it holds true"),
    "date for a number": (
        "share = 2020-01-02",
        "line 1: share: expected a number; it holds 2020-01-02",
    ),
    "list for a number": (
        "share = [1, 2]",
        "line 1: share: expected a number; it holds a list of 2",
    ),
    "table for a number": (
        "[share]\na = 1",
        "line 1: share: expected a number; it holds a table of keys",
    ),
    "fraction for a count": (
        "count = 2.5",
        "line 1: count: expected a whole number; it holds 2.5",
    ),
    "whole fraction for a count": (
        "count = 2.0",
        "line 1: count: expected a whole number; it holds 2.0",
    ),
    "number for text": ("kind = 3", "line 1: kind: expected 'good' or 'bad'; it holds 3"),
    "wrong word": ("kind = 'so'", "line 1: kind: expected 'good' or 'bad'; it holds 'so'"),
    "number for a bool": (
        "[maybe]\non = 1",
        "line 2: maybe.on: expected true or false; it holds 1",
    ),
    "NaN": ("share = nan", "line 1: share: expected a finite number; it holds nan"),
    "infinite": ("share = inf", "line 1: share: expected a finite number; it holds inf"),
    "not above": ("[maybe]\nsize = 0", "line 2: maybe.size: expected a number above 0; it holds 0"),
    "too small": ("count = 0", "line 1: count: expected a number not below 1; it holds 0"),
    "too large": ("count = 10", "line 1: count: expected a number not above 9; it holds 10"),
    "not below": ("share = 1", "line 1: share: expected a number below 1; it holds 1"),
    "no list": ("parts = 3", "line 1: parts: expected a list in [brackets]; it holds 3"),
    "empty list": (
        "parts = []",
        "line 1: parts: expected at least one entry; it holds a list of 0",
    ),
    "list for a table": (
        "maybe = [1]",
        "line 1: maybe: expected a table of keys; it holds a list of 1",
    ),
    "list for a mapping": (
        "named = [1]",
        "line 1: named: expected a table of keys; it holds a list of 1",
    ),
    "too few": (
        "[maybe]\nrange = [1]",
        "line 2: maybe.range: expected a list of 2; it holds a list of 1",
    ),
    "too many": (
        "[maybe]\nrange = [1, 2, 3]",
        "line 2: maybe.range: expected at most 2 entries; it holds a list of 3",
    ),
    "entry of a list": (
        "[maybe]\nrange = [1, 'a']",
        "line 2: maybe.range (entry 2): expected a number; it holds 'a'",
    ),
    "bad name": (
        "[maybe]\nname = '1 a'",
        "line 2: maybe.name: expected letters, digits and _, beginning with a letter; "
        "it holds '1 a'",
    ),
    "bad form": ("code = 'a'", "line 1: code: expected text of the form ^[0-9]+$; it holds 'a'"),
    "own check": ("count = 7", "line 1: count: 7 brings bad luck; take another"),
    "long text": (
        f"share = '{'x' * 1000}'",
        f"line 1: share: expected a number; it holds '{'x' * 56}...",
    ),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_message_names_line_key_value_and_what_is_right(case):
    text, expected = MESSAGES[case]
    assert message(text) == f"file, {expected}"


def test_text_that_looks_like_a_table_does_not_count():
    text = "named.x.name = '''\n[maybe]\nsize = 1\n'''\n[maybe]\nsize = 0"
    assert ", line 1: named.x.name: expected letters" in message(text)
    text = text.replace("\n[maybe]\nsize = 1\n", "\\\n  size\\\n").replace("'''", '"""')
    assert message(text) == "file, line 5: maybe.size: expected a number above 0; it holds 0"


def test_missing_key_is_named():
    assert message("", Needs) == "file: key 'exposure' is missing"


def test_misspelt_key_is_reported_rather_than_the_missing_one():
    assert message("exposur = 1.0", Needs) == (
        "file, line 1: unknown key 'exposur'; did you mean 'exposure'?"
    )


def test_integer_is_a_number_and_numbers_keep_their_precision():
    whole = read("share = 0\n[maybe]\nsize = 0.1000000000000000055")
    assert whole.share == 0.0
    assert isinstance(whole.share, float)
    assert whole.maybe.size == 0.1


def test_numbers_and_arrays_of_numpy_are_taken():
    part = Part(size=np.float64(2.0), range=np.array([1.0, 2.0]))
    assert part == Part(size=2, range=[1, 2])
    assert Whole(count=np.int64(3)).count == 3


def test_integer_beyond_every_float_is_refused():
    assert "expected a number; it holds 1000" in message(f"share = 1{'0' * 400}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = ", "Invalid value"),
        ("a = 1\na = 2", "Cannot overwrite"),
        ("a = 1" + "0" * 5000, "digit"),
    ],
)
def test_text_that_is_no_toml_is_refused(text, reason):
    with pytest.raises(InputError, match=f"^file: is not valid TOML .*{reason}"):
        parse_toml(text, "file")


NESTED = "file: tables and lists are nested more than 16 deep; no setting is"


@pytest.mark.parametrize("depth", [18, 200, 5_000])
@pytest.mark.parametrize(
    "nested",
    [
        lambda depth: "a = " + "[" * depth + "]" * depth,
        lambda depth: "a = " + "{a = " * depth + "1" + "}" * depth,
        lambda depth: f"[{'.'.join('a' * depth)}]",
        lambda depth: f"a.b = 1\n{'.'.join('b' * depth)} = 1",
    ],
    ids=["lists", "inline tables", "header", "dotted key"],
)
def test_text_that_is_nested_too_deep_is_refused(nested, depth):
    with pytest.raises(InputError) as error:
        parse_toml(nested(depth), "file")
    assert str(error.value) == NESTED
    parse_toml(nested(10), "file")


@pytest.mark.parametrize("wrap", [lambda value: [value], lambda value: {"a": value}])
def test_values_that_are_nested_too_deep_are_refused(wrap):
    value, endless = 1, []
    for _ in range(5_000):
        value = wrap(value)
    endless.append(endless)
    for values in ({"parts": value}, {"parts": endless}, {"named": {"x": value}}):
        with pytest.raises(InputError) as error:
            validate_model(Whole, values, "file")
        assert str(error.value) == NESTED


def test_file_is_read_with_or_without_byte_order_mark(tmp_path):
    path = tmp_path / "a.toml"
    for start in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(start + b"a = 1\r\nb = 'x'\r\n")
        assert read_toml(path) == {"a": 1, "b": "x"}


def test_file_that_is_not_utf8_is_refused_at_its_line(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes(b"a = 1\nb = '\xe9'\n")
    with pytest.raises(InputError, match=r"a\.toml, line 2: is not UTF-8"):
        read_toml(path)
