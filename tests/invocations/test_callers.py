"""What a caller's log tells about its calls, and both sides of a call put together."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook_lib.invocations.base import Invocation, LogEvent, Outcome
from runbook_lib.invocations.callers import Joined, caller_requests, join
from runbook_lib.invocations.textlines import text_events
from runbook_lib.model.callers import CallEnd, CallerRequest
from runbook_lib.model.fact import Scope

TEN = datetime(2026, 11, 21, 10, tzinfo=UTC)
REQUEST = "11111111-2222-4333-8444-555555555555"

BOTO3 = """2026-11-21T10:00:00.000Z INFO scan-worker job=7 invoking scan-archive and waiting up to 900 s
2026-11-21T10:15:00.004Z ERROR scan-worker job=7 failed
Traceback (most recent call last):
  File "/app/worker.py", line 41, in run
    answer = client.invoke(FunctionName="scan-archive", Payload=payload)
botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: \
"https://lambda.ap-southeast-1.amazonaws.com/2015-03-31/functions/scan-archive/invocations"
"""
JAVA = """2026-11-21T10:15:00.130Z ERROR [pool-1-thread-3] c.e.ScanClient - scan failed
software.amazon.awssdk.core.exception.ApiCallTimeoutException: Client execution did not complete before the specified \
timeout configuration: 900000 millis
\tat software.amazon.awssdk.core.exception.ApiCallTimeoutException.create(ApiCallTimeoutException.java:38)
"""


def read(text: str) -> list[dict[str, Any]]:
    return caller_requests(text_events(text.splitlines()), "worker.log")


def raw(**told: Any) -> dict[str, Any]:
    base = {"Id": "worker.log:1", "Function": "scan-archive", "RequestId": None, "StartedAt": None, "EndedAt": None}
    return {**base, "WaitedS": None, "End": "timed out", "ErrorClass": None, **told}


def at(seconds: float) -> str:
    return (TEN + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


def call(id_: str = "c", **told: Any) -> CallerRequest:
    return CallerRequest.read(raw(Id=id_, **told), Scope(), "/CallerRequests/0")


def invocation(number: int = 1, start_s: float = 0.2, worked_s: float = 420.0, **told: Any) -> Invocation:
    start = TEN + timedelta(seconds=start_s)
    more = {"outcome": Outcome.SUCCESS, "duration_ms": worked_s * 1000, "end": start + timedelta(seconds=worked_s)}
    return Invocation(request_id=f"{number:08d}-0000-4000-8000-000000000000", start=start, **{**more, **told})


def test_a_traceback_of_botocore_ends_the_call_of_its_job() -> None:
    expected = raw(StartedAt=at(0), EndedAt=at(900.004), WaitedS=900.004, ErrorClass="read_timeout")
    assert read(BOTO3) == [expected]


def test_an_exception_of_java_tells_how_long_it_waited() -> None:
    expected = raw(Function=None, StartedAt=at(0.13), EndedAt=at(900.13), WaitedS=900.0, ErrorClass="read_timeout")
    assert read(JAVA) == [expected]


def test_an_answer_names_the_request() -> None:
    text = (
        "2026-11-21T10:00:00.000Z INFO job=7 invoking scan-archive\n"
        f"2026-11-21T10:07:00.500Z INFO job=7 scan-archive answered, status=200, RequestId: {REQUEST}\n"
    )
    assert read(text) == [raw(StartedAt=at(0), EndedAt=at(420.5), WaitedS=420.5, End="answered", RequestId=REQUEST)]


def test_a_probe_that_came_too_late_is_a_reset() -> None:
    text = (
        "2026-11-21T10:00:00Z INFO job=7 invoking scan-archive\n"
        "2026-11-21T10:06:11Z ERROR job=7 botocore.exceptions.ConnectionClosedError: Connection was closed before we "
        'received a valid response from endpoint URL: "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/'
        'scan-archive/invocations"\n'
    )
    expected = raw(StartedAt=at(0), EndedAt=at(371), WaitedS=371.0, End="reset", ErrorClass="connection_closed")
    assert read(text) == [expected]


@pytest.mark.parametrize("wrap", [lambda line: line, lambda line: json.dumps({"log": line, "stream": "stdout"})])
def test_lines_of_json_also_inside_those_of_a_container_runtime(wrap: Any) -> None:
    lines = [
        {"time": at(0), "level": "INFO", "msg": "invoking", "function": "scan-archive", "job_id": 7},
        {"time": at(1), "level": "INFO", "msg": "invoking", "function": "scan-archive", "job_id": 8},
        {"time": at(421), "msg": "answer received", "job_id": 8, "lambda_request_id": REQUEST},
        {"time": at(900), "msg": "no answer", "job_id": 7, "error": "ReadTimeoutError: Read timeout on endpoint URL"},
    ]
    found = caller_requests([LogEvent(wrap(json.dumps(line))) for line in lines], "pod")
    assert found == [
        raw(Id="pod:1", StartedAt=at(0), EndedAt=at(900), WaitedS=900.0, ErrorClass="read_timeout"),
        raw(Id="pod:2", StartedAt=at(1), EndedAt=at(421), WaitedS=420.0, End="answered", RequestId=REQUEST),
    ]


def test_times_of_the_log_group_win_and_seconds_since_the_epoch_are_read() -> None:
    first = LogEvent("invoking scan-archive call=1", timestamp_ms=round(TEN.timestamp() * 1000))
    last = LogEvent(json.dumps({"ts": TEN.timestamp() + 7, "msg": "call=1 completed"}))
    assert caller_requests([first, last], "g")[0]["WaitedS"] == 7.0


def test_a_call_without_an_end_stays_open_and_other_lines_say_nothing() -> None:
    text = (
        "2026-11-21T09:59:00Z INFO worker started\n"
        "2026-11-21T10:00:00Z INFO job=7 invoking scan-archive\n"
        "2026-11-21T10:00:01Z ERROR could not connect to redis: Connection refused\n"
        "2026-11-21T10:00:02Z INFO upload completed\n"
    )
    assert read(text) == [raw(Id="worker.log:2", StartedAt=at(0), End="open")]


def test_the_texts_of_the_log_are_not_kept() -> None:
    text = BOTO3.replace("job=7 invoking", "job=7 token=canary-in-a-log invoking")
    assert "canary" not in json.dumps(read(text))


@pytest.mark.parametrize(
    "line",
    [
        '{"msg": "invoking", "function": "f", "ts": 1e999}',
        '{"msg": "answered", "function": "f", "ts": 1e30, "elapsed_s": Infinity}',
        '{"msg": "answered", "function": "f", "ts": NaN, "duration_ms": NaN}',
        '{"msg": "answered", "function": ["f"], "job": {"a": 1}, "time": "soon"}',
        '{"log": "{\\"log\\": \\"invoking f\\"}"}',
        "{broken",
        "invoking f after " + "1" * 300_000,
        "invoking f " + "[a-" * 100_000,
        "",
    ],
)
def test_odd_lines_break_nothing(line: str) -> None:
    for raw_call in caller_requests([LogEvent(line, 10**18), LogEvent(line)], "odd"):
        assert CallerRequest.read(raw_call, Scope(), "").id.startswith("odd:")


@given(st.lists(st.tuples(st.text(max_size=80), st.none() | st.integers())))
def test_any_text_is_read_to_calls_that_a_snapshot_can_hold(lines: list[tuple[str, int | None]]) -> None:
    words = [f"{text} invoking scan job=1 {text}" for text, _ in lines]
    events = [LogEvent(word, at_ms) for word, (_, at_ms) in zip(words, lines, strict=True)]
    found = caller_requests(events, "any")
    assert len({item["Id"] for item in found}) == len(found)
    for item in found:
        CallerRequest.read(item, Scope(), "")


# -- both sides ------------------------------------------------------------------------------------------------------


def test_a_call_without_a_request_id_is_found_by_its_time() -> None:
    one, other = invocation(1, 0.2), invocation(2, 60.0)
    lost = call(StartedAt=at(0), EndedAt=at(900))
    assert join([lost], [other, one]) == (Joined(call=lost, invocation=one),)
    assert join([lost], [one])[0].is_lost
    assert join([lost], [one])[0].lasted_s() == 420.0


@pytest.mark.parametrize(
    ("start_s", "is_found"), [(-2.0, True), (-2.001, False), (30.0, True), (30.001, False), (0.0, True)]
)
def test_how_far_the_beginnings_may_lie_apart(start_s: float, is_found: bool) -> None:
    (found,) = join([call(StartedAt=at(0), EndedAt=at(900))], [invocation(1, start_s)])
    assert (found.invocation is not None) is is_found


def test_no_invocation_belongs_to_two_calls_and_a_request_id_goes_first() -> None:
    one, two = invocation(1, 0.2), invocation(2, 0.3)
    answered = call("a", StartedAt=at(0.1), EndedAt=at(420), End="answered", RequestId=one.request_id)
    lost, more = call("b", StartedAt=at(0)), call("c", StartedAt=at(0.2))
    found = {item.call.id: item.invocation for item in join([more, lost, answered], [one, two])}
    assert found == {"a": one, "b": two, "c": None}


def test_a_call_that_knows_another_request_id_is_not_matched_by_time() -> None:
    answered = call(StartedAt=at(0), EndedAt=at(420), End="answered", RequestId=REQUEST)
    assert join([answered], [invocation()]) == (Joined(call=answered, invocation=None),)


@pytest.mark.parametrize(
    ("end", "outcome", "is_lost"),
    [
        (CallEnd.TIMED_OUT, Outcome.SUCCESS, True),
        (CallEnd.RESET, Outcome.SUCCESS, True),
        (CallEnd.ANSWERED, Outcome.SUCCESS, False),
        (CallEnd.TIMED_OUT, Outcome.FAILURE, False),
        (CallEnd.TIMED_OUT, Outcome.UNKNOWN, False),
        (CallEnd.OPEN, Outcome.SUCCESS, False),
    ],
)
def test_only_the_answer_of_a_success_is_lost(end: CallEnd, outcome: Outcome, is_lost: bool) -> None:
    (found,) = join([call(StartedAt=at(0), End=end.value)], [invocation(outcome=outcome)])
    assert found.is_lost is is_lost
