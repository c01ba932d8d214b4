"""What a study with toys says at the cursor, in words."""

from __future__ import annotations

import numpy as np

from nusterile.arrays import Floats
from nusterile.vocabulary import (
    CLS_CONTENT,
    COVERAGE_CONTENT,
    DISJOINT,
    EXCLUDED,
    EXPECTED_CONTENT,
    FAILED,
    OPEN,
    SIGNIFICANCE_CONTENT,
    UNIFIED_CONTENT,
)
from nusterile_gui.look.quantities import format_mass, format_moment, format_number
from nusterile_gui.state.overlays import Overlay
from nusterile_gui.state.view_state import ViewState

__all__ = ["words_of"]

#: In place of an end that does not exist.
_MISSING = {
    OPEN: "none among the moments tested",
    EXCLUDED: "none: every moment tested is excluded",
    FAILED: "none: the fit failed",
}
#: Difference up to which two masses are the same, relative.
_SAME_MASS = 1e-6
#: q₀ below which only rounding prefers a moment.
_NO_PREFERENCE = 1e-6


def words_of(overlay: Overlay, state: ViewState) -> str:
    """Say what toys tell of the fit and level of the view at its cursor.

    Parameters
    ----------
    overlay : Overlay
        The study.
    state : ViewState
        The view.

    Returns
    -------
    str
        The numbers with what they are; why there are none where there are none.
    """
    missing = overlay.toys.lacks(state.selection, state.flavor, state.cl, state.dof)
    return f"{_stranger(overlay, state)}{missing or _at_cursor(overlay, state)}"


def _stranger(overlay: Overlay, state: ViewState) -> str:
    """Say first where no open product has the configuration of a study."""
    if not overlay.strange(state.layers):
        return ""
    return "of another configuration: " if state.layers else "its product is not open: "


def _at_cursor(overlay: Overlay, state: ViewState) -> str:
    i, masses = overlay.mass_number(state.m_4), overlay.toys.masses
    if i is None:
        there = " to ".join(format_mass(mass) for mass in np.unique(masses[[0, -1]]))
        return f"none at this mass, only at {there}"
    near = np.isclose([state.m_4, _mass_shown(state)], masses[i], rtol=_SAME_MASS, atol=0).any()
    said = _WORDS[overlay.toys.kind](overlay, state, i)
    return said if near else f"{said}, at {format_mass(masses[i])}"


def _mass_shown(state: ViewState) -> float:
    """Mass at which the read-out stands: the active product's nearest to the cursor."""
    for layer in state.layers:
        if layer.key == state.active:
            return float(layer.slices.masses[layer.slices.nearest(state.m_4, state.mu)[0]])
    return state.m_4


def _expected(overlay: Overlay, state: ViewState, i: int) -> str:
    band = overlay.toys.bands(state.selection, state.flavor, state.cl)[i]
    if not np.isfinite(band).any():
        return "none at this mass"
    # One power of ten for all of them, to be compared at a glance.
    exponent = int(np.floor(np.log10(np.nanmin(band[band > 0], initial=np.inf))))
    lowest, low, median, high, highest = (
        f"{value / 10.0**exponent:.2f}" if np.isfinite(value) else "–" for value in band
    )
    unit = format_moment(10.0**exponent).partition("·")[2]
    return f"(median {median}, ±1σ {low} … {high}, ±2σ {lowest} … {highest})·{unit}"


def _pair(low: float, high: float) -> str:
    return f"{format_number(low, 3)} … {format_number(high, 3)}"


def _unified(overlay: Overlay, state: ViewState, i: int) -> str:
    ends = overlay.toys.interval(state.selection, state.flavor, state.cl, state.dof)
    low, high, status = ends[0][i], ends[1][i], str(ends[2][i])
    if not np.isfinite(high):
        return _MISSING.get(status, status)
    several = f" ({DISJOINT}: several intervals)" if status == DISJOINT else ""
    lower = f"μ = {format_moment(low)} … " if low > 0 else "μ < "
    return f"{lower}{format_moment(high)}{several}"


def _cls(overlay: Overlay, state: ViewState, i: int) -> str:
    limit, constrained, status = overlay.toys.cls(state.selection, state.flavor, state.cl)
    found = np.isfinite(limit[i])
    text = f"μ < {format_moment(limit[i])}" if found else _MISSING.get(status[i], str(status[i]))
    if np.isfinite(constrained[i]):
        text += f", power-constrained < {format_moment(constrained[i])}"
    return text


def _coverage(overlay: Overlay, state: ViewState, i: int) -> str:
    toys = overlay.toys
    j = _moment_number(toys.moments, state.mu)
    if j is None:
        ends = toys.moments[toys.moments > 0][[0, -1]] if np.any(toys.moments > 0) else [0.0, 0.0]
        return f"none at this moment, only at {_pair(*ends)} μ_B"
    parts = []
    for statement in toys.statements:
        values = toys.coverage(state.selection, state.flavor, state.cl, statement)
        parts.append(f"{values[i, j]:.3f} ({statement.replace('_', ' ')})")
    return f"{', '.join(parts)} at {format_moment(toys.moments[j])}"


def _moment_number(moments: Floats, mu: float) -> int | None:
    """Number of the positive moment nearest to one, None beyond half a step from them."""
    positive = np.flatnonzero(moments > 0)
    if not positive.size:
        return None
    places = np.log10(moments[positive])
    half = (np.diff(places).max() if places.size > 1 else 0.1) / 2
    place = np.log10(mu)
    if not places[0] - half <= place <= places[-1] + half:
        return None
    return int(positive[np.abs(places - place).argmin()])


def _significance(overlay: Overlay, state: ViewState, i: int) -> str:
    found = overlay.toys.significance(state.selection, state.flavor)
    best = int(found.q0.argmax())
    everywhere = (
        f"global p = {format_number(found.p_global, 2)}, {format_number(found.z_global, 2)}σ"
    )
    if found.q0[best] < _NO_PREFERENCE:
        return f"{everywhere}; no moment is preferred at any mass"
    # What counts comes first: a narrow window cuts the end.
    return (
        f"{everywhere}; best fit {_best_fit(overlay, state, best)}, {_sigmas(found.q0[best])}, "
        f"p = {format_number(found.p_local, 2)}; here {_sigmas(found.q0[i])}"
    )


def _best_fit(overlay: Overlay, state: ViewState, best: int) -> str:
    """Mass of the best fit, and its moment where an open product of the same settings has it."""
    mass = overlay.toys.masses[best]
    for layer in state.layers:
        slices = layer.slices
        known = state.selection in slices.selections and state.flavor in slices.flavors
        at = np.flatnonzero(np.isclose(slices.masses, mass, rtol=_SAME_MASS, atol=0))
        if known and at.size and not overlay.strange([layer]):
            moment = slices.mu_best(state.selection, state.flavor)[at[0]]
            return f"{format_mass(mass)}, {format_moment(moment)}"
    return format_mass(mass)


def _sigmas(q0: float) -> str:
    return f"{np.sqrt(q0):.2g}σ"


_WORDS = {
    EXPECTED_CONTENT: _expected,
    UNIFIED_CONTENT: _unified,
    CLS_CONTENT: _cls,
    COVERAGE_CONTENT: _coverage,
    SIGNIFICANCE_CONTENT: _significance,
}
