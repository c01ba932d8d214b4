"""Files of a figure: every format, the same bytes, fonts inside, numbers and caption beside."""

from __future__ import annotations

import os
import subprocess
import sys

import matplotlib
import pytest

from nusterile.errors import InputError
from nusterile.figures import FIGURES, draw
from nusterile.files.writing import write_file

STARTS = {"pdf": b"%PDF-", "svg": b"<?xml", "png": b"\x89PNG"}


@pytest.mark.parametrize("name", FIGURES)
def test_each_figure_in_each_format(name, drawn):
    drawing = drawn(name)
    for form, start in STARTS.items():
        assert drawing.render(form, dpi=60).startswith(start)
    assert drawing.caption.endswith(".")
    assert drawing.data.rows


@pytest.mark.parametrize("name", ["spectrum", "flux"])
def test_drawn_again_it_has_the_same_bytes(name, drawn, results):
    again = draw(name, results, width="double")
    for form in STARTS:
        first = drawn(name).render(form, dpi=60)
        assert again.render(form, dpi=60) == first
        assert again.render(form, dpi=60) == first


def test_another_process_writes_the_same_bytes(tmp_path, computed):
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    draw("kinematics", computed).save(here / "k", ["pdf", "svg", "png"])
    command = ["figure", "kinematics", "--format", "svg", "--format", "png", "-o"]
    subprocess.run(
        [sys.executable, "-m", "nusterile", *command, str(there / "k.pdf")],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        check=True,
        capture_output=True,
    )
    names = sorted(path.name for path in there.iterdir())
    assert names == ["k.csv", "k.pdf", "k.png", "k.svg", "k.txt"]
    for name in names:
        assert (here / name).read_bytes() == (there / name).read_bytes()


def test_neither_dates_nor_fonts_from_outside(drawn):
    drawing = drawn("survival")
    pdf, svg = drawing.render("pdf"), drawing.render("svg").decode()
    assert b"CreationDate" not in pdf
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf
    assert "<dc:date>" not in svg
    assert "font-family" not in svg


def test_the_users_settings_change_nothing_and_stay(drawn, results):
    before = drawn("flux").render("svg")
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "red"}):
        assert draw("flux", results, width="double").render("svg") == before
        assert matplotlib.rcParams["font.size"] == 20


def test_csv_says_origin_and_units(drawn, results):
    lines = drawn("kinematics").csv().splitlines()
    assert lines[0].startswith("# nusterile ")
    assert results.configuration.hash() in lines[1]
    assert lines[2] == "# units: m_4 [MeV], recoil_energy [keV], neutrino_energy [MeV]"
    assert lines[3] == "curve,m_4,recoil_energy,neutrino_energy"


def test_save_writes_figure_caption_and_numbers(tmp_path, drawn):
    drawing = drawn("flux")
    paths = drawing.save(tmp_path / "a.b", ["png", "svg"], dpi=50)
    assert [path.name for path in paths] == ["a.b.png", "a.b.svg", "a.b.txt", "a.b.csv"]
    assert (tmp_path / "a.b.txt").read_text(encoding="utf-8") == drawing.caption + "\n"
    assert (tmp_path / "a.b.csv").read_text(encoding="utf-8") == drawing.csv()
    assert len(list(tmp_path.iterdir())) == 4


def test_an_unknown_format_is_refused(tmp_path, drawn):
    with pytest.raises(InputError, match="unknown format 'gif'; valid: pdf, svg, png"):
        drawn("flux").save(tmp_path / "x", ["gif"])
    assert not list(tmp_path.iterdir())


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path):
    (tmp_path / "old").write_text("old")
    with pytest.raises(InputError, match=r"the folder .*none does not exist"):
        write_file(tmp_path / "none" / "x", "new")
    with pytest.raises(InputError, match="is a folder"):
        write_file(tmp_path, "new")
    with pytest.raises(InputError, match=r"cannot be written \(File name too long\)"):
        write_file(tmp_path / ("x" * 300), "new")
    write_file(tmp_path / "old", b"new")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["new"]
