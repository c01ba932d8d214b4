"""The command toys."""

from __future__ import annotations

import json

import pytest

import nusterile as package

ONE = ("--selection", "xenonnt_sr0", "--flavor", "effective", "--toys", "64")
STUDIES = {
    "expected": ("--m4", "0.1", "0.3"),
    "coverage": ("--m4", "0.1", "--mu", "0", "1e-11"),
    "unified": ("--m4", "0.1"),
    "cls": ("--m4", "0.1"),
    "significance": (),
}
COLUMNS = {
    "expected": "selection flavor m_4 cl quantile limit limit_low limit_high",
    "coverage": "selection flavor m_4 mu cl statement coverage coverage_low coverage_high",
    "unified": "selection flavor m_4 cl dof low high status",
    "cls": "selection flavor m_4 cl limit status",
    "significance": "selection flavor p_global p_global_low p_global_high z_global",
}


@pytest.mark.parametrize("study", STUDIES)
def test_every_study_prints_and_writes(nusterile, tmp_path, study):
    path = tmp_path / "toys.nc"
    result = nusterile.run("toys", study, *ONE, *STUDIES[study], "-o", path, "--format", "json")
    assert result.status == 0
    assert result.err.splitlines()[-1] == str(path)
    content = json.loads(result.out)
    assert content["columns"] == COLUMNS[study].split()
    assert content["rows"]
    dataset = package.open(path)
    assert dataset.attrs["content"] == study
    assert list(tmp_path.iterdir()) == [path]
    assert "keeps the contract" in nusterile.text("validate", path)
    assert f"({study})" in nusterile.text("info", path)


def test_progress_is_told_in_lines_where_a_program_asks_for_it(nusterile, monkeypatch):
    monkeypatch.setenv("NUSTERILE_PROGRESS", "lines")
    result = nusterile.run("toys", "expected", *ONE, *STUDIES["expected"])
    assert result.status == 0
    lines = [line.split(maxsplit=2) for line in result.err.splitlines()]
    assert {line[0] for line in lines} == {"progress"}
    shares = [float(line[1]) for line in lines]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 1)


def test_critical_values_are_printed_at_given_moments(nusterile):
    rows = nusterile.rows(
        "toys", "unified", *ONE, "--m4", "0.1", "--mu", "0", "1e-11", "--dof", "1", "2"
    )
    assert [(row["mu"], row["dof"]) for row in rows] == [(0, 1), (0, 2), (1e-11, 1), (1e-11, 2)]
    assert all(row["low"] <= row["critical_delta_chi2"] <= row["high"] for row in rows)


def test_power_constrained_limits_on_request(nusterile):
    (row,) = nusterile.rows("toys", "cls", *ONE, "--m4", "0.1", "--power-constrained")
    assert 0 < row["limit_power_constrained"] <= row["limit"]
    complaint = nusterile.refused("toys", "coverage", *ONE, "--power-constrained")
    assert complaint == "--power-constrained: belongs to cls, not to coverage"


def test_a_seed_is_a_result(nusterile):
    command = ("toys", "coverage", *ONE, "--m4", "0.1", "--mu", "1e-11")
    assert nusterile.rows(*command) == nusterile.rows(*command, "--seed", "0")
    assert nusterile.rows(*command) != nusterile.rows(*command, "--seed", "1")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("coverage", "--toys", "0"), "toys = 0: expected a whole number from 1 to 1099511627776"),
        (("coverage", "--toys", "-3"), "toys = -3: expected a whole number from 1"),
        (("coverage", "--seed", "-1"), "seed = -1: expected a whole number from 0"),
        (("coverage", "--precision", "2"), "precision = 2: expected a number between 0 and 1"),
        (("expected", "--mu", "1e-11"), "mu: toys of expected are drawn without a moment"),
        (("cls", "--mu", "0"), "mu = 0: CL_s compares moments above 0 with none"),
        (("cls", "--dof", "2"), "dof: only unified intervals have degrees of freedom"),
        (("coverage", "--mu", "nan"), "mu = nan: expected a number from 0 to 1 bohr_magneton"),
        (("coverage", "--m4", "-1"), "m_4 = -1: expected a number from 0"),
        (("coverage", "--flavor", "electron"), "unknown flavor 'electron'"),
        (("median",), "Invalid value for 'STUDY'"),
    ],
)
def test_bad_input_is_named_in_one_line(nusterile, words, complaint):
    assert complaint in nusterile.refused("toys", *words)


def test_a_target_without_a_folder_is_refused_before_the_work(nusterile, tmp_path):
    complaint = nusterile.refused(
        "toys", "coverage", *ONE, "--toys", 10**9, "-o", tmp_path / "no" / "toys.nc"
    )
    assert "no" in complaint
