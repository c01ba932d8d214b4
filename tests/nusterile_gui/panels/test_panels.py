"""What panels show where the data are unusual, and what a hand gets from them."""

import numpy as np
import pytest
from experiment_folders import write_experiment
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel
from window_hand import build, drag, pixel, settle

import nusterile
from nusterile.exports import export
from nusterile.exports.table import LimitTable
from nusterile.results import Results
from nusterile.statistics.intervals import threshold
from nusterile_gui.look.themes import theme_named
from nusterile_gui.panels.limit_items import curve_color, curve_label
from nusterile_gui.state.layers import Layer

BOUND = (
    'name = "mine"\nlabel = "Mine"\nflavor = "e"\ncl = 0.9\nkind = "upper_limit"\n'
    'mass_unit = "MeV"\nquantity = "mu"\ncurve = "curve.csv"\n'
    '[[references]]\ntext = "none yet"\n'
)


@pytest.fixture
def limits_only(product, tmp_path):
    path = tmp_path / "limits.nc"
    export(nusterile.open(product), "netcdf-limits", path)
    return path


def plots(window):
    return (
        window.moment_profile,
        window.mass_profile,
        window.spectrum.events,
        window.pulls,
    )


@pytest.mark.parametrize("height", [6.635, 3.84, 2.0, 9.0])
def test_the_level_goes_where_it_is_dragged(window, height):
    plot = window.moment_profile
    x = plot.box.viewRange()[0][0] + 0.5
    drag(plot, pixel(plot, x, plot.level.value()), pixel(plot, x, height), steps=20)
    snapped = {6.635: 0.99, 3.84: 0.95}
    if height in snapped:
        assert window.model.state.cl == snapped[height]
    else:  # to two pixels
        low, high = plot.box.viewRange()[1]
        assert plot.level.value() == pytest.approx(height, abs=2 * (high - low) / plot.box.height())
        assert threshold(window.model.state.cl, 1) == pytest.approx(plot.level.value())
    assert plot.box.viewRange()[1][1] >= 2 * plot.level.value()


