import json
from typing import Any

import pytest

from runbook_lib.sandbox.load.failure_texts import message_of, type_of
from runbook_lib.sandbox.load.jobs import Done, Failure, FailureKind, Job
from runbook_lib.sandbox.load.runtime_logs import Writer

START_S = 1_790_000_000.0
JOB = Job(host="bucket.s3.eu-west-1.amazonaws.com", address="192.0.2.1", resource="arn:aws:s3:::bucket-prod")
RUNTIMES = ("python3.13", "nodejs22.x", "java21", "dotnet8", "provided.al2023", "provided.al2023-custom")
WORDED = tuple(
    kind
    for kind in FailureKind
    if kind not in (FailureKind.FUNCTION_TIMEOUT, FailureKind.OUT_OF_MEMORY, FailureKind.RUNTIME_EXIT)
)


def _done(kind: FailureKind | None = None, *, cold: bool = False, code: str = "") -> Done:
    return Done(
        request_id="8f507cfc-ba49-4e5d-8c7e-0a1b2c3d4e5f",
        number=7,
        stream="2026/11/21/[$LATEST]0123",
        subnet_id="subnet-a",
        start_s=START_S,
        duration_ms=1234.56,
        init_ms=300.5 if cold else None,
        memory_used_mb=120,
        job=JOB,
        failure=Failure(kind=kind, job=JOB, attempts=3, code=code) if kind else None,
    )


def _messages(done: Done, **writing: Any) -> list[str]:
    writer = Writer(**{"function": "f", "region": "eu-west-1", "memory_mb": 1024, **writing})
    return [event.message for event in writer.events(done)]


def test_text_of_a_cold_success() -> None:
    started, start, line, end, report = _messages(_done(cold=True))
    request = "8f507cfc-ba49-4e5d-8c7e-0a1b2c3d4e5f"
    assert started.startswith(
        "INIT_START Runtime Version: python:3.13.v31\tRuntime Version ARN: arn:aws:lambda:eu-west-1::"
    )
    assert start == f"START RequestId: {request} Version: $LATEST\n"
    assert line == f"[INFO]\t2026-09-21T14:13:21.232Z\t{request}\tUploaded invoice-000007.pdf to {JOB.host}\n"
    assert end == f"END RequestId: {request}\n"
    assert report == (
        f"REPORT RequestId: {request}\tDuration: 1234.56 ms\tBilled Duration: 1536 ms\tMemory Size: 1024 MB\t"
        "Max Memory Used: 120 MB\tInit Duration: 300.50 ms\t\n"
    )


def test_text_of_a_timeout_and_of_a_killed_runtime() -> None:
    timeout = _messages(_done(FailureKind.FUNCTION_TIMEOUT), timeout_s=1)
    assert timeout[1].endswith(" Task timed out after 1.00 seconds\n\n")
    assert "Duration: 1000.00 ms\t" in timeout[-1]
    assert "\tStatus: timeout\t" in timeout[-1]
    killed = _messages(_done(FailureKind.OUT_OF_MEMORY))
    assert "Runtime exited with error: signal: killed\nRuntime.ExitError\n" in killed[1]
    assert "Max Memory Used: 1024 MB\tStatus: error\tError Type: Runtime.OutOfMemory\t" in killed[-1]
    assert "Status" not in _messages(_done())[-1]


def test_x_ray_stands_on_a_line_of_its_own() -> None:
    assert "\t\nXRAY TraceId: 1-" in _messages(_done(), traced=True)[-1]
    assert "XRAY" not in _messages(_done())[-1]


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("kind", WORDED)
def test_each_runtime_words_each_failure(runtime: str, kind: FailureKind) -> None:
    text = _messages(_done(kind, code="SlowDown"), runtime=runtime)
    objects = [json.loads(line) for line in _messages(_done(kind, code="SlowDown"), runtime=runtime, log_format="JSON")]
    assert len(text) == 4
    assert [item["type"] for item in objects if "type" in item] == [
        "platform.start",
        "platform.runtimeDone",
        "platform.report",
    ]
    assert objects[-1]["record"]["status"] == "error"


@pytest.mark.parametrize("family", ["python", "nodejs", "java", "dotnet", "go", "custom"])
def test_words_are_filled_in(family: str) -> None:
    for kind in WORDED:
        failure = Failure(kind=kind, job=JOB, attempts=3, code="SlowDown")
        words = type_of(family, failure) + message_of(family, failure, "f", 7)
        assert "{" not in words
    denied = message_of(family, Failure(kind=FailureKind.ACCESS_DENIED, job=JOB), "f", 7)
    assert 's3:PutObject on resource: "arn:aws:s3:::bucket-prod/2026/11/invoice-000007.pdf"' in denied


LEVELS = {
    "DEBUG": ["initStart", "initReport", "start", "runtimeDone", "report"],
    "INFO": ["initStart", "start", "report"],
    "WARN": [],
}


@pytest.mark.parametrize("level", LEVELS)
def test_system_log_level_of_a_success(level: str) -> None:
    written = _messages(_done(cold=True), log_format="JSON", system_level=level, application_level="WARN")
    assert [json.loads(line)["type"].removeprefix("platform.") for line in written] == LEVELS[level]


def test_system_log_level_warn_keeps_what_failed() -> None:
    for kind, status in ((FailureKind.FUNCTION_TIMEOUT, "timeout"), (FailureKind.OUT_OF_MEMORY, "error")):
        written = _messages(_done(kind), log_format="JSON", system_level="WARN", timeout_s=1)
        records = [json.loads(line) for line in written]
        assert [item["type"] for item in records] == ["platform.runtimeDone", "platform.report"]
        assert {item["record"]["status"] for item in records} == {status}


def test_late_end_arrives_hours_later_and_the_start_does_not() -> None:
    writer = Writer(function="f", region="eu-west-1", late=(7,))
    delays = [event.ingestion_ms - event.timestamp_ms for event in writer.events(_done())]
    assert delays[0] < 10_000
    assert min(delays[1:]) > 3_600_000
    assert max(e.ingestion_ms - e.timestamp_ms for e in Writer(function="f", region="r").events(_done())) < 10_000
