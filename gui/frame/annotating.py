"""Notes in the plane at the window: made at the cursor, changed and deleted."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from nusterile_gui.frame.note_dialog import NoteDialog
from nusterile_gui.panels.annotation_list import AnnotationList
from nusterile_gui.panels.plane import Plane
from nusterile_gui.state.annotations import Annotation
from nusterile_gui.state.model import ViewModel

__all__ = ["Annotating"]

#: How far from the tip of its arrow a new text stands, as a share of the view.
_AWAY = (0.16, 0.12)


class Annotating(QObject):
    """Asks for notes and puts them into the view.

    Parameters
    ----------
    window : QWidget
        Owner of the dialog.
    model : ViewModel
        The state.
    plane : Plane
        Where they stand.
    listed : AnnotationList
        Where they are chosen by keys.
    """

    def __init__(
        self, window: QWidget, model: ViewModel, plane: Plane, listed: AnnotationList
    ) -> None:
        super().__init__(window)
        self._window = window
        self._model = model
        self._plane = plane
        self.dialog: NoteDialog | None = None
        plane.notes.asked.connect(self.change)
        listed.asked.connect(self.change)
        listed.chosen_changed.connect(plane.notes.choose)
        plane.notes.chosen_changed.connect(listed.choose)
        listed.remove_asked.connect(plane.notes.remove_chosen)

    def note(self) -> None:
        """Ask for a note at the cursor."""
        cursor = self._cursor()
        if cursor is not None:
            self._ask(NoteDialog(self._window, cursor, self._beside(cursor)), -1)

    def arrow(self) -> None:
        """Ask for a note whose arrow points at the cursor."""
        cursor = self._cursor()
        if cursor is not None:
            place = self._beside(cursor)
            self._ask(NoteDialog(self._window, place, cursor, arrow=True), -1)

    def change(self, index: int) -> None:
        """Ask how a note, by its number, is to be changed."""
        notes = self._model.state.annotations
        if not 0 <= index < len(notes):
            return
        note = notes[index]
        target = (note.target[0], note.target[1]) if note.target else self._beside(note.place)
        dialog = NoteDialog(
            *(self._window, note.place, target),
            text=note.text,
            arrow=bool(note.target),
            new=False,
        )
        self._ask(dialog, index)

    def _ask(self, dialog: NoteDialog, index: int) -> None:
        if self.dialog is not None:
            self.dialog.reject()
        self.dialog = dialog
        before = self._model.state.annotations
        dialog.taken.connect(lambda note: self._put(before, index, (note,)))
        dialog.deleted.connect(partial(self._put, before, index, ()))
        dialog.finished.connect(self._on_closed)
        dialog.open()

    def _put(
        self, before: tuple[Annotation, ...], index: int, notes: tuple[Annotation, ...]
    ) -> None:
        """Put a note in the place of one that there was when it was asked for, or add it."""
        now = self._model.state.annotations
        if index < 0:
            self._model.update(annotations=(*now, *notes))
        elif now == before:  # undone meanwhile, it would be another one
            self._model.update(annotations=now[:index] + notes + now[index + 1 :])

    def _on_closed(self) -> None:
        self.dialog = None

    def _cursor(self) -> tuple[float, float] | None:
        """Mass and moment of the cursor, on the axes; None without a plane."""
        cross, state = self._plane.cross, self._model.state
        if cross is None:
            return None
        return state.m_4 if state.m_4 > 0 else float(10.0 ** cross.x()), state.mu

    def _beside(self, point: tuple[float, float]) -> tuple[float, float]:
        """A point beside another one, towards the middle of what the plane shows."""
        found = []
        ranges = self._plane.box.viewRange()
        for value, (low, high), share in zip(point, ranges, _AWAY, strict=True):
            side = 1 if np.log10(value) < (low + high) / 2 else -1
            found.append(float(10.0 ** (np.log10(value) + side * share * (high - low))))
        return found[0], found[1]
