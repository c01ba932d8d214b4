"""The figure of limits shows the product's limits, and gaps where there is none."""

from __future__ import annotations

import csv

import numpy as np
import pytest
from color_vision import VISIONS, smallest_distance

from nusterile.analysis import Analysis
from nusterile.figures import draw
from nusterile.figures.style import FLAVOR_LINES, selection_lines, written


def curves(ax):
    return {line.get_label(): line for line in ax.get_lines() if line.get_label()[0] != "_"}


def test_the_curves_are_the_products_limits(drawn, results, coarse_product):
    figure = drawn("limits").figure
    limit = coarse_product.limit.sel(cl=0.9)
    for ax, dof in zip(figure.axes[:2], (1, 2), strict=True):
        shown = curves(ax)
        assert len(shown) == len(results.selections)
        for selection in results.selections:
            line = shown[results.label(selection)]
            expected = limit.sel(selection=selection, flavor="effective", dof=dof)
            np.testing.assert_array_equal(line.get_xdata(), coarse_product.m_4)
            np.testing.assert_array_equal(line.get_ydata(), expected)
    for ax, dof in zip(figure.axes[2:], (1, 2), strict=True):
        for line, flavor in zip(curves(ax).values(), results.flavors, strict=True):
            expected = limit.sel(selection="combined", flavor=flavor, dof=dof)
            np.testing.assert_array_equal(line.get_ydata(), expected)


def test_masses_without_a_limit_are_gaps_and_marked(gappy):
    drawing = draw("limits", gappy, width="double")
    ax = drawing.figure.axes[1]
    part = gappy.product.sel(selection="combined", flavor="effective", cl=0.9, dof=2)
    status = part.limit_status.values.astype(str)
    open_ = np.isin(status, ("open", "excluded"))
    line = curves(ax)["Combination"]
    assert np.isnan(line.get_ydata()[open_]).all()
    strips = [line for line in ax.get_lines() if line.get_label()[0] == "_"]
    marked = next(s for s in strips if s.get_color() == line.get_color())
    below_last = np.arange(open_.size) < np.flatnonzero(~open_)[-1]
    assert (open_ & below_last).any()
    assert ((status == "excluded") & ~below_last).any()
    # masses that are excluded altogether also where no heavier one has a limit
    wanted = (open_ & below_last) | (status == "excluded")
    np.testing.assert_array_equal(np.isfinite(marked.get_ydata()), wanted)
    assert [text.get_text() for text in ax.texts] == ["no limit at these masses:"]
    assert not drawing.figure.axes[0].texts


def test_the_caption_says_why_limits_are_missing(gappy, drawn):
    caption = draw("limits", gappy, width="double").caption
    assert "Where every moment fits worse than the best point" in caption
    part = gappy.product.sel(selection="pandax4t_run1_wimp", flavor="effective")
    best = part.isel(m_4=int(part.chi2_min.argmin("m_4")))
    # at the smallest moment of the grid there are practically no dipole events
    gain = float(part.chi2.isel(mu=0).max() - best.chi2_min)
    mass, moment = written(float(best.m_4), 2), written(float(best.mu_best), 2)
    point = f"PandaX-4T Run1 (WIMP search), effective moment: m_4 = {mass} MeV, μ = {moment} μ_B"
    assert f"{point}, preferred to no moment by Δχ² = {gain:.1f}" in caption
    assert "Where every moment" not in drawn("limits").caption
    one = draw("limits", gappy, width="double", dof=1).caption
    assert "Where every moment" not in one
    assert "Two degrees" not in one


def test_the_csv_beside_is_what_is_plotted(drawn):
    drawing = drawn("limits")
    lines = [line for line in drawing.csv().splitlines() if line[0] != "#"]
    rows = list(csv.DictReader(lines))
    for letter, ax in zip("abcd", drawing.figure.axes, strict=True):
        plotted = np.concatenate([line.get_ydata() for line in curves(ax).values()])
        written = [
            float(row["limit"]) if row["limit"] else np.nan
            for row in rows
            if row["panel"] == letter
        ]
        np.testing.assert_array_equal(plotted, written)
    assert all((row["limit"] == "") == (row["status"] in ("open", "excluded")) for row in rows)


