"""A dialog that asks for a study with toys and shows how far it is."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nusterile.errors import NusterileError
from nusterile.vocabulary import FLAVOR_SYMBOLS
from nusterile_gui.sharing.numbers import settings_command
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.toy_order import STUDY_TEXTS, ToyOrder, thinned
from nusterile_gui.state.view_state import ViewState

__all__ = ["ToysDialog"]

_ROLE = Qt.ItemDataRole.UserRole
_TOYS, _MASSES = 300, 8
_LARGEST = 2**31 - 1


class ToysDialog(QDialog):
    """Kind, data, moments, masses, number of toys; Compute with progress, and Cancel.

    What goes wrong is said in it, in one line, and it stays open.

    Parameters
    ----------
    parent : QWidget
        Owner.
    layer : Layer
        Product whose settings are taken.
    state : ViewState
        What is shown is asked for.

    Signals
    -------
    ordered : ToyOrder
        The study is to be computed.
    stopped : ()
        It is not any more.
    """

    ordered = Signal(object)
    stopped = Signal()

    def __init__(self, parent: QWidget, layer: Layer, state: ViewState) -> None:
        super().__init__(parent)
        self.setObjectName("toys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(f"Compute with toys: {layer.name}")
        self.layer = layer
        self._cl, self._dof = state.cl, state.dof
        self._running = False
        self.study = QComboBox()
        for name, text in STUDY_TEXTS.items():
            self.study.addItem(text, name)
        self.selections = _checklist(
            {name: layer.selection_label(name) for name in layer.slices.selections},
            state.shown_selections,
        )
        self.flavors = _checklist(
            {name: FLAVOR_SYMBOLS[name] for name in layer.slices.flavors}, state.shown_flavors
        )
        available = layer.slices.masses.size
        self.masses = _spin(1, available, min(_MASSES, available), "number of masses")
        self.masses.setSuffix(f" of {available}")
        self.toys = _spin(1, _LARGEST, _TOYS, "number of toys")
        self.toys.setGroupSeparatorShown(True)
        self.seed = _spin(0, _LARGEST, 0, "seed")
        self.message = QLabel()
        self.message.setObjectName("toys-message")
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.compute = QPushButton("Compute")
        self.compute.setDefault(True)
        self.copy = QPushButton("Copy command lines")
        self.copy.setAutoDefault(False)
        self.copy.setToolTip("Copy the commands that compute the same in a terminal")
        self.cancel = QPushButton("Close")
        self.cancel.setAutoDefault(False)
        self._lay_out()
        self._connect()
        self.resize(460, min(560, parent.height() - 40))
        self._estimate()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("study", self.study)
        form.addRow("data", self.selections)
        form.addRow("moments", self.flavors)
        form.addRow("masses", self.masses)
        form.addRow("toys of each truth", self.toys)
        form.addRow("seed", self.seed)
        self.flavors.setMaximumHeight(4 * (self.fontMetrics().height() + 8))
        self.masses.setToolTip("Spread evenly over the grid of the product")
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(self.compute)
        buttons.addWidget(self.cancel)
        layout = QVBoxLayout(self)
        layout.addLayout(form, 1)
        layout.addWidget(self.message)
        layout.addWidget(self.bar)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        self.study.currentIndexChanged.connect(self._estimate)
        for spin in (self.masses, self.toys, self.seed):
            spin.valueChanged.connect(self._estimate)
        for listed in (self.selections, self.flavors):
            listed.itemChanged.connect(self._estimate)
        self.compute.clicked.connect(self._on_compute)
        self.copy.clicked.connect(self._on_copy)
        self.cancel.clicked.connect(self._on_cancel)

    def order(self) -> ToyOrder:
        """What is asked for."""
        masses = tuple(map(float, self.layer.slices.masses))
        return ToyOrder(
            self.study.currentData(),
            _checked(self.selections),
            _checked(self.flavors),
            thinned(masses, self.masses.value()),
            self._cl,
            self._dof,
            self.toys.value(),
            self.seed.value(),
        )

    def progress(self, share: float, what: str) -> None:
        """Show how far the study is."""
        self.bar.setValue(max(2, round(1000 * share)))
        self.message.setText(what)

    def fail(self, why: str) -> None:
        """Say why there is no result."""
        self._rest()
        self._say(why, wrong=True)

    def reject(self) -> None:
        """Close, and end what runs."""
        if self._running:
            self.stopped.emit()
        super().reject()

    def _on_compute(self) -> None:
        self._running = True
        self._show_running()
        self._say("starting", wrong=False)
        self.bar.setValue(2)
        self.ordered.emit(self.order())

    def _on_cancel(self) -> None:
        if not self._running:
            self.reject()
            return
        self.stopped.emit()
        self._rest()
        self._say("cancelled", wrong=False)

    def _on_copy(self) -> None:
        try:
            lines = [settings_command(self.layer), self.order().command()]
        except NusterileError as error:
            self._say(str(error), wrong=True)
            return
        QGuiApplication.clipboard().setText("\n".join(lines) + "\n")
        self._say("commands that compute the same are on the clipboard", wrong=False)

    def _rest(self) -> None:
        self._running = False
        self.bar.setValue(0)
        self._show_running()

    def _show_running(self) -> None:
        self.compute.setEnabled(not self._running)
        self.cancel.setText("Cancel" if self._running else "Close")
        for field in (
            *(self.study, self.selections, self.flavors),
            *(self.masses, self.toys, self.seed),
        ):
            field.setEnabled(not self._running)

    def _estimate(self) -> None:
        """Say how long it takes, or what is missing."""
        order = self.order()
        missing = ""
        if not order.selections or not order.flavors:
            missing = f"check at least one of the {'moments' if order.selections else 'data'}"
        elif order.study == "significance" and len(order.masses) < 2:
            missing = "the largest preference is looked for among several masses"
        self.compute.setEnabled(not missing)
        self.copy.setEnabled(not missing)
        if missing:
            self._say(missing, wrong=True)
            return
        level = "" if order.study == "significance" else f" at {100 * order.cl:.4g} % CL"
        level += f", {order.dof} dof" if order.study == "unified" else ""
        took = _duration(order.seconds(self.layer.slices))
        self._say(f"{took}{level}; the first toys on a machine half a minute more.", wrong=False)

    def _say(self, text: str, *, wrong: bool) -> None:
        self.message.setProperty("wrong", wrong)
        self.message.style().polish(self.message)
        self.message.setText(text)


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"About {seconds:.0f} s"
    return f"About {seconds / 60:.0f} min" if seconds < 5400 else f"About {seconds / 3600:.1f} h"


def _spin(low: int, high: int, value: int, name: str) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(low, high)
    spin.setValue(value)
    spin.setAccessibleName(name)
    return spin


def _checklist(names: dict[str, str], shown: frozenset[str]) -> QListWidget:
    listed = QListWidget()
    for name, text in names.items():
        item = QListWidgetItem(text)
        item.setData(_ROLE, name)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        on = name in shown
        item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        listed.addItem(item)
    return listed


def _checked(listed: QListWidget) -> tuple[str, ...]:
    items = [listed.item(row) for row in range(listed.count())]
    return tuple(i.data(_ROLE) for i in items if i.checkState() == Qt.CheckState.Checked)
