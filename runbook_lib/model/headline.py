"""The one sentence that a verdict is told in, made from findings and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from runbook_lib.model.finding import Finding, told_again
from runbook_lib.model.status import Severity, Status, Verdict
from runbook_lib.model.target import Target

__all__ = ["headline_of", "without_request_ids"]

_ID = r"(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:smoke|burst|event)-\d{3,})"
_IDS = rf"{_ID}(?:, {_ID})*(?: and [\d,]+ more)?"
_LISTED = re.compile(rf" \({_IDS}\)|: {_IDS}(?=[.;]|$)")


def headline_of(target: Target, findings: tuple[Finding, ...], verdict: Verdict, fail_on: Severity) -> str:
    """One sentence for people, made from the findings only; a FAIL beside unknowns names both."""
    failed = [f for f in findings if f.status is Status.FAIL and f.severity.rank >= fail_on.rank]
    unknown = [f for f in findings if f.status is Status.UNKNOWN and f.severity.rank >= fail_on.rank]
    if failed:
        others = len(failed) - 1 - len(told_again(failed))
        more = f" (and {others} more)" if others else ""
        said = without_request_ids(failed[0].message).rstrip(".")
        return f"{_spread(failed[0], findings)}{said}{more}.{_gap_words(unknown)}"
    if unknown:
        said = without_request_ids(unknown[0].message).removeprefix(f"{target.name}: ")
        return f"Cannot tell for {target.name}: {said}{_more_words(unknown)}"
    if verdict is Verdict.UNKNOWN:
        return findings[0].message if findings else f"Nothing was checked for {target.name}."
    passed = sum(finding.status is Status.PASS for finding in findings)
    where = f"{len(target.subnet_ids)} subnet{'s' if len(target.subnet_ids) != 1 else ''}"
    answers = f"{passed} answer{'s' if passed != 1 else ''}"
    below = sum(finding.status is Status.FAIL for finding in findings)
    noted = f"at or above {fail_on.value}; {below} finding{'s' if below != 1 else ''} below it" if below else "found"
    return f"{target.name}: {answers} in {where}, no fault {noted}."


def _spread(first: Finding, findings: Iterable[Finding]) -> str:
    """How many of the resources that a check judged fail it, as `2 of 3 subnets: `; empty when it judged only one."""
    judged = [f for f in findings if f.check_id == first.check_id and f.status is not Status.NOT_APPLICABLE]
    ids = {finding.resource.id for finding in judged}
    if len(ids) == 1:
        return ""
    failing = {finding.resource.id for finding in judged if finding.status is Status.FAIL}
    words = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z][a-z]+|[A-Z]+", first.resource.type.rsplit("::", 1)[-1])
    noun = " ".join(word if word.isupper() else word.lower() for word in words)
    return f"{len(failing)} of {len(ids)} {noun}s: "


def without_request_ids(message: str) -> str:
    """A message without the request ids it lists: they belong to the finding, not into a headline."""
    return _LISTED.sub("", message)


def _more_words(unknown: list[Finding]) -> str:
    """What else is missing; the same reason is not told twice."""
    other = [finding for finding in unknown[1:] if finding.message != unknown[0].message]
    again = len(unknown) - 1 - len(other)
    same = f" {again} more {'answer is' if again == 1 else 'answers are'} missing for the same reason." if again else ""
    return same + _gap_words(other)


def _gap_words(unknown: list[Finding]) -> str:
    if not unknown:
        return ""
    answers = "1 answer is" if len(unknown) == 1 else f"{len(unknown)} answers are"
    return f" {answers} missing: {without_request_ids(unknown[0].message)}"
