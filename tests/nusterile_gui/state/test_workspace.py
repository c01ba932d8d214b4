"""The workspace file, without a window."""

from dataclasses import fields, replace
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nusterile.errors import InputError
from nusterile_gui.state.annotations import Annotation
from nusterile_gui.state.layers import Layer
from nusterile_gui.state.overlays import Overlay
from nusterile_gui.state.own_curves import own_curve
from nusterile_gui.state.pins import Pin
from nusterile_gui.state.view_state import ViewState
from nusterile_gui.state.workspace import read_workspace, workspace_of


def state_of(folder):
    layers = tuple(
        Layer(name, None, SimpleNamespace(), path=folder / path, color=color, visible=on, key=key)
        for key, name, path, color, on in (
            (3, "first", "products/a.nc", 4, True),
            (9, "σ = 0.2", "../b.nc", 0, False),
        )
    )
    overlay = Overlay("bands", None, SimpleNamespace(), folder / "t.nc", visible=False, key=11)
    return ViewState(
        layers=layers,
        overlays=(overlay,),
        active=9,
        ratio=(9, 3),
        selection="pandax4t",
        flavor="tau",
        shown_selections=frozenset({"pandax4t", "combined"}),
        shown_flavors=frozenset({"tau"}),
        cl=0.123456789012345678,
        dof=2,
        m_4=0.1 + 0.2,
        mu=1 / 3 * 1e-10,
        second=(0.1 * 3, 7e-11 / 3),
        pins=(
            Pin(9, "one", "mu", "lz", 0.1 / 3, 1e-11 / 7, fitted=True, color=3),
            Pin(3, "two", "e", "lz", 0.0, 2e-11, fitted=False, color=0),
        ),
        experiment="pandax4t_run1",
        quantity="rate",
        fitted=True,
        own_curves=(
            own_curve(
                name="mine",
                label="My curve",
                flavor="mu",
                cl=0.95,
                points=((0.1 + 0.2, 1 / 3 * 1e-10), (1.0, 8e-11)),
            ),
        ),
        shown_bounds=frozenset({"borexino", "own:mine"}),
        massless=True,
        expected=False,
        ranges=((-2.1, 0.3), (-11.7, -9.2)),
        image="coverage",
        statement="interval",
        annotations=(
            Annotation(text="two\nlines $^", m_4=0.1 + 0.2, mu=1 / 3 * 1e-11),
            Annotation(text="", m_4=0.1, mu=1e-11, target=(0.5, 2e-11)),
        ),
        notes='Two lines,\n"quoted" """thrice""" and \\ back.\n',
    )


def save(state, folder, **rest):
    path = folder / "view.nusterile"
    paths = {product.key: product.path for product in state.products}
    workspace_of(state, folder, places=paths, **rest).write(path)
    return path


def test_every_field_of_the_view_comes_back_to_the_bit(tmp_path):
    folder = tmp_path / "one"
    folder.mkdir()
    state = state_of(folder)
    fresh = ViewState()
    apart = {"layers", "overlays", "active", "ratio", "pins", "bounds"}
    same = [e.name for e in fields(fresh) if getattr(state, e.name) == getattr(fresh, e.name)]
    assert set(same) <= {"bounds"}, "give every new field of the view a value here"
    path = save(state, folder, theme="dark", docks=b"\x00\xff", bound_folders=[tmp_path / "mine"])
    read = read_workspace(path)
    assert read.changes() == {
        e.name: getattr(state, e.name) for e in fields(state) if e.name not in apart
    }
    session = read.session(folder)
    assert [(p.name, p.visible, p.color) for p in session.products] == [
        ("first", True, 4),
        ("σ = 0.2", False, 0),
        ("bands", False, 0),
    ]
    assert [p.path for p in session.products] == [
        str(folder / "products/a.nc"),
        str(tmp_path / "b.nc"),
        str(folder / "t.nc"),
    ]
    assert (session.active, session.ratio) == (1, [1, 0])
    numbers = {9: 1, 3: 0}
    assert session.pins == [replace(pin, layer=numbers[pin.layer]) for pin in state.pins]
    one = session.only(session.products[1:])
    assert (one.active, one.ratio) == (0, [0])
    assert one.pins == [replace(state.pins[0], layer=0)]
    assert (read.theme, read.layout()) == ("dark", b"\x00\xff")
    assert read.folders(folder) == [tmp_path / "mine"]


def test_the_file_reads_the_same_at_another_place(tmp_path):
    one, other = tmp_path / "one", tmp_path / "deep" / "other"
    one.mkdir()
    other.mkdir(parents=True)
    text = save(state_of(one), one).read_text()
    assert str(tmp_path) not in text
    (other / "view.nusterile").write_text(text)
    session = read_workspace(other / "view.nusterile").session(other)
    assert session.products[1].path == str(tmp_path / "deep" / "b.nc")


def test_the_same_view_is_the_same_text(tmp_path):
    state = state_of(tmp_path)
    first = save(state, tmp_path).read_bytes()
    again = replace(state, shown_bounds=frozenset(list(state.shown_bounds)))
    assert save(again, tmp_path).read_bytes() == first


