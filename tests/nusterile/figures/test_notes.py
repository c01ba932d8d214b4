"""Notes in a figure: plain text at its place, inside the frame, arrows, and labels beside them."""

import io
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyArrowPatch

from nusterile.figures.notes import Note
from nusterile.figures.style import styled
from nusterile.figures.view import View, ViewedLimit, draw_view

NAN = np.full(3, np.nan)
LIMIT = ViewedLimit(
    label="ours",
    color="#d55e00",
    flavor="effective",
    m_4=np.array([0.01, 0.1, 1.0]),
    limit=np.array([1e-11, 2e-11, 4e-11]),
    status=np.array(["ok", "ok", "ok"]),
    low=NAN,
    expected=NAN,
)


def drawn(*notes, limits=()):
    view = View(
        title="all",
        flavor="effective",
        cl=0.9,
        dof=1,
        m_4=np.array([0.01, 0.1, 1.0]),
        mu=np.array([1e-12, 1e-10, 1e-8]),
        delta_chi2=None,
        masses=(0.01, 1.0),
        moments=(1e-12, 1e-8),
        limits=limits,
        notes=notes,
    )
    with styled():
        drawing = draw_view(view)
    ax = drawing.figure.axes[0]
    return drawing, ax, [text for text in ax.texts if text.get_gid() == "note"]


def box(text):
    return text.get_window_extent(FigureCanvasAgg(text.figure).get_renderer())


def test_a_note_stands_at_its_place_and_in_the_numbers():
    drawing, _, (text,) = drawn(Note("two\nlines", (0.1, 1e-10), (0.3, 1e-11)))
    assert text.get_text() == "two\nlines"
    assert text.get_position() == pytest.approx((0.1, 1e-10))
    rows = [row for row in drawing.data.rows if row[0] in ("note", "arrow")]
    assert [(row[0], row[1], *row[5:7]) for row in rows] == [
        ("note", "two lines", 0.1, 1e-10),
        ("arrow", "two lines", 0.3, 1e-11),
    ]


@pytest.mark.parametrize("text", ["$x", r"$\frac{$", "a_1^2 $5 and $6", "<b>", r"\textbf{x}", "μ₄"])
def test_no_sign_is_taken_for_a_formula(text):
    drawing, _, (found,) = drawn(Note(text, (0.1, 1e-10)))
    with styled():
        drawing.figure.savefig(io.BytesIO(), format="svg")
    assert found.get_text() == text
    assert not found.get_parse_math()


@pytest.mark.parametrize("form", ["pdf", "svg", "png"])
def test_signs_that_no_font_has_are_said_and_the_figure_is_made(form):
    """Without a warning of matplotlib, which would be an error here."""
    drawing, *_ = drawn(
        Note("launch 🚀,\nlaunch 🚀", (0.1, 1e-10)),
        Note("μ₄ ≥ 1", (0.02, 1e-10)),
        Note("ไทย is a language whose signs are in no font of these", (0.3, 1e-9)),
        limits=(replace(LIMIT, label="all $5 🐢"),),
    )
    assert drawing.render(form)
    assert drawing.doubts() == (
        "no font of the figure has 🚀 (U+1F680) of the note 'launch 🚀, launch 🚀'; "
        "a box stands for it",
        "no font of the figure has ไ (U+0E44), ท (U+0E17), ย (U+0E22) of the note "
        "'ไทย is a language whose signs are in no…'; boxes stand for them",
        "no font of the figure has 🐢 (U+1F422) of the text 'all $5 🐢'; a box stands for it",
    )


def test_nothing_is_said_of_notes_that_are_out_of_the_figure():
    drawing, *_ = drawn(Note("far 🚀", (5.0, 1e-10)), Note("near", (0.1, 1e-10)))
    assert drawing.doubts() == ()


@pytest.mark.parametrize("place", [(0.0101, 1e-10), (0.99, 1e-10), (0.1, 1.01e-12), (0.1, 9.9e-9)])
def test_a_text_at_the_edge_is_moved_inside(place):
    _, ax, (text,) = drawn(Note("rather a long note", place))
    frame, found = ax.get_window_extent(), box(text)
    assert frame.x0 < found.x0
    assert found.x1 < frame.x1
    assert frame.y0 < found.y0
    assert found.y1 < frame.y1


def test_a_note_outside_the_view_is_left_out():
    drawing, ax, texts = drawn(Note("far", (5.0, 1e-10), (0.1, 1e-10)))
    assert texts == []
    assert not [patch for patch in ax.patches if patch.get_gid() == "note-arrow"]
    assert drawing.render("png")


def test_an_arrow_goes_from_the_edge_of_the_text_to_its_target():
    drawing, ax, (text,) = drawn(Note("here", (0.03, 1e-9), (0.5, 1e-11)))
    (arrow,) = [patch for patch in ax.patches if patch.get_gid() == "note-arrow"]
    assert isinstance(arrow, FancyArrowPatch)
    drawing.render("png")
    shown, found = box(text), box(arrow)
    tip = ax.transData.transform((0.5, 1e-11))
    dot = ax.get_figure().dpi / 72
    # Its box ends at the tip, and begins where the text ends, below its middle.
    assert (found.x1, found.y0) == pytest.approx(tuple(tip), abs=4 * dot)
    middle = shown.get_points().mean(axis=0)
    assert middle[0] + dot < found.x0 < shown.x1 + 3 * dot
    assert shown.y0 - 3 * dot < found.y1 < middle[1] - dot


def test_labels_keep_away_from_notes():
    _, ax, (note,) = drawn(Note("a note that lies on the curve", (0.1, 2e-11)), limits=(LIMIT,))
    (label,) = [text for text in ax.texts if text.get_text() == "ours"]
    assert not box(label).overlaps(box(note))


def test_the_place_of_a_label_without_the_note_was_that_of_the_note():
    """Otherwise the test above says nothing."""
    _, ax, _ = drawn(limits=(LIMIT,))
    (label,) = [text for text in ax.texts if text.get_text() == "ours"]
    place = ax.transData.inverted().transform(box(label).get_points().mean(axis=0))
    _, again, (note,) = drawn(Note("ours", tuple(place)), limits=(LIMIT,))
    (moved,) = [t for t in again.texts if t.get_text() == "ours" and t.get_gid() != "note"]
    assert not box(moved).overlaps(box(note))
