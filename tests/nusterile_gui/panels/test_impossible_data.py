"""A product of data that no expectation can meet is shown: what is there, and no fit."""

import numpy as np
from experiment_folders import EXPERIMENT, write_experiment
from PySide6.QtCore import QCoreApplication

import nusterile

CONFIGURATION = """
experiments = []
experiment_folders = ["toy"]
flavors = ["e"]
[grids]
m_4 = { values = [0.0, 0.1] }
mu = { low = 1e-12, high = 1e-8, points = 9 }
"""


def test_events_where_none_are_expected(make_window, tmp_path):
    text = EXPERIMENT.replace('energy = "true"', 'energy = "reconstructed"', 1)
    table = "energy_keV,efficiency\n0.5,0\n1,0.9\n3.9,0.9\n4,0\n"
    write_experiment(tmp_path / "toy", toml=text, efficiency=table)
    (tmp_path / "a.toml").write_text(CONFIGURATION)
    nusterile.Analysis.from_toml(tmp_path / "a.toml").build(tmp_path / "a.nc")
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
