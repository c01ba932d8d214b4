"""Products whose solar pulls are by source: kept, checked, and drawn after the fit."""

from __future__ import annotations

import numpy as np
import pytest

import nusterile
from nusterile import Analysis
from nusterile.physics.solar import solar_sources

NAMES = [f"solar:{source.name}" for source in solar_sources()]
POINT = ("effective", 0.3, 1e-10)


@pytest.fixture(scope="module", params=[False, True], ids=["each", "correlated"])
def analysis(request) -> Analysis:
    return Analysis().with_changes(
        experiments=("xenonnt_sr0", "pandax4t_run0"),
        solar={"pulls": "by_source", "correlated": request.param},
        grids={
            "m_4": {"values": [0.0, 0.3]},
            "mu": {"values": [1e-12, 1e-11, 1e-10, 1e-9]},
            "cl": [0.9],
        },
    )


def test_written_read_and_asked(analysis, tmp_path):
    path = tmp_path / "a.nc"
    analysis.build(path)
    read = nusterile.open(path)  # which validates
    sun = ["solar", "solar:fixed"] if analysis.configuration.solar.correlated else NAMES
    assert [name for name in read.pull.values if name.startswith("solar")] == sun
    again = Analysis.from_product(path)
    assert again.configuration.hash() == analysis.configuration.hash()
    for experiment in ("xenonnt_sr0", "pandax4t_run0"):
        fitted = read.nusterile.spectrum(experiment, *POINT, selection="combined")
        exact = analysis.spectrum(experiment, *POINT, selection="combined")
        # pulls are stored in single precision
        np.testing.assert_allclose(fitted.total, exact.total, rtol=1e-5)
        nominal = analysis.spectrum(experiment, *POINT)
        assert not np.allclose(exact.sm, nominal.sm, rtol=1e-3)


def test_the_spectrum_after_the_fit_has_the_chi2_of_the_fit(analysis):
    point = analysis.chi2("combined", *POINT)
    bins = sum(
        float(analysis.spectrum(name, *POINT, selection="combined").chi2.sum())
        for name in ("xenonnt_sr0", "pandax4t_run0")
    )
    constrained = point.pulls.sel(pull=[n for n in point.pull.values if n.startswith("solar")])
    penalty = float((constrained**2).sum())
    names = [c for c in map(str, point.pull.values) if not c.startswith("solar")]
    widths = analysis.build().pull.attrs["sigma"]
    free = {name for name in names if f'"{name}": null' in widths or f'"{name}":null' in widths}
    penalty += float((point.pulls.sel(pull=[n for n in names if n not in free]) ** 2).sum())
    assert point.chi2.item() == pytest.approx(bins + penalty, abs=1e-8)
