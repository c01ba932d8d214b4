"""The three formats of rows."""

from __future__ import annotations

import csv
import io
import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nusterile.cli.output import print_table, say, show
from nusterile.files.listing import Listing

UNITS = {"name": "1", "m_4": "MeV", "limit": "bohr_magneton"}


def rows(*content: list) -> Listing:
    return Listing.of(list(UNITS), content, UNITS)


def test_what_is_printed_acts_on_no_terminal(capsys):
    evil = "\x1b]0;owned\x07"
    say(f"one\n{evil}", end="")
    say(evil, error=True)
    assert capsys.readouterr() == ("one\n\\x1b]0;owned\\x07", "\\x1b]0;owned\\x07\n")
    for format in ("table", "csv", "json"):
        show(rows([evil, 0.1, 1e-11]), format)
    print_table([evil], [[evil]], evil)
    assert "\x1b]" not in capsys.readouterr().out


def test_json(capsys):
    show(rows(["a", 0.1, 1e-11], ["b", 0.0, math.nan], ["c", 3, math.inf]), "json")
    assert json.loads(capsys.readouterr().out) == {
        "columns": ["name", "m_4", "limit"],
        "units": UNITS,
        "rows": [["a", 0.1, 1e-11], ["b", 0.0, None], ["c", 3, None]],
    }


def test_csv(capsys):
    show(rows(["a,b", 0.1, 1e-11], ["c", 0.0, math.nan]), "csv")
    assert capsys.readouterr().out == 'name,m_4,limit\n"a,b",0.1,1e-11\nc,0.0,\n'


@settings(deadline=None, derandomize=True, database=None, max_examples=50)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_json_and_csv_keep_every_bit(values):
    def written(style: str) -> str:
        out = io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdout", out)
            show(Listing.of(["x"], [[v] for v in values]), style)
        return out.getvalue()

    assert [row[0] for row in json.loads(written("json"))["rows"]] == values
    assert [float(row[0]) for row in list(csv.reader(io.StringIO(written("csv"))))[1:]] == values


class TestTable:
    @pytest.fixture(autouse=True)
    def _wide_screen(self, monkeypatch):
        monkeypatch.setenv("COLUMNS", "100")

    def lines(self, capsys) -> list[str]:
        return [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]

    def test_header_with_units_and_rounded_numbers(self, capsys):
        show(rows(["a", 0.1, 1.23456789e-11], ["b", 0.0, math.nan]), "table")
        header, rule, first, second = self.lines(capsys)
        assert header.split("   ") == ["name", "m_4 [MeV]", "limit [bohr_magneton]"]
        assert set(rule) == {"─"}
        assert first.split() == ["a", "0.1", "1.2346e-11"]
        assert second.split() == ["b", "0", "-"]

    def test_numbers_stand_to_the_right_and_text_to_the_left(self, capsys):
        show(rows(["a", 1.0, 1.0], ["long name", 1000.0, 1.0]), "table")
        _, _, first, second = capsys.readouterr().out.rstrip().splitlines()[-4:]
        assert first.index("a") == second.index("l")
        assert first.index(" 1 ") + 1 == second.index("1000") + 3

    def test_markup_in_text_is_shown_as_it_is(self, capsys):
        show(rows(["[red]a[/red]", 0.0, 0.0]), "table")
        assert "[red]a[/red]" in capsys.readouterr().out

    def test_long_headers_are_broken_where_the_screen_is_narrow(self, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "40")
        show(rows(["a", 0.1, 1e-11], ["b", 0.2, 1e-11], ["c", 0.2, 1e-11]), "table")
        header, units, _, first, *_ = self.lines(capsys)
        assert header.split() == ["m_4", "limit"]
        assert units.split() == ["name", "[MeV]", "[bohr_magneton]"]
        assert first.split() == ["a", "0.1", "1e-11"]

    def test_few_wide_rows_are_laid_on_their_side(self, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "30")
        units = {"mu": "bohr_magneton", **{f"pull:{name}": "1" for name in "abcdefgh"}}
        show(Listing.of(list(units), [[1e-11, *range(8)], [2e-11, *range(8)]], units), "table")
        header, _, *body = self.lines(capsys)
        assert header.split() == ["mu", "[bohr_magneton]", "1e-11", "2e-11"]
        assert [line.split()[0] for line in body] == list(units)[1:]
        assert body[3].split()[1:] == ["3", "3"]

    def test_many_wide_rows_are_not_cut(self, capsys, monkeypatch):
        monkeypatch.setenv("COLUMNS", "30")
        units = {f"a_long_name_of_a_column_{i}": "1" for i in range(4)}
        show(Listing.of(list(units), [[0.123456, 2, 3, 4]] * 5, units), "table")
        header, _, *body = self.lines(capsys)
        assert header.split() == list(units)
        assert body == [body[0]] * 5
        assert body[0].split() == ["0.12346", "2", "3", "4"]

    def test_no_rows(self, capsys):
        show(rows(), "table")
        assert self.lines(capsys)[0].split()[0] == "name"
