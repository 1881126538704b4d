"""The runtime inside an execution environment: loads the handler, runs one event after another, reports.

Errors and log lines are those of Lambda's Python runtime.
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import resource
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from runbook_lib.sandbox.running.child import clock, network

__all__ = ["Channel", "run"]

_INDENT = "\N{NO-BREAK SPACE}"
_TASK_ROOT = "/var/task"
_OWN = os.path.dirname(__file__)
_LIBRARY = os.path.dirname(os.__file__)
_LAMBDA_LIBRARY = f"/var/lang/lib/{os.path.basename(_LIBRARY)}"


class Channel:
    """The socket to the sandbox: one JSON object per line, and at most one question at a time."""

    def __init__(self, sock: socket.socket) -> None:
        self._lines = sock.makefile("r", encoding="utf-8")
        self._send = sock.sendall
        self._asking = threading.RLock()
        # Whoever holds the channel keeps the socket open.
        self._socket = sock

    def tell(self, message: dict[str, Any]) -> None:
        """Say something that needs no answer."""
        with self._asking:
            self._send(json.dumps(message).encode() + b"\n")

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Ask, and wait for the answer."""
        with self._asking:
            self.tell(question)
            return self.next()

    def next(self) -> dict[str, Any]:
        """The next message; the process ends when there will be none."""
        line = self._lines.readline()
        if not line:
            os._exit(0)
        message: dict[str, Any] = json.loads(line)
        return message


class Context:
    """What a handler gets as its second argument."""

    identity = None
    client_context = None

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.aws_request_id: str = invocation["request_id"]
        self.invoked_function_arn: str = invocation["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline_s = time.monotonic() + invocation["timeout_s"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function times out."""
        return max(0, int((self._deadline_s - time.monotonic()) * 1000))


class _Fault(Exception):
    """The handler cannot be loaded, or its answer not be passed on."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


class _Output:
    """Standard output and error: each line becomes a log event."""

    encoding = "utf-8"

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._begun = ""

    def write(self, text: str) -> int:
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._tell(line)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """A line is sent when it ends."""

    def isatty(self) -> bool:
        return False

    def end(self) -> None:
        if self._begun:
            self._tell(self._begun)
            self._begun = ""

    def _tell(self, line: str) -> None:
        self._channel.tell({"tell": "line", "text": f"{line}\n", "at_s": clock.real_time()})


class _Handler(logging.Handler):
    """The handler that the runtime puts on the root logger."""

    def __init__(self, channel: Channel, current: list[str], log_format: str) -> None:
        super().__init__()
        self._channel, self._current, self._log_format = channel, current, log_format

    def emit(self, record: logging.LogRecord) -> None:
        now_s = clock.real_time()
        seconds, milliseconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now_s)), int(now_s * 1000) % 1000
        text = f"[{record.levelname}]\t{seconds}.{milliseconds:03d}Z\t{self._current[0]}\t{self.format(record)}\n"
        if self._log_format == "JSON":
            line = {"timestamp": f"{seconds}Z", "level": record.levelname, "message": self.format(record)}
            text = json.dumps(line | {"logger": record.name, "requestId": self._current[0]})
        self._channel.tell({"tell": "line", "text": text, "at_s": now_s})


def run(channel: Channel, order: dict[str, Any]) -> None:
    """Be the execution environment that was ordered; never returns."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ.clear()
    os.environ.update(order["variables"])
    os.chdir(order["root"])
    sys.path[:] = [order["root"], *(path for path in sys.path if path != order["kit"])]
    network.ask_through(channel.ask, channel.tell)
    clock.install(lambda seconds: clock.wait(channel.ask({"ask": "sleep", "seconds": seconds})))
    output = _Output(channel)
    sys.stdout = sys.stderr = output
    current = [""]
    root = logging.getLogger()
    root.handlers[:] = [_Handler(channel, current, order["log_format"])]
    root.setLevel(order["level"])
    network.shut()
    begun_s = time.perf_counter()
    handler, fault = _load(order["handler"])
    channel.tell({"tell": "ready", "init_ms": (time.perf_counter() - begun_s) * 1000} | _memory())
    while True:
        invocation = channel.next()
        current[0] = invocation["request_id"]
        os.environ["_X_AMZN_TRACE_ID"] = invocation["trace"]
        try:
            answer = _answer(handler, fault, invocation | {"log_format": order["log_format"]}, order["root"])
        except MemoryError:
            os.kill(os.getpid(), signal.SIGKILL)
        except SystemExit as leaving:
            os._exit(leaving.code if isinstance(leaving.code, int) else 1)
        output.end()
        channel.tell(answer | _memory())


def _memory() -> dict[str, Any]:
    return {"memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def _attempt(work: Callable[..., Any], *arguments: Any) -> tuple[Any, Exception | None]:
    """What the function's own code returns, or what it raises."""
    try:
        return work(*arguments), None
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  a runtime reports whatever a handler raises
        return None, error


def _load(name: str) -> tuple[Callable[..., Any] | None, _Fault | None]:
    module, _, function = name.rpartition(".")
    loaded, error = _attempt(importlib.import_module, module.replace("/", "."))
    if isinstance(error, SyntaxError):
        return None, _Fault("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}")
    if error is not None:
        return None, _Fault("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}")
    found = getattr(loaded, function, None)
    if not callable(found):
        return None, _Fault("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module}'")
    return found, None


def _answer(
    handler: Callable[..., Any] | None, fault: _Fault | None, invocation: dict[str, Any], root: str
) -> dict[str, Any]:
    error: Exception | None = fault
    payload = ""
    if handler is not None:
        returned, error = _attempt(handler, json.loads(invocation["event"]), Context(invocation))
        if error is None:
            payload, error = _attempt(_payload, returned)
    if error is None:
        return {"tell": "done", "payload": payload}
    kind = error.kind if isinstance(error, _Fault) else type(error).__name__
    frames = [] if isinstance(error, _Fault) else _frames(error, root)
    raised = {"errorMessage": str(error), "errorType": kind, "requestId": invocation["request_id"]}
    text = f"[ERROR] {kind}: {error}\nTraceback (most recent call last):\n{_indented(frames)}\n"
    now_s = clock.real_time()
    if invocation["log_format"] == "JSON":
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now_s))
        text = json.dumps({"timestamp": moment, "log_level": "ERROR", **raised, "stackTrace": frames})
    return {
        "tell": "raised",
        "payload": json.dumps({**raised, "stackTrace": frames}),
        "text": text,
        "kind": kind,
        "at_s": now_s,
    }


def _payload(returned: Any) -> str:
    try:
        return json.dumps(returned)
    except TypeError as error:
        raise _Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def _frames(error: BaseException, root: str) -> list[str]:
    """The frames of the function's own code and what it calls, with the paths that Lambda has."""
    frames = traceback.extract_tb(error.__traceback__)
    return [
        f'  File "{frame.filename.replace(root, _TASK_ROOT).replace(_LIBRARY, _LAMBDA_LIBRARY)}", '
        f"line {frame.lineno}, in {frame.name}\n    {frame.line}\n"
        for frame in frames
        if not frame.filename.startswith((_OWN, "<frozen"))
    ]


def _indented(frames: list[str]) -> str:
    lines = "".join(frames).rstrip("\n").split("\n")
    return "\n".join(_INDENT * (len(line) - len(line.lstrip(" "))) + line.lstrip(" ") for line in lines)
