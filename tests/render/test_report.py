"""The report as text: what it says, in which order, and that nothing in it can act or load."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import nbformat
import pytest

from runbook_lib.model.finding import Evidence, Finding, Fix, ResourceRef
from runbook_lib.model.snapshot import Gap, Origin
from runbook_lib.model.status import Status, Verdict
from runbook_lib.model.target import Target
from runbook_lib.network.view import View
from runbook_lib.render.figures import route_map
from runbook_lib.render.html import escape
from runbook_lib.render.report import report_html
from tests.render import samples

NASTY = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "`${alert(1)}` {{ 7*7 }} {% raw %}",
    "x" * 255,
    "\u202egnp.exe\u2066",
    "</script></style><!--",
    "' onmouseover='alert(1)",
]


class Page(HTMLParser):
    """Elements and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.text += data


def story() -> object:
    """A notebook with every kind of output."""
    code, out = nbformat.v4.new_code_cell, nbformat.v4.new_output
    figure = route_map(View(samples.snapshot()), samples.TARGET, ("s3",)).to_plotly_json()
    made = samples.notebook(
        nbformat.v4.new_markdown_cell("# Does it reach S3?\n\nAsked *daily*."),
        code("run.figure()", outputs=[samples.output(data={"application/vnd.plotly.v1+json": figure})]),
        code(
            "run.pick()", outputs=[samples.output(data={"application/vnd.jupyter.widget-view+json": {"model_id": "a"}})]
        ),
        code("print(1)", outputs=[out("stream", name="stdout", text="\x1b[31m10%\r100%\x1b[0m\n")]),
        code("show()", outputs=[samples.output(data={"text/html": "<b onclick=x>shown</b><script>no()</script>"})]),
        code("say()", outputs=[samples.output(data={"text/markdown": "said **so**", "text/plain": "x"})]),
        code("draw()", outputs=[samples.output(data={"image/png": "aGk=\n"})]),
        code("fail()", outputs=[out("error", ename="ValueError", evalue="<b>", traceback=["\x1b[0mline 1"])]),
    )
    made.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {
            "state": {
                "a": {"model_name": "TextModel", "state": {"description": "Function", "value": "pdf-worker"}},
                "hidden": {"model_name": "TextModel", "state": {"value": "never shown"}},
            }
        }
    }
    return made


def test_order_of_the_page() -> None:
    text = Page(report_html(samples.result(), story(), titles=samples.TITLES)).text
    marks = ["SIMULATED", "Does it reach S3?", "FAIL", samples.result().headline, "pdf-worker", samples.ACCOUNT]
    marks += [samples.REGION, "assumed-role/oncall/ada", "2026-11-21 09:30:00 UTC", "runbook 0.1.0 (4f2c9aa)"]
    marks += ["What was read, and what was not", "ec2:DescribeNetworkAcls", "Every check, subnet by subnet"]
    marks += ["Findings, worst first", samples.FINDINGS[0].message, "Proven", "Mind:", "Terraform", "AWS CLI"]
    marks += ["Evidence (2)", samples.FINDINGS[1].message, "Not proven", samples.FINDINGS[5].message]
    marks += ["Step by step", "Asked ", "The same in words", "Function: pdf-worker", "100%", "shown", "said "]
    marks += ["ValueError: <b>", "Calls to AWS", "QL0lytUSsilUa8S8Kz2X9KclMu6Z9NoOKg7FjvVepwukO49f0TQO", "Refused"]
    place = 0
    for mark in marks:
        found = text.find(mark, place)
        assert found >= 0, mark
        place = found


def test_every_fact_of_a_finding_is_there() -> None:
    text = Page(report_html(samples.result(), None, titles=samples.TITLES)).text
    for finding in samples.FINDINGS:
        assert finding.message in text
        for item in finding.evidence:
            assert item.operation in text
            assert item.pointer in text
            assert item.request_id is None or item.request_id in text
        for fix in finding.fixes:
            assert all(part in text for part in (fix.title, fix.terraform, fix.cli, fix.reason, *fix.warnings))
    for call in samples.CALLS:
        assert all(request_id in text for request_id in call.request_ids)


def test_widget_state_that_is_not_shown_does_not_leak() -> None:
    assert "never shown" not in report_html(samples.result(), story())


@pytest.mark.parametrize(
    ("origin", "simulated", "source"),
    [
        (Origin(kind="sandbox", scenario="fixed"), True, "embedded AWS, scenario fixed"),
        (Origin(kind="snapshot", scenario="fixed"), True, "saved from the embedded AWS, scenario fixed"),
        (Origin(kind="snapshot"), False, "saved snapshot"),
        (Origin(kind="aws", account="111122223333"), False, "live AWS account"),
    ],
)
def test_source_is_named_and_simulation_marked(origin: Origin, simulated: bool, source: str) -> None:
    text = Page(report_html(samples.result(origin=origin), None)).text
    assert ("SIMULATED" in text) is simulated
    assert source in text


