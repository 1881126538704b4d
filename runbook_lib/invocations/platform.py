"""What Lambda itself writes about an invocation, as text and as JSON.

Text: https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html (the REPORT line) and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html (INIT_REPORT, RESTORE_REPORT, Status).
JSON: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html. Read 2026-11.

A text REPORT names a status only when it is not success, and neither form says that the handler raised an exception:
the runtime hands an exception over like a result. That is why a missing status proves nothing by itself.
"""

from __future__ import annotations

import re
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple

from runbook_lib.invocations.base import ErrorClass
from runbook_lib.invocations.glance import REQUEST_ID
from runbook_lib.invocations.taxonomy import lambda_error_class

__all__ = ["Kind", "Record", "Report", "json_record", "millis", "request_after", "text_record", "usual_report"]


class Kind(IntEnum):
    """What a record says; the order in which records of the same millisecond follow each other."""

    INIT_START = 0
    INIT_REPORT = 1
    START = 2
    NOTE = 3
    CUT = 4
    FAULT = 5
    END = 6
    REPORT = 7


class Report(NamedTuple):
    """The figures and the status of a REPORT, an INIT_REPORT or a RESTORE_REPORT; None is what was not said.

    `status` is success, failure, error or timeout; in text it is None when Lambda named none. `is_whole` is False for
    a line that ends before it could have named one.
    """

    duration_ms: float | None = None
    billed_ms: float | None = None
    init_ms: float | None = None
    memory_used_mb: int | None = None
    memory_size_mb: int | None = None
    status: str | None = None
    error_type: str | None = None
    phase: str | None = None
    is_whole: bool = True

    @property
    def has_failed(self) -> bool:
        """Whether Lambda named a status other than success."""
        return self.status is not None and self.status != "success"

    @property
    def error_class(self) -> ErrorClass:
        """What a failing status stands for."""
        if self.status and "timeout".startswith(self.status):
            return ErrorClass.FUNCTION_TIMEOUT
        return lambda_error_class(self.error_type) if self.error_type else ErrorClass.RUNTIME_EXIT


class Record(NamedTuple):
    """One record of Lambda. `seconds` is the time a timed-out task was given; `time_ms` what the record says itself."""

    kind: Kind
    request_id: str | None = None
    report: Report | None = None
    error_class: ErrorClass | None = None
    seconds: float | None = None
    time_ms: int | None = None
    counts_as_cold: bool = True


_REPORT = re.compile(
    r"REPORT RequestId: (\S+)\s+Duration: ([\d.]+) ms\s+Billed Duration: (\d+) ms\s+"
    r"Memory Size: (\d+) MB\s+Max Memory Used: (\d+) MB\s*(?:Init Duration: ([\d.]+) ms\s*)?$"
)
_FIGURE = re.compile(r"((?:[A-Z][a-z]+ )*[A-Z][a-z]+): ([\d.]+) (?:ms|MB)(?=\s|$)")
_STATUS = re.compile(r"\bStatus: (\w*)")
_ERROR_TYPE = re.compile(r"\bError Type: ([\w.]+)")
_PHASE = re.compile(r"\bPhase: (\w+)")
_WHOLE = re.compile(r"Max Memory Used: \d+ MB(?:\s+(?:[A-Z]\w*(?: \w+)*: \S+(?: ms| MB)?|$))*\s*$")
_OPEN = re.compile(r"Duration:\s?[\d.]*\s?m?$")
# applications write such words too, so the whole form counts: a time and a request id, or a request id and `Error:`
_TIMED_OUT = re.compile(rf"(\d{{4}}-\d\d-\d\dT[\d:.]+Z?) ({REQUEST_ID}) Task timed out after ([\d.]+) seconds")
_FAULT = re.compile(rf"RequestId: ({REQUEST_ID})\s+((?:Error:|Process exited before).*)", re.DOTALL)
_FAULT_TYPE = re.compile(r"\b((?:Runtime|Extension|Sandbox|Function)\.\w+)")


def text_record(message: str) -> Record | None:
    """The record of a text line; None for a line of the application, or of no interest (EXTENSION, XRAY, LOGS)."""
    if message.startswith("START RequestId: "):
        return Record(Kind.START, request_after(message, 17))
    if message.startswith("END RequestId: "):
        return Record(Kind.END, request_after(message, 15))
    if message.startswith("REPORT RequestId: "):
        return Record(Kind.REPORT, request_after(message, 18), _report(message))
    if message.startswith(("INIT_START", "RESTORE_START")):
        return Record(Kind.INIT_START)
    if message.startswith(("INIT_REPORT", "RESTORE_REPORT")):
        return Record(Kind.INIT_REPORT, report=_report(message))
    if message.startswith("RequestId: "):
        found = _FAULT.match(message)
        return Record(Kind.FAULT, found[1], error_class=_fault_class(found[2])) if found else None
    timed_out = _TIMED_OUT.match(message) if "Task timed out after " in message else None
    if timed_out:
        return Record(
            Kind.FAULT,
            timed_out[2],
            error_class=ErrorClass.FUNCTION_TIMEOUT,
            seconds=float(timed_out[3]),
            time_ms=millis(timed_out[1]),
        )
    return None


