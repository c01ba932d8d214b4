"""Files that a run may replace, and those that somebody would miss."""

from __future__ import annotations

from pathlib import Path

import pytest
from experiment_folders import only, write_experiment

from nusterile.cli.inputs import files_read
from nusterile.errors import InputError
from nusterile.files.replacing import require_replaceable, require_replaceable_figure
from nusterile.model.configuration import Configuration


@pytest.fixture
def configuration(tmp_path) -> Configuration:
    write_experiment(
        tmp_path / "toy",
        components=(
            '[[components]]\nname = "part"\nshape = "table"\nenergy = "reconstructed"\n'
            'free = true\ntable = "tables/part.csv"\n'
        ),
        tables={"tables/part.csv": "energy_keV,rate_per_tonne_year_keV\n0.5,1\n9.5,1\n"},
    )
    bound = tmp_path / "mine" / "bound_1"
    bound.mkdir(parents=True)
    (bound / "bound.toml").write_text('curve = "points.csv"\n')
    (bound / "points.csv").write_text("mass,coupling\n")
    (tmp_path / "a.toml").write_text('bound_folders = ["mine"]\n' + only("toy"))
    return Configuration.from_toml(tmp_path / "a.toml")


class TestInputs:
    def test_every_file_that_is_read(self, configuration, tmp_path):
        (tmp_path / "a.nc").touch()
        found = files_read(configuration, tmp_path / "a.nc", None)
        assert {path.resolve().relative_to(tmp_path.resolve()).as_posix() for path in found} == {
            *("a.nc", "toy/tables/part.csv", "mine/bound_1/bound.toml", "mine/bound_1/points.csv"),
            *(f"toy/{name}" for name in ("experiment.toml", "counts.csv", "efficiency.csv")),
        }

    def test_of_the_default_analysis(self):
        names = {f"{path.parent.name}/{path.name}" for path in files_read(Configuration())}
        assert "xenonnt_sr0/background.csv" in names
        assert "pandax4t_run1/experiment.toml" in names

    @pytest.mark.parametrize("content", [None, b"\xff", b"= 3", b"counts = 'counts.csv'"])
    def test_an_experiment_that_cannot_be_used_hides_nothing_else(
        self, configuration, tmp_path, content
    ):
        toml = tmp_path / "toy" / "experiment.toml"
        toml.unlink()
        if content is not None:
            toml.write_bytes(content)
        names = [path.name for path in files_read(configuration)]
        assert "points.csv" in names
        assert ("counts.csv" in names) == (content == b"counts = 'counts.csv'")

    @pytest.mark.parametrize("how", ["itself", "link", "hard link", "detour"])
    def test_none_is_replaced(self, configuration, tmp_path, how):
        counts = tmp_path / "toy" / "counts.csv"
        path = tmp_path / "out.csv"
        if how == "itself":
            path = counts
        elif how == "link":
            path.symlink_to(counts)
        elif how == "hard link":
            path.hardlink_to(counts)
        else:
            path = tmp_path / "mine" / ".." / "toy" / "counts.csv"
        with pytest.raises(InputError, match=r"csv: is read by this run .*; name another file$"):
            require_replaceable(path, ".csv", files_read(configuration))


class TestSuffix:
    def test_new_files_have_any_name(self, tmp_path):
        (tmp_path / "to nothing").symlink_to("new")
        for name in ("a.toml", "no suffix", "to nothing", "x" * 300):
            require_replaceable(tmp_path / name, ".csv", [])

    @pytest.mark.parametrize("name", ["a.csv", "A.CSV", ".csv", "latest"])
    def test_a_file_of_the_same_kind_is_replaced(self, tmp_path, name):
        (tmp_path / "run7.csv").touch()
        if name == "latest":
            (tmp_path / name).symlink_to("run7.csv")
        else:
            (tmp_path / name).touch()
        require_replaceable(tmp_path / name, ".csv", [])

    @pytest.mark.parametrize("name", ["a.toml", "csv", "a.csv.txt", "latest.csv"])
    def test_any_other_is_not(self, tmp_path, name):
        (tmp_path / "mine.toml").touch()
        if name == "latest.csv":
            (tmp_path / name).symlink_to("mine.toml")
        else:
            (tmp_path / name).touch()
        with pytest.raises(InputError, match=r"is there and does not end in \.csv, so it is not"):
            require_replaceable(tmp_path / name, ".csv", [])

    def test_a_folder_is_no_file(self, tmp_path):
        with pytest.raises(InputError, match="is a folder; name a file in it"):
            require_replaceable(tmp_path, ".csv", [])


class TestBesideAFigure:
    def write(self, folder: Path, name: str, text: str) -> None:
        (folder / name).write_text(text)

    def test_what_a_figure_wrote_is_replaced(self, tmp_path):
        for name, text in {
            "x.pdf": "%PDF",
            "x.csv": "# nusterile 0.1.0, figure limits\n",
            "x.txt": "a caption",
        }.items():
            self.write(tmp_path, name, text)
        require_replaceable_figure(tmp_path / "x", ["pdf"])

    def test_numbers_that_stand_alone_are_replaced(self, tmp_path):
        self.write(tmp_path, "x.csv", "# nusterile 0.1.0, figure limits\n")
        require_replaceable_figure(tmp_path / "x", ["pdf"])

    @pytest.mark.parametrize("text", ["", "m_4,limit\n", "# title: Limits\n", "# nusterileX"])
    def test_other_numbers_are_not(self, tmp_path, text):
        self.write(tmp_path, "x.csv", text)
        with pytest.raises(InputError, match=r"x\.csv: is there and is not of a figure.* numbers"):
            require_replaceable_figure(tmp_path / "x", ["pdf"])

    def test_a_text_without_numbers_is_not(self, tmp_path):
        self.write(tmp_path, "x.txt", "my notes")
        with pytest.raises(InputError, match=r"x\.txt: is there and is not of a figure.* caption"):
            require_replaceable_figure(tmp_path / "x", ["pdf"])

    def test_inputs_and_folders_are_not(self, tmp_path):
        self.write(tmp_path, "x.csv", "# nusterile 0.1.0, figure limits\n")
        with pytest.raises(InputError, match="is read by this run"):
            require_replaceable_figure(tmp_path / "x", ["pdf"], [tmp_path / "x.csv"])
        (tmp_path / "y.txt").mkdir()
        with pytest.raises(InputError, match=r"y\.txt: is a folder"):
            require_replaceable_figure(tmp_path / "y", ["pdf"])
