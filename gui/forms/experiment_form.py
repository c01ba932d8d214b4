"""Fields for the overrides of the experiments, and lists to choose from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nusterile.experiments.experiment import Experiment
from nusterile.experiments.settings import ComponentOverrides, ExperimentOverrides
from nusterile.vocabulary import EXPOSURE
from nusterile_gui.forms.form import ModelForm, Section
from nusterile_gui.look.texts import nuclides_raised

__all__ = ["Checklist", "OverridesForm"]


class Checklist(QListWidget):
    """Names to choose from.

    Parameters
    ----------
    title : str
        What they are.
    names : sequence of str
        All of them; checked at first.
    labels : mapping
        Text for people by name.

    Signals
    -------
    edited : ()
        A check was changed by hand.
    """

    edited = Signal()

    def __init__(self, title: str, names: Sequence[str], labels: Mapping[str, str]) -> None:
        super().__init__()
        self.spans = title
        self._filling = True
        for name in names:
            item = QListWidgetItem(labels.get(name, name))
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setCheckState(Qt.CheckState.Checked)
            self.addItem(item)
        self._filling = False
        self.setFixedHeight((self.sizeHintForRow(0) + 3) * max(len(names), 1) + 10)
        self.itemChanged.connect(lambda _: None if self._filling else self.edited.emit())

    def checked(self) -> list[str]:
        """Names that are checked."""
        items = [self.item(row) for row in range(self.count())]
        return [
            item.data(Qt.ItemDataRole.UserRole)
            for item in items
            if item.checkState() == Qt.CheckState.Checked
        ]

    def values(self) -> list[str] | None:
        """Names that are checked, None for all."""
        names = self.checked()
        return None if len(names) == self.count() else names

    def set_values(self, names: Any) -> None:
        """Check these names; all where none are given."""
        self._filling = True
        for row in range(self.count()):
            item = self.item(row)
            on = not names or item.data(Qt.ItemDataRole.UserRole) in names
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._filling = False


class _Components(QWidget):
    """Overrides of every background component of an experiment."""

    edited = Signal()
    spans = ""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.forms: dict[str, ModelForm] = {}
        for component in experiment.components:
            width = None if component.free else component.width
            form = ModelForm(
                ComponentOverrides,
                {
                    "enabled": True,
                    "relative_sigma": None if width is None else float(f"{width:.4g}"),
                },
            )
            form.edited.connect(self.edited)
            self.forms[component.name] = form
            label = nuclides_raised(component.label or component.name)
            layout.addWidget(Section(label, form))

    def values(self) -> dict[str, Any]:
        """Overrides by component."""
        return {name: v for name, form in self.forms.items() if (v := form.values())}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Fill every component's form."""
        for name, form in self.forms.items():
            form.set_values(values.get(name) or {})


class OverridesForm(QWidget):
    """Overrides of every experiment.

    Parameters
    ----------
    experiments : sequence of Experiment
        As published.

    Signals
    -------
    edited : ()
        A field was changed by hand.
    """

    edited = Signal()
    spans = ""

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        super().__init__()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.forms: dict[str, ModelForm] = {}
        for experiment in experiments:
            edges = experiment.bin_edges
            form = ModelForm(
                ExperimentOverrides,
                {
                    EXPOSURE: experiment.exposure,
                    "fit_range": (float(edges[0]), float(edges[-1])),
                    "resolution": experiment.resolution.parameters,
                },
                # that of data belongs to the counts
                skip=frozenset() if experiment.expected_only else frozenset({EXPOSURE}),
                extra={"components": partial(_Components, experiment)},
            )
            form.edited.connect(self.edited)
            self.forms[experiment.name] = form
            layout.addWidget(Section(experiment.label, form))

    def values(self) -> dict[str, Any]:
        """Overrides by experiment."""
        return {name: v for name, form in self.forms.items() if (v := form.values())}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Fill every experiment's form."""
        for name, form in self.forms.items():
            form.set_values(values.get(name) or {})