def test_panels_without_a_product_say_what_they_will_show(make_window, product):
    """That no product is open is said once, in the middle."""
    window = make_window()
    labels = [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    assert labels.count("No product is open") == 1
    assert not any("product is open" in plot.said for plot in plots(window))
    said = [plot.said for plot in (*plots(window), window.ratio)]
    assert len(set(said)) == len(said)
    assert all(4 <= len(text.split()) <= 12 for text in said)
    assert set(said[:4]) <= set(labels)
    assert window.view_panel.cl.value() == 90.0
    window.files.open([product])
    settle(window)
    assert not any(plot.said for plot in plots(window))
    window.model.remove(window.model.layer.key)
    settle(window)
    assert [plot.said for plot in (*plots(window), window.ratio)] == said


def test_panels_of_a_product_with_limits_only_say_so(window, limits_only):
    assert not any(plot.said for plot in plots(window))
    window.files.open([limits_only])
    settle(window)
    assert all("limits only" in plot.said for plot in plots(window))
    assert window.spectrum.legend.entries() == []
    assert window.pulls.values() == {}
    assert not window.plane.bar.isVisible()
    low, high = window.model.layer.slices.moments
    assert 1e-12 < low < high <= 1e-6
    window.model.update(active=window.model.state.layers[0].key)
    assert not any(plot.said for plot in plots(window))
    assert window.pulls.values()


def test_the_ratio_says_how_to_get_one(window, other_product):
    assert "second product" in window.ratio.said
    window.files.open([other_product])
    settle(window)
    assert "ratio to" in window.ratio.said
    first, second = window.model.state.layers
    window.model.update(ratio=(first.key, second.key))
    assert window.ratio.said == ""
    assert window.ratio.caption.toPlainText() == f"{first.name} / {second.name}"


def test_names_of_every_visible_layer_can_be_switched(window, tmp_path):
    """Also those that the active layer lacks; others stay as they are."""
    path = build(tmp_path / "one.nc", experiments=["xenonnt_sr0"], flavors=["e"])
    window.model.update(shown_selections=frozenset({"pandax4t", "combined"}))
    window.files.open([path])
    settle(window)
    panel = window.view_panel
    names = [
        panel.selections.item(row).data(Qt.ItemDataRole.UserRole)
        for row in range(panel.selections.count())
    ]
    assert {"xenonnt_sr0", "pandax4t", "combined"} <= set(names)
    assert len(names) == len(set(names))
    drawn = len(window.plane.limits.curves)
    panel.selections.item(names.index("pandax4t")).setCheckState(Qt.CheckState.Unchecked)
    assert "pandax4t" not in window.model.state.shown_selections
    assert "combined" in window.model.state.shown_selections
    assert len(window.plane.limits.curves) < drawn


def test_selections_of_several_layers_differ_in_colour(window, other_product):
    window.files.open([other_product])
    settle(window)
    window.model.update(shown_selections=frozenset(window.model.names("selections")))
    items = window.view_panel.selections
    shades = {
        items.item(row).icon().pixmap(22, 14).toImage().pixelColor(4, 7).name()
        for row in range(items.count())
        if items.item(row).data(Qt.ItemDataRole.UserRole) in window.model.layer.slices.selections
    }
    assert len(shades) == len(window.model.layer.slices.selections)


def test_the_key_of_the_marks_is_always_in_sight(make_window, tmp_path):
    """In a product that has no limit for two degrees of freedom at light masses either."""
    names = ["pandax4t_run0", "pandax4t_run1_wimp"]
    window = make_window(build(tmp_path / "gaps.nc", experiments=names))
    window.model.update(dof=2, selection="combined")
    for ranges in (None, ((-3.0, -2.0), (-12.0, -10.0)), ((-0.5, 0.6), (-9.0, -6.0))):
        if ranges:
            window.plane.box.setRange(xRange=ranges[0], yRange=ranges[1], padding=0)
        for _ in range(5):
            QCoreApplication.processEvents()
        caption = window.plane.limits.caption
        assert caption.isVisible()
        place = window.plane.box.mapRectFromItem(caption, caption.boundingRect())
        assert window.plane.box.rect().contains(place)


def test_a_mark_says_whose_and_what_it_is(window):
    window.model.update(dof=2, selection="pandax4t")
    QCoreApplication.processEvents()
    said = {point.data() for point in window.plane.limits.marks.points()}
    assert "PandaX-4T: open" in said


def test_pulls_are_never_cut_off(window):
    for mu in (1e-11, 1.5e-9, 1e-6, 1e-11):
        window.model.update(m_4=0.01, mu=mu)
        (left, right), _ = window.pulls.box.viewRange()
        largest = max(map(abs, window.pulls.values().values()))
        assert right == -left >= largest
        assert right <= max(3.0, 6.1 * largest)


def test_an_inactive_eye_hides_image_and_contours(window):
    window.model.change(window.model.layer.key, visible=False)
    assert not window.plane.image.isVisible()
    assert not window.plane.contours.shown()
    window.model.change(window.model.layer.key, visible=True)
    assert window.plane.image.isVisible()


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("m_4", "5 GeV", "5000 MeV is outside the grid, 1 keV to 4 MeV; shown is 4 MeV"),
        ("m_4", "0", "0 MeV is outside the grid"),
        ("mu", "1e-5", "outside the grid, 1.000·10⁻¹² μ_B to 1.000·10⁻⁶ μ_B"),
    ],
)
def test_a_value_beyond_the_grid_is_named(window, qtbot, field, typed, said):
    line = getattr(window.read_out, field)
    line.selectAll()
    qtbot.keyClicks(line, typed)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert said in window.read_out.grid_point.text()
    window.model.step(-1, -1)
    assert "outside" not in window.read_out.grid_point.text()


def test_a_limit_that_a_coarse_scan_gives_says_so(window):
    window.model.update(m_4=0.1)
    assert "coarse" not in window.read_out.limit.text()
    window.model.update(cl=0.68)
    assert "(coarse grid) at 68 % CL" in window.read_out.limit.text()


def test_levels_that_do_not_exist_become_those_that_do(window, qtbot):
    field = window.view_panel.cl
    field.selectAll()
    qtbot.keyClicks(field, "100")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.model.state.cl == pytest.approx(0.9999)
    assert field.value() == 99.99


def test_the_excluded_level_has_digits_that_mean_something(window):
    window.model.update(m_4=0.01, mu=1e-7)
    assert window.read_out.excluded.text() == "at > 99.99 % CL"
    best = np.nanargmin(window.model.layer.slices.along_mu("combined", "effective", 4, 1))
    mass = window.model.layer.slices.masses[4]
    window.model.update(m_4=mass, mu=window.model.layer.slices.moments[best])
    assert "e-" not in window.read_out.excluded.text()


def test_the_legend_of_the_spectrum_names_data_and_both_totals(window):
    entries = window.spectrum.legend.entries()
    assert entries[0] == "data"
    assert entries[-1] == "total after the fit"
    window.model.update(fitted=True)
    assert window.spectrum.legend.entries()[-1] == "total before the fit"


def test_names_of_products_are_no_markup(window, product):
    window.model.add(Layer.of(nusterile.open(product), "<b>bold</b>"))
    first, second = window.model.state.layers
    window.model.update(ratio=(second.key, first.key))
    tip = window.ratio.toolTip()
    assert "&lt;b&gt;" in tip
    assert "<b>" not in tip


