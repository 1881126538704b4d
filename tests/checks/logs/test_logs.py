"""LOG001 and LOG002: did every invocation end well, and was the log read whole?"""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from runbook_lib.checks.logs import log001_invocations_succeeded as log001
from runbook_lib.checks.logs import log002_log_whole as log002
from runbook_lib.model.finding import Evidence, Finding
from runbook_lib.model.snapshot import Gap
from runbook_lib.model.status import Severity, Status
from runbook_lib.network.view import View
from tests.builders import ACCOUNT, REGION, World
from tests.checks.path.flows import bare
from tests.checks.worlds import two_zones

GROUP = "/aws/lambda/worker"


def seen(**counts: int) -> Evidence:
    pointer = f"/accounts/{ACCOUNT}/{REGION}/Events"
    return Evidence(operation="logs:FilterLogEvents", pointer=pointer, value={"logGroupName": GROUP, **counts})


def both(made: World) -> list[tuple[Status, str]]:
    return [(found.status, found.code) for check in (log001, log002) for found in made.ask(check)]


def test_every_invocation_ended_well() -> None:
    made = bare().invoked("worker", "ok", "ok")
    worker = made.view().function("worker")
    well = log001.META.passed(worker, "worker: 2 invocations ended well, none failed.", seen(success=2))
    assert made.ask(log001) == (well,)
    whole = log002.META.passed(worker, f"worker: {GROUP} was read whole.", seen(success=2))
    assert made.ask(log002) == (whole,)
    assert (log001.META.severity, log002.META.severity) == (Severity.HIGH, Severity.MEDIUM)


def test_one_failure_of_many() -> None:
    made = bare().invoked("worker", "ok", "timeout", "ok")
    worker = made.view().function("worker")
    said = "worker: 1 of 3 invocations failed, 1 with function timeout; they are too few to show a pattern."
    failed = log001.META.failed(worker, said, seen(failure=1, success=2), code="INVOCATIONS_FAILED")
    assert made.ask(log001) == (failed,)


def test_the_pattern_comes_with_its_p_value() -> None:
    (found,) = bare().invoked("worker", *["ok"] * 5, *["timeout"] * 5).ask(log001)
    assert found.message.startswith("worker: 5 of 10 invocations failed, 5 with function timeout; the pattern is ")
    assert found.message.endswith("first n then fail (p = 0.004).")


def test_a_failure_stays_one_when_events_are_missing() -> None:
    made = bare().invoked("worker", "timeout", "open").truncated("Events", "truncated: 2 events")
    assert both(made) == [(Status.FAIL, "INVOCATIONS_FAILED"), (Status.UNKNOWN, "LOG_NOT_WHOLE")]


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (bare().invoked("worker", "ok", "open"), "END_NOT_SEEN"),
        (bare().invoked("worker", "ok").truncated("Events", "truncated: 3 events"), "END_NOT_SEEN"),
        (bare(), "NO_INVOCATION"),
        (bare().invoked("somebody-else"), "NO_INVOCATION"),
        (bare().denied("Events"), "NOT_READ"),
    ],
)
def test_a_log_without_an_error_is_no_proof(made: World, code: str) -> None:
    (found,) = made.ask(log001)
    assert (found.status, found.code) == (Status.UNKNOWN, code)


def test_what_was_not_read_is_named() -> None:
    made = bare().denied("Events")
    said = f"worker: the log events of {GROUP} could not be read; allow logs:FilterLogEvents and run again."
    for check in (log001, log002):
        assert made.ask(check) == (check.META.unknown(made.view().function("worker"), said, code="NOT_READ"),)


def ask_with_gap(made: World, check: ModuleType, reason: str) -> tuple[Finding, ...]:
    snapshot = replace(made.snapshot(), gaps=(Gap(what=f"log group {GROUP}", reason=reason),))
    return tuple(check.check(View(snapshot), made.settings()))


def test_a_policy_on_the_log_group_that_was_not_asked_about_leaves_the_log_whole() -> None:
    made = bare().invoked("worker", "ok")
    what = f"PolicySimulations/logs:PutLogEvents on arn:aws:logs:ap-southeast-1:111122223333:log-group:{GROUP}"
    for end in ("", ":*"):
        snapshot = replace(made.snapshot(), gaps=(Gap(what=what + end, reason="denied"),))
        (found,) = log002.check(View(snapshot), made.settings())
        assert found.status is Status.PASS


@pytest.mark.parametrize("reason", ["retention is 1 day, the window is older", "log delivery may lag"])
def test_gaps_of_the_window_are_told(reason: str) -> None:
    made = bare().invoked("worker", "ok")
    worker = made.view().function("worker")
    gap = f"(log group {GROUP}: {reason})"
    whole = log002.META.unknown(
        worker, f"worker: {GROUP} was not read whole {gap}.", seen(success=1), code="LOG_NOT_WHOLE"
    )
    assert ask_with_gap(made, log002, reason) == (whole,)
    (ended,) = ask_with_gap(made, log001, reason)
    assert (ended.status, ended.code) == (Status.UNKNOWN, "LOG_NOT_WHOLE")


@pytest.mark.parametrize(
    ("logging", "status"),
    [
        ({"LogFormat": "JSON", "SystemLogLevel": "WARN"}, Status.FAIL),
        ({"LogFormat": "JSON", "SystemLogLevel": "INFO"}, Status.PASS),
        ({"LogFormat": "Text"}, Status.PASS),
    ],
)
def test_a_level_that_hides_starts_and_reports(logging: dict[str, Any], status: Status) -> None:
    made = bare().invoked("worker", "ok")
    made.changed("Functions", "worker", lambda raw: raw.update(LoggingConfig=logging))
    (found,) = made.ask(log002)
    assert found.status is status


def test_a_target_without_functions() -> None:
    for check in (log001, log002):
        (found,) = two_zones().ask(check)
        assert (found.status, found.code) == (Status.NOT_APPLICABLE, "NOT_APPLICABLE")


def test_a_failure_counts_although_nobody_knows_whose_it_is() -> None:
    made = bare().invoked("worker", "ok", "ok")
    events = made._items["Events"]
    raised = {
        **events[0],
        "eventId": "raised",
        "message": "[ERROR] RuntimeError: no\nTraceback (most recent call last):",
    }
    raised["timestamp"] += 20_000
    other = {**raised, "eventId": "other", "timestamp": raised["timestamp"] + 10, "message": "more"}
    for event in [*events, raised, other]:
        event["logStreamName"] = None
    events += [raised, other]
    worker = made.view().function("worker")
    said = "worker: at least one of 2 invocations failed, 1 with application error; which one, the log does not tell."
    failed = log001.META.failed(worker, said, seen(unknown=2), code="INVOCATIONS_FAILED")
    assert made.ask(log001) == (failed,)


def test_an_error_that_may_have_been_handled_is_no_success() -> None:
    made = bare().invoked("worker", "ok")
    events = made._items["Events"]
    events.append({**events[0], "eventId": "logged", "timestamp": events[0]["timestamp"] + 10, "message": "ERROR left"})
    worker = made.view().function("worker")
    said = (
        "worker: 1 of 1 invocation logged an error that may have been handled or not, and none is known to have failed."
    )
    unknown = log001.META.unknown(worker, said, seen(unknown=1), code="ERROR_LOGGED")
    assert made.ask(log001) == (unknown,)
