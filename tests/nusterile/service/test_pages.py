"""Pages for people, without a browser: what stands in them and what must not."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import Request
from services import PATIENCE, served

import nusterile
from nusterile.product.files import write_product
from nusterile.service.app import Options
from nusterile.service.pages import address_of
from nusterile.service.running import Service

HTML = {"Accept": "text/html"}
ATTACK = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>{{7*7}}"


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def values(self, attribute: str) -> list[str]:
        return [given[attribute] or "" for _, given in self.found if attribute in given]


@pytest.fixture(scope="session")
def hostile(
    small_product: Path, small_limits: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """A service whose every product says something bad, wherever it can."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, path in (("scan", small_product), ("limits", small_limits)):
        dataset = nusterile.open(path)
        texts = {"title": ATTACK, "summary": ATTACK, "comment": ATTACK, "license": ATTACK}
        dataset = dataset.assign_attrs(texts, references=f"doi:10.1/{ATTACK}; doi:javascript:1")
        labels = dict.fromkeys(map(str, dataset.selection.values), ATTACK)
        dataset.selection.attrs["labels"] = json.dumps(labels)
        write_product(dataset, folder / f"{name}<b onclick=alert(1)>&amp;.nc")
    (folder / "<script>alert(2)<∕script>.nc").write_bytes(b"none")
    with served(folder) as service:
        yield service


@pytest.fixture(scope="session")
def bad(hostile: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=hostile.address, timeout=PATIENCE, headers=HTML) as client:
        yield client


def pages_of(client: httpx.Client) -> list[str]:
    products = client.get("/products").json()["products"]
    addresses = ["/", f"/?q={ATTACK}", *(f"/products/{each['id']}" for each in products)]
    addresses += [f"/products/{ATTACK}", "/products/x/limits?format=%3Cscript%3E", "/nothing/here"]
    return [client.get(address, headers=HTML).text for address in addresses]


class TestText:
    """Text of products and requests acts nowhere."""

    def test_of_pages(self, bad):
        pages = pages_of(bad)
        assert sum("alert(1)" in page for page in pages) >= 4  # it is shown, as text
        for page in pages:
            elements = Elements(page)
            scripts = [given for tag, given in elements.found if tag == "script"]
            assert [re.sub(r"\?.*", "", given["src"] or "").lstrip("./") for given in scripts] == [
                "static/pages.js"
            ]
            for tag, given in elements.found:
                assert not [name for name in given if name.startswith("on")], tag
                assert tag not in ("b", "iframe", "object", "embed", "base", "style")
                assert "style" not in given
            assert "{{" not in page.replace("{{7*7}}", "")
            assert "49" not in re.findall(r"onerror=alert\(1\)&gt;(\S+)", page)
            for address in elements.values("href"):
                parts = urlsplit(address)
                assert (parts.scheme, parts.netloc) in (("", ""), ("https", "doi.org")), address

    def test_of_json(self, bad):
        document = bad.get("/products").json()
        assert document["products"][0]["title"].startswith("<script>")
        assert all(each["url"].isascii() for each in document["products"][0]["references"])
        assert not any("<" in each["url"] for each in document["products"][0]["references"])

    def test_of_figures(self, bad):
        for product in bad.get("/products").json()["products"]:
            answer = bad.get(f"/products/{product['id']}/figures/limits.svg")
            assert answer.status_code == 200
            assert "<script" not in answer.text
            assert "script-src" not in answer.headers["content-security-policy"]
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")


