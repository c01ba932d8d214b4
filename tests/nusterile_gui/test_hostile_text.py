"""Text from a file is shown as it is: Qt takes none of it for markup."""

from __future__ import annotations

import pyqtgraph as pg
import pytest
from hostile import CONTROL, hostile_configuration, spoil_attributes, spoil_names
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGraphicsTextItem,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QTableWidget,
    QTreeWidget,
    QTreeWidgetItemIterator,
    QWidget,
)
from window_hand import boxes, rest, settle

import nusterile
from nusterile.files.text import hidden_character, visible_text


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory):
    """Products with hostile texts, and with control characters in names, and a bound."""
    folder = tmp_path_factory.mktemp("hostile")
    analysis = nusterile.Analysis.from_toml(hostile_configuration(folder))
    files = [folder / f"{name}.nc" for name in ("<b>texts<b>", "control")]
    analysis.build(files[0])
    for path in files[1:]:
        path.write_bytes(files[0].read_bytes())
    spoil_attributes(files[0])
    spoil_names(files[1], CONTROL)
    return [*files, folder / "mine"]


def texts(window):
    """Every text that some widget of the window may take for rich text, with where it is."""
    for widget in window.findChildren(QWidget):
        yield "tooltip", widget.toolTip()
        yield "status tip", widget.statusTip()
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText:
            yield "label", widget.text()
        if isinstance(widget, QComboBox):
            for row in range(widget.count()):
                yield "tooltip", widget.itemData(row, Qt.ItemDataRole.ToolTipRole) or ""
        if isinstance(widget, QListWidget):
            for row in range(widget.count()):
                yield "tooltip", widget.item(row).toolTip()
        if isinstance(widget, QTableWidget):
            for item in (widget.item(r, 0) for r in range(widget.rowCount())):
                yield "tooltip", item.toolTip() if item else ""
        if isinstance(widget, QTreeWidget):
            items = QTreeWidgetItemIterator(widget)
            while items.value():
                for column in range(widget.columnCount()):
                    yield "tooltip", items.value().toolTip(column)
                items += 1
        if isinstance(widget, pg.GraphicsView):
            for item in widget.scene().items():
                if isinstance(item, QGraphicsTextItem):
                    yield "text of a plot", item.toHtml().partition("<body")[2]
    for action in window.findChildren(type(window.menus.actions["open"])):
        yield "tooltip", action.toolTip() if "<b>" not in action.text() else ""


def require_plain(window):
    for where, text in texts(window):
        assert "<b>bold" not in text, (where, text)
        assert "<img" not in text, (where, text)
        assert hidden_character(text) == "", (where, text)


def test_no_text_of_a_product_or_a_bound_is_markup(make_window, spoilt):
    texts_, _, bound = spoilt
    window = make_window(texts_, texts_)
    window.bound_folders.add([bound])
    settle(window)
    assert "mine" in window.model.state.shown_bounds
    first, second = (layer.key for layer in window.model.state.layers)
    window.model.update(ratio=(first, second))
    for key in (first, second):
        window.model.update(active=key)
        settle(window)
        assert "<b>bold</b>" in window.view_panel.selection.itemText(0)
        assert "<b>bold</b>" in window.spectrum.experiment.itemText(0)
        window.menus.actions["live"].trigger()
        rest(window)
        assert "<b>bold</b>" in window.live.panel.title.text()
        next(iter(window.live.panel.sliders.sliders.values()))[0].take(0.5)
        rest(window)
        require_plain(window)
    assert "<b>bold</b>" in window.bounds_tree.item_of("mine").text(0)


def test_details_and_script_hold_no_control_characters(make_window, spoilt):
    window = make_window(spoilt[0])
    window.menus.actions["details"].trigger()
    (dialog,) = (d for d in window.findChildren(QDialog) if d.isVisible())
    (field,) = dialog.findChildren(QPlainTextEdit)
    assert "<b>bold</b>" in field.toPlainText()
    assert hidden_character(field.toPlainText()) == ""
    window.menus.actions["copy"].trigger()
    script = QGuiApplication.clipboard().text()
    assert hidden_character(script) == ""
    compile(script, "script", "exec")


def test_names_that_act_unseen_are_refused(make_window, spoilt):
    window = make_window(spoilt[1])
    settle(window)
    (box,) = boxes(window)
    shown = box.informativeText().replace("\u200b", "")  # where a line may break
    assert visible_text(CONTROL) in shown
    assert box.textFormat() == Qt.TextFormat.PlainText
    require_plain(window)
