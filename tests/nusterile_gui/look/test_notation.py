"""Numbers and units are written in one way wherever the window shows them."""

import re

import pyqtgraph as pg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLabel, QLineEdit
from window_hand import settle

from nusterile_gui.look.quantities import format_exact, format_number, parse_number
from nusterile_gui.plots.axes import PlainAxis
from nusterile_gui.plots.plots import Plot


def _texts(window):
    """Every text of fields, labels and axes, seen or folded away."""
    for line in window.findChildren(QLineEdit):
        yield line.text()
        yield line.placeholderText()
    for label in (*window.findChildren(QLabel), *window.findChildren(QCheckBox)):
        yield label.text()
    for combo in window.findChildren(QComboBox):
        yield from (combo.itemText(row) for row in range(combo.count()))
    read_out = window.read_out
    for line in (read_out.delta, read_out.events, read_out.limit, read_out.grid_point):
        yield line.text()
    for plot in window.findChildren(Plot):
        for item in plot.scene().items():
            if isinstance(item, pg.TextItem):
                yield item.toPlainText()
        for side in ("left", "bottom"):
            axis = plot.getAxis(side)
            yield axis.labelText
            yield from (axis.texts() if type(axis) is PlainAxis else ())


@pytest.mark.parametrize("moment", ["1e-11", "3e-10", "1.5e-9", "1e-6"])
def test_one_notation_of_powers_and_of_the_unit(window, qtbot, moment):
    window.docks["what-if"].raise_()
    settle(window)
    window.what_if.take_active()
    line = window.read_out.mu
    line.selectAll()
    qtbot.keyClicks(line, moment)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    settle(window)
    texts = list(_texts(window))
    assert not [text for text in texts if re.search(r"\d[eE][-+]?\d", text)]
    units = {unit for text in texts for unit in re.findall(r"[μµ](?:_|<sub>)?[Bʙ]\S*", text)}
    assert {re.sub(r"[],;)]*$", "", unit) for unit in units} == {"μ_B"}
    written = window.spectrum.contributions.getAxis("left")._tickLevels[0]
    assert len({"·10" in text for value, text in written if value}) == 1


def test_settings_take_both_notations_and_write_one(window, qtbot):
    window.docks["what-if"].raise_()
    settle(window)
    panel = window.what_if
    panel.take_active()
    for typed in ("7.4e-5", "7.4·10⁻⁵", "7,4×10^-5"):
        field = panel.form.fields["oscillation"].fields["delta_m2_21"]
        QApplication.clipboard().setText(typed)  # no keyboard has raised digits
        qtbot.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(field, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        assert field.text() == typed
        assert panel.configuration().oscillation.delta_m2_21 == 7.4e-5
    panel.show_configuration(panel.configuration())
    field = panel.form.fields["oscillation"].fields["delta_m2_21"]
    assert field.text() == "7.4·10⁻⁵"


@pytest.mark.parametrize("value", [7.4e-5, 0.1 + 0.2, 1.0, 12345.678, 1e-320, -2.5e9, 0.0])
def test_an_exact_number_is_read_back_as_it_was(value):
    assert parse_number(format_exact(value)) == value


@pytest.mark.parametrize("digits", [1, 2, 3, 4, 7])
def test_a_rounded_number_is_near(digits):
    for value in (26814.0, 5224.4, 9999.7, 0.0012345, 268140.0):
        read = parse_number(format_number(value, digits))
        assert read == pytest.approx(value, rel=0.51 * 10 ** (1 - digits))


def test_ticks_of_an_axis_have_one_notation():
    axis = PlainAxis("left")
    assert axis.tickStrings([0.0, 5000.0, 10000.0], 1.0, 5000.0) == ["0", "5·10³", "1.0·10⁴"]
    assert axis.tickStrings([0.0, 500.0, 1000.0], 1.0, 500.0) == ["0", "500", "1000"]
    assert axis.tickStrings([-2e-4, 2e-4], 1.0, 1e-4) == ["-2·10⁻⁴", "2·10⁻⁴"]
