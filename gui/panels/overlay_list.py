"""The list of studies with toys, and what the colours of the plane show."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from nusterile.vocabulary import CL, COVERAGE_CONTENT, DOF, FLAVOR, SELECTION, STATEMENT
from nusterile_gui.panels.plane_image import covered
from nusterile_gui.panels.product_list import ProductList, key_of
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.overlays import Overlay
from nusterile_gui.state.signals import ViewSignals

__all__ = ["OverlayList"]

_MENU = {"details": "Details…", "save": "Save…", "settings": "Save settings…", "close": "Close"}
#: Most rows without a scroll bar: with the choices of the image below them, and without.
_ROWS, _ROWS_ALONE = 3, 5
_COVERAGE_FIELDS = frozenset({"overlays", "active", "image", STATEMENT, SELECTION, FLAVOR, CL, DOF})

#: What the plane can show in colours.
_IMAGES = {"Δχ²": "delta_chi2", "coverage": "coverage", "levels": "levels"}


class OverlayList(QGroupBox):
    """Overlays to draw or to close; hidden while there are none.

    Parameters
    ----------
    model : ViewModel
        The state.
    signals : ViewSignals
        Its news.

    Signals
    -------
    asked : str, int
        Something to do with an overlay: ``save``, ``settings``, ``details`` or ``close``,
        and its key.
    """

    asked = Signal(str, int)

    def __init__(self, model: ViewModel, signals: ViewSignals) -> None:
        super().__init__("What toys say")
        self._model = model
        self.overlays = ProductList(model, _MENU)
        self.overlays.setObjectName("overlays")
        self.overlays.setAccessibleName("what toys say")
        self.overlays.setToolTip("Check: draw. Double click: rename. Right click: save or close.")
        self.image = _combo("image", _IMAGES)
        self.image.setToolTip(
            "Image in the plane: Δχ², the levels of exclusion, or how often a statement is true"
        )
        self.statement = _combo(STATEMENT, {"upper limit": "upper_limit", "interval": "interval"})
        self.statement.setToolTip("Of which statement the coverage is shown")
        self.note = QLabel("no coverage of this fit and level")
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setProperty("muted", True)
        self._choices = QWidget()
        row = QHBoxLayout(self._choices)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.image, 1)
        self._of = QLabel("of")
        row.addWidget(self._of)
        row.addWidget(self.statement, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.overlays)
        layout.addWidget(self._choices)
        layout.addWidget(self.note)
        self.overlays.edited.connect(self._fill)
        self.overlays.asked.connect(self.asked)
        self.image.activated.connect(lambda k: model.update(image=self.image.itemData(k)))
        self.statement.activated.connect(
            lambda k: model.update(statement=self.statement.itemData(k))
        )
        signals.changed.connect(self._on_changed)
        self._fill()
        self._show_note()

    def _on_changed(self, changed: Changed) -> None:
        if changed & {"overlays", "layers", "image", STATEMENT}:
            self._fill()
        if changed & _COVERAGE_FIELDS:
            self._show_note()

    def _show_note(self) -> None:
        """Say why the plane has no colours, where that is so."""
        wanted = self._model.state.image == "coverage"
        self.note.setVisible(wanted and covered(self._model) is None)

    def _fill(self) -> None:
        state = self._model.state
        tips = {overlay.key: self._tip(overlay) for overlay in state.overlays}
        row = self.overlays.currentItem()
        self.overlays.fill(state.overlays, tips, current=0 if row is None else key_of(row))
        self.image.setCurrentIndex(self.image.findData(state.image))
        self.statement.setCurrentIndex(self.statement.findData(state.statement))
        self._of.setVisible(state.image == "coverage")
        self.statement.setVisible(state.image == "coverage")
        kinds = {overlay.toys.kind for overlay in state.overlays}
        choosing = COVERAGE_CONTENT in kinds or state.image == "coverage"
        self._choices.setVisible(choosing)
        self.setVisible(bool(state.overlays) or state.image == "coverage")
        rows = min(max(len(state.overlays), 1), _ROWS if choosing else _ROWS_ALONE)
        self.overlays.setFixedHeight(rows * (self.overlays.fontMetrics().height() + 3) + 8)

    def _tip(self, overlay: Overlay) -> str:
        lines = [overlay.name, overlay.about()]
        layers = self._model.state.layers
        if layers and overlay.strange(layers):
            lines.append("of another configuration than the open products")
        lines.append(str(overlay.place) if overlay.place else "not saved")
        return "\n".join(lines)


def _combo(name: str, choices: dict[str, str]) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(name)
    combo.setAccessibleName(name)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(5)
    for text, value in choices.items():
        combo.addItem(text, value)
    return combo
