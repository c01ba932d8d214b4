"""Finding files in folders, and nothing outside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nusterile.errors import InputError
from nusterile.service.folders import find_products, open_same, require_folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "inside"
    (inside / "deeper").mkdir(parents=True)
    for name in ("b.nc", "a.nc", "deeper/c.NC", ".hidden.nc", "text.txt"):
        (inside / name).write_text(name)
    return inside


def look(*folders: Path) -> dict[str, str]:
    return {one.name: one.refusal for one in find_products(require_folders(folders)).values()}


def test_products_of_a_folder_and_those_in_it(folder):
    assert look(folder) == {"a.nc": "", "b.nc": "", "deeper/c.NC": ""}


def test_a_folder_that_is_named_twice_counts_once(folder):
    assert len(find_products(require_folders([folder, folder / "..", folder]))) == 3


def test_links_inside_are_followed_links_out_are_refused(folder, tmp_path):
    secret = tmp_path / "secret.nc"
    secret.write_text("secret")
    (folder / "out.nc").symlink_to(secret)
    (folder / "in.nc").symlink_to(folder / "a.nc")
    (folder / "gone.nc").symlink_to(folder / "nothing")
    (folder / "circle.nc").symlink_to(folder / "circle.nc")
    found = look(folder)
    assert found["in.nc"] == ""
    assert found["out.nc"] == "is a link that leads out of the folders that are served"
    assert found["gone.nc"] == "is a link to a file that does not exist"
    assert found["circle.nc"] == "cannot be read"
    by_name = {one.name: one for one in find_products(require_folders([folder])).values()}
    assert by_name["out.nc"].signature.size != len("secret")


def test_linked_folders_are_passed_over(folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "other.nc").write_text("")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    (folder / "round").symlink_to(folder)
    assert look(folder) == {"a.nc": "", "b.nc": "", "deeper/c.NC": ""}


def test_pipes_and_folders_with_the_name_of_a_product_are_not_read(folder):
    os.mkfifo(folder / "pipe.nc")
    (folder / "folder.nc").mkdir()
    found = look(folder)
    assert found["pipe.nc"] == "is no file"
    assert "folder.nc" not in found


def test_names_that_act_are_made_visible(folder):
    (folder / "red\x1b[31m.nc").write_text("")
    (folder / os.fsdecode(b"\xff.nc")).write_text("")
    assert {r"red\x1b[31m.nc", "�.nc"} <= set(look(folder))


def test_a_folder_has_to_be_there(tmp_path):
    (tmp_path / "file").write_text("")
    for name, wrong in (("nothing", "does not exist"), ("file", "is no folder")):
        with pytest.raises(InputError, match=wrong):
            require_folders([tmp_path / name])
    with pytest.raises(InputError, match="null byte"):
        require_folders([Path("a\0b")])


class TestOpenSame:
    """A file is opened only as what was found."""

    def test_the_same_file(self, folder):
        found = find_products([folder])[folder / "a.nc"]
        descriptor = open_same(found)
        assert os.read(descriptor, 9) == b"a.nc"
        os.close(descriptor)

    @pytest.mark.parametrize("change", ["write", "replace", "link", "remove", "pipe"])
    def test_another_file(self, folder, tmp_path, change):
        path = folder / "a.nc"
        found = find_products([folder])[path]
        if change == "write":
            path.write_text("A.nc")
        else:
            path.unlink()
        if change == "replace":
            path.write_text("a.nc")
        elif change == "link":
            path.symlink_to(tmp_path / "inside" / "b.nc")
        elif change == "pipe":
            os.mkfifo(path)
        with pytest.raises(FileNotFoundError):
            open_same(found)
