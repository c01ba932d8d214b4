"""The table of limits in its four forms."""

from __future__ import annotations

import csv
import re

import numpy as np
import pytest

from nusterile.analysis import Analysis
from nusterile.errors import InputError
from nusterile.exports.table import LimitTable
from nusterile.model.configuration import Configuration
from nusterile.results import Results


@pytest.fixture(scope="module")
def results():
    values = {
        "grids": {
            "m_4": {"low": 1e-2, "high": 3.0, "points": 9},
            "mu": {"low": 1e-12, "high": 1e-6, "points": 3},
        },
        "flavors": ["effective", "tau"],
        "selections": {
            "xenonnt_sr0": ["xenonnt_sr0"],
            "both": ["pandax4t_run0", "pandax4t_run1_wimp"],
        },
        # Where the candidate events are, some masses have no limit for two degrees.
        "experiments": ["xenonnt_sr0", "pandax4t_run0", "pandax4t_run1_wimp"],
    }
    return Results(Analysis(Configuration.from_values(values)))


@pytest.fixture(scope="module")
def table(results):
    return LimitTable.of(results, m_4=[0.0, 0.1, 1.0])


def expected(results):
    return results.analysis.limits(m_4=[0.0, 0.1, 1.0], cl=0.9).isel(cl=0)


def test_csv_holds_every_limit_in_full(table, results):
    rows = list(csv.DictReader(table.render("csv").splitlines()))
    found = expected(results)
    assert len(rows) == found.limit.size
    for row in rows:
        point = {"selection": row["selection"], "flavor": row["flavor"], "m_4": float(row["m_4"])}
        part = found.sel(**point, dof=int(row["dof"]))
        assert row["status"] == part.limit_status.item()
        if row["limit"]:
            assert float(row["limit"]) == part.limit.item()
        else:
            assert np.isnan(part.limit.item())
    assert {row["cl"] for row in rows} == {"0.9"}


@pytest.mark.parametrize("form", ["text", "markdown", "latex"])
def test_the_readable_forms_hold_the_same_numbers(form, table, results):
    text = table.render(form)
    if form == "latex":
        text = re.sub(r"\$([0-9.]+)\\times 10\^\{(-?\d+)\}\$", r"\1e\2", text)
    cells = [float(cell) for cell in re.findall(r"\d\.\d\de-\d+", text)]
    # Both ends of what is allowed at each mass, then the expected limits of the same line.
    order = ("dof", "selection", "flavor", "m_4")
    names = ("limit_low", "limit", "expected_limit")
    low, high, asimov = (expected(results)[name].transpose(*order).values for name in names)
    ends = np.stack([np.where(low > 0, low, np.nan), high], axis=-1)
    found = np.concatenate([ends.reshape(*ends.shape[:3], -1), asimov], axis=-1).ravel()
    assert (low > 0).any()
    np.testing.assert_allclose(cells, found[np.isfinite(found)], rtol=5.1e-3)
    missing = int(np.isnan(expected(results).limit).sum())
    assert missing
    # those of two degrees of freedom, where a better fit at another mass excludes all
    assert len(re.findall(r"\bexcluded\b", text.partition("excluded:")[0])) == missing
    notes = [line for line in text.splitlines() if line][-2:]
    assert notes == [
        "excluded: every moment at this mass, 0 among them, is excluded.",
        "Two numbers: both ends of what is allowed; the moment 0 is excluded.",
    ]
    assert "PandaX-4T" in text
    assert "90 % CL, 2 degrees of freedom" in text.replace("\\%", "%")


def test_expected_limits_say_so_in_every_form(table, results):
    made = LimitTable.of(results, m_4=[0.0, 0.1, 1.0], expected=True)
    found = results.analysis.limits(m_4=[0.0, 0.1, 1.0], cl=0.9, expected=True).isel(cl=0)
    np.testing.assert_array_equal(made.limits.limit, found.limit)
    assert not np.isnan(found.limit).any()
    for form in ("text", "markdown", "latex"):
        parts = made.render(form).lower().count("expected (asimov) upper limits")
        assert parts == 2
        assert "xpected (" not in table.render(form)
        assert ", expected" in table.render(form)
        assert ", expected" not in made.render(form)
    for one, kind in ((made, "expected"), (table, "observed")):
        rows = list(csv.DictReader(one.render("csv").splitlines()))
        assert list(rows[0])[-3:] == ["kind", "limit_low", "expected"]
        assert {row["kind"] for row in rows} == {kind}


