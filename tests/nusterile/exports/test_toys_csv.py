"""Studies with toys as a table for others."""

from __future__ import annotations

import csv

import pytest

from nusterile.errors import ProductError
from nusterile.exports import export
from nusterile.product.toy_rows import toy_listing

STUDIES = {
    "coverage": {"m_4": 0.1, "mu": [0.0, 1e-11]},
    "cls": {"m_4": 0.1, "mu": [5e-12, 1e-11, 2e-11, 5e-11]},
}


@pytest.mark.parametrize("study", STUDIES)
def test_rows_and_what_they_are(analysis, tmp_path, study):
    product = analysis.toys(study, selection="xenonnt_sr0", toys=64, **STUDIES[study])
    path = tmp_path / "toys.csv"
    export(product, "csv", path)
    lines = path.read_text().splitlines()
    head = [line for line in lines if line.startswith("#")]
    assert any("seed" in line for line in head)
    assert any(line.endswith(f"n_toys: {int(product.n_toys.min())}") for line in head)
    assert any(product.attrs["config_hash"] in line for line in head)
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    listing = toy_listing(product, power_constrained=study == "cls")
    assert rows[0] == list(listing.columns)
    assert len(rows) == 1 + len(listing.rows)
    place = rows[0].index({"coverage": "coverage", "cls": "limit"}[study])
    assert [float(row[place]) for row in rows[1:]] == [row[place] for row in listing.rows]


def test_what_to_cite(analysis, tmp_path):
    product = analysis.toys("coverage", selection="xenonnt_sr0", toys=32, **STUDIES["coverage"])
    export(product, "bibtex", tmp_path / "a.bib")
    assert "@" in (tmp_path / "a.bib").read_text()
    with pytest.raises(ProductError, match="is a product of the kind coverage"):
        export(product, "hepdata", tmp_path / "a.tar.gz")
