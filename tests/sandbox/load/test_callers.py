"""What callers write in the sandbox is read back, and put beside what Lambda wrote about the same invocations."""

from __future__ import annotations

from typing import Any

import yaml

from runbook_lib.invocations.assemble import invocations_of
from runbook_lib.invocations.base import LogEvent
from runbook_lib.invocations.callers import caller_requests, join
from runbook_lib.keepalive.manifests import read_manifest
from runbook_lib.keepalive.verdict import Safety, judge
from runbook_lib.model.callers import CallEnd, CallerRequest
from runbook_lib.model.fact import Scope
from runbook_lib.sandbox.load.callers import Caller, Step
from runbook_lib.sandbox.load.jobs import Done, Job
from runbook_lib.sandbox.load.runtime_logs import Writer
from runbook_lib.sandbox.samples import sample

JOB = Job(host="bucket.s3.example", address="52.219.40.18")
START_S = 1_795_255_200.0


def ran(*works_s: float) -> list[Done]:
    return [
        Done(
            request_id=f"{number:08d}-0000-4000-8000-000000000000",
            number=number,
            stream="2026/11/21/[$LATEST]one",
            subnet_id="subnet-a",
            start_s=START_S + number * 1000,
            duration_ms=work_s * 1000,
            init_ms=400.0 if number == 0 else None,
            memory_used_mb=64,
            job=JOB,
        )
        for number, work_s in enumerate(works_s)
    ]


def caller(loses_after_s: float | None) -> Caller:
    return Caller(function="scan", region="eu-west-1", loses_after_s=loses_after_s)


def joined(done: list[Done], loses_after_s: float | None) -> Any:
    written = [LogEvent(item.message, item.timestamp_ms) for item in caller(loses_after_s).write(done)]
    calls = [CallerRequest.read(raw, Scope(), "") for raw in caller_requests(written, "pods")]
    logged = Writer(function="scan", region="eu-west-1", timeout_s=900.0).write(done)
    found = invocations_of((LogEvent(item.message, item.timestamp_ms, item.stream) for item in logged), complete=True)
    return join(calls, found.invocations)


def test_a_way_that_forgets_loses_the_answers_of_long_invocations_only() -> None:
    found = joined(ran(420.0, 349.0, 351.0), 350.0)
    assert [item.is_lost for item in found] == [True, False, True]
    assert [item.call.end for item in found] == [CallEnd.TIMED_OUT, CallEnd.ANSWERED, CallEnd.TIMED_OUT]
    assert [item.invocation.request_id for item in found] == [item.request_id for item in ran(420.0, 349.0, 351.0)]
    assert found[0].call.waited_s == 900.011


def test_a_way_that_keeps_connections_loses_nothing() -> None:
    found = joined(ran(420.0, 800.0), None)
    assert [(item.is_lost, item.call.end) for item in found] == [(False, CallEnd.ANSWERED)] * 2


def test_connections_are_lost_after_the_silence_and_closed_after_the_answer() -> None:
    steps = caller(350.0).connections(ran(420.0, 60.0))
    assert [step for _, step in steps] == [Step.OPENS, Step.IS_LOST, Step.OPENS, Step.CLOSES]
    assert round(steps[1][0] - steps[0][0], 6) == 350.0


def test_the_manifests_are_what_their_stories_say() -> None:
    for name, safety in (("scan-workers.yaml", Safety.UNSAFE), ("scan-workers-fixed.yaml", Safety.SAFE)):
        text = sample(name).read_text()
        (subject,) = read_manifest(text, name, so_keepalive=True)
        assert judge(subject).safety is safety
        assert yaml.safe_load(text)["metadata"]["name"] == "scan-workers"
