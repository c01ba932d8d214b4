"""Commands that compute straight from the data."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from experiment_folders import only, write_experiment

from nusterile.analysis import Analysis


@pytest.fixture(scope="module")
def analysis() -> Analysis:
    return Analysis()


class TestLimits:
    def test_columns_and_units(self, nusterile):
        out = nusterile.text("limits", "--m4", "0.1", "--format", "json")
        content = json.loads(out)
        columns = ["selection", "flavor", "m_4", "cl", "dof", "limit", "status", "kind"]
        columns += ["limit_low", "expected"]
        assert content["columns"] == columns
        assert {k: v for k, v in content["units"].items() if v != "1"} == {
            "m_4": "MeV",
            "limit": "bohr_magneton",
            "limit_low": "bohr_magneton",
            "expected": "bohr_magneton",
        }
        assert out.count("\n") == 1
        assert nusterile.csv("limits", "--m4", "0.1")[0] == columns

    def test_numbers_are_those_of_the_analysis(self, nusterile, analysis):
        rows = nusterile.rows(
            *("limits", "--selection", "combined", "xenonnt_sr0", "--flavor", "tau", "e"),
            *("--m4", 0, 0.1, 1, "--cl", 0.9, 0.95, "--dof", 1, 2),
        )
        found = analysis.limits(
            ["combined", "xenonnt_sr0"], ["tau", "e"], [0, 0.1, 1], [0.9, 0.95], [1, 2]
        )
        assert len(rows) == found.limit.size == 2 * 2 * 3 * 2 * 2
        for row in rows:
            point = {k: row[k] for k in ("selection", "flavor", "m_4", "cl", "dof")}
            limit = found.limit.sel(point).item()
            assert row["status"] == found.limit_status.sel(point).item()
            assert row["limit"] == (None if np.isnan(limit) else limit)

    def test_repeated_values_count_once_and_keep_their_order(self, nusterile):
        rows = nusterile.rows(
            *("limits", "--selection", "xenonnt_sr0", "pandax4t", "xenonnt_sr0", "--flavor", "e"),
            *("--m4", "0.1", "0", "1e-1", "0.10", "--cl", 0.9, 0.9, "--dof", 1, 1),
        )
        assert [(row["selection"], row["m_4"]) for row in rows] == [
            *(("xenonnt_sr0", 0.1), ("xenonnt_sr0", 0.0)),
            *(("pandax4t", 0.1), ("pandax4t", 0.0)),
        ]

    def test_everything_by_default(self, nusterile):
        rows = nusterile.rows("limits")
        assert {row["selection"] for row in rows} == {
            *("xenonnt_sr0", "pandax4t_run0", "pandax4t_run1", "lz_ws2022", "lz_ws2024"),
            *("pandax4t", "lz", "xenon", "combined"),
        }
        assert {row["flavor"] for row in rows} == {"effective", "e", "mu", "tau"}
        assert {row["m_4"] for row in rows} == {0.0, 0.01, 0.1, 0.3, 1.0}
        assert {(row["cl"], row["dof"]) for row in rows} == {(0.9, 1)}

    def test_limit_that_does_not_exist(self, nusterile):
        """At a mass that is too heavy for the Sun, which is noted."""
        options = ("limits", "--selection", "pandax4t", "--flavor", "e", "--m4", 5)
        endings = {
            "json": '["pandax4t", "e", 5.0, 0.9, 1, null, "open", "observed", 0.0, null]]}',
            "csv": "pandax4t,e,5.0,0.9,1,,open,observed,0.0,",
            "table": "-",
        }
        for name, ending in endings.items():
            done = nusterile.run(*options, "--format", name)
            assert done.out.rstrip().endswith(ending)
            assert done.err.startswith("note: m_4 = 5 MeV is heavier than")
            assert done.err.count("\n") == 1
        words = done.out.split()
        assert words[words.index("status") + 1] == "open"

    def test_both_ends_and_the_expected_limit(self, nusterile, analysis):
        options = ("limits", "--selection", "pandax4t_run0", "--flavor", "e")
        rows = nusterile.rows(*options, "--m4", 1.745, 2.6, "--dof", 1, 2)
        found = analysis.limits("pandax4t_run0", "e", [1.745, 2.6], 0.9).squeeze()
        assert [row["status"] for row in rows] == ["ok", "ok", "open", "excluded"]
        assert rows[0]["limit_low"] == found.limit_low.values[0, 0] > 0
        assert rows[0]["expected"] == found.expected_limit.values[0, 0]
        assert [row["limit_low"] for row in rows[2:]] == [0.0, None]

    def test_expected(self, nusterile, analysis):
        options = ("limits", "--selection", "combined", "--flavor", "e", "--m4", 0.1)
        (observed,), (expected,) = nusterile.rows(*options), nusterile.rows(*options, "--expected")
        found = analysis.limits("combined", "e", [0.1], 0.9, 1, expected=True)
        assert expected["limit"] == found.limit.item() != observed["limit"]

    def test_csv_and_json_say_the_same(self, nusterile):
        options = ("limits", "--selection", "combined", "--m4", 0, 0.3)
        content = json.loads(nusterile.text(*options, "--format", "json"))
        header, *lines = nusterile.csv(*options)
        assert header == content["columns"]
        for line, row in zip(lines, content["rows"], strict=True):
            assert [type(cell)(text) for text, cell in zip(line, row, strict=True)] == row


class TestSpectrum:
    OPTIONS = ("spectrum", "--experiment", "pandax4t_run1", "--flavor", "mu", "--m4", 0.1)

    def test_columns_units_and_numbers(self, nusterile, analysis):
        rows = nusterile.rows(*self.OPTIONS, "--mu", 5e-11)
        data = analysis.spectrum("pandax4t_run1", "mu", 0.1, 5e-11)
        parts = ["background:total"]
        assert list(rows[0]) == [
            *("energy_low", "energy_high", "counts", "sm", "dipole", *parts, "total")
        ]
        assert len(rows) == 29
        for i, row in enumerate(rows):
            assert row["energy_low"] == data.bin_low.values[i]
            assert row["energy_high"] == data.bin_high.values[i]
            for name in ("counts", "sm", "dipole", "total"):
                assert row[name] == data[name].values[i]
            for part in parts:
                background = data.background.sel(component=part.split(":")[1])
                assert row[part] == background.values[i]
            expected = row["sm"] + row["dipole"] + sum(row[part] for part in parts)
            np.testing.assert_allclose(row["total"], expected, rtol=1e-12)

    def test_units(self, nusterile):
        content = json.loads(nusterile.text(*self.OPTIONS, "--mu", 0, "--format", "json"))
        assert {k for k, v in content["units"].items() if v == "keV"} == {
            "energy_low",
            "energy_high",
        }
        assert set(content["units"].values()) == {"keV", "1"}

    def test_dipole_is_at_the_given_moment(self, nusterile):
        one = nusterile.rows(*self.OPTIONS, "--mu", 1e-11)
        three = nusterile.rows(*self.OPTIONS, "--mu", 3e-11)
        none = nusterile.rows(*self.OPTIONS, "--mu", 0)
        for a, b, c in zip(one, three, none, strict=True):
            np.testing.assert_allclose(b["dipole"], 9 * a["dipole"], rtol=1e-12)
            assert c["dipole"] == 0

    def test_effective_flavor_and_massless_by_default_and_when_asked(self, nusterile):
        options = ("spectrum", "--experiment", "xenonnt_sr0", "--m4", 0, "--mu", 1e-11)
        rows = nusterile.rows(*options)
        assert rows == nusterile.rows(*options, "--flavor", "effective")
        assert all(row["dipole"] > 0 for row in rows)


class TestRate:
    def test_columns_units_and_numbers(self, nusterile, analysis):
        options = ("rate", "--flavor", "e", "--m4", 0.2, "--mu", 2e-11, "--energy", 1, 2.5, 10)
        content = json.loads(nusterile.text(*options, "--format", "json"))
        unit = "1/(t yr keV)"
        assert content["columns"] == ["energy", "sm", "dipole"]
        assert content["units"] == {"energy": "keV", "sm": unit, "dipole": unit}
        data = analysis.rates("e", 0.2, [1, 2.5, 10], 2e-11)
        dipole = data.dipole.values[0, 0]
        assert content["rows"] == [
            [energy, sm, part]
            for energy, sm, part in zip((1, 2.5, 10), data.sm.values, dipole, strict=True)
        ]
        assert (dipole > 0).all()

    def test_dipole_is_at_the_given_moment(self, nusterile):
        options = ("rate", "--m4", 0, "--energy", 1, "--mu")
        (one,), (two,) = nusterile.rows(*options, 1e-11), nusterile.rows(*options, 2e-11)
        np.testing.assert_allclose(two["dipole"], 4 * one["dipole"], rtol=1e-12)
        assert one["sm"] == two["sm"]


class TestChi2:
    def test_columns_and_numbers(self, nusterile, analysis):
        options = ("chi2", "--selection", "xenonnt_sr0", "--flavor", "tau", "--m4", 0.1)
        rows = nusterile.rows(*options, "--mu", 0, 1e-11)
        assert list(rows[0]) == ["mu", "chi2", "pull:solar", "pull:xenonnt_sr0:b0"]
        found = analysis.chi2("xenonnt_sr0", "tau", 0.1, [0, 1e-11])
        assert [row["chi2"] for row in rows] == found.chi2.values.ravel().tolist()
        for name in ("solar", "xenonnt_sr0:b0"):
            pulls = found.pulls.sel(pull=name).values.ravel().tolist()
            assert [row[f"pull:{name}"] for row in rows] == pulls

    def test_combination_has_every_pull(self, nusterile, analysis):
        (row,) = nusterile.rows("chi2", "--selection", "xenon", "--m4", 0, "--mu", 0)
        assert [name for name in row if ":" in name] == [
            f"pull:{name}" for name in analysis.pull_names()
        ]

    def test_failed_fit_keeps_its_columns(self, nusterile, monkeypatch):
        def failed(self, selection, flavor, m_4, mu):
            found = original(self, selection, flavor, m_4, mu)
            return found.where(found.chi2 < 0)

        original = Analysis.chi2
        monkeypatch.setattr(Analysis, "chi2", failed)
        (row,) = nusterile.rows("chi2", "--selection", "xenonnt_sr0", "--m4", 0, "--mu", 0)
        assert row == {"mu": 0, "chi2": None, "pull:solar": None, "pull:xenonnt_sr0:b0": None}


NEEDED = {
    "limits": (),
    "spectrum": ("--experiment", "xenonnt_sr0", "--m4", 0.1, "--mu", 1e-11),
    "rate": ("--m4", 0.1, "--mu", 1e-11, "--energy", 1),
    "chi2": ("--selection", "xenonnt_sr0", "--m4", 0.1, "--mu", 1e-11),
}


@pytest.mark.parametrize("command", NEEDED)
@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--m4", "-1", "m_4 = -1: expected a number from 0 to 1e+06 MeV"),
        ("--m4", "nan", "m_4 = nan: expected a number from 0 to 1e+06 MeV"),
        ("--m4", "inf", "m_4 = inf: expected a number"),
        ("--m4", "light", "Invalid value for '--m4': 'light' is not a valid float."),
        ("--flavor", "muon", "unknown flavor 'muon'; did you mean 'mu'?"),
        ("--format", "xml", "'xml' is not one of 'table', 'csv', 'json'."),
        ("--config", "no.toml", "no.toml: cannot be read (No such file or directory)"),
        ("--mass", "1", "No such option '--mass'."),
    ],
)
def test_wrong_option_of_every_command(nusterile, command, option, value, complaint):
    needed = list(NEEDED[command])
    if option in needed:
        needed[needed.index(option) + 1] = value
        arguments = needed
    else:
        arguments = [*needed, option, value]
    assert complaint in nusterile.refused(command, *arguments)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("limits", "--selection", "xenn"), "unknown selection 'xenn'; did you mean"),
        (("limits", "--selection", "a"), "unknown selection 'a'; valid: xenonnt_sr0, pandax"),
        (("limits", "--cl", "90"), "cl = 90: a confidence level lies between 0 and 1"),
        (("limits", "--cl", "nan"), "cl = nan: a confidence level"),
        (("limits", "--dof", "3"), "dof = 3: expected 1 (mass fixed) or 2"),
        (("limits", "--dof", "1.5"), "'1.5' is not a valid integer"),
        (("limits", "all"), "Got unexpected extra argument (all)"),
        (
            ("spectrum", "--experiment", "combined", "--m4", 0, "--mu", 0),
            "unknown experiment 'combined'; valid: xenonnt_sr0, pandax4t_run0, pandax4t_run1",
        ),
        (
            ("spectrum", "--experiment", "xenonnt_sr0", "--m4", 0, "--mu", "-1e-11"),
            "mu = -1e-11: expected a number from 0 to 1 bohr_magneton",
        ),
        (("spectrum", "--experiment", "xenonnt_sr0", "--m4", 0), "Missing option '--mu'."),
        (("rate", "--m4", 0, "--mu", "nan", "--energy", 1), "mu = nan: expected a number"),
        (("rate", "--m4", 0, "--mu", 0, "--energy", 0), "energy = 0: expected a number above 0"),
        (("rate", "--m4", 0, "--mu", 0, "--energy", 1, -2), "energy = -2: expected"),
        (("rate", "--m4", 0, "--mu", 0), "Missing option '--energy'."),
        (("chi2", "--m4", 0, "--mu", 0), "Missing option '--selection'."),
        (
            ("chi2", "--selection", "x", "--m4", 0, "--mu", 0),
            "unknown selection 'x'; valid: xenonnt_sr0",
        ),
        (
            ("chi2", "--selection", "combined", "--m4", 0, "--mu", "inf"),
            "mu = inf: expected a number from 0 to 1",
        ),
    ],
)
def test_wrong_option(nusterile, arguments, complaint):
    assert complaint in nusterile.refused(*arguments)


class TestConfiguration:
    @pytest.fixture
    def toml(self, tmp_path):
        write_experiment(tmp_path / "toy")
        path = tmp_path / "a.toml"
        path.write_text(only("toy"))
        return path

    def test_own_experiment_in_every_command(self, nusterile, toml):
        rows = nusterile.rows("limits", "-c", toml, "--m4", 0)
        assert [(row["selection"], row["flavor"]) for row in rows] == [
            ("toy", flavor) for flavor in ("effective", "e", "mu", "tau")
        ]
        assert all(row["status"] in ("ok", "outside") for row in rows)
        spectrum = nusterile.rows(
            *("spectrum", "-c", toml, "--experiment", "toy", "--m4", 0, "--mu", 1e-11)
        )
        assert [row["counts"] for row in spectrum] == [3, 5, 4, 9]
        assert "background:flat" in spectrum[0]
        (row,) = nusterile.rows("chi2", "-c", toml, "--selection", "toy", "--m4", 0, "--mu", 0)
        assert "pull:toy:flat" in row
        assert nusterile.rows(*("rate", "-c", toml, "--m4", 0, "--mu", 0, "--energy", 1))

    def test_own_experiment_beside_the_others(self, nusterile, tmp_path):
        write_experiment(tmp_path / "toy")
        path = tmp_path / "a.toml"
        path.write_text('experiments = ["xenonnt_sr0"]\nexperiment_folders = ["toy"]\n')
        rows = nusterile.rows("limits", "-c", path, "--m4", 0, "--flavor", "e")
        assert [row["selection"] for row in rows] == ["xenonnt_sr0", "toy", "combined"]

    def test_only_what_is_configured_is_known(self, nusterile, toml):
        options = ("limits", "-c", toml, "--selection")
        assert nusterile.refused(*options, "combined") == (
            "unknown selection 'combined'; valid: toy"
        )

    def test_defect_of_a_table_reaches_the_user(self, nusterile, toml):
        counts = toml.parent / "toy" / "counts.csv"
        counts.write_text(counts.read_text().replace(",5", ",-5"))
        assert nusterile.refused("limits", "-c", toml) == (
            f"{counts}, line 4: column 'counts' holds -5; counts cannot be negative or beyond 1e15"
        )

    def test_control_characters_do_not_reach_the_terminal(self, nusterile, tmp_path):
        path = tmp_path / "a.toml"
        path.write_text('"\\u001b[2Jkey" = 1\n')
        complaint = nusterile.refused("limits", "-c", path)
        assert r"a.toml, line 1: \x1b[2Jkey: holds the character '\x1b'" in complaint

    def test_limits_of_a_huge_grid_are_refused_before_the_work(self, nusterile, tmp_path):
        path = tmp_path / "a.toml"
        path.write_text("[grids]\nm_4 = { low = 1e-3, high = 4, points = 1000000000 }\n")
        complaint = nusterile.refused("limits", "-c", path, "--m4", 0.1, "--dof", 2)
        assert "1e+09 points" in complaint
        assert "GiB of memory" in complaint


def test_every_number_of_the_csv_is_read_back_exactly(nusterile):
    options = ("rate", "--m4", 0.123456789, "--mu", 1.1e-11, "--energy", 0.1, 0.3)
    lines = list(csv.DictReader(io.StringIO(nusterile.text(*options, "--format", "csv"))))
    rows = nusterile.rows(*options)
    assert [{k: float(v) for k, v in line.items()} for line in lines] == rows
