"""Client and log, joined by the request id: every way a request can fail, stay unknown, or succeed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from runbook_lib.invocations.assemble import invocations_of
from runbook_lib.invocations.base import ErrorClass, Invocation, LogEvent, Outcome
from runbook_lib.invocations.requests import (
    DELIVERY_DEADLINE_S,
    Delivery,
    Durations,
    Overlap,
    Request,
    awaited,
    durations,
    overlap,
    overlap_in_log,
    quantile,
    requests_of,
)
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.fact import Scope
from tests.invocations.rows import EPOCH, at

ID = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
TIMEOUT = '[ERROR] ConnectTimeoutError: Connect timeout on endpoint URL: "https://b.s3.eu-west-1.amazonaws.com/k"'
SUCCEEDED = "the response is as asserted, its REPORT was seen and no error line"


def sent(number: str = "burst-0001", *, start_s: float = 0, end_s: float | None = 2, **more: Any) -> InvokeResult:
    """A synchronous call that was answered as asserted, unless told otherwise."""
    raw: Mapping[str, Any] = {
        "Number": number,
        "FunctionName": "upload",
        "Purpose": "burst",
        "InvocationType": "RequestResponse",
        "RequestId": ID,
        "StartedAt": at(start_s).isoformat(),
        "EndedAt": None if end_s is None else at(end_s).isoformat(),
        "StatusCode": 200,
        "Assertion": "passed",
        "AssertionText": "status is 200",
        **more,
    }
    return InvokeResult.read(raw, Scope(), "/InvokeResults/0")


def events(request_id: str = ID, *, start_s: float = 0, line: str = "", has_report: bool = True) -> list[LogEvent]:
    """The log of one attempt that took a second."""
    lines = [
        (0, f"START RequestId: {request_id} Version: $LATEST"),
        (900, line),
        (1000, f"END RequestId: {request_id}"),
    ]
    report = (
        f"REPORT RequestId: {request_id}\tDuration: 1000.00 ms\tBilled Duration: 1000 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\t"
    )
    lines += [(1000, report)] if has_report else []
    first = int((EPOCH.timestamp() + start_s) * 1000)
    return [LogEvent(text, first + later_ms, f"stream-{start_s}") for later_ms, text in lines if text]


def log(*parts: list[LogEvent], complete: bool = True) -> tuple[Invocation, ...]:
    return invocations_of([event for part in parts for event in part], complete=complete).invocations


def joined(result: InvokeResult, found: tuple[Invocation, ...] | None, *, waited_s: float = 700) -> Request:
    (row,) = requests_of([result], found, read_at=at(2 + waited_s))
    return row


def told(row: Request) -> tuple[Delivery, Outcome, str]:
    return row.delivery, row.outcome, row.reason


def test_a_success_whole() -> None:
    result, found = sent(), log(events())
    row = joined(result, found)
    assert row == Request(
        result=result,
        attempts=found,
        tail=None,
        delivery=Delivery.DELIVERED,
        outcome=Outcome.SUCCESS,
        reason=SUCCEEDED,
    )
    assert row.to_json() == {
        "number": "burst-0001",
        "purpose": "burst",
        "request_id": ID,
        "started": "2026-01-01T00:00:00+00:00",
        "ended": "2026-01-01T00:00:02+00:00",
        "duration_ms": 2000.0,
        "reported_ms": 1000.0,
        "assertion": "passed",
        "function_error": None,
        "error_code": None,
        "has_report": True,
        "error_class": None,
        "is_cold": False,
        "attempts": 1,
        "delivery": "delivered",
        "outcome": "success",
        "reason": SUCCEEDED,
    }


FAILURES: dict[str, tuple[InvokeResult, tuple[Invocation, ...] | None, Delivery, str]] = {
    "wrong answer": (
        sent(Assertion="failed", AssertionText="status is 500, expected 200"),
        log(events()),
        Delivery.DELIVERED,
        "the response is not as asserted: status is 500, expected 200",
    ),
    "function error": (
        sent(FunctionError="Unhandled", Assertion="not asked"),
        log(events(line=f"{TIMEOUT} RequestId: {ID}")),
        Delivery.DELIVERED,
        "the function failed (Unhandled); the log shows connect_timeout to b.s3.eu-west-1.amazonaws.com",
    ),
    "function error, no log": (
        sent(FunctionError="Unhandled", Assertion="not asked"),
        None,
        Delivery.NOT_READ,
        "the function failed (Unhandled)",
    ),
    "an answer of 200 over an error in the log": (
        sent(),
        log(events(line=TIMEOUT)),
        Delivery.DELIVERED,
        "the log shows connect_timeout to b.s3.eu-west-1.amazonaws.com",
    ),
    "throttled": (
        sent(
            StatusCode=429,
            ErrorCode="TooManyRequestsException",
            ErrorReason="ReservedFunctionConcurrentInvocationLimitExceeded",
            Assertion="not asked",
        ),
        (),
        Delivery.NOT_DUE,
        "Lambda refused the call: TooManyRequestsException (ReservedFunctionConcurrentInvocationLimitExceeded): "
        "send fewer at the same time, or raise the function's reserved concurrency",
    ),
    "throttled with the account": (
        sent(
            StatusCode=429,
            ErrorCode="TooManyRequestsException",
            ErrorReason="ConcurrentInvocationLimitExceeded",
            Assertion="not asked",
        ),
        (),
        Delivery.NOT_DUE,
        "Lambda refused the call: TooManyRequestsException (ConcurrentInvocationLimitExceeded): "
        "send fewer at the same time, or raise the concurrency quota of the account",
    ),
    "refused by Lambda": (
        sent(StatusCode=502, ErrorCode="SubnetIPAddressLimitReachedException", Assertion="not asked"),
        (),
        Delivery.NOT_DUE,
        "Lambda refused the call: SubnetIPAddressLimitReachedException",
    ),
    "only the tail shows it": (
        sent(LogTail="\n".join(event.message for event in events(line=TIMEOUT))),
        log(events(has_report=False)),
        Delivery.MISSING,
        "the log shows connect_timeout to b.s3.eu-west-1.amazonaws.com",
    ),
    "an event whose retry went well": (
        sent(InvocationType="Event", StatusCode=202, Assertion="not asked"),
        log(events(line=TIMEOUT), events(start_s=60)),
        Delivery.DELIVERED,
        "the log shows connect_timeout in attempt 1 of 2 to b.s3.eu-west-1.amazonaws.com",
    ),
    "an event whose retry has not ended": (
        sent(InvocationType="Event", StatusCode=202, Assertion="not asked"),
        log(events(line=TIMEOUT), events(start_s=60, has_report=False)),
        Delivery.MISSING,
        "the log shows connect_timeout in attempt 1 of 2 to b.s3.eu-west-1.amazonaws.com",
    ),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures(name: str) -> None:
    result, found, delivery, reason = FAILURES[name]
    assert told(joined(result, found)) == (delivery, Outcome.FAILURE, reason)


UNSEEN: dict[str, tuple[InvokeResult, tuple[Invocation, ...] | None, Delivery, str]] = {
    "logs denied": (sent(), None, Delivery.NOT_READ, "the log was not read"),
    "no log of it": (sent(), (), Delivery.MISSING, "its REPORT is not in the log 700 s after the answer"),
    "the log of another": (
        sent(),
        log(events(OTHER)),
        Delivery.MISSING,
        "its REPORT is not in the log 700 s after the answer",
    ),
    "no REPORT": (
        sent(),
        log(events(has_report=False)),
        Delivery.MISSING,
        "its REPORT is not in the log 700 s after the answer",
    ),
    "the tail alone is not the log": (
        sent(LogTail="\n".join(event.message for event in events())),
        (),
        Delivery.MISSING,
        "its REPORT is not in the log 700 s after the answer",
    ),
    "a tail of another request": (
        sent(LogTail="\n".join(event.message for event in events(OTHER, line=TIMEOUT))),
        (),
        Delivery.MISSING,
        "its REPORT is not in the log 700 s after the answer",
    ),
    "a log that was cut short": (
        sent(),
        log(events(), complete=False),
        Delivery.DELIVERED,
        "lines of its log are missing, an error may be among them",
    ),
    "an error that may have been handled": (
        sent(),
        log(events(line="ERROR: upload failed")),
        Delivery.DELIVERED,
        "its log holds an error that may or may not have been handled: ERROR: upload failed",
    ),
    "such an error, and no REPORT": (
        sent(),
        log(events(line="ERROR: upload failed", has_report=False)),
        Delivery.MISSING,
        "its REPORT is not in the log 700 s after the answer; "
        "its log holds an error that may or may not have been handled: ERROR: upload failed",
    ),
    "no assertion": (
        sent(Assertion="not asked", AssertionText=None),
        log(events()),
        Delivery.DELIVERED,
        "the response was not checked: no assertion was asked for",
    ),
    "interrupted": (
        sent(end_s=None, RequestId=None, StatusCode=None, ErrorCode="NotAwaited", Assertion="not asked"),
        (),
        Delivery.NOT_DUE,
        "the call did not come to an answer of the function: NotAwaited",
    ),
    "interrupted without a word": (
        sent(end_s=None, RequestId=None, StatusCode=None, Assertion="not asked"),
        (),
        Delivery.NOT_DUE,
        "its answer was not waited for",
    ),
    "no answer": (
        sent(RequestId=None, StatusCode=None, ErrorCode="ReadTimeoutError", Assertion="not asked"),
        (),
        Delivery.NOT_DUE,
        "the call did not come to an answer of the function: ReadTimeoutError",
    ),
    "denied": (
        sent(StatusCode=403, ErrorCode="AccessDeniedException", Assertion="not asked"),
        (),
        Delivery.NOT_DUE,
        "the call did not come to an answer of the function: AccessDeniedException",
    ),
    "an answer without an id": (sent(RequestId=None), (), Delivery.NOT_DUE, "the answer named no request id"),
    "it ran twice, nothing failed": (
        sent(InvocationType="Event", StatusCode=202, Assertion="not asked"),
        log(events(), events(start_s=60)),
        Delivery.DELIVERED,
        "it ran 2 times: Lambda repeats an event that failed, or delivers it twice",
    ),
    "several": (
        sent(Assertion="not asked", AssertionText=None),
        None,
        Delivery.NOT_READ,
        "the response was not checked: no assertion was asked for; the log was not read",
    ),
}


@pytest.mark.parametrize("name", UNSEEN)
def test_what_was_not_seen_is_unknown(name: str) -> None:
    result, found, delivery, reason = UNSEEN[name]
    assert told(joined(result, found)) == (delivery, Outcome.UNKNOWN, reason)


def test_of_all_that_can_come_together_only_what_was_seen_whole_is_a_success() -> None:
    logs = {
        "unread": None,
        "empty": (),
        "whole": log(events()),
        "open": log(events(has_report=False)),
        "error": log(events(line=TIMEOUT)),
        "cut": log(events(), complete=False),
        "twice": log(events(), events(start_s=60)),
        "retried": log(events(line=TIMEOUT), events(start_s=60)),
        "other": log(events(OTHER)),
    }
    ends = ({}, {"EndedAt": None}, {"RequestId": None}, {"StatusCode": None, "RequestId": None})
    errors: tuple[dict[str, Any], ...] = (
        {},
        {"ErrorCode": "TooManyRequestsException", "StatusCode": 429},
        {"ErrorCode": "AccessDeniedException", "StatusCode": 403},
        {"ErrorCode": "ReadTimeoutError", "StatusCode": None},
    )
    words = ("passed", "failed", "not asked")
    succeeded = []
    for word, function_error, error, end, mode, (name, found) in product(
        words, (None, "Unhandled"), errors, ends, ("RequestResponse", "Event"), logs.items()
    ):
        result = sent(**{"Assertion": word, "FunctionError": function_error, "InvocationType": mode, **error, **end})
        row = joined(result, found)
        if row.outcome is Outcome.SUCCESS:
            succeeded.append((word, function_error, error, end, mode, name))
        has_failed = word == "failed" or function_error or (name in {"error", "retried"} and result.request_id)
        assert not has_failed or row.outcome is Outcome.FAILURE
    assert succeeded == [
        ("passed", None, {}, {}, "RequestResponse", "whole"),
        ("passed", None, {}, {}, "Event", "whole"),
        ("not asked", None, {}, {}, "Event", "whole"),
    ]


def test_an_event_succeeds_without_a_response() -> None:
    row = joined(sent(InvocationType="Event", StatusCode=202, Assertion="not asked"), log(events()))
    reason = "an event has no response, its REPORT was seen and no error line"
    assert told(row) == (Delivery.DELIVERED, Outcome.SUCCESS, reason)


@pytest.mark.parametrize(
    ("waited_s", "delivery", "more"),
    [
        (0, Delivery.AWAITED, " and may still arrive"),
        (DELIVERY_DEADLINE_S - 1, Delivery.AWAITED, " and may still arrive"),
        (DELIVERY_DEADLINE_S, Delivery.MISSING, ""),
    ],
)
def test_a_report_is_awaited_until_the_deadline(waited_s: float, delivery: Delivery, more: str) -> None:
    row = joined(sent(), log(events(has_report=False)), waited_s=waited_s)
    reason = f"its REPORT is not in the log {waited_s:.0f} s after the answer{more}"
    assert told(row) == (delivery, Outcome.UNKNOWN, reason)
    assert awaited([row]) == ((ID,) if delivery is Delivery.AWAITED else ())


def test_the_deadline_counts_from_the_answer_and_can_be_set() -> None:
    rows = requests_of(
        [sent("a", end_s=1), sent("b", start_s=1, end_s=31, RequestId=OTHER)], (), read_at=at(31), deadline_s=30
    )
    assert [row.delivery for row in rows] == [Delivery.MISSING, Delivery.AWAITED]
    assert awaited(rows) == (OTHER,)


def test_a_failure_is_awaited_too_for_its_cause() -> None:
    row = joined(sent(FunctionError="Unhandled", Assertion="not asked"), (), waited_s=5)
    assert (row.outcome, awaited([row])) == (Outcome.FAILURE, (ID,))


def test_each_request_gets_its_own_log_lines() -> None:
    good, bad = sent("a"), sent("b", RequestId=OTHER)
    found = log(events(OTHER, line=TIMEOUT), events(ID, start_s=0.5))
    rows = requests_of([bad, good], found, read_at=at(5))
    assert [(row.result.id, row.outcome, row.error_class) for row in rows] == [
        ("a", Outcome.SUCCESS, None),
        ("b", Outcome.FAILURE, ErrorClass.CONNECT_TIMEOUT),
    ]


def test_rows_are_by_number_within_their_purpose_and_none_is_left_out() -> None:
    results = [sent("c", start_s=1), sent("b"), sent("a"), sent("d", RequestId=None, end_s=None)]
    assert [row.result.id for row in requests_of(results, None, read_at=at(9))] == ["a", "b", "c", "d"]
    smoke = sent("smoke-001", Purpose="smoke")
    burst = [sent(f"burst-{number:04}", start_s=5 - number, Purpose="burst") for number in (3, 1, 2)]
    told = [row.result.id for row in requests_of([*burst, smoke], None, read_at=at(9))]
    assert told == ["smoke-001", "burst-0001", "burst-0002", "burst-0003"]
    assert requests_of([], log(events()), read_at=at(9)) == ()


def test_cold_and_the_words_of_a_json_log() -> None:
    start = {"time": "2026-01-01T00:00:00.000Z", "type": "platform.start", "record": {"requestId": ID}}
    report = {
        "time": "2026-01-01T00:00:01.000Z",
        "type": "platform.report",
        "record": {
            "requestId": ID,
            "status": "success",
            "metrics": {"durationMs": 10.5, "billedDurationMs": 11, "memorySizeMB": 128, "maxMemoryUsedMB": 40},
        },
    }
    init = {"time": "2026-01-01T00:00:00.000Z", "type": "platform.initStart", "record": {}}
    first = int(EPOCH.timestamp() * 1000)
    found = log([LogEvent(json.dumps(item), first + place, "s") for place, item in enumerate((init, start, report))])
    row = joined(sent(), found)
    assert (row.outcome, row.is_cold, row.has_report) == (Outcome.SUCCESS, True, True)
    assert durations([row]) == Durations(client_ms=(2000.0,), reported_ms=(10.5,))
    unseen = joined(sent(), ())
    assert (unseen.is_cold, unseen.has_report, unseen.error_class) == (None, False, None)


def test_overlap_by_the_clients_clock() -> None:
    def peak(*times: tuple[float, float | None]) -> Overlap:
        results = [sent(str(place), start_s=start, end_s=end) for place, (start, end) in enumerate(times)]
        return overlap(requests_of(results, None, read_at=at(9)))

    assert peak() == Overlap(peak=0, of=0)
    assert peak((0, 1)) == Overlap(peak=1, of=1)
    assert peak((0, 1), (1, 2)) == Overlap(peak=1, of=2)
    assert peak((0, 1.001), (1, 2)) == Overlap(peak=2, of=2)
    assert peak((0, 3), (1, 2), (2, 4), (0, None)) == Overlap(peak=2, of=4)
    assert [Overlap(peak=0, of=0).share, Overlap(peak=9, of=10).share] == [0.0, 0.9]


def test_overlap_by_lambdas_clock() -> None:
    results = [sent("a"), sent("b", RequestId=OTHER), sent("c", RequestId="33333333-3333-4333-8333-333333333333")]
    apart = requests_of(results, log(events(), events(OTHER, start_s=1)), read_at=at(9))
    assert (overlap(apart), overlap_in_log(apart)) == (Overlap(peak=3, of=3), Overlap(peak=1, of=3))
    together = requests_of(results, log(events(), events(OTHER, start_s=0.999)), read_at=at(9))
    assert overlap_in_log(together) == Overlap(peak=2, of=3)
    assert overlap_in_log(requests_of(results, None, read_at=at(9))) == Overlap(peak=0, of=3)


def test_durations_in_order_and_only_those_seen() -> None:
    results = [sent("a", end_s=3), sent("b", end_s=1, RequestId=OTHER), sent("c", end_s=None, RequestId=None)]
    rows = requests_of(results, log(events()), read_at=at(9))
    assert durations(rows) == Durations(client_ms=(1000.0, 3000.0), reported_ms=(1000.0,))
    assert [row.duration_ms for row in rows] == [3000.0, 1000.0, None]


def test_the_nearest_rank() -> None:
    values = tuple(range(1, 11))
    assert [quantile(values, share) for share in (0, 0.1, 0.101, 0.5, 0.95, 1)] == [1, 1, 2, 5, 10, 10]
    assert quantile((), 0.5) is None


def test_the_reading_moment_may_come_before_the_answer() -> None:
    (row,) = requests_of([sent(end_s=5)], (), read_at=at(5) - timedelta(seconds=3))
    reason = "its REPORT is not in the log 0 s after the answer and may still arrive"
    assert told(row) == (Delivery.AWAITED, Outcome.UNKNOWN, reason)
