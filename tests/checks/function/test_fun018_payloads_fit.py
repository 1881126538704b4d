"""FUN018: do payloads stay below what Lambda takes?"""

from __future__ import annotations

import json

import pytest

from runbook_lib.checks.function import fun018_payloads_fit as fun018
from runbook_lib.invocations.payloads import ANSWER_BYTES, STREAM_BYTES
from runbook_lib.model.status import Status
from tests.builders import World
from tests.checks.function.about import config, events, logged
from tests.checks.worlds import two_zones

RUNTIME = "[ERROR] [1763719200000] LAMBDA_RUNTIME Failed to post handler success response. Http response code: 413. "
EVENT = (
    "[ERROR] ClientError: An error occurred (RequestEntityTooLargeException) when calling the Invoke operation: "
    "1153434 byte payload is too large for the Event invocation type (limit 1048576 bytes)"
)
OTHER = "[ERROR] ClientError: An error occurred (EntityTooLarge) when calling the PutObject operation: too large"
TIMED_OUT = "[ERROR] ConnectTimeoutError: Connect timeout on endpoint URL: https://s3.amazonaws.com/"


def answer(made: World) -> tuple[Status, str]:
    (found,) = made.ask(fun018)
    return found.status, found.code


def produced(size: int) -> World:
    """One invocation, of which platform.runtimeDone tells how large its answer was."""
    record = {"requestId": "{id}", "status": "success", "metrics": {"durationMs": 900.0, "producedBytes": size}}
    line = json.dumps({"time": "2026-11-21T11:00:00.000Z", "type": "platform.runtimeDone", "record": record})
    escaped = line.replace("{", "{{").replace("}", "}}").replace("{{id}}", "{id}")
    return logged(config(), 1.0, line=escaped)


def test_no_payload_was_too_large() -> None:
    made = logged(config(), 1.0, 2.0)
    said = "worker: no invocation failed for the size of a payload; how large answers were the log does not tell."
    assert made.ask(fun018) == (fun018.META.passed(made.view().function("worker"), said, events(success=2)),)


def test_an_answer_that_the_runtime_could_not_hand_over() -> None:
    made = logged(logged(config(), 1.0), 1.0, line=RUNTIME)
    failed = fun018.META.failed(
        made.view().function("worker"),
        "worker: 1 of 2 invocations failed because a payload was too large: "
        "1 × its answer (6 MB at most, 200 MB when streamed).",
        events(failure=1, success=1),
        code="PAYLOAD_TOO_LARGE",
    )
    assert made.ask(fun018) == (failed,)


def test_what_was_too_large_is_named_with_its_size() -> None:
    (found,) = logged(logged(config(), 1.0, line=OTHER), 1.0, 1.0, line=EVENT).ask(fun018)
    assert (found.status, found.code) == (Status.FAIL, "PAYLOAD_TOO_LARGE")
    assert found.message == (
        "worker: 3 of 3 invocations failed because a payload was too large: 2 × an event for an asynchronous "
        "invocation that it made (1 MB at most); 1 × what it sent to a service; the largest had 1,153,434 bytes."
    )


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        (5_662_400, (Status.PASS, "OK")),
        (5_662_401, (Status.FAIL, "PAYLOAD_NEAR")),
        (ANSWER_BYTES, (Status.FAIL, "PAYLOAD_NEAR")),
        (ANSWER_BYTES + 1, (Status.PASS, "OK")),
        (STREAM_BYTES * 9 // 10 + 1, (Status.FAIL, "PAYLOAD_NEAR")),
    ],
)
def test_ninety_percent_is_the_boundary_for_answers_and_for_streamed_ones(
    size: int, expected: tuple[Status, str]
) -> None:
    assert answer(produced(size)) == expected


def test_the_size_of_the_largest_answer_is_told() -> None:
    (found,) = produced(6_000_000).ask(fun018)
    assert found.message == (
        "worker: the largest answer had 6,000,000 of 6,291,556 bytes, which is near the end of them; "
        "hand over a reference, for example to S3."
    )


def test_other_failures_are_none_of_its_matter() -> None:
    assert answer(logged(logged(config(), 1.0), 55.0, line=TIMED_OUT)) == (Status.PASS, "OK")


def test_a_failure_that_does_not_say_why_is_in_doubt() -> None:
    exited = "RequestId: {id} Error: Runtime exited with error: exit status 1\tRuntime.ExitError"
    (found,) = logged(logged(config(), 1.0), 1.0, line=exited).ask(fun018)
    assert (found.status, found.code) == (Status.UNKNOWN, "UNSEEN")
    assert found.message == (
        "worker: no payload is named as too large, but not everything is known (1 of 1 failures do not say why)."
    )


def test_an_error_that_was_dealt_with_is_no_failure() -> None:
    handled = "[INFO] payload size exceeded, it goes to S3 instead"
    assert answer(logged(config(), 1.0, line=handled)) == (Status.PASS, "OK")


@pytest.mark.parametrize(
    "made",
    [
        config(),
        config().counted(Invocations=3),
        config().invoked("worker", "ok", "open"),
        logged(config(), 1.0).truncated("Events", "truncated: 3 events"),
        logged(config(), 1.0).denied("Events"),
    ],
)
def test_what_was_not_seen_is_no_pass(made: World) -> None:
    assert answer(made) in [(Status.UNKNOWN, "UNSEEN"), (Status.UNKNOWN, "NOT_READ")]


def test_what_was_seen_to_be_too_large_stays_a_failure() -> None:
    assert answer(logged(config(), 1.0, line=EVENT).truncated("Events", "truncated: 3 events"))[0] is Status.FAIL


def test_a_function_that_nobody_invoked() -> None:
    (found,) = config().counted(missing=["Invocations"]).ask(fun018)
    assert found.status is Status.NOT_APPLICABLE
    assert found.message == "worker was not invoked in the window: nothing was too large."
    assert answer(config().counted(missing=["Invocations"], status="PartialData")) == (Status.UNKNOWN, "UNSEEN")


def test_a_target_without_functions() -> None:
    assert answer(two_zones()) == (Status.NOT_APPLICABLE, "NOT_APPLICABLE")
