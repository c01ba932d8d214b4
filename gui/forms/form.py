"""A form made from a settings model: one field a key, empty where the default holds."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nusterile.vocabulary import CL, EXPOSURE, M_4, MU
from nusterile_gui.look.quantities import MOMENT_UNIT, format_exact, parse_number

__all__ = ["ModelForm", "Section", "find_field", "label_of", "unfold"]

_LABELS = {
    "sin2_theta_12": "sin²θ₁₂",
    "sin2_theta_13": "sin²θ₁₃",
    "sin2_theta_23": "sin²θ₂₃",
    "delta_m2_21": "Δm²₂₁ [eV²]",
    "sin2_theta_w": "s² = sin²θw",
    "model": "solar model",
    "sigma": "σ of solar pull",
    "pulls": "solar pulls",
    "correlated": "correlated",
    "source_sigma": "σ by source",
    "couplings": "couplings",
    M_4: "m₄ [MeV]",
    MU: f"μ [{MOMENT_UNIT}]",
    CL: "levels",
    EXPOSURE: "exposure [t yr]",
    "fit_range": "fit range [keV]",
    "resolution": "resolution",
    "relative_sigma": "relative width",
    "free": "free",
    "enabled": "on",
}

_NOT_SET = "not set"


def label_of(name: str) -> str:
    """Text for people of a key."""
    return _LABELS.get(name, name.replace("_", " "))


class Section(QWidget):
    """A part of a form that folds away.

    Parameters
    ----------
    title : str
        Its name.
    content : QWidget
        What folds.
    open_ : bool
        Whether it starts unfolded.
    """

    def __init__(self, title: str, content: QWidget, *, open_: bool = False) -> None:
        super().__init__()
        self.button = QToolButton()
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setChecked(open_)
        self.button.setAutoRaise(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.content = content
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.button)
        layout.addWidget(content)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.button.toggled.connect(self._fold)
        self._fold(open_)

    def _fold(self, on: bool) -> None:
        self.button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        self.content.setVisible(on)


class ModelForm(QWidget):
    """Fields of one model; models inside it become forms inside this one.

    Parameters
    ----------
    model : type
        A pydantic model.
    defaults : mapping
        What holds where a field is left empty, shown in it in grey.
    skip : set of str
        Keys that get no field.
    extra : mapping of str to callable
        Makes the widget of a key whose kind the form does not know.

    Signals
    -------
    edited : ()
        A field was changed by hand.
    """

    edited = Signal()

    def __init__(
        self,
        model: type[BaseModel],
        defaults: Mapping[str, Any],
        skip: frozenset[str] = frozenset(),
        extra: Mapping[str, Callable[[], QWidget]] | None = None,
    ) -> None:
        super().__init__()
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(6, 2, 2, 4)
        self._layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.fields: dict[str, QWidget] = {}
        for name, info in model.model_fields.items():
            if name in skip:
                continue
            if extra and name in extra:
                field = extra[name]()
            else:
                field = self._field(info, defaults.get(name), skip)
            self.fields[name] = field
            field.setObjectName(name)
            field.setAccessibleName(label_of(name))
            if isinstance(field, ModelForm):
                self._layout.addRow(Section(label_of(name), field))
            elif hasattr(field, "spans"):
                if field.spans:
                    self._layout.addRow(QLabel(field.spans))
                self._layout.addRow(field)
            else:
                self._layout.addRow(label_of(name), field)
            changed = getattr(field, "edited", None)
            if changed is not None:
                changed.connect(self.edited)

    def values(self) -> dict[str, Any]:
        """What was filled in, as plain values; empty fields are left out."""
        found = {}
        for name, field in self.fields.items():
            value = _read(field)
            if value is not None and value != {}:
                found[name] = value
        return found

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Fill the fields; those without a value are emptied."""
        for name, field in self.fields.items():
            _write(field, values.get(name))

    def _field(self, info: FieldInfo, default: Any, skip: frozenset[str]) -> QWidget:
        kind = _plain(info.annotation)
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            nested = default if isinstance(default, Mapping) else {}
            return ModelForm(kind, nested, skip)
        if get_origin(kind) is Literal:
            words = [str(a) for a in get_args(kind)]
            return (
                self._choice([_NOT_SET, *words], _NOT_SET)
                if default is None
                else self._choice(words, str(default))
            )
        if kind is bool:
            if default is None:
                return self._choice(["as published", "yes", "no"], "as published")
            box = QCheckBox()
            box.setChecked(bool(default))
            box.setProperty("default", bool(default))
            box.toggled.connect(self.edited)
            return box
        line = QLineEdit()
        line.setMinimumWidth(60)
        line.setProperty("sequence", get_origin(kind) is tuple)
        line.setProperty("pairs", get_origin(kind) is dict)
        line.setProperty("words", str in (kind, *get_args(kind)))
        line.setPlaceholderText(_text(default) or "as published")
        line.setToolTip(
            "empty: as published; others as in 8B = 0.04, 7Be = 0.05"
            if get_origin(kind) is dict
            else "empty: the value shown in grey"
        )
        line.textEdited.connect(self.edited)
        return line

    def _choice(self, texts: list[str], default: str) -> QComboBox:
        combo = QComboBox()
        combo.addItems(texts)
        combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        combo.setMinimumContentsLength(5)
        combo.setProperty("default", default)
        combo.setCurrentText(default)
        combo.activated.connect(self.edited)
        return combo


