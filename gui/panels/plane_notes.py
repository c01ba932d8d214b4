"""Notes in the plane: drawn, chosen, dragged and asked for by the mouse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QPoint, QPointF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from nusterile.arrays import Floats
from nusterile_gui.look.themes import Theme
from nusterile_gui.plots.cached_view import CachedPlot
from nusterile_gui.plots.plot_labels import Box
from nusterile_gui.plots.plots import CurveSet, pen, small_font
from nusterile_gui.state.annotations import Annotation, moved
from nusterile_gui.state.model import Changed, ViewModel

__all__ = ["PlaneNotes"]

#: Sides of the head of an arrow, and half its opening; distance from the tip within which it
#: is taken hold of; room between a text and the frame. Pixels and radians.
_HEAD, _OPENING, _NEAR, _MARGIN = 9.0, 0.4, 9.0, 3.0
#: Pieces of an arrow that labels keep away from.
_PIECES = 8


@dataclass
class _Held:
    """What of which note a hand holds, where it took hold, and where the note is now."""

    index: int
    tip: bool
    pixel: QPointF
    note: Annotation
    dragged: bool = False


class PlaneNotes(QObject):
    """The notes of the view in the plane.

    Parameters
    ----------
    plot : CachedPlot
        The plane.
    model : ViewModel
        The state.

    Signals
    -------
    asked : int
        A note, by its number, is to be changed.
    chosen_changed : int
        Another note, by its number, is chosen; -1 for none.
    """

    asked = Signal(int)
    chosen_changed = Signal(int)

    def __init__(self, plot: CachedPlot, model: ViewModel) -> None:
        super().__init__(plot)
        self._plot, self._model = plot, model
        self._theme: Theme | None = None
        self._arrows = CurveSet(plot.item, z=34)
        self.items: list[pg.TextItem] = []
        self.chosen = -1
        self._held: _Held | None = None

    @property
    def _notes(self) -> tuple[Annotation, ...]:
        """The notes, with the one that a hand moves where it is now."""
        notes = list(self._model.state.annotations)
        if self._held is not None and self._held.index < len(notes):
            notes[self._held.index] = self._held.note
        return tuple(notes)

    def apply_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self._fill()

    def on_changed(self, changed: Changed) -> bool:
        """Draw again where a change concerns notes; whether it did."""
        if "annotations" not in changed:
            return False
        self._held = None
        self._fill()
        if self.chosen >= len(self.items):
            self.choose(-1)
        return True

    def choose(self, index: int) -> None:
        """Mark a note as the one that keys are for; -1 for none."""
        if index != self.chosen:
            self.chosen = index
            self._mark()
            self.chosen_changed.emit(index)

    def remove_chosen(self) -> bool:
        """Remove the chosen note; whether there was one."""
        notes = self._model.state.annotations
        if not 0 <= self.chosen < len(notes):
            return False
        index = self.chosen
        self.choose(-1)
        self._model.update(annotations=notes[:index] + notes[index + 1 :])
        return True

    # -- drawing ----------------------------------------------------------------------

    def _fill(self) -> None:
        if self._theme is None:
            return
        for item in self.items:
            self._plot.item.removeItem(item)
        self.items = []
        for note in self._model.state.annotations:
            item = pg.TextItem(note.text, color=self._theme.text, anchor=(0.5, 0.5))
            item.setFont(small_font(9))
            fill = QColor(self._theme.base)
            fill.setAlpha(220)
            item.fill = pg.mkBrush(fill)
            item.setZValue(35)
            self._plot.item.addItem(item, ignoreBounds=True)
            self.items.append(item)
        self._mark()

    def _mark(self) -> None:
        if self._theme is None:
            return
        for index, item in enumerate(self.items):
            chosen = index == self.chosen
            item.border = pen(self._theme.accent, 1.5) if chosen else pg.mkPen(None)
            item.update()
        self.place()

    def place(self) -> list[Box]:
        """Put texts and arrows where the view has them; boxes that cover both."""
        (left, right), (bottom, top) = self._plot.box.viewRange()
        frame = np.array([self._plot.box.width(), self._plot.box.height()])
        self._arrows.begin()
        boxes: list[Box] = []
        if self._theme is not None and min(frame) > 1 and right > left and top > bottom:
            corner = np.array([left, bottom])
            scale = frame / [right - left, top - bottom]
            for index, (note, item) in enumerate(zip(self._notes, self.items, strict=True)):
                color = self._theme.accent if index == self.chosen else self._theme.text
                line, halo = pen(color, 1.6), pen(self._theme.base, 4)
                found, arrow = _place(note, item, corner, scale, frame)
                self._arrows.draw(arrow[:, 0], arrow[:, 1], line, halo)
                boxes += found
        self._arrows.end()
        return boxes

    # -- the mouse ----------------------------------------------------------------------

    def press(self, pixel: QPoint) -> bool:
        """Take hold of a note; whether there is one."""
        found = self._at(pixel)
        self.choose(found[0] if found else -1)
        if found is None:
            return False
        index, tip = found
        self._held = _Held(index, tip, QPointF(pixel), self._model.state.annotations[index])
        return True

    def move(self, pixel: QPointF) -> bool:
        """Move what is held; whether something is."""
        held = self._held
        if held is None:
            return False
        away = pixel - held.pixel
        if not held.dragged and away.manhattanLength() < QApplication.startDragDistance():
            return True
        held.dragged = True
        old = self._model.state.annotations[held.index]
        place = old.target if held.tip else old.place
        (left, right), (bottom, top) = self._plot.box.viewRange()
        across = away.x() * (right - left) / max(self._plot.box.width(), 1.0)
        up = -away.y() * (top - bottom) / max(self._plot.box.height(), 1.0)
        x = np.clip(np.log10(place[0]) + across, left, right)
        y = np.clip(np.log10(place[1]) + up, bottom, top)
        held.note = moved(old, float(10.0**x), float(10.0**y), tip=held.tip)
        self.place()
        return True

    def release(self) -> bool:
        """Leave what was held where it is; whether something was."""
        held, self._held = self._held, None
        if held is not None and held.dragged:
            notes = list(self._model.state.annotations)
            notes[held.index] = held.note
            self._model.update(annotations=tuple(notes))
        return held is not None

    def double_click(self, pixel: QPoint) -> bool:
        """Ask for a note to be changed; whether there is one."""
        found = self._at(pixel)
        if found is None:
            return False
        self._held = None
        self.asked.emit(found[0])
        return True

    def _at(self, pixel: QPoint) -> tuple[int, bool] | None:
        """Number of the note at a pixel, and whether it is the tip of its arrow."""
        scene = self._plot.mapToScene(pixel)
        for index in reversed(range(len(self.items))):
            note, item = self._model.state.annotations[index], self.items[index]
            if item.isVisible() and item.sceneTransform().mapRect(item.boundingRect()).contains(
                scene
            ):
                return index, False
            # The cursor is often at a tip: only that of the chosen note is taken hold of.
            if index == self.chosen and note.target and self._is_near(note.target, pixel):
                return index, True
            if not note.text and self._is_near(note.place, pixel):
                return index, False
        return None

    def _is_near(self, point: tuple[float, ...], pixel: QPoint) -> bool:
        place = self._plot.box.mapViewToScene(QPointF(*map(float, np.log10(point))))
        away = QPointF(self._plot.mapFromScene(place) - pixel)
        return bool(np.hypot(away.x(), away.y()) <= _NEAR)


def _place(
    note: Annotation, item: pg.TextItem, corner: Floats, scale: Floats, frame: Floats
) -> tuple[list[Box], Floats]:
    """Place the text of a note inside the frame; boxes that cover the note, and its arrow."""
    middle = (np.log10(note.place) - corner) * scale
    seen = bool(np.all((middle >= 0) & (middle <= frame)))
    item.setVisible(seen and bool(note.text))
    arrow = np.full((1, 2), np.nan)
    if not seen:
        return [], arrow
    half, boxes = np.zeros(2), []
    if note.text:
        size = item.textItem.boundingRect()
        half = np.array([size.width(), size.height()]) / 2
        middle = np.minimum(np.maximum(middle, half + _MARGIN), frame - half - _MARGIN)
        item.setPos(*(corner + middle / scale))
        boxes.append(_box(corner + np.stack([middle - half, middle + half]) / scale))
    if note.target:
        tip = (np.log10(note.target) - corner) * scale
        arrow = corner + _arrow(middle, half, tip) / scale
    if len(arrow) > 1:
        # A box for each piece of the shaft: one for all would cover what is beside it.
        shaft = np.linspace(arrow[0], arrow[1], _PIECES + 1)
        boxes += [_box(shaft[k : k + 2]) for k in range(_PIECES)]
    return boxes, arrow


def _box(points: Floats) -> Box:
    (left, bottom), (right, top) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return left, right, bottom, top


def _arrow(middle: Floats, half: Floats, tip: Floats) -> Floats:
    """An arrow from the edge of a box to a point, pixels, with NaN before its head."""
    way = tip - middle
    length = float(np.hypot(*way))
    gap = np.full((1, 2), np.nan)
    if length < 1:
        return gap
    with np.errstate(divide="ignore", invalid="ignore"):
        share = float(np.nanmin(np.where(way == 0, np.inf, half / np.abs(way))))
    if share >= 1:  # the point is below the text
        return gap
    turn = np.arctan2(way[1], way[0])
    barbs = [
        tip - _HEAD * np.array([np.cos(turn + side), np.sin(turn + side)])
        for side in (-_OPENING, _OPENING)
    ]
    shaft = np.stack([middle + share * way, tip])
    return np.concatenate([shaft, gap, [barbs[0], tip, barbs[1]]])
