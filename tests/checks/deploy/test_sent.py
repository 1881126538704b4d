"""What the checks of requests say when there are none, and how they tell many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runbook_lib.checks import CHECKS
from runbook_lib.checks.base import Check
from runbook_lib.checks.deploy import dep008_burst_succeeds as dep008
from runbook_lib.checks.deploy.sent import in_short, many
from runbook_lib.engine import evaluate
from runbook_lib.model.deploy import Deploy
from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import CallError, CallRecord, Gap
from runbook_lib.model.status import Status
from runbook_lib.network.view import View
from tests.builders import ACCOUNT, REGION
from tests.checks.deploy.cases import ARN, ask, deployed, told

NOUNS = {
    "DEP006": "smoke invocation",
    "DEP007": "invocation",
    "DEP008": "burst",
    "DEP009": "burst",
    "DEP010": "duration",
    "DEP011": "success rate of a burst",
    "DEP012": "invocation",
    "DEP014": "event",
}
BY_NOUN = [(NOUNS[check.META.id], check) for check in CHECKS if check.META.id in NOUNS]
OPTIONAL = [(noun, check) for noun, check in BY_NOUN if "invocation" not in noun]
ALL: dict[str, Any] = {"burst": 10, "events": 2, "longest_ms": 5000.0, "wanted_rate": 0.9}


@pytest.mark.parametrize(("noun", "check"), BY_NOUN)
def test_without_consent_nothing_is_known(noun: str, check: Check) -> None:
    made = deployed().denied("InvokeResults")
    worker = made.view().function("worker")
    said = f"worker was not invoked, because nobody consented: set the parameter consent to {ARN}."
    expected = check.META.unknown(worker, said, code="NOT_CONSENTED")
    assert ask(made, check, **ALL, how_to_consent=f"set the parameter consent to {ARN}") == (expected,)
    (found,) = ask(deployed(), check, **ALL)
    assert found.message == (
        f"worker was not invoked, because nobody consented: start `runbook run post_deploy -p consent {ARN}`."
    )


@pytest.mark.parametrize(("noun", "check"), OPTIONAL)
def test_what_was_not_asked_for_does_not_apply(noun: str, check: Check) -> None:
    made = deployed().denied("InvokeResults")
    expected = check.META.not_applicable(made.view().function("worker"), f"No {noun} is asked for of worker.")
    assert ask(made, check) == ask(made, check, consented=True) == made.ask(check) == (expected,)


@pytest.mark.parametrize(("noun", "check"), BY_NOUN)
def test_with_consent_but_no_record(noun: str, check: Check) -> None:
    made = deployed().denied("InvokeResults")
    said = f"worker: what became of the {noun} could not be read; allow lambda:InvokeFunction and run again."
    expected = check.META.unknown(made.view().function("worker"), said, code="NOT_READ")
    assert ask(made, check, **ALL, consented=True) == (expected,)


@pytest.mark.parametrize(("noun", "check"), BY_NOUN)
def test_an_action_that_was_refused_says_why(noun: str, check: Check) -> None:
    made = deployed()
    snapshot = replace(made.snapshot(), gaps=(Gap(what="InvokeResults", reason="worker is tagged production"),))
    settings = made.settings(deploy=Deploy(**ALL, consented=True))
    said = f"worker: no {noun} was sent (worker is tagged production)."
    expected = check.META.unknown(made.view().function("worker"), said, code="NOTHING_SENT")
    assert tuple(check.check(View(snapshot), settings)) == (expected,)


@pytest.mark.parametrize(("noun", "check"), BY_NOUN)
def test_requests_to_another_function_do_not_count(noun: str, check: Check) -> None:
    made = deployed().sent("smoke", "ok", name="else").sent("burst", "ok", name="else").sent("event", "ok", name="else")
    assert told(ask(made, check, **ALL, consented=True)) == [(Status.UNKNOWN, "NOTHING_SENT")]


@pytest.mark.parametrize("name", ["worker", "worker:live", ARN, f"{ARN}:7"])
def test_a_function_is_known_by_name_and_arn(name: str) -> None:
    made = deployed().sent("burst", "wrong")
    made.changed("InvokeResults", "burst-0001", lambda raw: raw.update(FunctionName=name))
    assert told(ask(made, dep008, consented=True)) == [(Status.FAIL, "REQUESTS_FAILED")]


@pytest.mark.parametrize(("noun", "check"), BY_NOUN)
def test_a_record_that_is_not_whole_never_passes(noun: str, check: Check) -> None:
    made = deployed().sent("smoke", "ok").sent("burst", "ok").sent("event", "ok").counted(Invocations=3)
    made.item("InvokeResults", Number="burst-0002", Purpose="burst")
    found = ask(made, check, burst=1, events=1, longest_ms=5000.0, wanted_rate=0.01, consented=True)
    assert told(found) == [(Status.UNKNOWN, "NOT_READ"), (Status.PASS, "OK")]
    assert found[0].message == (
        "worker: the record of its requests is not whole (InvokeResults/burst-0002: malformed (KeyError: "
        "'FunctionName'))."
    )


def test_many_ids_and_reasons_are_told_in_short() -> None:
    ends = ["wrong"] * 12 + ["throttled", "error", "logged", "logged"]
    (found,) = ask(deployed().sent("burst", *ends), dep008, consented=True)
    said = found.message
    assert said.startswith("worker: 16 of 16 requests of the burst failed, because the response is not as asserted: ")
    assert "000010 and 2 more), the log shows connect_timeout to s3.amazonaws.com (" in said
    assert said.endswith("000013), 1 for other reasons.")


def test_calls_that_lambda_refused_are_told_by_the_checks_alone() -> None:
    made = deployed().configured().sent("smoke", "ok").sent("burst", "ok", "throttled").counted(Invocations=2)
    error = CallError(code="TooManyRequestsException", message="Rate Exceeded.")
    scope = Scope(ACCOUNT, REGION)
    call = CallRecord(
        operation="lambda:Invoke", action="lambda:InvokeFunction", key="InvokeResults", scope=scope, error=error
    )
    snapshot = replace(made.snapshot(), calls=(call, call))
    found = evaluate(snapshot, made.settings(deploy=Deploy(consented=True, burst=2)), select=["deploy"])
    bad = [(item.check_id, item.status) for item in found.findings if item.status in (Status.FAIL, Status.UNKNOWN)]
    assert bad == [("DEP008", Status.FAIL), ("DEP009", Status.FAIL), ("DEP012", Status.UNKNOWN)]
    assert found.headline.startswith("worker: 1 of 2 requests of the burst failed, because Lambda refused the call: ")


@pytest.mark.parametrize(
    ("number", "noun", "expected"),
    [
        (0, "request", "0 requests"),
        (1, "request of the burst", "1 request of the burst"),
        (2000, "request of the burst", "2,000 requests of the burst"),
        (2, "success", "2 successes"),
    ],
)
def test_counted_nouns(number: int, noun: str, expected: str) -> None:
    assert many(number, noun) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("one\n two.", "one two"), ("a" * 300, "a" * 300), ("a" * 301, "a" * 300 + "…"), ("", "")],
)
def test_long_reasons_are_cut(text: str, expected: str) -> None:
    assert in_short(text) == expected


@pytest.mark.parametrize(
    ("select", "told"), [((), True), (("endpoints",), True), (("deploy",), False), (("DEP008",), False)]
)
def test_requests_on_record_that_nobody_judges_are_told(select: tuple[str, ...], told: bool) -> None:
    made = deployed().configured().sent("smoke", "ok").sent("burst", "error", "error")
    found = evaluate(made.snapshot(), made.settings(deploy=Deploy(consented=True)), select=select)
    said = " 3 requests are on record and not judged; --select deploy judges them."
    assert found.headline.endswith(said) is told
    nothing = deployed().configured()
    silent = evaluate(nothing.snapshot(), nothing.settings(deploy=Deploy(consented=True)), select=select)
    assert "on record" not in silent.headline