@pytest.mark.parametrize("verdict", list(Verdict))
def test_verdict_is_a_word_and_a_shape(verdict: Verdict) -> None:
    page = report_html(samples.result(verdict=verdict), None)
    assert f'<p class="word">{verdict.value}</p>' in page
    assert page.count('<svg class="icon"') == 1


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({}, "1 thing was not read or not understood. Answers that need it are marked unknown, never passed."),
        ({"gaps": ()}, "3 calls to AWS, 1 failed; no gap was met in reading."),
        ({"gaps": (), "calls": ()}, "No call is on record: the facts come from files."),
    ],
)
def test_reading_is_said_from_data(more: dict[str, object], sentence: str) -> None:
    assert sentence in Page(report_html(samples.result(**more), None)).text


def test_calls_are_folded_unless_one_failed_or_was_cut_short() -> None:
    good = tuple(replace(call, error=None, truncated=False) for call in samples.CALLS)
    for calls, opening in (
        (samples.CALLS, '<details class="card" open><summary>3 calls, '),
        (good, '<details class="card"><summary>3 calls, '),
        (good[:1], '<details class="card"><summary>1 call, '),
        ((replace(good[0], truncated=True),), '<details class="card" open><summary>1 call, '),
    ):
        section = report_html(samples.result(calls=calls), None).split('<section id="calls"')[1]
        assert opening in section


def test_no_finding_is_said() -> None:
    text = Page(report_html(samples.result(findings=(), verdict=Verdict.UNKNOWN), None)).text
    assert "There is no finding: nothing was checked." in text


def test_size_and_one_copy_of_plotly() -> None:
    page = report_html(samples.result(), story())
    assert len(page.encode()) < 6_000_000
    assert page.count("plotly.js v") == 1
    assert len(report_html(samples.result(), None)) < 100_000


@pytest.mark.parametrize("notebook", [None, story()])
def test_nothing_is_loaded_from_anywhere(notebook: object) -> None:
    page = Page(report_html(samples.result(), notebook))  # type: ignore[arg-type]
    loading = ("src", "srcset", "data", "poster", "background", "action", "ping")
    loads = [value or "" for _, attrs in page.elements for name, value in attrs.items() if name in loading]
    assert all(value.startswith("data:") for value in loads)
    assert {tag for tag, _ in page.elements}.isdisjoint({"link", "iframe", "object", "embed", "base", "form"})
    policy = next(attrs["content"] for tag, attrs in page.elements if attrs.get("http-equiv"))
    assert str(policy).startswith(
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src 'sha256-"
    )


@pytest.mark.parametrize("nasty", NASTY)
def test_names_from_aws_stay_text(nasty: str) -> None:
    ref = ResourceRef(type=nasty, id=nasty, name=nasty, region=nasty)
    evidence = Evidence(operation=nasty, pointer=nasty, value={nasty: [nasty]})
    fix = Fix(title=nasty, terraform=nasty, cli=nasty, proven=False, reason=nasty, warnings=(nasty,))
    finding = samples.finding(nasty, Status.FAIL, ref, nasty, evidence=(evidence,), fixes=(fix,), code=nasty)
    passed = samples.finding(nasty, Status.PASS, ref, nasty, evidence=(evidence,))
    result = samples.result(
        headline=nasty,
        runbook=nasty,
        findings=(finding, passed),
        parameters={nasty: nasty},
        not_run={nasty: nasty},
        gaps=(Gap(what=nasty, reason=nasty, action=nasty),),
    )
    shown = nbformat.v4.new_code_cell(nasty, outputs=[samples.output(data={"text/plain": nasty, "text/html": nasty})])
    page = report_html(result, samples.notebook(nbformat.v4.new_markdown_cell(nasty), shown))
    elements = Page(page).elements
    assert {name for _, attrs in elements for name in attrs if name.startswith("on")} == set()
    assert sum(tag == "script" for tag, _ in elements) == 1
    assert all(tag != "img" for tag, _ in elements)
    assert str(escape(nasty)) in page
    assert "\u202e" not in page


def test_report_without_subnets_has_no_matrix() -> None:
    outside = samples.result(target=Target(kind="function", name="f", ref=samples.FUNCTION, placements=()))
    assert "Subnet by subnet" not in report_html(outside, None)


def test_figures_can_come_without_a_notebook() -> None:
    figure = route_map(View(samples.snapshot()), samples.TARGET, ("s3",))
    page = report_html(samples.result(), None, figures=(figure,))
    assert page.count('<figure class="card output figure"') == 1
    assert page.count("plotly.js v") == 1


def test_the_first_fix_is_in_the_banner_and_leads_to_its_finding() -> None:
    html = report_html(samples.result(), None, titles=samples.TITLES)
    fix = next(f for finding in samples.result().findings if finding.status is Status.FAIL for f in finding.fixes)
    banner = html[html.index('aria-label="Verdict"') : html.index('<dl class="facts">')]
    assert escape(fix.title) in banner
    assert ("✓ Proven" if fix.proven else "! Not proven") in banner
    anchor = banner.split('href="#')[1].split('"')[0]
    assert f'<article id="{anchor}"' in html
    assert "first-fix" not in report_html(samples.result(findings=()), None).split("</style>")[1]


