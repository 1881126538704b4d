"""The Invoke operation: what Lambda refuses, what it runs, and how it retries events.

https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
"""

from __future__ import annotations

import base64
import itertools
import json
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from zipfile import BadZipFile

from moto.ec2.models import ec2_backends

from runbook_lib.sandbox.extension.functions import settle
from runbook_lib.sandbox.extension.quotas import CONCURRENT_EXECUTIONS
from runbook_lib.sandbox.load.records import Numbers
from runbook_lib.sandbox.running.conduct import Conduct
from runbook_lib.sandbox.running.deployed import Deployed
from runbook_lib.sandbox.running.fleet import Fleet
from runbook_lib.sandbox.running.gateways import Gateways
from runbook_lib.sandbox.running.invocation import Ending, Outcome, Request, run
from runbook_lib.sandbox.running.recording import Book
from runbook_lib.sandbox.running.shortening import shortened_s

__all__ = ["Answered", "Service", "Wanted"]

_MOST_BYTES = {"RequestResponse": 6 * 1024 * 1024, "Event": 1024 * 1024}
_MOST_ANSWER_BYTES = 6_291_556
_TAIL_BYTES = 4096
_RETRY_AFTER_S = (60.0, 120.0)
_MOST_RETRIES = 2
_EVENT_AGE_S = 6 * 3600.0
_BACKOFF_S = 300.0
_RESTORED_AFTER_S = 240.0
_RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
_ACCOUNT = "ConcurrentInvocationLimitExceeded"
# What AWS answers while a function is Inactive or Pending: https://github.com/boto/boto3/issues/3788
_PENDING = "CodeArtifactUserPendingException"
_NOT_READY = "Lambda is initializing your function. It will be ready to invoke shortly."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A request to invoke; `tail` asks for the end of the log."""

    name: str
    qualifier: str | None
    payload: bytes
    kind: str
    tail: bool
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The answer on the wire."""

    status: int
    headers: Mapping[str, str]
    body: str = ""


class Service:
    """Lambda's data plane for everything in this process; without an invocation it does nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, str], int] = defaultdict(int)
        self._numbers = itertools.count(1)
        self._turns: dict[tuple[str, str], int] = defaultdict(int)
        self._stopping = threading.Event()
        self._book = Book()
        self._gateways = Gateways(self._book.count)
        self._fleet: Fleet | None = None

    def close(self) -> None:
        """End all environments; nothing is retried any more."""
        self._stopping.set()
        with self._lock:
            fleet, self._fleet = self._fleet, None
        if fleet is not None:
            fleet.close()

    def invoke(self, backend: Any, wanted: Wanted) -> Answered:
        """Do what Lambda does; a function or version that does not exist is moto's own error."""
        function = backend.get_function(wanted.name, wanted.qualifier)
        if wanted.kind not in (*_MOST_BYTES, "DryRun"):
            return _error(400, "InvalidParameterValueException", f"Invalid InvocationType: {wanted.kind}")
        if wanted.kind == "DryRun":
            return Answered(status=204, headers={"x-amzn-requestid": wanted.request_id})
        if len(wanted.payload) > (most := _MOST_BYTES[wanted.kind]):
            text = f"Request must be smaller than {most} bytes for the InvokeFunction operation"
            return _error(413, "RequestTooLargeException", text)
        try:
            json.loads(wanted.payload or b"{}")
        except ValueError as error:
            text = f"Could not parse request body into json: {error}"
            return _error(400, "InvalidRequestContentException", text)
        if refused := self._not_ready(backend, function):
            return refused
        if wanted.kind == "Event":
            threading.Thread(target=self._attempts, args=(backend, function, wanted), daemon=True).start()
            return Answered(status=202, headers={"x-amzn-requestid": wanted.request_id})
        if reason := self._admit(backend, function):
            return _throttled(reason)
        try:
            outcome, log = self._run(backend, function, wanted)
        except BadZipFile:
            return _error(502, "InvalidZipFileException", "Lambda could not unzip the deployment package.")
        return _answered(wanted, outcome, log, Deployed.of(function, wanted.name).version)

    def _not_ready(self, backend: Any, function: Any) -> Answered | None:
        state = getattr(function, "staged_state", {}).get("State", "Active")
        if state == "Inactive":
            reason = {
                "State": "Pending",
                "StateReasonCode": "Restoring",
                "StateReason": "The function is being restored.",
            }
            function.staged_state = function.staged_state | reason
            wait = threading.Timer(shortened_s(_RESTORED_AFTER_S), _restore, (backend, function))
            wait.daemon = True
            wait.start()
        if state in ("Inactive", "Pending"):
            return _error(409, _PENDING, _NOT_READY)
        if state == "Failed":
            text = "The operation cannot be performed at this time. The function is currently in the following state: "
            return _error(409, "ResourceConflictException", f"{text}{state}")
        return None

    def _admit(self, backend: Any, function: Any) -> str:
        """Take one execution; the reason when none is left."""
        region, name = function.region, function.function_name
        reserved = {f.function_name: f.reserved_concurrency for f in _latest(backend)}
        with self._lock:
            if reserved.get(name) is not None:
                reason = _RESERVED if self._running[region, name] >= int(reserved[name]) else ""
            else:
                pool = CONCURRENT_EXECUTIONS - sum(int(value) for value in reserved.values() if value is not None)
                others = (n for (r, f), n in self._running.items() if r == region and reserved.get(f) is None)
                reason = _ACCOUNT if sum(others) >= pool else ""
            if not reason:
                self._running[region, name] += 1
            running = self._running[region, name]
        metric, value = ("Throttles", 1.0) if reason else ("ConcurrentExecutions", float(running))
        self._book.count(region, "AWS/Lambda", {"FunctionName": name}, metric, Numbers.one(value))
        return reason

    def _run(self, backend: Any, function: Any, wanted: Wanted, note: str = "") -> tuple[Outcome, str]:
        """Run an admitted invocation, give its execution back, and record it."""
        deployed = Deployed.of(function, function.function_arn)
        key = (deployed.region, deployed.name)
        conduct = _conduct(backend, function)
        try:
            with self._lock:
                self._fleet = self._fleet or Fleet()
                fleet, turn = self._fleet, self._turns[key]
                self._turns[key] += 1
            environment = fleet.take(deployed, function.code_bytes)
            request = Request(
                number=next(self._numbers),
                request_id=wanted.request_id,
                arn=_asked_arn(function, wanted),
                event=(wanted.payload or b"{}").decode(),
                timeout_s=float(deployed.timeout_s),
                answer=conduct.answers[turn % len(conduct.answers)],
            )
            try:
                outcome = run(environment, request, ec2_backends[backend.account_id][deployed.region], self._gateways)
            except BaseException:
                environment.end()
                raise
            if outcome.ending in (Ending.RETURNED, Ending.RAISED):
                fleet.give_back(deployed, environment)
        finally:
            with self._lock:
                self._running[key] -= 1
        outcome = _limited(outcome)
        return outcome, self._book.add(deployed, outcome, wanted.request_id, conduct.log_delay_s, note)

    def _attempts(self, backend: Any, function: Any, wanted: Wanted) -> None:
        """An event: tried again when it fails, with what AWS waits in between shortened and said so."""
        config = function.event_invoke_config[-1].config if function.event_invoke_config else {}
        retries = int(config.get("MaximumRetryAttempts", _MOST_RETRIES))
        age_s, most_s = 0.0, float(config.get("MaximumEventAgeInSeconds", _EVENT_AGE_S))
        note = ""
        for attempt in range(retries + 1):
            backoff_s = 1.0
            while self._admit(backend, function):
                age_s += backoff_s
                if age_s > most_s or self._stopping.wait(shortened_s(backoff_s)):
                    return
                backoff_s = min(backoff_s * 2, _BACKOFF_S)
            try:
                outcome, _ = self._run(backend, function, wanted, note)
            except BadZipFile:
                return
            if outcome.ending is Ending.RETURNED or attempt == retries:
                return
            pause_s = _RETRY_AFTER_S[attempt]
            age_s += pause_s
            note = f"SIMULATED: attempt {attempt + 2} of this event, {shortened_s(pause_s):.1f} s after the one before "
            note += f"instead of {pause_s:.0f} s"
            if age_s > most_s or self._stopping.wait(shortened_s(pause_s)):
                return


