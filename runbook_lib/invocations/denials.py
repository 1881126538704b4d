"""The calls that were refused, as the log of a function tells them, each with the invocation that made it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from runbook_lib.invocations.base import ErrorClass, Invocation, LogEvent
from runbook_lib.invocations.glance import JSON_REQUEST_ID, request_of
from runbook_lib.invocations.observed import events_seen_in, observed
from runbook_lib.invocations.refusal_texts import Denial, Origin, has_refusal, is_of_credentials, refusals_in
from runbook_lib.model.interfaces import Function
from runbook_lib.network.view import View

__all__ = ["Denial", "Origin", "denials_of", "denials_seen"]


class _Line(NamedTuple):
    """A line that tells of a refusal: whose it is and when it was written, where that is known."""

    denial: Denial
    request_id: str | None
    time_ms: int | None


def denials_seen(view: View, function: Function) -> tuple[Denial, ...]:
    """The refused calls in the log of a function, put together once per view. Raises FactMissing if it was not read."""
    key = f"denials {function.id}"
    found = view.memo.get(key)
    if not isinstance(found, tuple):
        seen = observed(view, function)
        events = events_seen_in(view, function, seen.log_group)
        found = view.memo[key] = denials_of(events, (*seen.invocations, *seen.unplaced))
    return found


def denials_of(events: Iterable[LogEvent], invocations: Sequence[Invocation]) -> tuple[Denial, ...]:
    """The refused calls in log events, in their order; of one invocation the same refusal counts once.

    An invocation that failed with a refusal which is not worded as AWS does counts too: a database's, a partner's.
    """
    lines = list(_lines(events))
    by_id: defaultdict[str, list[Invocation]] = defaultdict(list)
    if lines:
        for item in invocations:
            by_id[item.request_id].append(item)
    told = [_placed(line, by_id.get(line.request_id or "", [])) for line in lines]
    has_own = {item.request_id for item in told if item.request_id}
    others = (_otherwise(item) for item in invocations if _is_refused(item) and item.request_id not in has_own)
    if any(item.request_id is None for item in told):
        # Whose refusal it was is not known: it may be theirs, and must not be counted twice.
        return tuple(_once(told))
    return (*_once(told), *others)


def _lines(events: Iterable[LogEvent]) -> Iterator[_Line]:
    """The lines that tell of a refusal. One that names no request belongs to the only one open in its log stream."""
    running: defaultdict[str | None, dict[str, None]] = defaultdict(dict)
    for message, time_ms, stream, _ in events:
        if message.startswith("START RequestId: "):
            running[stream][message[17:53]] = None
        elif message.startswith("REPORT RequestId: "):
            running[stream].pop(message[18:54], None)
        elif message.startswith("{") and '"platform.' in message:
            _follow(message, running[stream])
        elif has_refusal(message):
            own = list(running[stream])
            for denial in refusals_in(message):
                yield _Line(denial, request_of(message) or (own[0] if len(own) == 1 else None), time_ms)


def _follow(message: str, running: dict[str, None]) -> None:
    named = JSON_REQUEST_ID.search(message)
    if named and '"platform.start"' in message:
        running[named[1]] = None
    elif named and '"platform.report"' in message:
        running.pop(named[1], None)


def _placed(line: _Line, candidates: Sequence[Invocation]) -> Denial:
    """The denial with its invocation; Lambda's retries of a request have its id too."""
    if line.request_id is None or not candidates:
        return replace(line.denial, request_id=line.request_id)
    at_ms = line.time_ms
    begun = [item for item in candidates if at_ms is not None and (_start_ms(item) or 0) <= at_ms]
    own = begun[-1] if begun else candidates[0]
    start_ms = _start_ms(own)
    took = at_ms - start_ms if begun and at_ms is not None and start_ms is not None else own.duration_ms
    return replace(line.denial, request_id=own.request_id, start=own.start, outcome=own.outcome, duration_ms=took)


def _start_ms(item: Invocation) -> float | None:
    return round(item.start.timestamp() * 1000) if item.start else None


def _once(denials: Iterable[Denial]) -> Iterator[Denial]:
    """Every refusal once per invocation, and what tells less only where nothing tells more."""
    listed = list(denials)
    telling = {item.request_id for item in listed if item.action}
    seen: set[tuple[object, ...]] = set()
    for item in listed:
        if item.request_id is not None and item.action is None and item.request_id in telling:
            continue
        same = (item.request_id, item.start, item.principal, item.action, item.resource, item.said, item.explicit)
        if item.request_id is None or same not in seen:
            seen.add(same)
            yield item


def _is_refused(item: Invocation) -> bool:
    return item.error_class is ErrorClass.ACCESS_DENIED


def _otherwise(item: Invocation) -> Denial:
    """The refusal that an invocation failed with, in words that are not those of AWS's policies."""
    text = item.detail or ""
    return Denial(
        request_id=item.request_id or None,
        said=Origin.CREDENTIALS if is_of_credentials(text) else None,
        start=item.start,
        outcome=item.outcome,
        duration_ms=item.duration_ms,
        text=text,
    )
