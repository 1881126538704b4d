"""What the application and its runtime write: which request a line belongs to, and whether it tells of a failure.

Four strengths of a sign of failure:

- `FATAL`: the runtime's own record of an exception the handler did not catch. The invocation failed, whatever Lambda's
  report says: for Lambda an exception is a result (see `platform`).
- `LOGGED`: a line at ERROR or above, or a record of an exception without any level, that names an error of the taxonomy
  and does not speak of another attempt. Somebody gave up on something, even if the handler then returned normally.
- `DOUBTFUL`: a line at ERROR or above that names no such error or speaks of another attempt, a line without a level
  that only mentions one, a printed traceback. Whether it was dealt with is not told.
- `QUIET`: an error of the taxonomy below ERROR. It may explain a failure, but is none.

Any other line is no sign of failure. The records of the runtimes are those of
aws-lambda-python-runtime-interface-client, aws-lambda-nodejs-runtime-interface-client, aws-lambda-java-libs,
aws-lambda-go, Amazon.Lambda.RuntimeSupport, aws-lambda-rust-runtime and swift-aws-lambda-runtime, read 2026-11. In JSON
a Node.js function that logs nothing but an error object writes what its runtime writes for an uncaught one; it counts
as the latter.
"""

from __future__ import annotations

import json
import re
from enum import IntEnum
from typing import Any, NamedTuple

from runbook_lib.invocations.base import ErrorClass
from runbook_lib.invocations.glance import JSON_REQUEST_ID, REQUEST_ID, has_hint, real_id
from runbook_lib.invocations.platform import Record, Report, json_record, millis
from runbook_lib.invocations.taxonomy import destination_of, lambda_error_class, named_in
from runbook_lib.invocations.wording import (
    brief,
    is_loud,
    json_level,
    level_of,
    loud_lead,
    speaks_of_another_attempt,
    tells_an_exception,
)

__all__ = ["Line", "Sign", "Strength", "application_line", "is_quiet"]


class Strength(IntEnum):
    """How sure a sign of failure is."""

    QUIET = 1
    DOUBTFUL = 2
    LOGGED = 3
    FATAL = 4
    LAMBDA = 5


class Sign(NamedTuple):
    """A sign of failure: what it names, where to, and the shortened text."""

    strength: Strength
    error_class: ErrorClass
    destination: str | None
    detail: str


class Line(NamedTuple):
    """What a line of the application tells; `is_cut` when it ends before it could have told of a failure.

    `is_guess` says that the request id is only some id in the text. A JSON line may be a record of Lambda (`record`).
    """

    request_id: str | None = None
    sign: Sign | None = None
    is_cut: bool = False
    time_ms: int | None = None
    record: Record | None = None
    is_guess: bool = False


_ANY_ID = re.compile(REQUEST_ID)
_FRAME = re.compile(r"\s+(?:at |File \"|\^|~)|\s{4}|\t")
_PYTHON_RECORD = re.compile(r"\[ERROR\] ([A-Za-z_][\w.]*)(?=[:\s]|$)")
_EXCEPTION_NAME = re.compile(r"(?:\w+\.)+\w+$|\w*(?:Error|Exception|Timeout|Exit|Interrupt|Fault|Failure|Warning)$")
_NODE_RECORD = re.compile(r"(?:Invoke Error|Uncaught Exception|Unhandled Promise Rejection)\b")
_JAVA_RECORD = re.compile(r"(?s)(?:.{0,2000}?(?:: |\n))??([\w$]+(?:\.[\w$]+)+)[\r\n]+\1(?::|[\r\n]|$)")
_JAVA_RECORD_WITHOUT_PACKAGE = re.compile(
    r"(?s)(?:.{0,2000}?: )??([A-Za-z_$][\w$]*)[\r\n]+\1(?::[^\r\n]*)?[\r\n]+\s+at "
)
_DOTNET_RECORD = re.compile(r"(?s)(?:\w+\.)*\w*(?:Exception|Error)(?:`\d+)?(?: \(\S+\))?:? .*[\r\n]+ +at ")
_ERROR_OBJECT = re.compile(r'\{\s*"error(?:Message|Type)"')
_LAMBDA_STATUS = re.compile(r"\s*(?:.{0,40}MB\s+)?Status: (error|timeout|failure)\b(?:\s+Error Type: ([\w.]+))?")


