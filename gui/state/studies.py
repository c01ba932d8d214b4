"""What the visible studies with toys say of the fit and level of the view, as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nusterile.arrays import Floats
from nusterile.vocabulary import CLS_CONTENT, EXPECTED_CONTENT, QUANTILES, UNIFIED_CONTENT
from nusterile_gui.look.texts import shortened
from nusterile_gui.state.overlays import Overlay
from nusterile_gui.state.view_state import ViewState

__all__ = [
    "INNER_BAND",
    "LOWER_END",
    "MAIN_LIMIT",
    "StudyBand",
    "StudyCurve",
    "shown_studies",
]

INNER_BAND, _OUTER_BAND = "±1σ", "±2σ"
_MEDIAN, LOWER_END, MAIN_LIMIT = "median", "lower end", "limit"
#: Places of the quantiles of bands, the outer one first so that it lies below.
_BANDS = ((_OUTER_BAND, 0, 4), (INNER_BAND, 1, 3))


class StudyBand(NamedTuple):
    """Two quantiles of the expected limit at masses (MeV), Bohr magnetons; NaN where unknown."""

    overlay: Overlay
    word: str
    m_4: Floats
    low: Floats
    high: Floats


class StudyCurve(NamedTuple):
    """A moment at each mass (MeV), Bohr magnetons, and what it is in a word; NaN for none.

    The main curve of a study has a label.
    """

    overlay: Overlay
    word: str
    m_4: Floats
    mu: Floats
    label: str


def shown_studies(state: ViewState) -> tuple[list[StudyBand], list[StudyCurve]]:
    """Bands and curves of the visible studies that hold the fit and level of a view.

    Moments that are not positive, which have no place in the plane, are NaN.
    """
    fit = (state.selection, state.flavor, state.cl)
    bands: list[StudyBand] = []
    curves: list[tuple[Overlay, str, Floats]] = []
    for overlay in state.overlays:
        toys = overlay.toys
        if not overlay.visible or toys.lacks(*fit, state.dof):
            continue
        found: list[tuple[str, Floats]] = []
        if toys.kind == EXPECTED_CONTENT:
            quantiles = _positive(toys.bands(*fit))
            bands += [
                StudyBand(overlay, word, toys.masses, quantiles[:, low], quantiles[:, high])
                for word, low, high in _BANDS
            ]
            found = [(_MEDIAN, quantiles[:, QUANTILES.index(0.5)])]
        elif toys.kind == UNIFIED_CONTENT:
            low, high, _ = toys.interval(*fit, state.dof)
            found = [("upper end", _positive(high)), (LOWER_END, _positive(low))]
        elif toys.kind == CLS_CONTENT:
            limit, constrained, _ = toys.cls(*fit)
            found = [(MAIN_LIMIT, _positive(limit)), ("power-constrained", _positive(constrained))]
        curves += [(overlay, word, values) for word, values in found if np.isfinite(values).any()]
    labels = _labels([overlay for overlay, *_ in curves])
    return bands, [
        StudyCurve(overlay, word, overlay.toys.masses, values, label)
        for (overlay, word, values), label in zip(curves, labels, strict=True)
    ]


def _labels(overlays: list[Overlay]) -> Iterator[str]:
    """Label of the first curve of each study, nothing for the others."""
    kinds = [overlay.toys.kind for overlay in dict.fromkeys(overlays)]
    for number, overlay in enumerate(overlays):
        kind, toys = overlay.toys.kind, overlay.toys.toys
        text = {EXPECTED_CONTENT: "expected ±1σ, ±2σ", CLS_CONTENT: "CLₛ"}.get(kind, kind)
        more = f", {shortened(overlay.name)}" if kinds.count(kind) > 1 else ""
        yield "" if overlay in overlays[:number] else f"{text} ({toys} toys{more})"


def _positive(values: Floats) -> Floats:
    return np.where(values > 0, values, np.nan)
