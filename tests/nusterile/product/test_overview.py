"""What a notebook shows of a product: complete, and no text of a file acts in it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest
import xarray as xr
from hostile import CONTROL, MARKUP, hostile_configuration, spoil_attributes

import nusterile
from nusterile.analysis import Analysis
from nusterile.files.text import hidden_character
from nusterile.product.overview import overview

TAGS = {"div", "strong", "table", "caption", "thead", "tr", "th", "td", "details", "summary"}
TAGS |= {"code", "ul", "li", "a", "sub"}


class Page(HTMLParser):
    """Tags with their attributes, rows of tables, links; unclosed tags are an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data


@pytest.fixture
def page(product) -> Page:
    return Page(product.nusterile._repr_html_())


def test_limits_are_those_of_the_product(product, page):
    rows = {row[0]: row[1:] for row in page.rows}
    assert list(rows)[1:10] == [
        *("XENONnT SR0", "PandaX-4T Run0", "PandaX-4T Run1", "LZ WS2022", "LZ WS2024"),
        *("PandaX-4T", "LZ", "All experiments", "Combination"),
    ]
    masses = [float(cell.split()[0]) for cell in rows[""]]
    stored = product.limit.sel(selection="combined", flavor="effective", cl=0.9, dof=1)
    expected = stored.sel(m_4=masses, method="nearest").values
    np.testing.assert_allclose([float(x) for x in rows["Combination"]], expected, rtol=6e-3)
    assert "90 % CL, 1 dof, effective" in page.text


def test_grids_origin_and_references(product, page):
    rows = {row[0]: row[1:] for row in page.rows}
    assert rows["m_4"] == [
        f"{product.m_4.size} from {product.m_4.values[0]:.4g} to {product.m_4.values[-1]:.4g}",
        "MeV",
    ]
    assert rows["mu"][1] == "bohr_magneton"
    assert rows["flavor"][0] == "effective, e, mu, tau"
    assert rows["config_hash"] == [product.attrs["config_hash"]]
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    dois = re.findall(r"doi:(\S+?)(?:;|$)", product.attrs["references"])
    assert len(links) == len(dois) > 5
    assert all(link.startswith("https://doi.org/10.") for link in links)


def test_a_limit_that_is_not_there_says_why(product):
    status = product.limit_status.copy()
    limit = product.limit.copy()
    status[:], limit[:] = "open", np.nan
    page = Page(overview(product.assign(limit=limit, limit_status=status)))
    assert page.text.count("open") >= 9


@pytest.mark.parametrize(
    "part",
    [
        lambda ds: ds.sel(flavor="e"),
        lambda ds: ds.isel(m_4=0, selection=2, cl=0, dof=1),
        lambda ds: ds[["chi2"]],
        lambda ds: ds.drop_attrs(),
        lambda ds: ds.drop_vars("limit"),
        lambda _: xr.Dataset({"a": ("x", [1])}),
        lambda _: xr.Dataset(attrs={"content": 3, "references": 5, "title": ["a"]}),
    ],
)
def test_parts_and_what_is_no_product_are_described_as_well(product, part):
    assert Page(part(product).nusterile._repr_html_()).tags


def test_a_product_of_a_projection(analysis):
    found = analysis.projection("xlzd", [10, 1000], "effective", 0.0)
    page = Page(found.nusterile._repr_html_())
    assert "exposure" in page.text
    assert "t yr" in page.text


def test_no_text_of_a_file_acts(tmp_path):
    analysis = Analysis.from_toml(hostile_configuration(tmp_path))
    analysis.build(tmp_path / "texts.nc")
    spoil_attributes(tmp_path / "texts.nc")
    with pytest.warns(UserWarning, match="another program"):
        product = nusterile.open(tmp_path / "texts.nc")
    product = product.assign_attrs(references=f'doi:10.1/"><script>x</script>{CONTROL}; {MARKUP}')
    names = product.assign_coords(
        selection=[f"{MARKUP}{CONTROL}{n}" for n in product.selection.values]
    )
    for dataset in (product, names):
        text = dataset.nusterile._repr_html_()
        page = Page(text)
        assert hidden_character(text) == ""
        assert {tag for tag, _ in page.tags} <= TAGS
        assert all(
            set(attributes) <= {"class", "style", "href", "rel"} for _, attributes in page.tags
        )
        assert "<b>bold</b>" in page.text
        links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
        assert all(re.fullmatch(r"https://doi\.org/[\w./%-]+", link) for link in links)
