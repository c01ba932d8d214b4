"""The state of the view, without Qt: what is shown, where the cursor is.

Widgets never talk to each other. They change the state with `ViewModel.update` and are
told the names of the fields that changed. Who keeps a history is told once a change is
whole, with all that listeners changed in their turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, Literal

from nusterile.arrays import Floats
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.overlays import AnyProduct, Overlay
from nusterile_gui.state.view_state import ViewState, consistent, grid_of, with_limits

__all__ = ["Changed", "ViewModel"]

Changed = frozenset[str]
Listener = Callable[[Changed], None]
Recorder = Callable[["ViewState", "ViewState"], None]


class ViewModel:
    """Holds the state, keeps it consistent and tells listeners what changed."""

    def __init__(self) -> None:
        self.state = ViewState()
        self._listeners: list[Listener] = []
        self._recorders: list[Recorder] = []
        self._before: ViewState | None = None
        self._points_of: tuple[float, float] | None = None
        self._points: dict[int, tuple[int, int]] = {}

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
        new = consistent(replace(old, **with_limits(old, changes)))
        if new.active != old.active:
            if "ranges" not in changes:
                new = replace(new, ranges=())
            if "ratio" not in changes and len(new.ratio) == 2:
                other = old.active if new.ratio[1] == new.active else new.ratio[1]
                new = consistent(replace(new, ratio=(new.active, other)))
        self._take(new)

    def restore(self, state: ViewState) -> None:
        """Take a state as it was, with nothing that would follow from the change."""
        self._take(consistent(state))

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

    def product(self, key: int) -> AnyProduct | None:
        """Layer or overlay with a key."""
        return next((entry for entry in self.state.products if entry.key == key), None)

    def add(self, product: AnyProduct) -> None:
        """Add a layer, in a colour that is not taken, and make it the active one; or an overlay."""
        names = {other.name for other in self.state.products}
        name, number = product.name, 2
        while name in names:
            name, number = f"{product.name} ({number})", number + 1
        if not isinstance(product, Layer):
            self.update(overlays=(*self.state.overlays, replace(product, name=name)))
            return
        taken = {other.color for other in self.state.layers}
        color = next(index for index in range(len(taken) + 1) if index not in taken)
        added = replace(product, color=color, name=name)
        self.update(layers=(*self.state.layers, added), active=product.key)

    def remove(self, key: int) -> None:
        """Close a layer or an overlay."""
        self.update(
            layers=tuple(layer for layer in self.state.layers if layer.key != key),
            overlays=tuple(overlay for overlay in self.state.overlays if overlay.key != key),
        )

    def swap(self, key: int, product: AnyProduct) -> None:
        """Put a product in the place of another, with its name and role, and colour of a layer."""
        old = self.product(key)
        if isinstance(old, Layer) and isinstance(product, Layer):
            self._swap_layers(old, product)
        elif isinstance(old, Overlay) and isinstance(product, Overlay):
            taken = replace(product, name=old.name, visible=old.visible)
            overlays = self.state.overlays
            self.update(overlays=tuple(taken if o.key == key else o for o in overlays))
        elif old is not None:  # its file holds another kind now
            self.remove(key)
            self.add(product)

    def _swap_layers(self, old: Layer, layer: Layer) -> None:
        key = old.key
        new = replace(layer, name=old.name, color=old.color, visible=old.visible)
        state = self.state
        self.update(
            layers=tuple(new if entry.key == key else entry for entry in state.layers),
            active=new.key if state.active == key else state.active,
            ratio=tuple(new.key if entry == key else entry for entry in state.ratio),
            pins=tuple(replace(p, layer=new.key) if p.layer == key else p for p in state.pins),
            ranges=state.ranges,
        )

    def change(self, key: int, **changes: Any) -> None:
        """Change fields of a layer or an overlay."""
        self.update(
            layers=tuple(
                replace(layer, **changes) if layer.key == key else layer
                for layer in self.state.layers
            ),
            overlays=tuple(
                replace(overlay, **changes) if overlay.key == key else overlay
                for overlay in self.state.overlays
            ),
        )

    @property
    def grid(self) -> tuple[Floats, Floats] | None:
        """Masses and moments of the plane: of the active layer, else of what toys say.

        None where nothing is open that has both.
        """
        layer = self.layer
        if layer is not None:
            return layer.slices.masses, layer.slices.moments
        return grid_of(self.state.overlays)

    def point(self, layer: Layer | None = None) -> tuple[int, int]:
        """Grid point of a layer that is nearest to the cursor."""
        shown = layer or self.layer
        if shown is None:
            return 0, 0
        cursor = (self.state.m_4, self.state.mu)
        if cursor != self._points_of:  # every panel asks for each layer, several times
            self._points_of, self._points = cursor, {}
        if shown.key not in self._points:
            self._points[shown.key] = shown.slices.nearest(*cursor)
        return self._points[shown.key]

    def second_point(self, layer: Layer | None = None) -> tuple[int, int] | None:
        """Grid point of a layer that is nearest to cursor B; None without one."""
        shown = layer or self.layer
        if shown is None or not self.state.second:
            return None
        return shown.slices.nearest(*self.state.second)

    def step(self, masses: int, moments: int, *, second: bool = False) -> None:
        """Move the cursor by steps of the active layer's grid, or B, which begins there."""
        layer, state = self.layer, self.state
        if layer is None:
            return
        here = state.second if second and state.second else (state.m_4, state.mu)
        grid = layer.slices
        i, j = grid.nearest(*here)
        i = min(max(i + masses, 0), grid.masses.size - 1)
        j = min(max(j + moments, 0), grid.moments.size - 1)
        m_4 = float(grid.masses[i]) if masses else here[0]
        mu = float(grid.moments[j]) if moments else here[1]
        if second:
            self.update(second=(m_4, mu))
        else:
            self.update(m_4=m_4, mu=mu)

    def put_second(self) -> None:
        """Put cursor B where the cursor is."""
        if self.grid is not None:
            self.update(second=(self.state.m_4, self.state.mu))

    def remove_second(self) -> None:
        """Take cursor B away."""
        self.update(second=())

    def exchange(self) -> None:
        """Put each cursor where the other one is."""
        if self.state.second:
            m_4, mu = self.state.second
            self.update(m_4=m_4, mu=mu, second=(self.state.m_4, self.state.mu))

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

    def choices(self, kind: Literal["selections", "flavors"]) -> tuple[str, ...]:
        """Selections or flavours of the active layer, or of what toys say without one."""
        if self.layer is not None:
            found: tuple[str, ...] = getattr(self.layer.slices, kind)
            return found
        toys = (getattr(overlay.toys, kind) for overlay in self.state.overlays)
        return tuple(dict.fromkeys(name for names in toys for name in names))

    def selection_label(self, selection: str) -> str:
        """Text for people of a selection, that of the active layer where it holds it."""
        holders = (entry for entry in self._seen() if selection in entry.slices.selections)
        holder = next(holders, None)
        if holder is not None:
            return holder.selection_label(selection)
        labels = (overlay.toys.selection_labels for overlay in self.state.overlays)
        return next((names[selection] for names in labels if selection in names), selection)

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
