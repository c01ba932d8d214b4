"""What of the view is remembered between sessions, and how it is taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nusterile.files.settings import StrictModel
from nusterile.vocabulary import (
    CL,
    DOF,
    EXPECTED,
    EXPERIMENT,
    FLAVOR,
    M_4,
    MU,
    SELECTION,
    STATEMENT,
    STATEMENTS,
)
from nusterile_gui.state.annotations import remembered_annotations
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.own_curves import remembered_curves
from nusterile_gui.state.settings import Memory
from nusterile_gui.state.view_state import ViewState

__all__ = ["default_view", "remembered_view", "view_to_remember"]

_TEXTS = (SELECTION, FLAVOR, EXPERIMENT, "quantity", "notes", "image", STATEMENT)
#: What these texts may be; the first where one is anything else.
_CHOICES = {
    "quantity": ("counts", "rate"),
    "image": ("delta_chi2", "levels", "coverage"),
    STATEMENT: STATEMENTS,
}
_NAMES = ("shown_selections", "shown_flavors", "shown_bounds")
_NUMBERS = (CL, M_4, MU)
_SWITCHES = ("fitted", "massless", EXPECTED)
#: Models that are kept as JSON, and what reads them.
_MODELS: Mapping[str, Callable[[Iterable[str]], tuple[StrictModel, ...]]] = {
    "own_curves": remembered_curves,
    "annotations": remembered_annotations,
}


def view_to_remember(state: ViewState) -> dict[str, str | float | bool | list[str]]:
    """Values of the view that the next session takes up, as `Memory.save_view` keeps them."""
    values: dict[str, str | float | bool | list[str]] = {
        name: getattr(state, name) for name in (*_TEXTS, *_NUMBERS)
    }
    values |= {name: sorted(getattr(state, name)) for name in _NAMES}
    values |= {name: str(getattr(state, name)).lower() for name in _SWITCHES}
    values |= {
        name: [entry.model_dump_json() for entry in getattr(state, name)] for name in _MODELS
    }
    return values | {DOF: state.dof}


def remembered_view(memory: Memory, state: ViewState) -> dict[str, Any]:
    """Values of the view as they were remembered, for `ViewModel.update`.

    Parameters
    ----------
    memory : Memory
        What the last session kept.
    state : ViewState
        Stands in for numbers that cannot be read.
    """
    values: dict[str, Any] = {name: memory.text(name) for name in _TEXTS}
    for name, choices in _CHOICES.items():
        values[name] = values[name] if values[name] in choices else choices[0]
    values |= {name: memory.number(name, getattr(state, name)) for name in _NUMBERS}
    values |= {
        name: memory.text(name, str(getattr(state, name)).lower()) == "true" for name in _SWITCHES
    }
    values |= {name: frozenset(memory.names(name)) for name in _NAMES}
    values |= {name: read(memory.names(name)) for name, read in _MODELS.items()}
    return values | {DOF: int(memory.number(DOF, 1))}


def default_view() -> dict[str, Any]:
    """Values of the view as they are without a memory."""
    fresh = ViewModel().state
    own = ("second", "pins")
    names = (*_TEXTS, *_NAMES, *_NUMBERS, *_SWITCHES, *_MODELS, DOF, *own)
    return {name: getattr(fresh, name) for name in names}
