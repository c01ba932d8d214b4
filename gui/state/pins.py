"""Pinned spectra: those that stay while the cursor moves on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nusterile.experiments.spectrum import BinnedSpectrum
from nusterile_gui.state.layers import Layer

__all__ = ["MOST_PINS", "Pin", "possible", "spectrum_at"]

#: So many can be told apart.
MOST_PINS = 6


@dataclass(frozen=True)
class Pin:
    """Which spectrum it is.

    Attributes
    ----------
    layer : int
        Key of its product.
    selection, flavor, experiment : str
        Its fit, flavour and experiment.
    m_4, mu : float
        Its grid point: MeV and Bohr magnetons.
    fitted : bool
        After the fit's pulls instead of before.
    color : int
        Number of its colour, below `MOST_PINS`.
    """

    layer: int
    selection: str
    flavor: str
    experiment: str
    m_4: float
    mu: float
    fitted: bool
    color: int = 0

    @property
    def of(self) -> tuple[object, ...]:
        """What it shows, whatever its colour."""
        fit = (self.selection if self.fitted else "", self.flavor, self.experiment)
        return (self.layer, *fit, self.m_4, self.mu, self.fitted)


def possible(pins: Iterable[Pin], layers: Iterable[Layer]) -> tuple[Pin, ...]:
    """Pins of products that are open and hold what they show, no colour twice."""
    slices = {layer.key: layer.slices for layer in layers}
    kept: dict[int, Pin] = {}
    for pin in pins:
        own = slices.get(pin.layer)
        if (
            own is not None
            and own.has_scan
            and pin.selection in own.selections
            and pin.flavor in own.flavors
            and pin.experiment in own.experiments
        ):
            kept.setdefault(pin.color, pin)
    return tuple(kept.values())


def spectrum_at(
    layer: Layer,
    fit: tuple[str, str],
    experiment: str,
    point: tuple[int, int],
    *,
    fitted: bool,
) -> BinnedSpectrum:
    """Spectrum at a grid point, after the fit's pulls where that is asked for and possible.

    Parameters
    ----------
    layer : Layer
        A product with a scan.
    fit : tuple of str
        Selection and flavour.
    experiment : str
        Which experiment.
    point : tuple of int
        Numbers of mass and moment.
    fitted : bool
        Whether with the best-fit pulls of the selection at this point.
    """
    selection, flavor = fit
    nominal = layer.slices.spectrum(experiment, flavor, *point)
    if not fitted:
        return nominal
    pulled = layer.slices.fitted(nominal, experiment, selection, flavor, *point)
    return nominal if pulled is None else pulled
