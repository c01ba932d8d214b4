"""The plane as it is shown, as what a publication figure is drawn from."""

from __future__ import annotations

import numpy as np

from nusterile.bounds.registry import massless_marks
from nusterile.figures.notes import Note
from nusterile.figures.view import Contour, View, ViewedLimit
from nusterile.figures.view_studies import ViewedBand, ViewedCurve
from nusterile_gui.look.themes import LIGHT
from nusterile_gui.panels.limit_items import curve_color, curve_label
from nusterile_gui.panels.plane import Plane
from nusterile_gui.panels.toy_items import band_color, study_line
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.studies import INNER_BAND, shown_studies

__all__ = ["view_of"]


def view_of(model: ViewModel, plane: Plane) -> View | None:
    """Collect what the plane shows: its arrays, its zoom and its cursor.

    Parameters
    ----------
    model : ViewModel
        The state.
    plane : Plane
        The plane that shows it.

    Returns
    -------
    View or None
        None without a product. Colours are those of the light theme, for paper.
    """
    layer, state = model.layer, model.state
    if layer is None:
        return None
    slices = layer.slices
    (left, right), (bottom, top) = plane.box.viewRange()
    limits = tuple(
        ViewedLimit(
            label=curve_label(model, curve.layer, curve.selection, curve.flavor),
            color=curve_color(LIGHT, model, curve.layer, curve.selection).name(),
            flavor=curve.flavor,
            m_4=curve.layer.slices.masses,
            limit=curve.limit,
            status=curve.status,
            low=curve.low,
            expected=curve.expected,
            main=(curve.layer.key, curve.selection, curve.flavor)
            == (state.active, state.selection, state.flavor),
        )
        for curve in plane.limits.curves
    )
    contours = tuple(
        Contour(dof, 10.0**x, 10.0**y)
        for dof, (x, y) in zip((1, 2), plane.contours.shown(), strict=False)
        if np.size(x)
    )
    delta, cursor = None, None
    if slices.has_scan and layer.visible:
        pair = (state.selection, state.flavor)
        i, j = model.point()
        delta = slices.plane(*pair, state.dof)
        place = (float(slices.masses[i]), float(slices.moments[j]))
        cursor = (*place, slices.at(*pair, i, j, state.dof))
    bands, studies = _studies(model)
    marks = massless_marks() if state.massless else ()
    return View(
        title=layer.selection_label(state.selection),
        flavor=state.flavor,
        cl=state.cl,
        dof=state.dof,
        m_4=slices.masses,
        mu=slices.moments,
        delta_chi2=delta,
        masses=(10.0**left, 10.0**right),
        moments=(10.0**bottom, 10.0**top),
        limits=limits,
        contours=contours,
        bounds=state.drawn_bounds,
        marks=tuple(m for m in marks if str(m.flavor.item()) in (state.flavor, "all")),
        cursor=cursor,
        filled=state.image == "levels",
        bands=bands,
        studies=studies,
        notes=tuple(
            Note(
                note.text,
                note.place,
                (note.target[0], note.target[1]) if note.target else None,
            )
            for note in state.annotations
        ),
        origin=tuple(
            f"{entry.name}: configuration sha256 {entry.dataset.attrs.get('config_hash', '?')}"
            for entry in state.layers
            if entry.visible or entry.key == state.active
        ),
    )


def _studies(model: ViewModel) -> tuple[tuple[ViewedBand, ...], tuple[ViewedCurve, ...]]:
    """What the studies say, in the colours for paper; all outer bands lie below all inner ones."""
    bands, curves = shown_studies(model.state)
    return tuple(
        ViewedBand(
            label=f"{band.overlay.name}: expected limit, {band.word}",
            color=band_color(LIGHT, band.word),
            m_4=band.m_4,
            low=band.low,
            high=band.high,
        )
        for band in sorted(bands, key=lambda band: band.word == INNER_BAND)
    ), tuple(
        ViewedCurve(
            curve.label,
            f"{curve.overlay.name}: {curve.overlay.about()}, {curve.word}",
            *study_line(LIGHT, curve.overlay.toys.kind, curve.word),
            curve.m_4,
            curve.mu,
        )
        for curve in curves
    )
