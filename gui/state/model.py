"""The state of the view, without Qt: what is shown, where the cursor is.

Widgets never talk to each other. They change the state with `ViewModel.update` and are
told the names of the fields that changed. Who keeps a history is told once a change is
whole, with all that listeners changed in their turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from nusterile.bounds.registry import Bounds
from nusterile.vocabulary import FLAVOR, SELECTION, main_flavor, main_selection
from nusterile_gui.state.layers import Layer

__all__ = ["Changed", "ViewModel", "ViewState"]

Changed = frozenset[str]
Listener = Callable[[Changed], None]
Recorder = Callable[["ViewState", "ViewState"], None]


@dataclass(frozen=True)
class ViewState:
    """Everything a view consists of.

    Attributes
    ----------
    layers : tuple of Layer
        Open products, in order.
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
        The cursor: MeV and Bohr magnetons.
    experiment : str
        Experiment of the spectrum.
    quantity : {'counts', 'rate'}
        Events in a bin, or 1/(t yr keV).
    fitted : bool
        Spectrum after the fit's pulls instead of before.
    bounds : Bounds
        Known external bounds.
    shown_bounds : frozenset of str
        Names of those drawn.
    massless : bool
        Marks of published limits for a massless final state.
    ratio : tuple of int
        Keys of the two layers whose limits are divided; empty for no comparison.
    ranges : tuple of tuple of float
        Ends of the axes of the plane, log10 of MeV and Bohr magnetons; empty for the whole
        grid of the active layer.
    notes : str
        What the user wrote down about the view.
    """

    layers: tuple[Layer, ...] = ()
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
    experiment: str = ""
    quantity: Literal["counts", "rate"] = "counts"
    fitted: bool = False
    bounds: Bounds = field(default_factory=lambda: Bounds(()))
    shown_bounds: frozenset[str] = frozenset()
    massless: bool = False
    ratio: tuple[int, ...] = ()
    ranges: tuple[tuple[float, float], ...] = ()
    notes: str = ""


class ViewModel:
    """Holds the state, keeps it consistent and tells listeners what changed."""

    def __init__(self) -> None:
        self.state = ViewState()
        self._listeners: list[Listener] = []
        self._recorders: list[Recorder] = []
        self._before: ViewState | None = None

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with the names of changed fields after every change."""
        self._listeners.append(listener)

    def record(self, recorder: Recorder) -> None:
        """Call `recorder` with the states before and after every change, once it is whole."""
        self._recorders.append(recorder)

    def update(self, **changes: Any) -> None:
        """Change fields of the state.

        Parameters
        ----------
        **changes
            New values by field name. What they make impossible is mended: a selection
            that the active layer lacks, a cursor beyond its grid, a level outside (0, 1).
            What belongs to them follows, unless it is given: the limits of the fit that is
            chosen take the place of those of the last one, another active layer is shown
            whole and its limits are divided instead.
        """
        old = self.state
        new = _consistent(replace(old, **_with_limits(old, changes)))
        if new.active != old.active:
            if "ranges" not in changes:
                new = replace(new, ranges=())
            if "ratio" not in changes and len(new.ratio) == 2:
                other = old.active if new.ratio[1] == new.active else new.ratio[1]
                new = _consistent(replace(new, ratio=(new.active, other)))
        self._take(new)

    def restore(self, state: ViewState) -> None:
        """Take a state as it was, with nothing that would follow from the change."""
        self._take(_consistent(state))

    def _take(self, new: ViewState) -> None:
        old = self.state
        changed = frozenset(
            name
            for name in (entry.name for entry in fields(ViewState))
            if getattr(old, name) is not getattr(new, name)
            and getattr(old, name) != getattr(new, name)
        )
        if not changed:
            return
        outermost = self._before is None
        if outermost:
            self._before = old
        self.state = new
        try:
            for listener in tuple(self._listeners):
                listener(changed)
        finally:
            if outermost:
                self._before = None
        if outermost:
            for recorder in tuple(self._recorders):
                recorder(old, self.state)

    @property
    def layer(self) -> Layer | None:
        """The active layer."""
        return self.find(self.state.active)

    def find(self, key: int) -> Layer | None:
        """Layer with a key."""
        return next((layer for layer in self.state.layers if layer.key == key), None)

    def add(self, layer: Layer) -> None:
        """Add a layer, in a colour that is not taken, and make it the active one."""
        taken = {other.color for other in self.state.layers}
        color = next(index for index in range(len(taken) + 1) if index not in taken)
        names = {other.name for other in self.state.layers}
        name, number = layer.name, 2
        while name in names:
            name, number = f"{layer.name} ({number})", number + 1
        added = replace(layer, color=color, name=name)
        self.update(layers=(*self.state.layers, added), active=layer.key)

    def remove(self, key: int) -> None:
        """Close a layer."""
        self.update(layers=tuple(layer for layer in self.state.layers if layer.key != key))

    def swap(self, key: int, layer: Layer) -> None:
        """Put a layer in the place of another, with its name, colour and role."""
        old = self.find(key)
        if old is None:
            return
        new = replace(layer, name=old.name, color=old.color, visible=old.visible)
        state = self.state
        self.update(
            layers=tuple(new if entry.key == key else entry for entry in state.layers),
            active=new.key if state.active == key else state.active,
            ratio=tuple(new.key if entry == key else entry for entry in state.ratio),
            ranges=state.ranges,
        )

    def change(self, key: int, **changes: Any) -> None:
        """Change fields of a layer."""
        self.update(
            layers=tuple(
                replace(layer, **changes) if layer.key == key else layer
                for layer in self.state.layers
            )
        )

    def point(self, layer: Layer | None = None) -> tuple[int, int]:
        """Grid point of a layer that is nearest to the cursor."""
        shown = layer or self.layer
        if shown is None:
            return 0, 0
        return shown.slices.nearest(self.state.m_4, self.state.mu)

    def step(self, masses: int, moments: int) -> None:
        """Move the cursor by steps of the active layer's grid."""
        layer = self.layer
        if layer is None:
            return
        i, j = self.point()
        grid = layer.slices
        i = min(max(i + masses, 0), grid.masses.size - 1)
        j = min(max(j + moments, 0), grid.moments.size - 1)
        self.update(
            m_4=float(grid.masses[i]) if masses else self.state.m_4,
            mu=float(grid.moments[j]) if moments else self.state.mu,
        )

    def why_empty(self, promise: str) -> str:
        """Why a panel has no Δχ² to show, empty where there is; what it will show before that."""
        layer = self.layer
        if layer is None:
            return promise
        return "" if layer.slices.has_scan else "this product holds limits only, no Δχ²"

    def names(self, kind: Literal["selections", "flavors"]) -> list[str]:
        """Selections or flavours of the visible layers, those of the active one first."""
        return list(
            dict.fromkeys(name for entry in self._seen() for name in getattr(entry.slices, kind))
        )

    def selection_label(self, selection: str) -> str:
        """Text for people of a selection, that of the active layer where it holds it."""
        holders = (entry for entry in self._seen() if selection in entry.slices.selections)
        holder = next(holders, None)
        return selection if holder is None else holder.selection_label(selection)

    def _seen(self) -> list[Layer]:
        """The active layer and those that are visible."""
        layers = [layer for layer in self.state.layers if layer.visible]
        return layers if self.layer is None else [self.layer, *layers]

    def curves(self, layer: Layer) -> list[tuple[str, str]]:
        """Selections and flavours of a layer whose limits are drawn, the active pair last."""
        state = self.state
        selections = [s for s in layer.slices.selections if s in state.shown_selections]
        flavors = [f for f in layer.slices.flavors if f in state.shown_flavors]
        pairs = [(s, f) for s in selections for f in flavors]
        pairs.sort(key=lambda pair: pair == (state.selection, state.flavor))
        return pairs


def _with_limits(old: ViewState, changes: dict[str, Any]) -> dict[str, Any]:
    """Draw the limits of another fit in place of those of the last one."""
    followed = dict(changes)
    for name, shown in ((SELECTION, "shown_selections"), (FLAVOR, "shown_flavors")):
        new, drawn = changes.get(name), getattr(old, shown)
        if new is not None and shown not in changes and new not in drawn:
            followed[shown] = (drawn - {getattr(old, name)}) | {new}
    return followed


def _consistent(state: ViewState) -> ViewState:
    """Mend what does not fit the active layer."""
    layers = {layer.key: layer for layer in state.layers}
    ratio = state.ratio if all(key in layers for key in state.ratio) else ()
    active = state.active if state.active in layers else (list(layers) or [0])[-1]
    cl = min(max(state.cl, 1e-3), 1 - 1e-9)
    dof = state.dof if state.dof in (1, 2) else 1
    state = replace(state, active=active, ratio=ratio, cl=cl, dof=dof)
    if not active:
        return state
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
        m_4=_inside(state.m_4, slices.masses),
        mu=_inside(state.mu, slices.moments),
    )


def _inside(value: float, grid: Any) -> float:
    return float(min(max(value, grid[0]), grid[-1]))
