"""Reads the events of a log group over a window: in slices side by side, every page of each, the earliest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from runbook_lib.collect.budget import Budget, Share
from runbook_lib.collect.calls import Answer, Call
from runbook_lib.collect.merge import merge
from runbook_lib.collect.operation import Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.collect.told import gaps_of
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.observations import EVENTS_KEY, LogGroup
from runbook_lib.model.snapshot import Gap, Listing, listing_of
from runbook_lib.model.window import Window

__all__ = [
    "MAY_LAG",
    "Reading",
    "age_gaps",
    "delivery_gap",
    "event_calls",
    "events_listing",
    "group_call",
    "reading_of",
    "slices",
]

MAY_LAG = "log delivery may lag: the window ends less than 2 minutes before the logs were read"
"""The reason of a gap: nobody waited for the last events."""

# Slices that are read side by side: enough to overlap the waiting, few enough not to be throttled by themselves.
_MOST_SLICES = 12
_SHORTEST_SLICE = timedelta(minutes=1)
# Log events usually arrive within seconds; AWS promises no time (inference).
_DELIVERY = timedelta(minutes=2)
_EVENT_FIELDS = ("eventId", "timestamp", "ingestionTime", "logStreamName", "message")
_ACTION = "logs:FilterLogEvents"


@dataclass(slots=True, kw_only=True)
class Reading:
    """What was read of a log group: `items` in the shape of FilterLogEvents, why some may be missing, and the calls.

    `is_read` is False when nothing at all was read: not even that there is nothing.
    """

    items: list[Raw] = field(default_factory=list)
    flaws: list[str] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    is_read: bool = True
    is_cut: bool = False


def group_call(name: str) -> Call:
    """The call that describes one log group; groups come sorted by name, so paging ends where it is found."""
    operation = next(row for row in OPERATIONS if row.per is Per.LOG_GROUP)
    return Call(
        operation=operation,
        request={"logGroupNamePrefix": name},
        about=name,
        enough=lambda group: group.get("logGroupName") == name,
    )


def slices(window: Window) -> tuple[Window, ...]:
    """The window in equal parts on whole seconds, none shorter than a minute unless the window is."""
    count = max(1, min(_MOST_SLICES, window.length // _SHORTEST_SLICE))
    step = window.length / count
    inner = [(window.start + step * number).replace(microsecond=0) for number in range(1, count)]
    bounds = [window.start, *inner, window.end]
    return tuple(Window(start=start, end=end) for start, end in pairwise(bounds))


def event_calls(group: str, window: Window, max_events: int) -> list[Call]:
    """One call per slice; together they read little more than `max_events`, those of the earliest slices first."""
    operation = next(row for row in OPERATIONS if row.per is Per.LOG_SLICE)
    parts = slices(window)
    budget = Budget(max_events, len(parts))
    # AWS includes both ends of the range.
    return [
        Call(
            operation=operation,
            request={"logGroupName": group, "startTime": part.start_ms, "endTime": part.end_ms - 1},
            about=group,
            share=Share(budget, place),
        )
        for place, part in enumerate(parts)
    ]


def reading_of(answers: Sequence[Answer], scope: Scope, max_events: int) -> Reading:
    """What the answers of `event_calls` hold together; the same reason in several slices is one gap."""
    reading = Reading(
        items=[item for answer in answers for item in answer.items],
        answers=list(answers),
        is_read=any(answer.ok or answer.items for answer in answers),
    )
    reasons: dict[str, list[Answer]] = {}
    for answer in answers:
        share = answer.call.share
        if answer.ok and answer.truncated and share and share.budget.spent > max_events:
            reading.is_cut = True
        elif answer.error or answer.truncated:
            reasons.setdefault(answer.error.code if answer.error else "truncated", []).append(answer)
    for group in reasons.values():
        _note(reading, group, len(answers), scope)
    return reading


def _note(reading: Reading, same: Sequence[Answer], slices_asked: int, scope: Scope) -> None:
    gap = next(iter(gaps_of(same[-1], scope)))
    said = gap.reason
    if len(same) < slices_asked:
        since = _time(min(answer.call.request["startTime"] for answer in same))
        said = f"{said} (in {len(same)} of {slices_asked} parts of the time, the first from {since})"
    reading.gaps.append(Gap(what=gap.what, reason=said, action=gap.action))
    reading.flaws.append(said)


def events_listing(
    reading: Reading, group: str, window: Window, scope: Scope, max_events: int
) -> tuple[Listing | None, list[Gap]]:
    """The listing of the events inside the window, each once and with the name of its group, and what it lacks.

    None when nothing was read. Beyond `max_events` the earliest are kept, and the listing says until when.
    """
    if not reading.is_read:
        return None, reading.gaps
    what = f"{EVENTS_KEY}/{group}"
    flaws, gaps = list(reading.flaws), list(reading.gaps)
    timeless = sum(not isinstance(item.get("timestamp"), int) for item in reading.items)
    if timeless:
        flaws.append(f"{timeless:,} events have no time")
        gaps.append(Gap(what=what, reason=flaws[-1], action=_ACTION))
    inside = (_event(item, group) for item in reading.items if _is_inside(item, window))
    items, conflicts = merge(EVENTS_KEY, ((_ACTION, item) for item in inside))
    for conflict in conflicts:
        flaws.append(f"event {conflict.id} was told in different words")
        gaps.append(Gap(what=f"{EVENTS_KEY}/{conflict.id}", reason="told in different words", action=_ACTION))
    if reading.is_cut or len(items) > max_events:
        items = sorted(items, key=lambda item: (item["timestamp"], str(item.get("eventId"))))[:max_events]
        until = f"; the earliest are kept, until {_time(items[-1]['timestamp'])}" if items else ""
        flaws.append(f"truncated: more than {max_events:,} events{until}")
        gaps.append(Gap(what=what, reason=flaws[-1], action=_ACTION))
    listing, _ = listing_of(EVENTS_KEY, scope, items, "; ".join(flaws) or None)
    return listing, gaps


def age_gaps(group: LogGroup, window: Window, now: datetime) -> Iterable[tuple[Gap, bool]]:
    """What the group cannot hold of the window any more or not yet; True where events may have been lost."""
    what = f"{EVENTS_KEY}/{group.id}"
    if group.retention_days is not None:
        oldest = now - timedelta(days=group.retention_days)
        if window.start < oldest:
            kept = f"log group {group.id} keeps events for {group.retention_days} days"
            reason = f"{kept}, the window starts before that: events older than {_text(oldest)} are gone"
            yield Gap(what=what, reason=reason, action=_ACTION), True
    if group.created is not None and window.start < group.created:
        reason = f"log group {group.id} was created at {_text(group.created)}, after the window starts"
        yield Gap(what=what, reason=f"{reason}: what was logged before that is not in it", action=_ACTION), False


def delivery_gap(group: str, window: Window, now: datetime) -> Iterable[Gap]:
    """A gap when the window ends so close to now that its last events may not have been delivered yet."""
    if now - window.end < _DELIVERY:
        yield Gap(what=f"{EVENTS_KEY}/{group}", reason=MAY_LAG, action=_ACTION)


def _event(item: Raw, group: str) -> Raw:
    """The event with the name of its group; changed in place, because a second million would not fit."""
    if isinstance(item, dict):
        for name in [name for name in item if name not in _EVENT_FIELDS]:
            del item[name]
        item["logGroupName"] = group
    return item


def _is_inside(item: Raw, window: Window) -> bool:
    moment = item.get("timestamp")
    return isinstance(moment, int) and window.start_ms <= moment < window.end_ms


def _time(moment_ms: int) -> str:
    return _text(datetime.fromtimestamp(moment_ms / 1000, UTC))


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
