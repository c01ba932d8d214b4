"""The table of a projection holds the numbers of the projection, in every form."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from nusterile.errors import InputError
from nusterile.exports.projection_table import ProjectionTable
from nusterile.results import Results


@pytest.fixture(scope="module")
def results(analysis) -> Results:
    masses = [0.0, 0.3, 100.0]
    return Results(analysis.projection("xlzd", [1, 20, 300], ["effective", "tau"], masses))


def numbers(lines: list[str], separator: str | None = None) -> np.ndarray:
    rows = [[cell.strip() for cell in line.strip(" |").split(separator)] for line in lines]
    return np.array([[float(cell) for cell in row[:3]] for row in rows])


@pytest.mark.parametrize(("form", "separator"), [("text", None), ("markdown", "|")])
def test_rows_are_exposures_and_columns_masses(results, form, separator):
    blocks = ProjectionTable.of(results).render(form).split("\n\n")
    limit = results.product.limit.squeeze()
    for title, block, flavor in zip(blocks[::2], blocks[1::2], ["effective", "tau"], strict=True):
        name = "ντ" if flavor == "tau" else flavor
        assert f"Expected (Asimov) upper limits of XLZD on the moment, {name}, 90 % CL" in title
        lines = block.splitlines()[-3:]
        assert all("open" in line for line in lines)
        found = numbers(lines, separator)
        np.testing.assert_array_equal(found[:, 0], [1, 20, 300])
        expected = limit.sel(flavor=flavor).values[:2].T
        np.testing.assert_allclose(found[:, 1:], expected, rtol=5e-3)


def test_latex(results):
    text = ProjectionTable.of(results, flavor="tau", m_4=0.0).render("latex")
    lines = text.splitlines()
    assert r", $\nu_\tau$, 90 \% CL, 1 degree of freedom} \\" in lines[6]
    value = f"{results.product.limit.sel(flavor='tau', m_4=0).values.ravel()[0]:.2e}"
    mantissa, exponent = value.split("e")
    assert lines[7] == rf"$1$ & ${mantissa}\times 10^{{{int(exponent)}}}$ \\"
    assert text.count("&") == len(lines[7:-2]) + 2


def test_csv_has_full_precision(results):
    rows = list(csv.DictReader(ProjectionTable.of(results).render("csv").splitlines()))
    assert len(rows) == 2 * 3 * 3
    for row in rows:
        at = {name: float(row[name]) for name in ("m_4", "cl", "exposure")}
        stored = results.product.limit.sel(flavor=row["flavor"], experiment="xlzd", **at).item()
        assert row["limit"] == ("" if np.isnan(stored) else repr(stored))
        assert row["kind"] == "expected"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cl": 0.95}, "cl = 0.95: the product holds 0.9"),
        ({"flavor": "mu"}, "unknown flavor 'mu'; valid: effective, tau"),
        ({"m_4": 200.0}, "m_4 = 200 MeV: the masses of the product are 0 to 100 MeV"),
    ],
)
def test_what_the_product_lacks(results, options, message):
    with pytest.raises(InputError, match=message):
        ProjectionTable.of(results, **options)


def test_an_unknown_form(results):
    with pytest.raises(InputError, match="unknown form of table 'html'"):
        ProjectionTable.of(results).render("html")
