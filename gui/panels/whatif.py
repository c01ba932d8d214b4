"""What if: other settings, computed into a new layer beside the window."""

from __future__ import annotations

import re
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nusterile.errors import NusterileError
from nusterile.model.configuration import Configuration
from nusterile.vocabulary import FLAVOR_SYMBOLS, M_4, MU, selection_labels
from nusterile_gui.forms.changes import changes_in_words
from nusterile_gui.forms.experiment_form import Checklist, OverridesForm
from nusterile_gui.forms.form import ModelForm, find_field, unfold
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import ViewModel
from nusterile_gui.work.work import Task, Worker

__all__ = ["WhatIf", "compute_layer", "warm_up"]

#: Keys that stay as the active product has them.
_FIXED = frozenset({"experiments", "experiment_folders", "bound_folders"})


def compute_layer(configuration: Configuration, name: str, task: Task) -> Layer:
    """Compute a product and make it a layer."""
    import nusterile.accessor  # noqa: F401 - registers ds.nusterile
    from nusterile.analysis import Analysis
    from nusterile.product.scan import compute_product

    task.progress(0.0, "reading the experiments")
    analysis = Analysis(configuration)
    dataset = compute_product(analysis, progress=task.progress, cancelled=task.cancelled)
    return Layer.of(dataset, name)


def warm_up(_: Task) -> None:
    """Load the compiled fit before it is needed: half a second that no one waits for."""
    import nusterile.statistics.poisson_fit  # noqa: F401


