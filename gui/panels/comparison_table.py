"""The table of both cursors: values at A and at B, their difference and their ratio."""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nusterile.vocabulary import CL, DOF, EXPERIMENT, FLAVOR, M_4, MU, SELECTION
from nusterile_gui.look.quantities import format_number, format_power, is_everyday
from nusterile_gui.look.text_size import text_scale
from nusterile_gui.look.texts import plain_tip
from nusterile_gui.state.comparison import Compared, compared, compared_fit
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["ComparisonTable"]

_FIELDS = frozenset({"active", "layers", SELECTION, FLAVOR, M_4, MU, "second", CL, DOF, EXPERIMENT})
_RIGHT = Qt.AlignmentFlag.AlignRight
#: Width below which numbers have a digit less, pixels at the usual text size, and letters of a
#: heading that then takes two lines.
_NARROW, _LONG = 350, 14
_COLUMNS = ("A", "B", "B − A", "B / A")
_PROMISE = (
    "differences and ratios between two points of the plane: "
    "B, or a click with Shift, sets cursor B"
)
_NO_PRODUCT = "differences and ratios between two points of the plane"


class ComparisonTable(QWidget):
    """What the fit says at both cursors, a quantity a row.

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
        self.put = QPushButton("Set B here")
        self.exchange = QPushButton("Swap")
        self.remove = QPushButton("Remove B")
        for button, tip, answer in (
            (self.put, "Put cursor B where the cursor is (B)", model.put_second),
            (self.exchange, "Put each cursor where the other one is (X)", model.exchange),
            (self.remove, "Take cursor B away (Shift+B)", model.remove_second),
        ):
            button.setToolTip(tip)
            button.clicked.connect(lambda _=False, answer=answer: answer())
        self.table = QTableWidget(0, len(_COLUMNS))
        self.table.setObjectName("comparison")
        self.table.setAccessibleName("values at cursors A and B")
        self.table.setHorizontalHeaderLabels(_COLUMNS)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        columns, rows = self.table.horizontalHeader(), self.table.verticalHeader()
        for header, side in ((columns, _RIGHT), (rows, Qt.AlignmentFlag.AlignLeft)):
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setMinimumSectionSize(16)
            header.setHighlightSections(False)
            header.setDefaultAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        self.said = QLabel()
        self.said.setObjectName("compared-fit")
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.said.setProperty("muted", True)
        buttons = QHBoxLayout()
        for button in (self.put, self.exchange, self.remove):
            buttons.addWidget(button)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addLayout(buttons)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.said)
        signals.changed.connect(self._on_changed)
        self._show()

    def minimumSizeHint(self) -> QSize:
        """As narrow as the buttons; the table scrolls."""
        return QSize(super().minimumSizeHint().width(), 90)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Write as many digits as there is room for."""
        super().resizeEvent(event)
        self._show()

    def showEvent(self, event: QShowEvent) -> None:
        """Take up what changed while nobody looked."""
        super().showEvent(event)
        self._show()

    def _on_changed(self, changed: Changed) -> None:
        if changed & _FIELDS and self.isVisible():
            self._show()

    def _show(self) -> None:
        rows, there = compared(self._model), self._model.layer is not None
        self.put.setEnabled(there)
        for button in (self.exchange, self.remove):
            button.setEnabled(bool(self._model.state.second))
        self.table.setVisible(bool(rows))
        self.said.setText(compared_fit(self._model) if rows else _PROMISE if there else _NO_PRODUCT)
        narrow = self.width() < _NARROW * text_scale()
        digits = 3 if narrow else 4
        self._make_cells(len(rows))
        for k, row in enumerate(rows):
            power = _power(row)
            heading = _heading(row, power)
            if narrow and len(heading) > _LONG:
                heading = heading.replace(" [", "\n[")
            item = self.table.verticalHeaderItem(k)
            if item.text() != heading:  # which lays out the whole table
                item.setText(heading)
            first, second = row.said
            for column, (value, said) in enumerate(
                ((row.a, first), (row.b, second), (row.difference, ""), (row.ratio, ""))
            ):
                scaled = value if column == 3 else value / 10.0**power
                text = format_number(scaled, digits).replace("-", "−")
                if value != value and column < 2:
                    text = "none"
                cell = self.table.item(k, column)
                assert cell is not None
                cell.setText(text)
                cell.setToolTip(plain_tip(said) if said else "")

    def _make_cells(self, rows: int) -> None:
        """Have so many rows, with empty cells where they are new."""
        before = self.table.rowCount()
        self.table.setRowCount(rows)
        for k in range(before, rows):
            self.table.setVerticalHeaderItem(k, QTableWidgetItem())
            for column in range(len(_COLUMNS)):
                cell = QTableWidgetItem()
                cell.setTextAlignment(_RIGHT | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(k, column, cell)


def _power(row: Compared) -> int:
    """Power of ten that stands in the heading of a row; 0 for numbers of every day."""
    largest = max((abs(v) for v in (row.a, row.b) if v == v), default=0.0)
    return 0 if is_everyday(largest) else math.floor(math.log10(largest))


def _heading(row: Compared, power: int) -> str:
    """Name of a quantity with its unit, and the power of ten that its numbers leave out."""
    # "1·10⁻¹¹" without its first factor.
    factor = format_power(10.0**power, 1).partition("·")[2] if power else ""
    unit = f"{factor} {row.unit}".strip()
    return f"{row.name} [{unit}]" if unit else row.name
