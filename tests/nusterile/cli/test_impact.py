"""``nusterile impact`` through the entry point."""

from __future__ import annotations

import csv
import io
import json

import pytest

from nusterile.cli import main


@pytest.fixture
def run(capsys):
    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as exit_:
            status = int(exit_.code or 0)
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_table_csv_and_json_say_the_same(run):
    point = ("impact", "--selection", "xenonnt_sr0", "--flavor", "e", "--m4", "0.1")
    status, out, err = run(*point, "--format", "csv")
    assert (status, err) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == ["subject", "change", "limit", "ratio", "status"]
    assert rows[0]["subject"] == "as configured"
    assert float(rows[0]["ratio"]) == 1
    _, out, _ = run(*point, "--format", "json")
    read = json.loads(out)
    assert [row[2] for row in read["rows"]] == [float(row["limit"]) for row in rows]
    assert read["units"]["limit"] == "bohr_magneton"
    _, out, _ = run(*point)
    assert "all 54 electrons free" in out
    _, out, _ = run("limits", *point[1:], "--dof", "1", "--format", "csv")
    (limit,) = csv.DictReader(io.StringIO(out))
    assert float(limit["limit"]) == pytest.approx(float(rows[0]["limit"]), rel=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--selection", "nowhere"), "unknown selection 'nowhere'"),
        (("--m4", "-1"), "m_4"),
        (("--m4", "nan"), "m_4"),
        (("--cl", "2"), "cl"),
    ],
)
def test_one_line_for_what_cannot_be_asked(run, options, message):
    status, _, err = run("impact", *options)
    assert status in (1, 2)
    assert message in err
    assert err.count("\n") == 1
