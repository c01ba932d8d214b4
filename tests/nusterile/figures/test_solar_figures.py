"""kinematics, survival and flux show the functions they are named after."""

from __future__ import annotations

import numpy as np
import pytest

from nusterile.figures import draw
from nusterile.physics.kinematics import minimum_neutrino_energy, threshold_energy
from nusterile.physics.solar import solar_sources
from nusterile.physics.survival import Oscillation, survival_probability


def test_kinematics(drawn, line):
    masses = (0.0, 0.05, 0.7)
    ax = drawn("kinematics", m_4=masses).figure.axes[0]
    for mass in masses:
        recoil, energy = line(ax, f"m_4={mass:g}").T
        np.testing.assert_allclose(energy, minimum_neutrino_energy(recoil / 1e3, mass), rtol=1e-14)
    lines = {
        name: {float(li.get_ydata()[0]) for li in ax.get_lines() if li.get_gid() == name}
        for name in ("7Be", "pep")
    }
    assert lines == {"7Be": {0.8613, 0.3843}, "pep": {1.442}}
    assert {"$m_4 = 0.05$ MeV", "pep, 1.442 MeV"} <= {text.get_text() for text in ax.texts}
    band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    np.testing.assert_allclose([band.x0, band.x1], [1, 30])


def test_survival(drawn, line, results):
    ax = drawn("survival").figure.axes[0]
    oscillation = Oscillation()
    for each in solar_sources():
        energy, values = line(ax, each.name).T
        expected = survival_probability(energy, each.zone, oscillation)
        np.testing.assert_allclose(values, expected, rtol=1e-14)
        if each.lines:
            np.testing.assert_array_equal(energy, [emission.energy for emission in each.lines])
        else:
            assert energy[-1] == pytest.approx(min(each.spectrum.energy[-1], 20.0))
    s13 = oscillation.sin2_theta_13
    vacuum = (1 - s13) ** 2 * (1 - 0.5 * 4 * 0.308 * (1 - 0.308)) + s13**2
    np.testing.assert_allclose(line(ax, "vacuum")[:, 1], vacuum, rtol=1e-12)
    centre = line(ax, "centre of the Sun")[:, 1]
    assert (centre <= np.interp(line(ax, "vacuum")[:, 0], *line(ax, "8B").T) + 1e-12).all()


def test_flux(drawn, line):
    masses = (0.2, 2.0)
    drawing = drawn("flux", m_4=masses)
    ax = drawing.figure.axes[0]
    rows = [dict(zip(drawing.data.columns, row, strict=True)) for row in drawing.data.rows]
    for each in solar_sources():
        here = [row for row in rows if row["curve"] == each.name]
        if each.spectrum is not None:
            energy, density = line(ax, each.name).T
            np.testing.assert_array_equal(energy, [row["neutrino_energy"] for row in here])
            np.testing.assert_array_equal(density, [row["flux"] for row in here])
            assert np.trapezoid(density, energy) == pytest.approx(each.flux, rel=2e-3)
        else:
            assert sum(row["flux"] for row in here) == pytest.approx(each.flux, rel=1e-12)
    shown = [li.get_xdata()[0] for li in ax.get_lines() if li.get_gid() == "threshold"]
    np.testing.assert_allclose(shown, threshold_energy(masses))
    drawing.render("svg")  # puts the upper axis in step with the lower one
    top = ax.child_axes[0]
    np.testing.assert_allclose(top.get_xticks(), masses)
    np.testing.assert_allclose(top.get_xlim(), np.sort(_heaviest(ax.get_xlim())), rtol=1e-6)


def _heaviest(energy):
    return [mass for e in energy for mass in np.roots([1 / (2 * 0.51099895069), 1, -e]) if mass > 0]


def test_they_follow_the_configuration(drawn):
    from nusterile import Analysis, Configuration
    from nusterile.results import Results

    changed = Configuration.from_values(
        {"oscillation": {"sin2_theta_12": 0.3}, "solar": {"model": "agss09met"}}
    )
    other = Results(Analysis(changed))
    assert "sin²θ_12 = 0.3," in draw("survival", other).caption
    flux = draw("flux", other)
    assert "B16-AGSS09met" in flux.caption
    assert flux.data.column("flux") != drawn("flux").data.column("flux")
