"""Inputs that are probably a mistake are named; sound ones are not."""

from __future__ import annotations

import numpy as np
import pytest
from experiment_folders import COUNTS, EXPERIMENT, FLAT, only, write_experiment

from nusterile.analysis import Analysis


def doubts(tmp_path, **parts) -> tuple[str, ...]:
    folder = write_experiment(tmp_path / "toy", **parts)
    path = tmp_path / "analysis.toml"
    path.write_text(only(folder))
    return Analysis.from_toml(path).doubts()


def test_none_about_the_default_analysis(analysis):
    assert analysis.doubts() == ()


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
    toml = EXPERIMENT.replace('energy = "true"', 'energy = "reconstructed"', 1)
    table = "energy_keV,efficiency\n0.5,0\n1,0.9\n3.9,0.9\n4,0\n"
    found = doubts(tmp_path, toml=toml, efficiency=table)
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
