"""What became of each request that was sent: the client's side and the log's, tied together by the request id.

The rule, in this order:

1. Failure: Lambda refused the call, the function failed (FunctionError), the response is not as asserted, or the log,
   or the tail of it that came with the response, shows an error of this request in any attempt. An attempt that Lambda
   repeated after a failure is such a failure, however the last one ended.
2. Unknown: anything that success needs and that was not seen.
3. Success: the response was checked and is as asserted, the log holds exactly one attempt of this request id with its
   REPORT, and no error line. An event has no response that could be checked.

Lambda keeps the request id when it tries an event again:
https://docs.aws.amazon.com/lambda/latest/operatorguide/log-structure.html. Refused credentials (403) and a call without
an answer say nothing about the function: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (both read
2026-11-21)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from runbook_lib.invocations.assemble import invocations_of
from runbook_lib.invocations.base import ErrorClass, Invocation, Outcome
from runbook_lib.invocations.bursts import peak_concurrency, peak_of
from runbook_lib.invocations.textlines import text_events
from runbook_lib.model.actions import InvokeResult

__all__ = [
    "DELIVERY_DEADLINE_S",
    "Delivery",
    "Durations",
    "Overlap",
    "Request",
    "awaited",
    "durations",
    "longest_run_ms",
    "overlap",
    "overlap_in_log",
    "quantile",
    "requests_of",
]

DELIVERY_DEADLINE_S = 600.0
"""How long after an invocation its log may still arrive: "5 to 10 minutes".
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html (read 2026-11-21)
"""

_FORBIDDEN, _THROTTLED = 403, 429
# What Lambda answers to the invocation that wakes an inactive function, before the function runs; the last is seen in
# practice. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors (read 2026-11-21),
# https://github.com/boto/boto3/issues/3788
_NOT_READY = frozenset({"ResourceNotReadyException", "ResourceConflictException", "CodeArtifactUserPendingException"})


class Delivery(StrEnum):
    """Where the REPORT of a request is."""

    DELIVERED = "delivered"
    AWAITED = "awaited"
    MISSING = "missing"
    NOT_READ = "not read"
    NOT_DUE = "not due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request: what the client saw, the attempts in the log in order of start, and what follows from both.

    `delivery` is `not due` for a call that Lambda refused or that got no request id: no log can be tied to it. `tail`
    is the attempt as the last 4 KB of the log tell it that came with the response; it counts for failures only, since
    lines before may be cut off.
    """

    result: InvokeResult
    attempts: tuple[Invocation, ...]
    tail: Invocation | None
    delivery: Delivery
    outcome: Outcome
    reason: str

    @property
    def duration_ms(self) -> float | None:
        """From sending to the whole answer by the client's clock; None without an answer."""
        if self.result.ended is None:
            return None
        return (self.result.ended - self.result.started) / timedelta(milliseconds=1)

    @property
    def only_woke(self) -> bool:
        """Whether it woke an inactive function, as documented: it is refused, and says nothing about the code.

        https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html (read 2026-11-21)
        """
        return _only_woke(self.result)

    @property
    def has_report(self) -> bool:
        """Whether the log holds the REPORT of every attempt that was seen, and of at least one."""
        return bool(self.attempts) and all(map(_has_report, self.attempts))

    @property
    def has_doubtful_line(self) -> bool:
        """Whether its log holds an error of which nothing tells whether it was handled."""
        return any(item.outcome is Outcome.UNKNOWN and item.detail for item in self.attempts)

    @property
    def is_cold(self) -> bool | None:
        """Whether an execution environment was started for it; None when the log does not show it."""
        return any(item.cold for item in self.attempts) if self.attempts else None

    @property
    def error_class(self) -> ErrorClass | None:
        """The root of its first failure as the log tells it."""
        return next((item.error_class for item in _failures(self.attempts, self.tail)), None)

    def to_json(self) -> dict[str, Any]:
        """One row of a table; durations in milliseconds, times ISO 8601."""
        result = self.result
        return {
            "number": result.id,
            "purpose": result.purpose,
            "request_id": result.request_id,
            "started": result.started.isoformat(),
            "ended": result.ended.isoformat() if result.ended else None,
            "duration_ms": self.duration_ms,
            "reported_ms": self.attempts[0].duration_ms if self.attempts else None,
            "assertion": result.assertion,
            "function_error": result.function_error,
            "error_code": result.error_code,
            "has_report": self.has_report,
            "error_class": self.error_class.value if self.error_class else None,
            "is_cold": self.is_cold,
            "attempts": len(self.attempts),
            "delivery": self.delivery.value,
            "outcome": self.outcome.value,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How many ran at the same moment at most, of how many."""

    peak: int
    of: int

    @property
    def share(self) -> float:
        """The peak as a share of all; 0.0 of none."""
        return self.peak / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """In milliseconds, ascending: `client_ms` as the caller waited, `reported_ms` as each attempt's REPORT says."""

    client_ms: tuple[float, ...]
    reported_ms: tuple[float, ...]


def requests_of(
    results: Iterable[InvokeResult],
    log: Iterable[Invocation] | None,
    *,
    read_at: datetime,
    deadline_s: float = DELIVERY_DEADLINE_S,
) -> tuple[Request, ...]:
    """One row per request: those of one purpose by number, the purposes by the start of their first request.

    `log` are the invocations of the function's log, None when it was not read; `read_at` is when it was read. A REPORT
    that is not there yet is awaited until `deadline_s` after the answer, and missing from then on.
    """
    by_id: dict[str, list[Invocation]] = defaultdict(list)
    for item in log or ():
        by_id[item.request_id].append(item)
    rows = []
    listed = list(results)
    begun: dict[str, datetime] = {}
    for result in listed:
        begun[result.purpose] = min(begun.get(result.purpose, result.started), result.started)
    for result in sorted(listed, key=lambda result: (begun[result.purpose], result.purpose, result.id)):
        attempts = tuple(by_id.get(result.request_id or "", ()))
        waited_s = max(0.0, (read_at - (result.ended or result.started)).total_seconds())
        delivery = _delivery(result, attempts, is_read=log is not None, is_late=waited_s >= deadline_s)
        rows.append(_request(result, attempts, delivery, waited_s))
    return tuple(rows)


def awaited(rows: Iterable[Request]) -> tuple[str, ...]:
    """The ids of the requests for whose log it is worth to wait, in the order of the rows."""
    return tuple(
        row.result.request_id for row in rows if row.delivery is Delivery.AWAITED and row.result.request_id is not None
    )


def overlap(rows: Iterable[Request]) -> Overlap:
    """How many requests were under way at the same moment by the client's clock; one without an answer was not."""
    listed = [row.result for row in rows]
    return Overlap(peak=peak_of((item.started, item.ended) for item in listed if item.ended), of=len(listed))


def overlap_in_log(rows: Iterable[Request]) -> Overlap:
    """How many of the requests were at work at the same moment by Lambda's clock; one the log does not show was not.

    Starting an execution environment for a request is part of the work on it.
    """
    listed = list(rows)
    return Overlap(peak=peak_concurrency(_with_init(item) for row in listed for item in row.attempts), of=len(listed))


def longest_run_ms(rows: Iterable[Request]) -> float | None:
    """The longest that an attempt was at work by Lambda's clock; None when the end of one is not in the log."""
    listed = list(rows)
    lasted = [_at_work_ms(item) for row in listed for item in row.attempts]
    whole = [ms for ms in lasted if ms is not None]
    return max(whole, default=None) if len(whole) == len(lasted) and all(row.attempts for row in listed) else None


def durations(rows: Iterable[Request]) -> Durations:
    """How long requests took; what was not seen is left out."""
    listed = list(rows)
    reported = (item.duration_ms for row in listed for item in row.attempts)
    return Durations(
        client_ms=tuple(sorted(ms for row in listed if (ms := row.duration_ms) is not None)),
        reported_ms=tuple(sorted(ms for ms in reported if ms is not None)),
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest of ascending values that so large a share of them does not exceed (nearest rank); None of none."""
    return values[max(0, ceil(share * len(values)) - 1)] if values else None


def _at_work_ms(item: Invocation) -> float | None:
    return None if item.duration_ms is None else item.duration_ms + (item.init_ms or 0.0)


def _with_init(item: Invocation) -> Invocation:
    """The invocation from the moment at which its environment began to start."""
    if item.start is None or item.init_ms is None:
        return item
    return replace(item, start=item.start - timedelta(milliseconds=item.init_ms))


def _delivery(result: InvokeResult, attempts: Sequence[Invocation], *, is_read: bool, is_late: bool) -> Delivery:
    if attempts and all(map(_has_report, attempts)):
        return Delivery.DELIVERED
    if not attempts and (result.request_id is None or result.error_code is not None):
        return Delivery.NOT_DUE
    if not is_read:
        return Delivery.NOT_READ
    return Delivery.MISSING if is_late else Delivery.AWAITED


def _request(result: InvokeResult, attempts: tuple[Invocation, ...], delivery: Delivery, waited_s: float) -> Request:
    tail = _tail(result)
    failed = "; ".join(_failed(result, attempts, tail))
    unseen = "; ".join(dict.fromkeys(_unseen(result, attempts, delivery, waited_s)))
    if failed or unseen:
        outcome, reason = (Outcome.FAILURE, failed) if failed else (Outcome.UNKNOWN, unseen)
    else:
        response = "an event has no response" if _is_event(result) else "the response is as asserted"
        outcome, reason = Outcome.SUCCESS, f"{response}, its REPORT was seen and no error line"
    return Request(result=result, attempts=attempts, tail=tail, delivery=delivery, outcome=outcome, reason=reason)


def _failed(result: InvokeResult, attempts: Sequence[Invocation], tail: Invocation | None) -> Iterator[str]:
    """What shows that it failed, from the outside in."""
    if result.error_code and not _says_nothing(result):
        why = result.raw.get("ErrorReason")
        yield f"Lambda refused the call: {result.error_code}" + (f" ({why})" if why else "") + _more_room(result)
    if result.function_error:
        yield f"the function failed ({result.function_error})"
    if result.assertion == "failed":
        yield f"the response is not as asserted: {result.assertion_text}"
    for item in _failures(attempts, tail):
        where = f" in attempt {attempts.index(item) + 1} of {len(attempts)}" if len(attempts) > 1 else ""
        what = item.error_class.value if item.error_class else "an error"
        yield f"the log shows {what}{where}" + (f" to {item.destination}" if item.destination else "")


def _unseen(result: InvokeResult, attempts: Sequence[Invocation], delivery: Delivery, waited_s: float) -> Iterator[str]:
    """What success needs and nobody saw."""
    if _only_woke(result):
        yield f"it was sent to wake the inactive function, which fails: {result.error_code}"
    elif result.error_code:
        yield f"the call did not come to an answer of the function: {result.error_code}"
    elif result.ended is None:
        yield "its answer was not waited for"
    elif result.request_id is None:
        yield "the answer named no request id"
    elif result.assertion != "passed" and not _is_event(result):
        yield f"the response was not checked: {result.assertion_text or 'no assertion was asked for'}"
    if delivery is Delivery.NOT_READ:
        yield "the log was not read"
    elif delivery is Delivery.AWAITED:
        yield f"its REPORT is not in the log {waited_s:.0f} s after the answer and may still arrive"
    elif delivery is Delivery.MISSING:
        yield f"its REPORT is not in the log {waited_s:.0f} s after the answer"
    yield from _in_doubt(attempts, delivery)
    if len(attempts) > 1:
        yield f"it ran {len(attempts)} times: Lambda repeats an event that failed, or delivers it twice"


def _in_doubt(attempts: Sequence[Invocation], delivery: Delivery) -> Iterator[str]:
    """Lines that may tell of a failure, and those that may be missing from a log that was delivered."""
    for item in attempts:
        if item.outcome is Outcome.UNKNOWN and item.detail:
            yield f"its log holds an error that may or may not have been handled: {item.detail}"
        elif item.outcome is Outcome.UNKNOWN and delivery is Delivery.DELIVERED:
            yield "lines of its log are missing, an error may be among them"


def _says_nothing(result: InvokeResult) -> bool:
    """Whether an error is about the way to Lambda, the caller's credentials, or a function that was only woken."""
    is_lost = result.status_code is None or result.status_code == _FORBIDDEN or result.ended is None
    return is_lost or _only_woke(result)


def _more_room(result: InvokeResult) -> str:
    """What lets a throttled call through, as a clause; empty for any other.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html (Reason of TooManyRequestsException, read 2026-11-21)
    """
    if result.status_code != _THROTTLED:
        return ""
    is_reserved = str(result.raw.get("ErrorReason", "")).startswith("Reserved")
    whose = "the function's reserved concurrency" if is_reserved else "the concurrency quota of the account"
    return f": send fewer at the same time, or raise {whose}"


def _only_woke(result: InvokeResult) -> bool:
    return result.purpose == "wake" and result.error_code in _NOT_READY


def _is_event(result: InvokeResult) -> bool:
    return result.mode == "Event"


def _failures(attempts: Sequence[Invocation], tail: Invocation | None) -> list[Invocation]:
    """The attempts that failed; what the tail shows only where the log does not show it."""
    found = [item for item in attempts if item.outcome is Outcome.FAILURE]
    return found or [item for item in (tail,) if item is not None and item.outcome is Outcome.FAILURE]


def _tail(result: InvokeResult) -> Invocation | None:
    if not result.log_tail:
        return None
    found = invocations_of(text_events(result.log_tail.splitlines())).invocations
    return next((item for item in found if item.request_id == result.request_id), None)


def _has_report(item: Invocation) -> bool:
    """Only a REPORT tells what is billed; Managed Instances, whose REPORT does not, are known by their success."""
    return item.outcome is Outcome.SUCCESS or item.billed_ms is not None