def test_names_that_hold_what_nobody_sees_are_read_again(tmp_path):
    state = state_of(tmp_path)
    layer = replace(state.layers[0], name="evil\x1b[31m\nname")
    path = save(replace(state, layers=(layer,), notes="a\x07b"), tmp_path)
    assert read_workspace(path).products[0].name == "evil\\x1b[31m name"
    assert read_workspace(path).notes == "a\\x07b"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no workspace of nusterile; expected workspace = 1"),
        ("workspace = true", "is no workspace of nusterile; expected workspace = 1"),
        ("workspace = '1'", "is no workspace of nusterile; expected workspace = 1"),
        ("workspace = 2", "is a workspace of version 2; this nusterile reads version 1"),
        ("workspace = 1\nnote = 'x'", "line 2: unknown key 'note'; did you mean 'notes'?"),
        ("workspace = 1\nnotes = 3", "line 2: notes: expected text"),
        ("workspace = 1\n[view]\ncl = 'high'", "line 3: view.cl: expected a number"),
        ("workspace = 1\n[view]\nm_4 = nan", "line 3: view.m_4: expected a finite number"),
        ("workspace = 1\n[view]\nmu = -1.0", "line 3: view.mu: expected a number not below 0"),
        (
            "workspace = 1\n[[pins]]\nproduct = 'a'\nselection = 'a'\nflavor = 'e'\n"
            "experiment = 'x'\nm_4 = 0.1\nmu = 0.0",
            "expected a number above 0",
        ),
        ("workspace = 1\n[view]\nsecond = [0.1]", "view.second: expected a mass not below 0"),
        ("workspace = 1\n[view]\nsecond = [0.1, 0.0]", "view.second: expected a mass not below 0"),
        ("workspace = 1\n[view]\nquantity = 'x'", "line 3: view.quantity: expected 'counts' or"),
        ("workspace = 1\n[view]\nranges = [[1.0, 2.0]]", "view.ranges: expected two pairs"),
        (
            "workspace = 1\n[view]\nranges = [[1.0, 2.0], [3.0, -3.0]]",
            "view.ranges: expected increasing",
        ),
        ("workspace = 1\n[view]\ncolour = 1", "unknown key 'view.colour'"),
        ("workspace = 1\ndocks = '*'", "line 2: docks: expected base64"),
        ("workspace = 1\n[[products]]\nname = 'a'", "key 'products.a.path' is missing"),
        (
            "workspace = 1\n" + 2 * "[[products]]\nname = 'a'\npath = 'a.nc'\n",
            "products: two products are called 'a'",
        ),
        ("workspace = 1\n[[products]]\nname = 'a'\npath = 'a\\u0000.nc'", "line"),
        ("workspace = 1\n[[products]]\nname = 'a'\npath = \"a\\u0000.nc\"", "which nobody sees"),
        ("workspace = 1\nactive = [" + 99 * "[" + 99 * "]" + "]", "nested more than"),
        (
            "workspace = 1\n[view]\nown_curves = [{name = 'a', label = 'a', flavor = 'mu', "
            "cl = 0.9, points = [[1.0, 1e-11]]}]",
            "needs at least 2 points",
        ),
        (
            "workspace = 1\n"
            + 2
            * (
                "[[view.own_curves]]\nname = 'a'\nlabel = 'a'\nflavor = 'mu'\ncl = 0.9\n"
                "points = [[1.0, 1e-11], [2.0, 1e-11]]\n"
            ),
            "view.own_curves: two curves are called 'a'",
        ),
        (
            "workspace = 1\n[[view.annotations]]\ntext = 'a'\nm_4 = 0.0\nmu = 1e-11",
            "m_4: expected a number above 0",
        ),
        (
            "workspace = 1\n[[view.annotations]]\ntext = ''\nm_4 = 0.1\nmu = 1e-11",
            "expected a text or an arrow; it has neither",
        ),
        ("no toml", "is not valid TOML"),
    ],
)
def test_what_is_no_workspace_is_refused_in_one_line(tmp_path, text, message):
    path = tmp_path / "view.nusterile"
    path.write_text(text)
    if message == "line":  # single quotes take nothing for an escape: a name like any other
        assert read_workspace(path).products[0].path == "a\\u0000.nc"
        return
    with pytest.raises(InputError) as caught:
        read_workspace(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0", b"\xff\xfe\0", None])
def test_what_is_no_text_is_refused(tmp_path, content):
    path = tmp_path / "view.nusterile"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError):
        read_workspace(path)


def test_a_file_that_cannot_be_written_is_left_as_it_was(tmp_path):
    state = state_of(tmp_path)
    workspace = workspace_of(state, tmp_path, places={})
    with pytest.raises(InputError, match="does not exist"):
        workspace.write(tmp_path / "none" / "view.nusterile")
    assert not (tmp_path / "none").exists()


@settings(max_examples=60, deadline=None)
@given(st.text(), st.floats(0, 1e3), st.lists(st.text(max_size=8), max_size=4))
def test_any_notes_numbers_and_names_come_back(tmp_path_factory, notes, mass, names):
    folder = tmp_path_factory.mktemp("any")
    clean = "".join(c for c in notes if c.isprintable() or c in "\n\t")
    shown = frozenset(name for name in names if name.isprintable())
    state = ViewState(notes=clean, m_4=mass, shown_bounds=shown)
    changes = read_workspace(save(state, folder)).changes()
    assert (changes["notes"], changes["m_4"], changes["shown_bounds"]) == (clean, mass, shown)
