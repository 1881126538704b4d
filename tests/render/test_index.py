"""The page that lists bundles."""

from __future__ import annotations

import pytest

from runbook_lib.model.status import Verdict
from runbook_lib.render.index import IndexRow, index_html
from tests.render import samples
from tests.render.test_report import NASTY, Page


def row(verdict: Verdict | None, expected: Verdict | None, **more: object) -> IndexRow:
    """A row with the rest filled in."""
    fields = {
        "runbook": "vpc_endpoints",
        "source": "sandbox:x",
        "headline": "h.",
        "duration_s": 8.2,
        "href": "x/r.html",
    }
    return IndexRow(verdict=verdict, expected=expected, **{**fields, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "sentence", "symbol"),
    [
        ([], "No run is listed: nothing was checked.", "✕"),
        ([row(Verdict.FAIL, Verdict.FAIL)], "1 of 1 run ended with the verdict its scenario declares.", "✓"),
        (
            [row(Verdict.FAIL, Verdict.FAIL), row(Verdict.UNKNOWN, Verdict.PASS)],
            "1 of 2 runs ended with the verdict its scenario declares.",
            "✕",
        ),
        ([row(None, Verdict.PASS)], "0 of 1 run ended with the verdict its scenario declares.", "✕"),
        ([row(Verdict.PASS, None), row(Verdict.FAIL, None)], "2 runs: 1 PASS, 1 FAIL, 0 UNKNOWN.", "✓"),
    ],
)
def test_summary(rows: list[IndexRow], sentence: str, symbol: str) -> None:
    text = Page(index_html(rows)).text
    assert " ".join(text.split()).count(f"{symbol} {sentence}") == 1


def test_row_says_everything() -> None:
    text = " ".join(
        Page(index_html([row(Verdict.FAIL, Verdict.PASS, simulated=True)], made_at=samples.STARTED)).text.split()
    )
    assert "✕ Fail ✕ declared: PASS SIMULATED 8.2 s vpc_endpoints on sandbox:x h." in text
    assert "2026-11-21 09:30:00 UTC" in text


def test_links_lead_to_the_reports() -> None:
    page = Page(index_html([row(Verdict.PASS, Verdict.PASS), row(None, None, href=None)]))
    assert [attrs["href"] for tag, attrs in page.elements if tag == "a"] == ["x/r.html"]
    assert all(tag not in ("script", "link", "img") for tag, _ in page.elements)


@pytest.mark.parametrize("nasty", NASTY)
def test_names_stay_text(nasty: str) -> None:
    page = Page(
        index_html([row(Verdict.PASS, None, runbook=nasty, source=nasty, headline=nasty, href="r.html")], title=nasty)
    )
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img"})
    assert all(not name.startswith("on") for _, attrs in page.elements for name in attrs)
