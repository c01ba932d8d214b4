"""A layer: one product with its name and colour."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from pathlib import Path

import xarray as xr

from nusterile.files.places import Place
from nusterile.product.slices import Slices
from nusterile_gui.look.texts import nuclides_raised
from nusterile_gui.state.spilling import spilled
from nusterile_gui.work.reading import FileStamp

__all__ = ["Layer", "new_key"]

_IDENTIFIERS = count(1)


def new_key() -> int:
    """Identity of something that is open, never used twice."""
    return next(_IDENTIFIERS)


@dataclass(frozen=True, eq=False)
class Layer:
    """One product of the view.

    Attributes
    ----------
    name : str
        Text for people.
    dataset : Dataset
        The product, whole.
    slices : Slices
        Its arrays.
    path : Path or None
        File it came from or was saved to; None for none.
    address : str
        Address of a service that it came from; empty for none. Where a file is known, that
        counts.
    color : int
        Index into the palette of the theme.
    visible : bool
        Drawn or not.
    stamp : tuple or None
        State of the file when it was read.
    key : int
        Identity, never used twice.
    """

    name: str
    dataset: xr.Dataset
    slices: Slices
    path: Path | None = None
    address: str = ""
    color: int = 0
    visible: bool = True
    stamp: FileStamp | None = None
    key: int = 0

    @classmethod
    def of(
        cls,
        dataset: xr.Dataset,
        name: str,
        path: Path | None = None,
        stamp: FileStamp | None = None,
        address: str = "",
    ) -> Layer:
        """Make a layer with a new identity, its large arrays on the disk.

        That takes a tenth of a second: not for the thread of the window.
        """
        dataset = spilled(dataset)
        slices = dataset.nusterile.slices
        return cls(name, dataset, slices, path, address, stamp=stamp, key=new_key())

    @property
    def place(self) -> Place | None:
        """Where it can be had again; None for one that was computed and not saved."""
        return self.path or self.address or None

    def selection_label(self, selection: str) -> str:
        """Text for people of a selection, as in figures and tables."""
        return self.slices.selection_labels.get(selection, selection)

    def experiment_label(self, experiment: str) -> str:
        """Text for people of an experiment."""
        return self.slices.experiment_labels.get(experiment, experiment)

    def component_label(self, component: str) -> str:
        """Text for people of a background component."""
        return nuclides_raised(self.slices.component_labels.get(component, component))
