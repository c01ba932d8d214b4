"""What if, live: sliders for settings that change no rate, and a table of what each change did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nusterile.model.variable_settings import VariableSetting
from nusterile.vocabulary import CHANGE, CL, LIMIT, LIMIT_STATUS, M_4, RATIO, SUBJECT, SWITCH
from nusterile_gui.look.quantities import MOMENT_UNIT, format_mass, format_number
from nusterile_gui.look.texts import nuclides_raised, plain_tip
from nusterile_gui.panels.setting_sliders import FIRST_SLIDER, SettingSliders

__all__ = ["LivePanel"]

_PROMISE = "open a product to see how its limit follows widths of pulls, exposures and fit ranges"


class LivePanel(QWidget):
    """Sliders, the table of their impact, and what is done with them.

    Signals
    -------
    moved : ()
        A value changed.
    product_asked : ()
        A whole product is wanted with these values.
    seen : ()
        The panel came into sight.
    """

    moved = Signal()
    product_asked = Signal()
    seen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("live")
        self.setProperty("first", FIRST_SLIDER)
        self.sliders: SettingSliders | None = None
        self.title = _plain(QLabel())
        self.message = _plain(QLabel(_PROMISE))
        self.message.setObjectName("live-message")
        self.message.setProperty("muted", True)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._impact = QWidget()
        self.place = _plain(QLabel())
        self.table = _table()
        self._found: xr.Dataset | None = None
        self.reset = QPushButton("Reset")
        self.reset.setToolTip("Take every slider back to its mark")
        self.compute = QPushButton("Compute product")
        self.compute.setObjectName("live-compute")
        self.compute.setToolTip(
            "Compute a whole product with these settings: Δχ², pulls, every selection and flavour"
        )
        self.reset.clicked.connect(lambda: self.sliders and self.sliders.take({}))
        self.compute.clicked.connect(self.product_asked)
        self._lay_out()
        self._follow()

    def _lay_out(self) -> None:
        below = QVBoxLayout(self._impact)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(2)
        below.addWidget(self.place)
        below.addWidget(self.table, 1)
        self.halves = QSplitter(Qt.Orientation.Vertical)
        self.halves.setChildrenCollapsible(False)
        self.halves.addWidget(self._area)
        self.halves.addWidget(self._impact)
        self.halves.setSizes([620, 380])
        self.halves.setStretchFactor(0, 3)
        self.halves.setStretchFactor(1, 2)
        buttons = QHBoxLayout()
        buttons.addWidget(self.reset)
        buttons.addWidget(self.compute, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.title)
        layout.addWidget(self.halves, 1)
        layout.addWidget(self.message)
        layout.addLayout(buttons)

    def showEvent(self, event: Any) -> None:
        """Say that sliders are wanted."""
        super().showEvent(event)
        self.seen.emit()

    def show_settings(
        self, settings: Sequence[VariableSetting], values: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Make the sliders of a fit, at these values.

        Parameters
        ----------
        settings : sequence of VariableSetting
            What may be changed.
        values : mapping
            Changed values by name, by kind.
        """
        sliders = SettingSliders(settings)
        sliders.take(values)
        sliders.moved.connect(self._on_moved)
        self.sliders = sliders
        self._area.setWidget(sliders)
        self._follow()

    def show_nothing(self, why: str = _PROMISE) -> None:
        """Show no sliders, and say why."""
        if self.sliders is not None:
            self._area.takeWidget()
            self.sliders.deleteLater()
            self.sliders = None
        self.title.setText("")
        self.say(why)
        self._follow()

    def values(self) -> dict[str, dict[str, Any]]:
        """Changed values by name, by kind."""
        return {} if self.sliders is None else self.sliders.values()

    def say(self, text: str) -> None:
        """Say what is done, or why nothing is."""
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def show_impact(self, found: xr.Dataset) -> None:
        """List what each change did to the limit at one mass."""
        self._found = found
        mass, cl = float(found[M_4]), float(found[CL])
        self.place.setText(f"limit at {format_mass(mass)}, {100 * cl:.4g} % CL")
        self.table.setRowCount(0)
        self.table.clearSpans()
        last = found.sizes[SWITCH] - 1
        for row in range(last + 1):
            one = found.isel({SWITCH: row})
            subject, change = str(one[SUBJECT].item()), str(one[CHANGE].item())
            numbers = (_limit(one), _ratio(float(one[RATIO])))
            if change:
                self._add_row(_nuclides(subject))
                self._add_row(f"→ {change}", *numbers)
            else:
                self._add_row("configured" if row == 0 else "together", *numbers)
        self._follow()

    def seen_impact(self) -> xr.Dataset | None:
        """What the table lists, with every digit; None where it is empty or out of sight."""
        return self._found if self.table.isVisible() else None

    def _add_row(self, *texts: str) -> None:
        """Add a line: a text as wide as the table, or one with numbers beside it."""
        row = self.table.rowCount()
        self.table.insertRow(row)
        for column, text in enumerate(texts):
            item = QTableWidgetItem(text)
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(plain_tip(text))
            self.table.setItem(row, column, item)
        if len(texts) == 1:
            self.table.setSpan(row, 0, 1, self.table.columnCount())

    def _on_moved(self) -> None:
        self._follow()
        self.moved.emit()

    def _follow(self) -> None:
        """Offer what can be done with the values as they are."""
        changed = bool(self.values())
        self.reset.setEnabled(changed)
        self.compute.setEnabled(changed)
        self.halves.setVisible(self.sliders is not None)
        if not changed:
            self._found = None
            self.table.setRowCount(0)
            self.place.setText("")
        self._impact.setVisible(changed)


def _nuclides(subject: str) -> str:
    """Raise mass numbers in what is changed, not in the name of its experiment."""
    owner, colon, what = subject.rpartition(": ")
    return f"{owner}{colon}{nuclides_raised(what)}"


def _limit(row: xr.Dataset) -> str:
    status, limit = str(row[LIMIT_STATUS].item()), float(row[LIMIT])
    return format_number(limit, 3) if np.isfinite(limit) else status


def _ratio(value: float) -> str:
    return f"{value:.3f}" if np.isfinite(value) else "–"


def _plain(label: QLabel) -> QLabel:
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def _table() -> QTableWidget:
    table = QTableWidget(0, 3)
    table.setObjectName("live-impact")
    table.setAccessibleName("what each change does to the limit")
    table.setHorizontalHeaderLabels(["change", f"μ [{MOMENT_UNIT}]", "ratio"])
    table.horizontalHeader().setToolTip("ratio: limit over the limit as configured")
    table.verticalHeader().setVisible(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    table.setShowGrid(False)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    header = table.horizontalHeader()
    header.setSectionsClickable(False)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    for column in (1, 2):
        header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
    return table
