"""The figure of a projection draws its numbers, with guides of the right slopes."""

from __future__ import annotations

import numpy as np
import pytest

from nusterile.errors import InputError
from nusterile.figures import draw


@pytest.fixture(scope="module")
def stored(analysis):
    masses = [0.0, 0.3, 1.0]
    return analysis.projection("xlzd", np.geomspace(10, 1000, 9), ["effective", "mu"], masses)


def test_lines_are_the_stored_limits(stored, line):
    drawing = draw("projection", stored, flavor="mu")
    (ax,) = drawing.figure.axes
    for mass in stored.m_4.values:
        expected = stored.limit.sel(flavor="mu", m_4=mass).values.ravel()
        found = line(ax, f"m_4={mass:g}")
        np.testing.assert_array_equal(found, np.stack([stored.exposure.values, expected], axis=1))
    assert ax.get_xscale() == ax.get_yscale() == "log"
    assert drawing.data.column("limit") == stored.limit.sel(flavor="mu").values.ravel().tolist()
    assert set(drawing.data.column("kind")) == {"expected"}


def test_every_line_and_the_exposure_are_labelled(stored):
    (ax,) = draw("projection", stored).figure.axes
    texts = {text.get_text() for text in ax.texts}
    assert texts == {
        *(f"$m_4 = {mass}$ MeV" for mass in ("0", "0.3", "1")),
        *("$t^{-1/4}$", "$t^{-1/2}$", "300 t yr"),
    }


@pytest.mark.parametrize(("name", "power"), [("$t^{-1/4}$", -0.25), ("$t^{-1/2}$", -0.5)])
def test_guides_have_their_slope_and_are_seen(stored, line, name, power):
    (ax,) = draw("projection", stored).figure.axes
    logs = np.log(line(ax, name))
    slopes = np.diff(logs[:, 1]) / np.diff(logs[:, 0])
    np.testing.assert_allclose(slopes, power, rtol=1e-9)
    low, high = ax.get_ylim()
    assert low < np.exp(logs[:, 1]).min()
    assert stored.limit.sel(flavor="effective").max() < high


def test_the_exposure_described_is_drawn_where_it_is_inside(stored, line):
    (ax,) = draw("projection", stored).figure.axes
    assert set(line(ax, "exposure")[:, 0]) == {300.0}
    short = draw("projection", stored.isel(exposure=slice(0, 4)))
    assert "exposure" not in [each.get_gid() for each in short.figure.axes[0].get_lines()]
    assert "300 t yr" not in short.caption
    assert "300 t yr" in draw("projection", stored).caption


def test_caption_says_what_is_expected_and_what_grows(stored):
    caption = draw("projection", stored, m_4=(0.3,)).caption
    assert caption.startswith("Expected upper limits of XLZD")
    assert "for m_4 = 0.3 MeV: Asimov limits" in caption
    assert "t^(-1/2) without background" in caption


def test_numbers_come_from_an_analysis_as_well(analysis):
    drawing = draw("projection", analysis, flavor="e", m_4=(0.1,), experiment="lz_ws2024", cl=0.95)
    found = analysis.projection("lz_ws2024", flavor="e", m_4=0.1, cl=0.95)
    assert drawing.data.column("limit") == found.limit.values.ravel().tolist()
    assert "of LZ WS2024 on the" in drawing.caption
    assert "95 % CL" in drawing.caption
    assert drawing.origin == (f"configuration: sha256 {found.attrs['config_hash']}",)


def test_masses_without_a_limit_leave_a_legible_figure(analysis):
    drawing = draw("projection", analysis, m_4=(100.0,), flavor="e")
    assert set(drawing.data.column("status")) == {"open"}
    drawing.render("png", 50)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cl": 0.5}, "cl = 0.5: the product holds 0.9"),
        ({"flavor": "tau"}, "unknown flavor 'tau'"),
        ({"m_4": (5.0,)}, "m_4 = 5 MeV: the masses of the product are 0 to 1 MeV"),
        ({"experiment": "lz"}, "unknown experiment 'lz'"),
    ],
)
def test_what_a_product_lacks(stored, options, message):
    with pytest.raises(InputError, match=message):
        draw("projection", stored, **options)
