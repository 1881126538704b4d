"""One invocation: sent once, timed by the client, its answer judged and reduced to what may be kept."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from threading import Barrier, BrokenBarrierError, Lock, local
from typing import Any

from botocore.config import Config

from runbook_lib.act.asked import Mode, Prepared
from runbook_lib.act.assertions import Judgement
from runbook_lib.act.consent import INVOKE
from runbook_lib.act.outcome import Clock, shown
from runbook_lib.act.permits import Permit, Permits, digest
from runbook_lib.act.warming import wait_when_connected
from runbook_lib.collect.connection import Clients
from runbook_lib.collect.failures import CALL_FAILURES, call_error, metadata_of
from runbook_lib.collect.redact import redact_text
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.consent import Consent
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.snapshot import CallError, CallRecord

__all__ = ["Flight", "Sender", "invoke_config"]

_OPERATION = "lambda:Invoke"
_KEPT = 2048
# A secret that begins in what is kept ends well within what is searched for secrets.
_SEARCHED = 65536
_TAIL = 4096
_MARGIN_S = 30.0
_GATE_S = 120.0


class NotSent(RuntimeError):
    """Raised inside the SDK, before anything of a request is sent, when nothing more is to be sent."""


@dataclass(slots=True, kw_only=True)
class Flight:
    """One invocation under way: `sent` is None until the request left, `ended` until its answer was read whole."""

    number: str
    purpose: str
    sent: datetime | None = None
    ended: datetime | None = None
    answer: Mapping[str, Any] | None = None
    body: bytes = b""
    error: CallError | None = None
    reason: str | None = None
    metadata: Mapping[str, Any] | None = None


def invoke_config(timeout_s: float, at_once: int) -> Config:
    """Settings of a client that invokes.

    An SDK that tries again would invoke again, so each request is sent once; a function that takes as long as it may
    is waited for; there is a connection for every request under way; and long silence does not cost the connection.
    """
    return Config(
        read_timeout=timeout_s + _MARGIN_S,
        max_pool_connections=at_once,
        retries={"mode": "standard", "total_max_attempts": 1},
        tcp_keepalive=True,
    )


class Sender:
    """Sends the consented invocations of one function; safe to use from many threads.

    `connects` is False for a session that may answer requests itself: then requests that wait for each other do so
    before a connection is opened for them, else with one that is open. `noting` is told the number of each request
    before it leaves; with an OSError nothing leaves any more, and `trouble` says so.
    """

    def __init__(
        self,
        clients: Clients,
        consent: Consent,
        request: Prepared,
        config: Config,
        clock: Clock,
        *,
        connects: bool = True,
        noting: Callable[[str], None] | None = None,
    ) -> None:
        self.trouble: str | None = None
        self._noting = noting
        self._secrets = clients.secrets
        self._consent = consent
        self._request = request
        self._clock = clock
        self._is_closed = False
        self._lock = Lock()
        self._here = local()
        permit = Permit(
            operation=_OPERATION,
            arguments={
                "FunctionName": consent.function_arn,
                "InvocationType": request.mode.value,
                "Qualifier": request.qualifier,
            },
            most=consent.maximum,
            payload_sha256=consent.payload_sha256,
        )
        self.client = clients.under(Permits([permit]).guard, "lambda", config)
        self.client.meta.events.register_first("before-send.lambda.Invoke", self._signed)
        self.waits_connected = connects and wait_when_connected(self.client, self._connected)

    def send(self, flight: Flight, gate: Barrier | None = None) -> None:
        """Invoke once and note in the flight what became of it; a flight that was held back keeps `sent` None.

        With a gate the request is built and signed, and then leaves together with the others that wait there.
        """
        here = self._here
        here.flight, here.gate, here.is_held_back, here.signed = flight, gate, False, None
        try:
            answer = self.client.invoke(**self._arguments())
            flight.body = answer["Payload"].read() if "Payload" in answer else b""
            flight.metadata, flight.answer = answer.get("ResponseMetadata"), answer
        except CALL_FAILURES as error:
            if here.is_held_back:
                return
            flight.error = call_error(error, self._secrets)
            flight.metadata = metadata_of(error)
            flight.reason = (getattr(error, "response", None) or {}).get("Reason")
        if here.gate:
            # This one never came to the gate: the others need not wait for it.
            here.gate.abort()
        flight.sent = flight.sent or here.signed or self._clock()
        flight.ended = self._clock()

    def start_afresh(self) -> None:
        """Let go of open connections: a request that finds one would not wait for the others."""
        self.client.close()

    def close(self) -> None:
        """From now on nothing leaves the machine, not even what is already signed."""
        with self._lock:
            self._is_closed = True

    def _arguments(self) -> dict[str, Any]:
        asked: dict[str, Any] = {
            "FunctionName": self._consent.function_arn,
            "InvocationType": self._request.mode.value,
            "Payload": self._request.payload,
        }
        if self._request.mode is Mode.REQUEST_RESPONSE:
            asked["LogType"] = "Tail"
        if self._request.qualifier:
            asked["Qualifier"] = self._request.qualifier
        return asked

    def _signed(self, **_: Any) -> None:
        """Called by the SDK in the sending thread, when the request is signed and about to be written."""
        self._here.signed = self._clock()
        if not (self._here.gate and self.waits_connected):
            self._leave()

    def _connected(self) -> None:
        """Called in the sending thread when its connection is open."""
        if self._here.gate:
            self._leave()

    def _leave(self) -> None:
        gate, self._here.gate = self._here.gate, None
        if gate:
            # Broken means that one of the others cannot come: the rest leave without it.
            with suppress(BrokenBarrierError):
                gate.wait(_GATE_S)
        with self._lock:
            if not self._is_closed and self._noting:
                self._note(self._noting)
            if self._is_closed:
                self._here.is_held_back = True
                raise NotSent
            self._here.flight.sent = self._clock()

    def _note(self, noting: Callable[[str], None]) -> None:
        try:
            noting(self._here.flight.number)
        except OSError as error:
            self.trouble = f"what is sent cannot be noted any more ({error.strerror or error})"
            self._is_closed = True

    def item(self, flight: Flight) -> Raw:
        """What the snapshot keeps of one invocation; of the response its SHA-256 and 2 KB of it without secrets."""
        answer, request = _answer(flight), self._request
        judgement, text = self._judge(flight)
        item: dict[str, Any] = {
            "Number": flight.number,
            "FunctionName": self._consent.function_arn.rpartition(":")[2],
            "Purpose": flight.purpose,
            "InvocationType": request.mode.value,
            "Qualifier": request.qualifier,
            "PayloadSha256": request.payload_sha256,
            "PayloadBytes": len(request.payload),
            "StartedAt": (flight.sent or self._clock()).isoformat(),
            "EndedAt": flight.ended.isoformat() if flight.ended else None,
            "RequestId": (flight.metadata or {}).get("RequestId"),
            "StatusCode": answer.get("StatusCode") or (flight.metadata or {}).get("HTTPStatusCode"),
            "FunctionError": answer.get("FunctionError"),
            "ExecutedVersion": answer.get("ExecutedVersion"),
            "Assertion": judgement.value,
            "AssertionText": text,
            "LogTail": self._tail(answer.get("LogResult")),
        }
        error = self._error(flight)
        if error:
            item |= {"ErrorCode": error.code, "ErrorMessage": error.message, "ErrorReason": flight.reason}
        if flight.body:
            head = self._clean(flight.body[:_SEARCHED].decode(errors="replace"))
            item |= {"ResponseSha256": digest(flight.body), "ResponseBytes": len(flight.body)}
            item["ResponseHead"] = head.encode()[:_KEPT].decode(errors="ignore")
        return item

    def record(self, flight: Flight, scope: Scope) -> CallRecord:
        """The record of the call; of the payload only SHA-256 and size."""
        metadata = flight.metadata or {}
        end = flight.ended or self._clock()
        return CallRecord(
            operation=_OPERATION,
            action=INVOKE,
            key=InvokeResult.KEY,
            scope=scope,
            request=shown(_OPERATION, self._arguments()),
            pages=int(bool(_answer(flight))),
            items=int(bool(_answer(flight))),
            request_ids=(str(metadata["RequestId"]),) if metadata.get("RequestId") else (),
            duration_ms=round((end - (flight.sent or end)).total_seconds() * 1000),
            retries=int(metadata.get("RetryAttempts") or 0),
            error=self._error(flight),
        )

    def _judge(self, flight: Flight) -> tuple[Judgement, str]:
        assertion = self._request.assertion
        if assertion is None:
            return Judgement.NOT_ASKED, ""
        if not _answer(flight):
            return Judgement.NOT_ASKED, "there was no response"
        if _answer(flight).get("FunctionError"):
            return Judgement.NOT_ASKED, "the function failed: the response is its error"
        return assertion.judge(flight.body)

    def _error(self, flight: Flight) -> CallError | None:
        if flight.error or flight.ended:
            return flight.error
        return CallError(code="NotAwaited", message="the request was sent; its answer was not waited for")

    def _tail(self, encoded: str | None) -> str | None:
        """The last 4 KB of the log as Lambda returns them; a first line that was cut could hide half a secret."""
        if not encoded:
            return None
        raw = base64.b64decode(encoded)
        if len(raw) >= _TAIL:
            raw = raw.partition(b"\n")[2]
        return self._clean(raw.decode(errors="replace"))

    def _clean(self, text: str) -> str:
        return redact_text(text, self._secrets)


def _answer(flight: Flight) -> Mapping[str, Any]:
    """The answer once it is whole: the thread that waits for it may be half-way through reading it."""
    return (flight.answer or {}) if flight.ended else {}
