"""Reading text files."""

from __future__ import annotations

from pathlib import Path

import pytest

from nusterile.errors import InputError
from nusterile.files.text import read_text


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
