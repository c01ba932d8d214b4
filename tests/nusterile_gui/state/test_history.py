"""Undo and redo, without a window."""

from types import SimpleNamespace

import numpy as np
import pytest

from nusterile_gui.state import history as history_module
from nusterile_gui.state.history import History
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.model import ViewModel


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def layer(key, name="a", nbytes=1000):
    slices = SimpleNamespace(
        selections=("one", "two"),
        flavors=("effective", "e", "mu"),
        experiments=("one",),
        masses=np.geomspace(0.001, 4, 5),
        moments=np.geomspace(1e-12, 1e-6, 7),
    )
    return Layer(name, SimpleNamespace(nbytes=nbytes), slices, key=key)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def model():
    return ViewModel()


@pytest.fixture
def history(model, clock):
    return History(model, clock)


def test_each_change_is_undone_and_redone(model, history):
    states = [model.state]
    for changes in ({"cl": 0.95}, {"dof": 2}, {"fitted": True}, {"shown_bounds": frozenset("x")}):
        model.update(**changes)
        states.append(model.state)
    for state in states[-2::-1]:
        history.undo()
        assert model.state == state
    assert history.undoable == ""
    history.undo()
    assert model.state == states[0]
    for state in states[1:]:
        history.redo()
        assert model.state == state
    assert history.redoable == ""


def test_a_change_after_undo_ends_what_could_be_redone(model, history):
    model.update(dof=2)
    history.undo()
    model.update(fitted=True)
    assert history.redoable == ""
    history.undo()
    assert model.state == ViewModel().state


def test_what_a_hand_moves_in_one_go_is_one_step(model, history, clock):
    model.update(m_4=0.2)
    start = model.state
    history.grab()
    for k in range(50):
        clock.now += 2.0 if k == 25 else 0.01  # the hand rests on the way
        model.update(m_4=0.3 + 0.01 * k, mu=1e-11 * (k + 1))
    history.release()
    model.update(mu=1e-9)  # the last move, which the plot hands on a moment later
    history.undo()
    assert model.state == start
    history.redo()
    assert model.state.mu == 1e-9


def test_two_clicks_are_two_steps_and_a_pause_parts_keys(model, history, clock):
    for mu in (1e-10, 1e-9):
        history.grab()
        history.release()
        model.update(mu=mu)
    history.undo()
    assert model.state.mu == 1e-10
    history.redo()
    clock.now += 10
    model.update(m_4=0.2)
    clock.now += 0.1
    model.update(m_4=0.3)
    clock.now += 1
    model.update(m_4=0.4)
    history.undo()
    assert model.state.m_4 == 0.3
    history.undo()
    assert (model.state.m_4, model.state.mu) == (0.1, 1e-9)


def test_other_fields_are_steps_of_their_own(model, history):
    model.update(m_4=0.2)
    model.update(cl=0.95)
    model.update(m_4=0.3)
    history.undo()
    assert (model.state.m_4, model.state.cl) == (0.2, 0.95)
    assert history.undoable == "level"
    assert history.redoable == "cursor"


def test_what_listeners_add_belongs_to_the_step(model, history):
    model.subscribe(lambda changed: model.update(massless=True) if "dof" in changed else None)
    model.update(dof=2)
    history.undo()
    assert model.state == ViewModel().state


def test_many_changes_become_one_step(model, history):
    history.begin()
    model.update(dof=2)
    model.update(fitted=True)
    assert history.undoable == ""
    history.end()
    model.update(m_4=0.2)
    history.undo()
    history.undo()
    assert model.state == ViewModel().state
    history.redo()
    assert (model.state.dof, model.state.fitted) == (2, True)


def test_a_step_inside_another_belongs_to_it(model, history):
    history.begin()
    model.update(dof=2)
    history.begin()
    model.update(fitted=True)
    history.end()
    assert history.undoable == ""
    model.update(massless=True)
    history.end()
    history.undo()
    assert model.state == ViewModel().state
    assert history.undoable == ""


def test_what_the_start_did_is_forgotten_however_long_it_takes(model, history):
    history.begin()
    history.begin()
    model.update(dof=2)
    history.clear()
    history.end()
    model.update(fitted=True)
    history.end()
    assert history.undoable == ""
    model.update(massless=True)
    history.undo()
    assert (model.state.dof, model.state.fitted, model.state.massless) == (2, True, False)


def test_the_first_click_of_a_double_one_leaves_nothing(model, history):
    model.update(dof=2)
    before = model.state
    history.grab()
    history.release()
    model.update(m_4=0.7)
    history.withdraw()
    assert model.state == before
    assert history.redoable == ""
    history.withdraw()
    assert model.state == before


def test_a_saved_product_stays_saved(model, history, tmp_path):
    model.add(layer(1))
    model.change(1, name="mine")
    model.change(1, path=tmp_path / "x.nc", stamp=(1, 2, 3))
    history.undo()
    assert model.state.layers[0].name == "a"
    assert model.state.layers[0].path == tmp_path / "x.nc"
    assert model.state.layers[0].stamp == (1, 2, 3)


def test_a_closed_product_comes_back_with_its_name_and_colour(model, history):
    model.add(layer(1))
    model.add(layer(2, "b"))
    model.update(ratio=(2, 1))
    before = model.state
    model.remove(1)
    assert model.state.ratio == ()
    history.undo()
    assert model.state == before


def test_closed_products_are_released_when_they_take_too_much(model, history, monkeypatch):
    monkeypatch.setattr(history_module, "_KEPT_BYTES", 2500)
    for key in range(1, 6):
        model.add(layer(key, str(key)))
        model.remove(key)
    steps = 0
    while history.undoable:
        history.undo()
        steps += 1
    assert steps == 4  # the last two products came back and went again
    assert history._kept() <= 2500


def test_notes_and_known_bounds_are_no_steps(model, history):
    model.update(notes="a word")
    assert history.undoable == ""
    model.update(dof=2)
    model.update(notes="another word")
    history.undo()
    assert model.state.notes == "another word"


def test_the_history_has_an_end(model, history):
    for k in range(700):
        model.update(dof=1 + k % 2, fitted=k % 3 == 0, massless=k % 5 == 0)
    assert len(history._done) == 500
