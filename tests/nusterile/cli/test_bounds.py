"""The commands bounds and cite."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import xarray as xr
from click.testing import CliRunner, Result

import nusterile.accessor
import nusterile.cli.bounds
from nusterile.bounds.registry import load_bounds, massless_marks
from nusterile.cli import main
from nusterile.cli.bounds import bounds
from nusterile.cli.cite import cite
from nusterile.errors import InputError
from nusterile.publications.bibliography import bibliography, read_bibliography

TOML = """\
name = "mine"
label = "My bound"
flavor = "tau"
cl = 0.68
kind = "upper_limit"
mass_unit = "MeV"
quantity = "mu"
curve = "curve.csv"

[[references]]
text = "A. Author, J. Unknown 1 (2024) 2"
doi = "10.1234/abcd"
"""


def write(folder: Path, toml: str = TOML, curve: str = "mass,coupling\n1,1e-9\n2,2e-9\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bound.toml").write_text(toml)
    (folder / "curve.csv").write_text(curve)
    return folder


def run(command, *arguments: object) -> Result:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result


def table(command, *arguments: object) -> list[dict]:
    content = json.loads(run(command, *arguments, "--format", "json").stdout)
    assert list(content) == ["columns", "units", "rows"]
    return [dict(zip(content["columns"], row, strict=True)) for row in content["rows"]]


@pytest.fixture
def config(tmp_path) -> Path:
    write(tmp_path / "own" / "mine")
    file = tmp_path / "config.toml"
    file.write_text('bound_folders = ["own"]\n')
    return file


def test_list_has_every_bound_in_full_precision():
    rows = {row["name"]: row for row in table(bounds, "list")}
    marks = massless_marks()
    assert list(rows) == [*load_bounds(), *marks.mark.values]
    for mark in marks:
        row = rows[mark.mark.item()]
        assert (row["kind"], row["m_4_low"], row["m_4_high"]) == ("massless", 0, 0)
        assert (row["mu_lowest"], row["cl"]) == (mark.item(), mark.cl.item())
    lep = rows["lep"]
    assert (lep["flavor"], lep["cl"], lep["kind"]) == ("all", 0.95, "upper_limit")
    assert (lep["m_4_low"], lep["m_4_high"]) == (1.002, 89188.1)
    assert lep["mu_lowest"] == load_bounds()["lep"].points[:, 1].min()
    assert "arXiv:1803.03262" in lep["reference"]


def test_list_by_flavor_and_with_a_user_s_bounds(config):
    found = [row["name"] for row in table(bounds, "list", "--flavor", "tau", "-c", config)]
    assert "mine" in found
    assert "donut_tau" in found
    assert "sn1987a" in found
    assert "lsnd_e" not in found
    assert {"donut_nutau", "red_giants"} <= set(found)
    assert "gemma" not in found
    with pytest.raises(InputError, match="unknown flavor 'elec'"):
        run(bounds, "list", "--flavor", "elec")


def test_show_as_text_names_source_notes_and_findings():
    text = " ".join(run(bounds, "show", "superk_atm_e").stdout.split())
    for part in ("Super-K atmospheric", "doi:10.1103/PhysRevD.106.095037", "0.9, as published"):
        assert part in text
    assert "The curve turns back at 85.9 MeV" in text
    assert "curve.csv, line 13: the curve turns back" in text


def test_show_as_csv_has_every_point_and_marks_sentinels():
    text = run(bounds, "show", "lep", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 120
    assert (float(rows[0]["m_4"]), float(rows[0]["mu"])) == (1.002, 1.41649e-07)
    assert [row["use"] for row in rows].count("left out: mu >= 0.0001") == 12


@pytest.mark.parametrize("name", massless_marks().mark.values)
def test_show_knows_what_compare_names(name):
    (row,) = table(bounds, "show", name)
    assert row["m_4"] == 0
    assert row["mu"] == massless_marks().sel(mark=name).item()
    text = " ".join(run(bounds, "show", name).stdout.split())
    assert "massless: upper limit for a massless final state" in text


def test_show_of_an_unknown_bound():
    with pytest.raises(InputError, match="no bound 'gema'; did you mean 'gemma'"):
        run(bounds, "show", "gema")
    with pytest.raises(InputError, match="no bound 'donut'; did you mean 'donut_tau'"):
        run(bounds, "show", "donut")


def test_check_reports_sentinels_walls_and_turns():
    rows = table(bounds, "check")
    assert {row["bound"] for row in rows} == set(load_bounds())
    assert {row["status"] for row in rows} == {"ok", "note"}
    (lep,) = [row for row in rows if row["bound"] == "lep"]
    assert (lep["file"], lep["line"]) == ("curve.csv", 113)
    assert "12 sentinel points" in lep["finding"]
    (nomad,) = [row for row in rows if row["bound"] == "nomad_mu"]
    assert (nomad["status"], nomad["line"]) == ("ok", None)


def test_check_of_folders_leaves_the_builtin_bounds_out(tmp_path):
    own = write(tmp_path / "mine", curve="mass,coupling\n1,1e-9\n2,2e-9\n3,1\n")
    (row,) = table(bounds, "check", own)
    assert (row["bound"], row["status"], row["line"]) == ("mine", "note", 4)


def test_check_goes_on_after_a_defect_and_ends_with_status_2(tmp_path, capsys):
    write(tmp_path / "a", curve="mass,coupling\n1,1e-9\n1,2e-9\n")
    write(tmp_path / "b", TOML.replace('"MeV"', '"TeV"'))
    write(tmp_path / "c")
    write(tmp_path / "d")
    with pytest.raises(SystemExit) as end:
        main(["bounds", "check", str(tmp_path), "--format", "json"])
    assert end.value.code == 2
    out, err = capsys.readouterr()
    rows = json.loads(out)["rows"]
    assert [(row[0], row[1]) for row in rows] == [
        ("a", "defect"),
        ("b", "defect"),
        ("mine", "ok"),
        ("mine", "defect"),
        ("mine", "ok"),
    ]
    assert "curve.csv, line 3: mass 1 repeats" in rows[0][4]
    assert "bound.toml, line 6: mass_unit" in rows[1][4]
    assert "a bound named 'mine' is already there" in rows[3][4]
    assert err.count("\n") == 1
    assert "curve.csv, line 3: mass 1 repeats" in err
    assert "(and 2 more)" in err


def test_check_of_the_configuration_includes_its_folders(config):
    assert [row["bound"] for row in table(bounds, "check", "-c", config)][-1] == "mine"


def test_check_of_a_missing_folder(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        run(bounds, "check", tmp_path / "none")


@pytest.fixture
def limits_at_2e9(monkeypatch):
    """Stand in for the analysis: 2e-9 everywhere; remembers what was asked for."""
    asked = {}

    def limits(**settings):
        asked.update(settings)
        values = xr.DataArray(
            [[[[[2e-9]]] * len(settings["m_4"])]],
            dims=("selection", "flavor", "m_4", "cl", "dof"),
            coords={
                "selection": ["combined"],
                "flavor": ["tau"],
                "m_4": list(settings["m_4"]),
                "cl": list(settings["cl"]),
                "dof": list(settings["dof"]),
            },
        )
        return xr.Dataset({"limit": values})

    monkeypatch.setattr(
        nusterile.cli.bounds,
        "load_analysis",
        lambda path: SimpleNamespace(limits=limits, expected_selections=()),
    )
    return asked


def test_compare_shows_who_wins(limits_at_2e9, config):
    rows = table(bounds, "compare", "--m4", "1.5", "50", "--flavor", "tau", "-c", config)
    assert limits_at_2e9["m_4"] == (1.5, 50.0)
    assert limits_at_2e9["flavor"] == ("tau",)
    found = {(row["m_4"], row["bound"]): row for row in rows}
    assert found[1.5, "lep"]["verdict"] == "stronger"
    assert found[1.5, "mine"]["verdict"] == "weaker"
    assert found[1.5, "mine"]["bound_cl"] == 0.68
    assert found[50.0, "superk_atm_tau"]["verdict"] == "stronger"
    assert "massless" not in {row["kind"] for row in rows}
    row = found[50.0, "superk_atm_tau"]
    assert (row["selection"], row["cl"], row["dof"], row["limit"]) == ("combined", 0.9, 1, 2e-9)
    assert found[1.5, "lep"]["bound_high"] is None
    assert row["bound_high"] > row["bound_low"]


def test_massless_limits_are_compared_at_light_masses_only(limits_at_2e9):
    def compared(*masses):
        done = run(bounds, "compare", "--m4", *masses, "--format", "json")
        rows = json.loads(done.stdout)["rows"]
        return {row[4] for row in rows if "massless" in row}, done.stderr

    assert compared(0, 2) == ({0.0}, "")
    assert compared(0.001, 0.5) == ({0.001}, "")
    masses, note = compared(2, 3)
    assert masses == set()
    assert note == (
        "note: limits for a massless final state hold for m_4 -> 0 and are left out, since the "
        "lightest mass is 2 MeV; name --m4 0 as well to see them\n"
    )


def test_cite_prints_software_and_analysis(tmp_path):
    file = tmp_path / "out.bib"
    file.write_text(run(cite).stdout)
    keys = list(read_bibliography(file))
    assert keys[:2] == ["nusterile", "Mustamin2025"]
    assert "XENONnT2022" in keys
    assert "DONUT2001" not in keys


def test_cite_with_bounds_adds_theirs_and_a_user_s(config, tmp_path):
    file = tmp_path / "out.bib"
    file.write_text(run(cite, "--bounds", "-c", config).stdout)
    found = read_bibliography(file)
    assert {"nusterile", "DONUT2001", "GEMMA2012", "bound_mine_1"} <= set(found)
    assert found["bound_mine_1"].doi == "10.1234/abcd"


def test_cite_of_references_prints_only_those():
    text = run(cite, "arXiv:1803.03262", "10.1103/PhysRevLett.129.161805", "nusterile").stdout
    assert text.count("\n@") + text.startswith("@") == 3
    keys = [row["key"] for row in table(cite, "arXiv:1803.03262", "nusterile", "Magill2018")]
    assert keys == ["Magill2018", "nusterile"]
    with pytest.raises(InputError, match="no reference 'Magill'"):
        run(cite, "Magill")


def test_cite_of_a_product_prints_what_is_behind_it(monkeypatch, tmp_path):
    file = tmp_path / "product.nc"
    file.touch()
    product = xr.Dataset(attrs={"references": "doi:10.1103/PhysRevLett.129.161805; doi:10.1234/x"})
    monkeypatch.setattr(nusterile.accessor, "open_product", lambda path: product)
    rows = table(cite, file)
    assert [row["key"] for row in rows] == ["nusterile", "XENONnT2022", "doi_2"]


def test_cite_as_a_table_has_identifiers():
    rows = {row["key"]: row for row in table(cite)}
    entry = bibliography()["NuFIT2024"]
    assert (rows["NuFIT2024"]["doi"], rows["NuFIT2024"]["arxiv"]) == (entry.doi, entry.arxiv)
    assert rows["NuFIT2024"]["year"] == 2024
    assert rows["nusterile"]["year"] == 2026


def test_commands_are_reachable_from_the_entry_point(capsys):
    main(["bounds", "list", "--format", "csv"])
    assert capsys.readouterr().out.startswith("name,label,flavor,cl,kind,")
    main(["cite", "Magill2018"])
    assert capsys.readouterr().out.startswith("@article{Magill2018,")
