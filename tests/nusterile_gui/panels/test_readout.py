"""Values typed into the read-out: what cannot be used is marked while it stands there."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from window_hand import settle


@pytest.mark.parametrize(
    ("field", "wrong", "said", "right"),
    [
        ("m_4", "3 kg", "unknown unit of mass", "3 keV"),
        ("m_4", "-1", "not negative", "1"),
        ("mu", "0", "positive", "2e-11"),
        ("mu", "mu", "not a number", "2e-11 mu_B"),
    ],
)
def test_what_cannot_be_used_is_marked_while_it_is_typed(window, qtbot, field, wrong, said, right):
    """Once the hand rests, without Return, and no longer when it is mended."""
    read_out = window.read_out
    line = getattr(read_out, field)
    before, point = read_out.grid_point.text(), window.model.point()
    line.selectAll()
    qtbot.keyClicks(line, wrong)
    qtbot.waitUntil(lambda: bool(line.property("wrong")), timeout=2000)
    assert said in read_out.grid_point.text()
    assert window.model.point() == point
    qtbot.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(line, right)
    qtbot.waitUntil(lambda: not line.property("wrong"), timeout=2000)
    assert read_out.grid_point.text() == before
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(window)
    assert window.model.point() != point
    assert read_out.grid_point.text().startswith("at the nearest grid point")


def test_a_number_on_its_way_is_not_wrong_yet(window, qtbot):
    line = window.read_out.mu
    line.selectAll()
    for key in "2e-":
        qtbot.keyClicks(line, key)
        QTest.qWait(20)
        assert not line.property("wrong")
    qtbot.keyClicks(line, "11")
    QTest.qWait(400)
    assert not line.property("wrong")


def test_another_cursor_takes_the_mark_away(window, qtbot):
    line = window.read_out.mu
    line.selectAll()
    qtbot.keyClicks(line, "x")
    qtbot.waitUntil(lambda: bool(line.property("wrong")), timeout=2000)
    window.model.step(1, 1)
    assert not line.property("wrong")
    QTest.qWait(400)
    assert not line.property("wrong")
    assert window.read_out.grid_point.text().startswith("at the nearest grid point")
