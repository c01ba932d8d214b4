"""The pages of the service in a real browser, used as a person uses them.

Needs Chromium; CHROMIUM names it where it is not /usr/bin/chromium. With SCREENSHOTS=DIR, the
pages are saved as pictures.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from services import served

import nusterile
from nusterile.analysis import Analysis
from nusterile.exports import limits_product
from nusterile.model.configuration import Configuration
from nusterile.product.files import write_product
from nusterile.service.running import Service

GRIDS = {
    "m_4": {"low": 1e-3, "high": 4.0, "points": 31},
    "mu": {"low": 1e-12, "high": 1e-6, "points": 41},
}
#: Chromium asks nobody outside this machine.
ALONE = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
ALONE += ["--disable-background-networking", "--disable-component-update"]
SCREENS = {"wide": (1280, 900), "phone": (390, 844)}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("products")
    scan = Analysis(Configuration.from_values({"grids": GRIDS})).build(made / "reference.nc")
    write_product(limits_product(scan), made / "limits.nc")
    solar = {
        "grids": GRIDS,
        "experiments": ["lz_ws2022", "lz_ws2024"],
        "solar": {"model": "agss09met"},
    }
    Analysis(Configuration.from_values(solar)).build(made / "low-metallicity.nc")
    os.utime(made / "limits.nc", (2e9, 2e9))
    (made / "broken.nc").write_bytes(b"none")
    return made


@pytest.fixture(scope="session")
def service(folder: Path) -> Iterator[Service]:
    with served(folder) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    assert shutil.which(chromium), "Chromium is missing; on Debian and Ubuntu: apt install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ALONE)
        yield browser
        browser.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=list(SCREENS))
def screen(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def refused() -> list[str]:
    """Statuses that a test provokes, and of which the browser writes."""
    return []


def opened(
    browser: Browser, service: Service, scheme: str, screen: str, refused: list[str]
) -> Iterator[Page]:
    """A page that must not complain, nor ask anybody but the service."""
    width, height = SCREENS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        base_url=service.address,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(f"failed: {request.url}"))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(service.address) else complaints.append(request.url)
        ),
    )
    yield page
    context.close()
    assert [each for each in complaints if not any(word in each for word in refused)] == []
    assert len(complaints) == len(refused)


@pytest.fixture
def page(browser: Browser, service: Service, refused: list[str]) -> Iterator[Page]:
    yield from opened(browser, service, "light", "wide", refused)


@pytest.fixture
def any_page(
    browser: Browser, service: Service, scheme: str, screen: str, refused: list[str]
) -> Iterator[Page]:
    yield from opened(browser, service, scheme, screen, refused)


def names(page: Page) -> list[str]:
    # What is written there: the inner text is empty as long as a moved card is not painted.
    return [name.strip() for name in page.locator(".card:visible h2").all_text_contents()]


def pictures_are_drawn(page: Page) -> None:
    """Every picture is there, and not the sign of a broken one."""
    for picture in page.locator("img").all():
        picture.scroll_into_view_if_needed()
        picture.evaluate(
            "image => image.complete || new Promise(done => image.addEventListener('load', done))"
        )
        assert picture.evaluate("image => image.naturalWidth") > 0


class TestEveryScreen:
    """Light and dark, wide and narrow."""

    @pytest.mark.parametrize("path", ["/", "/products/reference", "/products/nothing"])
    def test_no_serious_violation_and_nothing_beside_the_screen(
        self, any_page, path, scheme, screen, refused
    ):
        if path == "/products/nothing":
            refused.append("status of 404")
        any_page.goto(path)
        if path == "/products/reference":
            any_page.wait_for_selector(".chart .curve")
        pictures_are_drawn(any_page)
        any_page.evaluate("scrollTo(0, 0)")
        wide = any_page.evaluate("document.documentElement.scrollWidth")
        assert wide <= SCREENS[screen][0]
        found = Axe().run(any_page).response["violations"]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []
        ground = any_page.evaluate("getComputedStyle(document.body).backgroundColor")
        dark = sum(map(int, ground.strip("rgb()").split(","))) < 200
        assert dark == (scheme == "dark")
        if "SCREENSHOTS" in os.environ:
            name = path.strip("/").replace("/", "-") or "home"
            target = Path(os.environ["SCREENSHOTS"]) / f"{name}-{scheme}-{screen}.png"
            any_page.screenshot(path=target, full_page=True)


class TestCatalogue:
    """Looking for a product."""

    def test_search_as_one_types(self, page):
        page.goto("/")
        assert names(page) == ["limits", "low-metallicity", "reference"]
        page.get_by_label("Search").type("xenonnt REF")
        assert names(page) == ["reference"]
        expect(page.get_by_role("status")).to_have_text("1 of 3 products")
        page.get_by_label("Search").fill("")
        assert len(names(page)) == 3

    def test_sort(self, page):
        page.goto("/")
        page.get_by_label("Sort by").select_option("newest")
        assert names(page)[0] == "limits"
        page.get_by_label("Sort by").select_option("largest")
        assert names(page) == ["reference", "low-metallicity", "limits"]

    def test_copy_and_open(self, page, folder):
        page.goto("/")
        card = page.locator(".card", has_text="low-metallicity")
        card.get_by_role("button", name="Copy").click()
        expect(card.get_by_role("button")).to_have_text("Copied")
        script = page.evaluate("navigator.clipboard.readText()")
        told: dict[str, object] = {}
        exec(script, told)
        assert told["product"].identical(nusterile.open(folder / "low-metallicity.nc"))

    def test_with_the_keyboard_alone(self, page):
        page.goto("/")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == "q"
        page.keyboard.type("limits.nc")
        for _ in range(10):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.closest('h2') !== null"):
                break
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("limits")

    def test_broken_files_and_references(self, page):
        page.goto("/")
        expect(page.locator(".broken")).to_contain_text("broken.nc")
        expect(page.locator(".broken")).to_contain_text("is no netCDF file")
        card = page.locator(".card", has_text="reference").last
        card.get_by_text("References (").click()
        link = card.get_by_role("link", name="doi:10.48550/arXiv.2511.00701")
        expect(link).to_be_visible()
        assert link.get_attribute("href") == "https://doi.org/10.48550/arXiv.2511.00701"


class TestPlot:
    """Limits against the mass, under the pointer and under the keys."""

    @pytest.fixture
    def limits(self, folder: Path):
        return nusterile.open(folder / "reference.nc").limit

    @staticmethod
    def shown(page: Page) -> dict[str, str]:
        texts = page.locator(".readout li").all()
        return {
            each.locator("span").first.inner_text(): each.locator("span").last.inner_text()
            for each in texts
        }

    @staticmethod
    def written(value: float) -> str:
        mantissa, exponent = f"{value:.2e}".split("e")
        signs = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
        return f"{mantissa} × 10{str(int(exponent)).translate(signs)} μB"

    def test_hover(self, page, limits):
        page.goto("/products/reference")
        page.wait_for_selector(".chart .curve")
        seen = set()
        for share in (0.2, 0.5, 0.7):
            box = page.locator(".chart").bounding_box()
            page.mouse.move(box["x"] + share * box["width"], box["y"] + 100)
            index = int(page.get_by_role("slider", name="Mass").input_value())
            seen.add(index)
            values = limits.sel(flavor="effective", cl=0.9, dof=1).isel(m_4=index)
            assert f"{limits.m_4.values[index]:.4g}" in page.locator(".masses output").inner_text()
            expected = self.written(values.sel(selection="combined").item())
            assert self.shown(page)["Combination"] == expected
        assert len(seen) == 3

    def test_keys(self, page, limits):
        page.goto("/products/reference")
        page.wait_for_selector(".chart .curve")
        page.get_by_role("slider", name="Mass").focus()
        page.keyboard.press("Home")
        page.keyboard.press("ArrowRight")
        values = limits.sel(flavor="effective", cl=0.9, dof=1).isel(m_4=1)
        assert self.shown(page)["LZ"] == self.written(values.sel(selection="lz").item())

    def test_choices(self, page, limits):
        page.goto("/products/reference")
        page.wait_for_selector(".chart .curve")
        page.get_by_role("combobox", name="Flavour").select_option("tau")
        page.get_by_role("combobox", name="Confidence level").select_option("0.99")
        page.get_by_role("combobox", name="Degrees of freedom").select_option("2")
        index = int(page.get_by_role("slider", name="Mass").input_value())
        values = limits.sel(flavor="tau", cl=0.99, dof=2).isel(m_4=index)
        expect(page.locator(".readout li").last).to_contain_text(
            self.written(values.sel(selection="combined").item())
        )
        expect(page.locator(".curve")).to_have_count(9)
        page.get_by_role("checkbox", name="LZ", exact=True).uncheck()
        expect(page.locator(".curve")).to_have_count(8)
        assert "LZ" not in self.shown(page)

    def test_lines_are_at_their_numbers(self, page, limits):
        page.goto("/products/reference")
        page.wait_for_selector(".chart .curve")
        path = page.locator('.curve[data-selection="combined"]').get_attribute("d")
        points = np.array([p.split() for p in path.replace("L", "M").split("M")[1:]], dtype=float)
        values = limits.sel(flavor="effective", cl=0.9, dof=1, selection="combined")
        found = np.isfinite(values.values)
        for column, numbers in ((0, limits.m_4.values[found]), (1, values.values[found])):
            assert points.shape[0] == numbers.size
            straight = np.corrcoef(points[:, column], np.log10(numbers))[0, 1]
            assert abs(straight) == pytest.approx(1, abs=1e-6)

    def test_nothing_to_show(self, page, refused):
        """Without the numbers the picture stays, and it is said why."""
        refused.append("status of 503")
        page.route("**/limits?*", lambda route: route.fulfill(status=503, json={"error": "busy"}))
        page.goto("/products/reference")
        expect(page.locator(".plot .notice")).to_have_text("The numbers cannot be shown: busy")
        expect(page.locator(".plot img")).to_be_visible()
        page.unroute_all()


def test_without_scripts_everything_is_there(browser, service):
    context = browser.new_context(java_script_enabled=False, base_url=service.address)
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Search").fill("metallicity")
    page.get_by_role("button", name="Show").click()
    assert names(page) == ["low-metallicity"]
    page.get_by_role("link", name="low-metallicity", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("low-metallicity")
    expect(page.locator(".plot img")).to_be_visible()
    expect(page.locator("table")).to_have_count(2)
    context.close()
