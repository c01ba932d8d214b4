"""The spectrum shows the fitted expectation whose χ² the caption quotes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import poisson

from nusterile.statistics.intervals import poisson_interval
from nusterile.vocabulary import MU_REFERENCE

POINT = {"flavor": "mu", "m_4": 0.1, "mu": 5e-11}


def columns(data):
    found = {name: np.array(data.column(name)) for name in data.columns}
    return {k: v if k == "experiment" else v.astype(float) for k, v in found.items()}


def baker_cousins(counts, expected):
    logs = counts * np.log(np.where(counts > 0, counts / expected, 1.0))
    return 2 * float((expected - counts + logs).sum())


def test_poisson_intervals_have_their_coverage_in_the_tails():
    counts = np.array([0.0, 1.0, 4.0, 25.0, 400.0])
    low, high = poisson_interval(counts)
    tail = 0.158655
    np.testing.assert_allclose(poisson.cdf(counts, high), tail, rtol=1e-5)
    np.testing.assert_allclose(poisson.sf(counts[1:] - 1, low[1:]), tail, rtol=1e-5)
    assert low[0] == 0


@pytest.mark.parametrize(("index", "column"), [(0, "total"), (1, "total_without_dipole")])
def test_drawn_events_and_pulls_give_the_chi2_of_the_caption(index, column, drawn, results):
    drawing = drawn("spectrum", **POINT)
    data = columns(drawing.data)
    analysis = results.analysis
    members = analysis.selections["combined"]
    mu = POINT["mu"] if index == 0 else 0.0
    expected = analysis.chi2("combined", "mu", [0.1], [mu])
    chi2 = baker_cousins(data["counts"], data[column])
    pulls = expected.pulls.values.ravel()[expected.pulls.notnull().values.ravel()]
    widths = [analysis.configuration.solar.sigma]
    widths += [c.width for e in analysis.experiments if e.name in members for c in e.components]
    chi2 += float((pulls[np.isfinite(widths)] ** 2).sum())
    assert chi2 == pytest.approx(expected.chi2.item(), rel=1e-10)
    assert f"χ² = {chi2:.1f}" in drawing.caption


def test_parts_add_up_and_scale_from_the_nominal_spectrum(drawn, results):
    data = columns(drawn("spectrum", **POINT).data)
    names = [name for name in data if name.startswith("background:")]
    background = np.nansum([data[name] for name in names], axis=0)
    np.testing.assert_allclose(data["sm"] + data["dipole"] + background, data["total"], rtol=1e-12)
    nominal = results.analysis.spectrum("pandax4t_run1", "mu", 0.1, POINT["mu"])
    here = data["experiment"] == "pandax4t_run1"
    np.testing.assert_array_equal(data["counts"][here], nominal.counts)
    shift = data["sm"][here] / nominal.sm.values
    np.testing.assert_allclose(shift, shift[0])
    np.testing.assert_allclose(data["dipole"][here] / nominal.dipole.values, shift[0])
    events = results.analysis.dipole_events("pandax4t_run1", [0.1])[2, 0]
    np.testing.assert_allclose(
        data["dipole"][here], shift[0] * events * (POINT["mu"] / MU_REFERENCE) ** 2
    )


def test_the_drawing_holds_the_numbers_of_its_data(drawn, results):
    drawing = drawn("spectrum", **POINT)
    data = columns(drawing.data)
    chosen = results.analysis.selections["combined"]
    members = [e for e in results.analysis.experiments if e.name in chosen]
    for ax, experiment in zip(drawing.figure.axes[:3], members, strict=True):
        here = data["experiment"] == experiment.name
        width = data["energy_high"][here] - data["energy_low"][here]
        steps = {patch.get_gid(): patch.get_data() for patch in ax.patches}
        np.testing.assert_allclose(steps["total"].values, data["total"][here] / width)
        np.testing.assert_allclose(
            steps["standard"].values, data["total_without_dipole"][here] / width
        )
        np.testing.assert_array_equal(steps["total"].edges, experiment.bin_edges)
        points = next(c for c in ax.containers if c.get_label() != "x").lines[0]
        np.testing.assert_allclose(points.get_ydata(), experiment.counts / width)
    for ax, experiment in zip(drawing.figure.axes[3:], members, strict=True):
        here = data["experiment"] == experiment.name
        shown = {line.get_gid(): line.get_ydata() for line in ax.get_lines() if line.get_gid()}
        residual = (data["counts"] - data["total"]) / np.sqrt(data["total"])
        np.testing.assert_allclose(shown["with"], residual[here])
        np.testing.assert_allclose(shown["without"], data["residual_without_dipole"][here])


def test_one_experiment_alone(drawn):
    drawing = drawn("spectrum", width="single", selection="xenonnt_sr0")
    assert set(drawing.data.column("experiment")) == {"xenonnt_sr0"}
    assert "background:tritium" not in drawing.data.columns
    assert "fit to XENONnT SR0" in drawing.caption
