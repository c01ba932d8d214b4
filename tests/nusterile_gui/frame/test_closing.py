"""A closed window is gone, with its panels, its products and its dialogs."""

import gc
import weakref

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from window_hand import boxes, drag, pixel, rest, settle

from nusterile_gui.frame.window import Window


def use(window):
    """Do at a window what leaves something behind: sliders, notes, dialogs, notices."""
    actions = window.menus.actions
    drag(window.plane, pixel(window.plane, -2, -11), pixel(window.plane, -1.0, -10.0))
    actions["live"].trigger()
    rest(window)
    actions["pin"].trigger()
    actions["note"].trigger()
    window.annotating.dialog.text.setPlainText("a word")
    window.annotating.dialog.ok.click()
    for name in ("dark", "arrange-compare", "details", "toys", "service", "find"):
        actions[name].trigger()
        settle(window)
    window.complain("something went wrong", "a reason")
    assert boxes(window)


def closed(product):
    """Use a window and close it; references to it, and to what it held."""
    window = Window([product])
    window.show()
    settle(window)
    use(window)
    held = [window, window.model, window.model.layer, window.plane, window.live, window.files]
    references = {type(one).__name__: weakref.ref(one) for one in held}
    window.close_now()
    window.deleteLater()
    return references


def test_a_closed_window_is_gone(qapp, product):
    gc.collect()
    before = len(QApplication.allWidgets())
    references = closed(product)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    gc.collect()
    assert [name for name, reference in references.items() if reference() is not None] == []
    assert len(QApplication.allWidgets()) <= before


earlier = []


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_sees_no_window_of_the_test_before(window, turn):
    """Nothing is collected here: the tests themselves clear up behind each other."""
    assert [reference() for reference in earlier if reference() is not None] == []
    assert {widget.window() for widget in QApplication.allWidgets() if widget.isVisible()} == {
        window
    }
    earlier.append(weakref.ref(window))
