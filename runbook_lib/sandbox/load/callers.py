"""What programs write that call a function and wait for its answer, as a container runtime hands it to CloudWatch Logs.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs-FluentBit.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from runbook_lib.sandbox.load.jobs import Done
from runbook_lib.sandbox.load.records import LogRecord

__all__ = ["Caller", "Step"]

_BEFORE_S = 0.18
_AFTER_S = 0.09
_GIVES_UP_LATE_S = 0.011
_INGESTION_MS = 4_100


class Step(StrEnum):
    """What becomes of a connection."""

    OPENS = "opens"
    IS_LOST = "is lost"
    CLOSES = "closes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Pods of one deployment that call a function; one of them gives up after `patience_s` without an answer.

    The way forgets the connection of a call that is silent for `loses_after_s`; None: it never does.
    """

    function: str
    region: str
    deployment: str = "scan-workers"
    replicas: int = 4
    patience_s: float = 900.0
    loses_after_s: float | None = None

    def write(self, invocations: Sequence[Done]) -> list[LogRecord]:
        """The log events about the calls that these invocations came from, in the order of time."""
        return sorted((event for done in invocations for event in self._about(done)), key=lambda one: one.timestamp_ms)

    def connections(self, invocations: Sequence[Done]) -> list[tuple[float, Step]]:
        """What becomes of the connections of these calls on their way, in the order of time."""
        found = []
        for done in invocations:
            lost_s = self._lost_s(done)
            end = (done.end_s + _AFTER_S, Step.CLOSES) if lost_s is None else (lost_s, Step.IS_LOST)
            found += [(self._called_s(done), Step.OPENS), end]
        return sorted(found)

    def _about(self, done: Done) -> Iterator[LogRecord]:
        called_s = self._called_s(done)
        job = f"scan-{done.number + 1:04d}"
        yield self._event(done, called_s, level="INFO", msg="invoking", job_id=job, function=self.function)
        if self._lost_s(done) is not None:
            url = f"https://lambda.{self.region}.amazonaws.com/2015-03-31/functions/{self.function}/invocations"
            error = f'botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: "{url}"'
            at_s = called_s + self.patience_s + _GIVES_UP_LATE_S
            yield self._event(done, at_s, level="ERROR", msg="no answer", job_id=job, exc_info=error)
        else:
            at_s, request = done.end_s + _AFTER_S, done.request_id
            yield self._event(done, at_s, level="INFO", msg="answered", job_id=job, lambda_request_id=request)

    def _lost_s(self, done: Done) -> float | None:
        """When the way forgets the connection of a call, None when it does not."""
        if self.loses_after_s is None:
            return None
        lost_s = self._called_s(done) + self.loses_after_s
        return lost_s if lost_s < done.end_s else None

    def _called_s(self, done: Done) -> float:
        return done.start_s - (done.init_ms or 0.0) / 1000 - _BEFORE_S

    def _event(self, done: Done, at_s: float, **fields: str) -> LogRecord:
        moment = datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        pod = f"{self.deployment}-7d9c5b8f6d-{_LETTERS[done.number % self.replicas % len(_LETTERS)]}"
        line = json.dumps({"time": moment, **fields})
        whole = {"time": moment, "stream": "stdout", "log": line, "kubernetes": {"pod_name": pod}}
        at_ms = round(at_s * 1000)
        return LogRecord(at_ms, f"{pod}_documents_worker", json.dumps(whole), at_ms + _INGESTION_MS)


_LETTERS = ("4kq2x", "9tzlm", "b7w6p", "hv5jd")