@pytest.mark.parametrize(
    ("options", "titles"),
    [
        ({"by": "experiment", "dof": 1}, ["effective moment, 90 % CL, 1 dof"]),
        (
            {"by": "flavor", "selection": "pandax4t", "cl": 0.95, "dof": 2},
            ["PandaX-4T, 95 % CL, 2 dof"],
        ),
        (
            {"by": "experiment", "flavor": "e"},
            ["(a) $\\nu_e$ moment, 90 % CL, 1 dof", "(b) $\\nu_e$ moment, 90 % CL, 2 dof"],
        ),
    ],
)
def test_panels_that_are_asked_for(options, titles, drawn):
    axes = drawn("limits", **options).figure.axes
    assert [ax.get_title(loc="left") for ax in axes] == titles


def test_expected_limits_are_dashed_and_named(results, coarse_product):
    drawing = draw("limits", results, by="experiment", dof=1, expected=True)
    (ax,) = drawing.figure.axes
    found = Analysis.from_product(coarse_product).limits(
        flavor="effective", cl=0.9, dof=1, expected=True
    )
    for selection in results.selections:
        line = curves(ax)[results.label(selection)]
        assert line.is_dashed()
        np.testing.assert_array_equal(
            line.get_ydata(), found.limit.sel(selection=selection).values.ravel()
        )
    assert len({line.get_color() for line in curves(ax).values()}) == len(results.selections)
    assert ax.get_title(loc="left") == "effective moment, expected, 90 % CL, 1 dof"
    assert ax.get_legend().get_title().get_text() == "expected (Asimov)"
    assert drawing.caption.startswith("Expected upper limits")
    assert "Dashed: Asimov limits" in drawing.caption
    assert set(drawing.data.column("kind")) == {"expected"}


def test_expected_and_observed_limits_are_not_mixed_up(results, drawn):
    observed = drawn("limits")
    draw("limits", results, expected=True)
    again = draw("limits", results, width="double")
    assert again.csv() == observed.csv()
    assert set(again.data.column("kind")) == {"observed"}
    assert again.caption.startswith("Upper limits")
    assert "Dashed: Asimov" not in again.caption


def test_lower_ends_and_one_expected_limit_stand_beside_the_curves(drawn, coarse_product):
    drawing = drawn("limits")
    part = coarse_product.sel(cl=0.9, flavor="effective")
    for ax, dof in zip(drawing.figure.axes[:2], (1, 2), strict=True):
        beside: dict[str, list[np.ndarray]] = {}
        for line in ax.get_lines():
            if line.get_gid():
                beside.setdefault(line.get_gid(), []).append(line.get_ydata())
        (expected,) = beside["expected"]
        wanted = part.expected_limit.sel(selection="combined", dof=dof)
        np.testing.assert_array_equal(expected, wanted)
        low = part.limit_low.sel(dof=dof)
        low = low.where(low > 0)
        rows = [row for row in low.transpose("selection", "m_4").values if np.isfinite(row).any()]
        np.testing.assert_array_equal(beside.get("lower end", []), rows)
    assert (
        "Thin dashes: the expected (Asimov) limit, Combination, effective moment."
        in drawing.caption
    )
    assert "Thin dots: the lower end of what is allowed" in drawing.caption


def test_a_product_of_limits_gives_the_same_figure(drawn, limits_source):
    again = draw("limits", limits_source)
    assert again.render("svg") == drawn("limits").render("svg")
    assert again.csv() == drawn("limits").csv()
    assert again.caption == drawn("limits").caption


def test_lines_differ_in_colour_and_in_dashes():
    lines = selection_lines(["a", "b", "c", "d", "e", "f", "h", "i", "g"], "g")
    for kind in (list(lines.values()), list(FLAVOR_LINES.values())):
        looks = {(line.color, str(line.style)) for line in kind}
        assert len(looks) == len(kind)
    assert lines["g"].width > lines["a"].width
    assert list(selection_lines(["only"], "only")) == ["only"]


@pytest.mark.parametrize("vision", VISIONS)
def test_combination_and_five_experiments_differ_with_any_colour_vision(vision):
    """Six times what is just seen, at the least, for three kinds of colour blindness too."""
    lines = selection_lines(["a", "b", "c", "d", "e", "all"], "all")
    assert smallest_distance([line.color for line in lines.values()], vision) > 15
