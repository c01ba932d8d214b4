"""What has been computed, kept: whole, or not at all."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nusterile.errors import InputError
from nusterile.scheduling.checkpoint import checkpoint_of, opened

IDENTITY = {"study": "coverage", "seed": 0, "m_4": [0.1, 0.3]}
RESULTS = {
    (0, 0, 32): np.arange(12.0).reshape(3, 4),
    (0, 32, 32): np.array([[np.nan, -0.0, np.inf]]),
    (1, 0, 7): np.arange(5, dtype=np.int64),
}


def filled(path: Path) -> bytes:
    with opened(path, IDENTITY) as kept:
        for key, result in RESULTS.items():
            kept[key] = result
    return path.read_bytes()


def contents(path: Path) -> dict[tuple[int, ...], np.ndarray]:
    with opened(path, IDENTITY) as kept:
        return {key: kept[key] for key in RESULTS if key in kept}


def test_it_is_a_hidden_file_beside_the_product(tmp_path):
    assert checkpoint_of(tmp_path / "toys.nc") == tmp_path / ".toys.nc.progress"


def test_results_come_back_to_the_bit(tmp_path):
    filled(tmp_path / "kept")
    for key, result in contents(tmp_path / "kept").items():
        assert result.dtype == RESULTS[key].dtype
        assert result.tobytes() == RESULTS[key].tobytes()


def test_it_can_be_gone_on_with(tmp_path):
    filled(tmp_path / "kept")
    with opened(tmp_path / "kept", IDENTITY) as kept:
        kept[9, 9, 9] = np.ones(3)
    with opened(tmp_path / "kept", IDENTITY) as kept:
        assert (9, 9, 9) in kept
        assert (9, 9, 8) not in kept
        kept.remove()
    assert not (tmp_path / "kept").exists()


@settings(max_examples=60, deadline=None)
@given(cut=st.floats(0, 1), place=st.floats(0, 1), bit=st.integers(0, 7), torn=st.booleans())
def test_what_is_cut_or_damaged_is_dropped_and_the_rest_stays(
    tmp_path_factory, cut, place, bit, torn
):
    """Whatever a kill or the disk leaves: whole results, or one clear line."""
    path = tmp_path_factory.mktemp("torn") / "kept"
    content = bytearray(filled(path))
    if torn:
        content = content[: int(cut * len(content))]
    else:
        content[int(place * (len(content) - 1))] ^= 1 << bit
    path.write_bytes(content)
    said = ""
    try:
        found = contents(path)
    except InputError as error:
        said = str(error)
    if said:
        assert "keeps what another run had computed" in said
        return
    order = list(RESULTS)
    assert list(found) == order[: len(found)]
    for key, result in found.items():
        assert result.tobytes() == RESULTS[key].tobytes()
    with opened(path, IDENTITY) as kept:  # and it can be gone on with
        for key in order[len(found) :]:
            kept[key] = RESULTS[key]
    assert list(contents(path)) == order


def test_a_key_that_was_damaged_is_no_other_key(tmp_path):
    """One bit makes (0, 32, 33) of (0, 32, 32), whose result it is not."""
    content = filled(tmp_path / "kept")
    damaged = content.replace(b"[0, 32, 32]", b"[0, 32, 33]")
    assert damaged != content
    (tmp_path / "kept").write_bytes(damaged)
    with opened(tmp_path / "kept", IDENTITY) as kept:
        assert len(kept) == 1
        assert (0, 32, 33) not in kept


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"seed": 1}, "seed"),
        ({"m_4": [0.1]}, "m_4"),
        ({"code": "2"}, "code"),
        ({"seed": None}, "seed"),
    ],
)
def test_that_of_another_run_is_refused_and_stays(tmp_path, change, word):
    before = filled(tmp_path / "kept")
    with (
        pytest.raises(InputError, match=rf"which differs in {word}; finish that run, or remove"),
        opened(tmp_path / "kept", IDENTITY | change),
    ):
        pass
    assert (tmp_path / "kept").read_bytes() == before


def test_nothing_is_left_of_a_run_that_computed_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), opened(tmp_path / "kept", IDENTITY):
        raise ZeroDivisionError
    assert not (tmp_path / "kept").exists()


def test_one_that_was_killed_before_it_computed_anything_is_nobodys(tmp_path):
    filled(tmp_path / "whole")
    first, _, _ = (tmp_path / "whole").read_bytes().partition(b"\n")
    (tmp_path / "kept").write_bytes(first + b"\n")
    with opened(tmp_path / "kept", IDENTITY | {"seed": 1}) as kept:
        kept[1, 2, 3] = np.ones(2)
    with opened(tmp_path / "kept", IDENTITY | {"seed": 1}) as kept:
        assert (1, 2, 3) in kept


def _try_to_open(path: str, answer) -> None:
    try:
        with opened(Path(path), IDENTITY):
            answer.put("opened")
    except InputError as error:
        answer.put(str(error))


def test_a_second_process_is_refused(tmp_path):
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    with opened(tmp_path / "kept", IDENTITY):
        other = context.Process(target=_try_to_open, args=(str(tmp_path / "kept"), answer))
        other.start()
        assert "another process is computing the same product" in answer.get(timeout=60)
        other.join()
    answer.close()
    answer.join_thread()


FULL = """
import resource, signal, sys, numpy as np
from pathlib import Path
from nusterile.scheduling.checkpoint import opened
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
try:
    with opened(Path(sys.argv[1]), {}) as kept:
        for k in range(100):
            kept[0, k, 1] = np.full(100, float(k))
except ValueError as error:
    print(error)
"""


def test_a_full_disk_is_named_and_loses_nothing(tmp_path):
    said = subprocess.run(
        [sys.executable, "-c", FULL, tmp_path / "kept"], capture_output=True, text=True, check=True
    )
    assert "what is computed cannot be kept (File too large); make room, and" in said.stdout
    with opened(tmp_path / "kept", {}) as kept:
        assert (0, 0, 1) in kept
        assert (0, 3, 1) in kept
        assert kept[0, 3, 1].tolist() == [3.0] * 100
        assert (0, 90, 1) not in kept


def test_a_file_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "kept").mkdir()
    with pytest.raises(InputError, match="kept: cannot be used"), opened(tmp_path / "kept", {}):
        pass
