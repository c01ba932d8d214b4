"""Files that are whole or not there, where links lead, and what killed writers leave."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import xarray as xr

from nusterile.accessor import open_product
from nusterile.errors import InputError, NusterileError
from nusterile.files.writing import remove_unfinished, replaced, write_file
from nusterile.product.files import check_target, write_product

Write = Callable[[Path], None]


@pytest.fixture(params=["file", "product"])
def write(request: pytest.FixtureRequest, product: xr.Dataset) -> Write:
    """Both ways to write."""
    if request.param == "file":
        return lambda path: write_file(path, "new")
    return lambda path: write_product(product, path)


class TestLinks:
    def test_the_file_behind_a_link_is_written_and_the_link_stays(self, write, tmp_path):
        there = tmp_path / "there"
        there.mkdir()
        (there / "run7.nc").touch()
        (tmp_path / "link.nc").symlink_to("there/run7.nc")
        (tmp_path / "latest.nc").symlink_to("link.nc")
        write(tmp_path / "latest.nc")
        assert (tmp_path / "latest.nc").readlink() == Path("link.nc")
        assert (tmp_path / "link.nc").readlink() == Path("there/run7.nc")
        assert (there / "run7.nc").stat().st_size > 0
        assert not (there / "run7.nc").is_symlink()
        assert [path.name for path in there.iterdir()] == ["run7.nc"]

    def test_a_link_to_nothing_makes_the_file(self, write, tmp_path):
        (tmp_path / "latest.nc").symlink_to("run7.nc")
        write(tmp_path / "latest.nc")
        assert (tmp_path / "run7.nc").is_file()
        assert (tmp_path / "latest.nc").is_symlink()

    def test_links_in_a_circle_and_into_no_folder(self, write, tmp_path):
        (tmp_path / "a").symlink_to("b")
        (tmp_path / "b").symlink_to("a")
        (tmp_path / "c").symlink_to("none/c")
        with pytest.raises(NusterileError, match=r"a: cannot be .*a link that leads in a circle"):
            write(tmp_path / "a")
        with pytest.raises(NusterileError, match=r"c: the folder .*none does not exist"):
            write(tmp_path / "c")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]

    def test_a_product_is_not_written_over_what_a_link_leads_to(self, tmp_path):
        (tmp_path / "mine.toml").write_text("[grids]\n")
        (tmp_path / "latest.nc").symlink_to("mine.toml")
        with pytest.raises(NusterileError, match="is no netCDF file, so it is not replaced"):
            check_target(tmp_path / "latest.nc")

    def test_a_product_is_read_through_a_link(self, small_product, tmp_path):
        (tmp_path / "latest.nc").symlink_to(small_product)
        assert open_product(tmp_path / "latest.nc").sizes["m_4"] == 5


def test_what_a_killed_writer_left_goes_with_the_next_file(write, tmp_path):
    left = [".a.nc.999999999-0123abcd.part", ".a.nc.999999999-0123abce.part"]
    for name in left:
        (tmp_path / name).touch()
    long_ago = time.time() - 3600
    os.utime(tmp_path / left[0], (long_ago, long_ago))
    write(tmp_path / "a.nc")
    assert sorted(path.name for path in tmp_path.iterdir()) == [left[1], "a.nc"]


def test_what_a_living_writer_has_begun_stays(tmp_path):
    mine = tmp_path / f".a.csv.{os.getpid()}-0123abcd.part"
    mine.touch()
    os.utime(mine, (0, 0))
    write_file(tmp_path / "a.csv", "new")
    assert mine.exists()


def test_a_name_that_is_too_long(tmp_path):
    for name in ("x" * 250, "x" * 300):
        with pytest.raises(InputError, match=r"File name too long.*; give a shorter name$"):
            write_file(tmp_path / name, "new")
    assert not list(tmp_path.iterdir())


def test_what_a_thread_makes_anew_is_removed_at_the_end(tmp_path):
    target = tmp_path / "a.txt"
    with pytest.raises(KeyboardInterrupt), replaced(target) as part:
        raise KeyboardInterrupt
    part.touch()  # as a thread that was left to itself would
    remove_unfinished()
    assert list(tmp_path.iterdir()) == []


def test_a_finished_file_is_not_removed_at_the_end(tmp_path):
    target = tmp_path / "a.txt"
    with replaced(target) as part:
        part.write_text("all of it")
    remove_unfinished()
    assert target.read_text() == "all of it"
