"""What an action leaves behind: items for the snapshot, the record of every call, and why it did less than asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any

from botocore import xform_name

from runbook_lib.act.permits import digest
from runbook_lib.collect.connection import Clients
from runbook_lib.collect.failures import CALL_FAILURES, EXPIRED, REFUSED, call_error, metadata_of
from runbook_lib.collect.redact import redact
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.snapshot import CallError, CallRecord

__all__ = ["Clock", "Ledger", "Outcome", "shown"]

_TOKENS = (("NextToken", "NextToken"), ("nextToken", "nextToken"), ("NextMarker", "Marker"), ("Marker", "Marker"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an action.

    `items` belong under `key` of the snapshot. `refused` says why none of what was asked for was done; `stopped` why
    less of it was done, or why more would have been no use; both are None when all was done. `asked` counts what was
    asked for, `overlap` the most requests that were under way at one moment, by the client's clock. `left_behind`
    tells what was made in the account and not seen to be gone. `states` are those the function was seen in.
    """

    key: str
    items: tuple[Raw, ...] = ()
    calls: tuple[CallRecord, ...] = ()
    asked: int = 0
    overlap: int = 0
    refused: str | None = None
    stopped: str | None = None
    left_behind: tuple[str, ...] = ()
    states: tuple[Raw, ...] = ()


class Clock:
    """The time of day in UTC, which never goes back while this object lives."""

    def __init__(self) -> None:
        self._start, self._began = datetime.now(UTC), time.perf_counter()

    def __call__(self) -> datetime:
        return self._start + timedelta(seconds=time.perf_counter() - self._began)


class Ledger:
    """Makes calls one by one and records each; safe to add to from many threads."""

    def __init__(self, clients: Clients, scope: Scope) -> None:
        self._clients = clients
        self._lock = Lock()
        self._calls: list[CallRecord] = []
        self.scope = scope

    @property
    def calls(self) -> tuple[CallRecord, ...]:
        """Every call so far, in the order in which they ended."""
        with self._lock:
            return tuple(self._calls)

    def add(self, call: CallRecord) -> None:
        """Note a call that was made elsewhere."""
        with self._lock:
            self._calls.append(call)

    def ask(
        self,
        client: Any,
        operation: str,
        request: Mapping[str, Any],
        *,
        key: str = "",
        action: str = "",
        absent: frozenset[str] = frozenset(),
    ) -> tuple[Any, CallError | None]:
        """The answer to one call and None, or None and the error; `operation` is `service:Operation`.

        An error whose code is in `absent` is the answer that there is no such thing: None and None. Raises UsageError
        when the credentials are no longer accepted.
        """
        method: Callable[..., Any] = getattr(client, xform_name(operation.partition(":")[2]))
        began = time.monotonic()
        answer: Any = None
        metadata: Mapping[str, Any] = {}
        error: CallError | None = CallError(code="Interrupted", message="its answer was not waited for")
        try:
            answer = method(**request)
            metadata, error = answer.get("ResponseMetadata") or {}, None
        except CALL_FAILURES as failure:
            error, metadata = call_error(failure, self._clients.secrets), metadata_of(failure)
            error = None if error.code in absent else error
        finally:
            request_id = metadata.get("RequestId")
            self.add(
                CallRecord(
                    operation=operation,
                    action=action or operation,
                    key=key,
                    scope=self.scope,
                    request=shown(operation, request),
                    pages=int(error is None),
                    request_ids=(str(request_id),) if request_id else (),
                    duration_ms=round((time.monotonic() - began) * 1000),
                    retries=int(metadata.get("RetryAttempts") or 0),
                    error=error,
                )
            )
        if error and error.code in EXPIRED | REFUSED:
            raise self._clients.problem(error)
        return answer, error

    def pages(
        self, client: Any, operation: str, request: Mapping[str, Any], *, action: str = ""
    ) -> Iterator[tuple[Any, CallError | None]]:
        """Every page of a listing, each a call of its own; an error ends it."""
        more: dict[str, Any] = {}
        while True:
            answer, error = self.ask(client, operation, {**request, **more}, action=action)
            yield answer, error
            named = [] if error else [(sent, answer[said]) for said, sent in _TOKENS if answer.get(said)]
            if not named:
                return
            if dict(named[:1]) == more:
                yield None, CallError(code="RepeatedToken", message="AWS repeated a page token")
                return
            more = dict(named[:1])


def shown(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """A request as the record keeps it: of what is sent to a function or deployed only SHA-256 and size."""
    sealed = {name: _sealed(value) for name, value in request.items()}
    return dict(redact(operation, sealed))


def _sealed(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"sha256": digest(value), "bytes": len(value)}
    if isinstance(value, Mapping):
        return {name: _sealed(inner) for name, inner in value.items()}
    return value
