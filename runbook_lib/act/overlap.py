"""How much really ran at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from runbook_lib.model.fact import Raw

__all__ = ["intervals_of", "overlap"]

Interval = tuple[datetime, datetime]


def overlap(intervals: Iterable[Interval]) -> int:
    """The most intervals that hold one moment; one that ends when another starts does not overlap it."""
    edges = sorted(edge for start, end in intervals for edge in ((start, 1), (end, -1)))
    most = now = 0
    for _, step in edges:
        now += step
        most = max(most, now)
    return most


def intervals_of(items: Iterable[Raw], until: datetime) -> list[Interval]:
    """From when to when each request was under way, by the client's clock; without an answer until `until`."""
    moment = datetime.fromisoformat
    return [(moment(item["StartedAt"]), moment(item["EndedAt"]) if item["EndedAt"] else until) for item in items]
