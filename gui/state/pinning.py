"""Pinning the spectrum that is shown, and what pinned ones are called."""

from __future__ import annotations

from dataclasses import dataclass

from nusterile.experiments.spectrum import BinnedSpectrum
from nusterile.vocabulary import FLAVOR_SYMBOLS
from nusterile_gui.look.quantities import format_mass, format_moment
from nusterile_gui.look.texts import shortened
from nusterile_gui.state.model import ViewModel
from nusterile_gui.state.pins import MOST_PINS, Pin, spectrum_at

__all__ = ["Beside", "pin_label", "pin_shown", "spectra_beside", "unpin", "unpin_all"]


@dataclass(frozen=True)
class Beside:
    """A spectrum that is drawn beside that of the cursor.

    Attributes
    ----------
    label, short : str
        What it is, for people: all of it, and no more than tells it from the others.
    spectrum : BinnedSpectrum
        Its events.
    pin : Pin or None
        None for that of cursor B.
    """

    label: str
    short: str
    spectrum: BinnedSpectrum
    pin: Pin | None = None


def pin_shown(model: ViewModel) -> str:
    """Pin the spectrum at the cursor; says why where that is not done."""
    layer, state = model.layer, model.state
    if layer is None or not layer.slices.has_scan:
        return "there is no spectrum to pin"
    slices, (i, j) = layer.slices, model.point()
    which = (state.selection, state.flavor)
    nominal = slices.spectrum(state.experiment, state.flavor, i, j)
    pulled = slices.fitted(nominal, state.experiment, *which, i, j)
    taken = {other.color for other in state.pins}
    free = [color for color in range(MOST_PINS) if color not in taken]
    pin = Pin(
        layer.key,
        *which,
        state.experiment,
        float(slices.masses[i]),
        float(slices.moments[j]),
        fitted=state.fitted and pulled is not None,
        color=free[0] if free else 0,
    )
    if pin.of in [other.of for other in state.pins]:
        return "this spectrum is pinned already"
    if not free:
        return f"{MOST_PINS} spectra are pinned, which is as many as can be told apart; remove one"
    model.update(pins=(*state.pins, pin))
    return ""


def unpin(model: ViewModel, pin: Pin) -> None:
    """Remove one pinned spectrum."""
    model.update(pins=tuple(other for other in model.state.pins if other != pin))


def unpin_all(model: ViewModel) -> None:
    """Remove every pinned spectrum."""
    model.update(pins=())


def pin_label(model: ViewModel, pin: Pin) -> str:
    """Mass and moment of a pinned spectrum, and in what else it differs from the one shown."""
    state, layer = model.state, model.find(pin.layer)
    parts = [_point_label(pin.m_4, pin.mu)]
    if layer is None:
        return ", ".join(parts)
    if pin.experiment != state.experiment:
        parts.append(layer.experiment_label(pin.experiment))
    if pin.flavor != state.flavor:
        parts.append(FLAVOR_SYMBOLS[pin.flavor])
    if pin.fitted != state.fitted:
        parts.append("after the fit" if pin.fitted else "before the fit")
    if pin.fitted and pin.selection != state.selection:
        parts.append(f"fit of {layer.selection_label(pin.selection)}")
    if pin.layer != state.active:
        parts.append(shortened(layer.name))
    return ", ".join(parts)


def spectra_beside(model: ViewModel) -> list[Beside]:
    """Spectra that are drawn beside that of the cursor: the pinned ones, and last that of B."""
    layer, state = model.layer, model.state
    if layer is None or not layer.slices.has_scan:
        return []
    found, places = [], [(pin.m_4, pin.mu) for pin in state.pins]
    for pin in state.pins:
        owner = model.find(pin.layer)
        if owner is not None:
            point = owner.slices.nearest(pin.m_4, pin.mu)
            fit = (pin.selection, pin.flavor)
            spectrum = spectrum_at(owner, fit, pin.experiment, point, fitted=pin.fitted)
            place = (pin.m_4, pin.mu)
            found.append(Beside(pin_label(model, pin), _short(place, places), spectrum, pin))
    second = model.second_point()
    if second is not None:
        i, j = second
        fit = (state.selection, state.flavor)
        spectrum = spectrum_at(layer, fit, state.experiment, second, fitted=state.fitted)
        place = (float(layer.slices.masses[i]), float(layer.slices.moments[j]))
        found.append(Beside(f"B: {_point_label(*place)}", "B", spectrum))
    return found


def _point_label(m_4: float, mu: float) -> str:
    return f"{format_mass(m_4)}, {format_moment(mu)}"


def _short(place: tuple[float, float], places: list[tuple[float, float]]) -> str:
    """What tells a point from others: its mass, or its moment, or both."""
    m_4, mu = place
    if [mass for mass, _ in places].count(m_4) == 1:
        return format_mass(m_4)
    return (
        format_moment(mu) if [other for _, other in places].count(mu) == 1 else _point_label(*place)
    )
