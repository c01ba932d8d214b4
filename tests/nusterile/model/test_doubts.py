"""Inputs that are probably a mistake are named; sound ones are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from experiment_folders import COUNTS, EXPERIMENT, FLAT, only, write_experiment, write_impossible

from nusterile.analysis import Analysis
from nusterile.experiments.expectation import Expectation
from nusterile.model.configuration import Configuration
from nusterile.model.fit_doubts import doubts_of_fit
from nusterile.statistics.likelihood import Likelihood
from nusterile.statistics.solar_pulls import SolarPulls


def doubts(tmp_path, **parts) -> tuple[str, ...]:
    folder = write_experiment(tmp_path / "toy", **parts)
    path = tmp_path / "analysis.toml"
    path.write_text(only(folder))
    return Analysis.from_toml(path).doubts()


def test_none_about_the_default_analysis(analysis):
    assert analysis.doubts() == ()


def test_events_that_a_selection_counts_twice():
    names = ["pandax4t_run0", "pandax4t_run1", "pandax4t_run1_wimp"]
    (text,) = Analysis(Configuration.from_values({"experiments": names})).doubts()
    assert text.startswith(
        "selection combined takes pandax4t_run1 and pandax4t_run1_wimp, which hold the same events"
    )
    apart = {name: [name] for name in names}
    values = {"experiments": names, "selections": apart}
    assert Analysis(Configuration.from_values(values)).doubts() == ()


def test_none_about_a_sound_experiment(tmp_path):
    assert doubts(tmp_path) == ()


@pytest.mark.parametrize("acts_on", ["true", "reconstructed"])
@pytest.mark.parametrize(
    ("table", "doubted"),
    [
        ("energy_keV,efficiency\n0.5,0\n1,0.5\n3,0.9\n4,0.9\n", True),
        ("energy_keV,efficiency\n0.5,0\n1,0.5\n3,0.9\n3.999,0.9\n4,0\n", False),
        ("energy_keV,efficiency\n2.5,0.9\n10,0.9\n", True),
        ("energy_keV,efficiency\n0.5,0\n1,0.5\n3,0.9\n5.995,0.9\n", False),
    ],
)
def test_an_efficiency_that_ends_in_the_fit_range(tmp_path, acts_on, table, doubted):
    """A table that ends at 0 says so; one that ends within 1 % of the events does no harm."""
    toml = EXPERIMENT.replace('energy = "true"', f'energy = "{acts_on}"', 1)
    if acts_on == "true":
        table = table.replace("5.995", "9")
    found = doubts(tmp_path, toml=toml, efficiency=table)
    about = [text for text in found if text.startswith("toy: the efficiency is zero outside")]
    assert len(about) == doubted


def test_the_events_that_an_efficiency_misses_are_counted(tmp_path):
    """Of a flat spectrum, 1 of 5 keV is missing: the other four would gain a quarter."""
    toml = EXPERIMENT.replace('energy = "true"', 'energy = "reconstructed"', 1)
    table = "energy_keV,efficiency\n0,0.8\n5,0.8\n"
    (text,) = doubts(tmp_path, toml=toml, efficiency=table)
    assert "0 to 5 keV" in text
    assert "hold 0.8 and 0.8" in text
    assert "gain 25 % of its events" in text


def test_a_component_outside_the_fit_range(tmp_path):
    for unit, component in {
        "MeV": 'shape = "beta"\nendpoint = 0.01859\ndaughter_charge = 2\nenergy = "true"',
        "eV": 'shape = "flat"\nenergy = "reconstructed"\nrange = [1000.0, 6000.0]',
    }.items():
        components = (
            f'{FLAT}\n[[components]]\nname = "lost"\n{component}\nevents = 10.0\nfree = true\n'
        )
        efficiency = "energy_keV,efficiency\n0,0.5\n1,0.5\n3,0.9\n10,0.9\n"
        (text,) = doubts(tmp_path / unit, components=components, efficiency=efficiency)
        assert "component lost has" in text
        assert "of its 10 events in the fit range, 1 to 6 keV" in text


@pytest.mark.parametrize(("last", "doubted"), [(1.0, True), (0.0, False)])
def test_a_table_that_ends_where_recoils_still_count(tmp_path, last, doubted):
    energies = np.arange(0.05, 4.0, 0.1)
    density = np.append(np.ones(energies.size - 1), last)
    rows = "\n".join(f"{e:.2f},{d:g}" for e, d in zip(energies, density, strict=True))
    components = (
        '[[components]]\nname = "cut"\nshape = "table"\nenergy = "true"\ntable = "cut.csv"\n'
        "events = 20.0\nrelative_sigma = 0.1\n"
    )
    tables = {"cut.csv": f"energy_keV,density\n{rows}\n"}
    found = doubts(tmp_path, components=components, tables=tables)
    assert ["component cut: its table ends above zero" in text for text in found] == (
        [True] * doubted
    )


def test_events_where_none_are_expected(tmp_path):
    found = Analysis.from_toml(write_impossible(tmp_path)).doubts()
    assert "1 bin(s) between 4 and 6 keV hold 9 events where none are expected" in found[0]


@pytest.mark.parametrize(
    "parts",
    [
        {"counts": COUNTS.replace("2,3,5", "2,3,100000")},
        {"toml": EXPERIMENT.replace("exposure = 0.5", "exposure = 5000.0")},
    ],
    ids=["a bin of a hundred thousand", "kilograms"],
)
def test_data_that_do_not_fit_at_all(tmp_path, parts):
    found = doubts(tmp_path, **parts)
    assert any("without a dipole the fit has χ² =" in text for text in found)
    assert any("exposure (tonne years) and energies (keV)" in text for text in found)


def test_widths_in_per_cent(tmp_path):
    found = doubts(tmp_path, components=FLAT.replace("0.1", "17.0"))
    assert found == (
        "toy: component flat has a relative width of 17; widths are fractions, 0.1 for 10 %",
    )


@pytest.mark.parametrize("width", ["sigma = 0.10", "relative_sigma = 0.0005", "sigma = 0.1"])
def test_widths_far_below_the_square_root_of_the_events(tmp_path, width):
    components = FLAT.replace("20.0", "400.0").replace("relative_sigma = 0.1", width)
    counts = "energy_low_keV,energy_high_keV,counts\n1,2,35\n2,3,44\n3,4,42\n4,6,85\n"
    found = doubts(tmp_path, components=components, counts=counts)
    assert len(found) == 1
    assert "of its 400 events, 0.0" in found[0]
    assert "far below their square root, 20" in found[0]
    assert ("'sigma' is in events, relative_sigma = 0.1 a fraction" in found[0]) == (
        not width.startswith("relative")
    )


def test_a_narrow_width_that_was_measured(tmp_path):
    """Half the square root, and 4 % of two events from theory, are no mistakes."""
    counts = "energy_low_keV,energy_high_keV,counts\n1,2,35\n2,3,44\n3,4,42\n4,6,85\n"
    wide = FLAT.replace("20.0", "400.0").replace("relative_sigma = 0.1", "sigma = 10.0")
    rare = FLAT.replace("20.0", "2.0").replace("0.1", "0.04").replace('"flat"', '"rare"', 1)
    assert doubts(tmp_path, components=wide + rare, counts=counts) == ()


def with_exposure(analysis, name: str, factor: float) -> Expectation:
    """The data of an experiment with an exposure that is too large by a factor."""
    expectation = analysis.expectations[name]
    experiment = expectation.experiment
    wrong = replace(experiment, exposure=experiment.exposure * factor)
    return Expectation.of(wrong, expectation.rates)


@pytest.mark.parametrize(
    ("factor", "hint"),
    [
        (3.0, ""),
        (10.0, "some 1.2 tonne years would fit"),
        (365.25, "423.69 tonne days would fit, which are 1.16 tonne years"),
        (1000.0, "1160 kilogram years would fit, which are 1.16 tonne years"),
        (365250.0, "423690 kilogram days would fit, which are 1.16 tonne years"),
        (0.1, "some 1.2 tonne years would fit"),
        (1e-5, "some 1.2 tonne years would fit"),
    ],
)
def test_an_exposure_in_another_unit(analysis, factor, hint):
    (text,) = doubts_of_fit(with_exposure(analysis, "xenonnt_sr0", factor), 0.07)
    assert "b0 pulled by " in text
    assert "exposure (tonne years)" in text
    assert text.endswith(hint or "energies (keV)")


def test_a_dipole_in_the_data_is_no_doubt(analysis):
    """χ² without it is far too large, yet one with it fits."""
    right = analysis.expectations["pandax4t_run0"]
    signal = right.dipole(1.0)[1, 0]
    expected = right.standard_model + right.background.sum(axis=0)
    counts = np.round(expected + 400 * signal / signal.sum())
    without = Likelihood.of([right], SolarPulls.common(0.07)).with_counts(counts)
    assert without.profile(np.zeros((1, counts.size)), [0], [0.0]).chi2[0] > 100
    found = Expectation.of(replace(right.experiment, counts=counts), right.rates)
    assert list(doubts_of_fit(found, 0.07)) == []
    scattered = counts * (1 + 0.5 * (-1.0) ** np.arange(counts.size))
    lost = Expectation.of(replace(right.experiment, counts=np.round(scattered)), right.rates)
    assert "without a dipole the fit has χ² =" in next(iter(doubts_of_fit(lost, 0.07)))


def test_a_background_of_solar_neutrinos(tmp_path):
    found = doubts(tmp_path / "a", components=FLAT + "includes_solar = true\n")
    assert len(found) == 1
    assert "component flat would hold" in found[0]
    assert "solar neutrinos among" in found[0]
    toml = EXPERIMENT.replace("exposure = 0.5", "exposure = 0.2")
    assert doubts(tmp_path / "b", toml=toml, components=FLAT + "includes_solar = true\n") == ()


def test_more_background_than_any_detector_has(tmp_path):
    toml = EXPERIMENT.replace("exposure = 0.5", "exposure = 0.00005")
    (text,) = doubts(tmp_path, toml=toml)
    assert "component flat has 4e+05 events per tonne year" in text


def test_a_solar_width_in_per_cent():
    wide = Analysis(Configuration.from_values({"solar": {"sigma": 7.0}}))
    assert wide.doubts() == (
        "solar.sigma = 7 is a relative width; widths are fractions, 0.07 for 7 %",
    )


def test_masses_that_the_sun_does_not_make(analysis):
    assert analysis.doubts(m_4=[0.0, 3.89]) == ()
    assert analysis.doubts(m_4=[0.1, 100.0]) == (
        "m_4 = 100 MeV is heavier than anything that solar neutrinos can make, 3.9 MeV; masses "
        "are in MeV, and 100 keV are 0.1 MeV",
    )
    grid = {"grids": {"m_4": {"low": 1.0, "high": 4000.0, "points": 5}}}
    (text,) = Analysis(Configuration.from_values(grid)).doubts()
    assert text.startswith("grids.m_4 up to 4000 MeV is heavier than anything")


def test_commands_say_that_a_mass_is_too_large(capsys):
    from nusterile.cli import main

    main(["limits", "--selection", "xenonnt_sr0", "--flavor", "e", "--m4", "300", "--dof", "1"])
    assert "note: m_4 = 300 MeV is heavier than anything" in capsys.readouterr().err


def test_commands_say_doubts_apart_from_their_results(tmp_path, capsys):
    from nusterile.cli import main

    folder = write_experiment(tmp_path / "toy", components=FLAT.replace("0.1", "17.0"))
    path = tmp_path / "analysis.toml"
    path.write_text(only(folder))
    point = ["--flavor", "e", "--m4", "0.1"]
    for words in (
        ["limits", *point],
        ["chi2", "--selection", "toy", *point, "--mu", "1e-10"],
        ["spectrum", "--experiment", "toy", *point, "--mu", "1e-10"],
        ["build", "-o", str(tmp_path / "toy.nc")],
    ):
        main([*words, "-c", str(path)])
        out, err = capsys.readouterr()
        assert err.splitlines() == [
            "note: toy: component flat has a relative width of 17; widths are fractions, "
            "0.1 for 10 %"
        ]
        assert "note:" not in out
