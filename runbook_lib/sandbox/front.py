"""The front of the embedded AWS: counts every call, applies faults, and lets no HTML error page through."""

from __future__ import annotations

import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from runbook_lib.errors import RunbookError
from runbook_lib.sandbox.faults import Fault, FaultKind, Faults
from runbook_lib.sandbox.refusals import refusal, unsupported
from runbook_lib.sandbox.wire import AwsError, Call, Environ, error_response, recognise

__all__ = ["CONTROL", "Front", "Served"]

CONTROL = "/_sandbox/"
StartResponse = Callable[..., Any]
Stage = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One request that was answered: `fault` names the fault that struck it, None when none did."""

    action: str
    operation: str
    region: str
    status: int
    fault: str | None


class Front:
    """A WSGI application around moto: `faults` and `served` are its state, `stage` sets what no API can set.

    `terraform_state` is the state file that belongs to the world, None when there is none.
    `limit_pages` makes every listing answer in pages of at most that many items.
    """

    def __init__(self, application: Any, stage: Stage, limit_pages: Callable[[int], None]) -> None:
        self._application = application
        self._stage = stage
        self._limit_pages = limit_pages
        self._lock = threading.Lock()
        self._served: list[Served] = []
        self.faults = Faults()
        self.stopping = threading.Event()
        self.terraform_state: dict[str, Any] | None = None

    def served(self) -> tuple[Served, ...]:
        """Every AWS request answered so far, in the order in which the answers left."""
        with self._lock:
            return tuple(self._served)

    def forget(self) -> None:
        """Empty the record of requests."""
        with self._lock:
            self._served.clear()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(CONTROL):
            return self._control(environ, start_response)
        call = recognise(environ)
        fault = self.faults.take(call.action)
        if fault is not None and not self._let_through(fault, call, environ):
            return self._refuse(call, fault, start_response)
        return self._pass_on(call, fault, environ, start_response)

    def _let_through(self, fault: Fault, call: Call, environ: Environ) -> bool:
        if fault.kind is FaultKind.SLOW:
            self.stopping.wait(fault.delay_s)
            return True
        if fault.kind is FaultKind.HANG:
            self.stopping.wait(fault.delay_s)
            self._record(call, 0, fault)
            if connection := environ.get("werkzeug.socket"):
                connection.shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("the fault front dropped the connection")
        return False

    def _refuse(self, call: Call, fault: Fault, start_response: StartResponse) -> Iterable[bytes]:
        return self._error(call, fault, refusal(fault.kind, call), start_response)

    def _error(self, call: Call, fault: Fault | None, error: AwsError, start: StartResponse) -> Iterable[bytes]:
        status, headers, body = error_response(call, error, str(uuid.uuid4()))
        self._record(call, error.status, fault)
        start(status, headers)
        return [body]

    def _pass_on(
        self, call: Call, fault: Fault | None, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        answer: dict[str, Any] = {}

        def remember(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            answer.update(status=status, headers=headers)

        body = b"".join(self._application(environ, remember))
        status = int(answer["status"].split(" ", 1)[0])
        kind = next((value for name, value in answer["headers"] if name.lower() == "content-type"), "")
        if status >= 400 and kind.startswith("text/html") and _is_page(body):
            return self._error(call, fault, _instead_of_page(status, call), start_response)
        self._record(call, status, fault)
        start_response(answer["status"], answer["headers"])
        return [body]

    def _record(self, call: Call, status: int, fault: Fault | None) -> None:
        entry = Served(
            action=call.action,
            operation=call.operation,
            region=call.region,
            status=status,
            fault=fault.kind if fault else None,
        )
        with self._lock:
            self._served.append(entry)

    def _control(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        try:
            sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            answer = self._steer(environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(CONTROL), sent)
            status = "200 OK"
        except (RunbookError, ValueError, KeyError, TypeError) as error:
            status, answer = "400 Bad Request", {"error": str(error)}
        body = json.dumps(answer).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def _steer(self, method: str, name: str, sent: bytes) -> Any:
        if (method, name) == ("PUT", "faults"):
            self.faults.set([Fault.from_json(item) for item in json.loads(sent)])
        elif (method, name) == ("DELETE", "requests"):
            self.forget()
        elif (method, name) == ("GET", "requests"):
            return [asdict(entry) for entry in self.served()]
        elif (method, name) == ("GET", "terraform-state"):
            return self.terraform_state
        elif (method, name) == ("PUT", "largest-page"):
            self._limit_pages(int(json.loads(sent)))
        elif (method, name) == ("PUT", "state"):
            wanted = json.loads(sent)
            self._stage(wanted["id"], wanted["fields"])
        else:
            raise ValueError(f"unknown control request {method} {CONTROL}{name}")
        return {}


def _is_page(body: bytes) -> bool:
    return body.lstrip()[:9].lower() in (b"<!doctype", b"<html><he", b"<html>\n<h") or not body.strip()


def _instead_of_page(status: int, call: Call) -> AwsError:
    if status == 500:
        return AwsError(status=500, code="InternalError", message="The embedded AWS failed; see its standard error.")
    return unsupported(call)
