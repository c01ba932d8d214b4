"""Sliders for the settings of a fit that change no rate, in groups by experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from nusterile.arrays import Floats
from nusterile.model.variable_settings import EXPOSURES, WIDTHS, VariableSetting, joined_changes
from nusterile_gui.look.texts import nuclides_raised
from nusterile_gui.panels.stop_slider import StopSlider

__all__ = ["FIRST_SLIDER", "SettingSliders"]

#: Name of the object that takes the focus first.
FIRST_SLIDER = "live-first"
#: Relative widths between fixed and free.
_WIDTHS = tuple(dict.fromkeys(float(f"{x:.2g}") for x in np.geomspace(0.005, 2.0, 90)))
#: Exposures in units of the configured one.
_FACTORS = np.geomspace(0.1, 10.0, 81)


class SettingSliders(QWidget):
    """One slider a width and exposure, two a fit range.

    Parameters
    ----------
    settings : sequence of VariableSetting
        What may be changed.

    Signals
    -------
    moved : ()
        A value changed.
    """

    moved = Signal()

    def __init__(self, settings: Sequence[VariableSetting]) -> None:
        super().__init__()
        self._settings = settings
        self.sliders: dict[tuple[str, str], tuple[StopSlider, ...]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 4, 0)
        layout.setSpacing(2)
        owner = None
        for setting in settings:
            if setting.owner != owner:
                owner = setting.owner
                layout.addWidget(_heading(owner or "Sun"))
            sliders = _sliders(setting)
            self.sliders[setting.kind, setting.name] = sliders
            for slider in sliders:
                layout.addWidget(slider)
                slider.moved.connect(self._on_moved)
        layout.addStretch(1)
        first = next(iter(self.sliders.values()))[0]
        first.slider.setObjectName(FIRST_SLIDER)

    def values(self) -> dict[str, dict[str, Any]]:
        """Values of what is changed, by name, by kind."""
        found: dict[str, dict[str, Any]] = {}
        for (kind, name), sliders in self.sliders.items():
            if any(slider.changed for slider in sliders):
                values = tuple(slider.value for slider in sliders)
                found.setdefault(kind, {})[name] = values if len(values) > 1 else values[0]
        return found

    def changes(self) -> dict[str, Any]:
        """What is changed, as `Configuration.with_changes` takes it."""
        values = self.values()
        changed = {
            setting: values[setting.kind][setting.name]
            for setting in self._settings
            if setting.name in values.get(setting.kind, {})
        }
        return joined_changes(changed)

    def take(self, values: Mapping[str, Mapping[str, Any]]) -> None:
        """Stand at these values, at the configured ones where none is given."""
        self.blockSignals(True)
        for setting in self._settings:
            value = values.get(setting.kind, {}).get(setting.name, setting.value)
            sliders = self.sliders[setting.kind, setting.name]
            for slider, one in zip(sliders, np.atleast_1d(value), strict=True):
                slider.take(float(one))
        self.blockSignals(False)
        self.moved.emit()

    def _on_moved(self) -> None:
        """Keep the ends of a fit range apart: the one that is not moved makes room."""
        for sliders in self.sliders.values():
            if len(sliders) == 2 and not sliders[0].value < sliders[1].value:
                low, high = sliders
                held, other = (low, high) if self.sender() is low else (high, low)
                # The stops of both are counted by bins, which they begin and end with.
                other.slider.setValue(held.slider.value())
                return
        self.moved.emit()


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    label.setContentsMargins(0, 4, 0, 0)
    return label


def _sliders(setting: VariableSetting) -> tuple[StopSlider, ...]:
    name = nuclides_raised(setting.what)
    subject = f"{setting.owner}: {name}" if setting.owner else name
    if isinstance(setting.value, tuple):
        assert setting.edges is not None
        low, high = setting.value
        edges = [float(edge) for edge in setting.edges]
        return (
            StopSlider("fit range from", f"{subject} from", edges[:-1], _nearest(edges, low), _kev),
            StopSlider("to", f"{subject} to", edges[1:], _nearest(edges, high), _kev),
        )
    words: Callable[[float], str] = setting.words
    stops = _stops(setting, setting.value)
    return (StopSlider(name, subject, stops, setting.value, words),)


def _kev(value: float) -> str:
    return f"{value:g} keV"


def _nearest(edges: Sequence[float], value: float) -> float:
    """The edge that a value is but for rounding."""
    return min(edges, key=lambda edge: abs(edge - value))


def _stops(setting: VariableSetting, nominal: float) -> list[float]:
    """Values of a slider, the configured one exactly among them."""
    if setting.kind == EXPOSURES:
        others: Floats = np.array([float(f"{x:.3g}") for x in nominal * _FACTORS])
    else:
        assert setting.kind == WIDTHS
        others = np.array([0.0, *_WIDTHS, *([np.inf] if setting.may_be_free else [])])
    # None beside it that is nearly the same.
    return sorted({*(float(x) for x in others if not np.isclose(x, nominal, rtol=0.01)), nominal})
