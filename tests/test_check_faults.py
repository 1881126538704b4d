"""Every AWS call a check makes, failing in every way: the verdict is never PASS, and the missing action is named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from runbook_lib.collect.connection import Connection
from runbook_lib.collect.limits import Limits
from runbook_lib.facade.checking import Question, check
from runbook_lib.facade.choosing import Choice
from runbook_lib.facade.sources import Source, open_source
from runbook_lib.model.finding import Finding
from runbook_lib.model.result import RunResult
from runbook_lib.model.status import Status, Verdict
from runbook_lib.sandbox.embedded import EmbeddedAws
from runbook_lib.sandbox.faults import Fault, FaultKind
from runbook_lib.sandbox.scenarios import find

LIMITS = Limits(deadline_s=20, call_timeout_s=1, attempts=3, retry_mode="standard")
METRICS = "cloudwatch:GetMetricData"
KINDS = (FaultKind.DENIED, FaultKind.THROTTLED, FaultKind.BROKEN, FaultKind.HANG)


class World:
    """One embedded AWS and what `check` says of it."""

    def __init__(self, scenario: str) -> None:
        self.aws = EmbeddedAws(find(scenario))
        self._source: Source = open_source(f"sandbox:{scenario}")
        self._source.connection = lambda *_: Connection(region=self.aws.region, session=self.aws.session())  # type: ignore[method-assign]
        self.plain = self.check()
        self.actions = sorted({call.action for call in self.plain.calls})

    def check(self, *faults: Fault) -> RunResult:
        self.aws.front.faults.set(faults)
        try:
            return check(self._source, Choice(), Question(), limits=LIMITS)[0]
        finally:
            self.aws.front.faults.clear()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)


@pytest.fixture(scope="module")
def fixed() -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.endpoint.time.sleep", lambda _: None)
        yield World("fixed")


def answers(result: RunResult) -> set[tuple[str, str]]:
    return {(f.key, f.status if is_measured(f) else f.digest) for f in result.findings}


def rests_on(finding: Finding) -> list[tuple[str, Any]]:
    return [(evidence.operation, evidence.value) for evidence in finding.evidence if evidence.operation != METRICS]


def is_measured(finding: Finding) -> bool:
    """True for what rests on metrics: the next run sees another window."""
    return METRICS in {evidence.operation for evidence in finding.evidence}


def test_undisturbed_it_passes(fixed: World) -> None:
    assert fixed.plain.verdict is Verdict.PASS
    assert len(fixed.actions) > 15


@pytest.mark.parametrize("kind", KINDS)
def test_no_call_can_fail_unnoticed(fixed: World, kind: FaultKind) -> None:
    passed = {f.key: f for f in fixed.plain.findings if f.status is Status.PASS}
    for action in fixed.actions:
        result = fixed.check(Fault(action=action, kind=kind))
        assert result.verdict is Verdict.UNKNOWN, action
        assert action in " ".join(f.message for f in result.findings if f.status is Status.UNKNOWN), action
        for finding in result.findings:
            if finding.status is Status.PASS:
                assert rests_on(finding) == rests_on(passed[finding.key]), (action, finding.key)
                assert action not in {evidence.operation for evidence in finding.evidence}, (action, finding.key)


def test_throttled_twice_then_fine_changes_nothing(fixed: World) -> None:
    for action in fixed.actions:
        result = fixed.check(Fault(action=action, kind=FaultKind.THROTTLED, times=2))
        assert (result.verdict, answers(result)) == (Verdict.PASS, answers(fixed.plain)), action


def test_a_failure_stays_a_failure_and_the_headline_names_the_gap(no_waiting: Any) -> None:
    incident = World("incident")
    assert incident.plain.verdict is Verdict.FAIL
    denied = incident.check(Fault(action="ec2:DescribeNetworkAcls", kind=FaultKind.DENIED))
    assert denied.verdict is Verdict.FAIL
    assert "could not allocate a port 90 times" in denied.headline
    assert "ec2:DescribeNetworkAcls" in denied.headline
