"""Writes what the Lambda platform and its runtimes write to the log group about an invocation.

Text and JSON format, the system log levels, and the runtimes' own layouts, from the documentation:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from runbook_lib.sandbox.load.application_logs import application_line, error_line, family_of
from runbook_lib.sandbox.load.jobs import Done, FailureKind
from runbook_lib.sandbox.load.records import LogRecord

__all__ = ["Writer"]

_INGESTION_MS = 2_300
_LATE_MS = 4 * 3_600_000
_LAST_LINE_S = 0.002
_LEVELS = ("DEBUG", "INFO", "WARN")
_ENVIRONMENT_ENDS = (FailureKind.OUT_OF_MEMORY, FailureKind.RUNTIME_EXIT)
_EXIT = {
    FailureKind.OUT_OF_MEMORY: ("Runtime.OutOfMemory", "signal: killed"),
    FailureKind.RUNTIME_EXIT: ("Runtime.ExitError", "exit status 1"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """How a function logs: `log_format` Text or JSON, and the least level of the events of platform and application.

    The levels hold for JSON only, as in Lambda. `traced` adds what X-Ray adds, `tells_connections` what urllib3 says
    about a new connection when its log level is DEBUG. `late` are the numbers of invocations whose end reaches the log
    group hours later.
    """

    function: str
    region: str
    runtime: str = "python3.13"
    version: str = "$LATEST"
    log_format: str = "Text"
    system_level: str = "INFO"
    application_level: str = "INFO"
    memory_mb: int = 512
    timeout_s: float = 60.0
    success: str = "Uploaded {key} to {host}"
    traced: bool = False
    tells_connections: bool = False
    late: tuple[int, ...] = ()

    def write(self, invocations: Sequence[Done]) -> list[LogRecord]:
        """The events of all invocations, in the order of time; those of one stream in the order of writing."""
        events = [event for done in invocations for event in self.events(done)]
        return sorted(events, key=lambda event: event.timestamp_ms)

    def events(self, done: Done) -> Iterator[LogRecord]:
        """The events of one invocation, in the order in which they are written."""
        for at_s, message in self._json(done) if self.log_format == "JSON" else self._text(done):
            at_ms = round(at_s * 1000)
            is_late = done.number in self.late and at_s >= done.end_s - _LAST_LINE_S
            yield LogRecord(at_ms, done.stream, message, at_ms + (_LATE_MS if is_late else _INGESTION_MS))

    def _text(self, done: Done) -> Iterator[tuple[float, str]]:
        request = done.request_id
        if done.init_ms is not None:
            version, arn = self._version()
            yield self._init_s(done), f"INIT_START Runtime Version: {version}\tRuntime Version ARN: {arn}\n"
        yield done.start_s, f"START RequestId: {request} Version: {self.version}\n"
        yield from self._application(done)
        failure = done.failure
        if failure is not None and failure.kind is FailureKind.FUNCTION_TIMEOUT:
            yield done.end_s, f"{_iso(done.end_s)} {request} Task timed out after {self.timeout_s:.2f} seconds\n\n"
        elif failure is not None and failure.kind in _ENVIRONMENT_ENDS:
            reason = failure.code or _EXIT[failure.kind][1]
            yield done.end_s, f"RequestId: {request} Error: Runtime exited with error: {reason}\nRuntime.ExitError\n"
        yield done.end_s, f"END RequestId: {request}\n"
        yield done.end_s, self._report(done)

    def _application(self, done: Done) -> Iterator[tuple[float, str]]:
        family = family_of(self.runtime)
        if self.tells_connections:
            for number, at_s in enumerate(done.attempts, start=1):
                text = f"Starting new HTTPS connection ({number}): {done.job.host}:{done.job.port}"
                yield at_s, application_line(family, self.log_format, done, "DEBUG", text, at_s)
        if done.failure is None:
            text = self.success.format(host=done.job.host, key=f"invoice-{done.number:06d}.pdf", subnet=done.subnet_id)
            if self.log_format != "JSON" or self.application_level in ("DEBUG", "INFO"):
                at_s = done.end_s - _LAST_LINE_S
                yield at_s, application_line(family, self.log_format, done, "INFO", text, at_s)
        elif done.failure.kind not in (FailureKind.FUNCTION_TIMEOUT, *_ENVIRONMENT_ENDS):
            at_s = done.end_s - _LAST_LINE_S
            yield at_s, error_line(family, self.log_format, done, self.function, at_s)

    def _report(self, done: Done) -> str:
        parts = [
            f"REPORT RequestId: {done.request_id}",
            f"Duration: {self._duration_ms(done):.2f} ms",
            f"Billed Duration: {self._billed_ms(done)} ms",
            f"Memory Size: {self.memory_mb} MB",
            f"Max Memory Used: {self._memory_mb(done)} MB",
        ]
        if done.init_ms is not None:
            parts.append(f"Init Duration: {done.init_ms:.2f} ms")
        status, kind = self._status(done)
        if status == "timeout":
            parts.append("Status: timeout")
        elif kind:
            parts += ["Status: error", f"Error Type: {kind}"]
        trace = f"XRAY TraceId: {_trace(done)}\tSegmentId: {done.request_id[-16:].replace('-', '0')}\tSampled: true\t\n"
        return "\t".join(parts) + "\t\n" + (trace if self.traced else "")

    def _json(self, done: Done) -> Iterator[tuple[float, str]]:
        request = {"requestId": done.request_id}
        status, kind = self._status(done)
        if done.init_ms is not None and self._passes("INFO"):
            yield self._init_s(done), _platform("initStart", self._init_s(done), self._init_record())
        if done.init_ms is not None and self._passes("DEBUG"):
            yield done.start_s, _platform("initReport", done.start_s, self._init_report(done))
        if self._passes("INFO"):
            version = {"version": self.version}
            tracing = {"tracing": {"type": "X-Amzn-Trace-Id", "value": f"Root={_trace(done)}"}} if self.traced else {}
            yield done.start_s, _platform("start", done.start_s, request | version | tracing)
        yield from self._application(done)
        failed = {"errorType": kind} if kind else {}
        if self._passes("DEBUG" if status == "success" else "WARN"):
            metrics = {"metrics": {"durationMs": self._duration_ms(done), "producedBytes": 42}}
            yield done.end_s, _platform("runtimeDone", done.end_s, request | {"status": status} | failed | metrics)
        if self._passes("INFO" if status == "success" else "WARN"):
            yield (
                done.end_s,
                _platform("report", done.end_s, request | self._metrics(done) | {"status": status} | failed),
            )

    def _init_record(self) -> dict[str, Any]:
        version, arn = self._version()
        return {
            "initializationType": "on-demand",
            "phase": "init",
            "runtimeVersion": version,
            "runtimeVersionArn": arn,
            "functionName": self.function,
            "functionVersion": self.version,
        }

    def _init_report(self, done: Done) -> dict[str, Any]:
        measured = {"metrics": {"durationMs": done.init_ms}}
        return {"initializationType": "on-demand", "phase": "init", "status": "success"} | measured

    def _metrics(self, done: Done) -> dict[str, Any]:
        metrics: dict[str, Any] = {
            "durationMs": self._duration_ms(done),
            "billedDurationMs": self._billed_ms(done),
            "memorySizeMB": self.memory_mb,
            "maxMemoryUsedMB": self._memory_mb(done),
        }
        return {"metrics": metrics | ({"initDurationMs": done.init_ms} if done.init_ms is not None else {})}

    def _status(self, done: Done) -> tuple[str, str]:
        if done.failure is None:
            return "success", ""
        if done.failure.kind is FailureKind.FUNCTION_TIMEOUT:
            return "timeout", ""
        return "error", _EXIT[done.failure.kind][0] if done.failure.kind in _ENVIRONMENT_ENDS else ""

    def _passes(self, level: str) -> bool:
        return _LEVELS.index(level) >= _LEVELS.index(self.system_level)

    def _duration_ms(self, done: Done) -> float:
        return min(done.duration_ms, self.timeout_s * 1000)

    def _billed_ms(self, done: Done) -> int:
        """Rounded up to the millisecond, the initialisation included."""
        return math.ceil(self._duration_ms(done) + (done.init_ms or 0.0))

    def _memory_mb(self, done: Done) -> int:
        out = done.failure is not None and done.failure.kind is FailureKind.OUT_OF_MEMORY
        return self.memory_mb if out else done.memory_used_mb

    def _init_s(self, done: Done) -> float:
        return done.start_s - (done.init_ms or 0.0) / 1000

    def _version(self) -> tuple[str, str]:
        name = self.runtime.replace("python", "python:").replace("nodejs", "nodejs:").replace("java", "java:")
        name = name.replace("dotnet", "dotnet:").replace("provided.", "provided:")
        digest = hashlib.sha256(self.runtime.encode()).hexdigest()
        return f"{name}.v31", f"arn:aws:lambda:{self.region}::runtime:{digest}"


def _platform(kind: str, at_s: float, record: dict[str, Any]) -> str:
    return json.dumps({"time": _iso(at_s), "type": f"platform.{kind}", "record": record}, separators=(",", ":"))


def _trace(done: Done) -> str:
    return f"1-{int(done.start_s):08x}-{done.request_id.replace('-', '')[:24]}"


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(at_s * 1000) % 1000:03d}Z"
