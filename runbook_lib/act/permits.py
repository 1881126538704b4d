"""The guard of consented actions: what was agreed to, on what it was agreed to, as often as agreed; nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Any

from runbook_lib.errors import ForbiddenOperation

__all__ = ["Permit", "Permits", "digest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """One operation that may be sent at most `most` times, with exactly these values of these arguments.

    A `payload_sha256` that is not empty holds the payload to what was agreed to.
    """

    operation: str
    arguments: Mapping[str, Any]
    most: int
    payload_sha256: str = ""

    def refusal(self, asked: Mapping[str, Any], already: int) -> str | None:
        """Why a request with these arguments may not be sent, None when it may."""
        for name, value in self.arguments.items():
            if asked.get(name) != value:
                return f"{self.operation} is agreed to for {name} {value!r}, not {asked.get(name)!r}"
        if self.payload_sha256 and digest(asked.get("Payload", b"")) != self.payload_sha256:
            return f"{self.operation} is agreed to with another payload"
        if already >= self.most:
            return f"{self.operation} is agreed to at most {self.most} times"
        return None


class Permits:
    """Guards clients so that only what is permitted leaves the machine, and counts it.

    Of several permits for one operation any will do. Safe to use from many threads.
    """

    def __init__(self, permits: Iterable[Permit]) -> None:
        self._permits = tuple(permits)
        self._spent: Counter[int] = Counter()
        self._lock = Lock()

    @property
    def spent(self) -> dict[str, int]:
        """How often each operation was let through, those never used left out."""
        with self._lock:
            sums: Counter[str] = Counter()
            for place, times in self._spent.items():
                sums[self._permits[place].operation] += times
            return dict(sums)

    def also(self, permit: Permit) -> None:
        """Permit one thing more, whose name was not known before AWS gave it."""
        with self._lock:
            self._permits += (permit,)

    def guard(self, client: Any) -> Any:
        """The same boto3 client; a request that is not permitted raises ForbiddenOperation before it is built.

        A presigned URL could be used any number of times, so none is given out.
        """
        client.meta.events.register_first("provide-client-params", self._check, unique_id="runbook-permits")
        return client

    def _check(self, model: Any, params: Mapping[str, Any], context: Mapping[str, Any], **_: Any) -> None:
        operation = f"{model.service_model.service_name}:{model.name}"
        if context.get("is_presign_request"):
            raise ForbiddenOperation(f"{operation} may not be presigned; nothing was sent")
        with self._lock:
            why = f"{operation} was not agreed to"
            for place, permit in enumerate(self._permits):
                if permit.operation == operation:
                    refusal = permit.refusal(params, self._spent[place])
                    if refusal is None:
                        self._spent[place] += 1
                        return
                    why = refusal
        raise ForbiddenOperation(f"{why}; nothing was sent")


def digest(payload: bytes | str) -> str:
    """SHA-256 of a payload, in hexadecimal."""
    return sha256(payload.encode() if isinstance(payload, str) else payload).hexdigest()