class WhatIf(QWidget):
    """Settings made from the configuration model, Apply and Cancel.

    Parameters
    ----------
    model : ViewModel
        The state; what is computed becomes a layer of it.
    worker : Worker
        Computes.

    Signals
    -------
    failed : str, str
        What did not work, and why.
    save_asked : object
        A configuration to be saved.
    """

    failed = Signal(str, str)
    save_asked = Signal(object)

    def __init__(self, model: ViewModel, worker: Worker) -> None:
        super().__init__()
        self._model = model
        self._worker = worker
        self.task = 0
        self._base: dict[str, Any] = {}
        self._filled: dict[str, Any] = {}
        self._titles: dict[str, str] = {}
        # Once the hand rests: what stands in a field while it is typed is seldom right.
        self._seen = QTimer(self, singleShot=True, interval=0)
        self._seen.timeout.connect(self._on_seen)
        self._resting = QTimer(self, singleShot=True, interval=300)
        self._resting.timeout.connect(self.check)
        self.form: ModelForm | None = None
        self._wrong: QWidget | None = None
        self.name = QLineEdit()
        self.name.setObjectName("whatif-name")
        self.name.setPlaceholderText("name of the new product")
        self.apply = QPushButton("Apply")
        self.apply.setObjectName("whatif-apply")
        self.apply.setToolTip("Compute a new product with these settings")
        self.cancel = QPushButton("Cancel")
        self.cancel.setObjectName("whatif-cancel")
        self.cancel.setEnabled(False)
        self.take = QPushButton("From active")
        self.take.setToolTip("Fill in the settings of the active product")
        self.default = QPushButton("Defaults")
        self.default.setToolTip("Fill in the default settings")
        self.cancel.setToolTip("Stop the computation; nothing of it is kept")
        self.name.setAccessibleName("name of the new product")
        self.save = QPushButton("Save settings…")
        self.save.setToolTip("Write these settings as TOML, for the command line and scripts")
        self.bar = QProgressBar()
        self.bar.setRange(0, 1000)
        self.bar.setTextVisible(False)
        self.message = QLabel(" ")
        self.message.setObjectName("whatif-message")
        self.message.setTextFormat(Qt.TextFormat.PlainText)
        self.message.setWordWrap(True)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lay_out()
        self.apply.clicked.connect(self.start)
        self.cancel.clicked.connect(self.stop)
        self.take.clicked.connect(self.take_active)
        self.default.clicked.connect(lambda: self.show_configuration(Configuration()))
        self.save.clicked.connect(self._on_save)
        worker.progressed.connect(self._on_progress)
        worker.finished.connect(self._on_finished)
        worker.failed.connect(self._on_failed)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        top = QHBoxLayout()
        top.addWidget(self.take)
        top.addWidget(self.default)
        layout.addLayout(top)
        layout.addWidget(self._area, 1)
        layout.addWidget(self.name)
        layout.addWidget(self.message)
        layout.addWidget(self.bar)
        buttons = QHBoxLayout()
        buttons.addWidget(self.apply)
        buttons.addWidget(self.cancel)
        layout.addLayout(buttons)
        layout.addWidget(self.save)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Make the form when it is first seen: panels are shown behind others, too."""
        super().paintEvent(event)
        if self.form is None:
            self._seen.start()

    def _on_seen(self) -> None:
        if self.form is None:
            self.take_active()
            self._worker.submit(warm_up)

    def take_active(self) -> None:
        """Fill in the settings of the active layer, the default ones without any."""
        layer = self._model.layer
        try:
            configuration = layer.dataset.nusterile.config if layer else Configuration()
            self.show_configuration(configuration)
        except NusterileError as error:
            self.failed.emit("The settings of this product cannot be used", str(error))
            if self.form is None:
                self.show_configuration(Configuration())

    def show_configuration(self, configuration: Configuration) -> None:
        """Make the form of a configuration and fill it in."""
        plain = configuration.model_copy(update={"overrides": {}})
        experiments = plain.load_experiments()
        without_data = [e.name for e in experiments if e.expected_only]
        members = plain.model_copy(update={"selections": None}).selection_members(
            tuple(e.name for e in experiments), without_data
        )
        own = configuration.selections or {}
        self._members = {**members, **own}
        values = configuration.model_dump(mode="json", exclude_none=True)
        defaults = Configuration().model_dump(mode="json")
        self._filled = values
        self._titles = {entry.name: entry.label for entry in experiments} | {
            component.name: component.label or component.name
            for entry in experiments
            for component in entry.components
        }
        self._base = {name: values[name] for name in _FIXED if name in values}
        names = {e.name: e.label for e in experiments}
        labels = selection_labels(self._members, names, without_data)
        form = ModelForm(
            Configuration,
            defaults,
            skip=_FIXED | {"values"},
            extra={
                "flavors": lambda: Checklist("moments", defaults["flavors"], FLAVOR_SYMBOLS),
                "selections": lambda: Checklist("selections", list(self._members), labels),
                "overrides": lambda: OverridesForm(experiments),
            },
        )
        changed = _differences(values, defaults)
        changed["selections"] = list(own)
        form.set_values(changed)
        self.form = form
        form.edited.connect(self._resting.start)
        self.name.setPlaceholderText("name of the new product")
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(form)
        layout.addStretch(1)
        self._area.setWidget(holder)
        self.message.setText(" ")

    def values(self) -> dict[str, Any]:
        """Settings as filled in, as plain values."""
        assert self.form is not None
        values = {**self._base, **self.form.values()}
        for name in (M_4, MU):
            grid = values.get("grids", {}).get(name)
            if grid:
                default = Configuration().grids.model_dump()[name]
                values["grids"][name] = {
                    k: v for k, v in {**default, **grid}.items() if v is not None
                }
        if "selections" in values:
            values["selections"] = {k: list(self._members[k]) for k in values["selections"]}
        return values

    def configuration(self) -> Configuration | None:
        """Settings as filled in; None, with a message, where they cannot be used."""
        assert self.form is not None
        self._mark(None)
        for name in ("flavors", "selections"):
            field = self.form.fields[name]
            if isinstance(field, Checklist) and not field.checked():
                self._refuse(f"{field.spans}: check at least one", field)
                return None
        try:
            configuration = Configuration.from_values(self.values(), "settings")
            configuration.load_experiments()
        except NusterileError as error:
            self._refuse(*self._explained(str(error)))
            return None
        self._say(" ", wrong=False)
        return configuration

    def _explained(self, message: str) -> tuple[str, QWidget | None]:
        """A message in the words of the form, and the field that it is about."""
        assert self.form is not None
        match = re.match(r"(?:settings: )?([\w.]+)", message)
        if match is None:
            return message, None
        labels, field = find_field(self.form, match[1].split("."))
        if not labels:
            return message, None
        return " › ".join(labels) + message[match.end() :], field

    def _refuse(self, message: str, field: QWidget | None) -> None:
        """Say what cannot be used, and show where."""
        self._say(message, wrong=True)
        if field is not None:
            unfold(field)
            self._mark(field)
            self._area.ensureWidgetVisible(field)

    def _mark(self, field: QWidget | None) -> None:
        """Mark a field as wrong, and the one before as right."""
        before, self._wrong = self._wrong, field
        for widget, wrong in ((before, False), (field, True)):
            if widget is not None and shiboken6.isValid(widget):
                widget.setProperty("wrong", wrong)
                widget.style().polish(widget)

    def _say(self, message: str, *, wrong: bool) -> None:
        self.message.setProperty("wrong", wrong)
        self.message.style().polish(self.message)
        self.message.setText(message)

    def check(self) -> None:
        """Say what cannot be used as soon as it stands there, and what the product is called."""
        if self.form is not None and not self.task:
            configuration = self.configuration()
            if configuration is not None:
                self.name.setPlaceholderText(self.proposed(configuration))

    def proposed(self, configuration: Configuration) -> str:
        """Name of a product after what was changed since the form was filled in."""
        values = configuration.model_dump(mode="json", exclude_none=True)
        return changes_in_words(self._filled, values, self._titles) or "what if"

    def start(self) -> None:
        """Compute a layer with these settings, where no open product has them."""
        if self.form is None:
            self.take_active()
        self._resting.stop()
        configuration = self.configuration()
        if configuration is not None:
            self._order(configuration)

    def compute_changed(self, configuration: Configuration) -> None:
        """Fill in changed settings of the active layer, and compute a layer with them."""
        self.take_active()
        filled = self._filled
        self.show_configuration(configuration)
        # It is named after what differs from the active layer.
        self._filled = filled
        self._order(configuration)

    def _order(self, configuration: Configuration) -> None:
        same = self._same(configuration)
        if same is not None:
            self._say(f"nothing to compute: {same.name} has these settings", wrong=False)
            return
        self.compute(configuration, self.name.text().strip() or self.proposed(configuration))

    def _same(self, configuration: Configuration) -> Layer | None:
        """The open product, with its Δχ², that has these settings."""
        wanted = configuration.hash()
        return next(
            (
                layer
                for layer in self._model.state.layers
                if layer.slices.has_scan and layer.dataset.attrs.get("config_hash") == wanted
            ),
            None,
        )

    def compute(self, configuration: Configuration, name: str) -> None:
        """Compute a layer; an earlier computation that still runs is cancelled."""
        self.stop()
        self.task = self._worker.submit(lambda task: compute_layer(configuration, name, task))
        self.apply.setEnabled(False)
        self.cancel.setEnabled(True)
        self.bar.setValue(2)
        self.message.setText("starting")

    def stop(self) -> None:
        """Cancel: nothing more is heard of the computation."""
        if self.task:
            self._worker.cancel(self.task)
            self._rest("cancelled")

    def _rest(self, message: str) -> None:
        self.task = 0
        self.apply.setEnabled(True)
        self.cancel.setEnabled(False)
        self.bar.setValue(0)
        self.message.setText(message)

    def _on_progress(self, number: int, share: float, what: str) -> None:
        if number == self.task:
            self.bar.setValue(max(2, round(1000 * share)))
            self.message.setText(what)

    def _on_finished(self, number: int, result: object) -> None:
        if number == self.task and isinstance(result, Layer):
            self._rest(" ")
            self._model.add(result)

    def _on_failed(self, number: int, message: str) -> None:
        if number == self.task:
            self._rest(" ")
            self.failed.emit("The product was not computed", message)

    def _on_save(self) -> None:
        configuration = self.configuration() if self.form is not None else Configuration()
        if configuration is not None:
            self.save_asked.emit(configuration)


def _differences(values: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Values that are not the default ones."""
    found = {}
    for name, value in values.items():
        default = defaults.get(name)
        if isinstance(value, dict) and isinstance(default, dict):
            inner = _differences(value, default)
            if inner:
                found[name] = inner
        elif value != default:
            found[name] = value
    return found
