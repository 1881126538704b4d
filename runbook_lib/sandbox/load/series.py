"""What CloudWatch counts about a load: minutes of a NAT gateway and of a function."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from runbook_lib.sandbox.load.jobs import Done
from runbook_lib.sandbox.load.quiet import quiet_minute
from runbook_lib.sandbox.load.records import MINUTE_S, Numbers
from runbook_lib.sandbox.load.ways import Nat

__all__ = ["function_series", "nat_series"]

_TRAFFIC = {
    "PacketsInFromDestination": 36,
    "PacketsInFromSource": 40,
    "PacketsOutToDestination": 40,
    "PacketsOutToSource": 36,
    "BytesInFromDestination": 36 * 94,
    "BytesInFromSource": 40 * 880,
    "BytesOutToDestination": 40 * 880,
    "BytesOutToSource": 36 * 94,
}
_PEAKS = {"PeakPacketsPerSecond": 4, "PeakBytesPerSecond": 4 * 880}


def nat_series(nat: Nat) -> dict[str, dict[int, Numbers]]:
    """Mapping metric → minute → numbers, for the minutes in which the gateway was more than quiet."""
    levels = _levels(nat)
    found: dict[str, dict[int, Numbers]] = defaultdict(dict)
    for minute, level in levels.items():
        found["ActiveConnectionCount"][minute] = _above("ActiveConnectionCount", minute, level)
        for metric, each in _TRAFFIC.items():
            found[metric][minute] = _above(metric, minute, level * each)
        for metric, each in _PEAKS.items():
            found[metric][minute] = _above(metric, minute, level * each)
    counted: dict[tuple[str, int], int] = defaultdict(int)
    for at_s, metric in nat.happened:
        counted[metric, _minute(at_s)] += 1
    for tenant in nat.tenants:
        for metric in ("ConnectionAttemptCount", "ConnectionEstablishedCount"):
            counted[metric, _minute(tenant.since_s)] += tenant.ports
    for (metric, minute), count in sorted(counted.items()):
        found[metric][minute] = _above(metric, minute, count)
    return dict(found)


def _levels(nat: Nat) -> dict[int, int]:
    """The most ports taken in each minute, towards the destination of the load."""
    most: dict[int, int] = {}
    for tenant in nat.tenants:
        for minute in range(_minute(tenant.since_s), math.ceil(tenant.until_s), MINUTE_S):
            most[minute] = max(most.get(minute, 0), nat.held_by_tenants(minute + MINUTE_S / 2))
    before = 0
    at_minute: int | None = None
    for at_s, level in sorted(nat.levels, key=lambda item: item[0]):
        minute = _minute(at_s)
        if at_minute is not None:
            for between in range(at_minute + MINUTE_S, minute + MINUTE_S, MINUTE_S):
                most[between] = max(most.get(between, 0), before)
        most[minute] = max(most.get(minute, 0), level)
        before, at_minute = level, minute
    return most


def _above(metric: str, minute: int, value: float) -> Numbers:
    quiet = quiet_minute(metric, minute)
    return Numbers.one(value + (quiet.total if quiet is not None else 0.0))


def function_series(invocations: Sequence[Done], throttles: Iterable[float] = ()) -> dict[str, dict[int, Numbers]]:
    """Mapping metric → minute → numbers of a function; `throttles` are the moments of refused invocations.

    Lambda counts an invocation in the minute in which it ends, and reports minutes with activity only.
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    """
    found: dict[str, dict[int, Numbers]] = defaultdict(dict)

    def add(metric: str, at_s: float, value: float) -> None:
        minute, numbers = _minute(at_s), Numbers.one(value)
        known = found[metric].get(minute)
        found[metric][minute] = known.plus(numbers) if known else numbers

    for done in invocations:
        add("Invocations", done.end_s, 1.0)
        add("Errors", done.end_s, 0.0 if done.failure is None else 1.0)
        add("Throttles", done.end_s, 0.0)
        add("Duration", done.end_s, done.duration_ms)
    for at_s in throttles:
        add("Throttles", at_s, 1.0)
    for minute, most in _concurrency(invocations).items():
        add("ConcurrentExecutions", minute, most)
    return dict(found)


def _concurrency(invocations: Sequence[Done]) -> dict[int, int]:
    """The most invocations at the same time, for each minute in which one ran."""
    changes = sorted([(done.start_s, 1) for done in invocations] + [(done.end_s, -1) for done in invocations])
    most: dict[int, int] = {}
    running, since = 0, 0
    for at_s, change in changes:
        for minute in range(since, _minute(at_s) + MINUTE_S, MINUTE_S) if running else ():
            most[minute] = max(most.get(minute, 0), running)
        running, since = running + change, _minute(at_s)
        most[since] = max(most.get(since, 0), running)
    return most


def _minute(at_s: float) -> int:
    return int(at_s) - int(at_s) % MINUTE_S
