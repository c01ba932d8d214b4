"""The command bounds add: a digitised curve becomes a bound that is usable at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from nusterile.bounds.folder import read_bound

OPTIONS = ("--unit", "GeV", "--quantity", "d", "--flavor", "mu", "--cl", "0.9")
CURVE = "0.001,1e-7\n0.01,2e-7\n0.1,3e-7\n"


@pytest.fixture
def curve(tmp_path) -> Path:
    path = tmp_path / "curve.csv"
    path.write_text(CURVE)
    return path


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def add(curve: Path, *more: object) -> tuple[object, ...]:
    reference = ("--reference", "arXiv:2401.00001")
    return ("bounds", "add", curve, *OPTIONS, *reference, "-o", curve.parent / "mine", *more)


def test_units_are_converted_and_what_was_understood_is_printed(process, curve):
    printed = " ".join(process.text(*add(curve, "--label", "My bound")).split())
    assert "masses 1 to 100 MeV" in printed
    assert "moments 6.75e-10 to 2.025e-09 mu_B" in printed
    assert "doubt" not in printed
    bound = read_bound(curve.parent / "mine")
    assert bound.points[:, 0].tolist() == pytest.approx([1, 10, 100], rel=1e-12)
    # mu = 2 d / mu_B with mu_B = 296.30 1/GeV
    assert bound.points[:, 1].tolist() == pytest.approx(
        [2e-7 / 296.30, 4e-7 / 296.30, 6e-7 / 296.30], rel=1e-4
    )
    assert (bound.label, bound.flavor, bound.cl, bound.kind) == (
        *("My bound", "mu"),
        *(0.9, "upper_limit"),
    )
    assert contents(curve.parent) == ["curve.csv", "mine"]


@pytest.mark.parametrize(
    "text",
    [
        "mass,coupling\n" + CURVE,
        CURVE.replace(",", ";"),
        "m4;d\n" + CURVE.replace(",", "; "),
        CURVE.replace(",", "\t"),
        "# a comment\nmass [GeV]   d [1/GeV]\n" + CURVE.replace(",", "   "),
        "\ufeff" + CURVE.replace("\n", "\r\n"),
    ],
)
def test_headers_and_separators(nusterile, curve, text):
    curve.write_bytes(text.encode())
    nusterile.text(*add(curve))
    assert (curve.parent / "mine" / "curve.csv").read_text() == "mass,coupling\n" + CURVE


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "curve.csv: is empty; expected two columns"),
        ("# only this\nmass,coupling\n", "curve.csv: is empty"),
        ("1,nan\n2,1e-7\n", "line 1: the coupling is 'nan'; expected a finite number above 0"),
        ("nan,1e-7\n", "line 1: the mass is 'nan'"),
        ("1,1e-7\n2,inf\n", "line 2: the coupling is 'inf'"),
        ("1,1e-7\n-2,1e-7\n", "line 2: the mass is '-2'"),
        ("1,1e-7\n2,x\n", "line 2: the coupling is 'x'"),
        ("1,1e-7\n3,1e-7\n2,1e-7\n", "line 3: mass 2 is smaller than the one before, 3"),
        ("1,1e-7\n1,2e-7\n", "line 2: mass 1 repeats the one before"),
        ("0,01;1,5e-7\n", "line 1: the mass is '0,01'; expected a finite number above 0; write"),
        ("0,01 1,5e-7\n", "line 1: has 3 columns; expected two, mass and coupling; write decimal"),
        ("0,01,1,5e-7\n", "line 1: has 4 columns; expected two, mass and coupling; write decimal"),
        ("1\n2\n", "line 1: has 1 column; expected two"),
        ("1 2 3\n", "line 1: has 3 columns; expected two"),
        ("coupling,mass\n1e-7,1\n", "line 1: the last column is the mass"),
        ("1,1e-7\n", "a upper_limit needs at least 2 points"),
        ("1,1\n2,1\n", "needs at least 2 points below mu = 0.0001; it has 0"),
        ("1,1e-7\0\n", "is no CSV file, it holds binary data"),
    ],
)
def test_a_curve_that_cannot_be_used_leaves_nothing_behind(nusterile, curve, text, complaint):
    curve.write_text(text)
    assert complaint in nusterile.refused(*add(curve))
    assert contents(curve.parent) == ["curve.csv"]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--cl", "90"), "cl: expected a number below 1; it holds 90"),
        (("--cl", "nan"), "cl: "),
        (("--name", "lep"), "a bound named 'lep' is already there"),
        (("--name", "gemma"), "a bound named 'gemma' is already there"),
        (("--name", "my bound"), "'my bound' is no name of a bound"),
        (("--unit", "eV"), "'eV' is not one of"),
        (("--reference", " "), "the reference is empty"),
        (("--label", "a\u202eb"), "label: "),
    ],
)
def test_options_that_cannot_be_used(nusterile, curve, options, complaint):
    assert complaint in nusterile.refused(*add(curve, *options))
    assert contents(curve.parent) == ["curve.csv"]


def test_a_folder_that_is_there_is_kept(nusterile, curve):
    nusterile.text(*add(curve))
    before = (curve.parent / "mine" / "bound.toml").read_bytes()
    assert "is already there and is kept" in nusterile.refused(*add(curve, "--cl", "0.95"))
    assert (curve.parent / "mine" / "bound.toml").read_bytes() == before


def test_a_missing_curve_and_a_folder_that_cannot_be_made(nusterile, curve):
    assert "cannot be read" in nusterile.refused(*add(curve.parent / "none.csv"))
    assert "cannot be made a folder" in nusterile.refused(*add(curve, "-o", curve / "a" / "b"))


def test_a_wrong_unit_is_doubted(nusterile, curve):
    curve.write_text("0.001,4e-6\n0.1,4e-6\n")
    printed = " ".join(nusterile.text(*add(curve, "--quantity", "mu")).split())
    assert "doubt moments are typically" in printed
    assert "and quantity, which may be 'd'" in printed


@pytest.mark.parametrize(
    ("given", "reference"),
    [
        ("https://doi.org/10.1234/a.b", ("doi:10.1234/a.b", "10.1234/a.b", "")),
        ("10.1234/a.b", ("doi:10.1234/a.b", "10.1234/a.b", "")),
        ("hep-ph/0102030", ("arXiv:hep-ph/0102030", "", "hep-ph/0102030")),
        ("A. Author, private", ("A. Author, private", "", "")),
    ],
)
def test_references(nusterile, curve, given, reference):
    nusterile.text(*add(curve, "--reference", given))
    bound = read_bound(curve.parent / "mine")
    found = bound.references[1]
    assert (found.text, found.doi, found.arxiv) == reference


def test_an_outline_may_turn_back(nusterile, curve):
    curve.write_text("0.001,3e-7\n0.1,3e-7\n0.1,5e-7\n0.01,9e-7\n")
    nusterile.text(*add(curve, "--outline"))
    assert read_bound(curve.parent / "mine").limit(50.0).item() == pytest.approx(
        6e-7 / 296.30, rel=1e-4
    )


def test_it_is_usable_at_once(nusterile, curve, small_product):
    folder = curve.parent / "mine"
    nusterile.text(*add(curve))
    listed = {row["name"]: row for row in nusterile.rows("bounds", "list", "--bounds", folder)}
    assert (listed["mine"]["m_4_low"], listed["mine"]["m_4_high"]) == (1, 100)
    assert "lep" in listed
    assert len(nusterile.rows("bounds", "show", "mine", "--bounds", folder)) == 3
    (checked,) = nusterile.rows("bounds", "check", "--bounds", folder)
    assert (checked["bound"], checked["status"]) == ("mine", "ok")
    picture = curve.parent / "plane.png"
    drawn = (
        "figure",
        "plane",
        small_product,
        "--bounds",
        folder,
        "--show",
        "mine",
        "--flavor",
        "mu",
    )
    nusterile.text(*drawn, "-o", picture)
    assert "mine" in picture.with_suffix(".csv").read_text()


def test_compare_takes_it(nusterile, curve):
    nusterile.text(*add(curve))
    rows = nusterile.rows(
        *("bounds", "compare", "--bounds", curve.parent / "mine"),
        *("--m4", 0, "--m4", 1.5, "--flavor", "mu", "--selection", "xenonnt_sr0"),
    )
    assert "mine" in {row["bound"] for row in rows}