def json_record(item: dict[str, Any]) -> Record | None:
    """The record of a `platform.*` event; None for those that say nothing about an invocation."""
    kind = str(item.get("type"))
    said = item.get("record")
    time_ms = millis(item.get("time"))
    if kind == "platform.fault" and isinstance(said, str):
        return text_record(said)
    if not isinstance(said, dict):
        return None
    request_id = said.get("requestId")
    request_id = str(request_id) if request_id else None
    if kind == "platform.start":
        return Record(Kind.START, request_id, time_ms=time_ms)
    if kind == "platform.end":
        return Record(Kind.END, request_id, time_ms=time_ms)
    if kind in {"platform.report", "platform.runtimeDone"}:
        which = Kind.REPORT if kind == "platform.report" else Kind.END
        return Record(which, request_id, _json_report(said), time_ms=time_ms)
    by_demand = said.get("initializationType") not in {"provisioned-concurrency", "snap-start"}
    if kind in {"platform.initStart", "platform.restoreStart"}:
        return Record(Kind.INIT_START, time_ms=time_ms, counts_as_cold=by_demand)
    if kind in {"platform.initReport", "platform.restoreReport"}:
        report = _json_report(said)
        report = report._replace(duration_ms=None, init_ms=report.duration_ms)
        return Record(Kind.INIT_REPORT, report=report, time_ms=time_ms, counts_as_cold=by_demand)
    return None


def millis(text: Any) -> int | None:
    """An ISO 8601 time as milliseconds since the epoch; None when it is none. Without an offset it is UTC."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return round(moment.timestamp() * 1000) if moment.tzinfo else round((moment - _EPOCH).total_seconds() * 1000)
    except (ValueError, OverflowError, OSError):
        return None


_EPOCH = datetime(1970, 1, 1)


def request_after(message: str, start: int) -> str | None:
    """The request id that begins at a place; None for a line that ends in the middle of one."""
    words = message[start : start + 80].split(None, 1)
    if not words or (len(words[0]) < 36 and len(message) == start + len(words[0]) and _ID_BEGUN.match(words[0])):
        return None
    return words[0]


_ID_BEGUN = re.compile(r"[0-9a-f-]*$")


def usual_report(message: str) -> tuple[str, Report] | None:
    """The request id and the figures of a REPORT line in the form in which nearly all come; None for another form."""
    found = _REPORT.match(message)
    if found is None:
        return None
    request_id, duration, billed, size, used, init = found.groups()
    return request_id, Report(float(duration), float(billed), float(init) if init else None, int(used), int(size))


def _report(message: str) -> Report:
    """The figures of a REPORT, INIT_REPORT or RESTORE_REPORT line, in whatever white space an export left."""
    usual = usual_report(message)
    if usual:
        return usual[1]
    figures = {name: _number(value) for name, value in _FIGURE.findall(message)}
    status = _STATUS.search(message)
    error_type = _ERROR_TYPE.search(message)
    phase = _PHASE.search(message)
    used = figures.get("Max Memory Used")
    size = figures.get("Memory Size")
    init_ms = figures.get("Init Duration")
    is_invocation = message.startswith("REPORT")
    return Report(
        duration_ms=figures.get("Duration"),
        billed_ms=figures.get("Billed Duration"),
        init_ms=figures.get("Restore Duration") if init_ms is None else init_ms,
        memory_used_mb=None if used is None else int(used),
        memory_size_mb=None if size is None else int(size),
        status=(status[1] or None) if status else None,
        error_type=error_type[1] if error_type else None,
        phase=phase[1] if phase else None,
        is_whole=not is_invocation or (_WHOLE.search(message) is not None and not _OPEN.search(message)),
    )


def _json_report(said: dict[str, Any]) -> Report:
    metrics = said.get("metrics")
    metrics = metrics if isinstance(metrics, dict) else {}
    init_ms = _number(metrics.get("initDurationMs"))
    used, size = _number(metrics.get("maxMemoryUsedMB")), _number(metrics.get("memorySizeMB"))
    status, error_type = said.get("status"), said.get("errorType")
    return Report(
        duration_ms=_number(metrics.get("durationMs")),
        billed_ms=_number(metrics.get("billedDurationMs")),
        init_ms=_number(metrics.get("restoreDurationMs")) if init_ms is None else init_ms,
        memory_used_mb=None if used is None else int(used),
        memory_size_mb=None if size is None else int(size),
        status=status if isinstance(status, str) else None,
        error_type=error_type if isinstance(error_type, str) else None,
        phase=said.get("phase") if isinstance(said.get("phase"), str) else None,
    )


def _number(value: Any) -> float | None:
    try:
        number = None if value is None or isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number is None or abs(number) < 1e15 else None


def _fault_class(text: str) -> ErrorClass:
    """The class of `RequestId: … Error: Runtime exited with error: signal: killed` and its kin."""
    named = _FAULT_TYPE.search(text)
    if named:
        return lambda_error_class(named[1])
    return ErrorClass.FUNCTION_TIMEOUT if "timed out" in text else ErrorClass.RUNTIME_EXIT
