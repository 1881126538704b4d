"""Both sides of a call: what a caller's log says, put beside what Lambda's log says about the same invocation.

A caller learns Lambda's request id only from an answer. A call without one is found by its time: the invocation that
started when the call did. The clocks of both sides may differ a little, and a cold start takes some seconds; the
tolerances are the kit's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.invocations.base import Invocation, LogEvent, Outcome
from runbook_lib.invocations.caller_lines import CallerLine, line_of
from runbook_lib.model.callers import CallEnd, CallerRequest

__all__ = ["Joined", "caller_requests", "join"]

_EARLIER = timedelta(seconds=2)
_LATER = timedelta(seconds=30)

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A call and the invocation that it was, None when Lambda's log shows none for it."""

    call: CallerRequest
    invocation: Invocation | None

    @property
    def is_lost(self) -> bool:
        """True when the function succeeded and its caller got no answer."""
        ended = self.invocation is not None and self.invocation.outcome is Outcome.SUCCESS
        return ended and self.call.end in (CallEnd.TIMED_OUT, CallEnd.RESET)

    def lasted_s(self) -> float | None:
        """How long the function worked, as its REPORT says."""
        ms = self.invocation.duration_ms if self.invocation else None
        return None if ms is None else ms / 1000


def caller_requests(events: Iterable[LogEvent], log: str) -> list[Json]:
    """The calls that a caller's log tells of, as the objects of a snapshot: names and times, nothing of the texts.

    A call that ends is the one that began with the same job, task or thread, else the oldest open one of the same
    function; one whose beginning is not in the log began as long ago as the error says it waited.
    """
    begun: list[tuple[int, CallerLine]] = []
    made: list[tuple[int, Json]] = []
    for number, line in _lines(events):
        if line.end is None:
            if line.function is not None:
                begun.append((number, line))
            continue
        if line.key is None and not line.is_sure:
            continue
        first = _begin_of(line, [one for _, one in begun])
        if first is None and not line.is_sure:
            continue
        if first is not None:
            at = next(index for index, (_, one) in enumerate(begun) if one is first)
            number = begun.pop(at)[0]
        made.append((number, _raw(f"{log}:{number}", first, line)))
    made += [(number, _raw(f"{log}:{number}", one, None)) for number, one in begun]
    return [raw for _, raw in sorted(made, key=lambda item: item[0])]


def join(calls: Iterable[CallerRequest], invocations: Sequence[Invocation]) -> tuple[Joined, ...]:
    """Every call with its invocation, ordered by the start of the call; no invocation belongs to two calls."""
    ordered = sorted(calls, key=lambda call: (call.started or _LAST, call.id))
    by_id = {item.request_id: item for item in invocations}
    named = {call.id: by_id[call.request_id] for call in ordered if call.request_id in by_id}
    taken = {item.request_id for item in named.values()}
    found = []
    for call in ordered:
        own = named.get(call.id) or _nearest(call, [item for item in invocations if item.request_id not in taken])
        if own is not None:
            taken.add(own.request_id)
        found.append(Joined(call=call, invocation=own))
    return tuple(found)


_LAST = datetime.max.replace(tzinfo=UTC)


def _nearest(call: CallerRequest, free: Sequence[Invocation]) -> Invocation | None:
    """The invocation that started when the call did; none for a call that knows another request id."""
    if call.started is None or call.request_id is not None:
        return None
    near = [
        (abs(item.start - call.started), item.request_id, item)
        for item in free
        if item.start is not None and call.started - _EARLIER <= item.start <= call.started + _LATER
    ]
    return min(near, key=lambda one: one[:2])[2] if near else None


def _lines(events: Iterable[LogEvent]) -> Iterator[tuple[int, CallerLine]]:
    for number, event in enumerate(events, start=1):
        if (line := line_of(event)) is not None:
            yield number, line


def _begin_of(line: CallerLine, begun: Sequence[CallerLine]) -> CallerLine | None:
    if line.key is not None:
        return next((one for one in begun if one.key == line.key), None)
    same = [one for one in begun if line.function in (None, one.function)]
    if line.waited_s is None or line.at_ms is None:
        return same[0] if same else None
    ago = line.at_ms - line.waited_s * 1000
    timed = [(abs(one.at_ms - ago), index) for index, one in enumerate(same) if one.at_ms is not None]
    return same[min(timed)[1]] if timed else None


def _raw(id_: str, first: CallerLine | None, last: CallerLine | None) -> Json:
    ended_ms = last.at_ms if last else None
    started_ms = first.at_ms if first else None
    waited_s = last.waited_s if last else None
    if started_ms is None and ended_ms is not None and waited_s is not None:
        started_ms = round(ended_ms - waited_s * 1000)
    if started_ms is not None and ended_ms is not None:
        waited_s = (ended_ms - started_ms) / 1000
    names = [line.function for line in (last, first) if line is not None and line.function]
    return {
        "Id": id_,
        "Function": names[0] if names else None,
        "RequestId": last.request_id if last else None,
        "StartedAt": _iso(started_ms),
        "EndedAt": _iso(ended_ms),
        "WaitedS": waited_s,
        "End": (last.end if last and last.end else CallEnd.OPEN).value,
        "ErrorClass": last.error.value if last and last.error else None,
    }


def _iso(at_ms: int | None) -> str | None:
    """A time for the snapshot; None for one that no calendar has."""
    try:
        return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return None
