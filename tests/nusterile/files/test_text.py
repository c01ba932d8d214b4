"""Reading text files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nusterile.errors import InputError
from nusterile.files.text import (
    hidden_character,
    plain_text,
    read_text,
    require_inside,
    visible_text,
)


def test_byte_order_mark_is_left_out(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfa = \xce\xb2\n")
    assert read_text(path) == ("a = β\n", b"\xef\xbb\xbfa = \xce\xb2\n")


def test_bad_byte_is_named_with_its_line(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"one\ntwo\nthr\xff\n")
    with pytest.raises(InputError) as error:
        read_text(path)
    assert str(error.value) == f"{path}, line 3: is not UTF-8; save the file as UTF-8"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("missing", "No such file"), (".", "Is a directory"), ("a\0b", "null byte")],
)
def test_file_that_cannot_be_read_is_refused(tmp_path, name, reason):
    with pytest.raises(InputError, match=rf"cannot be read \(.*{reason}"):
        read_text(Path(tmp_path / name))


def test_file_that_is_too_large_is_refused_without_being_read(tmp_path):
    path = tmp_path / "a.toml"
    with path.open("wb") as file:
        file.truncate(2**33)
    with pytest.raises(InputError) as error:
        read_text(path, "TOML")
    assert str(error.value) == f"{path}: holds more than 1 MiB, too much for a TOML file here"


def test_size_is_measured_to_the_byte(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 2048)
    assert len(read_text(path, largest=2048)[1]) == 2048
    with pytest.raises(InputError, match="holds more than 0"):
        read_text(path, largest=2047)


def test_pipes_and_devices_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(InputError) as error:
            read_text(path, "TOML")
        assert str(error.value) == f"{path}: is a device or a pipe; expected a TOML file"


def test_links_that_lead_out_of_a_folder(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "own").write_text("x")
    (tmp_path / "other").write_text("x")
    for name, target in {"in": "own", "out": "../other", "a": "b", "b": "a"}.items():
        (folder / name).symlink_to(target)
    require_inside(folder / "in", folder)
    with pytest.raises(
        InputError, match=r"out: lies outside .*put the file itself into the folder"
    ):
        require_inside(folder / "out", folder)
    with pytest.raises(InputError, match="cannot be read"):
        require_inside(folder / "a", folder)


def test_a_pipe_that_was_given_to_the_process_is_read_where_that_is_wanted(tmp_path):
    reading, writing = os.pipe()
    os.write(writing, b"a = 1")
    os.close(writing)
    path = Path(f"/dev/fd/{reading}")
    with pytest.raises(InputError, match="is a device or a pipe"):
        read_text(path)
    assert read_text(path, streams=True)[0] == "a = 1"
    os.close(reading)
    os.mkfifo(tmp_path / "pipe")
    for endless in (tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(InputError, match="is a device or a pipe"):
            read_text(endless, streams=True)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("μ_B, 90 % CL", "μ_B, 90 % CL"),
        ("two\n lines\tand more ", "two lines and more"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("back\b\bspace\x07", r"back\x08\x08space\x07"),
        ("a\u202eb\u200bc", r"a\u202eb\u200bc"),
        ("caf\udce9", r"caf\udce9"),
        ("", ""),
    ],
)
def test_control_characters_are_made_visible(text, plain):
    assert plain_text(text) == plain


@pytest.mark.parametrize(
    ("text", "visible", "first"),
    [
        ("two\n lines\tand\u00a0a γ", "two\n lines\tand\u00a0a γ", ""),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07", "\x1b"),
        ("new\rold", r"new\rold", "\r"),
        ("dos\r\n", "dos\\r\n", ""),
        ("c1\x9b31m", r"c1\x9b31m", "\x9b"),
        ("a\u202eb\u2028", r"a\u202eb\u2028", "\u202e"),
        ("half \ud800", r"half \ud800", "\ud800"),
    ],
)
def test_characters_that_act_unseen_are_made_visible(text, visible, first):
    assert visible_text(text) == visible
    assert hidden_character(text) == first
