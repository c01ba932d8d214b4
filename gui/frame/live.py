"""What if, live: the limit curve follows sliders, in the plane and in a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QTabWidget

from nusterile.errors import NusterileError
from nusterile.vocabulary import CL, DOF, FLAVOR, FLAVOR_SYMBOLS, M_4, SELECTION
from nusterile_gui.frame.focus import focus_inside
from nusterile_gui.panels.live_panel import LivePanel
from nusterile_gui.panels.preview_curve import PreviewCurve
from nusterile_gui.panels.whatif import WhatIf
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals
from nusterile_gui.work.live_limits import Impact, LimitCurve, LiveLimits, Question, Settings

__all__ = ["Live"]

_FIELDS = frozenset({"layers", "active", "overlays", SELECTION, FLAVOR, CL, DOF, M_4})
_NO_PRODUCT_OF_TOYS = (
    "what toys say is no fit to be changed; open the product that they belong to as well"
)


class Live(QObject):
    """Lets the limit of the fit follow sliders.

    The values of the sliders are kept for each product as long as the window is open. They are
    a question about the view, not a part of it: no step of the history, and in no workspace.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    what_if : WhatIf
        The form of all settings, which computes whole products.
    preview : PreviewCurve
        Shows the curve in the plane.
    reveal : callable
        Brings the panel of both to the front.
    """

    def __init__(
        self,
        model: ViewModel,
        signals: ViewSignals,
        what_if: WhatIf,
        preview: PreviewCurve,
        reveal: Callable[[], object],
    ) -> None:
        super().__init__(what_if)
        self._model, self._what_if, self._preview = model, what_if, preview
        self._reveal = reveal
        self.panel = LivePanel()
        self.limits = LiveLimits(self)
        self._values: dict[int, Mapping[str, Mapping[str, Any]]] = {}
        self._shown: tuple[int, str] | None = None
        self._wanted = False
        #: Both ways to change settings, as one panel.
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        self.pages.tabBar().setDrawBase(False)
        self.pages.addTab(what_if, "Settings")
        self.pages.addTab(self.panel, "Live")
        self.pages.setTabToolTip(0, "Every setting, computed into a new product")
        self.pages.setTabToolTip(1, "Some settings with sliders, which the limit follows")
        self.panel.seen.connect(self._on_seen)
        self.panel.moved.connect(self._on_moved)
        self.panel.product_asked.connect(self.compute)
        self.limits.settings_found.connect(self._on_settings)
        self.limits.prepared.connect(lambda _: self.panel.say(""))
        self.limits.curve_found.connect(self._on_curve)
        self.limits.impact_found.connect(self._on_impact)
        self.limits.progressed.connect(self._on_progress)
        self.limits.failed.connect(self._on_failed)
        signals.changed.connect(self._on_changed)

    def show(self) -> None:
        """Show the sliders and give them the focus."""
        self._reveal()
        self.pages.setCurrentWidget(self.panel)
        focus_inside(self.panel)

    def close(self) -> None:
        """End the computation."""
        self.limits.close()

    def compute(self) -> None:
        """Compute a whole product with the values of the sliders."""
        layer = self._model.layer
        if layer is None or self.panel.sliders is None:
            return
        changes: dict[str, Any] = self.panel.sliders.changes()
        try:
            configuration = layer.dataset.nusterile.config.with_changes(**changes)
        except NusterileError as error:
            self.panel.say(str(error))
            return
        self.pages.setCurrentWidget(self._what_if)
        self._what_if.compute_changed(configuration)

    def _on_seen(self) -> None:
        self._wanted = True
        self._ask()

    def _on_changed(self, changed: Changed) -> None:
        if self._wanted and changed & _FIELDS:
            self._ask()

    def _on_moved(self) -> None:
        layer = self._model.layer
        if layer is not None:
            self._keep(layer.key)
            self._ask()

    def _keep(self, product: int) -> None:
        """Keep the values of the sliders, and those of other selections."""
        assert self.panel.sliders is not None
        shown, values = self.panel.sliders.sliders, self.panel.values()
        before = self._values.get(product, {})
        self._values[product] = {
            kind: {n: v for n, v in before.get(kind, {}).items() if (kind, n) not in shown}
            | values.get(kind, {})
            for kind in {*before, *values}
        }

    def _ask(self) -> None:
        """Ask for what the view and the sliders want now."""
        layer, state = self._model.layer, self._model.state
        if layer is None:
            self._forget(*([_NO_PRODUCT_OF_TOYS] if state.overlays else []))
            return
        if self._shown is not None and self._shown != (layer.key, state.selection):
            self._forget("")
        if self._shown is not None:
            label = layer.selection_label(state.selection)
            self.panel.title.setText(f"{label}, {FLAVOR_SYMBOLS[state.flavor]}")
        values = self.panel.values()
        if not values:
            self._preview.hide()
        mass = float(layer.slices.masses[self._model.point(layer)[0]])
        fit = (layer.key, state.selection, state.flavor)
        self.limits.ask(Question(*fit, state.cl, state.dof, mass, values), layer.dataset)

    def _forget(self, *why: str) -> None:
        self._shown = None
        self._preview.hide()
        self.limits.forget()
        self.panel.show_nothing(*why)

    def _is_asked(self, question: Question) -> bool:
        """Whether a question is still about the fit that the view shows."""
        return question.fit == (self._model.state.active, self._model.state.selection)

    def _on_settings(self, found: Settings) -> None:
        if not self._is_asked(found.question):
            return
        layer = self._model.layer
        assert layer is not None
        self._shown = found.question.fit
        self.panel.say("")
        self.panel.show_settings(found.settings, self._values.get(layer.key, {}))
        if self.panel.window().focusWidget() is self.panel:  # it came before its sliders
            focus_inside(self.panel)
        self._ask()

    def _on_curve(self, found: LimitCurve) -> None:
        asked = found.question
        if self._is_asked(asked) and asked.flavor == self._model.state.flavor:
            self.panel.say("")
            if self.panel.values():  # else every slider went back meanwhile
                self._preview.show_limit(found.masses, found.limit, rough=found.rough)

    def _on_impact(self, found: Impact) -> None:
        if self._is_asked(found.question) and self.panel.values():
            self.panel.show_impact(found.found)

    def _on_progress(self, share: float, what: str) -> None:
        self.panel.say(f"{what} … {100 * share:.0f} %")

    def _on_failed(self, message: str) -> None:
        self._preview.hide()
        if self._shown is None:
            self.panel.show_nothing(f"The settings of this product cannot be changed: {message}")
        else:
            self.panel.say(message)
