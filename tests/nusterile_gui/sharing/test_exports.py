"""What leaves the app."""

import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PySide6.QtGui import QGuiApplication
from window_hand import boxes, save_dialog, settle

import nusterile
from nusterile.exports import export
from nusterile_gui.sharing.script import view_script


def run(text):
    names = {}
    exec(compile(text, "copied", "exec"), names)
    return names


@pytest.mark.parametrize(
    "change",
    [
        {},
        {
            "fitted": True,
            "cl": 0.95,
            "dof": 2,
            "selection": "pandax4t",
            "experiment": "pandax4t_run0",
        },
        {"cl": 0.8, "flavor": "mu", "m_4": 0.5, "mu": 1e-9},
    ],
)
@pytest.mark.filterwarnings("ignore:the grid of moments:UserWarning")  # that of these tests
def test_copied_python_makes_the_numbers_of_the_view(window, change, capsys):
    window.model.update(**change)
    window.menus.actions["copy"].trigger()
    made = run(QGuiApplication.clipboard().text())
    state = window.model.state
    i, j = window.model.point()
    slices = window.model.layer.slices
    pair = (state.selection, state.flavor)
    assert made["at_cursor"] == pytest.approx(slices.at(*pair, i, j, state.dof), rel=1e-12)
    np.testing.assert_allclose(made["over_mu"], slices.along_mu(*pair, i, state.dof), rtol=1e-9)
    np.testing.assert_allclose(made["over_m_4"], slices.along_m4(*pair, j, state.dof), rtol=1e-9)
    np.testing.assert_allclose(made["delta_chi2"], window.plane.image.image, rtol=1e-9)
    np.testing.assert_allclose(made["spectrum"].total, window.spectrum.stack.tops[-1], rtol=1e-9)
    for curve in window.plane.limits.curves:
        part = made["limits"].sel(selection=curve.selection, flavor=curve.flavor)
        np.testing.assert_allclose(part, curve.limit, rtol=1e-9)
    for name, value in window.pulls.values().items():
        assert float(made["pulls"].sel(pull=name)) == pytest.approx(value, rel=1e-9)


def test_copied_python_runs_by_itself(window):
    text = view_script(window.model)
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Δχ² at the cursor" in done.stdout
    assert "PySide6" not in text


def test_copied_python_of_a_layer_that_was_never_saved(window, product, capsys):
    from nusterile_gui.state.layers import Layer

    window.model.add(Layer.of(nusterile.open(product), "unsaved"))
    made = run(view_script(window.model))
    np.testing.assert_allclose(made["delta_chi2"], window.plane.image.image, rtol=1e-6, atol=1e-6)


def test_copied_python_divides_limits(window, other_product, capsys):
    first = window.model.layer
    window.files.open([other_product])
    settle(window)
    second = window.model.layer
    window.model.update(active=first.key, ratio=(first.key, second.key), selection="pandax4t")
    made = run(view_script(window.model))
    drawn = dict(zip(window.ratio.drawn, window.ratio.curves.shown(), strict=True))
    inside = (first.slices.masses >= 0.01) & (first.slices.masses <= 0.5)
    for (selection, flavor), (_, ratio) in drawn.items():
        part = made["ratio"].sel(selection=selection, flavor=flavor).values
        np.testing.assert_allclose(part[inside], ratio[inside], rtol=1e-9)


def test_copied_python_has_the_limits_of_every_visible_layer(window, other_product, capsys):
    first = window.model.layer
    window.files.open([other_product])
    settle(window)
    second = window.model.layer
    window.model.update(active=first.key, shown_selections=frozenset({"pandax4t", "combined"}))
    made = run(view_script(window.model))
    for curve in window.plane.limits.curves:
        found = made["limits"] if curve.layer is first else made["others"][second.name]
        part = found.sel(selection=curve.selection, flavor=curve.flavor)
        np.testing.assert_allclose(part, curve.limit, rtol=1e-9)
    window.model.change(second.key, visible=False)
    assert "others" not in run(view_script(window.model))


def test_copied_python_has_the_bounds_that_are_drawn(window, capsys):
    window.model.update(shown_bounds=frozenset({"borexino", "lep"}), massless=True, flavor="e")
    made = run(view_script(window.model))
    said = capsys.readouterr().out
    for name in ("borexino", "lep"):
        bound = window.model.state.bounds[name]
        assert bound.label in said
        assert bound.references[0].text in said
        np.testing.assert_array_equal(made["known"][name].points, bound.points)
    assert "sn1987a" not in said
    assert set(made["marks"].flavor.values) >= {"e"}


def test_bibtex_names_what_is_shown(window, tmp_path):
    path = tmp_path / "shown.bib"
    save_dialog(window, "bibtex", path)
    before = path.read_text()
    assert "@misc{nusterile," in before
    assert "Mustamin2025" in before
    window.model.update(shown_bounds=frozenset({"borexino"}), massless=True)
    assert len(window.exporting.bibtex()) > len(before)


@pytest.mark.parametrize(
    ("suffix", "form"), [(".csv", "csv"), (".nc", "netcdf-limits"), (".tar.gz", "hepdata")]
)
def test_limits_leave_in_every_form(window, tmp_path, suffix, form):
    """The file is the one that the library's export of the same product writes."""
    path, same = tmp_path / f"limits{suffix}", tmp_path / f"same{suffix}"
    save_dialog(window, "limits", path)
    export(window.model.layer.dataset, form, same)
    if form == "netcdf-limits":
        written, expected = nusterile.open(path), nusterile.open(same)
        xr.testing.assert_equal(written, expected)
        np.testing.assert_array_equal(written.limit, window.model.layer.dataset.limit)
    elif form == "csv":
        assert path.read_text() == same.read_text()
    else:
        assert contents(path) == contents(same)
        assert "submission.yaml" in {Path(name).name for name in contents(path)}


def contents(path):
    """Files of an archive, by name."""
    with tarfile.open(path) as archive:
        files = [member for member in archive.getmembers() if member.isfile()]
        return {member.name: archive.extractfile(member).read() for member in files}


@pytest.mark.parametrize("figure", ["plane", "limits", "spectrum", "profile"])
@pytest.mark.parametrize("suffix", ["pdf"])
def test_the_view_becomes_a_publication_figure(make_window, product, tmp_path, figure, suffix):
    window = make_window(product)
    path = tmp_path / f"{figure}.{suffix}"
    save_dialog(window, f"figure-{figure}", path)
    assert path.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize("figure", ["plane", "limits"])
def test_figures_at_a_level_that_is_not_stored(window, tmp_path, figure):
    window.model.update(cl=0.8765)
    path = tmp_path / f"{figure}.pdf"
    save_dialog(window, f"figure-{figure}", path)
    assert path.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(("suffix", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG")])
def test_figures_in_other_forms(window, tmp_path, suffix, start):
    path = tmp_path / f"plane.{suffix}"
    save_dialog(window, "figure-plane", path)
    assert path.read_bytes().startswith(start)


def test_a_figure_of_a_product_that_was_closed_meanwhile_is_refused(window, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(window.exporting, "_ask", lambda *given: asked.append(given[-1]))
    window.exporting.export_figure("view")
    window.model.remove(window.model.layer.key)
    (chosen,) = asked
    chosen(tmp_path / "view.pdf")
    settle(window)
    (box,) = boxes(window)
    assert box.informativeText() == "every product was closed meanwhile"
    assert not (tmp_path / "view.pdf").exists()
