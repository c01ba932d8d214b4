"""The plane as shown becomes a figure: the same numbers, zoom, layers and bounds."""

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication
from window_hand import save_dialog, settle

import nusterile
from nusterile.figures.style import styled
from nusterile.figures.view import draw_view
from nusterile_gui.sharing.publication import view_of
from nusterile_gui.state.annotations import Annotation
from nusterile_gui.state.layers import Layer


def drawn(window):
    """The figure of a window, and its artists by group."""
    with styled():
        drawing = draw_view(view_of(window.model, window.plane))
    ax = drawing.figure.axes[0]
    groups = {}
    for line in ax.lines:
        groups.setdefault(line.get_gid(), []).append(line.get_xydata())
    return drawing, ax, groups


def test_it_shows_the_numbers_of_the_plane(window):
    window.model.update(selection="pandax4t", cl=0.95, dof=2, m_4=0.3, mu=1e-9)
    drawing, ax, groups = drawn(window)
    (mesh,) = [c for c in ax.collections if c.get_gid() == "delta-chi2"]
    np.testing.assert_allclose(mesh.get_array().T, window.plane.image.image, rtol=1e-9)
    for line, (x, y) in zip(groups["limit"], window.plane.limits.arrays(), strict=True):
        np.testing.assert_allclose(np.log10(line), np.stack([x, y], axis=1), rtol=1e-9)
    contours = [line for dof in (1, 2) for line in groups.get(f"contour-{dof}", [])]
    shown = [curve for curve in window.plane.contours.shown() if np.size(curve[0])]
    for line, (x, y) in zip(contours, shown, strict=True):
        np.testing.assert_allclose(np.log10(line), np.stack([x, y], axis=1), rtol=1e-9)
    i, j = window.model.point()
    slices = window.model.layer.slices
    ((mass, moment),) = groups["cursor"][0]
    assert (mass, moment) == pytest.approx((slices.masses[i], slices.moments[j]))
    assert "two degrees of freedom" in drawing.caption
    assert "95 % CL" in drawing.caption


def test_it_mirrors_the_zoom(window):
    window.plane.box.setRange(xRange=(-1.5, 0.0), yRange=(-11.0, -8.0), padding=0)
    QCoreApplication.processEvents()
    _, ax, _ = drawn(window)
    (left, right), (bottom, top) = window.plane.box.viewRange()
    assert np.log10(ax.get_xlim()) == pytest.approx([left, right])
    assert np.log10(ax.get_ylim()) == pytest.approx([bottom, top])


def test_it_shows_the_chosen_bounds_and_no_others(window):
    window.model.update(shown_bounds=frozenset({"borexino", "sn1987a"}), massless=True, flavor="mu")
    drawing, ax, groups = drawn(window)
    assert {"borexino", "sn1987a"} <= set(groups)
    assert "lep" not in groups
    assert len(ax.patches) == window.plane.bounds.n_regions == 1
    assert len(groups["mark"]) == len(window.plane.bounds.marks.data)
    for text in ("Borexino", "SN1987A", "massless"):
        assert text in drawing.caption
    window.model.update(shown_bounds=frozenset(), massless=False)
    drawing, _, groups = drawn(window)
    assert not {"borexino", "mark"} & set(groups)
    assert "External" not in drawing.caption


def test_it_shows_every_visible_layer(window, other_product):
    first = window.model.layer
    window.files.open([other_product])
    settle(window)
    window.model.update(active=first.key, shown_selections=frozenset({"pandax4t"}))
    drawing, _, groups = drawn(window)
    names = {row[1] for row in drawing.data.rows if row[0] == "limit"}
    assert names == {
        f"{selection} ({layer.name})"
        for layer in window.model.state.layers
        for selection in ("PandaX-4T", "Combination")
    }
    second = window.model.state.layers[1]
    window.model.change(second.key, visible=False)
    _, _, fewer = drawn(window)
    assert len(fewer["limit"]) == len(groups["limit"]) - 2


def test_it_marks_masses_without_a_limit(window):
    drawing, _, groups = drawn(window)
    curves = window.plane.limits.curves
    for status in ("open", "outside"):
        wanted = sum((curve.status == status).sum() for curve in curves)
        found = sum(len(points) for points in groups.get(f"status-{status}", []))
        assert found == wanted > 0
    assert "○: no limit" in drawing.caption


def test_massless_points_stand_left_of_the_others(make_window, other_product):
    window = make_window(other_product)
    _, ax, groups = drawn(window)
    labels = [tick.get_text() for tick in ax.get_xticklabels()]
    assert labels[0] == "0"
    assert groups["limit"][0][0, 0] == pytest.approx(0.01 * 10**-0.25)


def test_a_product_of_limits_has_no_plane_but_a_figure(window, tmp_path):
    from nusterile.exports import export

    path = tmp_path / "limits.nc"
    export(window.model.layer.dataset, "netcdf-limits", path)
    window.model.add(Layer.of(nusterile.open(path), "limits only"))
    drawing, ax, groups = drawn(window)
    assert not ax.collections
    assert "cursor" not in groups
    assert "Limits at 90 % CL" in drawing.caption


@pytest.mark.parametrize(
    ("suffix", "start"), [("pdf", b"%PDF"), ("svg", b"<?xml"), ("png", b"\x89PNG")]
)
def test_it_is_written_in_every_form(window, tmp_path, suffix, start):
    path = tmp_path / f"view.{suffix}"
    save_dialog(window, "figure-view", path)
    assert path.read_bytes().startswith(start)


def test_signs_that_no_font_has_are_said_with_their_note(window, tmp_path):
    notes = (Annotation(text="launch 🚀", m_4=0.1, mu=1e-9), Annotation(text="x", m_4=1.0, mu=1e-9))
    window.model.update(annotations=notes)
    path = tmp_path / "view.pdf"
    save_dialog(window, "figure-view", path)
    assert path.read_bytes().startswith(b"%PDF")
    said = "no font of the figure has 🚀 (U+1F680) of the note 'launch 🚀'; a box stands for it"
    assert window.statusBar().currentMessage() == f"view.pdf written; {said}"
    window.model.update(annotations=notes[1:])
    save_dialog(window, "figure-view", tmp_path / "other.pdf")
    assert window.statusBar().currentMessage() == f"{tmp_path / 'other.pdf'} written"


def test_a_foreign_suffix_is_refused_and_nothing_written(window, tmp_path):
    from window_hand import boxes

    path = tmp_path / "view.gif"
    save_dialog(window, "figure-view", path)
    (box,) = boxes(window)
    assert ".pdf, .svg or .png" in box.informativeText()
    assert not path.exists()
    box.accept()


def test_levels_are_filled_as_they_are_shown(window):
    window.model.update(image="levels", dof=2)
    drawing = draw_view(view_of(window.model, window.plane))
    plane, bar = drawing.figure.axes[:2]
    assert not [mesh for mesh in plane.collections if mesh.get_gid() == "delta-chi2"]
    (areas,) = (part for part in plane.collections if hasattr(part, "layers"))
    # Δχ² of 68, 90, 95 and 99 % for two degrees of freedom: -2 ln(1 - level).
    heights = [0.0, *(-2 * np.log(1 - np.array([0.68, 0.9, 0.95, 0.99]))), np.inf]
    np.testing.assert_allclose(areas.levels, heights, rtol=1e-12)
    assert [text.get_text() for text in bar.get_yticklabels()] == ["68 %", "90 %", "95 %", "99 %"]
    assert drawing.caption.startswith("Colour: levels at which points are excluded by ")
