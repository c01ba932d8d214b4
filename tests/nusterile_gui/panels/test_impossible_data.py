"""A product of data that no expectation can meet is shown: what is there, and no fit."""

import numpy as np
from experiment_folders import write_impossible
from PySide6.QtCore import QCoreApplication

import nusterile


def test_events_where_none_are_expected(make_window, tmp_path):
    nusterile.Analysis.from_toml(write_impossible(tmp_path)).build(tmp_path / "a.nc")
    window = make_window(tmp_path / "a.nc")
    for changes in ({"mu": 1e-11}, {"cl": 0.8}, {"dof": 2}, {"m_4": 0.1}):
        window.model.update(**changes)
        QCoreApplication.processEvents()
    assert window.read_out.limit.text().startswith("none")
    panel = window.spectrum
    assert np.isinf(panel.bars.tops).any()
    heights = [height for height, _ in panel._contribution_ticks]
    assert heights[0] == 0
    assert np.isfinite(heights).all()
    (_, values), *_ = window.moment_profile.curves.shown()
    assert np.isnan(values).all()
