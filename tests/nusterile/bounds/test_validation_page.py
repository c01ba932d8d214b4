"""The comparison with published limits in docs/validation.md holds what comes out today."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nusterile import Analysis
from nusterile.bounds.comparison import compare
from nusterile.bounds.registry import load_bounds, massless_marks

PAGE = Path("docs/validation.md")
MASSES = [0.0, 1.5, 2.0]
SECTION = "### Every published limit that can be compared"


@pytest.fixture(scope="module")
def section() -> str:
    return PAGE.read_text().split(SECTION)[1].split("\n### ")[0]


@pytest.fixture(scope="module")
def printed(section) -> dict[tuple[str, str, float], list[str]]:
    rows = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 8 and re.fullmatch(r"[\d.]+", cells[3]):
            rows[cells[1], cells[0].strip("`"), float(cells[3])] = cells
    return rows


@pytest.fixture(scope="module")
def computed() -> dict[tuple[str, str, float], tuple[float, float, float, float]]:
    limits = Analysis().limits(selection=["xenon"], m_4=MASSES, cl=[0.9, 0.95], dof=[1])["limit"]
    bounds, marks = load_bounds(), massless_marks()
    of_all = {name for name, bound in bounds.items() if bound.flavor == "all"}
    of_all |= {str(mark.mark.item()) for mark in marks if mark.flavor.item() == "all"}
    found = compare(limits, bounds, marks).to_dataframe()
    found = found[(found["cl"] == found["bound_cl"]) & (found["kind"] != "region")]
    # a bound for every flavor is compared with the common moment only
    return {
        (row.flavor, row.bound, row.m_4): (row.bound_cl, row.limit, row.bound_low, row.ratio)
        for row in found.itertuples()
        if row.bound not in of_all or row.flavor == "effective"
    }


def test_every_limit_that_can_be_compared_is_there(printed, computed):
    assert set(printed) == set(computed)


def test_the_figures_are_those_of_today(printed, computed):
    for which, (cl, ours, published, ratio) in computed.items():
        assert printed[which][2] == f"{100 * cl:g} %", which
        assert printed[which][4:7] == [f"{ours:.3g}", f"{published:.3g}", f"{ratio:.3g}"], which


def test_every_difference_has_a_cause_and_what_is_left_out_is_named(printed, computed, section):
    assert all(row[7] for row in printed.values())
    compared = {bound for _, bound, _ in computed}
    every = {*load_bounds(), *map(str, massless_marks().mark.values)}
    left_out = section.split("Not comparable")[1]
    named = set(re.findall(r"`(\w+)`", left_out))
    assert named == every - compared


def test_the_masses_of_what_is_left_out_are_those_of_today(section, computed):
    left_out = " ".join(section.split("Not comparable")[1].split())
    begin = {name: bound.mass_range[0] for name, bound in load_bounds().items()}
    beyond = ("nomad_mu", "superk_atm_e", "superk_atm_mu", "minerva_mu")
    low = [f"{begin[name]:.1f}".replace("10.0", "10") for name in beyond]
    assert f"begin at {', '.join(low[:3])} and {low[3]} MeV" in left_out
    assert f"begins at {begin['superk_atm_tau']:.1f} MeV" in left_out
    ours = computed["effective", "borexino", 1.5][1]
    assert ours > load_bounds()["sn1987a"].edges(1.5)["high"].item()
