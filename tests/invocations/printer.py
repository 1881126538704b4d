"""Prints invocations as the lines Lambda writes about them; knows nothing of the parser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

EPOCH_MS = 1_767_600_000_000
HOST = "uploads.s3.eu-west-1.amazonaws.com"
# how each failure is worded, per runtime: type, message
WORDS = {
    "connect_timeout": ("ConnectTimeoutError", f'Connect timeout on endpoint URL: "https://{HOST}/a"'),
    "read_timeout": ("ReadTimeoutError", f'Read timeout on endpoint URL: "https://{HOST}/a"'),
    "connection_reset": ("ConnectionResetError", f"[Errno 104] Connection reset by peer: https://{HOST}/a"),
    "dns": ("EndpointConnectionError", f"https://{HOST}/a: [Errno -2] Name or service not known"),
    "throttled": ("ThrottlingException", f"Rate exceeded: https://{HOST}/a"),
    "access_denied": ("AccessDenied", f"Access Denied: https://{HOST}/a"),
    "application_error": ("KeyError", "'items'"),
}
ENDS = ("function_timeout", "out_of_memory", "runtime_exit")
FAILURES = (*WORDS, *ENDS)


@dataclass(frozen=True)
class Told:
    """An invocation to print. `failure` is None for a success, `chatter` how many lines it logs before."""

    number: int
    stream: int
    start_ms: int
    duration_ms: int
    failure: str | None = None
    init_ms: int | None = None
    memory_mb: int = 90
    chatter: int = 0

    @property
    def id(self) -> str:
        return f"{self.number:08x}-1a2b-4c3d-8e4f-{self.number:012x}"

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.duration_ms

    @property
    def used_mb(self) -> int:
        return 128 if self.failure == "out_of_memory" else self.memory_mb

    def row(self) -> dict[str, object]:
        """What must come out."""
        named = self.failure in WORDS and self.failure != "application_error"
        return {
            "request_id": self.id,
            "start": iso(self.start_ms),
            "end": iso(self.end_ms),
            "duration_ms": float(self.duration_ms),
            "billed_ms": float(self.duration_ms),
            "init_ms": None if self.init_ms is None else float(self.init_ms),
            "memory_used_mb": self.used_mb,
            "memory_size_mb": 128,
            "cold": self.init_ms is not None,
            "outcome": "failure" if self.failure else "success",
            "error_class": self.failure,
            "destination": HOST if named else None,
            "log_stream": stream(self.stream),
        }


def iso(offset_ms: int) -> str:
    moment = datetime.fromtimestamp((EPOCH_MS + offset_ms) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def stream(number: int) -> str:
    return f"2026/01/05/[$LATEST]{number:032x}"


def lines(told: Told, runtime: str) -> Iterator[tuple[int, str]]:
    """The lines of one invocation and their times: runtime is python, node, java, go or json."""
    print_it = _json if runtime == "json" else _text
    for offset_ms, message in print_it(told, runtime):
        yield EPOCH_MS + offset_ms, message


def _text(told: Told, runtime: str) -> Iterator[tuple[int, str]]:
    if told.init_ms is not None:
        yield told.start_ms, f"INIT_START Runtime Version: {runtime}:1.v2\tRuntime Version ARN: arn:aws:lambda:x\n"
    yield told.start_ms, f"START RequestId: {told.id} Version: $LATEST\n"
    for number in range(told.chatter):
        yield told.start_ms, _said(told, runtime, f"part {number} of report.pdf")
    if told.failure in WORDS:
        yield told.end_ms, _raised(told, runtime)
    if told.failure == "function_timeout":
        yield (
            told.end_ms,
            f"{iso(told.end_ms)} {told.id} Task timed out after {told.duration_ms / 1000:.2f} seconds\n\n",
        )
    yield told.end_ms, f"END RequestId: {told.id}\n"
    figures = f"Duration: {told.duration_ms:.2f} ms\tBilled Duration: {told.duration_ms} ms\tMemory Size: 128 MB\t"
    init = "" if told.init_ms is None else f"Init Duration: {told.init_ms:.2f} ms\t"
    status = {
        "out_of_memory": "Status: error\tError Type: Runtime.OutOfMemory\t",
        "runtime_exit": "Status: error\tError Type: Runtime.ExitError\t",
    }.get(told.failure or "", "")
    yield told.end_ms, f"REPORT RequestId: {told.id}\t{figures}Max Memory Used: {told.used_mb} MB\t{init}{status}\n"


def _said(told: Told, runtime: str, text: str) -> str:
    if runtime == "python":
        return f"[INFO]\t{iso(told.start_ms)}\t{told.id}\t{text}\n"
    return f"{iso(told.start_ms)}\t{told.id}\tINFO\t{text}\n" if runtime == "node" else f"{text}\n"


def _raised(told: Told, runtime: str) -> str:
    kind, message = WORDS[told.failure or ""]
    both = {"errorMessage": message, "errorType": kind}
    if runtime == "python":
        return (
            f'[ERROR] {kind}: {message}\nTraceback (most recent call last):\n  File "/var/task/app.py", line 7, in f\n'
        )
    if runtime == "node":
        return f"{iso(told.end_ms)}\t{told.id}\tERROR\tInvoke Error \t{json.dumps(both)}\n"
    if runtime == "java":
        return (
            f"{message}: com.example.{kind}\ncom.example.{kind}: {message}\n\tat com.example.Handler.handle(H.java:7)\n"
        )
    return json.dumps(both) + "\n"


def _json(told: Told, runtime: str) -> Iterator[tuple[int, str]]:
    def platform(at_ms: int, kind: str, record: dict[str, object]) -> tuple[int, str]:
        return at_ms, json.dumps({"time": iso(at_ms), "type": f"platform.{kind}", "record": record})

    if told.init_ms is not None:
        yield platform(told.start_ms, "initStart", {"initializationType": "on-demand", "phase": "init"})
    yield platform(told.start_ms, "start", {"requestId": told.id, "version": "$LATEST"})
    said = {"timestamp": iso(told.start_ms), "level": "INFO", "requestId": told.id}
    for number in range(told.chatter):
        yield told.start_ms, json.dumps({**said, "message": f"part {number}"})
    if told.failure in WORDS:
        kind, message = WORDS[told.failure or ""]
        raised = {"errorType": kind, "errorMessage": message, "requestId": told.id, "stackTrace": ["  File app.py"]}
        yield told.end_ms, json.dumps({"timestamp": iso(told.end_ms), "log_level": "ERROR", **raised})
    metrics = {"durationMs": float(told.duration_ms), "billedDurationMs": told.duration_ms, "memorySizeMB": 128}
    metrics["maxMemoryUsedMB"] = told.used_mb
    if told.init_ms is not None:
        metrics["initDurationMs"] = float(told.init_ms)
    status: dict[str, object] = {"status": "success"}
    if told.failure in ENDS:
        status = {
            "function_timeout": {"status": "timeout"},
            "out_of_memory": {"status": "error", "errorType": "Runtime.OutOfMemory"},
            "runtime_exit": {"status": "error", "errorType": "Runtime.ExitError"},
        }[told.failure or ""]
    yield platform(told.end_ms, "report", {"requestId": told.id, "metrics": metrics, **status})
