"""What a view consists of, and what mends a state that does not fit what is open."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from nusterile.arrays import Floats
from nusterile.bounds.curve import Bound
from nusterile.bounds.registry import Bounds
from nusterile.vocabulary import FLAVOR, M_4, MU, SELECTION, main_flavor, main_selection
from nusterile_gui.state.annotations import Annotation
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.overlays import AnyProduct, Overlay
from nusterile_gui.state.own_curves import OwnCurve
from nusterile_gui.state.pins import Pin, possible

__all__ = ["ViewState", "consistent", "grid_of", "with_limits"]


@dataclass(frozen=True)
class ViewState:
    """Everything a view consists of.

    Attributes
    ----------
    layers : tuple of Layer
        Open products, in order.
    overlays : tuple of Overlay
        Open studies with toys, in order.
    active : int
        Key of the layer that image, spectrum and pulls show; 0 for none.
    selection, flavor : str
        Fit and flavour that they show.
    shown_selections, shown_flavors : frozenset of str
        Whose limits are drawn; `selection` and `flavor` always are.
    expected : bool
        The expected (Asimov) limit of the fit beside the observed one.
    cl : float
        Confidence level of limits and contours.
    dof : int
        Degrees of freedom of Δχ².
    m_4, mu : float
        The cursor, A: MeV and Bohr magnetons.
    second : tuple of float
        Mass and moment of a second cursor, B; empty for none.
    pins : tuple of Pin
        Spectra that stay while the cursor moves on.
    experiment : str
        Experiment of the spectrum.
    quantity : {'counts', 'rate'}
        Events in a bin, or 1/(t yr keV).
    fitted : bool
        Spectrum after the fit's pulls instead of before.
    bounds : Bounds
        Known external bounds, from folders.
    own_curves : tuple of OwnCurve
        The user's own curves, in order.
    shown_bounds : frozenset of str
        Names of those drawn.
    massless : bool
        Marks of published limits for a massless final state.
    ratio : tuple of int
        Keys of the two layers whose limits are divided; empty for no comparison.
    ranges : tuple of tuple of float
        Ends of the axes of the plane, log10 of MeV and Bohr magnetons; empty for the whole
        grid of the active layer.
    annotations : tuple of Annotation
        Notes in the plane, in order.
    notes : str
        What the user wrote down about the view.
    image : {'delta_chi2', 'levels', 'coverage'}
        What the colours of the plane show: Δχ², the levels between which it lies, or coverage.
    statement : {'upper_limit', 'interval'}
        Whose coverage they show.
    """

    layers: tuple[Layer, ...] = ()
    overlays: tuple[Overlay, ...] = ()
    active: int = 0
    selection: str = ""
    flavor: str = ""
    shown_selections: frozenset[str] = frozenset()
    shown_flavors: frozenset[str] = frozenset()
    expected: bool = True
    cl: float = 0.9
    dof: int = 1
    m_4: float = 0.1
    mu: float = 1e-11
    second: tuple[float, ...] = ()
    pins: tuple[Pin, ...] = ()
    experiment: str = ""
    quantity: Literal["counts", "rate"] = "counts"
    fitted: bool = False
    bounds: Bounds = field(default_factory=lambda: Bounds(()))
    own_curves: tuple[OwnCurve, ...] = ()
    shown_bounds: frozenset[str] = frozenset()
    massless: bool = False
    ratio: tuple[int, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()
    annotations: tuple[Annotation, ...] = ()
    notes: str = ""
    image: Literal["delta_chi2", "levels", "coverage"] = "delta_chi2"
    statement: Literal["upper_limit", "interval"] = "upper_limit"

    @cached_property
    def known_bounds(self) -> Bounds:
        """External bounds and the user's own curves; what is drawn of them is in `shown_bounds`."""
        return Bounds([*self.bounds.values(), *(curve.bound for curve in self.own_curves)])

    @property
    def drawn_bounds(self) -> tuple[Bound, ...]:
        """Those of `known_bounds` that are drawn, in their order."""
        known = self.known_bounds
        return tuple(bound for name, bound in known.items() if name in self.shown_bounds)

    @property
    def products(self) -> tuple[AnyProduct, ...]:
        """Everything that is open: layers, then overlays."""
        return (*self.layers, *self.overlays)


def with_limits(old: ViewState, changes: dict[str, Any]) -> dict[str, Any]:
    """Draw the limits of another fit in place of those of the last one."""
    followed = dict(changes)
    for name, shown in ((SELECTION, "shown_selections"), (FLAVOR, "shown_flavors")):
        new, drawn = changes.get(name), getattr(old, shown)
        if new is not None and shown not in changes and new not in drawn:
            followed[shown] = (drawn - {getattr(old, name)}) | {new}
    return followed


def consistent(state: ViewState) -> ViewState:
    """Mend what does not fit the active layer."""
    layers = {layer.key: layer for layer in state.layers}
    ratio = state.ratio if all(key in layers for key in state.ratio) else ()
    active = state.active if state.active in layers else (list(layers) or [0])[-1]
    cl = min(max(state.cl, 1e-3), 1 - 1e-9)
    dof = state.dof if state.dof in (1, 2) else 1
    pins = possible(state.pins, state.layers)
    state = replace(state, active=active, ratio=ratio, cl=cl, dof=dof, pins=pins)
    if not active:
        return _of_overlays(state)
    slices = layers[active].slices
    selection = state.selection
    if selection not in slices.selections:
        selection = main_selection(slices.selections)
    flavor = state.flavor if state.flavor in slices.flavors else main_flavor(slices.flavors)
    experiment = state.experiment
    if slices.experiments and experiment not in slices.experiments:
        experiment = slices.experiments[0]
    return replace(
        state,
        selection=selection,
        flavor=flavor,
        shown_selections=state.shown_selections | {selection},
        shown_flavors=state.shown_flavors | {flavor},
        experiment=experiment,
        **_cursors_inside(state, (slices.masses, slices.moments)),
    )


def _of_overlays(state: ViewState) -> ViewState:
    """Mend what does not fit the overlays, where nothing else is open."""
    if not state.overlays:
        return state
    selections = tuple(name for each in state.overlays for name in each.toys.selections)
    flavors = tuple(name for each in state.overlays for name in each.toys.flavors)
    selection = state.selection if state.selection in selections else main_selection(selections)
    flavor = state.flavor if state.flavor in flavors else main_flavor(flavors)
    grid = grid_of(state.overlays)
    if grid is None:
        return replace(state, selection=selection, flavor=flavor)
    return replace(state, selection=selection, flavor=flavor, **_cursors_inside(state, grid))


def grid_of(overlays: tuple[Overlay, ...]) -> tuple[Floats, Floats] | None:
    """Masses and positive moments of the first overlay that has both."""
    for overlay in overlays:
        moments = overlay.toys.moments
        if np.any(moments > 0):
            return overlay.toys.masses, moments[moments > 0]
    return None


def _cursors_inside(state: ViewState, grid: tuple[Floats, Floats]) -> dict[str, Any]:
    """Both cursors, where the grid has them."""
    masses, moments = grid
    second = state.second
    if second:
        second = (_inside(second[0], masses), _inside(second[1], moments))
    return {
        M_4: _inside(state.m_4, masses),
        MU: _inside(state.mu, moments),
        "second": second,
    }


def _inside(value: float, grid: Any) -> float:
    return float(min(max(value, grid[0]), grid[-1]))
