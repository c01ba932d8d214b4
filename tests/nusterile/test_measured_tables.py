"""What docs/measured stores comes out today, and what pages quote of it is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from measured_tables import FOLDER, KEY, cell, chosen, path_of, read, shown, text_of, update
from projection_tables import TABLES as OF_PROJECTIONS
from statement_tables import TABLES as OF_STATEMENTS
from toys_tables import QUICK
from toys_tables import TABLES as OF_TOYS
from validation_tables import TABLES as OF_VALIDATION

from nusterile import Analysis
from nusterile.bounds.registry import load_bounds, massless_marks

CERTAIN = OF_VALIDATION | OF_STATEMENTS | OF_PROJECTIONS
TABLES = CERTAIN | OF_TOYS
#: Studies with toys that take half a minute are computed with ``make measure`` only.
QUICKLY = (*CERTAIN, *QUICK)
PAGES = sorted(FOLDER.parent.rglob("*.md"))
ROLE = re.compile(r"\{measured\}`([^`]+)`")
DIRECTIVE = re.compile(r"^```\{measured-table\} (\S+)\n(?::rows: (.+)\n)?```$", re.MULTILINE)
#: Blocks of code, formulas and what scripts put in.
NO_TEXT = re.compile(
    r"^```.*?^```|\{measured\}`[^`]*`|`[^`]*`|\$\$.*?\$\$|\$[^$]*\$|^---.*?^---",
    re.MULTILINE | re.DOTALL,
)
#: Pages whose tables name confidence levels.
LEVELS = ("app",)
VALIDATION = (FOLDER.parent / "validation.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", QUICKLY)
def test_a_fresh_calculation_gives_what_is_stored(name):
    assert text_of(TABLES[name]()) == path_of(name).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_quotes_is_there(page):
    text = page.read_text(encoding="utf-8")
    for reference in ROLE.findall(text):
        assert cell(reference), reference
    for name, patterns in DIRECTIVE.findall(text):
        assert chosen(read(path_of(name)), patterns.split() or ["*"]), name
    assert text.count("{measured-table}") == len(DIRECTIVE.findall(text))
    assert text.count("{measured}") == len(ROLE.findall(text))


def test_every_table_is_on_a_page():
    texts = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    quoted = {reference.partition("/")[0] for reference in ROLE.findall(texts)}
    quoted |= {name for name, _ in DIRECTIVE.findall(texts)}
    assert quoted == {path.stem for path in FOLDER.glob("*.csv")}
    assert set(TABLES) <= quoted


def test_no_table_of_validation_is_typed():
    assert not re.findall(r"^\|", VALIDATION, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_result_is_typed(page):
    """Limits, changes in per cent of a cell of a table, sizes and times come from a script."""
    text = NO_TEXT.sub("", page.read_text(encoding="utf-8"))
    assert not re.findall(r"·10[⁻⁰-⁹]|\de-\d", text)
    assert not re.findall(r"^\|.*[+−-]?\d %.*\|$", text, re.MULTILINE) or page.stem in LEVELS
    assert not re.findall(r"\d [kMG]B\b|\d,\d{3}", text) or "decisions" in page.parts


def test_the_readme_states_what_was_measured():
    """Where it is read no script can put a figure."""
    readme = (FOLDER.parents[1] / "README.md").read_text(encoding="utf-8")
    (change,) = re.findall(r"\(-(\d+) %\)", cell("run1/pandax4t_run1/m₄ = 0"))
    assert f"Run1's limit fell by {change} % for light masses" in readme
    level = cell("thresholds/90/one degree of freedom")
    assert set(re.findall(r"Δχ² = ([\d.]+)", readme)) == {level}
    run1, *lz = (
        cell(f"inputs/width_{n}/value") for n in ("pandax4t_run1", "lz_ws2022", "lz_ws2024")
    )
    assert set(lz) == {lz[0]}
    assert f"the widths of their backgrounds, {run1.removesuffix(' %')} and {lz[0]}," in readme


def test_caveats_state_what_was_measured():
    """They go into products, with the tables that they are about."""
    caveats = {one.name: " ".join(one.caveats.split()) for one in Analysis().experiments}
    light, heavy = (cell(f"efficiency_end/held/{mass}") for mass in ("m₄ = 0", "1 MeV"))
    change = f"raise the limits by {light[1:]} for light masses and by {heavy[1:]} at 1 MeV"
    assert change in caveats["xenonnt_sr0"]
    ends = [cell(f"run1_width/{width}/m₄ = 0").removesuffix("e-11") for width in (2, 50)]
    assert f"from {ends[0]} to {ends[1]}e-11 Bohr magnetons" in caveats["pandax4t_run1"]


@pytest.fixture(scope="module")
def compared() -> set[str]:
    return {row["published"].strip("`") for row in read(path_of("published"))}


def test_every_published_limit_is_compared_or_named(compared):
    left_out = {row[KEY] for row in read(path_of("not_compared"))}
    every = {*load_bounds(), *map(str, massless_marks().mark.values)}
    assert compared | left_out == every
    assert not compared & left_out
    assert all(row["cause of the difference"] for row in read(path_of("published")))


def test_the_reasons_of_what_is_left_out_hold():
    bounds = load_bounds()
    (last,) = {row["from [MeV]"] for row in read(path_of("no_limit")) if row[KEY] == "xenon"}
    for row in read(path_of("not_compared")):
        if row["why it is not compared"].startswith("beyond every mass"):
            assert bounds[row[KEY]].mass_range[0] > float(last)
    ours = Analysis().limits("xenon", "effective", [1.5], cl=0.9, dof=1)["limit"].item()
    assert ours > bounds["sn1987a"].edges(1.5)["high"].item()


def test_what_the_page_says_of_two_degrees_of_freedom_holds():
    for row in read(path_of("no_limit")):
        one, two = (
            row[f"no limit, {degrees} of freedom"] for degrees in ("one degree", "two degrees")
        )
        if not row[KEY].startswith("candidates"):
            assert one == two, row[KEY]


def test_wrong_references_are_refused():
    for reference, what in (
        ("atom/free", "is not TABLE"),
        ("atoms/free/0.1 MeV", "no table 'atoms'"),
        ("atom/bound/0.1 MeV", "no row 'bound'"),
        ("atom/free/key", "no column 'key'"),
        ("atom/free/2 MeV", "no column '2 MeV'"),
    ):
        with pytest.raises(LookupError, match=what):
            cell(reference)
    with pytest.raises(LookupError, match="no row 'chi3"):
        chosen(read(path_of("accuracy")), ["chi2*", "chi3*"])


def test_numbers_are_shown_as_on_pages():
    assert shown("7.44e-12 (-28 %)") == "7.44·10⁻¹² (−28 %)"
    assert shown("1e-06") == "10⁻⁶"
    assert shown("0e+00 relative") == "0 relative"
    assert shown("2026-11-26, arXiv:1610.04177") == "2026-11-26, arXiv:1610.04177"


def test_a_partial_run_updates_its_own_rows(tmp_path: Path):
    path = tmp_path / "speed.csv"
    update(path, [{KEY: "a", "measured": "1 s"}, {KEY: "b", "measured": "2 s"}])
    update(path, [{KEY: "b", "measured": "3 s"}, {KEY: "c", "measured": "4 s"}])
    assert [(row[KEY], row["measured"]) for row in read(path)] == [
        ("a", "1 s"),
        ("b", "3 s"),
        ("c", "4 s"),
    ]
