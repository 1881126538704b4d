"""What the callers of a function noted in their own log: when they called it, and how the call ended for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from runbook_lib.model.fact import Fact, Raw, Scope

__all__ = ["CallEnd", "CallerRequest"]


class CallEnd(StrEnum):
    """How a call ended for the caller; OPEN is one whose end its log does not show."""

    ANSWERED = "answered"
    TIMED_OUT = "timed out"
    RESET = "reset"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerRequest(Fact):
    """One call of a function as its caller's log tells it; `id` is the log and the number of the event.

    `function` is the name, None where the log names none. Times are the caller's clock, UTC; None is not told.
    `request_id` is Lambda's, which a caller knows only of an answer. `waited_s` is how long the call took, or the
    timeout that the error names.
    """

    KEY: ClassVar[str] = "CallerRequests"
    OPERATION: ClassVar[str] = "caller:ReadLog"
    TYPE: ClassVar[str] = "AWS::Lambda::Function"

    function: str | None
    request_id: str | None
    started: datetime | None
    ended: datetime | None
    waited_s: float | None
    end: CallEnd
    error: str | None

    @classmethod
    def read(cls, raw: Raw, scope: Scope, pointer: str) -> Self:
        waited = raw.get("WaitedS")
        return cls(
            id=raw["Id"],
            scope=scope,
            pointer=pointer,
            raw=raw,
            function=raw.get("Function"),
            request_id=raw.get("RequestId"),
            started=_moment(raw, "StartedAt"),
            ended=_moment(raw, "EndedAt"),
            waited_s=None if waited is None else float(waited),
            end=CallEnd(raw["End"]),
            error=raw.get("ErrorClass"),
        )


def _moment(raw: Raw, key: str) -> datetime | None:
    value = raw.get(key)
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"{key} has no offset from UTC: {value!r}")
    return moment
