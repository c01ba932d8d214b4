"""The read-out: the cursor's values, to be typed too, and what they mean."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from nusterile.statistics.intervals import excluded_cl
from nusterile.vocabulary import (
    CL,
    DISJOINT,
    DOF,
    EXCLUDED,
    EXPERIMENT,
    FAILED,
    FLAVOR,
    M_4,
    MU,
    OPEN,
    OUTSIDE,
    SELECTION,
)
from nusterile_gui.look.quantities import (
    format_mass,
    format_moment,
    format_number,
    parse_mass,
    parse_moment,
)
from nusterile_gui.look.text_size import text_scale
from nusterile_gui.panels.toy_readout import ToyReadOut
from nusterile_gui.panels.value_text import ValueText
from nusterile_gui.state.model import Changed, ViewModel
from nusterile_gui.state.signals import ViewSignals

__all__ = ["ReadOut"]

#: What stands behind a limit that is no plain one.
_NOTES = {OUTSIDE: f"{OUTSIDE} the grid", DISJOINT: f"{DISJOINT}: several intervals"}
#: What stands in the place of one that does not exist.
_NO_LIMIT = {
    OPEN: f"none ({OPEN}: Δχ² stays below the level)",
    EXCLUDED: f"{EXCLUDED}: every moment at this mass",
    FAILED: f"none ({FAILED})",
}

#: Caption of each value that has one.
_CAPTIONS = {
    "limit": "limit",
    M_4: "m₄",
    MU: "μ",
    "delta": "Δχ²",
    "excluded": "excluded",
    "events": "events",
}
#: Width below which values stand in more and shorter lines, pixels at the usual text size.
_NARROW = 540
#: Width below which the grid point takes two lines, pixels at the usual text size.
_ONE_LINE = 610
#: Row, first column and columns of each value, and stretch of the columns: with room and without.
_LAYOUTS = {
    False: (
        {
            "limit": (0, 0, 3),
            "expected": (0, 4, 2),
            M_4: (1, 0, 1),
            "delta": (1, 2, 1),
            "excluded": (1, 4, 1),
            MU: (2, 0, 1),
            "events": (2, 2, 3),
            "toys": (3, 0, 6),
            "grid_point": (4, 0, 6),
        },
        (0, 4, 0, 5, 0, 7),
    ),
    True: (
        {
            "limit": (0, 0, 3),
            "expected": (1, 1, 3),
            M_4: (2, 0, 1),
            MU: (2, 2, 1),
            "delta": (3, 0, 3),
            "excluded": (4, 0, 3),
            "events": (5, 0, 3),
            "toys": (6, 0, 6),
            "grid_point": (7, 0, 6),
        },
        (0, 1, 0, 1, 0, 0),
    ),
}

_FIELDS = frozenset(
    {"active", SELECTION, FLAVOR, M_4, MU, CL, DOF, EXPERIMENT, "layers", "overlays"}
)


def _level(cl: float) -> str:
    """Confidence level of an exclusion, with as many digits as mean something."""
    if cl > 0.9999:
        return "at > 99.99 % CL"
    return f"at {100 * cl:.4g} % CL" if cl >= 0.001 else "no"


def _away(point: float, cursor: float) -> str:
    """How far a grid point is from the cursor, empty where it is nowhere else."""
    share = point / cursor - 1 if cursor > 0 else 0.0
    return f" ({100 * share:+.2g} %)".replace("-", "−") if abs(share) > 5e-4 else ""


class ReadOut(QWidget):
    """Editable mass and moment, Δχ², excluded confidence level, events, limit.

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
        self.m_4 = QLineEdit()
        self.mu = QLineEdit()
        self.m_4.setObjectName("cursor-mass")
        self.mu.setObjectName("cursor-moment")
        self.m_4.setToolTip("Sterile mass with its unit: 100 keV, 0.1 MeV")
        self.mu.setToolTip("Transition moment in Bohr magnetons: 2e-11")
        self.delta = ValueText("delta-chi2")
        self.excluded = ValueText("excluded-cl")
        self.events = ValueText("events")
        self.limit = ValueText("limit", headline=True)
        self.limit.setToolTip(
            "Coarse grid: at a level that is not stored the limit is where the stored scan crosses "
            "it; with fewer than 20 moments a decade that may be off by per cents or more"
        )
        self.expected = ValueText("expected-limit")
        self.grid_point = ValueText("grid-point")
        self.toys = ToyReadOut(model, signals)
        self._captions = {text: QLabel(text) for text in _CAPTIONS.values()}
        for caption in self._captions.values():
            caption.setTextFormat(Qt.TextFormat.PlainText)
            caption.setProperty("muted", True)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(8, 4, 8, 4)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(2)
        self._narrow: bool | None = None
        self._lay_out(narrow=False)
        self.m_4.editingFinished.connect(lambda: self._on_edited(self.m_4, parse_mass, M_4))
        self.mu.editingFinished.connect(lambda: self._on_edited(self.mu, parse_moment, MU))
        # Once the hand rests: what stands in a field while it is typed is seldom right.
        self._resting = QTimer(self, singleShot=True, interval=300)
        self._resting.timeout.connect(self._check_typed)
        self._replaced = ""  # what stood where it is said why a text cannot be read
        for field in (self.m_4, self.mu):
            field.textEdited.connect(lambda _: self._resting.start())
        signals.changed.connect(self._on_changed)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stand in more and shorter lines where there is less room."""
        super().resizeEvent(event)
        width = self.width() / text_scale()
        self._lay_out(narrow=width < _NARROW)
        self.grid_point.set_lines(2 if width < _ONE_LINE else 1)

    def _lay_out(self, *, narrow: bool) -> None:
        if narrow == self._narrow:
            return
        self._narrow = narrow
        cells, stretches = _LAYOUTS[narrow]
        for name, (row, column, span) in cells.items():
            value = getattr(self, name)
            widgets = [(value, column, span)]
            if name in _CAPTIONS:
                caption = self._captions[_CAPTIONS[name]]
                widgets = [(caption, column, 1), (value, column + 1, span)]
            for widget, place, width in widgets:
                self._grid.removeWidget(widget)
                self._grid.addWidget(widget, row, place, 1, width)
        for column, stretch in enumerate(stretches):
            self._grid.setColumnStretch(column, stretch)

    def _on_edited(self, field: QLineEdit, parse: Callable[[str], float], name: str) -> None:
        self._resting.stop()
        if not field.isModified() or not self._check(field, parse):
            return
        value = parse(field.text())
        field.setModified(False)
        self._model.update(**{name: value})
        self._refresh()
        self._say_moved(name, value)

    def _check_typed(self) -> None:
        """Mark what cannot be used before it is finished."""
        for field, parse in ((self.m_4, parse_mass), (self.mu, parse_moment)):
            if field.isModified():
                self._check(field, parse)

    def _check(self, field: QLineEdit, parse: Callable[[str], float]) -> bool:
        """Whether a text can be read; mark one that cannot, and say why."""
        try:
            parse(field.text())
        except ValueError as error:
            if not self._replaced:
                self._replaced = self.grid_point.text()
            self.grid_point.setText(str(error))
            self._mark(field, wrong=True)
            return False
        if field.property("wrong"):
            self.grid_point.setText(self._replaced)
            self._replaced = ""
            self._mark(field, wrong=False)
        return True

    def _mark(self, field: QLineEdit, *, wrong: bool) -> None:
        field.setProperty("wrong", wrong)
        field.style().polish(field)

    def _say_moved(self, name: str, wanted: float) -> None:
        """Say that a value was beyond the grid, and what is shown in its place."""
        reached, grids = getattr(self._model.state, name), self._model.grid
        if grids is None or reached == wanted:
            return
        grid, text = (grids[0], format_mass) if name == M_4 else (grids[1], format_moment)
        self.grid_point.setText(
            f"{text(wanted)} is outside the grid, {text(grid[0])} to {text(grid[-1])}; "
            f"shown is {text(reached)}"
        )

    def _on_changed(self, changed: Changed) -> None:
        if changed & _FIELDS:
            self._refresh()

    def _refresh(self) -> None:
        state, layer = self._model.state, self._model.layer
        self._replaced = ""
        for field, text in ((self.m_4, format_mass(state.m_4)), (self.mu, format_moment(state.mu))):
            if field.property("wrong"):
                self._mark(field, wrong=False)
            field.setText(text)
            field.setEnabled(self._model.grid is not None)
        if layer is None:
            for label in (self.delta, self.excluded, self.events, self.limit, self.grid_point):
                label.setText("–")
            self.expected.setText("")
            return
        slices = layer.slices
        i, j = self._model.point()
        limit, status = slices.limit(state.selection, state.flavor, state.cl, state.dof)
        if np.isfinite(limit[i]):
            note = f" ({_NOTES[status[i]]})" if status[i] in _NOTES else ""
            rough = slices.is_rough(state.cl, state.dof)
            low = slices.lower_end(state.selection, state.flavor, state.cl, state.dof)[i]
            ends = f"μ = {format_moment(low)} … " if low > 0 else "μ < "
            found = f"{ends}{format_moment(limit[i])}{note}{' (coarse grid)' if rough else ''}"
        else:
            found = _NO_LIMIT.get(str(status[i]), str(status[i]))
        expected = slices.expected_limit(state.selection, state.flavor, state.cl, state.dof)[i]
        # Without data the limit is the expected one itself.
        beside = np.isfinite(expected) and expected != limit[i]
        self.limit.setText(f"{found} at {100 * state.cl:.4g} % CL")
        self.expected.setText(f"expected < {format_moment(expected)}" if beside else "")
        if not slices.has_scan:
            self.delta.setText("–")
            self.excluded.setText("–")
            self.events.setText("this product holds limits only")
            self.grid_point.setText(f"grid point m₄ = {format_mass(slices.masses[i])}")
            return
        delta = slices.at(state.selection, state.flavor, i, j, state.dof)
        shown = 0.0 if abs(delta) < 1e-9 else delta  # what rounding leaves at the minimum
        self.delta.setText(f"{format_number(shown)} ({state.dof} dof)")
        self.excluded.setText(_level(excluded_cl(delta, state.dof)) if delta == delta else "–")
        spectrum = slices.spectrum(state.experiment, state.flavor, i, j)
        self.events.setText(
            f"{format_number(float(spectrum.total.sum()))} "
            f"({format_number(float(spectrum.dipole.sum()), 3)} dipole), "
            + ("no data" if spectrum.expected_only else f"seen {spectrum.counts.sum():g}")
        )
        mass, moment = slices.masses[i], slices.moments[j]
        self.grid_point.setText(
            f"at the nearest grid point, m₄ = {format_mass(mass)}{_away(mass, state.m_4)}, "
            f"μ = {format_moment(moment)}{_away(moment, state.mu)}"
        )
