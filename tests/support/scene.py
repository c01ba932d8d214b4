"""Reads what a window shows: texts that are cut, labels on one another, parts with nothing."""

from itertools import combinations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QComboBox,
    QDockWidget,
    QLabel,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QWidget,
)

from nusterile_gui.panels.value_text import ValueText
from nusterile_gui.plots.legend import Legend

#: What may be lacking without being seen, pixels.
SLACK = 1.5


def seen(widget):
    # What children cover does not count as the widget's own.
    painted = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
    return widget.isVisible() and not painted.visibleRegion().isEmpty()


def cut_texts(window):
    """Texts of widgets and plots that have no room, with the names of their widgets."""
    found = []
    for widget in window.findChildren(QWidget):
        if seen(widget):
            found += [f"{_name(widget)}: {text!r}" for text in _cut(widget)]
    return found


def _name(widget):
    return f"{type(widget).__name__} {widget.objectName()}".strip()


def _width(widget, text):
    lines = text.splitlines() or [""]
    return max(QFontMetrics(widget.font()).horizontalAdvance(line) for line in lines)


def _cut(widget):
    if isinstance(widget, ValueText):
        return [widget.text()] if widget.is_cut() else []
    if isinstance(widget, QLabel):
        return _cut_label(widget)
    if isinstance(widget, QComboBox):
        option = QStyleOptionComboBox()
        widget.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = widget.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, part, widget
        )
        text = widget.currentText()
        return [text] if _width(widget, text) > room.width() + SLACK else []
    if isinstance(widget, QLineEdit):
        text = widget.text() or widget.placeholderText()
        return [text] if _width(widget, text) > widget.contentsRect().width() else []
    if isinstance(widget, QTabBar):
        # Nine pixels of padding on either side, as the style sheet has it.
        wanted = ((k, _width(widget, widget.tabText(k))) for k in range(widget.count()))
        return [widget.tabText(k) for k, wide in wanted if wide > widget.tabRect(k).width() - 16]
    if isinstance(widget, QAbstractButton):
        # In a dock's title bar they are icons.
        if not widget.text():
            return []
        wide = widget.sizeHint().width() > widget.width() + SLACK
        return [widget.text()] if wide or _leaves_parent(widget) else []
    if isinstance(widget, QAbstractItemView):
        return _cut_items(widget)
    if isinstance(widget, Legend):
        last = widget.heightForWidth(widget.width())
        return widget.entries()[-1:] if last > widget.height() + SLACK else []
    if isinstance(widget, pg.PlotWidget):
        return _cut_in_plot(widget)
    if isinstance(widget, QDockWidget):
        bold = QFont(widget.font())
        bold.setBold(True)
        # Beside the title stand two buttons.
        room = widget.width() - 50
        title = widget.windowTitle()
        return [title] if QFontMetrics(bold).horizontalAdvance(title) > room else []
    return []


def _cut_label(label):
    if not label.text() or label.pixmap().width():
        return []
    if label.wordWrap():
        cut = label.heightForWidth(label.width()) > label.height() + SLACK
    else:
        cut = _width(label, label.text()) > label.contentsRect().width() + SLACK
    return [label.text()] if cut or _leaves_parent(label) else []


def _leaves_parent(widget):
    """Whether a part is beyond the widget that it is in, and no scrolling shows it."""
    hidden = widget.visibleRegion().boundingRect() != widget.rect()
    parent = widget.parentWidget()
    while hidden and parent is not None:
        if parent.inherits("QAbstractScrollArea"):
            return False
        parent = parent.parentWidget()
    return hidden


def _cut_items(view):
    """Lines wider than a list; those that scrolling shows are not cut."""
    model, cut = view.model(), []
    if model is None or view.horizontalScrollBar().isVisible():
        return []
    pending = [model.index(row, 0) for row in range(model.rowCount())]
    while pending:
        index = pending.pop(0)
        pending += [model.index(row, 0, index) for row in range(model.rowCount(index))]
        place = view.visualRect(index)
        wanted = view.sizeHintForIndex(index).width()
        if place.isValid() and wanted > place.width() + SLACK:
            cut.append(str(index.data(Qt.ItemDataRole.DisplayRole)))
    return cut


