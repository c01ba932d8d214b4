"""Pinned spectra and that of cursor B over that of the cursor, by a hand."""

import csv
import io

import numpy as np
import pytest
from color_vision import VISIONS, smallest_distance
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from scene import cut_texts, overlapping_texts, overlapping_widgets
from window_hand import settle

from nusterile_gui.look.themes import DARK, LIGHT
from nusterile_gui.panels.spectra_beside import pin_color
from nusterile_gui.state.pins import MOST_PINS, Pin

SHIFT = Qt.KeyboardModifier.ShiftModifier


def pin_at(window, m_4, **changes):
    window.model.update(m_4=m_4, **changes)
    window.menus.actions["pin"].trigger()


def lines(window):
    """Heights of the steps that are drawn over the stack."""
    return [y[::2] for _, y in window.spectrum.beside.totals.shown()]


def stack(window):
    return window.spectrum.stack.tops[-1].copy()


def choose(window, text):
    """Take an entry of the button's menu, by keys."""
    button = window.spectrum.pins
    menu = button.menu()
    menu.aboutToShow.emit()
    (action,) = (action for action in menu.actions() if action.text().startswith(text))
    action.trigger()


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("quantity", ["counts", "rate"])
def test_a_pinned_spectrum_stays_while_the_cursor_moves_on(window, quantity, fitted, qtbot):
    window.activateWindow()
    window.plane.setFocus()
    window.model.update(m_4=0.02, mu=1e-10, fitted=fitted, quantity=quantity)
    before = stack(window)
    qtbot.keyClick(window.plane, Qt.Key.Key_P)
    window.model.update(m_4=1.0, mu=1e-12)
    (line,) = lines(window)
    np.testing.assert_allclose(line, before, rtol=1e-12)
    assert not np.array_equal(stack(window), before)
    # Pulls of the pin are those of its own point, and stay when the switch changes.
    window.model.update(fitted=not fitted)
    (line,) = lines(window)
    np.testing.assert_allclose(line, before, rtol=1e-12)
    assert ("after the fit" if fitted else "before the fit") in window.spectrum.legend.entries()[-1]


def test_b_is_drawn_over_the_cursor_with_its_contributions(window):
    window.model.update(m_4=0.02, mu=1e-10)
    window.menus.actions["second"].trigger()
    there = stack(window)
    bars = window.spectrum.bars.tops[0].copy()
    window.model.update(m_4=1.0, mu=1e-12)
    (line,) = lines(window)
    np.testing.assert_allclose(line, there, rtol=1e-12)
    ((_, contributions),) = window.spectrum.beside.contributions.shown()
    np.testing.assert_array_equal(contributions[::2], bars)
    assert window.spectrum.contributions.box.viewRange()[1][1] >= bars.max()
    assert window.spectrum.legend.entries()[-1].startswith("B: ")
    window.menus.actions["no-second"].trigger()
    assert not lines(window)
    assert not any(name.startswith("B: ") for name in window.spectrum.legend.entries())


def test_labels_say_in_what_a_pin_differs(window, other_product):
    pin_at(window, 0.1, mu=1e-10, flavor="mu", experiment="pandax4t_run0", fitted=True)
    plain = window.spectrum.legend.entries()[-1]
    assert plain == "0.0632 MeV, 1.000·10⁻¹⁰ μ_B" or plain.count(",") == 1
    window.model.update(flavor="effective", experiment="xenonnt_sr0", fitted=False)
    label = window.spectrum.legend.entries()[-1]
    for word in ("PandaX-4T Run0", "after the fit"):
        assert word in label
    assert label.startswith(plain)
    window.open_anything([other_product])
    settle(window)
    assert "small" in window.spectrum.legend.entries()[-1]


def test_pins_are_removed_one_by_one_and_all(window):
    for m_4 in (0.01, 0.1, 1.0):
        pin_at(window, m_4, mu=1e-10)
    first, second, third = window.model.state.pins
    assert [pin.color for pin in (first, second, third)] == [0, 1, 2]
    window.model.update(m_4=0.3)
    shown = lines(window)
    label = window.spectrum.legend.entries()[-2]
    choose(window, f"Remove {label}")
    assert window.model.state.pins == (first, third)
    np.testing.assert_array_equal(lines(window), [shown[0], shown[2]])
    choose(window, "Pin this spectrum")
    assert window.model.state.pins[-1].color == second.color  # free again
    window.menus.actions["undo"].trigger()
    window.menus.actions["undo"].trigger()
    assert window.model.state.pins == (first, second, third)
    choose(window, "Remove all")
    assert window.model.state.pins == ()
    assert not lines(window)


