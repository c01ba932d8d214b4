"""Curves in another unit than their description says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nusterile.bounds.folder import builtin_bound_folders, read_bound
from nusterile.bounds.registry import load_bounds
from nusterile.bounds.units import (
    MASS_UNITS,
    MOMENT_UNITS,
    guess_mass_unit,
    guess_moment_unit,
    unit_findings,
)
from nusterile.cli import main
from nusterile.physics.constants import BOHR_MAGNETON

TOML = """\
name = "mine"
label = "My bound"
flavor = "mu"
cl = 0.90
kind = "upper_limit"
mass_unit = "MeV"
quantity = "mu"
curve = "curve.csv"
references = [{ text = "made up" }]
"""

#: A limit between 2 and 90 MeV that is like the published ones.
MASSES, MOMENTS = (2.0, 20.0, 90.0), (5e-9, 8e-9, 6e-8)
#: Coupling d in 1/GeV of a moment of one Bohr magneton.
D_PER_MU = BOHR_MAGNETON / 2e-3


@pytest.fixture
def folder(tmp_path):
    """A folder whose curve is scaled, and its description changed."""

    def write(mass=1.0, moment=1.0, **changes):
        toml = TOML
        for key, value in changes.items():
            (old,) = [line for line in TOML.splitlines() if line.startswith(f"{key} =")]
            toml = toml.replace(old, f'{key} = "{value}"')
        rows = [f"{m * mass:.6g},{mu * moment:.6g}" for m, mu in zip(MASSES, MOMENTS, strict=True)]
        (tmp_path / "bound.toml").write_text(toml)
        (tmp_path / "curve.csv").write_text("\n".join(["mass,coupling", *rows]) + "\n")
        return tmp_path

    return write


def texts(folder) -> list[str]:
    found = load_bounds([folder])["mine"].findings
    assert {finding.path.name for finding in found} <= {"bound.toml"}
    return [f"line {finding.line}: {finding.text}" for finding in found]


def test_none_about_the_builtin_bounds():
    known, folders = load_bounds(), builtin_bound_folders()
    for bound in known.values():
        assert unit_findings(bound, known.values(), folders[bound.name]) == ()


@pytest.mark.parametrize(
    ("scale", "changes"),
    [
        ({}, {}),
        ({"mass": 1e3}, {"mass_unit": "keV"}),
        ({"mass": 1e-3}, {"mass_unit": "GeV"}),
        ({"moment": D_PER_MU}, {"quantity": "d"}),
        ({"mass": 0.01, "moment": 1e-3}, {"kind": "line"}),
        ({"moment": 0.02}, {}),
        ({"moment": 20.0}, {}),
    ],
)
def test_none_about_a_curve_in_the_unit_that_is_said(folder, scale, changes):
    assert texts(folder(**scale, **changes)) == []


@pytest.mark.parametrize(
    ("scale", "declared", "unit"),
    [(1e6, "MeV", "eV"), (1e3, "MeV", "keV"), (1.0, "GeV", "MeV"), (1e6, "keV", "eV")],
)
def test_masses_that_are_too_heavy(folder, scale, declared, unit):
    (text,) = texts(folder(mass=scale, mass_unit=declared))
    assert text.startswith("line 6: masses from ")
    assert text.endswith(f"; in {unit} they would begin at 2 MeV: check mass_unit")


def test_masses_that_are_too_light(folder):
    (text,) = texts(folder(mass=1e-3, mass_unit="keV"))
    assert text.startswith("line 6: masses up to 9e-05 MeV only, while other bounds end at ")
    assert text.endswith("; in GeV they would begin at 2 MeV: check mass_unit")


def test_couplings_that_are_declared_moments(folder):
    (text,) = texts(folder(moment=10 * D_PER_MU))
    assert text.startswith("line 7: moments are typically ")
    assert "times above those of other bounds at the same masses" in text
    assert text.endswith("check their unit, and quantity, which may be 'd'")


def test_moments_that_are_declared_couplings(folder):
    (text,) = texts(folder(moment=0.5, quantity="d"))
    assert "times below those of other bounds" in text
    assert text.endswith("check their unit, and quantity, which may be 'mu'")


def test_another_unit_of_moments(folder):
    (text,) = texts(folder(moment=1e-3))
    assert text.endswith("check their unit")


def test_the_distance_is_the_typical_one_to_the_other_limits(folder):
    """Ninety-nine times is near, a hundred and one times is far."""
    bound = read_bound(folder())
    other = replace(bound, name="other")
    for factor, count in {99.0: 0, 101.0: 1, 1 / 99: 0, 1 / 101: 1}.items():
        moved = replace(bound, pieces=tuple(np.array(p) * [1, factor] for p in bound.pieces))
        assert len(unit_findings(moved, [bound, other], folder())) == count
    assert unit_findings(moved, [moved], folder()) == ()


def test_check_says_so_and_ends_well(folder, capsys):
    main(["bounds", "check", str(folder(mass=1e6)), "--format", "csv"])
    out = capsys.readouterr().out
    assert "mine,note,bound.toml,6" in out
    assert "in eV they would begin at 2 MeV: check mass_unit" in out


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("m_4 [keV]", "keV"),
        ("mass_GeV", "GeV"),
        ("m4 (eV)", "eV"),
        ("Mass in TeV", "TeV"),
        ("m_4 / MeV", "MeV"),
        ("level", "MeV"),
        ("", "MeV"),
    ],
)
def test_the_header_names_the_unit_of_masses(header, unit):
    assert guess_mass_unit(header, np.array(MASSES), load_bounds().values()) == unit


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("mu [mu_B]", "μ_B"),
        ("µ [µ_B]", "μ_B"),
        ("mu [1e-11 mu_B]", "10⁻¹¹ μ_B"),
        ("mu (10^-12 μB)", "10⁻¹² μ_B"),
        (r"$\mu$ [$10^{-11}\mu_B$]", "10⁻¹¹ μ_B"),
        ("μ [10⁻¹⁰ μ_B]", "10⁻¹⁰ μ_B"),
        ("d [1/GeV]", "d in 1/GeV"),
        ("d (MeV^-1)", "d in 1/MeV"),
        (r"$d$ [TeV$^{-1}$]", "d in 1/TeV"),
        ("coupling", "μ_B"),
    ],
)
def test_the_header_names_the_unit_of_moments(header, unit):
    masses, moments = np.array(MASSES), np.array(MOMENTS)
    assert guess_moment_unit(header, moments, masses, load_bounds().values()) == unit


@pytest.mark.parametrize("unit", ["MeV", "eV"])
def test_numbers_tell_a_unit_of_masses_that_is_far(unit):
    masses = np.array(MASSES) / MASS_UNITS[unit]
    assert guess_mass_unit("", masses, load_bounds().values()) == unit


@pytest.mark.parametrize("unit", ["μ_B", "10⁻¹¹ μ_B"])
def test_numbers_tell_a_unit_of_moments_that_is_far(unit):
    values = np.array(MOMENTS) / MOMENT_UNITS[unit]
    assert guess_moment_unit("", values, np.array(MASSES), load_bounds().values()) == unit


def test_without_other_bounds_the_usual_units_are_meant():
    numbers = np.array([1e9, 2e9])
    assert guess_mass_unit("", numbers, []) == "MeV"
    assert guess_moment_unit("", numbers, numbers, []) == "μ_B"


def test_couplings_in_every_unit_are_the_same_moment():
    """mu = 2 d / mu_B with mu_B = 296.30 1/GeV."""
    in_gev = 1e-7 * MOMENT_UNITS["d in 1/GeV"]
    assert in_gev == pytest.approx(2e-7 / 296.30, rel=1e-4)
    assert 1e-10 * MOMENT_UNITS["d in 1/MeV"] == pytest.approx(in_gev, rel=1e-12)
    assert 1e-4 * MOMENT_UNITS["d in 1/TeV"] == pytest.approx(in_gev, rel=1e-12)
