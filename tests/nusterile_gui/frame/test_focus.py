"""Tab goes to what can be seen, and what has the focus looks like it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication


def looks(widget):
    shown = widget.grab().toImage()
    return shown.convertToFormat(QImage.Format.Format_RGB32)


def nothing(window, widget):
    """Ask nothing of a widget that has the focus."""


def is_seen(window, widget):
    at = widget.mapTo(window, widget.rect().center())
    assert window.rect().contains(at), widget.objectName()
    top = window.childAt(at)
    assert top is widget or widget.isAncestorOf(top), widget.objectName()


def stops(window, ask=nothing):
    """Widgets that Tab goes through, until it comes round; each is asked while it has the focus."""
    window.activateWindow()
    window.plane.setFocus()
    found = []
    for _ in range(100):
        widget = QApplication.focusWidget()
        if widget in found:
            return found
        found.append(widget)
        ask(window, widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    raise AssertionError("Tab does not come round")


def test_every_stop_of_tab_is_seen(window):
    for front in ("view", "bounds", "what-if"):
        window.docks[front].raise_()
        QTest.qWait(30)
        assert len(stops(window, is_seen)) > 8


def test_back_tab_goes_the_same_way(window):
    found = stops(window)
    QTest.keyClick(
        QApplication.focusWidget(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier
    )
    assert QApplication.focusWidget() is found[-1]


def test_what_has_the_focus_looks_different(window):
    for front in ("view", "bounds", "what-if"):
        window.docks[front].raise_()
        QTest.qWait(30)
        for widget in stops(window):
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            QTest.qWait(5)
            focused = looks(widget)
            widget.clearFocus()
            QTest.qWait(5)
            assert looks(widget) != focused, (type(widget).__name__, widget.objectName())