def test_so_many_can_be_told_apart_and_none_is_there_twice(window, qtbot):
    masses = window.model.layer.slices.masses
    for m_4 in masses[: MOST_PINS + 2]:
        pin_at(window, float(m_4), mu=1e-10)
    assert len(window.model.state.pins) == MOST_PINS
    assert "remove one" in window.statusBar().currentMessage()
    window.activateWindow()
    window.plane.setFocus()
    qtbot.keyClick(window.plane, Qt.Key.Key_P, SHIFT)
    assert window.model.state.pins == ()
    for _ in range(2):
        pin_at(window, 0.1)
    assert len(window.model.state.pins) == 1
    assert "already" in window.statusBar().currentMessage()


def test_pins_of_a_closed_product_go_and_come_back(window, other_product):
    window.open_anything([other_product])
    settle(window)
    pin_at(window, 0.1, mu=1e-10)
    window.model.update(active=window.model.state.layers[0].key)
    pin_at(window, 0.1, mu=1e-10)
    pins = window.model.state.pins
    window.model.remove(pins[0].layer)
    assert window.model.state.pins == pins[1:]
    window.menus.actions["undo"].trigger()
    assert window.model.state.pins == pins


def test_a_reloaded_product_keeps_its_pins(window, product):
    pin_at(window, 0.1, mu=1e-10)
    (old,) = window.model.state.pins
    window.files.open([product], old.layer)
    settle(window)
    (pin,) = window.model.state.pins
    assert pin.layer == window.model.layer.key != old.layer
    assert (pin.m_4, pin.mu) == (old.m_4, old.mu)


def test_pins_and_b_are_copied_beside_the_spectrum(window, qtbot):
    pin_at(window, 0.02, mu=1e-10)
    pin_at(window, 0.02, experiment="pandax4t_run0")
    window.model.update(m_4=0.5, experiment="xenonnt_sr0", second=(0.1, 1e-9))
    window.activateWindow()
    window.go_to("spectrum")
    qtbot.wait(10)
    window.menus.actions["copy-numbers"].trigger()
    rows = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text()), delimiter="\t"))
    table = {name: [row[k] for row in rows[1:]] for k, name in enumerate(rows[0])}
    columns = [values for name, values in table.items() if name.startswith("total of ")]
    assert len(columns) == 3
    for column, line in zip(columns, lines(window), strict=True):
        np.testing.assert_array_equal([float(cell) for cell in column if cell], line)
    # The bins of the other experiment have rows of their own.
    edges = window.spectrum.beside.totals.shown()[1][0][::2]
    low = [float(cell) for cell, value in zip(table["low [keV]"], columns[1], strict=True) if value]
    np.testing.assert_array_equal(low, edges)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
@pytest.mark.parametrize("vision", VISIONS)
def test_lines_are_told_apart_with_any_colour_vision(theme, vision):
    pins = [Pin(1, "", "", "", 0.1, 1e-11, fitted=False, color=k) for k in range(MOST_PINS)]
    colors = [theme.accent, *(pin_color(theme, pin).name() for pin in pins)]
    assert smallest_distance(colors, vision) > 10


@pytest.mark.parametrize("size", [(900, 600), (1280, 800)])
def test_many_pins_leave_everything_readable(window, size):
    for k in range(MOST_PINS):
        pin_at(window, float(window.model.layer.slices.masses[k + 3]), mu=1e-10)
    window.model.update(mu=1e-11, second=(0.5, 1e-10))
    for width, height in ((1000, 680), size):  # past the size at which panels take two columns
        window.resize(width, height)
        settle(window)
        QTest.qWait(30)
    window.docks["spectrum"].raise_()
    settle(window)
    QTest.qWait(30)
    assert (window.width(), window.height()) == size
    assert not cut_texts(window)
    assert not overlapping_texts(window)
    assert not overlapping_widgets(window)
    legend = window.spectrum.legend
    for name in legend.entries():  # those with a short name are whole in the tooltip
        assert name in legend.toolTip() or legend.toolTip() == ""
        assert name in legend.accessibleName()


def test_the_palette_finds_every_pin(window):
    from nusterile_gui.frame.finding import view_entries

    pin_at(window, 0.1, mu=1e-10)
    (entry,) = (e for e in view_entries(window.model) if "pinned" in e.text)
    entry.run()
    assert window.model.state.pins == ()


def test_the_button_is_reached_by_tab(window):
    window.activateWindow()
    window.spectrum.experiment.setFocus()
    for _ in range(4):
        if QApplication.focusWidget() is window.spectrum.pins:
            break
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is window.spectrum.pins
