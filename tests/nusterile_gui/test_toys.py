"""Studies with toys over the plane: opened, ticked, read off, closed, undone, remembered."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from window_hand import drag, pixel, settle

import nusterile
from nusterile.figures.view import draw_view
from nusterile.files.places import place_of
from nusterile.vocabulary import POWER_CONSTRAINED
from nusterile_gui.frame.sessions import Resuming, session_of
from nusterile_gui.look.quantities import format_mass, format_moment
from nusterile_gui.look.themes import DARK, LIGHT
from nusterile_gui.panels.value_text import ValueText
from nusterile_gui.sharing.numbers import panel_numbers
from nusterile_gui.sharing.publication import view_of
from nusterile_gui.state.overlays import product_of
from nusterile_gui.state.workspace import read_workspace

FIT = {"selection": "xenonnt_sr0", "flavor": "effective"}
QUANTILES = (0.0228, 0.1587, 0.5, 0.8413, 0.9772)


@pytest.fixture
def open_toys(make_window, product, toy_products):
    """Open the small product and studies; the fit that the studies hold is shown."""

    def opened(*studies):
        window = make_window(product, *(toy_products[study] for study in studies))
        window.model.update(**FIT)
        return window

    return opened


def item_of(window, name):
    (item,) = window.view_panel.toys.overlays.findItems(name, Qt.MatchFlag.MatchExactly)
    return item


def words(window):
    return window.read_out.toys.texts()


def test_every_study_becomes_an_overlay(open_toys, toy_products):
    window = open_toys(*toy_products)
    assert [overlay.name for overlay in window.model.state.overlays] == list(toy_products)
    assert [layer.name for layer in window.model.state.layers] == ["small"]
    assert window.model.layer.name == "small"
    assert window.view_panel.toys.isVisible()
    tip = item_of(window, "unified").toolTip()
    assert "unified, 48 toys, seed 0" in tip
    assert str(toy_products["unified"]) in tip
    assert "another configuration" not in tip
    assert set(words(window)) == {"expected", "unified", "CLₛ", "coverage", "significance"}


def test_without_toys_nothing_is_said_about_them(window):
    assert not window.view_panel.toys.isVisible()
    assert not window.read_out.toys.isVisible()
    assert not window.plane.toys.curves


def test_a_drop_opens_a_study(window, toy_products):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(toy_products["cls"]))])
    nothing = Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    window.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, left, nothing))
    settle(window)
    assert [overlay.toys.kind for overlay in window.model.state.overlays] == ["cls"]


def test_bands_are_the_quantiles_of_the_product(open_toys, toy_products):
    window = open_toys("expected")
    made = nusterile.open(toy_products["expected"]).sel(FIT).sel(cl=0.9)
    np.testing.assert_array_equal(made["quantile"], QUANTILES)
    found = np.log10(made.expected_limit.transpose("m_4", "quantile").values)
    toys = window.plane.toys
    assert [band.word for band in toys.bands] == ["±2σ", "±1σ"]
    for band, low, high in zip(toys.bands, (0, 1), (4, 3), strict=True):
        np.testing.assert_allclose(band.low, found[:, low])
        np.testing.assert_allclose(band.high, found[:, high])
        np.testing.assert_allclose(band.x, np.log10(made["m_4"]))
    (median,) = toys.curves
    np.testing.assert_allclose(median.y, found[:, 2])
    shown = words(window)["expected"]
    assert f"median {1e12 * 10 ** found[1, 2]:.2f}" in shown
    window.model.update(cl=0.95)
    higher = nusterile.open(toy_products["expected"]).sel(FIT).sel(cl=0.95)
    np.testing.assert_allclose(toys.curves[0].y, np.log10(higher.expected_limit.sel(quantile=0.5)))


def test_curves_are_the_intervals_and_limits_of_the_products(open_toys, toy_products):
    window = open_toys("unified", "cls")
    for dof in (1, 2):
        window.model.update(dof=dof)
        made = nusterile.open(toy_products["unified"]).sel(FIT).sel(cl=0.9, dof=dof)
        curves = {c.word: c for c in window.plane.toys.curves if c.overlay.name == "unified"}
        np.testing.assert_allclose(curves["upper end"].y, np.log10(made.interval_high))
        low = np.where(made.interval_low > 0, made.interval_low, np.nan)
        assert ("lower end" in curves) == bool(np.isfinite(low).any())
    window.model.update(dof=1)
    made = nusterile.open(toy_products["cls"]).sel(FIT).sel(cl=0.9)
    curves = {c.word: c for c in window.plane.toys.curves if c.overlay.name == "cls"}
    np.testing.assert_allclose(curves["limit"].y, np.log10(made.limit))
    np.testing.assert_allclose(curves["power-constrained"].y, np.log10(made[POWER_CONSTRAINED]))
    at = format_moment(float(made.limit.sel(m_4=0.1)))
    assert words(window)["CLₛ"].startswith(f"μ < {at}")


def test_an_end_that_is_missing_is_said_in_words(open_toys, toy_products):
    window = open_toys("unified")
    window.model.update(flavor="mu")
    made = nusterile.open(toy_products["unified"]).sel(selection="xenonnt_sr0", flavor="mu")
    made = made.sel(cl=0.9, dof=1)
    texts = {"ok": "μ < ", "open": "none among the moments tested", "disjoint": "μ "}
    for mass, status in zip(made["m_4"].values, made.interval_status.values, strict=True):
        window.model.update(m_4=float(mass))
        assert words(window)["unified"].startswith(texts[str(status)])
    assert "open" in made.interval_status


def test_what_a_study_lacks_is_said_and_not_replaced(open_toys):
    window = open_toys("expected", "unified", "cls", "coverage")
    window.model.update(cl=0.68)
    assert not window.plane.toys.curves
    assert not window.plane.toys.bands
    assert words(window)["unified"] == "for 90 % CL only, not for 68 %"
    assert words(window)["expected"] == "for 90, 95 % CL only, not for 68 %"
    window.model.update(cl=0.9, dof=2)
    assert {curve.overlay.name for curve in window.plane.toys.curves} == {"unified"}
    assert words(window)["CLₛ"] == "for 1 dof only, not for 2"
    window.model.update(dof=1, flavor="e")
    assert words(window)["coverage"] == "not computed for νe"
    assert not window.plane.toys.curves
    window.model.update(flavor="effective", selection="lz_ws2024")
    assert words(window)["coverage"] == "not computed for these data"
    window.model.update(**FIT, m_4=2.0)
    assert words(window)["expected"] == "none at this mass, only at 0.01 MeV to 1 MeV"


def test_a_mass_beside_that_of_the_cursor_is_named(open_toys):
    window = open_toys("expected")
    window.model.update(m_4=0.1)
    assert "MeV" not in words(window)["expected"]
    window.model.update(m_4=0.12)
    assert words(window)["expected"].endswith(", at 0.1 MeV")


def test_a_mass_that_the_read_out_shows_anyhow_is_not_named_again(open_toys):
    window = open_toys("significance")
    mass = window.model.state.overlays[0].toys.masses[0]
    window.model.update(m_4=1.02 * mass)
    assert f"m₄ = {format_mass(mass)}" in window.read_out.grid_point.text()
    assert not words(window)["significance"].endswith(f", at {format_mass(mass)}")


def test_coverage_is_an_image_about_the_level(open_toys, toy_products):
    window = open_toys("coverage")
    panel, plane = window.view_panel.toys, window.plane
    panel.image.setCurrentIndex(1)
    panel.image.activated.emit(1)
    assert window.model.state.image == "coverage"
    made = nusterile.open(toy_products["coverage"]).sel(FIT).sel(cl=0.9)
    for index, statement in enumerate(("upper_limit", "interval")):
        panel.statement.activated.emit(index)
        values = made.coverage.sel(statement=statement).transpose("m_4", "mu").values[:, 1:]
        assert set(np.unique(plane.image.image)) <= set(np.unique(values))
        low, high = plane.bar.levels()
        assert high == 1.0
        assert low <= min(values.min(), 0.8)
        stops, colors = plane.bar.colorMap().getStops()
        at = list(np.round(low + stops * (high - low), 9)).index(0.9)
        assert tuple(colors[at][:3]) == pytest.approx((255, 255, 255), abs=1)
        assert plane.bar.axis.labelText == "coverage"
        window.model.update(m_4=0.1, mu=1e-11)
        share = float(made.coverage.sel(m_4=0.1, mu=1e-11, statement=statement))
        assert f"{share:.3f} ({statement.replace('_', ' ')})" in words(window)["coverage"]
    assert not panel.note.isVisible()
    window.model.update(cl=0.68)
    assert not plane.image.isVisible()
    assert panel.note.isVisible()
    panel.image.activated.emit(0)
    assert plane.image.isVisible()
    assert plane.bar.levels() == (0, 12)
    assert plane.bar.axis.labelText == "Δχ²"


def test_significance_is_in_the_read_out(open_toys, toy_products):
    window = open_toys("significance")
    fit = {"selection": "pandax4t_run0", "flavor": "effective"}
    made = nusterile.open(toy_products["significance"]).sel(fit)
    window.model.update(**fit, m_4=float(made["m_4"][-1]))
    text = words(window)["significance"]
    assert text.startswith(
        f"global p = {float(made.p_global):.2g}, {float(made.z_global):.2g}σ; best fit "
    )
    assert text.endswith(f"; here {np.sqrt(float(made.q0[-1])):.2g}σ")
    best = float(made["m_4"][np.argmax(made.q0.values)])
    moment = window.model.layer.dataset.mu_best.sel(fit).sel(m_4=best, method="nearest")
    assert f"best fit {format_mass(best)}, {format_moment(float(moment))}, " in text
    window.model.update(cl=0.5)  # which it does not depend on
    assert words(window)["significance"] == text
    nothing = nusterile.open(toy_products["significance"]).load()
    window.model.remove(window.model.state.overlays[0].key)
    window.model.add(product_of(nothing.assign(q0=0 * nothing.q0), "nothing"))
    assert words(window)["significance"].endswith("; no moment is preferred at any mass")


def test_ticks_close_and_undo(open_toys):
    window = open_toys("expected", "unified")
    item_of(window, "expected").setCheckState(Qt.CheckState.Unchecked)
    assert not window.plane.toys.bands
    assert set(words(window)) == {"unified"}
    window.menus.actions["undo"].trigger()
    assert window.plane.toys.bands
    assert item_of(window, "expected").checkState() == Qt.CheckState.Checked
    key = window.model.state.overlays[1].key
    window.view_panel.asked.emit("close", key)
    assert [overlay.name for overlay in window.model.state.overlays] == ["expected"]
    window.menus.actions["undo"].trigger()
    assert [overlay.name for overlay in window.model.state.overlays] == ["expected", "unified"]
    assert "what toys say" in window.menus.actions["redo"].text().lower()
    window.menus.actions["redo"].trigger()
    assert len(window.model.state.overlays) == 1


def test_a_rename_keeps_names_apart(open_toys):
    window = open_toys("expected", "unified")
    item_of(window, "expected").setText("small")
    assert [overlay.name for overlay in window.model.state.overlays] == ["expected", "unified"]
    item_of(window, "expected").setText("bands")
    assert [overlay.name for overlay in window.model.state.overlays] == ["bands", "unified"]


def test_another_configuration_is_said(make_window, other_product, toy_products):
    window = make_window(other_product, toy_products["significance"])
    assert "another configuration" in item_of(window, "significance").toolTip()
    assert words(window)["significance"].startswith("of another configuration: ")


def test_a_study_alone_is_shown(make_window, toy_products):
    window = make_window(toy_products["unified"])
    assert window.pages.currentIndex() == 1
    state = window.model.state
    assert (state.selection, state.flavor) == ("xenonnt_sr0", "effective")
    assert window.view_panel.selection.count() == 1
    assert window.plane.toys.curves
    (left, right), _ = window.plane.box.viewRange()
    assert left < -2 < np.log10(0.3) < right
    middle = pixel(window.plane, np.log10(0.05), -11)
    drag(window.plane, middle, pixel(window.plane, np.log10(0.1), -10.8))
    assert window.model.state.m_4 == pytest.approx(0.1, rel=0.05)
    assert words(window)["unified"].startswith("its product is not open: μ < ")
    window.model.remove(state.overlays[0].key)
    assert window.pages.currentIndex() == 0


def test_a_drag_of_the_cursor_sets_no_item(open_toys, monkeypatch):
    window = open_toys("expected", "unified", "coverage")
    window.model.update(image="coverage")
    QCoreApplication.processEvents()
    drawn = []
    monkeypatch.setattr(type(window.plane.toys), "_draw", lambda self: drawn.append("items"))
    monkeypatch.setattr(type(window.plane.colors), "draw", lambda self, _: drawn.append("image"))
    start, end = (pixel(window.plane, x, -10) for x in (-2, -1))
    drag(window.plane, start, end)
    assert window.model.state.m_4 == pytest.approx(0.1, rel=0.05)
    assert not drawn
    window.model.update(flavor="mu")
    assert set(drawn) == {"items", "image"}


def test_a_replaced_file_is_read_again(open_toys, toy_products, tmp_path):
    window = open_toys()
    path = tmp_path / "mine.nc"
    path.write_bytes(toy_products["cls"].read_bytes())
    window.open_anything([path])
    settle(window)
    window.view_panel.toys.overlays.item(0).setText("limits of mine")
    path.unlink()
    path.write_bytes(toy_products["unified"].read_bytes())
    window.files.check()
    assert "was replaced on disk" in window.notice.text.text()
    window.notice.button.click()
    settle(window)
    (overlay,) = window.model.state.overlays
    assert (overlay.name, overlay.toys.kind) == ("limits of mine", "unified")


def test_a_workspace_keeps_them(open_toys, make_window, tmp_path):
    window = open_toys("expected", "coverage")
    window.model.update(image="coverage", statement="interval")
    item_of(window, "expected").setText("bands")
    item_of(window, "bands").setCheckState(Qt.CheckState.Unchecked)
    path = tmp_path / "view.nusterile"
    window.workspaces.save(path)
    settle(window)
    names = [product.name for product in read_workspace(path).products]
    assert names == ["small", "bands", "coverage"]
    again = make_window()
    again.open_anything([path])
    settle(again)
    QCoreApplication.processEvents()
    state = again.model.state
    assert [(o.name, o.visible) for o in state.overlays] == [("bands", False), ("coverage", True)]
    assert (state.image, state.statement) == ("coverage", "interval")
    assert again.model.layer.name == "small"


def test_the_last_session_is_taken_up(open_toys, make_window):
    window = open_toys("expected", "unified")
    item_of(window, "unified").setCheckState(Qt.CheckState.Unchecked)
    session = session_of(window.model)
    again = make_window()
    Resuming(session, again.model, again.files, again)
    again.open_anything([place_of(entry.path) for entry in session.products])
    settle(again)
    QCoreApplication.processEvents()
    overlays = [(o.name, o.visible) for o in again.model.state.overlays]
    assert overlays == [("expected", True), ("unified", False)]
    assert again.model.layer.name == "small"


def test_it_is_drawn_in_both_themes(open_toys):
    window = open_toys("expected", "unified", "cls")
    for theme in (LIGHT, DARK):
        window.apply_theme(theme)
        fills = [fill for fill in window.plane.toys._fills if fill.isVisible()]
        colors = [fill.opts["brush"].color().name() for fill in fills]
        assert colors == [theme.bands[1], theme.bands[0]]
    texts = [label.item.toPlainText() for label in window.plane.toys.labels()]
    assert texts[:2] == ["expected ±1σ, ±2σ (48 toys)", "unified (48 toys)"]
    assert texts[2].startswith("CLₛ (")
    assert "FeldmanCousins1998" in window.exporting.bibtex()
    names = [curve.text for curve in window.plane.toys.named_curves()]
    assert any(name.startswith("unified: unified, 48 toys, seed 0, upper end") for name in names)


def test_the_figure_as_shown_holds_the_studies(open_toys, toy_products):
    window = open_toys("expected", "unified", "cls")
    drawing = draw_view(view_of(window.model, window.plane))
    rows = [dict(zip(drawing.data.columns, row, strict=True)) for row in drawing.data.rows]
    bands = nusterile.open(toy_products["expected"]).expected_limit.sel(**FIT, cl=0.9)
    for word, low, high in (("±1σ", 1, 3), ("±2σ", 0, 4)):
        for kind, quantile in (("band_low", low), ("band_high", high)):
            said = [r for r in rows if r["kind"] == kind and r["label"].endswith(word)]
            assert [r["m_4"] for r in said] == bands.m_4.values.tolist()
            assert [r["mu"] for r in said] == bands.isel(quantile=quantile).values.tolist()
    limit = nusterile.open(toy_products["cls"]).limit.sel(**FIT, cl=0.9)
    said = [r["mu"] for r in rows if r["kind"] == "study" and r["label"].startswith("cls:")]
    found = limit.values[np.isfinite(limit.values)]
    assert said[: found.size] == found.tolist()
    (ax,) = (ax for ax in drawing.figure.axes if ax.get_xlabel().startswith("Sterile"))
    assert [part.get_gid() for part in ax.collections].count("band") == 2
    assert [line.get_gid() for line in ax.lines].count("study") == len(window.plane.toys.curves)
    assert "From toys of XENONnT SR0, at 90 % CL: expected: expected limit, ±2σ" in drawing.caption
    texts = [text.get_text() for text in ax.texts]
    for start in ("expected ±1σ, ±2σ (48", "unified (48", "CLₛ ("):
        assert len([text for text in texts if text.startswith(start)]) == 1

    window.model.change(window.model.state.overlays[0].key, visible=False)
    drawing = draw_view(view_of(window.model, window.plane))
    assert not [row for row in drawing.data.rows if row[0].startswith("band")]


def test_copied_limits_hold_the_studies(open_toys, toy_products):
    window = open_toys("expected", "unified")
    listing = panel_numbers(window.model, "")
    rows = [row for row in listing.rows if str(row[0]).startswith(("expected", "unified"))]
    names = dict.fromkeys(row[0] for row in rows)
    ends = [f"expected: {word}, {end} end" for word in ("±2σ", "±1σ") for end in ("lower", "upper")]
    assert set(names) >= {"expected: median", "unified: upper end", *ends}
    outer = (
        nusterile.open(toy_products["expected"]).expected_limit.sel(**FIT, cl=0.9).isel(quantile=4)
    )
    copied = [row[5:7] for row in rows if row[0] == "expected: ±2σ, upper end"]
    assert copied == list(zip(outer.m_4.values, outer.values, strict=True))


def test_keys_save_and_close_the_study_whose_row_has_the_focus(open_toys, qtbot):
    window = open_toys("expected", "unified", "cls")
    studies = window.view_panel.toys.overlays
    studies.setFocus()
    studies.setCurrentItem(item_of(window, "unified"))
    close = Qt.Key.Key_W
    qtbot.keyClick(studies, close, Qt.KeyboardModifier.ControlModifier)
    assert [overlay.name for overlay in window.model.state.overlays] == ["expected", "cls"]
    # Again: what is left in the list, not the product that the plane shows.
    qtbot.keyClick(studies, close, Qt.KeyboardModifier.ControlModifier)
    assert [overlay.name for overlay in window.model.state.overlays] == ["cls"]
    assert window.model.layer.name == "small"
    window.plane.setFocus()
    qtbot.keyClick(window.plane, close, Qt.KeyboardModifier.ControlModifier)
    assert window.model.layer is None
    assert window.menus.actions["save"].isEnabled()
    assert not window.menus.actions["limits"].isEnabled()
    qtbot.keyClick(window.plane, close, Qt.KeyboardModifier.ControlModifier)
    assert not window.model.state.overlays
    assert not window.menus.actions["save"].isEnabled()


@pytest.mark.parametrize("size", ["normal", "presentation"])
def test_what_is_said_at_the_cursor_is_never_cut(open_toys, qtbot, size):
    window = open_toys("expected")
    lines = [line for line in window.read_out.toys.findChildren(ValueText) if line.isVisible()]
    for width in (1900, 900):
        window.resize(width, 900)
        window.menus.actions[f"text-{size}"].trigger()
        assert lines
        qtbot.waitUntil(lambda: not any(line.is_cut() for line in lines))
    # Two lines are there for any text, so that the plane stays where it is.
    heights = {line.height() for line in lines}
    for mu in (1e-12, 3e-9):
        window.model.update(mu=mu, m_4=0.3)
        QCoreApplication.processEvents()
        assert {line.height() for line in lines} == heights


def test_labels_have_the_size_of_text(open_toys):
    window = open_toys("expected")
    usual = [label.textItem.font().pointSizeF() for label in window.plane.toys._labels]
    window.menus.actions["text-presentation"].trigger()
    larger = [label.textItem.font().pointSizeF() for label in window.plane.toys._labels]
    assert larger == pytest.approx([1.6 * size for size in usual])
