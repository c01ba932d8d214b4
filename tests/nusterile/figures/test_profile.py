"""Profiles are those of the product, or computed at the very masses that are asked for."""

from __future__ import annotations

import numpy as np
import pytest

from nusterile.errors import InputError
from nusterile.figures import draw
from nusterile.statistics.intervals import threshold


def test_lines_are_the_accessors_at_the_nearest_masses(drawn, coarse_product, line):
    drawing = drawn("profile")
    delta = coarse_product.nusterile.delta_chi2()
    for column, mass in enumerate((0.01, 0.1, 0.3)):
        nearest = delta.sel(m_4=mass, method="nearest")
        for row, curves in enumerate(
            (
                {(s, "effective") for s in coarse_product.selection.values},
                {("combined", f) for f in coarse_product.flavor.values},
            )
        ):
            ax = drawing.figure.axes[3 * row + column]
            for selection, flavor in curves:
                shown = line(ax, f"{selection}:{flavor}")
                part = nearest.sel(selection=selection, flavor=flavor, mu=shown[:, 0])
                np.testing.assert_array_equal(shown[:, 1], part)
                low, high = ax.get_xlim()
                assert shown[0, 0] < low or shown[0, 0] == delta.mu[0]
                assert shown[-1, 0] > high
        assert f"{float(nearest.m_4):.3g}" in drawing.figure.axes[column].get_title(loc="left")


def test_data_are_what_is_plotted(drawn, line):
    drawing = drawn("profile")
    rows = [dict(zip(drawing.data.columns, row, strict=True)) for row in drawing.data.rows]
    lightest = min(row["m_4"] for row in rows)
    written = [
        (row["mu"], row["delta_chi2"])
        for row in rows
        if (row["selection"], row["flavor"], row["m_4"]) == ("pandax4t", "effective", lightest)
    ]
    np.testing.assert_array_equal(line(drawing.figure.axes[0], "pandax4t:effective"), written)


def test_from_a_configuration_masses_are_exact(computed, line):
    drawing = draw("profile", computed, m_4=(0.123,), flavor="e", selection="pandax4t")
    assert "m_4 = 0.123 MeV" in drawing.caption
    shown = line(drawing.figure.axes[0], "xenonnt_sr0:e")
    analysis = computed.analysis
    chi2 = analysis.chi2("xenonnt_sr0", "e", [0.123], shown[::10, 0]).chi2.values.ravel()
    best = analysis.limits("xenonnt_sr0", "e", [0.123], dof=1)
    np.testing.assert_allclose(shown[::10, 1], chi2 - best.chi2_min.item(), atol=1e-9)
    crossing = np.interp(float(threshold(0.9, 1)), *shown[:, ::-1].T)
    assert crossing == pytest.approx(best.limit.sel(cl=0.9).item(), rel=2e-2)


def test_lines_of_the_levels(drawn, coarse_product):
    ax = drawn("profile").figure.axes[0]
    heights = {float(line.get_ydata()[0]) for line in ax.get_lines() if not line.get_gid()}
    expected = {float(threshold(cl, 1)) for cl in coarse_product.cl.values}
    assert heights == expected
    assert [text.get_text() for text in ax.texts] == ["90 %", "95 %", "99 %"]


def test_a_product_of_limits_has_no_profile(limits_source):
    with pytest.raises(InputError, match="holds limits only, no Δχ²"):
        draw("profile", limits_source)
