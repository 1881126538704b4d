"""Invocations that started close together, and how many ran at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

from runbook_lib.invocations.base import Burst, Invocation
from runbook_lib.invocations.patterns import judge

__all__ = ["GAP_S", "bursts_of", "peak_concurrency", "peak_of"]

GAP_S = 2.0
"""A start later than this after the start before it begins a new burst."""

_RESOLUTION = timedelta(microseconds=1)
_EARLIEST = datetime.min.replace(tzinfo=UTC)


def bursts_of(invocations: Iterable[Invocation], gap_s: float = GAP_S) -> tuple[Burst, ...]:
    """The bursts, ordered by start.

    Invocations whose start was not seen form a last burst of their own: they count, but have no order.
    """
    return tuple(_burst(group) for group in _groups(invocations, timedelta(seconds=gap_s)))


def peak_concurrency(invocations: Iterable[Invocation]) -> int:
    """The most invocations that certainly ran at the same moment.

    Each runs from its start up to, not including, its end. One whose end was not seen counts at its start only, one
    whose start was not seen on its own only.
    """
    listed = list(invocations)
    intervals = [_interval(item, item.start) for item in listed if item.start is not None]
    return max(peak_of(intervals), min(len(listed), 1))


def peak_of(intervals: Iterable[tuple[datetime, datetime]]) -> int:
    """The most intervals that hold one moment, each from its start up to, not including, its end."""
    ends: list[datetime] = []
    peak = 0
    for start, end in sorted(intervals):
        while ends and ends[0] <= start:
            heappop(ends)
        heappush(ends, end)
        peak = max(peak, len(ends))
    return peak


def _groups(invocations: Iterable[Invocation], gap: timedelta) -> Iterator[list[Invocation]]:
    group: list[Invocation] = []
    for item in sorted(invocations, key=_order):
        if group and _is_apart(group[-1].start, item.start, gap):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _order(item: Invocation) -> tuple[bool, datetime, str]:
    return item.start is None, item.start or _EARLIEST, item.request_id


def _is_apart(before: datetime | None, after: datetime | None, gap: timedelta) -> bool:
    if before is None or after is None:
        return before is not after
    return after - before > gap


def _burst(group: Sequence[Invocation]) -> Burst:
    judged = judge([group])
    return Burst(
        invocations=tuple(group),
        peak_concurrency=peak_concurrency(group),
        pattern=judged.pattern,
        p_value=judged.p_value,
    )


def _interval(item: Invocation, start: datetime) -> tuple[datetime, datetime]:
    """From when to when it certainly ran; never empty, since at its start it ran."""
    return start, max(_end(item) or start, start + _RESOLUTION)


def _end(item: Invocation) -> datetime | None:
    if item.end is not None or item.start is None or item.duration_ms is None:
        return item.end
    return item.start + timedelta(milliseconds=item.duration_ms)
