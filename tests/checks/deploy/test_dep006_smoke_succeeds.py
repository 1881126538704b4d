"""DEP006: does the function answer, and does its log agree?"""

from __future__ import annotations

import pytest

from runbook_lib.checks.deploy import dep006_smoke_succeeds as dep006
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.status import Severity, Status
from tests.checks.deploy.cases import ask, deployed, log_seen, sent_seen, told
from tests.deployments import request_id

ID = request_id("smoke", 1)


def test_it_succeeds() -> None:
    made = deployed().sent("smoke", "ok")
    made.changed("InvokeResults", "smoke-0001", lambda raw: raw.update(ExecutedVersion="7"))
    (sent,) = made.snapshot().all(InvokeResult)
    said = (
        f"worker: smoke-0001 ({ID}) of version 7 succeeded: the response is as asserted, its REPORT was seen and no "
        "error line."
    )
    seen = (sent.cite("RequestId"), sent_seen("smoke", success=[1]), log_seen(success=1))
    passed = dep006.META.passed(made.view().function("worker"), said, *seen, scope="smoke-0001")
    assert ask(made, dep006, consented=True) == (passed,)
    assert dep006.META.severity is Severity.CRITICAL


def test_a_wrong_answer_with_status_200() -> None:
    made = deployed().sent("smoke", "wrong")
    (sent,) = made.snapshot().all(InvokeResult)
    said = (
        f"worker: smoke-0001 ({ID}) failed, because the response is not as asserted: status is 'lost', expected "
        "'stored'."
    )
    seen = (sent.cite("RequestId"), sent_seen("smoke", failure=[1]), log_seen(success=1))
    failed = dep006.META.failed(made.view().function("worker"), said, *seen, code="SMOKE_FAILED", scope="smoke-0001")
    assert ask(made, dep006, consented=True) == (failed,)


def test_a_log_that_was_denied() -> None:
    made = deployed().sent("smoke", "ok").denied("Events")
    (sent,) = made.snapshot().all(InvokeResult)
    said = (
        f"worker: smoke-0001 ({ID}) is not known to have succeeded, because the log was not read; allow "
        "logs:FilterLogEvents and run again."
    )
    seen = (sent.cite("RequestId"), sent_seen("smoke", unknown=[1]))
    unknown = dep006.META.unknown(made.view().function("worker"), said, *seen, code="SMOKE_UNKNOWN", scope="smoke-0001")
    assert ask(made, dep006, consented=True) == (unknown,)


@pytest.mark.parametrize(
    ("end", "status"),
    [
        ("ok", Status.PASS),
        ("wrong", Status.FAIL),
        ("error", Status.FAIL),
        ("logged", Status.FAIL),
        ("throttled", Status.FAIL),
        ("unasserted", Status.UNKNOWN),
        ("silent", Status.UNKNOWN),
        ("open", Status.UNKNOWN),
        ("lost", Status.UNKNOWN),
    ],
)
def test_every_end(end: str, status: Status) -> None:
    (found,) = ask(deployed().sent("smoke", end), dep006, consented=True)
    assert found.status is status


def test_a_failure_stays_one_when_the_log_is_denied() -> None:
    made = deployed().sent("smoke", "wrong").denied("Events")
    assert told(ask(made, dep006, consented=True)) == [(Status.FAIL, "SMOKE_FAILED")]


def test_the_invocation_that_woke_the_function_counts() -> None:
    made = deployed().sent("smoke", "error", "ok")
    made.changed("InvokeResults", "smoke-0001", lambda raw: raw.update(Number="wake-001", Purpose="wake"))
    found = ask(made, dep006, consented=True)
    assert [(item.scope, item.status) for item in found] == [("wake-001", Status.FAIL), ("smoke-0002", Status.PASS)]
