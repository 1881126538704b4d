"""Lambda's own counters held against the log: what was counted and left no line is missing from the log.

Lambda counts an invocation and its error in the minute in which it was invoked; the minutes at both ends of the window
are left out, since the log may cut them elsewhere. Source:
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (read 2026-11-21)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from runbook_lib.invocations.base import Invocation, Outcome
from runbook_lib.model.interfaces import Function
from runbook_lib.model.observations import MetricSeries

__all__ = ["uncounted"]

_EDGE = 2


def uncounted(series: Iterable[MetricSeries], function: Function, invocations: Sequence[Invocation]) -> Iterator[str]:
    """What Lambda counted and the log does not show, one sentence each; nothing where no counter was read."""
    own = [
        item
        for item in series
        if item.is_standard and item.scope == function.scope and item.dimensions == (("FunctionName", function.id),)
    ]
    counted = {item.metric: _inside(item) for item in own}
    seen = len(invocations)
    if counted.get("Invocations", 0) > seen:
        yield f"Lambda counted {counted['Invocations']:,.0f} invocations in the window, the log shows {seen:,}"
    bad = sum(item.outcome is not Outcome.SUCCESS for item in invocations)
    if counted.get("Errors", 0) > bad:
        yield f"Lambda counted {counted['Errors']:,.0f} errors in the window, the log shows {bad:,}"


def _inside(item: MetricSeries) -> float:
    edge = timedelta(seconds=_EDGE * item.period_s)
    points = zip(item.timestamps, item.values, strict=True)
    return sum(value for moment, value in points if item.start + edge <= moment < item.end - edge)
