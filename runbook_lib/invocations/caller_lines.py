"""One event of a caller's log: what it says about a call of a Lambda function.

Text and JSON lines alike. What an error is called is the business of `taxonomy`; here only the words of a program that
calls, and what tells one call from another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from runbook_lib.invocations.base import ErrorClass, LogEvent
from runbook_lib.invocations.platform import millis
from runbook_lib.invocations.taxonomy import error_class_of
from runbook_lib.model.callers import CallEnd

__all__ = ["CallerLine", "line_of"]

_TEXT_KEYS = (
    "log",
    "message",
    "msg",
    "event",
    "error",
    "exception",
    "exc_info",
    "stack",
    "stack_trace",
    "errorMessage",
)
_TIME_KEYS = ("time", "timestamp", "@timestamp", "ts", "asctime")
_FUNCTION_KEYS = ("function", "function_name", "functionName", "FunctionName", "lambda")
_REQUEST_KEYS = ("lambda_request_id", "aws_request_id", "request_id", "requestId", "RequestId", "x-amzn-RequestId")
_KEY_KEYS = ("job", "job_id", "jobId", "task", "task_id", "call", "call_id", "correlation_id", "trace_id", "thread")
_WAITED_KEYS = {"waited_s": 1.0, "elapsed_s": 1.0, "duration_s": 1.0, "elapsed_ms": 0.001, "duration_ms": 0.001}

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_REQUEST = re.compile(rf"request[-_ ]?id[\"']?\s*[:=]?\s*[\"']?({_UUID})", re.IGNORECASE)
_NAME = r"[A-Za-z0-9_-]{1,64}"
_FUNCTION = re.compile(
    rf"/functions/(?:arn:aws[\w-]*:lambda:[\w-]+:\d{{12}}:function:)?({_NAME})"
    rf"|:function:({_NAME})"
    rf"|\bfunction(?:_?name)?[\"']?\s*[:=]\s*[\"']?({_NAME})"
    rf"|\b(?:invok(?:ing|e|ed)|calling|called)\s+(?:function\s+|lambda\s+)?[\"']?({_NAME})",
    re.IGNORECASE,
)
_KEY = re.compile(
    r"\b(?:job|task|call|correlation|trace)(?:[-_ ]?id)?\s*[:=]\s*([\w-]{1,64})|\[([\w-]{0,64}thread[\w-]{0,64})\]",
    re.I,
)
_WAITED = re.compile(
    r"(?<![\d.])(?P<ms>\d{1,9}(?:\.\d{1,9})?) ?(?:millis(?:econds)?|ms)\b"
    r"|(?:after|within|waited|timeout(?: of)?|elapsed)[ =:]{1,3}(?P<s>\d{1,6}(?:\.\d{1,9})?) ?s?\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"\b(?:invok(?:ing|e|ed)|calling|call started|submitt(?:ing|ed))\b", re.IGNORECASE)
_ANSWERED = re.compile(
    r"\b(?:answered|answer received|returned|completed|finished|succeeded|response received"
    r"|status(?:code)?[ =:]+200)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"lambda|ApiCall(?:Attempt)?Timeout", re.IGNORECASE)
_ENDS = {
    ErrorClass.READ_TIMEOUT: CallEnd.TIMED_OUT,
    ErrorClass.CONNECTION_RESET: CallEnd.RESET,
    ErrorClass.CONNECTION_CLOSED: CallEnd.RESET,
}
_LATEST_S = 1e11
_LATEST_MS = 1e14
_NO_NAMES = frozenset({"function", "lambda", "the", "with", "it", "again", "for", "failed", "name"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerLine:
    """What one event says; `end` is None for the beginning of a call. `key` tells one call from another.

    `is_sure` tells that it is about a call of a function and of nothing else: it names one, or Lambda, or how long an
    API call may take.
    """

    at_ms: int | None
    end: CallEnd | None
    error: ErrorClass | None
    function: str | None
    request_id: str | None
    key: str | None
    waited_s: float | None
    is_sure: bool


def line_of(event: LogEvent) -> CallerLine | None:
    """What an event says about a call, or None when it says nothing about one."""
    fields = _fields(event.message)
    text = event.message if fields is None else _text(fields)
    error = error_class_of(text)
    begins, answered = _BEGINS.search(text), _ANSWERED.search(text)
    if error is None and not begins and not answered:
        return None
    told = fields or {}
    function = _told(told, _FUNCTION_KEYS) or _function(text)
    at_ms = event.timestamp_ms if event.timestamp_ms is not None else _time(told)
    end = _ENDS.get(error, CallEnd.FAILED) if error else CallEnd.ANSWERED if answered else None
    return CallerLine(
        at_ms=at_ms,
        end=end,
        error=error,
        function=function,
        request_id=_uuid(_told(told, _REQUEST_KEYS)) or _group(_REQUEST.search(text)),
        key=_told(told, _KEY_KEYS) or _group(_KEY.search(text)),
        waited_s=_waited(told, text) if end else None,
        is_sure=function is not None or _ABOUT.search(text) is not None,
    )


def _fields(message: str) -> Mapping[str, Any] | None:
    """The object of a JSON line, or None for text; what a container wrote may stand inside the line of its runtime."""
    if not message.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(message)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    inner = _fields(found["log"]) if isinstance(found.get("log"), str) else None
    return {**found, **inner, "log": ""} if inner else found


def _text(fields: Mapping[str, Any]) -> str:
    return "\n".join(str(fields[key]) for key in _TEXT_KEYS if isinstance(fields.get(key), str | dict | list))


def _told(fields: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next(
        (str(fields[key]) for key in keys if isinstance(fields.get(key), str | int) and fields[key] != ""), None
    )


def _uuid(text: str | None) -> str | None:
    return text if text and re.fullmatch(_UUID, text, re.IGNORECASE) else None


def _function(text: str) -> str | None:
    for match in _FUNCTION.finditer(text):
        name = _group(match)
        if name and name.lower() not in _NO_NAMES:
            return name
    return None


def _group(match: re.Match[str] | None) -> str | None:
    return next((item for item in match.groups() if item), None) if match else None


def _time(fields: Mapping[str, Any]) -> int | None:
    for key in _TIME_KEYS:
        value = fields.get(key)
        if isinstance(value, str) and (found := millis(value)) is not None:
            return found
        if _is_number(value) and 0 < value < _LATEST_MS:
            return round(value if value > _LATEST_S else value * 1000)
    return None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _waited(fields: Mapping[str, Any], text: str) -> float | None:
    for key, unit in _WAITED_KEYS.items():
        value = fields.get(key)
        if _is_number(value) and 0 <= value < _LATEST_S:
            return float(value) * unit
    found = _WAITED.search(text)
    if found is None:
        return None
    return float(found["ms"]) / 1000 if found["ms"] else float(found["s"])
