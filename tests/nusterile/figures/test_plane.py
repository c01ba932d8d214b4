"""The plane shows our limit, every external bound of the flavour and the massless marks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import Polygon
from matplotlib.path import Path as MplPath

import nusterile
from nusterile.bounds.registry import load_bounds, massless_marks
from nusterile.errors import InputError
from nusterile.figures import draw
from nusterile.results import Results

BOUNDS = load_bounds()
MARKS = massless_marks()


def axes_of(drawing):
    return dict(zip(("effective", "e", "mu", "tau"), drawing.figure.axes, strict=True))


@pytest.mark.parametrize("flavor", ["effective", "e", "mu", "tau"])
def test_every_bound_of_the_flavour_and_no_other_is_drawn(flavor, drawn):
    ax = axes_of(drawn("plane"))[flavor]
    held = {bound.name: bound for bound in BOUNDS.select(flavor)}
    names = [line.get_gid() for line in ax.get_lines()]
    assert {name for name in names if name in BOUNDS} == set(held)
    texts = {text.get_text().replace("\n", " ") for text in ax.texts}
    assert {bound.label for bound in held.values()} <= texts
    for name, bound in held.items():
        shown = [np.stack(li.get_data(), axis=1) for li in ax.get_lines() if li.get_gid() == name]
        outlines = bound.polygons() if bound.kind == "region" else bound.pieces
        for drawn_line, outline in zip(shown, outlines, strict=True):
            np.testing.assert_array_equal(drawn_line, outline)


def test_our_limit_is_the_products(drawn, coarse_product, line):
    for flavor, ax in axes_of(drawn("plane")).items():
        part = coarse_product.limit.sel(selection="combined", flavor=flavor, cl=0.9, dof=1)
        np.testing.assert_array_equal(line(ax, "limit")[:, 1], part)


def test_the_expected_limit_stands_beside_in_thin_dashes(drawn, coarse_product):
    for flavor, ax in axes_of(drawn("plane")).items():
        (own,) = (li for li in ax.get_lines() if li.get_gid() == "expected_limit")
        part = coarse_product.sel(selection="combined", flavor=flavor, cl=0.9, dof=1)
        np.testing.assert_array_equal(own.get_ydata(), part.expected_limit)
        (limit,) = (li for li in ax.get_lines() if li.get_gid() == "limit")
        assert own.is_dashed()
        assert own.get_linewidth() < limit.get_linewidth() / 2
    assert "Thin dashes: its expected (Asimov) limit." in drawn("plane").caption


def test_the_caption_says_what_the_threshold_covers(drawn, results):
    said = (
        "Δχ² = 2.706 is the two-sided 90 % threshold: as an upper limit with μ ≥ 0 it covers "
        "95 % away from the boundary."
    )
    assert said in drawn("plane").caption
    assert said in drawn("limits").caption
    other = draw("limits", results, cl=0.95, dof=1).caption
    assert "Δχ² = 3.841 is the two-sided 95 % threshold" in other
    assert "covers 97.5 % away" in other
    for name in ("plane", "limits"):
        assert "two-sided" not in draw(name, results, dof=2).caption


def test_a_product_of_version_1_has_no_expected_limit_to_draw():
    old = Results(nusterile.open(Path(__file__).parents[2] / "data" / "version_1.nc"))
    drawing = draw("plane", old, flavor=old.flavors[0], width="single", show=[])
    assert "Thin" not in drawing.caption
    assert {line.get_gid() for line in drawing.figure.axes[0].get_lines()} == {"limit"}


@pytest.mark.parametrize("flavor", ["effective", "e", "mu", "tau"])
def test_shaded_is_what_the_bounds_and_the_limit_exclude(flavor, drawn, coarse_product):
    ax = axes_of(drawn("plane"))[flavor]
    mass, mu = np.meshgrid(np.geomspace(2e-3, 9e3, 41), np.geomspace(1e-13, 2e-6, 37))
    expected = np.zeros(mass.shape, dtype=bool)
    for bound in BOUNDS.select(flavor):
        if bound.kind != "line":
            expected |= bound.excluded(mass, mu)
    part = coarse_product.limit.sel(selection="combined", flavor=flavor, cl=0.9, dof=1)
    own = np.exp(np.interp(np.log(mass), np.log(part.m_4), np.log(part)))
    reached = mass <= float(part.m_4[np.isfinite(part)].max())
    expected |= reached & (mu > own)
    points = np.stack([np.log(mass.ravel()), np.log(mu.ravel())], axis=1)
    shaded = np.zeros(mass.size, dtype=bool)
    for patch in ax.patches:
        assert isinstance(patch, Polygon)
        shaded |= MplPath(np.log(patch.get_xy())).contains_points(points)
    np.testing.assert_array_equal(shaded.reshape(mass.shape), expected)


def test_lines_are_not_filled(drawn):
    ax = axes_of(drawn("plane"))["effective"]
    filled = [b for b in BOUNDS.select("effective") if b.kind != "line"]
    assert len(ax.patches) == sum(len(bound.pieces) for bound in filled) + 1


@pytest.mark.parametrize("flavor", ["effective", "e", "mu", "tau"])
def test_massless_marks_stand_at_the_left_edge(flavor, drawn):
    ax = axes_of(drawn("plane"))[flavor]
    marks = [line for line in ax.get_lines() if line.get_gid() == "mark"]
    expected = [m.item() for m in MARKS if m.flavor.item() in (flavor, "all")]
    assert [mark.get_ydata()[0] for mark in marks] == expected
    assert {mark.get_xdata()[0] for mark in marks} == {ax.get_xlim()[0]}
    lightest = float(axes_of(drawn("plane"))["effective"].get_xlim()[0])
    assert lightest < 1e-3


def test_the_caption_cites_every_bound_with_its_level(drawn, gappy):
    caption = drawn("plane").caption
    for bound in BOUNDS.values():
        assert f"{bound.label}, {100 * bound.cl:g} %, {bound.references[0].text}" in caption
    for mark in MARKS:
        assert (
            f"{mark.label.item()}, {100 * float(mark.cl):g} %, {mark.reference.item()}" in caption
        )
    assert "gaps" not in caption
    two = draw("plane", gappy, width="single", flavor="mu", dof=2).caption
    assert "gaps are masses without a limit" in two
    assert "DONUT" not in two


def test_gaps_of_two_degrees_of_freedom_stay_open(gappy, line):
    ax = draw("plane", gappy, width="single", flavor="mu", dof=2).figure.axes[0]
    part = gappy.product.sel(selection="combined", flavor="mu", cl=0.9, dof=2)
    missing = np.isnan(part.limit.values)
    assert missing.any()
    np.testing.assert_array_equal(np.isnan(line(ax, "limit")[:, 1]), missing)


def test_data_hold_limit_bounds_and_marks(drawn, coarse_product):
    data = drawn("plane").data
    rows = [dict(zip(data.columns, row, strict=True)) for row in data.rows]
    ours = [row for row in rows if row["flavor"] == "e" and row["curve"] == "combined"]
    part = coarse_product.sel(selection="combined", flavor="e", cl=0.9, dof=1)
    for kind, values in (("upper_limit", part.limit), ("expected_limit", part.expected_limit)):
        own = np.array([row["mu"] for row in ours if row["kind"] == kind], dtype=float)
        wanted = values.values if kind == "upper_limit" else values.values[np.isfinite(values)]
        np.testing.assert_array_equal(own, wanted)
    sn = [(r["m_4"], r["mu"]) for r in rows if r["flavor"] == "e" and r["curve"] == "sn1987a"]
    np.testing.assert_array_equal(sn, BOUNDS["sn1987a"].polygons()[0])
    marks = {row["curve"] for row in rows if row["kind"] == "massless"}
    assert marks == set(MARKS.mark.values)
    assert data.units == {"m_4": "MeV", "mu": "bohr_magneton"}


def test_only_what_is_chosen_is_drawn_and_cited(drawn, results, line):
    chosen = ["sn1987a", "lsnd_e", "gemma"]
    drawing = draw("plane", results, width="double", show=chosen)
    held = {"effective": {"sn1987a"}, "e": set(chosen), "mu": {"sn1987a"}, "tau": {"sn1987a"}}
    curves = list(zip(drawing.data.column("flavor"), drawing.data.column("curve"), strict=True))
    for flavor, ax in axes_of(drawing).items():
        assert {c for f, c in curves if f == flavor} - {"combined"} == held[flavor]
        names = [drawn_line.get_gid() for drawn_line in ax.get_lines()]
        assert {name for name in names if name in BOUNDS} == held[flavor] - {"gemma"}
        assert names.count("mark") == ("gemma" in held[flavor])
    for name in ("sn1987a", "lsnd_e"):  # a bound looks the same beside all others
        one, other = (
            next(li for li in axes_of(d)["e"].get_lines() if li.get_gid() == name)
            for d in (drawing, drawn("plane"))
        )
        assert (one.get_color(), one.get_linestyle()) == (other.get_color(), other.get_linestyle())
    cited = [b.label for b in BOUNDS.values() if f"{b.label}, {100 * b.cl:g} %" in drawing.caption]
    assert cited == [b.label for b in BOUNDS.values() if b.name in chosen]
    assert "GEMMA, 90 %" in drawing.caption
    assert "TEXONO" not in drawing.caption


def test_no_bound_at_all(results):
    drawing = draw("plane", results, flavor="e", width="single", show=[])
    assert set(drawing.data.column("curve")) == {"combined"}
    assert "External" not in drawing.caption
    assert "Triangles" not in drawing.caption


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"show": ["sn1987"]}, "no bound 'sn1987'; did you mean 'sn1987a'"),
        (
            {"show": ["lsnd_e"], "flavor": "tau"},
            "bound 'lsnd_e' holds for flavor e; drawn are tau",
        ),
    ],
)
def test_bounds_that_cannot_be_shown_are_named(options, message, results):
    with pytest.raises(InputError, match=message):
        draw("plane", results, **options)


def test_a_bound_of_ones_own(tmp_path, results):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "bound.toml").write_text(
        'name = "mine"\nlabel = "My $ bound"\nflavor = "tau"\ncl = 0.95\nkind = "upper_limit"\n'
        'mass_unit = "MeV"\nquantity = "mu"\ncurve = "c.csv"\n[[references]]\ntext = "me"\n'
    )
    (folder / "c.csv").write_text("mass,coupling\n0.01,1e-9\n1,2e-9\n10,1e-8\n")
    drawing = draw("plane", results, flavor="tau", width="single", bounds=[tmp_path])
    assert "My $ bound, 95 %, me" in drawing.caption
    assert "mine" in drawing.data.column("curve")
    assert drawing.render("svg")


@pytest.mark.parametrize("selection", ["combined", "pandax4t_run1_wimp"])
def test_what_is_excluded_below_and_altogether_is_shaded(gappy, selection):
    """Every mass of the product: a moment is shaded where the interval does not hold it."""
    drawing = draw("plane", gappy, selection=selection, flavor="effective", dof=2, show=[])
    (ax,) = drawing.figure.axes
    part = gappy.product.sel(selection=selection, flavor="effective", cl=0.9, dof=2)
    status = part.limit_status.values.astype(str)
    assert (status == "excluded").any()
    assert (part.limit_low > 0).any()
    areas = [patch.get_path().transformed(patch.get_patch_transform()) for patch in ax.patches]

    def is_shaded(mass: float, mu: float) -> bool:
        return any(area.contains_point((mass, mu)) for area in areas)

    checked = 0
    for mass, low, high, word in zip(
        part.m_4.values, part.limit_low.values, part.limit.values, status, strict=True
    ):
        inside = mass * (1 - 1e-6)  # the last mass is the edge of what is shaded
        if mass <= part.m_4.values[1]:
            continue
        if word == "excluded":
            assert is_shaded(inside, 1e-10)
            checked += 1
        elif word == "ok":
            assert is_shaded(inside, 1.05 * high)
            assert not is_shaded(inside, np.sqrt(max(low, 0.5 * high) * high))
            assert is_shaded(inside, 0.95 * low) == (low > 0)
            checked += 1
    assert checked > 5
    assert ("lower end of what is allowed" in drawing.caption) == bool((part.limit_low > 0).any())
    assert ("every moment is excluded" in drawing.caption) == bool((status == "excluded").any())
    ends = {row[6]: row[7] for row in drawing.data.rows if row[3] == "lower_end"}
    low = part.limit_low.where(part.limit_low > 0).dropna("m_4")
    assert ends == dict(zip(low.m_4.values.tolist(), low.values.tolist(), strict=True))
