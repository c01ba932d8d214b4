"""Showing one curve of the plane alone, or hiding it, as changes of the view."""

from __future__ import annotations

from typing import Any, NamedTuple

from nusterile.vocabulary import FLAVOR, SELECTION
from nusterile_gui.state.view_state import ViewState

__all__ = ["BoundCurve", "CurveSource", "LimitOf", "alone", "hidden", "is_alone"]


class BoundCurve(NamedTuple):
    """What a curve in the plane is: an external bound, by its name."""

    name: str


class LimitOf(NamedTuple):
    """What a curve in the plane is: a limit of a product (by its key), selection and flavour."""

    layer: int
    selection: str
    flavor: str


CurveSource = BoundCurve | LimitOf


def alone(state: ViewState, curve: CurveSource | None = None) -> dict[str, Any]:
    """Changes that leave one curve and the limit of the fit, which is always drawn.

    Parameters
    ----------
    state : ViewState
        The view.
    curve : BoundCurve or LimitOf, optional
        A limit becomes the fit that is shown. None leaves the limit of the fit only.
    """
    changes: dict[str, Any] = {"massless": False, "shown_bounds": frozenset()}
    selection, flavor, key = state.selection, state.flavor, state.active
    if isinstance(curve, BoundCurve):
        changes["shown_bounds"] = frozenset({curve.name})
    elif curve is not None:
        key, selection, flavor = curve
        changes |= {SELECTION: selection, FLAVOR: flavor}
        if key != state.active:
            changes["active"] = key
    changes["shown_selections"] = frozenset({selection})
    changes["shown_flavors"] = frozenset({flavor})
    return changes


def is_alone(state: ViewState, curve: CurveSource | None = None) -> bool:
    """Whether a view is as `alone` leaves it."""
    return all(getattr(state, name) == value for name, value in alone(state, curve).items())


def hidden(state: ViewState, curve: CurveSource) -> dict[str, Any]:
    """Changes that hide a curve; none for the limit of the fit.

    Of a limit that shares its selection with others all of that selection go, or all of its
    flavour where the selection is that of the fit.
    """
    if isinstance(curve, BoundCurve):
        return {"shown_bounds": state.shown_bounds - {curve.name}}
    if curve.selection != state.selection:
        return {"shown_selections": state.shown_selections - {curve.selection}}
    if curve.flavor != state.flavor:
        return {"shown_flavors": state.shown_flavors - {curve.flavor}}
    return {}
