"""Both ends of what is allowed and the expected limit, in plane, read-out and profile."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from window_hand import build, pixel

import nusterile
from nusterile_gui.look.quantities import format_moment
from nusterile_gui.sharing.numbers import panel_numbers
from nusterile_gui.sharing.publication import view_of
from nusterile_gui.state.layers import Layer

RUN = "pandax4t_run0"
VERSION_1 = Path(__file__).parents[1] / "data" / "version_1.nc"


@pytest.fixture(scope="module")
def run0(tmp_path_factory):
    """A run that excludes the moment 0 at some masses, and with two degrees others altogether."""
    grids = {
        "m_4": {"values": [0.01, 0.1, 2.0, 2.15, 3.5]},
        "mu": {"low": 1e-12, "high": 1e-6, "points": 25},
    }
    return build(
        tmp_path_factory.mktemp("run0") / "run0.nc",
        experiments=[RUN],
        flavors=["effective", "tau"],
        grids=grids,
    )


@pytest.fixture
def window(make_window, run0):
    return make_window(run0)


def go_to(window, qtbot, mass):
    """Type a mass into the read-out."""
    field = window.read_out.m_4
    field.selectAll()
    qtbot.keyClicks(field, f"{mass} MeV")
    qtbot.keyClick(field, Qt.Key.Key_Return)


def choose_degrees(window, qtbot, degrees):
    box = window.view_panel.dof
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Home)
    if degrees == 2:
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert window.model.state.dof == degrees


def click_on(window, qtbot):
    box = window.view_panel.expected
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def stored(window, dof, flavor="effective"):
    return window.model.layer.dataset.sel(selection=RUN, flavor=flavor, cl=0.9, dof=dof)


def beside(window):
    return {word.split()[0]: (x, y) for word, x, y in window.plane.limits.beside()}


def words(window):
    text = window.moment_profile.word
    return text.toPlainText() if text.isVisible() else ""


@pytest.mark.parametrize("dof", [1, 2])
def test_the_lower_end_and_the_expected_limit_are_drawn(window, qtbot, dof):
    choose_degrees(window, qtbot, dof)
    part, drawn = stored(window, dof), beside(window)
    low = part.limit_low.where(part.limit_low > 0).values
    assert np.isfinite(low).any()
    np.testing.assert_allclose(10 ** drawn["lower"][1], low)
    np.testing.assert_allclose(10 ** drawn["expected"][1], part.expected_limit)


def test_a_curve_beside_a_limit_is_named_where_the_mouse_rests(window, qtbot):
    choose_degrees(window, qtbot, 2)
    for word, (x, y) in beside(window).items():
        text = window.plane.pointing.name_at(pixel(window.plane, x[0], y[0]).toPoint())
        assert text.startswith("PandaX-4T Run0, ")
        assert text.endswith(", 90 % CL")
        assert {"lower": "lower end of what is allowed", "expected": "expected (Asimov) limit"}[
            word
        ] in text


def test_a_click_hides_the_expected_limit_and_undo_brings_it_back(window, qtbot):
    assert window.view_panel.expected.isChecked()
    click_on(window, qtbot)
    assert "expected" not in beside(window)
    assert "Undo: expected limit" in window.menus.actions["undo"].text().replace("&", "")
    window.menus.actions["undo"].trigger()
    assert window.view_panel.expected.isChecked()
    assert "expected" in beside(window)
    window.menus.actions["redo"].trigger()
    assert not window.view_panel.expected.isChecked()
    assert "expected" not in beside(window)


def test_only_the_fit_has_its_expected_limit(window):
    window.model.update(shown_flavors=frozenset({"effective", "tau"}))
    assert len(window.plane.limits.curves) == 2
    for flavor in ("tau", "effective"):
        window.model.update(flavor=flavor)
        drawn = [word for word, _, _ in window.plane.limits.beside()]
        assert drawn.count("expected (Asimov) limit") == 1
        np.testing.assert_allclose(
            10 ** beside(window)["expected"][1], stored(window, 1, flavor).expected_limit
        )


def test_the_read_out_says_both_ends_or_why_there_are_none(window, qtbot):
    said, beside = {}, {}
    for dof in (1, 2):
        choose_degrees(window, qtbot, dof)
        for mass in (0.01, 2.0, 2.15, 3.5):
            go_to(window, qtbot, mass)
            said[dof, mass] = window.read_out.limit.text()
            beside[dof, mass] = window.read_out.expected.text()
    one, two = stored(window, 1), stored(window, 2)

    def moment(part, name, mass):
        return format_moment(float(part[name].sel(m_4=mass)))

    assert said[1, 0.01] == f"μ < {moment(one, 'limit', 0.01)} at 90 % CL"
    assert beside[1, 0.01] == f"expected < {moment(one, 'expected_limit', 0.01)}"
    for mass in (0.01, 2.0):
        ends = f"μ = {moment(two, 'limit_low', mass)} … {moment(two, 'limit', mass)}"
        assert said[2, mass].startswith(ends)
    assert "(outside the grid) at 90 % CL" in said[1, 2.15]
    assert said[1, 3.5] == "none (open: Δχ² stays below the level) at 90 % CL"
    assert said[2, 3.5] == "excluded: every moment at this mass at 90 % CL"


def test_the_profile_marks_both_ends_and_says_why_there_are_none(window, qtbot):
    places, said = {}, {}
    for dof in (1, 2):
        choose_degrees(window, qtbot, dof)
        for mass in (0.01, 3.5):
            go_to(window, qtbot, mass)
            places[dof, mass] = np.array([mark.x for mark in window.moment_profile.limits.marks])
            said[dof, mass] = words(window)
    one, two = (stored(window, dof).sel(m_4=0.01) for dof in (1, 2))
    np.testing.assert_allclose(10 ** places[1, 0.01], [one.limit])
    np.testing.assert_allclose(10 ** places[2, 0.01], [two.limit, two.limit_low])
    assert said == {
        (1, 0.01): "",
        (2, 0.01): "",
        (1, 3.5): "open: no upper limit, Δχ² stays below the level",
        (2, 3.5): "excluded: every moment at this mass",
    }


def test_the_two_ends_look_different_in_the_profile(window, qtbot):
    choose_degrees(window, qtbot, 2)
    go_to(window, qtbot, 0.01)
    looks = [mark.inside.name() for mark in window.moment_profile.limits.marks]
    assert len(looks) == len(set(looks)) == 2


def marks_of(window):
    QCoreApplication.processEvents()
    return {
        str(point.data()).rpartition(": ")[2]: point.symbol()
        for point in window.plane.limits.marks.points()
    }


def test_marks_tell_statuses_apart(make_window, run0):
    """A mass with several intervals too, which one solar pull does not make."""
    dataset = nusterile.open(run0)
    dataset["limit_status"] = dataset.limit_status.astype(object)
    at = {"selection": RUN, "flavor": "effective", "cl": 0.9, "dof": 2}
    dataset.limit_status.loc[{**at, "m_4": 0.1}] = "disjoint"
    window = make_window(run0)
    window.model.add(Layer.of(dataset, "several"))
    window.model.remove(window.model.state.layers[0].key)
    window.model.update(dof=2, m_4=0.1, flavor="effective")
    two = marks_of(window)
    assert set(two) == {"excluded", "disjoint", "outside"}
    assert len(set(two.values())) == 3
    caption = window.plane.limits.caption.toPlainText()
    assert "□ every moment excluded" in caption
    assert "◆ several intervals" in caption
    assert "○" not in caption
    assert "(disjoint: several intervals) at 90 % CL" in window.read_out.limit.text()
    assert words(window) == "disjoint: several intervals are allowed"
    window.model.update(dof=1)
    assert set(marks_of(window)) == {"open", "outside"}
    assert "○ no limit" in window.plane.limits.caption.toPlainText()


def test_what_leaves_the_window_has_them_too(window, qtbot):
    choose_degrees(window, qtbot, 2)
    part = stored(window, 2)
    (limit,) = view_of(window.model, window.plane).limits
    np.testing.assert_array_equal(limit.low, part.limit_low.where(part.limit_low > 0))
    np.testing.assert_array_equal(limit.expected, part.expected_limit)
    numbers = panel_numbers(window.model, "plane")
    for name, values in (("lower end", part.limit_low), ("expected", part.expected_limit)):
        np.testing.assert_array_equal(np.array(numbers.column(f"{name} [mu_B]"), float), values)
    click_on(window, qtbot)
    (limit,) = view_of(window.model, window.plane).limits
    assert np.isnan(limit.expected).all()


def test_a_product_of_version_1_shows_neither(make_window):
    window = make_window(VERSION_1)
    assert window.plane.limits.curves
    assert window.plane.limits.beside() == []
    assert window.read_out.expected.text() == ""
