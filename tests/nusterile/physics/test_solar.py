"""The eight sources against the published numbers and the tables, read by other means."""

from __future__ import annotations

import numpy as np
import pytest
from direct_integration import CONTINUOUS, LINES, SOURCES, flux, spectrum, zone

from nusterile.errors import InputError
from nusterile.physics.solar import solar_sources

#: Fluxes of arXiv:1611.09867, table 6, 1/(cm² s).
PUBLISHED = {
    "gs98": {
        "pp": 5.98e10,
        "pep": 1.44e8,
        "hep": 7.98e3,
        "7Be": 4.93e9,
        "8B": 5.46e6,
        "13N": 2.78e8,
        "15O": 2.05e8,
        "17F": 5.29e6,
    },
    "agss09met": {
        "pp": 6.03e10,
        "pep": 1.46e8,
        "hep": 8.25e3,
        "7Be": 4.50e9,
        "8B": 4.50e6,
        "13N": 2.04e8,
        "15O": 1.44e8,
        "17F": 3.26e6,
    },
}


@pytest.mark.parametrize("model", ["gs98", "agss09met"])
def test_fluxes_are_the_published_ones(model):
    loaded = solar_sources(model)
    assert {s.name: s.flux for s in loaded} == PUBLISHED[model]
    for source in loaded:
        assert source.flux == flux(source.name, model)
        assert 0 < source.relative_sigma < 0.5


@pytest.mark.parametrize("name", CONTINUOUS)
@pytest.mark.parametrize("model", ["gs98", "agss09met"])
def test_continuous_sources(name, model):
    (source,) = solar_sources(model, [name])
    energy, density = spectrum(name)
    assert source.lines == ()
    np.testing.assert_array_equal(source.spectrum.energy, energy)
    np.testing.assert_allclose(source.spectrum.density, source.flux * density, rtol=1e-15)
    # Unit integral to the digits of the table.
    assert np.trapezoid(density, energy) == pytest.approx(1.0, abs=2e-6)
    assert density[-1] == 0.0


@pytest.mark.parametrize("name", CONTINUOUS)
def test_spectrum_is_linear_between_nodes_and_zero_outside(name):
    (source,) = solar_sources(names=[name])
    energy, density = source.spectrum.energy, source.spectrum.density
    middle = (energy[1:] + energy[:-1]) / 2
    np.testing.assert_allclose(
        source.spectrum(middle), (density[1:] + density[:-1]) / 2, rtol=1e-9, atol=0
    )
    assert source.spectrum(np.array([energy[-1] * 1.001, -0.1])).tolist() == [0.0, 0.0]


@pytest.mark.parametrize("name", ["7Be", "pep"])
def test_lines(name):
    (source,) = solar_sources(names=[name])
    assert source.spectrum is None
    assert [line.energy for line in source.lines] == [energy for energy, _ in LINES[name]]
    np.testing.assert_allclose(
        [line.flux for line in source.lines],
        [source.flux * share for _, share in LINES[name]],
        rtol=1e-15,
    )
    assert sum(line.flux for line in source.lines) == pytest.approx(source.flux, rel=1e-15)


@pytest.mark.parametrize("name", SOURCES)
def test_production_zones(name):
    (source,) = solar_sources(names=[name])
    weight, density = zone(name)
    np.testing.assert_array_equal(source.zone.weight, weight)
    np.testing.assert_array_equal(source.zone.electron_density, density)
    # Weights sum to 1 to the digits of the table; the Sun is densest in the middle.
    assert weight.sum() == pytest.approx(1.0, abs=1e-4)
    assert np.all(weight >= 0)
    assert np.all(np.diff(density) < 0)


def test_order_and_choice():
    assert tuple(s.name for s in solar_sources()) == SOURCES
    assert [s.name for s in solar_sources(names=["8B", "pp"])] == ["8B", "pp"]


def test_unknown_source_is_named():
    with pytest.raises(InputError, match="unknown solar source '9B'; valid: pp, pep"):
        solar_sources(names=["pp", "9B"])
