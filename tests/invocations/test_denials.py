"""Refused calls with the invocations that made them: whose, how soon, how it ended, and each once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runbook_lib.invocations.assemble import invocations_of
from runbook_lib.invocations.base import LogEvent, Outcome
from runbook_lib.invocations.denials import Denial, Origin, denials_of

T0 = 1_795_262_400_000
ROLE = "arn:aws:sts::123456789012:assumed-role/worker"
SAID = (
    "is not authorized to perform: sqs:SendMessage because no identity-based policy allows the sqs:SendMessage action"
)
USER = f"User: {ROLE}/worker {SAID}"
RAISED = (
    f"[ERROR] ClientError: An error occurred (AccessDenied) when calling the SendMessage operation: {USER}\nTraceback"
)
BARE = "[ERROR] ClientError: An error occurred (AccessDenied) when calling the SendMessage operation: no\nTraceback"


def id_of(number: int) -> str:
    return f"{number:08d}-0000-4000-8000-000000000000"


def ran(number: int, *lines: str, stream: str | None = "a", begin_ms: int = 0, lasts_ms: int = 500) -> list[LogEvent]:
    """One invocation; its lines are written 60 ms after its start."""
    id_, start = id_of(number), T0 + begin_ms
    return [
        LogEvent(f"START RequestId: {id_} Version: $LATEST\n", start, stream),
        *(LogEvent(line.replace("{R}", id_), start + 60, stream) for line in lines),
        LogEvent(f"END RequestId: {id_}\n", start + lasts_ms, stream),
        LogEvent(
            f"REPORT RequestId: {id_}\tDuration: {lasts_ms}.00 ms\tBilled Duration: {lasts_ms} ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 64 MB\n",
            start + lasts_ms,
            stream,
        ),
    ]


def denied(number: int | None = 1, begin_ms: int = 0, **more: Any) -> Denial:
    """What comes of `USER` in an invocation that failed."""
    start = datetime.fromtimestamp((T0 + begin_ms) / 1000, UTC)
    return Denial(
        **{
            "request_id": None if number is None else id_of(number),
            "principal": ROLE,
            "action": "sqs:SendMessage",
            "said": Origin.IDENTITY,
            "explicit": False,
            "service": "sqs",
            "start": None if number is None else start,
            "outcome": None if number is None else Outcome.FAILURE,
            "duration_ms": None if number is None else 60,
            "text": f"User: {ROLE}/* {SAID}",
            **more,
        }
    )


def read(events: list[LogEvent]) -> tuple[Denial, ...]:
    assembled = invocations_of(events)
    return denials_of(events, (*assembled.invocations, *assembled.unplaced))


def test_a_call_that_was_refused_and_one_that_was_not() -> None:
    assert read([*ran(1, RAISED), *ran(2, begin_ms=1000)]) == (denied(),)
    assert read(ran(1)) == ()


def test_what_is_logged_twice_or_in_fewer_words_counts_once() -> None:
    assert read(ran(1, f"[ERROR]\t2026-11-21T12:00:00.060Z\t{{R}}\t{USER}", RAISED, BARE)) == (denied(),)
    assert read([*ran(1, RAISED), *ran(2, RAISED, begin_ms=1000)]) == (denied(), denied(2, 1000))


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (f"[INFO]\t2026-11-21T12:00:00.060Z\t{{R}}\tskipped: {USER}", Outcome.SUCCESS),
        (f"skipped: {USER}", Outcome.UNKNOWN),
        (f"[ERROR]\t2026-11-21T12:00:00.060Z\t{{R}}\t{USER}", Outcome.FAILURE),
    ],
)
def test_how_the_invocation_ended_all_the_same(line: str, outcome: Outcome) -> None:
    assert read(ran(1, line)) == (denied(outcome=outcome),)


def test_a_line_of_one_of_several_that_run() -> None:
    one, other = ran(1, RAISED, stream=None), ran(2, stream=None, begin_ms=10)
    mixed = [one[0], other[0], one[1], *one[2:], *other[1:]]
    assert denials_of(mixed, invocations_of(mixed).invocations) == (denied(None),)
    named = f"[ERROR]\t2026-11-21T12:00:00.060Z\t{id_of(1)}\t{USER}"
    mixed[2] = LogEvent(named, T0 + 60, None)
    assert denials_of(mixed, invocations_of(mixed).invocations) == (denied(),)


def test_a_retry_of_lambda_has_the_same_id() -> None:
    assert read([*ran(1, RAISED), *ran(1, RAISED, begin_ms=60_000)]) == (denied(), denied(1, 60_000))
    assert read([*ran(1), *ran(1, RAISED, begin_ms=60_000)]) == (denied(1, 60_000),)


def test_lines_of_json_and_a_log_without_times() -> None:
    start = f'{{"type": "platform.start", "record": {{"requestId": "{id_of(1)}"}}}}'
    report = (
        f'{{"type": "platform.report", "record": {{"requestId": "{id_of(1)}", "metrics": {{"durationMs": 420.0}}}}}}'
    )
    events = [LogEvent(line, None, None) for line in (start, USER, report)]
    (found,) = denials_of(events, invocations_of(events).invocations)
    assert (found.request_id, found.duration_ms) == (id_of(1), 420.0)
    own = LogEvent(f'{{"level": "ERROR", "requestId": "{id_of(7)}", "message": "{USER}"}}', None, None)
    assert denials_of([own], ()) == (denied(7, start=None, outcome=None, duration_ms=None),)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[ERROR] OperationalError: (1045, \"Access denied for user 'app'@'10.0.1.5'\")\nTraceback", None),
        ("[ERROR] ClientError: An error occurred (ExpiredToken) when calling the GetObject operation: x\nTraceback", 1),
        ("[ERROR] ClientError: An error occurred (SignatureDoesNotMatch) when calling the X operation\nTraceback", 1),
    ],
)
def test_refusals_in_other_words_that_an_invocation_failed_with(line: str, said: int | None) -> None:
    (found,) = read(ran(1, line))
    assert found == Denial(
        request_id=id_of(1),
        said=Origin.CREDENTIALS if said else None,
        start=datetime.fromtimestamp(T0 / 1000, UTC),
        outcome=Outcome.FAILURE,
        duration_ms=500.0,
        text=line.replace("\nTraceback", " Traceback"),
    )


def test_a_timeout_is_no_refusal() -> None:
    line = '[ERROR] ConnectTimeoutError: Connect timeout on endpoint URL: "https://s3.amazonaws.com/"\nTraceback'
    assert read(ran(1, line)) == ()
