"""``ds.nusterile.plot``: the figures as axes, in a notebook and in a script."""

from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest

from nusterile.errors import InputError, ProductError
from nusterile.figures import draw

NAMES = ["limits", "plane", "profile", "spectrum"]


@pytest.fixture(autouse=True)
def pyplot():
    mpl.use("agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


def curves(axes) -> list[np.ndarray]:
    return [line.get_xydata() for ax in np.atleast_1d(axes) for line in ax.lines]


def same(first, second) -> bool:
    pairs = zip(first, second, strict=True)
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


OPTIONS = {
    "limits": {"by": "experiment", "dof": 1},
    "plane": {"flavor": "effective"},
    "profile": {},
    "spectrum": {},
}


@pytest.mark.parametrize("name", NAMES)
def test_shows_what_the_figure_shows(product, pyplot, name):
    axes = getattr(product.nusterile.plot, name)()
    assert pyplot.gcf() is np.atleast_1d(axes)[0].figure
    figure = draw(name, product, **OPTIONS[name]).figure
    assert same(curves(axes), curves(figure.axes))


def test_studies_with_toys_have_pictures_of_their_own(analysis, product, pyplot):
    one = {"selection": "xenonnt_sr0", "flavor": "effective", "toys": 64}
    toys = analysis.toys("expected", **one, m_4=[0.01, 0.1, 0.3], cl=[0.9, 0.95])
    axes = toys.nusterile.plot.bands(cl=0.95, width="double")
    assert pyplot.gcf() is axes.figure
    assert same(curves(axes), curves(draw("bands", toys, cl=0.95).figure.axes))
    found = analysis.toys("significance", **one, m_4=[0.01, 0.1, 0.3])
    assert same(
        curves(found.nusterile.plot.significance()),
        curves(draw("significance", found).figure.axes),
    )
    with pytest.raises(ProductError, match="needs one of the kind expected"):
        product.nusterile.plot.bands()


def test_options_reach_the_figure(product):
    plot = product.nusterile.plot
    assert len(plot.limits(by="both", dof=None)) == 4
    chosen = plot.limits(flavor="tau", cl=0.95, dof=2)
    assert chosen.get_title("left").endswith("95 % CL, 2 dof")
    assert "tau" in plot.plane(flavor="tau").get_title("left")
    events, residuals = plot.spectrum("xenonnt_sr0", m_4=0.3, mu=1e-10)
    assert events.get_title("left") == "XENONnT SR0"
    assert residuals.get_xlabel() == "Energy [keV]"
    assert len(plot.profile(m_4=[0.1])) == 2


def test_a_part_of_a_product_is_drawn(product):
    part = product.sel(flavor="mu", selection=["pandax4t", "combined"])
    labels = part.nusterile.plot.limits().get_legend_handles_labels()[1]
    assert labels == ["PandaX-4T", "Combination"]
    whole = product.nusterile.plot.plane(flavor="mu", show=[])
    assert same(curves(part.nusterile.plot.plane(show=[])), curves(whole))


def test_what_is_added_to_the_axes_is_in_the_picture(product, pyplot, tmp_path):
    axes = product.nusterile.plot.limits()
    pyplot.savefig(tmp_path / "before.png")
    axes.axvline(0.1, color="red", linewidth=4)
    pyplot.savefig(tmp_path / "after.png")
    assert (tmp_path / "before.png").read_bytes() != (tmp_path / "after.png").read_bytes()


def test_the_settings_of_the_user_stay(product):
    before = dict(mpl.rcParams)
    product.nusterile.plot.limits()
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("limits", {"cl": 0.5}, "cl = 0.5: the product holds"),
        ("plane", {"flavor": "x"}, "flavor"),
        ("spectrum", {"m_4": -1.0}, "m_4"),
        ("profile", {"m_4": [0.1] * 6}, "at most 5 masses"),
    ],
)
def test_wrong_values_are_refused(product, pyplot, name, options, message):
    with pytest.raises(InputError, match=message):
        getattr(product.nusterile.plot, name)(**options)
    assert not pyplot.get_fignums()


def test_no_qt(small_product):
    script = (
        "import matplotlib, sys; matplotlib.use('agg'); import nusterile\n"
        f"nusterile.open({str(small_product)!r}).nusterile.plot.limits()\n"
        "found = {m.split('.')[0] for m in sys.modules}\n"
        "assert not found & {'PySide6', 'PyQt6', 'nusterile_gui'}"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_without_matplotlib_the_way_is_named(product, monkeypatch):
    monkeypatch.setattr("nusterile.errors.find_spec", lambda _: None)
    with pytest.raises(InputError, match=r"figures need matplotlib; .*nusterile\[export\]"):
        _ = product.nusterile.plot
