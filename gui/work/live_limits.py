"""Limits with changed settings, beside the window: what was asked last is answered first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import xarray as xr
from PySide6.QtCore import QObject, Signal

from nusterile.analysis import Analysis
from nusterile.arrays import Floats
from nusterile.model.variable_settings import VariableSetting
from nusterile.model.variations import Variations
from nusterile.vocabulary import CL, DOF, LIMIT
from nusterile_gui.work.work import Task, Worker

__all__ = ["Impact", "LimitCurve", "LiveLimits", "Prepared", "Question", "Settings"]

#: Values of settings by name, by kind, as `Variations.limits` takes them.
Values = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Question:
    """Which limit is asked for, and with which settings.

    Attributes
    ----------
    product : int
        Key of the product.
    selection, flavor, cl, dof
        Whose limit.
    m_4 : float
        Mass at which the impact of each change is told, MeV.
    values : mapping
        Changed settings; none for none.
    """

    product: int
    selection: str
    flavor: str
    cl: float
    dof: int
    m_4: float
    values: Values

    @property
    def fit(self) -> tuple[int, str]:
        """What the settings belong to."""
        return self.product, self.selection

    @property
    def curve(self) -> tuple[Any, ...]:
        """All that the curve depends on: not the mass."""
        return *self.fit, self.flavor, self.cl, self.dof, self.values


class Settings(NamedTuple):
    """The settings of a fit that may be changed."""

    question: Question
    settings: tuple[VariableSetting, ...]


class Prepared(NamedTuple):
    """All that takes long is there for a fit."""

    question: Question


class LimitCurve(NamedTuple):
    """The limit with changed settings; an estimate where it is rough."""

    question: Question
    masses: Floats
    limit: Floats
    rough: bool


class Impact(NamedTuple):
    """What each change did to the limit at one mass, see `Variations.impact`."""

    question: Question
    found: xr.Dataset


class LiveLimits(QObject):
    """Answers questions in a thread of its own.

    An answer comes in parts: the settings of the fit and, before a hand needs it, all that takes
    long, where they were not there yet; the curve, after an estimate where it takes long itself;
    the impact of each change. While one part is computed
    later questions take the place of earlier ones, and what was begun for the same fit is
    finished, so that a curve follows a hand that never rests.

    Signals
    -------
    settings_found : Settings
    prepared : Prepared
    curve_found : LimitCurve
    impact_found : Impact
    progressed : float, str
        Share done and what is being done, of what takes longer than a moment.
    failed : str
        Why the last question has no answer.
    """

    settings_found = Signal(object)
    prepared = Signal(object)
    curve_found = Signal(object)
    impact_found = Signal(object)
    progressed = Signal(float, str)
    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = Worker("nusterile-live", self)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._worker.progressed.connect(self._on_progress)
        self._wanted: Question | None = None
        self._asked: Question | None = None
        self._dataset: xr.Dataset | None = None
        # Used in the thread only: what it has made for the product asked for last.
        self._made: tuple[int, Variations] | None = None
        # Fits whose settings are told, are ready for a hand, and that cannot be answered.
        self._told: tuple[int, str] | None = None
        self._ready: tuple[int, str] | None = None
        self._refused: tuple[int, str] | None = None
        self._drawn: LimitCurve | None = None
        self._judged: Question | None = None
        self._task = 0

    @property
    def idle(self) -> bool:
        """Whether nothing is computed and nothing waits."""
        return self._worker.idle

    def ask(self, question: Question, dataset: xr.Dataset) -> None:
        """Answer a question about a product, in place of one that still waits.

        Parameters
        ----------
        question : Question
            What is asked.
        dataset : Dataset
            The product, which carries its configuration.
        """
        if question == self._wanted or question.fit == self._refused:
            return
        self._wanted, self._dataset = question, dataset
        if self._task and self._asked is not None and self._asked.fit != question.fit:
            self._stop()
        if not self._task:
            self._next()

    def forget(self) -> None:
        """Answer nothing more of what was asked, and keep no product."""
        self._wanted, self._dataset = None, None
        self._told, self._ready, self._refused = None, None, None
        self._drawn, self._judged = None, None
        self._stop()

    def close(self) -> None:
        """End the thread."""
        self._worker.close()

    def _stop(self) -> None:
        if self._task:
            self._worker.cancel(self._task)
        self._task = 0

    def _next(self) -> None:
        """Compute the next part of the answer to the newest question."""
        question, dataset = self._wanted, self._dataset
        if question is None or dataset is None:
            return
        self._asked = question
        if self._told != question.fit:
            self._submit(lambda task: self._settings(question, dataset, task))
        elif not question.values:
            self._drawn, self._judged = None, None
            if self._ready != question.fit:
                self._submit(lambda task: self._prepare(question, dataset, task))
        elif self._drawn is None or self._drawn.question.curve != question.curve:
            self._submit(lambda task: self._first_curve(question, dataset, task))
        elif self._drawn.rough:
            self._submit(lambda _: self._curve(question, dataset))
        elif self._judged != question:
            self._submit(lambda _: self._impact(question, dataset))

    def _submit(self, work: Callable[[Task], Any]) -> None:
        self._task = self._worker.submit(work)

    # -- in the thread --------------------------------------------------------------

    def _varied(self, question: Question, dataset: xr.Dataset) -> Variations:
        if self._made is None or self._made[0] != question.product:
            self._made = question.product, Analysis.from_product(dataset).variations()
        return self._made[1]

    def _settings(self, question: Question, dataset: xr.Dataset, task: Task) -> Settings:
        task.progress(0.0, "reading the experiments")
        varied = self._varied(question, dataset)
        return Settings(question, varied.settings(question.selection))

    def _prepare(self, question: Question, dataset: xr.Dataset, task: Task) -> Prepared:
        varied = self._varied(question, dataset)
        varied.prepare(question.selection, progress=task.progress, cancelled=task.cancelled)
        if varied.quick(question.selection):
            varied.limits(*_which(question), **_how(question))  # loads the compiled fit
        return Prepared(question)

    def _first_curve(self, question: Question, dataset: xr.Dataset, task: Task) -> LimitCurve:
        """The curve, or an estimate where it takes longer than a hand waits."""
        varied = self._varied(question, dataset)
        varied.prepare(question.selection, progress=task.progress, cancelled=task.cancelled)
        if varied.quick(question.selection):
            return self._curve(question, dataset)
        limit = varied.sketch(*_which(question), **_how(question))
        return LimitCurve(question, varied.m_4, limit.values, True)

    def _curve(self, question: Question, dataset: xr.Dataset) -> LimitCurve:
        varied = self._varied(question, dataset)
        limit = varied.limits(*_which(question), **_how(question))[LIMIT]
        return LimitCurve(question, varied.m_4, limit.values, False)

    def _impact(self, question: Question, dataset: xr.Dataset) -> Impact:
        varied = self._varied(question, dataset)
        found = varied.impact(*_which(question), question.m_4, **_how(question))
        return Impact(question, found)

    # -- in the window --------------------------------------------------------------

    def _on_finished(self, number: int, result: object) -> None:
        if number != self._task:
            return
        self._task = 0
        if isinstance(result, Settings):
            self._told = result.question.fit
            self.settings_found.emit(result)
        elif isinstance(result, Prepared):
            self._ready = result.question.fit
            self.prepared.emit(result)
        elif isinstance(result, LimitCurve):
            self._drawn = result
            self.curve_found.emit(result)
        elif isinstance(result, Impact):
            self._judged = result.question
            self.impact_found.emit(result)
        if not self._task:  # who was told may have asked again
            self._next()

    def _on_failed(self, number: int, message: str) -> None:
        if number != self._task:
            return
        self._task = 0
        assert self._asked is not None
        if self._told != self._asked.fit:
            self._refused = self._asked.fit
        self.failed.emit(message)
        waits = self._wanted is not None and self._wanted.fit != self._refused
        if waits and self._wanted != self._asked and not self._task:
            self._next()

    def _on_progress(self, number: int, share: float, what: str) -> None:
        if number == self._task:
            self.progressed.emit(share, what)


def _which(question: Question) -> tuple[str, str]:
    return question.selection, question.flavor


def _how(question: Question) -> dict[str, Any]:
    return {CL: question.cl, DOF: question.dof, **question.values}
