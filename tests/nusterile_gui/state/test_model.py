"""The state of the view, without a window."""

from pathlib import Path

import numpy as np
import pytest

import nusterile
from nusterile_gui.look.quantities import (
    format_mass,
    format_moment,
    format_number,
    parse_mass,
    parse_moment,
)
from nusterile_gui.panels.plane import contour_lines
from nusterile_gui.panels.plane_image import regular_image
from nusterile_gui.plots.axes import LogAxis, cell_edges, positions, value_at
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import ViewModel


@pytest.fixture
def model(product):
    model = ViewModel()
    model.add(Layer.of(nusterile.open(product), "small", Path(product)))
    return model


def test_only_changes_are_told(model):
    heard = []
    model.subscribe(heard.append)
    model.update(m_4=0.2)
    model.update(m_4=0.2)
    assert heard == [frozenset({"m_4"})]


def test_a_new_layer_becomes_active_and_gets_its_own_name_and_color(model, product):
    model.add(Layer.of(nusterile.open(product), "small"))
    names = [layer.name for layer in model.state.layers]
    assert names == ["small", "small (2)"]
    assert [layer.color for layer in model.state.layers] == [0, 1]
    assert model.state.active == model.state.layers[1].key
    model.remove(model.state.layers[0].key)
    model.add(Layer.of(nusterile.open(product), "third"))
    assert sorted(layer.color for layer in model.state.layers) == [0, 1]


def test_what_the_active_layer_lacks_is_mended(model, other_product):
    model.update(selection="xenonnt_sr0", flavor="e", experiment="xenonnt_sr0", mu=1e-7)
    model.add(Layer.of(nusterile.open(other_product), "other"))
    state = model.state
    assert (state.selection, state.flavor) == ("combined", "effective")
    assert state.experiment == "pandax4t_run0"
    assert state.mu == 1e-8


def test_a_selection_has_the_label_of_a_layer_that_holds_it(model, other_product):
    model.add(Layer.of(nusterile.open(other_product), "other"))
    assert "xenonnt_sr0" not in model.layer.slices.selections
    assert model.selection_label("xenonnt_sr0") == "XENONnT SR0"
    # Two selections of one product take all of its experiments; their labels differ.
    assert model.selection_label("combined") == "Combination"
    assert model.selection_label("pandax4t") == "PandaX-4T"
    assert model.selection_label("nothing") == "nothing"


@pytest.mark.parametrize(
    ("change", "name", "value"),
    [
        ({"m_4": 1e9}, "m_4", 4.0),
        ({"mu": 1.0}, "mu", 1e-6),
        ({"cl": 7.0}, "cl", 1 - 1e-9),
        ({"dof": 5}, "dof", 1),
        ({"selection": "nothing"}, "selection", "combined"),
        ({"ratio": (99, 98)}, "ratio", ()),
    ],
)
def test_impossible_values_are_mended(model, change, name, value):
    model.update(**change)
    assert getattr(model.state, name) == value


def test_steps_follow_the_grid_and_end_at_its_edges(model):
    model.update(m_4=0.1, mu=1e-11)
    i, j = model.point()
    model.step(1, -2)
    assert model.point() == (i + 1, j - 2)
    model.step(-100, 100)
    assert model.point() == (0, model.layer.slices.moments.size - 1)


def test_a_layer_is_swapped_in_place(model, product):
    old = model.layer
    new = Layer.of(nusterile.open(product), "fresh")
    model.swap(old.key, new)
    assert model.state.active == new.key
    assert model.layer.name == "small"


def test_a_model_without_layers_answers(model):
    model.remove(model.state.active)
    model.step(1, 1)
    assert model.layer is None
    assert model.point() == (0, 0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", 0.1),
        ("100 keV", 0.1),
        ("0.1MeV", 0.1),
        ("1e-4 GeV", 0.1),
        ("0", 0.0),
        ("2,5 eV", 2.5e-6),
    ],
)
def test_masses_are_read_with_their_unit(text, value):
    assert parse_mass(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize("text", ["", "x", "-1", "3 kg", "1e-11 muB MeV"])
def test_what_is_no_mass_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_mass(text)


@pytest.mark.parametrize("text", ["2e-11", "2e-11 mu_B", "2·10⁻¹¹ μ_B", "2.0×10^-11 µB", "2*10-11"])
def test_moments_are_read_with_their_unit(text):
    assert parse_moment(text) == pytest.approx(2e-11, rel=1e-15)


@pytest.mark.parametrize("text", ["0", "-1e-11", "2e-11 MeV", "mu"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_moment(text)


@pytest.mark.parametrize("value", [1.234e-11, 0.1, 4.0, 1e-3, 0.002])
def test_what_is_written_is_read_back(value):
    assert parse_moment(format_moment(value)) == pytest.approx(value, rel=1e-3)
    assert parse_mass(format_mass(value)) == pytest.approx(value, rel=1e-3)
    assert "nan" not in format_number(float("nan"))


def test_the_massless_point_has_a_place():
    places = positions(np.array([0.0, 1e-3, 1e-2]))
    assert places == pytest.approx([-3.25, -3, -2])
    assert value_at(-3.2, np.array([0.0, 1e-3])) == 0
    assert value_at(-2.0, np.array([0.0, 1e-3])) == pytest.approx(1e-2)
    assert positions(np.array([0.0])) == pytest.approx([0])


def test_one_point_has_a_cell():
    assert cell_edges(np.array([1.0])) == pytest.approx([0.95, 1.05])


def test_an_irregular_grid_becomes_an_image_of_its_nearest_points():
    values = np.arange(6.0).reshape(3, 2)
    image, rectangle = regular_image(np.array([0.0, 1.0, 4.0]), np.array([0.0, 1.0]), values)
    assert image.shape[0] > 3
    assert set(image.ravel()) == set(values.ravel())
    assert rectangle.left() == -0.5


def test_a_contour_is_where_the_values_cross():
    x, y = np.linspace(0, 1, 11), np.linspace(0, 1, 21)
    values = x[:, None] + 0 * y
    px, _ = contour_lines(x, y, values, 0.45)
    assert px == pytest.approx(0.45)


def test_contours_stop_at_nan_and_need_two_points():
    x = np.linspace(0, 1, 11)
    values = np.add.outer(x, x)
    values[5:, :] = np.nan
    px, _ = contour_lines(x, x, values, 0.45)
    assert np.nanmax(px) <= 0.4
    for shape in ((1, 5), (5, 1)):
        assert contour_lines(x[: shape[0]], x[: shape[1]], np.zeros(shape), 1.0)[0].size == 0
    assert contour_lines(x, x, np.full((11, 11), np.nan), 1.0)[0].size == 0


def test_axes_print_powers_of_ten(qapp):
    axis = LogAxis("bottom", "m")
    axis.setRange(-3.1, 0.7)
    values = axis.tickValues(-3.1, 0.7, 500)
    assert values[0] == (1.0, [-3.0, -2.0, -1.0, 0.0])
    assert axis.tickStrings([-3.0, 0.0], 1, 1.0) == ["10⁻³", "10⁰"]
    axis.massless = -3.05
    assert "0" in axis.tickStrings(axis.tickValues(-3.1, 0.7, 500)[0][1], 1, 1.0)