def application_line(message: str) -> Line:
    """What a line with a hint tells."""
    if message.startswith("{"):
        try:
            item = json.loads(message)
        except (ValueError, RecursionError):
            found = JSON_REQUEST_ID.search(message)
            return Line(found[1] if found else None, _sign_of_text(message, None, ""), is_cut=True)
        return _json_line(item) if isinstance(item, dict) else Line()
    first = message[:1]
    fields = message.split("\t", 3)
    if first == "[":
        if len(fields) == 4 and fields[0].endswith("]"):
            return Line(real_id(fields[2]), _logged(fields[3], fields[0].strip("[]")), time_ms=millis(fields[1]))
        return _python_record(message)
    if first.isdigit() and len(fields) == 4 and "T" in fields[0]:
        return _structured(fields)
    return _plain(message)


def is_quiet(message: str) -> bool:
    """Whether a text line names a level below ERROR."""
    level = level_of(message[:200].partition("\n")[0])
    return level is not None and not is_loud(level)


def _python_record(message: str) -> Line:
    """`[ERROR] Type: message`, then a traceback: the Python runtime's record. Without one it may be cut, or a print."""
    found = _PYTHON_RECORD.match(message)
    if not found:
        return _plain(message)
    if _TRACEBACK in message or _EXCEPTION_NAME.match(found[1]):
        return Line(sign=_fatal(message, found[1]))
    return Line(sign=_logged(message, "ERROR"), is_cut=found.end() == len(message.rstrip()))


def _structured(fields: list[str]) -> Line:
    """`<time>\t<request id>\t<level>\t<message>`: Node.js and .NET."""
    time_ms, request_id, level, text = millis(fields[0]), real_id(fields[1]), fields[2].strip().upper(), fields[3]
    if not is_loud(level):
        return Line(request_id, _logged(text, level), time_ms=time_ms)
    if _NODE_RECORD.match(text):
        return Line(request_id, _fatal(text, _error_type(text)), time_ms=time_ms)
    if _DOTNET_RECORD.match(text):
        return Line(request_id, _fatal(text, None), time_ms=time_ms)
    return Line(request_id, _logged(text, level), time_ms=time_ms)


def _plain(message: str) -> Line:
    """Text in a form of its own: a print, a stack trace, a panic, log4j, Go's log, logfmt."""
    found = _ANY_ID.search(message, 0, 300)
    return Line(found[0] if found else None, _plain_sign(message), is_guess=True)


def _plain_sign(message: str) -> Sign | None:
    status = _LAMBDA_STATUS.match(message)
    if status:
        error_class = Report(status=status[1], error_type=status[2]).error_class
        return Sign(Strength.LAMBDA, error_class, None, brief(message))
    error_object = _ERROR_OBJECT.search(message, 0, 150)
    level = level_of(message[: error_object.start()] if error_object else message[:200].partition("\n")[0])
    if level is not None and not is_loud(level):
        return _logged(message, level)
    if error_object:
        return _fatal(message, _error_type(message))
    if message.startswith(_LAST_WORDS) or _UNCAUGHT.match(message) or _is_java_record(message):
        return _fatal(message, None)
    return _logged(message, level)


_LAST_WORDS = ("panic: ", "fatal error: ", "Unhandled exception. ")


_UNCAUGHT = re.compile(
    r"\s*(?:PHP )?Fatal error: +Uncaught |\[ERROR\] \[\d+\] LAMBDA_RUNTIME Failed to post |error: Uncaught |"
    r"\S+ error .{1,80}: lambda handler returned an error\b|"
    r"\S+ .{1,80}\] lambda handler returned an error\b|\S+ +ERROR (?:.{1,200}: )?lambda_runtime(?:::\w+)*: "
)


def _is_java_record(message: str) -> bool:
    if "\n" not in message and "\r" not in message:
        return False
    return _JAVA_RECORD.match(message) is not None or _JAVA_RECORD_WITHOUT_PACKAGE.match(message) is not None


def _json_line(item: dict[str, Any]) -> Line:
    kind = item.get("type")
    if isinstance(kind, str) and kind.startswith("platform."):
        return Line(record=json_record(item))
    if kind in {"function", "extension"} and "record" in item:
        return Line() if kind == "extension" else _function_record(item["record"])
    request_id = next((str(item[name]) for name in _ID_KEYS if item.get(name)), None)
    time_ms = millis(item.get("timestamp") or item.get("time"))
    text, message = _json_text(item), item.get("message", item.get("msg"))
    level = json_level(item) or (loud_lead(message) if isinstance(message, str) else None)
    is_quiet = level is not None and not is_loud(level)
    if level is not None and not is_quiet and str(item.get("target", "")).startswith("lambda_runtime"):
        return Line(request_id or _id_of_span(item), _fatal(text, None), time_ms=time_ms)
    is_error_object = isinstance(message, dict) and "errorType" in message
    is_own = message is None or message == item.get("errorMessage")
    if not is_quiet and (is_error_object or ("errorType" in item and is_own)):
        named = message if isinstance(message, dict) else item
        return Line(request_id, _fatal(text, str(named["errorType"])), time_ms=time_ms)
    if not is_quiet and isinstance(message, str) and _is_java_record(message):
        return Line(request_id, _fatal(message, None), time_ms=time_ms)
    return Line(request_id, _logged(text, level), time_ms=time_ms)


