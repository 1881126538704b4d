"""One invocation in one environment: the event goes in, questions about the network are answered, the end is noted."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from runbook_lib.sandbox.load.jobs import Answer, FailureKind
from runbook_lib.sandbox.running.gateways import Gateways
from runbook_lib.sandbox.running.processes import Nursery
from runbook_lib.sandbox.running.shortening import shortened_s
from runbook_lib.sandbox.running.vpc import End, Place, addresses_of, way_to

__all__ = ["Ending", "Environment", "Outcome", "Request", "run"]

_INIT_LIMIT_S = 10.0
_DNS_S, _ROUND_TRIP_S, _HANDSHAKE_S = 0.002, 0.004, 0.009
_KERNEL_PATIENCE_S = 130.0
_NEVER_S = 3600.0
_CHUNK = 65_536
_HTTP = (80, 443)
_BANNERS = {22: "SSH-2.0-embedded_aws\r\n"}
_STATUS = {FailureKind.THROTTLED: "503 Slow Down", FailureKind.ACCESS_DENIED: "403 Forbidden"}


class Ending(StrEnum):
    """How an invocation ended."""

    RETURNED = "returned"
    RAISED = "raised"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    EXITED = "exited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked of an environment; `number` tells invocations apart, `answer` is what the far side does."""

    number: int
    request_id: str
    arn: str
    event: str
    timeout_s: float
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it. `duration_s` is simulated time, `skipped_s` the part of it that nobody waited for.

    `lines` are moment and text of what the handler logged, the error it raised included.
    """

    ending: Ending
    payload: str
    error_type: str
    lines: tuple[tuple[float, str], ...]
    stream: str
    subnet_id: str
    started_s: float
    ended_s: float
    duration_s: float
    skipped_s: float
    init_ms: float | None
    memory_mb: int


@dataclass(slots=True, kw_only=True)
class _Connection:
    address: str
    port: int
    nat: Any
    is_allowed: bool


class Environment:
    """One execution environment: a process, in one subnet, writing to one log stream."""

    def __init__(self, nursery: Nursery, number: int, sock: socket.socket, place: Place, stream: str) -> None:
        self.place, self.stream = place, stream
        self.connections: dict[int, _Connection] = {}
        self.is_used = False
        self.memory_mb = 0
        self._nursery, self._number, self._socket = nursery, number, sock
        self._begun = b""
        self._opened = 0

    def send(self, message: dict[str, Any]) -> None:
        """Say something to the process."""
        self._socket.settimeout(None)
        self._socket.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, deadline_s: float) -> dict[str, Any] | None:
        """The next message before a moment of the monotonic clock; None when the process is gone.

        TimeoutError when nothing came.
        """
        while b"\n" not in self._begun:
            self._socket.settimeout(max(deadline_s - time.monotonic(), 0.0001))
            data = self._socket.recv(_CHUNK)
            if not data:
                return None
            self._begun += data
        line, _, self._begun = self._begun.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def remember(self, connection: _Connection) -> int:
        """Keep an open connection; its number."""
        self._opened += 1
        self.connections[self._opened] = connection
        return self._opened

    def end(self) -> int:
        """End the process; how it ended, if it had ended before."""
        self._socket.close()
        return self._nursery.end(self._number)


def run(environment: Environment, request: Request, ec2: Any, gateways: Gateways) -> Outcome:
    """Let the environment handle the event; afterwards it is fit for the next one only if it returned or raised."""
    init_ms = None
    if not environment.is_used:
        environment.is_used = True
        init_ms = _initialised(environment)
    course = _Course(environment, request, ec2, gateways)
    try:
        return course.outcome(init_ms)
    finally:
        gateways.done(request.number)


def _initialised(environment: Environment) -> float:
    deadline_s = time.monotonic() + _INIT_LIMIT_S
    try:
        while (message := environment.receive(deadline_s)) is not None:
            if message.get("tell") == "ready":
                environment.memory_mb = message["memory_mb"]
                return float(message["init_ms"])
            if "ask" in message:
                environment.send({"wait": 0, "skip": 0, "addresses": [], "outcome": "timeout"})
    except TimeoutError:
        pass
    return _INIT_LIMIT_S * 1000


class _Course:
    def __init__(self, environment: Environment, request: Request, ec2: Any, gateways: Gateways) -> None:
        self._environment, self._request, self._ec2, self._gateways = environment, request, ec2, gateways
        self._started_s, self._start = time.time(), time.monotonic()
        self._skipped_s = 0.0
        self._asked = 0
        self._lines: list[tuple[float, str]] = []

    def outcome(self, init_ms: float | None) -> Outcome:
        request = self._request
        try:
            self._environment.send(
                {
                    "request_id": request.request_id,
                    "arn": request.arn,
                    "event": request.event,
                    "timeout_s": request.timeout_s,
                    "trace": f"Root=1-{int(self._started_s):08x}-{request.request_id.replace('-', '')[:24]};Sampled=0",
                }
            )
            last = self._last_message()
        except TimeoutError:
            return self._timed_out(init_ms)
        except (BrokenPipeError, ConnectionResetError):
            last = None
        if last is None:
            return self._gone(init_ms)
        ending = Ending.RETURNED if last["tell"] == "done" else Ending.RAISED
        if ending is Ending.RAISED:
            self._lines.append((last["at_s"], last["text"]))
        return self._ended(ending, last["payload"], last.get("kind", ""), init_ms, last["memory_mb"])

    def _last_message(self) -> dict[str, Any] | None:
        while True:
            limit_s = self._start + self._request.timeout_s - self._skipped_s
            message = self._environment.receive(limit_s)
            if message is None or message.get("tell") in ("done", "raised"):
                return message
            if "ask" in message:
                self._environment.send(getattr(self, f"_{message['ask']}")(message))
            elif message["tell"] == "line":
                self._lines.append((message["at_s"], message["text"]))
            elif message["tell"] == "closed":
                self._close(message["connection"])

    def _resolve(self, message: dict[str, Any]) -> dict[str, Any]:
        found = addresses_of(self._ec2, self._environment.place, message["host"])
        return self._pass(_DNS_S) | {"addresses": found}

    def _connect(self, message: dict[str, Any]) -> dict[str, Any]:
        self._asked += 1
        address, port = message["address"], int(message["port"])
        patience_s = min(message["timeout"] or _KERNEL_PATIENCE_S, _KERNEL_PATIENCE_S)
        # Lambda's clients take another port each time; which one is nobody's choice.
        source_port = 1024 + (self._request.number * 31 + self._asked) * 7919 % 64_512
        way = way_to(self._ec2, self._environment.place, address, port, source_port)
        nat = None
        if way.end is End.UNKNOWN:
            return self._pass(0.0) | {"outcome": "unknown", "why": way.why}
        if way.end is End.NAT:
            nat = self._ec2.nat_gateways[way.nat_gateway_id]
        if way.end is End.DROPPED or (
            nat is not None and not self._gateways.opens(nat, address, port, self._request.number, patience_s)
        ):
            return self._pass(patience_s) | {"outcome": "timeout"}
        if self._request.answer.failure is FailureKind.REFUSED:
            return self._pass(_ROUND_TRIP_S) | {"outcome": "refused"}
        is_allowed = way.allows("s3:PutObject", "*")
        opened = _Connection(address=address, port=port, nat=nat, is_allowed=is_allowed)
        return self._pass(_ROUND_TRIP_S) | {"outcome": "open", "connection": self._environment.remember(opened)}

    def _tls(self, message: dict[str, Any]) -> dict[str, Any]:
        return self._pass(_HANDSHAKE_S)

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        connection = self._environment.connections[message["connection"]]
        answer, timeout_s = self._request.answer, message["timeout"] or _NEVER_S
        if connection.port not in _HTTP and connection.port not in _BANNERS:
            return self._pass(timeout_s) | {"outcome": "timeout"}
        if answer.failure is FailureKind.READ_TIMEOUT or answer.after_s >= timeout_s:
            return self._pass(timeout_s) | {"outcome": "timeout"}
        passed = self._pass(answer.after_s)
        if answer.failure is FailureKind.RESET:
            return passed | {"outcome": "reset"}
        if answer.failure is FailureKind.CLOSED:
            return passed | {"outcome": "data", "data": ""}
        return passed | {"outcome": "data", "data": self._data(connection, answer)}

    def _data(self, connection: _Connection, answer: Answer) -> str:
        if connection.port not in _HTTP:
            return _BANNERS[connection.port]
        status, code = _STATUS.get(answer.failure, "200 OK") if answer.failure else "200 OK", answer.code
        if not connection.is_allowed:
            status, code = _STATUS[FailureKind.ACCESS_DENIED], "AccessDenied"
        body = f"<Error><Code>{code}</Code></Error>" if code else ""
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"

    def _sleep(self, message: dict[str, Any]) -> dict[str, Any]:
        return self._pass(float(message["seconds"]))

    def _close(self, number: int) -> None:
        connection = self._environment.connections.pop(number, None)
        if connection is not None and connection.nat is not None:
            self._gateways.closed(connection.nat, connection.address, connection.port)

    def _pass(self, seconds: float) -> dict[str, Any]:
        """Let simulated time pass: how long to wait for it, and how much to skip."""
        wait_s = shortened_s(seconds)
        self._skipped_s += seconds - wait_s
        return {"wait": wait_s, "skip": seconds - wait_s}

    def _timed_out(self, init_ms: float | None) -> Outcome:
        self._close_all()
        self._environment.end()
        limit_s, request_id = self._request.timeout_s, self._request.request_id
        text = f"RequestId: {request_id} Error: Task timed out after {limit_s:.2f} seconds"
        payload = json.dumps({"errorType": "Sandbox.Timedout", "errorMessage": text})
        self._skipped_s = max(0.0, limit_s - (time.monotonic() - self._start))
        return self._ended(Ending.TIMED_OUT, payload, "Sandbox.Timedout", init_ms, self._environment.memory_mb)

    def _gone(self, init_ms: float | None) -> Outcome:
        self._close_all()
        status = self._environment.end()
        ending = Ending.OUT_OF_MEMORY if status == -9 else Ending.EXITED
        kind = "Runtime.OutOfMemory" if status == -9 else "Runtime.ExitError"
        reason = "signal: killed" if status == -9 else f"exit status {status}" if status > 0 else f"signal: {-status}"
        text = f"RequestId: {self._request.request_id} Error: Runtime exited with error: {reason}"
        payload = json.dumps({"errorType": kind, "errorMessage": text})
        return self._ended(ending, payload, reason, init_ms, self._environment.memory_mb)

    def _close_all(self) -> None:
        for number in list(self._environment.connections):
            self._close(number)

    def _ended(self, ending: Ending, payload: str, kind: str, init_ms: float | None, memory_mb: int) -> Outcome:
        duration_s = time.monotonic() - self._start + self._skipped_s
        return Outcome(
            ending=ending,
            payload=payload,
            error_type=kind,
            lines=tuple(self._lines),
            stream=self._environment.stream,
            subnet_id=self._environment.place.subnet_id,
            started_s=self._started_s,
            ended_s=time.time(),
            duration_s=min(duration_s, self._request.timeout_s) if ending is Ending.TIMED_OUT else duration_s,
            skipped_s=self._skipped_s,
            init_ms=init_ms,
            memory_mb=memory_mb,
        )
