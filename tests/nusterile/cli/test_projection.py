"""``nusterile projection`` and what takes its product."""

from __future__ import annotations

import pytest

import nusterile as package
from nusterile.analysis import Analysis

POINT = ("--m4", "0.1", "--flavor", "e")


@pytest.fixture(scope="module")
def stored(analysis, tmp_path_factory):
    path = tmp_path_factory.mktemp("stored") / "xlzd.nc"
    analysis.projection("xlzd", [1, 10, 100], ["effective", "e"], [0.0, 0.1], path=path)
    return path


def test_rows_are_those_of_the_analysis(nusterile, analysis):
    rows = nusterile.rows("projection", "--exposure", "1:100:3", *POINT, "--cl", "0.9", "0.95")
    found = analysis.projection("xlzd", [1, 10, 100], "e", 0.1, [0.9, 0.95])
    assert list(rows[0]) == [
        *("experiment", "flavor", "m_4", "cl", "exposure", "limit", "status", "kind"),
    ]
    assert [row["limit"] for row in rows] == pytest.approx(found.limit.values.ravel(), rel=1e-12)
    assert {(row["experiment"], row["status"], row["kind"]) for row in rows} == {
        ("xlzd", "ok", "expected")
    }
    assert [row["exposure"] for row in rows] == pytest.approx([1, 10, 100] * 2)


def test_numbers_and_csv(nusterile):
    lines = nusterile.csv("projection", "--exposure", "2", "5", "--experiment", "lz_ws2024", *POINT)
    assert [line[4] for line in lines] == ["exposure", "2.0", "5.0"]
    assert lines[1][0] == "lz_ws2024"


def test_default_exposures_masses_and_flavors(nusterile):
    assert len(nusterile.rows("projection")) == 4 * 4 * 31


def test_a_product_is_written_checked_and_described(nusterile, tmp_path):
    path = tmp_path / "a.nc"
    result = nusterile.run("projection", "--exposure", "1:100:3", *POINT, "-o", path)
    assert (result.status, result.err) == (0, f"{path}\n")
    assert "expected" in result.out
    assert package.open(path).attrs["content"] == "projection"
    assert "keeps the contract (schema" in nusterile.text("validate", path)
    text = nusterile.text("info", path)
    assert "content: expected limits of an experiment against its exposure" in text
    assert "exposure" in text
    config = tmp_path / "own" / "analysis.toml"
    config.parent.mkdir()
    nusterile.text("config", path, "-o", config)
    assert [e.name for e in Analysis.from_toml(config).experiments] == ["xlzd"]


def test_no_input_is_written_over(nusterile, tmp_path):
    config = tmp_path / "a.nc"
    config.write_text('experiments = ["xlzd"]\n')
    complaint = nusterile.refused("projection", "-c", config, *POINT, "-o", config)
    assert "a.nc" in complaint
    assert config.read_text() == 'experiments = ["xlzd"]\n'


def test_table_and_figure_of_a_product(nusterile, stored, tmp_path):
    assert "exposure [t yr]" in nusterile.text("table", stored)
    nusterile.text("figure", "projection", stored, "-o", tmp_path / "a.png", "--m4", "0.1")
    assert {path.suffix for path in tmp_path.iterdir()} == {".png", ".txt", ".csv"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--exposure", "0:10:3"),
            "exposure = 0:10:3: a scan goes from a number above 0 to a larg",
        ),
        (("--exposure=-1:10:3",), "exposure = -1:10:3: a scan goes from a number above 0"),
        (("--exposure", "10:1:3"), "exposure = 10:1:3: a scan goes from a number above 0"),
        (("--exposure", "nan:1:3"), "exposure = nan:1:3: a scan goes from a number above 0"),
        (("--exposure", "1:inf:3"), "exposure = 1:inf:3: a scan goes from a number above 0"),
        (("--exposure", "1:10:1"), "exposure = 1:10:1: expected 2 to 10000 points"),
        (("--exposure", "1:10:2.5"), "exposure = 1:10:2.5: expected low:high:points"),
        (("--exposure", "1:10:99999"), "exposure = 1:10:99999: expected 2 to 10000 points"),
        (("--exposure", "1:10"), "exposure = 1:10: expected low:high:points, for instance"),
        (("--exposure", "much"), "exposure = much: expected low:high:points"),
        (("--exposure", "5"), "exposure = 5 t yr: a scan needs at least two exposures"),
        (("--exposure", "5", "3"), "exposure: 3 t yr comes after 5; exposures must increase"),
        (("--exposure", "5", "nan"), "exposure = nan: expected a number above 0"),
        (("--experiment", "xlz"), "unknown experiment 'xlz'; did you mean 'xlzd'?"),
        (("--m4", "-1"), "m_4 = -1: expected a number from 0"),
        (("--flavor", "mue"), "unknown flavor 'mue'"),
        (("--cl", "90"), "cl = 90: a confidence level lies between 0 and 1"),
    ],
)
def test_wrong_input_is_one_line(nusterile, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert message in nusterile.refused("projection", *words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("table", "FILE", "--dof", "2"), "--dof 2: the product holds a projection"),
        (("table", "FILE", "--selection", "lz"), "--selection: the product holds a projection"),
        (("table", "FILE", "--cl", "0.5"), "cl = 0.5: the product holds 0.9"),
        (("figure", "limits", "FILE"), "this needs one of the kind scan or limits"),
        (("figure", "all", "FILE"), "holds a projection; draw it with: figure projection"),
        (("figure", "projection", "FILE", "--experiment", "lz"), "unknown experiment 'lz'"),
        (("figure", "projection", "FILE", "--flavor", "tau"), "unknown flavor 'tau'"),
        (("figure", "projection", "FILE", "--cl", "0.5"), "cl = 0.5: the product holds 0.9"),
        (("figure", "projection", "FILE", "--dof", "2"), "takes no option --dof"),
        (("export", "FILE", "--to", "csv"), "this needs one of the kind scan or limits"),
    ],
)
def test_what_a_projection_is_not_is_one_line(
    nusterile, stored, words, message, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    given = [stored if word == "FILE" else word for word in words]
    assert message in nusterile.refused(*given)
    assert list(tmp_path.iterdir()) == []
