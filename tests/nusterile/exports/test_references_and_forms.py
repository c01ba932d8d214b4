"""BibTeX of a product, the forms by name, and the commands export and table."""

from __future__ import annotations

import pytest

from nusterile.bounds.registry import load_bounds
from nusterile.cli import main
from nusterile.errors import InputError
from nusterile.exports import FORMATS, export
from nusterile.exports.references import references_of
from nusterile.publications.bibliography import bibliography, read_bibliography
from nusterile.references import analysis_references, bound_references


def run(arguments):
    """Run the command line; its status."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code
    return 0


def test_bibtex_comes_back(product, tmp_path):
    export(product, "bibtex", tmp_path / "r.bib")
    back = read_bibliography(tmp_path / "r.bib")
    expected = references_of(product)
    assert list(back) == [entry.key for entry in expected]
    assert [entry.fields for entry in back.values()] == [entry.fields for entry in expected]
    known = bibliography()
    assert all(back[key].text == known[key].text for key in set(back) & set(known))


def test_everything_behind_product_and_bounds_is_there(product):
    keys = {entry.key for entry in references_of(product)}
    assert "nusterile" in keys
    assert {entry.key for entry in analysis_references(product.nusterile.config)} <= keys
    assert {entry.key for entry in bound_references(load_bounds().values())} <= keys
    known = bibliography()
    for doi in product.attrs["references"].split("; "):
        assert known.find(doi.removeprefix("doi:")).key in keys


def test_a_publication_outside_the_bibliography_stands_there_once(product, tmp_path):
    product.attrs["references"] += "; doi:10.1000/own"
    export(product, "bibtex", tmp_path / "r.bib")
    back = read_bibliography(tmp_path / "r.bib")
    assert [entry.doi for entry in back.values()].count("10.1000/own") == 1


def test_an_unknown_form_is_refused(product, tmp_path):
    with pytest.raises(InputError, match=r"unknown form of export 'cvs'; did you mean 'csv'"):
        export(product, "cvs", tmp_path / "x")


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_writes_each_form(form, product_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["export", product_file, "--to", form]) == 0
    assert capsys.readouterr().out.strip() == FORMATS[form].file_name
    assert [path.name for path in tmp_path.iterdir()] == [FORMATS[form].file_name]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.nc", "--to", "csv"], "none.nc: does not exist"),
        (["PRODUCT", "--to", "cvs"], "'cvs' is not one of 'csv'"),
        (["PRODUCT", "--to", "csv", "-o", "none/l.csv"], "none/l.csv: the folder none does not"),
        (["PRODUCT", "--to", "hepdata", "-o", "folder"], "folder: is a folder"),
        (["PRODUCT", "--to", "netcdf-limits", "-o", "folder"], "folder: is a folder"),
        (["PRODUCT"], "Missing option '--to'"),
    ],
)
def test_wrong_input_is_one_line(arguments, message, product_file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    words = [product_file if word == "PRODUCT" else word for word in arguments]
    assert run(["export", *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_an_old_file_survives_a_failed_export(product_file, product, tmp_path, monkeypatch):
    from nusterile.exports import hepdata

    target = tmp_path / "s.tar.gz"
    target.write_text("old")
    monkeypatch.setattr(hepdata, "validate_folder", lambda folder: "no")
    assert run(["export", product_file, "--to", "hepdata", "-o", target]) == 2
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["s.tar.gz"]


def test_the_command_table(product_file, tmp_path, capsys):
    words = ["--flavor", "e", "tau", "--selection", "combined", "--dof", "1", "--m4", "0.1", "0.5"]
    assert run(["table", product_file, *words]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Upper limits on the moment in mu_B, 90 % CL, 1 degree of freedom\n")
    assert len(shown.splitlines()) == 7  # observed and expected of both
    target = tmp_path / "t.tex"
    assert run(["table", product_file, *words, "--format", "latex", "-o", target]) == 0
    assert capsys.readouterr().out.strip() == str(target)
    assert target.read_text(encoding="utf-8").endswith("\\end{tabular}\n")
    assert run(["table", product_file, "-c", "x.toml"]) == 2
    assert "give a product or a configuration, not both" in capsys.readouterr().err
    assert run(["table", product_file, "--flavor", "muon"]) == 2
    assert "unknown flavor 'muon'" in capsys.readouterr().err


@pytest.mark.parametrize("form", FORMATS)
def test_a_part_of_a_product(product, tmp_path, form):
    """Also one whose axes became scalars."""
    part = product.sel(flavor="e", selection="combined")
    export(part, form, tmp_path / "a")
    export(product.sel(flavor=["e"], selection=["combined"]), form, tmp_path / "b")
    if form == "csv":
        lines = [(tmp_path / name).read_text().splitlines() for name in "ab"]
        assert lines[0] == lines[1]
        assert len(lines[0]) > 20
