"""Seals: what is whole, what is not, and what has none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nusterile.files.seals import is_cut_seal, seal_state, sealed

SEAL = len(sealed(b""))


@given(st.binary(max_size=300))
def test_what_was_sealed_is_whole(content):
    assert seal_state(sealed(content)) == "whole"
    assert sealed(content).startswith(content)
    assert seal_state(sealed(sealed(content))) == "whole"


@given(content=st.binary(max_size=300), place=st.integers(0, 299), bit=st.integers(0, 7))
def test_any_bit_that_changes_is_seen(content, place, bit):
    raw = bytearray(sealed(content))
    raw[place % len(raw)] ^= 1 << bit
    assert seal_state(bytes(raw)) != "whole"


@given(content=st.binary(max_size=300), more=st.binary(min_size=1, max_size=20))
def test_bytes_behind_or_before_a_seal_are_seen(content, more):
    assert seal_state(sealed(content) + more) == "none"
    assert seal_state(more + sealed(content)) == "broken"


@pytest.mark.parametrize("kept", [1, 20, SEAL - 1])
def test_a_seal_that_was_cut(kept):
    raw = sealed(b"limit")[: len(b"limit") + kept]
    assert seal_state(raw) == "none"
    assert is_cut_seal(raw[len(b"limit") :])


def test_other_ends_are_no_cut_seal():
    assert not is_cut_seal(b"")
    assert not is_cut_seal(b"\nnusterile shell")
    assert not is_cut_seal(sealed(b""))
