"""Copy what is seen: numbers for a spreadsheet, pictures, commands."""

import csv
import io
import shlex
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from window_hand import rest

import nusterile
from nusterile.cli.commands import cli
from nusterile_gui.sharing.numbers import panel_numbers, tab_separated


def tables(window, qtbot, panel):
    """Texts of the tables on the clipboard after Ctrl+C in a panel."""
    window.activateWindow()
    window.go_to(panel)
    qtbot.wait(10)
    QGuiApplication.clipboard().clear()
    window.menus.actions["copy-numbers"].trigger()
    return QGuiApplication.clipboard().text().split("\n\n")


def copied(window, qtbot, panel=""):
    """The only table on the clipboard after Ctrl+C in a panel."""
    (text,) = tables(window, qtbot, panel)
    rows = list(csv.reader(io.StringIO(text), delimiter="\t"))
    return {name: [row[k] for row in rows[1:]] for k, name in enumerate(rows[0])}


def numbers(cells):
    return np.array([float(cell) if cell else np.nan for cell in cells])


def test_the_limits_that_are_drawn_are_copied_to_the_bit(window, qtbot):
    window.model.update(cl=0.95, dof=2)
    table = copied(window, qtbot)
    curves = window.plane.limits.curves
    size = window.model.layer.slices.masses.size
    assert len(table["limit [mu_B]"]) == size * len(curves)
    for curve in curves:
        rows = [k for k, name in enumerate(table["selection"]) if name == curve.selection]
        np.testing.assert_array_equal(
            numbers([table["limit [mu_B]"][k] for k in rows]), curve.limit
        )
        assert [table["status"][k] for k in rows] == list(curve.status)


@pytest.mark.parametrize("panel", ["moment", "mass"])
def test_profiles_are_copied_to_the_bit(window, qtbot, panel):
    table = copied(window, qtbot, panel)
    plot = window.moment_profile if panel == "moment" else window.mass_profile
    drawn = np.concatenate([y for _, y in plot.curves.shown()])
    np.testing.assert_array_equal(numbers(table["delta_chi2"]), drawn)


@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize("quantity", ["counts", "rate"])
def test_the_spectrum_is_copied_as_it_is_shown(window, qtbot, quantity, fitted):
    window.model.update(quantity=quantity, fitted=fitted, mu=1e-10)
    table = copied(window, qtbot, "spectrum")
    (total,) = (cells for name, cells in table.items() if name.startswith("total ["))
    np.testing.assert_allclose(numbers(total), window.spectrum.stack.tops[-1], rtol=1e-12)
    unit = "1/(t yr keV)" if quantity == "rate" else "events"
    assert f"counts [{unit}]" in table


def test_pulls_and_the_ratio_are_copied(window, qtbot, other_product):
    table = copied(window, qtbot, "pulls")
    shown = window.pulls.values()
    values = dict(zip(table["pull"], numbers(table["value"]), strict=True))
    assert {name: values[name] for name in shown} == shown
    assert copied(window, qtbot, "pulls")
    QGuiApplication.clipboard().setText("before")
    window.go_to("ratio")
    window.menus.actions["copy-numbers"].trigger()
    assert QGuiApplication.clipboard().text() == "before"
    assert "no numbers" in window.statusBar().currentMessage()


def test_what_each_live_change_did_is_copied_with_every_digit(window, qtbot):
    window.menus.actions["live"].trigger()
    rest(window)
    panel = window.live.panel
    before = copied(window, qtbot, "what-if")
    assert "change" not in before  # nothing is changed
    panel.sliders.sliders["widths", "solar"][0].take(0.0)
    panel.sliders.sliders["fit_ranges", "xenonnt_sr0"][0].take(5.0)
    rest(window)
    table = copied(window, qtbot, "what-if")
    changes = {"widths": {"solar": 0.0}, "fit_ranges": {"xenonnt_sr0": (5.0, 30.0)}}
    mass = window.model.layer.slices.masses[window.model.point()[0]]
    analysis = nusterile.Analysis.from_product(window.model.layer.dataset)
    found = analysis.variations().impact("combined", "effective", mass, **changes)
    assert list(table) == [
        *("product", "selection", "flavor", "cl", "dof", "m_4 [MeV]", "subject", "change"),
        *("limit [mu_B]", "status", "lower end [mu_B]", "ratio to the limit as configured"),
    ]
    assert table["change"] == ["", "fixed", "5 to 30 keV", ""]
    assert table["subject"] == [
        *("as configured", "pull of the solar neutrinos"),
        *("XENONnT SR0: fit range", "all together"),
    ]
    assert table["m_4 [MeV]"] == [repr(float(mass))] * 4
    assert table["status"] == list(found.limit_status.values)
    for name, values in (
        ("limit [mu_B]", found.limit),
        ("lower end [mu_B]", found.limit_low),
        ("ratio to the limit as configured", found.ratio),
    ):
        np.testing.assert_allclose(numbers(table[name]), values, rtol=1e-12)
    assert "4 rows" in window.statusBar().currentMessage()


