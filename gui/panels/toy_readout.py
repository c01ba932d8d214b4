"""Lines of the read-out about what toys say at the cursor, one a study."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from nusterile.vocabulary import CL, CLS_CONTENT, DOF, FLAVOR, M_4, MU, SELECTION
from nusterile_gui.look.texts import plain_tip, shortened
from nusterile_gui.panels.toy_words import words_of
from nusterile_gui.panels.value_text import ValueText
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["ToyReadOut"]

#: A line as long as they come: where it has no room, each gets two, whatever it says, since a
#: plane that moves up and down with the cursor cannot be pointed at.
_LONG = "(median 11.35, ±1σ 10.45 … 14.49, ±2σ 10.68 … 17.14)·10⁻¹² μ_B"

_LINE_FIELDS = frozenset({"overlays", "layers"})
_FIELDS = _LINE_FIELDS | {"active", SELECTION, FLAVOR, CL, DOF, M_4, MU}


class ToyReadOut(QWidget):
    """One line for each visible overlay; hidden while there are none.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.
    """

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__()
        self._model = model
        self._captions: list[QLabel] = []
        self._values: list[ValueText] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self.setVisible(False)
        signals.changed.connect(self._on_changed)

    def texts(self) -> dict[str, str]:
        """What stands there, by what it is about."""
        shown = zip(self._captions, self._values, strict=True)
        return {c.text(): v.text() for c, v in shown if not c.isHidden()}

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have room for what the lines say."""
        super().resizeEvent(event)
        self._fit_lines()

    def changeEvent(self, event: QEvent) -> None:
        """As well in another size of text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_lines()

    def _fit_lines(self) -> None:
        captions = [c.sizeHint().width() for c in self._captions if not c.isHidden()]
        room = self.width() - max(captions, default=0) - self._grid.horizontalSpacing()
        for value in self._values:
            wide = value.fontMetrics().horizontalAdvance(_LONG)
            value.set_lines(2 if wide > room else 1)

    def _on_changed(self, changed: Changed) -> None:
        if changed & _LINE_FIELDS:
            self._make_lines()
        if changed & _FIELDS:
            self._refresh()

    def _make_lines(self) -> None:
        """As many lines as there are visible overlays, each with its caption."""
        overlays = [overlay for overlay in self._model.state.overlays if overlay.visible]
        while len(self._values) < len(overlays):
            row = len(self._values)
            caption, value = QLabel(), ValueText(f"toys-{row}")
            caption.setTextFormat(Qt.TextFormat.PlainText)
            caption.setProperty("muted", True)
            self._grid.addWidget(caption, row, 0)
            self._grid.addWidget(value, row, 1)
            self._captions.append(caption)
            self._values.append(value)
        kinds = [overlay.toys.kind for overlay in overlays]
        for number, (caption, value) in enumerate(zip(self._captions, self._values, strict=True)):
            shown = number < len(overlays)
            caption.setVisible(shown)
            value.setVisible(shown)
            if shown:
                kind = kinds[number]
                text = "CLₛ" if kind == CLS_CONTENT else kind
                if kinds.count(kind) > 1:
                    text += f", {shortened(overlays[number].name, 16)}"
                caption.setText(text)
                caption.setToolTip(
                    plain_tip(f"{overlays[number].name}: {overlays[number].about()}")
                )
        self.setVisible(bool(overlays))
        self._fit_lines()

    def _refresh(self) -> None:
        state = self._model.state
        overlays = [overlay for overlay in state.overlays if overlay.visible]
        for value, overlay in zip(self._values, overlays, strict=False):
            text = words_of(overlay, state)
            if text != value.text():
                value.setText(text)
                value.setToolTip(plain_tip(text))
