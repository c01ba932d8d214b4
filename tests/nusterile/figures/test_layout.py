"""Nothing overlaps and nothing is cut off, in either width."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from nusterile.figures import FIGURES, draw
from nusterile.figures.style import Margins, panels, styled

WIDTHS = {"single": 8.6, "double": 17.8}
#: Boxes hold empty room around the letters, this much of it may be shared (pixels).
ROOM = 1.5


def assert_legible(figure, drawn_texts):
    FigureCanvasAgg(figure)
    texts = drawn_texts(figure)
    page = figure.bbox.extents
    for text, box in texts:
        assert (box[:2] >= page[:2]).all(), f"'{text}' leaves the figure"
        assert (box[2:] <= page[2:]).all(), f"'{text}' leaves the figure"
    for (first, one), (second, other) in combinations(texts, 2):
        shared = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
        assert (shared <= ROOM).any(), f"'{first}' and '{second}' overlap by {shared} pixels"
    return [text for text, _ in texts]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", FIGURES)
def test_texts_neither_overlap_nor_leave_the_figure(name, width, drawn, drawn_texts):
    figure = drawn(name, width=width).figure
    assert len(assert_legible(figure, drawn_texts)) > 5
    assert figure.get_figwidth() * 2.54 == pytest.approx(WIDTHS[width])


@pytest.mark.parametrize("flavor", ["effective", "mu"])
def test_one_panel_of_the_plane_has_room_for_all_labels(flavor, drawn, drawn_texts):
    assert_legible(drawn("plane", width="single", flavor=flavor, dof=2).figure, drawn_texts)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("limits", {"by": "experiment", "dof": 1}),
        ("limits", {"by": "flavor", "dof": 2}),
        ("profile", {"m_4": (0.3,)}),
        ("spectrum", {"selection": "xenonnt_sr0"}),
        ("spectrum", {"selection": "pandax4t", "flavor": "tau", "m_4": 0.5, "mu": 3e-9}),
    ],
)
def test_fewer_panels_are_legible_too(name, options, drawn, drawn_texts):
    assert_legible(drawn(name, width="single", **options).figure, drawn_texts)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("masses", [[0.01, 0.02], [0.01, 0.05, 0.1], [0.2, 0.5, 0.8]])
def test_few_masses_close_together_are_legible(masses, width, analysis, drawn_texts):
    """Ticks between powers of ten have labels then, one of them where the panel ends."""
    one = {"selection": "xenonnt_sr0", "flavor": "effective"}
    toys = analysis.toys("expected", **one, m_4=masses, toys=64)
    assert_legible(draw("bands", toys, width=width).figure, drawn_texts)
    grids = {"m_4": {"values": masses}, "mu": {"low": 1e-12, "high": 1e-8, "points": 41}}
    product = analysis.of_experiment("xenonnt_sr0").with_changes(grids=grids).build()
    figure = draw("limits", product, width=width, by="flavor", dof=1).figure
    assert_legible(figure, drawn_texts)


def test_the_check_finds_what_overlaps(drawn_texts):
    with styled():
        figure, axes = panels("double", 1, 2, 4.0, margins=Margins(between_columns=0.05))
    axes[0, 0].set_xlim(0, 1000)
    FigureCanvasAgg(figure)
    with pytest.raises(AssertionError, match="overlap"):
        assert_legible(figure, drawn_texts)
    with styled():
        figure, axes = panels("single", 1, 1, 4.0, margins=Margins(bottom=0.1))
    with pytest.raises(AssertionError, match="leaves the figure"):
        assert_legible(figure, drawn_texts)


#: Figures whose vertical axis holds names in place of a quantity.
NAMES = ("impact",)


@pytest.mark.parametrize("name", FIGURES)
def test_every_axis_says_quantity_and_unit(name, drawn):
    axes = drawn(name).figure.axes
    for quantity in ("xlabel", "ylabel")[: 1 if name in NAMES else 2]:
        labels = {ax.properties()[quantity] for ax in axes} - {""}
        assert labels
        assert all(label.endswith("]") and "[" in label for label in labels)


def test_an_unknown_width_is_refused(results):
    from nusterile.errors import InputError
    from nusterile.figures import draw

    for name in FIGURES:
        with pytest.raises(InputError, match="unknown width 'singel'; did you mean 'single'"):
            draw(name, results, width="singel")
