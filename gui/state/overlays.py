"""An overlay: a study with toys that is drawn over the products it is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from nusterile.files.places import Place
from nusterile.product.kinds import content_of
from nusterile.product.toy_slices import ToySlices
from nusterile.vocabulary import TOY_CONTENTS
from nusterile_gui.plots.axes import cell_edges, positions
from nusterile_gui.state.layers import Layer, new_key
from nusterile_gui.work.reading import FileStamp

__all__ = ["AnyProduct", "Overlay", "color_of", "product_of"]


@dataclass(frozen=True, eq=False)
class Overlay:
    """One study with toys of the view.

    Attributes
    ----------
    name : str
        Text for people.
    dataset : Dataset
        The product, whole and in memory.
    toys : ToySlices
        Its arrays.
    path : Path or None
        File it came from or was saved to; None for none.
    address : str
        Address of a service that it came from; empty for none.
    visible : bool
        Drawn or not.
    stamp : tuple or None
        State of the file when it was read.
    key : int
        Identity, never used twice, nor by a layer.
    """

    name: str
    dataset: xr.Dataset
    toys: ToySlices
    path: Path | None = None
    address: str = ""
    visible: bool = True
    stamp: FileStamp | None = None
    key: int = field(default_factory=new_key)

    @property
    def place(self) -> Place | None:
        """Where it can be had again; None for one that was computed and not saved."""
        return self.path or self.address or None

    @property
    def configuration(self) -> str:
        """Hash of the configuration that it was computed with."""
        return str(self.dataset.attrs.get("config_hash", ""))

    def strange(self, layers: Iterable[Layer]) -> bool:
        """Whether it was computed with the configuration of none of these products."""
        known = {str(layer.dataset.attrs.get("config_hash", "")) for layer in layers}
        return self.configuration not in known

    def about(self) -> str:
        """What it is, in words: its kind, number of toys and seed."""
        return f"{self.toys.kind}, {self.toys.toys} toys, seed {self.toys.seed}"

    def mass_number(self, m_4: float) -> int | None:
        """Number of the mass whose cell holds a mass (MeV); None beyond them."""
        places = positions(self.toys.masses)
        if m_4 == 0:
            return 0 if self.toys.masses[0] == 0 else None
        edges = cell_edges(places)
        place = np.log10(m_4)
        if not edges[0] <= place <= edges[-1]:
            return None
        return int(np.clip(np.searchsorted(edges, place) - 1, 0, places.size - 1))


#: What the view can hold: a product with limits, or a study with toys.
AnyProduct = Layer | Overlay


def color_of(product: AnyProduct) -> int:
    """Number of the colour of a layer; 0 for an overlay, whose colours tell its kind."""
    return product.color if isinstance(product, Layer) else 0


def product_of(
    dataset: xr.Dataset,
    name: str,
    path: Path | None = None,
    stamp: FileStamp | None = None,
    address: str = "",
) -> AnyProduct:
    """Make an overlay of a study with toys and a layer of anything else.

    Raises
    ------
    ProductError
        If the view has no use for its kind.
    """
    if content_of(dataset) in TOY_CONTENTS:
        return Overlay(name, dataset, ToySlices(dataset), path, address, stamp=stamp)
    return Layer.of(dataset, name, path, stamp, address)
