"""What an invocation that ran leaves behind: log events in its group, numbers in CloudWatch."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from runbook_lib.sandbox.extension import logs, metrics
from runbook_lib.sandbox.load.jobs import Done, Failure, FailureKind, Job
from runbook_lib.sandbox.load.quiet import quiet_minute
from runbook_lib.sandbox.load.records import MINUTE_S, LogRecord, Numbers
from runbook_lib.sandbox.load.runtime_logs import Writer
from runbook_lib.sandbox.running.deployed import Deployed
from runbook_lib.sandbox.running.invocation import Ending, Outcome

__all__ = ["Book", "Ran"]

_NO_JOB = Job(host="", address="")
_KINDS = {
    Ending.TIMED_OUT: FailureKind.FUNCTION_TIMEOUT,
    Ending.OUT_OF_MEMORY: FailureKind.OUT_OF_MEMORY,
    Ending.EXITED: FailureKind.RUNTIME_EXIT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran(Done):
    """An invocation that really ran: it ended when it ended, though its duration is the simulated one."""

    ended_s: float

    @property
    def end_s(self) -> float:
        return self.ended_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Writer(Writer):
    """Writes the lines that the handler wrote, between those of the platform."""

    outcome: Outcome
    note: str = ""

    def _application(self, done: Done) -> Iterator[tuple[float, str]]:
        if self.note:
            yield done.start_s, f"{self.note}\n"
        yield from self.outcome.lines
        if self.outcome.skipped_s > 0:
            waited_s = self.outcome.duration_s - self.outcome.skipped_s
            text = f"SIMULATED: {self.outcome.duration_s:.1f} s of simulated time passed in {waited_s:.1f} s\n"
            yield done.end_s, text

    def _status(self, done: Done) -> tuple[str, str]:
        if self.outcome.ending is Ending.RAISED:
            return "error", ""
        return Writer._status(self, done)


def _writer(deployed: Deployed, outcome: Outcome, note: str) -> _Writer:
    return _Writer(
        function=deployed.name,
        region=deployed.region,
        runtime=deployed.runtime,
        version=deployed.version,
        log_format=deployed.log_format,
        system_level=deployed.system_level,
        application_level=deployed.application_level,
        memory_mb=deployed.memory_mb,
        timeout_s=float(deployed.timeout_s),
        outcome=outcome,
        note=note,
    )


class Book:
    """Keeps the record of invocations in the embedded CloudWatch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def add(self, deployed: Deployed, outcome: Outcome, request_id: str, delay_s: float, note: str = "") -> str:
        """Log an invocation and count it; returns the text of its log, from START to REPORT."""
        kind = _KINDS.get(outcome.ending)
        done = Ran(
            request_id=request_id,
            number=0,
            stream=outcome.stream,
            subnet_id=outcome.subnet_id,
            start_s=outcome.started_s,
            ended_s=outcome.ended_s,
            duration_ms=round(outcome.duration_s * 1000, 2),
            init_ms=outcome.init_ms,
            memory_used_mb=outcome.memory_mb,
            job=_NO_JOB,
            failure=None if kind is None else Failure(kind=kind, job=_NO_JOB, code=outcome.error_type),
        )
        events = sorted(_writer(deployed, outcome, note).events(done), key=lambda event: event.timestamp_ms)
        visible_ms = round((time.time() + delay_s) * 1000)
        records = [LogRecord(event.timestamp_ms, event.stream, event.message, visible_ms) for event in events]
        logs.deliver(deployed.region, deployed.log_group, records)
        dimensions = {"FunctionName": deployed.name}
        failed = 0.0 if outcome.ending is Ending.RETURNED else 1.0
        for metric, value in (
            ("Invocations", 1.0),
            ("Errors", failed),
            ("Throttles", 0.0),
            ("Duration", round(outcome.duration_s * 1000, 2)),
        ):
            self.count(deployed.region, "AWS/Lambda", dimensions, metric, Numbers.one(value))
        texts = [event.message for event in events if not event.message.startswith("INIT_START")]
        return "".join(text if text.endswith("\n") else f"{text}\n" for text in texts)

    def count(self, region: str, namespace: str, dimensions: Mapping[str, str], metric: str, numbers: Numbers) -> None:
        """Add numbers to this minute of a metric."""
        minute = int(time.time()) // MINUTE_S * MINUTE_S
        with self._lock:
            if namespace == "AWS/NATGateway" and not metrics.is_known(region, namespace, metric, dimensions, minute):
                # The staged number replaces that of a quiet minute, which is still part of it.
                quiet = quiet_minute(metric, minute) if metric != "ActiveConnectionCount" else None
                numbers = Numbers.one(numbers.total + quiet.total) if quiet else numbers
            metrics.series(region, namespace, metric, dimensions, {minute: numbers})
