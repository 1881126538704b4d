"""The logs the sandbox writes, by a writer of its own, are read back as what happened."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from runbook_lib.invocations.assemble import Assembled, invocations_of
from runbook_lib.invocations.base import ErrorClass, LogEvent, Outcome
from runbook_lib.sandbox.load.jobs import Done, Failure, FailureKind, Job
from runbook_lib.sandbox.load.runtime_logs import Writer

RUNTIMES = ("python3.13", "nodejs22.x", "java21", "dotnet8", "provided.al2023", "provided.al2023-custom")
CLASSES = {
    FailureKind.CONNECT_TIMEOUT: ErrorClass.CONNECT_TIMEOUT,
    FailureKind.READ_TIMEOUT: ErrorClass.READ_TIMEOUT,
    FailureKind.RESET: ErrorClass.CONNECTION_RESET,
    FailureKind.REFUSED: ErrorClass.CONNECTION_REFUSED,
    FailureKind.CLOSED: ErrorClass.CONNECTION_CLOSED,
    FailureKind.DNS: ErrorClass.DNS,
    FailureKind.TLS: ErrorClass.TLS,
    FailureKind.UNREACHABLE: ErrorClass.ENDPOINT_UNREACHABLE,
    FailureKind.THROTTLED: ErrorClass.THROTTLED,
    FailureKind.TOO_MANY_CONNECTIONS: ErrorClass.TOO_MANY_CONNECTIONS,
    FailureKind.ACCESS_DENIED: ErrorClass.ACCESS_DENIED,
    FailureKind.FUNCTION_TIMEOUT: ErrorClass.FUNCTION_TIMEOUT,
    FailureKind.OUT_OF_MEMORY: ErrorClass.OUT_OF_MEMORY,
    FailureKind.RUNTIME_EXIT: ErrorClass.RUNTIME_EXIT,
}
START_S = 1_767_600_000.0
JOB = Job(host="invoices.s3.eu-west-1.amazonaws.com", address="52.218.1.9")


def done(number: int, failure: FailureKind | None = None) -> Done:
    """An invocation of its own environment; every other one starts cold."""
    return Done(
        request_id=f"{number:08x}-1111-4222-8333-{number:012x}",
        number=number,
        stream=f"2026/01/05/[$LATEST]{number:032x}",
        subnet_id="subnet-1",
        start_s=START_S + number,
        duration_ms=4000.0 if failure is FailureKind.FUNCTION_TIMEOUT else 1950.25,
        init_ms=180.5 if number % 2 else None,
        memory_used_mb=91,
        job=JOB,
        failure=None if failure is None else Failure(kind=failure, job=JOB, attempts=3, code="SlowDown"),
    )


def read(writer: Writer, *invocations: Done) -> Assembled:
    records = writer.write(list(invocations))
    return invocations_of(LogEvent(record.message, record.timestamp_ms, record.stream) for record in records)


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("kind", CLASSES)
def test_every_failure_of_every_runtime_has_its_class(kind: FailureKind, runtime: str, log_format: str) -> None:
    expected = CLASSES[kind]
    if kind is FailureKind.REFUSED and runtime.startswith("python"):
        expected = ErrorClass.ENDPOINT_UNREACHABLE  # botocore does not say that it was refused
    writer = Writer(function="f", region="eu-west-1", runtime=runtime, log_format=log_format, timeout_s=4.0)

    (first, second), gaps, *_ = read(writer, done(2, kind), done(5))

    assert (first.outcome, first.error_class) == (Outcome.FAILURE, expected)
    assert (second.outcome, second.error_class) == (Outcome.SUCCESS, None)
    assert gaps == ()


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_a_whole_row(log_format: str) -> None:
    writer = Writer(function="f", region="eu-west-1", log_format=log_format, timeout_s=60.0, traced=True)

    (row,), *_ = read(writer, done(5, FailureKind.CONNECT_TIMEOUT))

    assert row.to_json() == {
        "request_id": "00000005-1111-4222-8333-000000000005",
        "start": "2026-01-05T08:00:05.000Z",
        "end": "2026-01-05T08:00:06.950Z",
        "duration_ms": 1950.25,
        "billed_ms": 2131.0,
        "init_ms": 180.5,
        "memory_used_mb": 91,
        "memory_size_mb": 512,
        "cold": True,
        "outcome": "failure",
        "error_class": "connect_timeout",
        "destination": "invoices.s3.eu-west-1.amazonaws.com",
        "log_stream": "2026/01/05/[$LATEST]00000000000000000000000000000005",
    }


def test_at_system_level_warn_only_failures_can_be_told() -> None:
    writer = Writer(
        function="f",
        region="eu-west-1",
        log_format="JSON",
        system_level="WARN",
        application_level="INFO",
        timeout_s=4.0,
    )

    rows, gaps, *_ = read(writer, done(1), done(2, FailureKind.CONNECT_TIMEOUT), done(3, FailureKind.FUNCTION_TIMEOUT))

    assert [(row.request_id[:8], row.outcome, row.error_class) for row in rows] == [
        ("00000002", Outcome.FAILURE, ErrorClass.CONNECT_TIMEOUT),
        ("00000001", Outcome.UNKNOWN, None),
        ("00000003", Outcome.FAILURE, ErrorClass.FUNCTION_TIMEOUT),
    ]
    assert rows[2].start == datetime.fromtimestamp(START_S + 3, UTC)
    assert gaps == (
        "no START of any of 3 invocations was seen: the system log level WARN leaves it out, and the REPORT of a "
        "success with it; their start is estimated",
        "the end of 1 of 3 invocations was not seen: still running, killed, outside the window, or not yet delivered",
    )
