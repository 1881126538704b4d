"""JUnit XML is never greener than the verdict."""

from __future__ import annotations

from xml.etree import ElementTree

from runbook_lib.model.result import RunResult
from runbook_lib.model.status import Severity, Status, Verdict
from runbook_lib.render.junit import junit_xml
from tests.render import samples


def outcomes(result: RunResult) -> dict[str, str]:
    """Mapping test case → passed, failure, error or skipped."""
    suite = ElementTree.fromstring(junit_xml(result))[0]
    found = {case.get("name") or "": [child.tag for child in case] for case in suite}
    assert suite.get("tests") == str(len(found))
    counts = [sum(tag in tags for tags in found.values()) for tag in ("failure", "error", "skipped")]
    assert [suite.get(name) for name in ("failures", "errors", "skipped")] == [str(count) for count in counts]
    return {name: next((tag for tag in tags if tag != "system-out"), "passed") for name, tags in found.items()}


def test_every_status() -> None:
    assert outcomes(samples.result()) == {
        f"END001:{samples.VPC}:s3": "failure",
        f"END003:{samples.SUBNETS[1]}:dynamodb": "failure",
        f"END003:{samples.SUBNETS[0]}": "passed",
        f"END006:{samples.SUBNETS[0]}": "error",
        f"END006:{samples.SUBNETS[1]}": "error",
        f"END008:{samples.VPC}": "passed",
        "END011:pdf-worker": "skipped",
        "not run": "skipped",
    }


def test_below_the_threshold_is_a_note() -> None:
    low = samples.finding("END001", Status.FAIL, samples.FUNCTION, "x.", severity=Severity.LOW)
    assert outcomes(samples.passing(findings=(low,), not_run={})) == {"END001:pdf-worker": "passed"}


def test_unknown_verdict_without_a_case_gets_one() -> None:
    nothing = samples.result(findings=(), verdict=Verdict.UNKNOWN, not_run={})
    assert outcomes(nothing) == {"UNKNOWN": "error"}


def test_control_characters_leave_valid_xml() -> None:
    nasty = samples.finding("END001", Status.FAIL, samples.FUNCTION, "a\x00b ]]> <x> \ud800")
    (case,) = ElementTree.fromstring(junit_xml(samples.result(findings=(nasty,), not_run={})))[0]
    assert case[0].get("message") == "a⟨U+0000⟩b ]]> <x> ⟨U+D800⟩"
