"""Figures of studies with toys."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nusterile.errors import InputError, ProductError
from nusterile.figures import TOY_FIGURES, draw
from nusterile.product.toy_rows import toy_listing

ONE = {"selection": "xenonnt_sr0", "flavor": ["effective", "e"], "toys": 64}
MADE_OF = {
    "bands": ("expected", {"m_4": [0.01, 0.1, 0.3], "cl": [0.9, 0.95]}),
    "coverage": ("coverage", {"m_4": [0.0, 0.1], "mu": [0.0, 1e-11, 2e-11]}),
    "unified": ("unified", {"m_4": [0.0, 0.1], "mu": [0.0, 5e-12, 1e-11, 2e-11, 5e-11]}),
    "significance": ("significance", {"m_4": [0.01, 0.1, 0.3]}),
}


@pytest.fixture(scope="module")
def products(analysis):
    return {
        name: analysis.toys(study, **ONE, **options) for name, (study, options) in MADE_OF.items()
    }


def test_every_study_with_a_figure_has_one():
    assert list(MADE_OF) == list(TOY_FIGURES)


@pytest.mark.parametrize("width", ["single", "double"])
@pytest.mark.parametrize("name", TOY_FIGURES)
def test_shows_the_numbers_of_the_product(products, name, width):
    product = products[name]
    drawing = draw(name, product, width=width)
    assert drawing.render("png", 60).startswith(b"\x89PNG")
    assert "XENONnT SR0" in drawing.caption
    assert "64 toys" in drawing.caption
    if name == "significance":
        np.testing.assert_array_equal(drawing.data.column("q0"), product.q0.values.ravel())
    else:
        part = product.sel(flavor=["effective"])
        part = part.isel(cl=[0])
        assert drawing.data == toy_listing(part, critical=name == "unified")


def test_bands_lie_about_the_expected_limit_and_the_data_are_there(products, analysis):
    drawing = draw("bands", products["bands"], flavor="e", cl=0.95)
    (ax,) = drawing.figure.axes
    lines = {line.get_label(): line.get_ydata() for line in ax.get_lines()}
    limits = analysis.limits("xenonnt_sr0", "e", [0.01, 0.1, 0.3], 0.95, 1)
    np.testing.assert_allclose(lines["observed"], limits.limit.values.ravel(), rtol=1e-9)
    np.testing.assert_allclose(
        lines["expected, median"], limits.expected_limit.values.ravel(), rtol=0.25
    )
    assert "95 % CL" in ax.get_title(loc="left")


@pytest.mark.parametrize("name", TOY_FIGURES)
def test_another_kind_is_refused_by_name(products, analysis, name):
    other = "coverage" if name != "coverage" else "bands"
    with pytest.raises(ProductError, match=f"needs one of the kind {MADE_OF[name][0]}"):
        draw(name, products[other])
    with pytest.raises(InputError, match=f"nusterile toys {MADE_OF[name][0]} -o FILE.nc"):
        draw(name, analysis)


def test_limits_are_not_drawn_from_toys(products):
    with pytest.raises(ProductError, match=r"of the kind expected.*needs one of the kind scan"):
        draw("limits", products["bands"])


def test_a_level_that_is_not_there_is_named(products):
    with pytest.raises(InputError, match=r"cl = 0\.99: the product holds 0.9, 0.95"):
        draw("bands", products["bands"], cl=0.99)


def test_names_across_a_panel_do_not_meet_their_neighbours(products):
    """The label of the right axis stays right of the left panel."""
    figure = draw("unified", products["unified"]).figure
    FigureCanvasAgg(figure).draw()
    left, right = figure.axes
    assert right.yaxis.label.get_window_extent().x0 > left.get_window_extent().x1
    assert left.yaxis.label.get_window_extent().x0 > 0