def test_a_curve_is_named_where_the_mouse_rests_on_it(window):
    window.model.update(shown_bounds=frozenset({"borexino"}))
    QCoreApplication.processEvents()
    plane = window.plane
    bound = np.log10(window.model.state.bounds["borexino"].points)
    (left, right), (bottom, top) = plane.box.viewRange()
    inside = bound[
        (bound[:, 0] > left + 0.1)
        & (bound[:, 0] < right - 0.1)
        & (bound[:, 1] > bottom)
        & (bound[:, 1] < top)
    ]
    text = plane.pointing.name_at(pixel(plane, *inside[len(inside) // 2]).toPoint())
    assert text.startswith("Borexino, 90 % CL\n")
    x, y = plane.limits.arrays()[0]
    assert "90 % CL" in plane.pointing.name_at(pixel(plane, x[1], y[1]).toPoint())
    assert plane.pointing.name_at(pixel(plane, left + 0.5, top - 0.3).toPoint()) == ""


def test_the_plane_shows_that_the_arrow_keys_work_there(window, qtbot):
    window.activateWindow()
    window.plane.setFocus()
    qtbot.waitUntil(window.plane.hasFocus)
    frame = window.plane._view_rectangle()
    accent = window.palette().highlight().color().name()

    def edge():
        return window.plane.grab().toImage().pixelColor(frame.left() + 40, frame.top()).name()

    assert edge() == accent
    window.read_out.m_4.setFocus()
    assert edge() != accent


def test_the_legend_names_the_other_total_only_where_it_is_drawn(window):
    window.model.update(selection="xenonnt_sr0", experiment="pandax4t_run1", fitted=True)
    assert not window.spectrum.other_total.isVisible()
    assert not any(name.startswith("total") for name in window.spectrum.legend.entries())


def test_a_product_with_limits_for_two_degrees_of_freedom_only(window, product):
    stored = nusterile.open(product)
    slices = stored.sel(dof=[2]).nusterile.slices
    limit, _ = slices.limit("combined", "effective", 0.9, 2)
    np.testing.assert_array_equal(
        limit, stored.limit.sel(selection="combined", flavor="effective", cl=0.9, dof=2)
    )
    limit, status = slices.limit("combined", "effective", 0.9, 1)
    assert set(status) <= {"ok", "none on the grid"}  # from the scan: it is not stored
    assert not np.array_equal(limit, stored.limit.sel(dof=2, cl=0.9)[0, 0])


def test_folders_of_bounds_added_one_after_another_are_all_there(window, tmp_path):
    folders = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "curve.csv").write_text("mass,coupling\n0.01,1e-9\n1,2e-9\n")
        (folder / "bound.toml").write_text(BOUND.replace("mine", name))
        folders.append(folder)
    for folder in folders:
        window.bound_folders.add([folder])
    settle(window)
    assert {"one", "two"} <= set(window.model.state.bounds)
    assert "no longer there" not in window.statusBar().currentMessage()


def test_words_are_those_of_figures_and_tables(make_window, tmp_path):
    folder = write_experiment(tmp_path / "toy_detector", name="toy_detector")
    path = build(
        tmp_path / "toy.nc",
        experiments=["xenonnt_sr0"],
        experiment_folders=[str(folder)],
        flavors=["mu", "effective"],
        selections={
            "both": ["toy_detector", "xenonnt_sr0"],
            "toy_detector": ["toy_detector"],
            "xenonnt_sr0": ["xenonnt_sr0"],
        },
        grids={"m_4": {"values": [0.1]}, "mu": {"low": 1e-12, "high": 1e-9, "points": 5}},
    )
    window = make_window(path)
    layer, panel, results = window.model.layer, window.view_panel, Results.from_file(path)
    labels = [results.label(name) for name in results.selections]
    assert labels == ["Combination", "Toy", "XENONnT SR0"]
    assert [panel.selection.itemText(k) for k in range(3)] == labels
    assert [panel.selections.item(k).text() for k in range(3)] == labels
    table = LimitTable.of(results).labels
    for name in results.selections:
        assert curve_label(window.model, layer, name, "mu").startswith(table[name])
    # Which fit is the main one.
    state, main = window.model.state, results.main_selection
    assert (state.selection, state.flavor) == (main, results.main_flavor)
    assert (main, results.main_flavor) == ("xenonnt_sr0", "effective")
    color = curve_color(window.theme, window.model, layer, main)
    assert color == window.theme.color(0)


def test_only_a_free_pull_is_shown_as_free(make_window, tmp_path):
    path = build(
        tmp_path / "wide.nc",
        experiments=["pandax4t_run0"],
        overrides={"pandax4t_run0": {"components": {"other_er": {"relative_sigma": 1.0}}}},
        flavors=["effective"],
        grids={"m_4": {"values": [0.1]}, "mu": {"low": 1e-12, "high": 1e-9, "points": 5}},
    )
    window = make_window(path)
    slices = window.model.layer.slices
    widths = dict(zip(slices.pull_names, slices.pull_widths, strict=True))
    assert widths["pandax4t_run0:other_er"] == 1.0
    marked = [text.endswith("°") for _, text in window.pulls._ticks]
    assert marked == np.isinf(slices.pull_widths).tolist()
    assert any(marked)


def test_an_experiment_without_data_shows_the_expectation_alone(make_window, tmp_path):
    window = make_window(build(tmp_path / "future.nc", experiments=["xenonnt_sr0", "xlzd"]))
    spectrum = window.spectrum
    seen = {}
    for name in ("xenonnt_sr0", "xlzd", "xenonnt_sr0"):
        window.model.update(experiment=name, selection=name)
        points = (spectrum.points.isVisible(), spectrum.errors.isVisible())
        entries = spectrum.legend.entries()
        assert len(set(points)) == 1
        assert ("data" in entries) == points[0]
        assert ("seen" in window.read_out.events.text()) == points[0]
        assert spectrum.stack.isVisible()
        seen[name] = points[0]
    assert seen == {"xenonnt_sr0": True, "xlzd": False}
    window.model.update(experiment="xlzd", selection="xlzd")
    assert window.read_out.events.text().endswith("no data")
    assert window.model.layer.slices.selection_labels["xlzd"] == "XLZD, expected"
    top = spectrum.events.box.viewRange()[1][1]
    assert top == pytest.approx(1.12 * _highest_rate(window), rel=1e-6)


def _highest_rate(window):
    slices = window.model.layer.slices
    spectrum = slices.spectrum("xlzd", "effective", 0, 0)
    scale = spectrum.per_rate if window.model.state.quantity == "rate" else 1.0
    return (spectrum.counts / scale).max()


def test_the_mass_profile_shows_the_masses_that_the_plane_shows(window):
    whole = window.mass_profile.box.viewRange()
    window.menus.actions["zoom-in"].trigger()
    window.menus.actions["zoom-in"].trigger()
    (low, high), moments = window.plane.box.viewRange()
    assert high - low < 0.6 * (whole[0][1] - whole[0][0])
    assert window.mass_profile.box.viewRange()[0] == pytest.approx([low, high])
    assert window.mass_profile.box.viewRange()[1] == whole[1]
    assert window.moment_profile.box.viewRange()[0] != pytest.approx(moments)
    window.model.update(cl=0.95)
    assert window.mass_profile.box.viewRange()[0] == pytest.approx([low, high])
    window.history.undo()
    window.menus.actions["all"].trigger()
    assert window.mass_profile.box.viewRange() == whole


def test_the_axes_of_the_spectrum_only_grow_while_the_cursor_moves(window):
    """They would move aside and back under the eyes, and lay the plots out anew each time."""
    panel = window.spectrum
    axes = [plot.getAxis("left") for plot in (panel.events, panel.contributions)]

    def widths():
        QCoreApplication.processEvents()
        return [axis.width() for axis in axes]

    window.model.update(m_4=0.01, mu=1e-12)
    narrow = widths()
    window.model.update(mu=1e-8)  # the bins' χ² has many digits
    wide = widths()
    assert narrow[0] == narrow[1] < wide[0] == wide[1]
    window.model.update(mu=1e-12)
    assert widths() == wide
    window.model.update(quantity="rate")
    window.model.update(quantity="counts")  # another spectrum each time
    assert widths() == narrow


def test_the_curve_of_the_fit_is_the_wide_one_in_both_profiles(window):
    """Pens are made once for all places of the cursor, and anew where the fit changes."""

    def looks(profile):
        lines = [curve.line for curve in profile.curves._curves]
        names = [selection for _, selection in profile.drawn]
        return {
            name: (line.widthF(), line.color().name())
            for name, line in zip(names, lines, strict=True)
        }

    for profile in (window.moment_profile, window.mass_profile):
        for selection in ("xenonnt_sr0", "combined"):
            window.model.update(selection=selection)
            found = looks(profile)
            assert max(found, key=found.get) == selection
            assert len({width for width, _ in found.values()}) == 2
    before = looks(window.moment_profile)
    window.apply_theme(theme_named("dark"))
    after = looks(window.moment_profile)
    assert all(before[name][1] != after[name][1] for name in before)
