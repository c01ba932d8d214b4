"""What a kind of products is: its variables, coordinates and attributes, and its own checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nusterile.errors import ProductError
from nusterile.vocabulary import ATTRIBUTES

if TYPE_CHECKING:
    from nusterile.model.configuration import Configuration

__all__ = ["Kind", "Range", "Variable", "difference", "short", "shown"]


@dataclass(frozen=True)
class Range:
    """What the increasing numbers of a coordinate may be.

    Attributes
    ----------
    low, high : float
        Smallest and largest.
    words : str
        The same for people.
    """

    low: float
    high: float
    words: str


@dataclass(frozen=True)
class Variable:
    """Dimensions, type and role of one variable or coordinate.

    Attributes
    ----------
    dims : tuple of str
        Dimensions, in order.
    dtype : str
        ``float64``, ``float32``, ``int64`` or ``text``.
    since : int
        Schema version that brought it; older files may lack it.
    optional : bool
        Files may always lack it.
    range : Range, optional
        Of a coordinate: its numbers increase inside it.
    """

    dims: tuple[str, ...]
    dtype: str = "float64"
    since: int = 1
    optional: bool = False
    range: Range | None = None


def _nothing(*_: object) -> None:
    """Check nothing."""


@dataclass(frozen=True)
class Kind:
    """A kind of products.

    Attributes
    ----------
    name : str
        What the attribute ``content`` of its files says.
    what : str
        What such a product holds, in words.
    coordinates, variables : mapping of str to Variable
        Everything that a file of it holds.
    attributes : mapping of str to type
        Global attributes beside those of every product: ``str`` or ``int``.
    grids : tuple of str
        Coordinates whose values are those of the configuration's grids.
    long_names : mapping of str to str
        What variables are that mean something else than in other kinds.
    check : callable
        Called with a dataset that is built as it should, and its name for messages; raises
        ProductError (see `difference`) where its numbers break a relation.
    compare : callable
        Called with such a dataset, its configuration and its name; raises ProductError where
        what it stores twice differs.
    """

    name: str
    what: str
    coordinates: Mapping[str, Variable]
    variables: Mapping[str, Variable]
    attributes: Mapping[str, type] = field(default_factory=dict)
    grids: tuple[str, ...] = ()
    long_names: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[xr.Dataset, str], None] = _nothing
    compare: Callable[[xr.Dataset, Configuration, str], None] = _nothing

    def attributes_of(self, name: str) -> dict[str, str]:
        """Return units and ``long_name`` of a variable or coordinate."""
        own = {"long_name": self.long_names[name]} if name in self.long_names else {}
        return {**ATTRIBUTES[name], **own}

    @property
    def dimensions(self) -> frozenset[str]:
        """Every dimension of its variables and coordinates."""
        everything = (*self.coordinates.values(), *self.variables.values())
        return frozenset(dim for variable in everything for dim in variable.dims)


def difference(source: str, path: str, expected: str, found: str) -> ProductError:
    """Return the error that names file, path, what was expected and what was found."""
    return ProductError(f"{source}: {path}: expected {expected}, found {' '.join(found.split())}")


def shown(value: Any) -> str:
    """Return a value on one line, text in quotes."""
    text = repr(str(value)) if isinstance(value, str) else " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def short(values: NDArray[np.float64]) -> str:
    """Return numbers on one line, the middle left out."""
    return " ".join(np.array2string(values, threshold=8, precision=6).split())
