"""Undo and redo: the states that the view went through."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from nusterile.vocabulary import CL, DOF, EXPECTED, FLAVOR, M_4, MU, SELECTION, STATEMENT
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.overlays import AnyProduct, Overlay
from nusterile_gui.state.view_state import ViewState

__all__ = ["History"]

#: Fields that are no view: what is known of the world, and text with an undo of its own.
_FACTS = frozenset({"bounds", "notes"})
#: Fields that move under the hand; what a hand does in one go is one step.
_CURSORS = (frozenset({M_4, MU}), frozenset({"second"}))
_MOVING = (*_CURSORS, frozenset({CL}), frozenset({"ranges"}))
#: Pause after which the hand begins anew, seconds.
_PAUSE = 0.5
_DEEPEST = 500
#: Closed products that are kept for their return, bytes.
_KEPT_BYTES = 500_000_000
_WORDS = {
    "layers": "products",
    "overlays": "what toys say",
    "active": "active product",
    SELECTION: "data",
    FLAVOR: "moment",
    "shown_selections": "limits drawn",
    "shown_flavors": "limits drawn",
    EXPECTED: "expected limit",
    CL: "level",
    DOF: "degrees of freedom",
    M_4: "cursor",
    MU: "cursor",
    "second": "cursor B",
    "pins": "pinned spectra",
    "quantity": "counts or rate",
    "fitted": "before or after the fit",
    "own_curves": "own curve",
    "shown_bounds": "bounds",
    "massless": "massless limits",
    "ranges": "zoom",
    "annotations": "note in the plane",
    "image": "colours of the plane",
    STATEMENT: "whose coverage",
}


_Product = TypeVar("_Product", Layer, Overlay)


@dataclass
class _Step:
    """A state to go back to, and what was changed then."""

    state: ViewState
    changed: frozenset[str]

    @property
    def what(self) -> str:
        """Text for people of what was changed."""
        names = [entry.name for entry in fields(ViewState) if entry.name in self.changed]
        return _WORDS.get(names[0], names[0]) if names else "view"


class History:
    """Steps back and forth through the states of the view.

    Files and known bounds are facts: going back neither forgets that a product was saved
    nor which bounds were read. Closed products come back; the oldest steps go once those
    that only the history holds take more than half a gigabyte.

    Parameters
    ----------
    model : ViewModel
        The state.
    clock : callable
        Gives seconds that only grow.
    """

    def __init__(self, model: ViewModel, clock: Callable[[], float] = time.monotonic) -> None:
        self._model = model
        self._clock = clock
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self._listeners: list[Callable[[], None]] = []
        self._files: dict[int, AnyProduct] = {}
        self._last = -1e300
        self._held = False
        self._apart = True
        self._group: ViewState | None = None
        self._depth = 0
        self._forgotten = False
        self._going = False
        model.record(self._record)

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` whenever there is something else to undo or redo."""
        self._listeners.append(listener)

    @property
    def undoable(self) -> str:
        """What would be undone; empty for nothing."""
        return self._done[-1].what if self._done and self._group is None else ""

    @property
    def redoable(self) -> str:
        """What would be done again; empty for nothing."""
        return self._undone[-1].what if self._undone and self._group is None else ""

    def undo(self) -> None:
        """Go one step back."""
        if self.undoable:
            self._go(self._done, self._undone)

    def redo(self) -> None:
        """Go one step forth again."""
        if self.redoable:
            self._go(self._undone, self._done)

    def grab(self) -> None:
        """Begin a movement by hand: what moves until `release` is one step."""
        self._held, self._apart = True, True

    def hold(self) -> None:
        """Go on with a movement by hand, however long it rests."""
        self._held = True

    def release(self) -> None:
        """End a movement by hand."""
        self._held = False
        self._last = self._clock()

    def withdraw(self) -> None:
        """Undo the movement of a cursor that has just been made, for good."""
        last = self._done[-1] if self._done else None
        moved = last is not None and any(last.changed <= c for c in _CURSORS) and not self._apart
        if moved and self._soon():
            self.undo()
            self._undone.pop()
            self._tell()

    def begin(self) -> None:
        """Make one step of all changes until `end`; one inside another belongs to it."""
        self._depth += 1
        if self._group is None:
            self._group = self._model.state
            self._tell()

    def end(self) -> None:
        """Record what was changed since `begin`."""
        self._depth -= 1
        if self._depth or self._group is None:
            return
        before, self._group = self._group, None
        self._apart = True
        if self._forgotten:
            self._forgotten = False
        else:
            self._record(before, self._model.state)
        self._tell()

    def clear(self) -> None:
        """Forget every step, and the one that has begun: nothing was before it."""
        self._forgotten = self._group is not None
        self._done.clear()
        self._undone.clear()
        self._tell()

    def _soon(self) -> bool:
        return self._held or self._clock() - self._last < _PAUSE

    def _record(self, before: ViewState, after: ViewState) -> None:
        self._files |= {product.key: product for product in after.products}
        changed = _differences(before, after)
        if self._going or self._group is not None or not changed:
            return
        last = self._done[-1] if self._done else None
        moves = any(changed <= moving for moving in _MOVING)
        if (
            moves
            and last is not None
            and not self._undone
            and not self._apart
            and self._soon()
            and any(changed | last.changed <= moving for moving in _MOVING)
        ):
            last.changed |= changed
        else:
            self._done.append(_Step(before, changed))
        self._undone.clear()
        self._apart, self._last = False, self._clock()
        self._shorten()
        self._tell()

    def _go(self, source: list[_Step], target: list[_Step]) -> None:
        step = source.pop()
        now = self._model.state
        target.append(_Step(now, step.changed))
        self._apart = True
        self._going = True
        try:
            wanted = self._as_known(step.state, now)
            self._model.restore(wanted)
            if _differences(wanted, self._model.state):  # a listener answered the change
                self._model.restore(wanted)
        finally:
            self._going = False
        self._shorten()
        self._tell()

    def _as_known(self, state: ViewState, now: ViewState) -> ViewState:
        """A state of the past with what is known of files and bounds by now."""
        layers = tuple(self._as_saved(layer) for layer in state.layers)
        overlays = tuple(self._as_saved(overlay) for overlay in state.overlays)
        facts = {name: getattr(now, name) for name in _FACTS}
        return replace(state, layers=layers, overlays=overlays, **facts)

    def _as_saved(self, product: _Product) -> _Product:
        """A product of the past with the file that it has by now."""
        known = self._files.get(product.key, product)
        if (known.path, known.stamp) == (product.path, product.stamp):
            return product
        return replace(product, path=known.path, stamp=known.stamp)

    def _shorten(self) -> None:
        """Drop the oldest steps, so that what only they hold is released."""
        del self._done[:-_DEEPEST]
        while self._done and self._kept() > _KEPT_BYTES:
            del self._done[0]
        kept = self._closed() | {entry.key: entry for entry in self._model.state.products}
        self._files = {key: entry for key, entry in self._files.items() if key in kept}

    def _closed(self) -> dict[int, AnyProduct]:
        """Products that only the history holds."""
        shown = {entry.key for entry in self._model.state.products}
        found: dict[int, AnyProduct] = {}
        before: tuple[object, object] = (None, None)
        for step in (*self._done, *self._undone):
            here = (step.state.layers, step.state.overlays)
            if here[0] is not before[0] or here[1] is not before[1]:
                before = here
                found |= {e.key: e for e in step.state.products if e.key not in shown}
        return found

    def _kept(self) -> int:
        return sum(entry.dataset.nbytes for entry in self._closed().values())

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()


def _differences(before: ViewState, after: ViewState) -> frozenset[str]:
    """Fields of the view that differ, bit by bit."""

    def value(state: ViewState, name: str) -> object:
        if name == "overlays":
            return tuple((entry.key, entry.name, entry.visible) for entry in state.overlays)
        return _looks(state) if name == "layers" else getattr(state, name)

    names = (entry.name for entry in fields(ViewState) if entry.name not in _FACTS)
    return frozenset(name for name in names if value(before, name) != value(after, name))


def _looks(state: ViewState) -> tuple[tuple[int, str, int, bool], ...]:
    """What of the layers belongs to the view: not where they are on the disk."""
    return tuple((layer.key, layer.name, layer.color, layer.visible) for layer in state.layers)
