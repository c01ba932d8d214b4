"""A dialog that asks what the two columns of a curve are, and shows what it makes of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from nusterile.bounds.curve import Bound
from nusterile.bounds.digitised import DigitisedCurve
from nusterile.bounds.units import (
    MASS_UNITS,
    MOMENT_UNITS,
    guess_mass_unit,
    guess_moment_unit,
    mass_doubt,
    moment_doubt,
)
from nusterile.errors import InputError
from nusterile_gui.look.quantities import format_mass, format_moment
from nusterile_gui.panels.bounds_tree import FLAVOR_TEXTS
from nusterile_gui.state.own_curves import OwnCurve, given_units, in_units, name_for, own_curve
from nusterile_gui.state.view_state import ViewState

__all__ = ["OwnCurveDialog"]

_KINDS = {
    "upper_limit": "upper limit: excluded above",
    "region": "region: excluded inside",
    "line": "line: excluded side not said",
}


class OwnCurveDialog(QDialog):
    """Name, moment, units, kind, level and source of a curve, with a preview of its range.

    Parameters
    ----------
    parent : QWidget
        Owner.
    curve : DigitisedCurve
        Its points.
    label : str
        Name that is proposed.
    state : ViewState
        What it is compared with; its flavour is proposed.
    edited : OwnCurve, optional
        The curve that has these points, in the units in which it was given, where it is to be
        described anew; it keeps its name and fills the fields.

    Signals
    -------
    taken : OwnCurve
        The curve, as it was described.
    """

    taken = Signal(object)

    def __init__(
        self,
        parent: QWidget,
        curve: DigitisedCurve,
        label: str,
        state: ViewState,
        edited: OwnCurve | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("own-curve")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Edit your curve" if edited else "Add a curve of your own")
        self._curve = curve
        self._edited = edited
        self._others: Sequence[Bound] = tuple(state.bounds.values())
        self._taken_names = {other.name for other in state.own_curves} | set(state.bounds)
        self.label = QLineEdit(label)
        self.label.setToolTip("What labels and legends call the curve")
        self.mass_unit = _choices({unit: unit for unit in MASS_UNITS})
        self.moment_unit = _choices({unit: unit for unit in MOMENT_UNITS})
        self.flavor = _choices(FLAVOR_TEXTS)
        self.kind = _choices(_KINDS)
        self.cl = QDoubleSpinBox()
        self.cl.setRange(0.01, 99.99)
        self.cl.setValue(90.0)
        self.cl.setSuffix(" %")
        self.source = QLineEdit()
        self.source.setPlaceholderText("DOI, arXiv number or text")
        self.preview = QLabel()
        self.message = QLabel()
        for text in (self.preview, self.message):
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self._lay_out()
        if edited is None:
            self.ok.setText("Add")
            self._guess(state)
        else:
            self._fill(edited)
        # What the field shows is rounded: a level stays as it was until it is typed anew.
        self._shown_cl = self.cl.value()
        self._connect()
        self._show()
        self.label.selectAll()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for name, field in (
            ("name", self.label),
            ("masses in", self.mass_unit),
            ("moments in", self.moment_unit),
            ("moment of", self.flavor),
            ("kind", self.kind),
            ("confidence level", self.cl),
            ("source", self.source),
        ):
            field.setAccessibleName(name)
            form.addRow(name, field)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.preview)
        layout.addWidget(self.message, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.buttons)
        # Room for both doubts: what is said must not squeeze the fields.
        letters = self.fontMetrics()
        self.message.setMinimumHeight(5 * letters.lineSpacing())
        self.setMinimumWidth(72 * letters.averageCharWidth())

    def _guess(self, state: ViewState) -> None:
        mass_header, moment_header = self._curve.header
        masses, values = self._curve.values.T
        mass_unit = guess_mass_unit(mass_header, masses, self._others)
        masses = masses * MASS_UNITS[mass_unit]
        moment_unit = guess_moment_unit(moment_header, values, masses, self._others)
        _choose(self.mass_unit, mass_unit)
        _choose(self.moment_unit, moment_unit)
        _choose(self.flavor, state.flavor or next(iter(FLAVOR_TEXTS)))

    def _fill(self, curve: OwnCurve) -> None:
        mass_unit, moment_unit = given_units(curve)
        _choose(self.mass_unit, mass_unit)
        _choose(self.moment_unit, moment_unit)
        _choose(self.flavor, curve.flavor)
        _choose(self.kind, curve.kind)
        self.cl.setValue(100 * curve.cl)
        self.source.setText(curve.source)

    def _connect(self) -> None:
        for choices in (self.mass_unit, self.moment_unit, self.flavor, self.kind):
            choices.currentIndexChanged.connect(self._show)
        for field in (self.label, self.source):
            field.textChanged.connect(self._show)
        self.cl.valueChanged.connect(self._show)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def curve(self) -> OwnCurve:
        """The curve as it is described.

        Raises
        ------
        InputError
            If that makes no usable bound.
        """
        label = self.label.text().strip()
        if not label:
            raise InputError("give the curve a name")
        points, converted = self._points()
        edited = self._edited
        cl = round(self.cl.value() / 100, 6)
        if edited and self.cl.value() == self._shown_cl:
            cl = edited.cl
        return own_curve(
            name=edited.name if edited else name_for(label, self._taken_names),
            label=label,
            flavor=self.flavor.currentData(),
            cl=cl,
            kind=self.kind.currentData(),
            points=points,
            source=self.source.text(),
            converted=converted,
        )

    def accept(self) -> None:
        """Hand the curve over and close."""
        self.taken.emit(self.curve())
        super().accept()

    def _points(self) -> tuple[tuple[tuple[float, float], ...], str]:
        units = (self.mass_unit.currentData(), self.moment_unit.currentData())
        if self._edited and units == given_units(self._edited):
            return self._edited.points, self._edited.converted
        return in_units(self._curve, *units)

    def _show(self) -> None:
        """Show the range of the curve, and say what is wrong or doubtful about it."""
        points = np.array(self._points()[0])
        (low, down), (high, up) = points.min(axis=0), points.max(axis=0)
        count = f"{len(points)} point" + ("" if len(points) == 1 else "s")
        self.preview.setText(
            f"{count}\n"
            f"m₄ = {format_mass(low)} … {format_mass(high)}\n"
            f"μ = {format_moment(down)} … {format_moment(up)}"
        )
        try:
            bound = self.curve().bound
        except InputError as error:
            self._say(str(error), wrong=True)
            self.ok.setEnabled(False)
            return
        self.ok.setEnabled(True)
        unit = self.mass_unit.currentData()
        doubts = [mass_doubt(points[:, 0], self._others, unit)]
        doubts.append(moment_doubt(points, self._others, bound.kind))
        doubts = [f"Check the unit: {doubt}." for doubt in doubts if doubt]
        notes = [f"{finding.text[:1].upper()}{finding.text[1:]}." for finding in bound.findings]
        self._say("\n".join(doubts or notes), wrong=bool(doubts))

    def _say(self, text: str, *, wrong: bool) -> None:
        self.message.setProperty("wrong", wrong)
        self.message.setProperty("muted", not wrong)
        self.message.style().polish(self.message)
        self.message.setText(text)


def _choices(texts: dict[str, str]) -> QComboBox:
    choices = QComboBox()
    for name, text in texts.items():
        choices.addItem(text, name)
    return choices


def _choose(choices: QComboBox, name: str) -> None:
    choices.setCurrentIndex(choices.findData(name))
