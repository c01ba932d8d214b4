"""The command figure."""

from __future__ import annotations

import csv
import time

import pytest

from nusterile.bounds.digitised import add_bound, parse_digitised
from nusterile.cli import main
from nusterile.figures import FIGURES
from nusterile.product.files import write_product


def run(arguments):
    """Run the command line; its status."""
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code
    return 0


@pytest.fixture(scope="module")
def product_file(tmp_path_factory, coarse_product):
    path = tmp_path_factory.mktemp("product") / "coarse.nc"
    write_product(coarse_product, path)
    return path


def test_all_figures_of_a_product_in_half_a_minute(tmp_path, product_file, capsys):
    started = time.process_time()
    assert run(["figure", "all", product_file, "-o", tmp_path / "new", "--format", "svg"]) == 0
    assert time.process_time() - started < 30
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {f"{name}.{end}" for name in FIGURES for end in ("svg", "txt", "csv")}
    assert len(capsys.readouterr().out.splitlines()) == len(names)


def test_one_figure_from_a_configuration_with_its_options(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text('experiments = ["xenonnt_sr0"]\n[grids.m_4]\nvalues = [0.01, 0.1]\n')
    target = tmp_path / "f.svg"
    options = ["--m4", "0.2", "--mu", "3e-11", "--flavor", "e", "--width", "single"]
    assert run(["figure", "spectrum", "-c", config, "-o", target, *options]) == 0
    assert target.read_text().startswith("<?xml")
    assert "moment of ν_e, μ = 3×10⁻¹¹ μ_B, for m_4 = 0.2 MeV" in (tmp_path / "f.txt").read_text(
        encoding="utf-8"
    )
    for name in ("limits", "plane"):
        assert run(["figure", name, "-c", config, "-o", tmp_path / f"{name}.pdf"]) == 0
    lines = (tmp_path / "limits.csv").read_text().splitlines()
    rows = list(csv.DictReader(line for line in lines if line[0] != "#"))
    assert {row["m_4"] for row in rows} == {"0.01", "0.1"}
    assert {row["selection"] for row in rows} == {"xenonnt_sr0"}


def test_a_sign_that_no_font_has_is_a_note_on_one_line(tmp_path, capsys):
    settings = {"name": "mine", "label": "launch 🚀", "flavor": "all", "cl": 0.9}
    settings |= {"kind": "upper_limit", "mass_unit": "MeV", "quantity": "mu"}
    curve = parse_digitised("0.01 1e-10\n0.1 2e-10", "mine")
    add_bound(curve, settings, ["me"], tmp_path / "bounds" / "mine")
    config = tmp_path / "c.toml"
    config.write_text('experiments = ["xenonnt_sr0"]\n[grids.m_4]\nvalues = [0.01, 0.1]\n')
    target = tmp_path / "plane.pdf"
    options = ["--bounds", tmp_path / "bounds", "--show", "mine"]
    assert run(["figure", "plane", "-c", config, "-o", target, *options]) == 0
    assert target.read_bytes().startswith(b"%PDF")
    (line,) = capsys.readouterr().err.splitlines()
    said = "no font of the figure has 🚀 (U+1F680) of the text 'launch 🚀"
    assert line.startswith(f"note: {said}")
    assert line.endswith("; a box stands for it")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "unknown figure 'nope'; valid: kinematics, spectrum"),
        (["flux", "--mu", "1e-11"], "figure flux takes no option --mu; it takes --width, --m4"),
        (["flux", "-o", "x.jpg"], "x.jpg: the suffix says no format"),
        (["flux", "none.nc"], "none.nc: does not exist"),
        (["flux", "none.nc", "-c", "c.toml"], "give a product or a configuration, not both"),
        (["flux", "-o", "none/x.pdf"], "none/x.pdf: the folder none does not exist"),
        (["all", "-o", "file"], "file: cannot be made a folder"),
    ],
)
def test_wrong_input_is_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert run(["figure", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert message in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_limits_with_too_few_masses_are_refused(tmp_path, capsys):
    config = tmp_path / "c.toml"
    config.write_text("[grids.m_4]\nvalues = [0.1]\n")
    assert run(["figure", "limits", "-c", config, "-o", tmp_path / "x.pdf"]) == 2
    assert "limits at two masses at least are needed; masses: 1, limits" in capsys.readouterr().err