_ID_KEYS = ("requestId", "AWSRequestId", "aws_request_id", "function_request_id", "awsRequestId", "request_id")


def _id_of_span(item: dict[str, Any]) -> str | None:
    """The request id in the spans of Rust's tracing."""
    spans = item.get("spans")
    listed = [*(spans if isinstance(spans, list) else ()), item.get("span")]
    return next((str(span["requestId"]) for span in listed if isinstance(span, dict) and span.get("requestId")), None)


def _function_record(said: Any) -> Line:
    """The `record` of a `function` event of the Telemetry API: the line, or the object that was logged."""
    if isinstance(said, dict):
        return _json_line(said)
    return (
        application_line(said)
        if isinstance(said, str) and has_hint(said) and not said.startswith('{"type"')
        else Line()
    )


def _json_text(value: Any, depth: int = 0) -> str:
    """The texts of an object, one per line, with their keys where they name a type, a code or an address."""
    if isinstance(value, str):
        return value
    if depth > 4:
        return ""
    if isinstance(value, list):
        return "\n".join(_json_text(item, depth + 1) for item in value[:40])
    if isinstance(value, dict):
        return "\n".join(
            f'"{name}": "{text}"' if isinstance(text, str) and name in _NAMED else _json_text(text, depth + 1)
            for name, text in value.items()
            if name not in _SKIPPED
        )
    return ""


_NAMED = frozenset({"hostname", "address", "errorType", "code"})
_SKIPPED = frozenset(
    {"timestamp", "time", "requestId", "AWSRequestId", "level", "log_level", "stackTrace", "stack", "trace"}
)


def _error_type(text: str) -> str | None:
    found = re.search(r'"errorType": ?"([^"]+)"', text)
    return found[1] if found else None


def _fatal(text: str, error_type: str | None) -> Sign:
    """The sign of an uncaught exception; a class of Lambda's own (`Runtime.…`) counts, else what the text names."""
    spoken = _spoken(text)
    error_class, words = named_in(spoken) or (None, "")
    if error_class is None and error_type and error_type.startswith(("Runtime.", "Sandbox.", "Extension.")):
        error_class, words = lambda_error_class(error_type), error_type.lower()
    return Sign(Strength.FATAL, error_class or ErrorClass.APPLICATION_ERROR, destination_of(spoken), brief(text, words))


def _logged(text: str, level: str | None) -> Sign | None:
    """The sign of a line that is no runtime's record; None when it tells of no error."""
    return _sign_of_text(_spoken(text), level, text)


def _sign_of_text(spoken: str, level: str | None, text: str) -> Sign | None:
    error_class, words = named_in(spoken) or (None, "")
    has_level = level is not None
    is_below = has_level and not is_loud(level or "")
    if error_class is None:
        is_told = (has_level and not is_below) or (not has_level and _PRINTED.match(text) is not None)
        return Sign(Strength.DOUBTFUL, ErrorClass.APPLICATION_ERROR, None, brief(text or spoken)) if is_told else None
    strength = Strength.DOUBTFUL
    if is_below:
        strength = Strength.QUIET
    elif not speaks_of_another_attempt(spoken) and (has_level or tells_an_exception(spoken)):
        strength = Strength.LOGGED
    return Sign(strength, error_class, destination_of(spoken), brief(text or spoken, words))


_TRACEBACK = "Traceback (most recent call last)"
_PRINTED = re.compile(
    r"Traceback \(most recent call last\)|(?:[\w$]+\.)+[\w$]*(?:Exception|Error)(?::[^\r\n]*)?[\r\n]+\s+at "
)


def _spoken(text: str) -> str:
    """A message without its stack frames: its first line, exceptions, causes. At most 4,000 characters of each end."""
    if len(text) > 8000:
        text = text[:4000] + "\n" + text[-4000:]
    if "\n" not in text and "\r" not in text:
        return text
    lines = text.splitlines()
    kept = [line for line in lines[1:] if "--->" in line or not _FRAME.match(line)]
    return "\n".join([lines[0], *kept])