def _cut_in_plot(plot):
    item = plot.getPlotItem()
    if not item.isVisible():
        return []
    whole = QRectF(plot.viewport().rect()).adjusted(-SLACK, -SLACK, SLACK, SLACK)
    cut = []
    for side in ("left", "bottom", "right", "top"):
        axis = item.getAxis(side)
        label = axis.label
        if axis.isVisible() and label.isVisible() and axis.labelText:
            place = label.sceneTransform().mapRect(_letters(label))
            length = place.width() if side in ("top", "bottom") else place.height()
            room = axis.size().width() if side in ("top", "bottom") else axis.size().height()
            if not whole.contains(place) or length > max(room, 0) + 40:
                cut.append(axis.labelText)
    frame = item.getViewBox().sceneBoundingRect().adjusted(-SLACK, -SLACK, SLACK, SLACK)
    cut += [text.toPlainText() for text in _texts(plot) if not frame.contains(_place(text))]
    for axis in (item.getAxis("left"), item.getAxis("bottom")):
        named = [text for ticks in axis._tickLevels or () for _, text in ticks]
        cut += [text for text in named if "…" in text]
    return cut


def _letters(label):
    """Where the letters of a text item are: a margin of four pixels surrounds them."""
    return label.boundingRect().adjusted(4, 4, -4, -4)


def _texts(plot):
    return [
        text
        for text in plot.getPlotItem().getViewBox().allChildren()
        if isinstance(text, pg.TextItem) and text.isVisible() and text.toPlainText()
    ]


def _place(text):
    return text.textItem.sceneTransform().mapRect(_letters(text.textItem))


def overlapping_texts(window):
    """Pairs of texts in one plot that stand on each other."""
    found = []
    for plot in window.findChildren(pg.PlotWidget):
        if not seen(plot) or not plot.getPlotItem().isVisible():
            continue
        for first, second in combinations(_texts(plot), 2):
            common = _place(first).intersected(_place(second))
            if common.width() > SLACK and common.height() > SLACK:
                found.append((first.toPlainText(), second.toPlainText()))
    return found


def overlapping_widgets(window):
    """Pairs of neighbours in one panel that stand on each other."""
    found = []
    for parent in window.findChildren(QWidget):
        if not seen(parent) or parent.layout() is None:
            continue
        items = (parent.layout().itemAt(k).widget() for k in range(parent.layout().count()))
        inside = [widget for widget in items if widget is not None and seen(widget)]
        for first, second in combinations(inside, 2):
            common = first.geometry().intersected(second.geometry())
            if common.width() > SLACK and common.height() > SLACK:
                found.append((_name(first), _name(second)))
    return found


def empty_thirds(window):
    """Thirds of the window, across or down, in which hardly anything is drawn."""
    image = window.grab().toImage()
    width, height = image.width(), image.height()
    view = image.constBits()
    pixels = np.frombuffer(view, np.uint8).reshape(height, image.bytesPerLine() // 4, 4)
    block = max(16, width // 60)
    rows, columns = height // block, width // block
    lines = pixels[: rows * block].reshape(rows, block, -1, 4)
    # Down first, along whole lines, which is far faster than both ways at once.
    highest, lowest = (
        over(over(lines, axis=1)[:, : columns * block].reshape(rows, columns, block, 4), axis=2)
        for over in (np.max, np.min)
    )
    drawn = (highest - lowest > 12)[..., :3].any(axis=-1)
    thirds = {
        "upper": drawn[: rows // 3],
        "middle": drawn[rows // 3 : 2 * rows // 3],
        "lower": drawn[2 * rows // 3 :],
        "left": drawn[:, : columns // 3],
        "centre": drawn[:, columns // 3 : 2 * columns // 3],
        "right": drawn[:, 2 * columns // 3 :],
    }
    return [name for name, part in thirds.items() if part.mean() < 0.15]


def covers(window, share):
    """Whether the plane has at least a share of the window."""
    plane = QRect(window.plane.rect())
    return plane.width() * plane.height() >= share * window.width() * window.height()