def test_the_live_table_follows_the_limits_while_it_is_in_sight(window, qtbot):
    limits = tables(window, qtbot, "")
    window.menus.actions["live"].trigger()
    rest(window)
    window.live.panel.sliders.sliders["widths", "solar"][0].take(0.3)
    rest(window)
    alone = tables(window, qtbot, "what-if")
    assert tables(window, qtbot, "") == limits + alone
    assert len(tables(window, qtbot, "spectrum")) == 1
    window.live.pages.setCurrentWidget(window.what_if)
    assert tables(window, qtbot, "") == limits
    window.live.pages.setCurrentWidget(window.live.panel)
    window.live.panel.reset.click()
    rest(window)
    assert tables(window, qtbot, "") == limits


def test_text_that_would_be_a_formula_is_none(window):
    layer = replace(window.model.layer, name="=1+1\tx")
    window.model.update(layers=(layer,))
    text = tab_separated(panel_numbers(window.model, ""))
    assert text.splitlines()[1].startswith("'=1+1 x\t")


def test_keys_copy_the_panel_that_has_the_focus(window, qtbot):
    window.activateWindow()
    qtbot.mouseClick(window.mass_profile.viewport(), Qt.MouseButton.LeftButton)
    qtbot.keyClick(window.mass_profile, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert "delta_chi2" in QGuiApplication.clipboard().text().splitlines()[0]
    window.menus.actions["copy-picture"].trigger()
    picture = QGuiApplication.clipboard().image()
    assert picture.size() == window.mass_profile.size()
    assert picture == window.mass_profile.grab().toImage()


@pytest.mark.parametrize("saved", [True, False])
@pytest.mark.filterwarnings("ignore:the grid of moments:UserWarning")
def test_copied_commands_give_the_numbers_of_the_view(window, tmp_path, monkeypatch, saved):
    monkeypatch.chdir(tmp_path)
    window.model.update(m_4=0.1, mu=1e-10, cl=0.9, flavor="mu")
    if not saved:
        window.model.change(window.model.layer.key, path=None)
    window.menus.actions["copy-commands"].trigger()
    text = QGuiApplication.clipboard().text()
    if not saved:
        head, _, text = text.partition("END\nnusterile")
        settings = head.split("\n", 1)[1]
        (tmp_path / "settings.toml").write_text(settings)
        text = f"nusterile{text}"
    outputs = []
    for line in text.splitlines():
        words = shlex.split(line)
        assert words[0] == "nusterile"
        words = words[1:] + (["--format", "csv"] if words[1] != "config" else [])
        result = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        outputs.append(result.stdout)
    limits, chi2, spectrum = (list(csv.DictReader(io.StringIO(text))) for text in outputs[-3:])
    state, slices = window.model.state, window.model.layer.slices
    i, j = window.model.point()
    limit = slices.limit(state.selection, state.flavor, 0.9, 1)[0][i]
    assert float(limits[0]["limit"]) == pytest.approx(limit, rel=1e-9)
    found = slices.chi2(state.selection, state.flavor, i, j)
    assert float(chi2[0]["chi2"]) == pytest.approx(found, rel=1e-9)
    total = slices.spectrum(state.experiment, state.flavor, i, j).total
    np.testing.assert_allclose([float(row["total"]) for row in spectrum], total, rtol=1e-6)
    window._closing = True
