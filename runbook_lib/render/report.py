"""The report of one run: one HTML file that explains itself, works offline and asks nothing of any server."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from itertools import compress
from typing import Any

from runbook_lib.invocations.base import Plausibility
from runbook_lib.model.finding import Finding, Fix
from runbook_lib.model.result import RunResult, utc_text
from runbook_lib.model.status import Status
from runbook_lib.render.html import Markup, environment, script_json
from runbook_lib.render.invocation_tables import cause_lead, cause_table
from runbook_lib.render.marks import MARKS, mark_of
from runbook_lib.render.story import PLOTLY, Block, story_blocks, story_title
from runbook_lib.render.tables import subnet_matrix, told_once, worst_first
from runbook_lib.render.text import compact_json, seconds, shorten

__all__ = ["content_policy", "page_style", "report_html"]

_LONGEST_VALUE, _MOST_IDLE = 1500, 3
_NEVER = "never by this run"
_TARGETS = {"function": "Function", "vpc": "VPC", "placement": "Subnets and groups", "all": "Looked at"}


def report_html(
    result: RunResult,
    notebook: Mapping[str, Any] | None,
    *,
    titles: Mapping[str, str] | None = None,
    figures: Iterable[Any] = (),
) -> str:
    """The report as HTML text.

    `notebook` is the executed notebook, or None for interactive use; `titles` maps check ids to their titles;
    `figures` are plotly figures to show when there is no notebook that holds them.
    """
    story = tuple(_figure_block(figure) for figure in figures) + story_blocks(notebook)
    scripts = _scripts(any(block.kind == "figure" for block in story))
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            result=result,
            title=story_title(notebook) or result.runbook.replace("_", " "),
            verdict=mark_of(result.verdict),
            counts=[(MARKS[status], count) for status, count in _counts(result)],
            facts=_facts(result),
            reading=_reading(result),
            causes=_causes(result),
            lead=_lead(result),
            matrix=subnet_matrix(result, titles) if _is_by_subnet(result) else None,
            **_findings(result),
            titles=titles or {},
            story=story,
            mark_of=mark_of,
            figure_json=script_json,
            shown=_shown,
            seconds=seconds,
            style=page_style(),
            scripts=scripts,
            policy=content_policy(scripts),
        )
    )


def _findings(result: RunResult) -> dict[str, Any]:
    """What the template says of the findings, worst first: those that need an eye apart from the others."""
    findings = worst_first(result.findings)
    is_open = [finding.status in (Status.FAIL, Status.UNKNOWN) for finding in findings]
    open_findings, alike = told_once(list(compress(findings, is_open)))
    others = [finding for finding, opened in zip(findings, is_open, strict=True) if not opened]
    is_idle = [finding.status is Status.NOT_APPLICABLE for finding in others]
    idle = list(compress(others, is_idle)) if sum(is_idle) > _MOST_IDLE else []
    return {
        "findings": findings,
        "open_findings": open_findings,
        "alike": alike,
        "other_findings": [finding for finding in others if finding not in idle],
        "idle_findings": idle,
        "first_fixes": _first_fixes(open_findings),
    }


def _lead(result: RunResult) -> str:
    """The cause that is supported best, for the verdict; empty when none is left or nothing tells it."""
    best = result.hypotheses[0]["verdict"] if result.hypotheses else ""
    return cause_lead(result.hypotheses) if best in (Plausibility.LIKELY, Plausibility.POSSIBLE) else ""


def _sent(result: RunResult) -> str:
    """How often the function was invoked, and who agreed to it; empty for a runbook that invokes nothing."""
    agreed = result.parameters.get("agreed_to")
    if "burst" not in result.parameters:
        return ""
    if not isinstance(agreed, Mapping):
        return f"{_NEVER}: nobody consented"
    most = f"at most {agreed['maximum']:,} times, with consent for {agreed['function_arn']}"
    return f"{agreed['sent']:,} times of {most}" if "sent" in agreed else most


def _is_by_subnet(result: RunResult) -> bool:
    """Whether there is anything to compare subnet by subnet."""
    return any(finding.resource.id in result.target.subnet_ids for finding in result.findings)


def _causes(result: RunResult) -> dict[str, Any] | None:
    """What the template says of the causes: those left apart from those ruled out; None when none was weighed."""
    if not result.hypotheses:
        return None
    is_left = [item["verdict"] != Plausibility.RULED_OUT for item in result.hypotheses]
    left = list(compress(result.hypotheses, is_left))
    out = [item for item, keep in zip(result.hypotheses, is_left, strict=True) if not keep]
    return {
        "lead": cause_lead(result.hypotheses),
        "left": cause_table("Causes that are left", left) if left else None,
        "out": cause_table("Causes that are ruled out", out) if out else None,
        "count": len(out),
    }


def _first_fixes(findings: Iterable[Finding]) -> list[tuple[str, Fix]]:
    """The anchor of the failure and the fix to try first: a proven one when there is one."""
    offered = [
        (f"finding-{number}", fix)
        for number, finding in enumerate(findings, start=1)
        if finding.status is Status.FAIL
        for fix in finding.fixes
    ]
    return sorted(offered, key=lambda offer: not offer[1].proven)[:1]


def page_style() -> Markup:
    """The style sheet of every page."""
    return Markup(_asset("table.css") + _asset("page.css"))


def content_policy(scripts: Iterable[str]) -> str:
    """A content security policy under which nothing is loaded and only exactly these scripts run.

    They may compile functions, because plotly.js does so for its WebGL figures.
    """
    hashes = [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts]
    allowed = " ".join([*hashes, "'unsafe-eval'"]) if hashes else "'none'"
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src {allowed}; base-uri 'none'"


def _scripts(with_figures: bool) -> tuple[Markup, ...]:
    if not with_figures:
        return (Markup(_asset("page.js")),)
    from plotly.offline import get_plotlyjs

    return Markup(get_plotlyjs().replace("</script", "<\\/script")), Markup(_asset("page.js"))


def _figure_block(figure: Any) -> Block:
    bundle = {PLOTLY: figure if isinstance(figure, Mapping) else figure.to_plotly_json()}
    output = {"output_type": "display_data", "data": bundle}
    return story_blocks({"cells": [{"cell_type": "code", "source": "figure", "outputs": [output]}]})[-1]


def _counts(result: RunResult) -> list[tuple[Status, int]]:
    counted = Counter(finding.status for finding in result.findings)
    return [(status, counted[status]) for status in MARKS if counted[status]]


def _facts(result: RunResult) -> list[tuple[str, str]]:
    """Label and value of what the run was, without what is not known."""
    origin = result.origin
    commit = result.tool.get("commit")
    listed = [
        (_TARGETS.get(result.target.kind, "Target"), result.target.name),
        ("VPC", ", ".join(result.target.vpc_ids) if result.target.kind != "vpc" else ""),
        ("Account", origin.account),
        ("Region", origin.region),
        ("Caller", origin.caller_arn),
        ("Facts from", _source(result)),
        ("Invoked", _sent(result)),
        ("Started", utc_text(result.started_at).replace("T", " ").replace("Z", " UTC")),
        ("Took", seconds((result.finished_at - result.started_at).total_seconds())),
        ("Fails on", f"{result.fail_on.value} and above"),
        ("Tool", f"runbook {result.tool.get('version', '')}" + (f" ({commit})" if commit else "")),
        ("Run", result.run_id),
    ]
    return [(label, value) for label, value in listed if value]


def _source(result: RunResult) -> str:
    origin = result.origin
    if origin.is_simulated:
        saved = "saved from the " if origin.kind == "snapshot" else ""
        return f"{saved}embedded AWS, scenario {origin.scenario}"
    return {"aws": "live AWS account", "snapshot": "saved snapshot"}.get(origin.kind, origin.kind)


def _reading(result: RunResult) -> str:
    """One sentence on how complete the reading was."""
    made = f"{len(result.calls)} call{'s' if len(result.calls) != 1 else ''} to AWS"
    idle = " The function was not invoked." if _sent(result).startswith(_NEVER) else ""
    failed = sum(call.error is not None for call in result.calls)
    if result.gaps:
        count = len(result.gaps)
        noun = "thing was" if count == 1 else "things were"
        return f"{count} {noun} not read or not understood. Answers that need it are marked unknown, never passed."
    if not result.calls:
        return "No call is on record: the facts come from files. No gap was met while reading them."
    return f"{made}, {failed} failed; no gap was met in reading.{idle}"


def _shown(value: Any) -> str:
    """A piece of evidence in full, or its two ends when it is very long."""
    return shorten(compact_json(value), _LONGEST_VALUE)


@lru_cache(maxsize=8)
def _asset(name: str) -> str:
    return files("runbook_lib.render").joinpath("templates", name).read_text(encoding="utf-8")
