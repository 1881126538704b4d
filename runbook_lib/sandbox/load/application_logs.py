"""How each runtime lays out a line of the application and an error that its handler lets through.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html (and nodejs-, java-, golang-, csharp-logging)
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from runbook_lib.sandbox.load.failure_texts import message_of, type_of
from runbook_lib.sandbox.load.jobs import Done

__all__ = ["application_line", "error_line", "family_of"]

_FAMILIES = ("python", "nodejs", "java", "dotnet")
_INDENT = "\N{NO-BREAK SPACE}"


def family_of(runtime: str) -> str:
    """The family of a runtime identifier: go is what runs on provided.*, unless it is called custom."""
    if runtime.startswith("provided"):
        return "custom" if runtime.endswith("custom") else "go"
    return next(family for family in _FAMILIES if runtime.startswith(family))


def application_line(family: str, log_format: str, done: Done, level: str, text: str, at_s: float) -> str:
    """A line that the application logs during an invocation."""
    moment, request = _milliseconds(at_s), done.request_id
    if log_format == "JSON":
        return _json_line(family, done, level, text, at_s)
    if family == "python":
        return f"[{level}]\t{moment}\t{request}\t{text}\n"
    if family == "nodejs":
        return f"{moment}\t{request}\t{level}\t{text}\n"
    if family == "dotnet":
        return f"{moment}\t{request}\t{level.lower()[:4]}\t{text}\n"
    if family == "go":
        return f"{_slashed(at_s)} {text}\n"
    if family == "java":
        return f"{text}\n"
    return f"{_microseconds(at_s)}  {level} bootstrap: {text} request_id={request}\n"


def error_line(family: str, log_format: str, done: Done, function: str, at_s: float) -> str:
    """What the runtime logs when the handler fails."""
    assert done.failure is not None
    kind, message = type_of(family, done.failure), message_of(family, done.failure, function, done.number)
    if log_format == "JSON":
        return _json_error(family, done, kind, message, at_s)
    moment, request = _milliseconds(at_s), done.request_id
    if family == "python":
        return f"[ERROR] {kind}: {message}\nTraceback (most recent call last):\n" + "\n".join(_python_frames()) + "\n"
    if family == "nodejs":
        raised = {"errorType": kind, "errorMessage": message, "stack": [f"{kind}: {message}", *_node_frames()]}
        return f"{moment}\t{request}\tERROR\tInvoke Error \t{json.dumps(raised, separators=(',', ':'))}\n"
    if family == "java":
        return f"{message}: {kind}\n{kind}: {message}\n" + "\n".join(_java_frames()) + "\n"
    if family == "dotnet":
        return f"{moment}\t{request}\tfail\t{kind}: {message}\n" + "\n".join(_dotnet_frames()) + "\n"
    if family == "go":
        raised = {"errorMessage": message, "errorType": kind}
        return f"{json.dumps(raised, separators=(',', ':'))}\n"
    return f"{_microseconds(at_s)} ERROR bootstrap: upload failed: {message} request_id={request}\n"


def _json_line(family: str, done: Done, level: str, text: str, at_s: float) -> str:
    line: dict[str, str]
    if family == "python":
        line = {"timestamp": _seconds(at_s), "level": level, "message": text, "logger": "app"}
        return json.dumps(line | {"requestId": done.request_id})
    if family == "java":
        line = {"timestamp": _milliseconds(at_s), "level": level, "message": text}
        return json.dumps(line | {"AWSRequestId": done.request_id}, separators=(",", ":"))
    if family == "dotnet":
        line = {"timestamp": _milliseconds(at_s), "level": level.capitalize(), "requestId": done.request_id}
        return json.dumps(line | {"message": text}, separators=(",", ":"))
    if family == "go":
        line = {"time": _milliseconds(at_s), "level": level, "msg": text}
        return json.dumps(line | {"requestId": done.request_id}, separators=(",", ":"))
    line = {"timestamp": _milliseconds(at_s), "level": level, "requestId": done.request_id, "message": text}
    return json.dumps(line, separators=(",", ":"))


def _json_error(family: str, done: Done, kind: str, message: str, at_s: float) -> str:
    request = done.request_id
    if family == "python":
        frames = [frame.replace(_INDENT, " ") + "\n" for frame in _python_frames()]
        raised = {"errorMessage": message, "errorType": kind, "requestId": request, "stackTrace": frames}
        return json.dumps({"timestamp": _seconds(at_s), "log_level": "ERROR", **raised})
    if family == "nodejs":
        error = {"errorType": kind, "errorMessage": message, "stackTrace": _node_frames()}
        line = {"timestamp": _milliseconds(at_s), "level": "ERROR", "requestId": request, "message": error}
        return json.dumps(line, separators=(",", ":"))
    if family == "dotnet":
        line = {"timestamp": _milliseconds(at_s), "level": "Error", "requestId": request, "message": message}
        return json.dumps(line | {"errorType": kind, "errorMessage": message, "stackTrace": _dotnet_frames()})
    return _json_line(family, done, "ERROR", f"{kind}: {message}", at_s)


def _python_frames() -> list[str]:
    frames = (
        ('  File "/var/task/app.py", line 41, in handler', "    store(bucket, key, render(event))"),
        ('  File "/var/task/app.py", line 27, in store', "    client.put_object(Bucket=bucket, Key=key, Body=body)"),
    )
    return [line.replace(" ", _INDENT, 4 if line.startswith("    ") else 2) for frame in frames for line in frame]


def _node_frames() -> list[str]:
    return [
        "    at async store (file:///var/task/index.mjs:27:5)",
        "    at async Runtime.handler (file:///var/task/index.mjs:41:3)",
    ]


def _java_frames() -> list[str]:
    return [
        "\tat com.example.invoices.Store.put(Store.java:27)",
        "\tat com.example.invoices.Handler.handleRequest(Handler.java:41)",
    ]


def _dotnet_frames() -> list[str]:
    return [
        "   at Invoices.Store.PutAsync(String key) in /src/Store.cs:line 27",
        "   at Invoices.Function.Handler(Order order) in /src/Function.cs:line 41",
    ]


def _milliseconds(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _microseconds(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _seconds(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _slashed(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y/%m/%d %H:%M:%S")