@pytest.fixture(scope="module")
def heavy():
    """A mass that the Sun cannot make, beside one that it can, of a run without a good fit."""
    analysis = Analysis(Configuration.from_values({"experiments": ["pandax4t_run0"]}))
    return LimitTable.of(analysis, flavor="e", m_4=[0.1, 3.5])


@pytest.mark.parametrize("form", ["text", "markdown", "latex"])
def test_every_cell_without_a_number_is_a_word_that_a_note_explains(form, heavy):
    limits = heavy.limits.sel(m_4=3.5).squeeze()
    assert limits.limit_status.values.tolist() == ["open", "excluded"]
    assert np.isnan(limits.expected_limit).all()
    text = heavy.render(form)
    assert "–" not in text
    table, _, notes = text.partition("open: ")
    assert [len(re.findall(rf"\b{word}\b", table)) for word in ("open", "excluded", "none")] == [
        1,
        1,
        2,
    ]
    for word in ("excluded: every", "none: no expected limit"):
        assert word in notes


@pytest.mark.parametrize("form", ["text", "markdown", "latex"])
def test_limits_of_several_intervals_are_marked(form, table):
    limits = table.limits.copy(deep=True)
    limits.limit_status.loc[{"selection": "xenonnt_sr0", "flavor": "tau", "dof": 1}] = "disjoint"
    text = LimitTable(limits, table.labels).render(form)
    assert text.count("(disjoint)") == 3
    assert "disjoint: several intervals are allowed" in text
    assert "disjoint" not in table.render(form)


def test_text_is_aligned(table):
    block = table.render("text").split("\n\n")[1].splitlines()
    assert len({len(line) for line in block}) == 1


def test_markdown_has_as_many_cells_in_each_row(table):
    rows = [line for line in table.render("markdown").splitlines() if line.startswith("|")]
    assert {line.count("|") for line in rows} == {6}


def test_latex_has_as_many_columns_in_each_row(table):
    text = table.render("latex")
    assert r"\begin{tabular}{llccc}" in text
    rows = [
        line for line in text.splitlines() if line.endswith(r"\\") and "multicolumn" not in line
    ]
    assert {line.count("&") for line in rows} == {4}


def test_labels_are_escaped(table):
    odd = LimitTable(table.limits, {"xenonnt_sr0": r"A_B & C\% $x$", "both": "a|b"})
    latex, markdown = odd.render("latex"), odd.render("markdown")
    assert r"A\_B \& C\textbackslash{}\% \$x\$" in latex
    assert r"a\|b" in markdown


def test_of_a_product_the_nearest_masses(results):
    product = results.analysis.build()
    made = LimitTable.of(Results(product), m_4=[0.1, 0.101, 2.9], flavor="tau", dof=2, cl=0.95)
    masses = made.limits.m_4.values
    np.testing.assert_array_equal(masses, product.m_4.values[[3, 8]])
    stored = product.limit.sel(flavor=["tau"], m_4=masses, cl=0.95, dof=[2])
    np.testing.assert_array_equal(made.limits.limit.transpose(*stored.dims), stored)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"selection": "none"}, "unknown selection 'none'"),
        ({"flavor": ["e"]}, "unknown flavor 'e'"),
        ({"dof": 3}, "dof = 3"),
        ({"cl": 1.5}, r"cl = 1\.5"),
        ({"m_4": -1.0}, "m_4 = -1"),
    ],
)
def test_wrong_values_are_named(options, message, results):
    with pytest.raises(InputError, match=message):
        LimitTable.of(results, **options)


def test_an_unknown_form_is_refused(table):
    with pytest.raises(InputError, match="unknown form of table 'html'; valid: text, markdown"):
        table.render("html")
