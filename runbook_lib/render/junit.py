"""A result as JUnit XML, for build servers."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from runbook_lib.model.finding import Finding
from runbook_lib.model.result import RunResult, utc_text
from runbook_lib.model.status import Status, Verdict
from runbook_lib.render.text import compact_json, visible

__all__ = ["junit_xml"]


def junit_xml(result: RunResult) -> str:
    """One test case per finding and per check not run.

    FAIL is a failure, UNKNOWN an error, NOT_APPLICABLE and not run are skipped. Findings below the severity on which
    the run fails only leave a note. A verdict that no test case shows becomes a case of its own, so that the file is
    never greener than the verdict.
    """
    suite = Element("testsuite", name=visible(result.runbook), timestamp=utc_text(result.started_at).rstrip("Z"))
    suite.set("time", f"{(result.finished_at - result.started_at).total_seconds():.3f}")
    for finding in result.findings:
        _case(suite, result, finding)
    for check_id, reason in result.not_run.items():
        SubElement(_named(suite, result, check_id, "not run"), "skipped", message=visible(reason))
    if result.verdict is not Verdict.PASS and not suite.findall("./testcase/failure") + suite.findall(
        "./testcase/error"
    ):
        _trouble(_named(suite, result, "verdict", result.verdict.value), result.verdict.value, result.headline, "")
    for name, count in _counts(suite).items():
        suite.set(name, str(count))
    suites = Element("testsuites", {**suite.attrib, "name": "runbook"})
    suites.append(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


def _case(suite: Element, result: RunResult, finding: Finding) -> None:
    case = _named(suite, result, finding.check_id, finding.key)
    if finding.status is Status.NOT_APPLICABLE:
        SubElement(case, "skipped", message=visible(finding.message))
    elif finding.status is Status.PASS or finding.severity.rank < result.fail_on.rank:
        SubElement(case, "system-out").text = visible(f"{finding.status.value}: {finding.message}")
    else:
        _trouble(case, finding.status.value, finding.message, _details(finding))


def _trouble(case: Element, status: str, message: str, details: str) -> None:
    kind = "failure" if status == Status.FAIL.value else "error"
    SubElement(case, kind, type=status, message=visible(message)).text = visible(details)


def _details(finding: Finding) -> str:
    lines = [f"{finding.severity.value} {finding.code} {finding.resource.type} {finding.resource.id}"]
    lines += [f"{item.operation} {item.pointer} = {compact_json(item.value)}" for item in finding.evidence]
    lines += [f"Fix ({'proven' if fix.proven else 'not proven'}): {fix.title}\n{fix.cli}" for fix in finding.fixes]
    return "\n".join(lines)


def _named(suite: Element, result: RunResult, check_id: str, name: str) -> Element:
    return SubElement(suite, "testcase", classname=visible(f"{result.runbook}.{check_id}"), name=visible(name))


def _counts(suite: Element) -> dict[str, int]:
    words = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {
        "tests": len(suite.findall("./testcase")),
        **{name: len(suite.findall(f"./testcase/{tag}")) for name, tag in words.items()},
    }
