"""The end of a session: nothing that was computed is lost without a question."""

import pytest
from PySide6.QtCore import Qt
from window_hand import boxes, settle

import nusterile
from nusterile_gui.frame.window import Window
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.openable import first_products
from nusterile_gui.state.settings import kept_folder


@pytest.fixture
def unsaved(window, product):
    """A window with two products that have no file."""
    dataset = nusterile.open(product)
    for name in ("σ = 0.1", "σ = 0.2"):
        window.model.add(Layer.of(dataset, name))
    return window


def answer(window, text, qtbot):
    (box,) = boxes(window)
    (button,) = [b for b in box.buttons() if b.text() == text]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_saved_session_closes_without_a_question(window):
    window.menus.actions["quit"].trigger()
    assert not window.isVisible()


def test_what_is_kept_comes_back_in_the_next_session(unsaved, qtbot):
    unsaved.menus.actions["quit"].trigger()
    (box,) = boxes(unsaved)
    assert box.text() == "2 products were not saved"
    answer(unsaved, "Keep and close", qtbot)
    qtbot.waitUntil(lambda: not unsaved.isVisible(), timeout=20000)
    assert len(list(kept_folder().iterdir())) == 2
    second = Window(first_products([]), resume=True)
    second.show()
    settle(second)
    qtbot.wait(30)
    assert [layer.name for layer in second.model.state.layers] == ["small", "σ = 0.1", "σ = 0.2"]
    assert second.model.layer.name == "σ = 0.2"
    second.close()
    assert not second.isVisible()
    second.deleteLater()


def test_closing_without_keeps_nothing(unsaved, qtbot):
    unsaved.menus.actions["quit"].trigger()
    answer(unsaved, "Close without", qtbot)
    qtbot.waitUntil(lambda: not unsaved.isVisible())
    assert not kept_folder().exists()


def test_one_may_stay_and_be_asked_again(unsaved, qtbot):
    for _ in range(2):
        unsaved.close()
        unsaved.close()  # once is enough
        (box,) = boxes(unsaved)
        qtbot.keyClick(box, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: not boxes(unsaved))
        assert unsaved.isVisible()
    assert len(unsaved.model.state.layers) == 3


def test_what_cannot_be_kept_keeps_the_window(unsaved, qtbot):
    kept_folder().parent.mkdir(parents=True)
    kept_folder().write_text("in the way")
    unsaved.close()
    answer(unsaved, "Keep and close", qtbot)
    settle(unsaved)
    qtbot.wait(30)
    assert unsaved.isVisible()
    assert any("Not written" in box.text() for box in boxes(unsaved))
    unsaved._closing = True


def test_both_questions_are_asked_while_something_is_computed(unsaved, qtbot):
    unsaved.what_if.compute(nusterile.Configuration(), "long")
    unsaved.close()
    answer(unsaved, "Stop and close", qtbot)
    qtbot.waitUntil(lambda: [b.text() for b in boxes(unsaved)] == ["2 products were not saved"])
    answer(unsaved, "Keep and close", qtbot)
    qtbot.waitUntil(lambda: not unsaved.isVisible(), timeout=20000)
    assert len(list(kept_folder().iterdir())) == 2
