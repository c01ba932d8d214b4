"""A dialog for a note in the plane: its text, where it stands and where its arrow points."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from nusterile.errors import InputError
from nusterile.files.settings import validate_model
from nusterile.files.text import visible_text
from nusterile.vocabulary import M_4, MU
from nusterile_gui.look.quantities import format_mass, format_moment, parse_mass, parse_moment
from nusterile_gui.state.annotations import Annotation

__all__ = ["NoteDialog"]

_LINES = 3


class NoteDialog(QDialog):
    """Text, place and arrow of a note; everything can be typed.

    Parameters
    ----------
    parent : QWidget
        Owner.
    place : tuple of float
        Mass (MeV) and moment (Bohr magnetons) of the text.
    target : tuple of float
        Those of the tip of its arrow, to begin with.
    text : str
        Its text so far.
    arrow : bool
        Whether it has an arrow.
    new : bool
        Whether the note is a new one, which cannot be deleted.

    Signals
    -------
    taken : Annotation
        The note as it is now.
    deleted : ()
        The note is to go.
    """

    taken = Signal(object)
    deleted = Signal()

    def __init__(
        self,
        parent: QWidget,
        place: tuple[float, float],
        target: tuple[float, float],
        *,
        text: str = "",
        arrow: bool = False,
        new: bool = True,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("note")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Note in the plane")
        self.text = QPlainTextEdit(text)
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText("Text; it may be empty beside an arrow")
        self.text.setFixedHeight(_LINES * self.fontMetrics().lineSpacing() + 14)
        self.arrow = QCheckBox("with an arrow")
        self.arrow.setChecked(arrow)
        # What a field shows is rounded: a value stays as it was until it is typed anew.
        self._values = (*place, *target)
        texts = (format_mass, format_moment) * 2
        self.fields = [
            QLineEdit(write(value)) for write, value in zip(texts, self._values, strict=True)
        ]
        self.message = QLabel()
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        self.message.setProperty("wrong", True)
        self.message.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setDefault(True)
        self._lay_out()
        if not new:
            delete = self.buttons.addButton("Delete", QDialogButtonBox.ButtonRole.DestructiveRole)
            delete.clicked.connect(self._on_delete)
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.text.setAccessibleName("text")
        form.addRow("text", self.text)
        names = ("at m₄", "at μ", "arrow to m₄", "arrow to μ")
        for number, (name, field) in enumerate(zip(names, self.fields, strict=True)):
            if number == 2:
                form.addRow("", self.arrow)
            field.setAccessibleName(name)
            field.setToolTip("A value with its unit: 100 keV" if "m₄" in name else "2e-11")
            form.addRow(name, field)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.message)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(56 * self.fontMetrics().averageCharWidth())

    def _connect(self) -> None:
        self.text.textChanged.connect(self._show)
        self.arrow.toggled.connect(self._show)
        for field in self.fields:
            field.textChanged.connect(self._show)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def note(self) -> Annotation:
        """The note as it is described.

        Raises
        ------
        InputError
            If a value cannot be read, or there is neither a text nor an arrow.
        """
        m_4, mu, *target = (self._value(number) for number in range(len(self.fields)))
        values = {
            "text": visible_text(self.text.toPlainText()),
            M_4: m_4,
            MU: mu,
            "target": tuple(target) if self.arrow.isChecked() else (),
        }
        return validate_model(Annotation, values, "this note")

    def accept(self) -> None:
        """Hand the note over and close."""
        self.taken.emit(self.note())
        super().accept()

    def _value(self, number: int) -> float:
        field = self.fields[number]
        if not field.isModified():
            return self._values[number]
        parse = parse_moment if number % 2 else parse_mass
        try:
            value = parse(field.text())
        except ValueError as error:
            raise InputError(f"{field.accessibleName()}: {error}") from None
        if value <= 0:
            raise InputError(f"{field.accessibleName()}: a mass on this axis is positive")
        return value

    def _on_delete(self) -> None:
        self.deleted.emit()
        self.reject()

    def _show(self) -> None:
        """Say what is wrong, and let only the fields be typed that count."""
        for field in self.fields[2:]:
            field.setEnabled(self.arrow.isChecked())
        try:
            self.note()
        except InputError as error:
            # An empty note is nothing wrong yet.
            empty = not self.text.toPlainText().strip() and not self.arrow.isChecked()
            self.message.setText("" if empty else str(error))
            self.ok.setEnabled(False)
            return
        self.message.setText("")
        self.ok.setEnabled(True)
