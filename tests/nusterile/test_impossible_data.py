"""Events in a bin where none can be expected: there is no fit, and every command says so."""

import contextlib
import warnings

import numpy as np
import pytest
from experiment_folders import write_impossible

import nusterile
from nusterile.cli import main
from nusterile.product.files import validate_product
from nusterile.product.slices import Slices
from nusterile.vocabulary import FAILED


@pytest.fixture
def toml(tmp_path):
    return write_impossible(tmp_path)


def test_there_are_no_limits(toml):
    found = nusterile.Analysis.from_toml(toml).limits()
    assert (found.limit_status == FAILED).all()
    assert np.isnan(found.limit).all()
    assert np.isnan(found.delta_chi2_sm).all()


def test_a_product_is_written_and_read(toml, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "a.nc"
    nusterile.Analysis.from_toml(toml).build(path)
    product = validate_product(path)
    assert (product.limit_status == FAILED).all()
    capsys.readouterr()
    for words in ("validate", "info", "table", "figure plane", "figure profile", "figure limits"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with contextlib.suppress(SystemExit):  # where there is nothing to draw: in one line
                main([*words.split(), str(path), *(["-o", "x.png"] if " " in words else [])])
        said = capsys.readouterr()
        assert said.err.count("\n") <= 1
        if words == "table":
            assert FAILED in said.out


def test_slices_have_no_delta_chi2(toml):
    slices = Slices(nusterile.Analysis.from_toml(toml).build())
    assert np.isnan(slices.plane("toy", "e", 1)).all()
    assert np.isnan(slices.along_mu("toy", "e", 0, 2)).all()
    assert np.isnan(slices.limit("toy", "e", 0.8, 1)[0]).all()
