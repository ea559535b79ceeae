"""The page of a report in a real browser: nothing fails, every plot is drawn, the table sorts and filters."""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from debian import install
from playwright.sync_api import Page, sync_playwright

from speedproof.core.hotspot import Hotspot
from speedproof.core.report import Report
from speedproof.report.html import page

sys.path.append(str(Path(__file__).parents[1] / "report"))
from results import FOUND, REFUTED, THOROUGH, UNKNOWN

SCREENSHOT = Path(__file__).parents[2] / "docs" / "images" / "report.png"
RESULTS = (
    replace(THOROUGH, path=Path("shop/prices.py"), function="joined", hotspot=Hotspot(900, 0.3, 0.4)),
    replace(FOUND, path=Path("shop/stock.py"), function="Shelf.joined", hotspot=Hotspot(20, 0.05, 0.05)),
    replace(REFUTED, path=Path("shop/orders.py"), hotspot=Hotspot(7, 0.15, 0.2)),
    replace(UNKNOWN, path=Path("shop/customers.py"), hotspot=None),
)
REPORT = Report(RESULTS, ("4 functions in 4 files of 120 lines",), workload="python -m shop", workload_seconds=3.2)


@pytest.fixture(scope="module")
def browser_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    chromium = install("chromium", "chromium", "fonts-dejavu-core")
    place = tmp_path_factory.mktemp("page") / "report.html"
    place.write_text(page(REPORT), encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1000, "height": 900})
        complaints: list[str] = []
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on(
            "request", lambda request: complaints.append(request.url) if "report.html" not in request.url else None
        )
        opened.goto(place.as_uri())
        yield opened
        assert complaints == []
        browser.close()


def functions(opened: Page) -> list[str]:
    rows = opened.locator("table.sortable tbody tr:visible th")
    return [text.partition("::")[2] for text in rows.all_text_contents()]


def test_every_plot_is_drawn(browser_page: Page) -> None:
    plots = browser_page.locator("figure svg")
    assert plots.count() == len(re.findall("<figure>", page(REPORT))) > 2
    for number in range(plots.count()):
        box = plots.nth(number).bounding_box()
        assert box is not None
        assert box["width"] > 200
        assert box["height"] > 30
        assert plots.nth(number).locator("circle").count() >= 2


def test_it_sorts_by_every_column(browser_page: Page) -> None:
    names = [result.function for result in RESULTS]
    assert functions(browser_page) == names
    browser_page.get_by_role("button", name="Of the time").click()
    assert functions(browser_page) == [names[0], names[2], names[1], names[3]]
    browser_page.get_by_role("button", name="Of the time").click()
    assert functions(browser_page) == [names[3], names[1], names[2], names[0]]
    browser_page.get_by_role("button", name="Speed").click()
    speeds = browser_page.locator("table.sortable tbody tr td:nth-child(5)").evaluate_all(
        "cells => cells.map(cell => Number(cell.dataset.value))"
    )
    assert speeds == sorted(speeds, reverse=True)
    browser_page.get_by_role("button", name="Function").click()
    browser_page.get_by_role("button", name="Function").click()
    places = browser_page.locator("table.sortable tbody th").all_text_contents()
    assert places == sorted(places)


def test_it_filters_and_takes_the_sections_along(browser_page: Page) -> None:
    words, verdict = browser_page.get_by_label("Functions with"), browser_page.get_by_label("Verdict")
    words.fill("SHOP or")
    assert functions(browser_page) == [RESULTS[2].function]
    assert browser_page.locator("section:visible").count() == 1
    words.fill("SHOP s")
    assert len(functions(browser_page)) == 4
    words.fill("stock SHELF")
    assert functions(browser_page) == ["Shelf.joined"]
    verdict.select_option("differs")
    assert functions(browser_page) == []
    assert browser_page.locator("#filter-count").text_content() == "0 of 4"
    words.fill("")
    assert functions(browser_page) == [RESULTS[2].function]
    verdict.select_option("")
    assert browser_page.locator("section:visible").count() == 4


def test_a_picture_is_in_the_docs(browser_page: Page, tmp_path: Path) -> None:
    """The picture is made anew where its file is missing."""
    place = SCREENSHOT if not SCREENSHOT.exists() else tmp_path / "report.png"
    place.parent.mkdir(parents=True, exist_ok=True)
    browser_page.screenshot(path=place)
    assert SCREENSHOT.read_bytes().startswith(b"\x89PNG")