def _latest(backend: Any) -> list[Any]:
    return [group["latest"] for group in list(backend._lambdas._functions.values()) if group["latest"]]


def _conduct(backend: Any, function: Any) -> Conduct:
    found: Conduct = getattr(backend.get_function(function.function_name), "conduct", Conduct())
    return found


def _restore(backend: Any, function: Any) -> None:
    function.staged_state = {
        name: value for name, value in function.staged_state.items() if not name.startswith("State")
    } | {"State": "Active"}
    settle(backend, function)


def _asked_arn(function: Any, wanted: Wanted) -> str:
    """The ARN as it was asked for: with the alias or version, if one was named."""
    base = ":".join(str(function.function_arn).split(":")[:7])
    named = wanted.qualifier or wanted.name.rpartition(":function:")[2].partition(":")[2]
    return f"{base}:{named}" if named else base


def _limited(outcome: Outcome) -> Outcome:
    if len(outcome.payload.encode()) <= _MOST_ANSWER_BYTES:
        return outcome
    text = f"Response payload size exceeded maximum allowed payload size ({_MOST_ANSWER_BYTES} bytes)."
    payload = json.dumps({"errorMessage": text, "errorType": "Function.ResponseSizeTooLarge"})
    return replace(outcome, ending=Ending.RAISED, payload=payload, error_type="Function.ResponseSizeTooLarge")


def _answered(wanted: Wanted, outcome: Outcome, log: str, version: str) -> Answered:
    headers = {
        "content-type": "application/json",
        "x-amzn-requestid": wanted.request_id,
        "x-amz-executed-version": version,
    }
    if outcome.ending is not Ending.RETURNED:
        headers["x-amz-function-error"] = "Unhandled"
    if wanted.tail:
        headers["x-amz-log-result"] = base64.b64encode(log.encode()[-_TAIL_BYTES:]).decode()
    return Answered(status=200, headers=headers, body=outcome.payload)


def _error(status: int, code: str, message: str, **more: str) -> Answered:
    body = json.dumps({"Type": "User", "message": message, "Message": message, **more})
    return Answered(status=status, headers={"content-type": "application/json", "x-amzn-errortype": code}, body=body)


def _throttled(reason: str) -> Answered:
    return _error(429, "TooManyRequestsException", "Rate Exceeded.", Reason=reason)