def test_quiet_rows_show_check_and_severity() -> None:
    html = report_html(samples.result(), None)
    rows = [part.split("</summary>")[0] for part in html.split('<details class="row">')[1:]]
    quiet = [f for f in samples.result().findings if f.status not in (Status.FAIL, Status.UNKNOWN)]
    assert len(rows) == len(quiet) > 0
    for finding in quiet:
        assert any(f"<code>{finding.check_id}</code> {finding.severity.value}" in row for row in rows)


def test_causes_stand_under_the_verdict_and_those_ruled_out_are_folded() -> None:
    listed = (
        {"cause": "dns", "verdict": "likely", "for": ["a name"], "against": [], "rank": 1},
        {"cause": "memory", "verdict": "ruled_out", "for": [], "against": ["enough"], "rank": 2},
    )
    html = report_html(samples.result(hypotheses=listed), None)
    assert html.index('id="causes"') < html.index('id="read"') < html.index('id="content"')
    assert "<strong>Likely: Names that do not resolve.</strong>" in html
    assert "Ruled out (1), and by what" in html
    assert 'id="causes"' not in report_html(samples.result(), None)


@pytest.mark.parametrize("nasty", NASTY)
def test_causes_are_words_of_strangers(nasty: str) -> None:
    item = {"cause": nasty, "verdict": "likely", "for": [nasty], "against": [nasty], "rank": 1}
    html = report_html(samples.result(hypotheses=(item, {**item, "verdict": "ruled_out"})), None)
    plain = report_html(samples.result(hypotheses=({**item, "cause": "x", "for": ["x"], "against": ["x"]},) * 2), None)
    section = html.split('id="causes"')[1].split('id="read"')[0]
    assert not re.search(r"<(script|img|svg|iframe|a|b)\b", section)
    assert not any(sign in section for sign in ("\u202e", "{{", "`"))
    assert html.count("<script") == plain.count("<script")


def repeated(status: Status, count: int, text: str) -> list[Finding]:
    (base,) = [item for item in samples.FINDINGS if item.status is Status.PASS][:1]
    made = [replace(base, check_id=f"DEP{number:03}", status=status, message=text) for number in range(1, count + 1)]
    return [replace(item, fixes=(), code="X") for item in made]


def test_an_answer_for_the_same_reason_is_told_once_with_the_checks_it_answers() -> None:
    found = repeated(Status.UNKNOWN, 3, "worker was not invoked.")
    said = report_html(samples.result(findings=tuple(found)), None, titles={"DEP003": "Its burst succeeds"})
    assert said.count("<article") == 1
    assert said.count("<h3>worker was not invoked.</h3>") == 1
    assert "The same answer, for the same reason:" in said
    assert ["<code>DEP002</code>" in said, "<code>DEP003</code> Its burst succeeds" in said] == [True, True]
    two = (found[0], replace(found[1], message="worker is Inactive."))
    other = report_html(samples.result(findings=two), None)
    assert (other.count("<article"), "for the same reason" in other) == (2, False)


@pytest.mark.parametrize(("count", "folded"), [(3, False), (4, True)])
def test_many_checks_that_do_not_apply_are_folded(count: int, folded: bool) -> None:
    found = repeated(Status.NOT_APPLICABLE, count, "No probe is asked for.")
    said = report_html(samples.result(findings=tuple(found)), None)
    assert (f"What does not apply here ({count})" in said) is folded
    assert said.count("No probe is asked for.</span>") == count


def test_the_verdict_names_the_cause_that_is_left() -> None:
    def lead(verdict: str) -> bool:
        weighed = ({"cause": "throttled", "verdict": verdict, "for": ["it was"], "against": [], "rank": 1},)
        return 'class="label">Cause</span>' in report_html(samples.result(hypotheses=weighed), None)

    assert [lead(verdict) for verdict in ("likely", "possible", "cannot_tell", "ruled_out")] == [
        True,
        True,
        False,
        False,
    ]
    assert 'class="label">Cause</span>' not in report_html(samples.result(), None)


def test_how_often_was_invoked_stands_at_the_top() -> None:
    agreed = {"maximum": 12, "function_arn": "arn:aws:lambda:f"}

    def told(**parameters: object) -> str:
        text = Page(report_html(samples.result(parameters=parameters), None)).text
        return re.sub(r"\s+", " ", text.partition("Invoked")[2])[:90].replace("\u200b", "")

    assert told(burst=10, agreed_to={**agreed, "sent": 11}).startswith(
        "11 times of at most 12 times, with consent for arn:aws:lambda:f"
    )
    assert told(burst=10).startswith("never by this run: nobody consented")
    assert told(agreed_to=agreed) == ""