def find_field(form: QWidget, path: Sequence[str]) -> tuple[list[str], QWidget]:
    """Find the field of a key, as deep as the form goes.

    Parameters
    ----------
    form : QWidget
        A form, or a widget that holds forms by name.
    path : sequence of str
        Keys from the outermost to the innermost.

    Returns
    -------
    labels : list of str
        Texts for people of the keys that were found.
    field : QWidget
        The innermost widget.
    """
    labels: list[str] = []
    for name in path:
        inside = getattr(form, "fields", None) or getattr(form, "forms", None) or {}
        if name not in inside:
            break
        form = inside[name]
        labels.append(label_of(name))
    return labels, form


def unfold(field: QWidget) -> None:
    """Unfold every section that a field is in."""
    parent = field.parentWidget()
    while parent is not None:
        if isinstance(parent, Section):
            parent.button.setChecked(True)
        parent = parent.parentWidget()


def _plain(annotation: Any) -> Any:
    """Annotation without Optional and Annotated."""
    while True:
        if get_origin(annotation) in (Union, types.UnionType):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        elif hasattr(annotation, "__metadata__"):
            annotation = annotation.__origin__
        else:
            return annotation


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_text(v) for v in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} = {_text(v)}" for name, v in value.items())
    return format_exact(value) if isinstance(value, float) else str(value)


def _read(field: QWidget) -> Any:
    if hasattr(field, "values"):
        return field.values()
    if isinstance(field, QComboBox):
        text = field.currentText()
        if text == field.property("default"):
            return None
        return {"yes": True, "no": False}.get(text, text)
    if isinstance(field, QCheckBox):
        return None if field.isChecked() == field.property("default") else field.isChecked()
    if isinstance(field, QLineEdit):
        text = field.text().strip()
        if not text:
            return None
        if field.property("pairs") and "=" in text:
            pairs = [part.partition("=") for part in text.replace(";", ",").split(",")]
            return {name.strip(): _item(number, field) for name, _, number in pairs}
        if field.property("sequence"):
            return [_item(part, field) for part in text.replace(";", ",").split(",")]
        # A single number may have a decimal comma, as in the read-out.
        return _item(text.replace(",", "."), field)
    return None


def _item(text: str, field: QLineEdit) -> Any:
    """A number where the key takes one; other text is left for the model to refuse."""
    if field.property("words"):
        return text.strip()
    for kind in (int, float, parse_number):
        try:
            return kind(text.strip())
        except ValueError:
            continue
    return text.strip()


def _write(field: QWidget, value: Any) -> None:
    if hasattr(field, "set_values"):
        field.set_values(value or {})
    elif isinstance(field, QComboBox):
        texts = {True: "yes", False: "no", None: field.property("default")}
        field.setCurrentText(texts[value] if value in (True, False, None) else str(value))
    elif isinstance(field, QCheckBox):
        field.setChecked(field.property("default") if value is None else bool(value))
    elif isinstance(field, QLineEdit):
        field.setText(_text(value))
