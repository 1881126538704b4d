"""Report and index in a real browser: offline, silent, figures drawn, nothing wider than a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from runbook_lib.model.status import Verdict
from runbook_lib.render.index import IndexRow, index_html
from runbook_lib.render.report import report_html
from tests.render import samples
from tests.render.test_report import NASTY, story

pytestmark = pytest.mark.browser
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium that cannot resolve any host."""
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND"]
        running = driver.chromium.launch(executable_path=chromium, args=arguments)
        yield running
        running.close()


def opened(browser: Browser, path: Path, noise: list[str], **options: Any) -> Page:
    """The page, drawn; whatever it requests or complains about is added to `noise`."""
    page = browser.new_page(**options)
    page.on("request", lambda request: noise.append(request.url) if not request.url.startswith("file:") else None)
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.goto(path.as_uri())
    if page.locator("figure.figure").count():
        page.wait_for_selector("html[data-figures=ready]")
    return page


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with every kind of content and long hostile names."""
    path = tmp_path_factory.mktemp("a folder") / "report.html"
    hostile = tuple(
        samples.finding(f"END{number:03}", finding.status, finding.resource, nasty, fixes=(samples.FIX,))
        for number, (nasty, finding) in enumerate(zip(NASTY, samples.FINDINGS, strict=True), start=500)
    )
    result = samples.result(findings=samples.FINDINGS + hostile, headline=" ".join(NASTY))
    path.write_text(report_html(result, story(), titles=samples.TITLES))  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 768, 1280])
def test_report_is_silent_drawn_and_fits(browser: Browser, report: Path, scheme: str, width: int) -> None:
    noise: list[str] = []
    page = opened(browser, report, noise, viewport={"width": width, "height": 800}, color_scheme=scheme)
    assert [url for url in noise if not url.startswith("data:image/png")] == []
    assert page.evaluate(OVERFLOW) == 0
    assert page.locator("figure.figure .main-svg").count() >= 1
    assert page.locator("figure.figure text", has_text="NAT gateway").count() == 1
    page.close()


def test_figure_text_follows_the_colour_scheme(browser: Browser, report: Path) -> None:
    page = opened(browser, report, [], color_scheme="light")
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        ink = page.evaluate("getComputedStyle(document.body).color")
        words = "[...document.querySelectorAll('figure.figure .annotation text')].map(t => getComputedStyle(t).fill)"
        page.wait_for_function(f"{words}.every(colour => colour === '{ink}')")
        colours.append(ink)
    assert colours[0] != colours[1]
    page.close()


def test_print_unfolds_what_is_folded(browser: Browser, report: Path) -> None:
    page = opened(browser, report, [])
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open]):not(.source)").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details.row[open]").count() == 0
    page.close()


def test_index_is_silent_and_fits_a_phone(browser: Browser, tmp_path: Path) -> None:
    rows = [
        IndexRow(runbook="r" * 80, source=nasty, verdict=Verdict.FAIL, headline=nasty, duration_s=1, href="r.html")
        for nasty in NASTY
    ]
    path = tmp_path / "index.html"
    path.write_text(index_html(rows))
    noise: list[str] = []
    page = opened(browser, path, noise, viewport={"width": 375, "height": 800})
    assert noise == []
    assert page.evaluate(OVERFLOW) == 0
    page.close()