class TestPages:
    """The pages of good products."""

    def test_the_catalogue(self, web, ids):
        page = web.get("/", headers=HTML).text
        elements = Elements(page)
        assert page.count("<article") == 3
        for name, id in ids.items():
            figure = "projection" if name == "projection" else "limits"
            assert f"products/{id}/figures/{figure}.svg" in elements.values("src")
            assert f'nusterile.open("http://{web.base_url.netloc.decode()}/products/{id}")' in (
                page.replace("&#34;", '"')
            )
        assert "https://doi.org/10.1103/PhysRevLett.129.161805" in elements.values("href")
        assert "damaged.nc" in page

    @pytest.mark.parametrize(
        ("query", "found"),
        [("scan", {"scan"}), ("LIMITS.NC", {"limits"}), ("scan nothing", set()), ("", None)],
    )
    def test_search_without_a_script(self, web, query, found):
        page = web.get("/", params={"q": query}, headers=HTML).text
        names = set(re.findall(r'<h2><a href="products/[^"]+">([^<]+)</a>', page))
        assert names == ({"scan", "limits", "projection"} if found is None else found)

    @pytest.mark.parametrize(
        ("order", "first"), [("name", "limits"), ("largest", "scan"), ("other", "limits")]
    )
    def test_order_without_a_script(self, web, order, first):
        page = web.get("/", params={"sort": order}, headers=HTML).text
        assert re.findall(r'<h2><a href="products/[^"]+">([^<]+)</a>', page)[0] == first

    def test_a_product(self, web, ids, small_product):
        answer = web.get(f"/products/{ids['scan']}", headers=HTML)
        dataset = nusterile.open(small_product)
        limit = dataset.limit.sel(selection="combined", flavor="tau", cl=0.9, dof=2)[0].item()
        assert f'<td class="number">{limit:.2e}</td>' in answer.text
        for address in Elements(answer.text).values("src"):
            assert web.get(httpx.URL(answer.url).join(address)).status_code == 200

    def test_figures_of_every_flavour(self, web, ids):
        for id in (ids["scan"], ids["limits"]):
            for name in ("limits", "plane-effective", "plane-e", "plane-mu", "plane-tau"):
                answer = web.get(f"/products/{id}/figures/{name}.svg")
                assert answer.headers["content-type"] == "image/svg+xml"
                assert "<svg" in answer.text[:600]
        assert web.get(f"/products/{ids['scan']}/figures/kinematics.svg").status_code == 404

    def test_browsers_get_pages_and_programs_json(self, web, ids):
        for path, status in ((f"/products/{ids['scan']}", 200), ("/products/nothing", 404)):
            page, document = web.get(path, headers=HTML), web.get(path)
            assert page.status_code == document.status_code == status
            assert page.headers["content-type"] == "text/html; charset=utf-8"
            assert document.headers["content-type"] == "application/json"

    def test_a_host_that_is_none_is_not_repeated(self, web):
        for host in ('evil"><script>', "a b", "x" * 400, "evil/path", "user@evil"):
            page = web.get("/", headers={**HTML, "Host": host}).text
            assert "evil" not in page
            assert "x" * 400 not in page

    def test_only_what_looks_like_a_host_is_repeated(self):
        for host, shown in (
            ("group.example:8642", "http://group.example:8642/"),
            ("[::1]:80", "http://[::1]:80/"),
            ('evil"><script>', "http://here:1/"),
            ("evil/path", "http://here:1/"),
        ):
            scope = {"type": "http", "path": "/", "server": ("here", 1), "scheme": "http"}
            scope["headers"] = [(b"host", host.encode())]
            assert address_of(Request({**scope, "query_string": b""})) == shown


def test_behind_a_proxy_with_a_prefix(small_limits, tmp_path):
    shutil.copy(small_limits, tmp_path / "one.nc")
    with (
        served(tmp_path, options=Options(prefix="/group")) as service,
        httpx.Client(base_url=service.address, timeout=PATIENCE) as client,
    ):
        for base in ("/group", ""):  # a proxy that leaves the prefix, and one that takes it away
            page = client.get(f"{base}/", headers=HTML)
            assert f"{service.address}/group/products/one-" in page.text
            for address in ("products", "health", "openapi.json"):
                assert client.get(f"{base}/{address}").status_code == 200
            answer = client.get(f"{base}/products/one", headers=HTML, follow_redirects=True)
            assert answer.status_code == 200
            assert f"{service.address}/group/products/one-" in answer.text
            for address in Elements(answer.text).values("src"):
                assert client.get(answer.url.join(address)).status_code == 200, address
        # a name without the slash would make other addresses of the same links
        answer = client.get("/group")
        assert answer.status_code == 307
        assert answer.next_request.url.path == "/group/"
        found = nusterile.open(f"{service.address}/group/products/one")
        assert found.limit.load().identical(nusterile.open(small_limits).limit)
        assert client.get("/groups/products").status_code == 404
