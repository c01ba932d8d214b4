"""The commands export and table through the entry point."""

from __future__ import annotations

from pathlib import Path

import pytest
from experiment_folders import only, write_experiment

from nusterile.exports import FORMATS
from nusterile.figures import FIGURES
from nusterile.product.files import write_product


@pytest.fixture
def mine(small_product: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A product of the user's own, in the working folder."""
    monkeypatch.chdir(tmp_path)
    path = Path("mine.nc")
    path.write_bytes(small_product.read_bytes())
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class TestFilesThatWouldBeLost:
    @pytest.fixture(autouse=True)
    def _own_experiment(self, mine: Path) -> None:
        write_experiment(Path("toy"))
        Path("a.toml").write_text(only("toy"))

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            ("export mine.nc --to csv -o mine.nc", "mine.nc: is read by this run (mine.nc); name"),
            ("export mine.nc --to netcdf-limits -o mine.nc", "mine.nc: is read by this run"),
            ("export mine.nc --to csv -o a.toml", "a.toml: is there and does not end in .csv, so"),
            ("export mine.nc --to hepdata -o a.toml", "does not end in .tar.gz, so it is not"),
            ("table -c a.toml -o a.toml", "a.toml: is read by this run (a.toml); name another"),
            ("table -c a.toml --format csv -o toy/counts.csv", "toy/counts.csv: is read by this"),
            ("table mine.nc --format latex -o a.toml", "a.toml: is there and does not end in .tex"),
            ("figure flux -c a.toml -o toy/efficiency.pdf", "toy/efficiency.csv: is read by this"),
            ("figure flux -o toy/note.pdf", "toy/note.txt: is there and is not of a figure"),
            ("figure all -o toy", "toy/limits.csv: is there and is not of a figure"),
            ("build -c a.toml -o a.toml", "a.toml: is there and is no netCDF file"),
            ("build -c a.toml -o data.h5", "data.h5: is there and does not end in .nc, so"),
        ],
    )
    def test_none_is(self, nusterile, mine, arguments, complaint):
        Path("toy/note.txt").write_text("mine")
        Path("toy/limits.csv").write_text("# title: exported\n")
        Path("data.h5").write_bytes(mine.read_bytes())
        before = contents(Path())
        assert complaint in nusterile.refused(*arguments.split())
        assert contents(Path()) == before

    def test_an_export_is_not_lost_to_a_figure_of_the_same_name(self, nusterile, mine):
        nusterile.text("export", mine, "--to", "csv", "-o", "limits.csv")
        before = Path("limits.csv").read_bytes()
        complaint = nusterile.refused("figure", "limits", mine)
        assert complaint == (
            "limits.csv: is there and is not of a figure, and the numbers of this one would "
            "replace it; move it away, or give the figure another name with -o"
        )
        assert Path("limits.csv").read_bytes() == before
        assert not Path("limits.pdf").exists()

    def test_the_product_is_not_replaced_through_a_link(self, nusterile, mine):
        Path("latest.nc").symlink_to(mine)
        command = ("export", mine, "--to", "netcdf-limits", "-o", "latest.nc")
        assert "latest.nc: is read by this run" in nusterile.refused(*command)


def test_a_table_shows_the_degrees_of_freedom_that_the_product_has(nusterile, mine):
    import nusterile as package

    write_product(package.open(mine).sel(dof=[1]), Path("one.nc"))
    text = nusterile.text("table", "one.nc", "--format", "csv")
    assert {line.split(",")[4] for line in text.splitlines()[1:]} == {"1"}
    assert "dof = 2: the product holds 1" in nusterile.refused("table", "one.nc", "--dof", "2")
    assert "the masses of the product are" in nusterile.refused("table", mine, "--m4", "5")


@pytest.mark.parametrize("origin", ["mine.nc", "-c small.toml"])
def test_expected_limits_by_every_command(nusterile, mine, small_toml, origin):
    Path("small.toml").write_bytes(small_toml.read_bytes())
    nusterile.text(*f"figure limits {origin} --expected -o e.svg".split())
    assert "Expected upper limits" in Path("e.txt").read_text()
    assert "expected (Asimov)" in Path("e.svg").read_text()
    text = nusterile.text(*f"table {origin} --expected".split())
    assert text.startswith("Expected (Asimov) upper limits on the moment")
    assert "plane takes no option --expected" in nusterile.refused(
        *f"figure plane {origin} --expected".split()
    )
    if origin == "mine.nc":
        nusterile.text("export", mine, "--to", "csv", "--expected", "-o", "e2.csv")
        assert "\n# kind: expected, " in Path("e2.csv").read_text()
        assert "takes no expected" in nusterile.refused(
            "export", mine, "--to", "hepdata", "--expected", "-o", "e.tar.gz"
        )


def test_every_form_is_written_anew_over_its_own(nusterile, mine):
    for command in (
        f"export {mine} --to csv -o new.csv",
        f"export {mine} --to netcdf-limits -o new.nc",
        f"export {mine} --to bibtex -o new.bib",
        f"table {mine} -o new.txt",
        f"table {mine} --format markdown -o new.md",
        f"table {mine} --format latex -o new.tex",
        f"figure flux {mine} --format svg -o figure.svg",
    ):
        name = command.split()[-1]
        nusterile.text(*command.split())
        Path(name).write_bytes(b"")
        nusterile.text(*command.split())
        assert Path(name).stat().st_size > 0
    nusterile.text("table", mine, "-o", "new name without suffix")


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_in_a_process_of_its_own(process, small_product, tmp_path, name):
    """Nothing else has imported what it needs."""
    done = process.run("figure", name, small_product, "-o", tmp_path / f"{name}.svg")
    assert (done.status, done.err) == (0, "")
    assert (tmp_path / f"{name}.svg").stat().st_size > 10_000


@pytest.mark.parametrize("name", FORMATS)
def test_every_export_in_a_process_of_its_own(process, small_product, tmp_path, name):
    target = tmp_path / f"export{FORMATS[name].suffix}"
    done = process.run("export", small_product, "--to", name, "-o", target)
    assert (done.status, done.err) == (0, "")
    assert target.exists()
