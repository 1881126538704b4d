"""Waiting for what AWS delivers late: the log of the requests that were sent, and the numbers of CloudWatch."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.collect.limits import Observed
from runbook_lib.collect.log_events import MAY_LAG
from runbook_lib.errors import FactMissing
from runbook_lib.facade.sources import Source
from runbook_lib.invocations.observed import observed
from runbook_lib.invocations.requests import Delivery, Request, awaited, requests_of
from runbook_lib.model.actions import InvokeResult
from runbook_lib.model.interfaces import Function
from runbook_lib.model.observations import EVENTS_KEY, LogGroup, MetricSeries
from runbook_lib.model.progress import Progress, Step
from runbook_lib.model.snapshot import Snapshot
from runbook_lib.model.window import Window
from runbook_lib.network.view import View

__all__ = ["Wait", "rows_of"]

_MINUTE = timedelta(minutes=1)
# A clock that is ahead of AWS's must not cut off the first lines.
_MARGIN = timedelta(seconds=5)
_LOOKED = {EVENTS_KEY: (EVENTS_KEY, LogGroup.KEY), MetricSeries.KEY: (MetricSeries.KEY,)}
_THERE = (Delivery.DELIVERED, Delivery.NOT_DUE)
_POLLS_S = (1.0, 2.0, 3.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Reads again and again until everything is there or the patience is over.

    `gateways` are the NAT gateways whose metrics are read beside those of the function.
    """

    source: Source
    function: Function
    gateways: tuple[str, ...] = ()
    pause: Callable[[float], Any] = time.sleep
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def for_logs(self, snapshot: Snapshot, patience_s: float, progress: Progress) -> Snapshot:
        """The snapshot with the log of everything that was sent, as whole as it got."""

        def left(found: Snapshot) -> int:
            return len(awaited(self._rows(found)))

        found = self._until(snapshot, EVENTS_KEY, patience_s, left, f"log of {self.function.id}", progress)
        is_there = all(row.delivery in _THERE for row in self._rows(found))
        return _without_lag(found) if is_there else found

    def for_metrics(self, snapshot: Snapshot, patience_s: float, progress: Progress) -> Snapshot:
        """The snapshot with the metrics of the minutes in which something was sent, or ran."""
        ran = sum(max(_reached(row.result), len(row.attempts)) for row in self._rows(snapshot))

        def left(found: Snapshot) -> int:
            return max(0, ran - round(_invocations(found, self.function)))

        return self._until(snapshot, MetricSeries.KEY, patience_s, left, f"metrics of {self.function.id}", progress)

    def _until(
        self,
        snapshot: Snapshot,
        key: str,
        patience_s: float,
        left: Callable[[Snapshot], int],
        what: str,
        progress: Progress,
    ) -> Snapshot:
        base = _without(snapshot, key)
        end, looks, total = self.clock() + patience_s, 0, len(_sent(snapshot, self.function))
        found = base
        while True:
            progress(Step(f"waiting for the {what}", max(0, total - left(found)) if looks else 0, total))
            found = self._look(_kept(base, found), key)
            looks += 1
            pause_s = max(_POLLS_S[min(looks, len(_POLLS_S)) - 1], self._not_before_s(found, key))
            pause_s = min(pause_s, end - self.clock())
            if not left(found) or pause_s <= 0:
                return found
            self.pause(pause_s)

    def _not_before_s(self, snapshot: Snapshot, key: str) -> float:
        """How long until another look can find more: the metrics of a minute are whole when it is over."""
        now = self.now()
        return (self._window(snapshot, key, now).end - now).total_seconds() if key == MetricSeries.KEY else 0.0

    def _look(self, snapshot: Snapshot, key: str) -> Snapshot:
        now = self.now()
        wanted = Observed(
            window=self._window(snapshot, key, now),
            function=self.function.id,
            nat_gateway_ids=self.gateways if key == MetricSeries.KEY else (),
            keys=(key,),
        )
        return replace(self.source.observe(snapshot, wanted), collected_at=now)

    def _window(self, snapshot: Snapshot, key: str, now: datetime) -> Window:
        """Of the log from the first request until now, of metrics the whole minutes around all of them.

        An event runs after its answer, and again when it fails: its attempts tell when.
        """
        sent = _sent(snapshot, self.function)
        first = min((item.started for item in sent), default=now - _MINUTE)
        if key == EVENTS_KEY:
            return Window(start=first - _MARGIN, end=max(now, first) + _MARGIN)
        ends = [item.ended or item.started for item in sent]
        ends += [moment for row in self._rows(snapshot) for item in row.attempts if (moment := item.end or item.start)]
        last = max(ends, default=now)
        start, end = (moment.replace(second=0, microsecond=0) for moment in (first, last))
        return Window(start=start, end=end + _MINUTE)

    def _rows(self, snapshot: Snapshot) -> tuple[Request, ...]:
        return rows_of(View(snapshot), self.function)


def rows_of(view: View, function: Function) -> tuple[Request, ...]:
    """Every request to the function with what the client saw and what its log says."""
    try:
        log = observed(view, function).invocations
    except FactMissing:
        log = None
    return requests_of(_sent(view.snapshot, function), log, read_at=view.snapshot.collected_at)


def _sent(snapshot: Snapshot, function: Function) -> list[InvokeResult]:
    return [item for item in snapshot.all(InvokeResult) if item.function == function.id]


def _reached(item: InvokeResult) -> bool:
    """Whether a request got as far as the function, so that Lambda counts it."""
    return item.error_code is None and item.ended is not None


def _invocations(snapshot: Snapshot, function: Function) -> float:
    own = (("FunctionName", function.id),)
    series: Iterable[MetricSeries] = snapshot.all(MetricSeries)
    return sum(sum(item.values) for item in series if item.dimensions == own and item.metric == "Invocations")


def _without(snapshot: Snapshot, key: str) -> Snapshot:
    """The snapshot before earlier looks at this key failed: the next look says again what is missing."""
    gaps = (gap for gap in snapshot.gaps if gap.what.partition("/")[0] not in _LOOKED[key])
    calls = (call for call in snapshot.calls if call.error is None or call.key not in _LOOKED[key])
    return replace(snapshot, gaps=tuple(gaps), calls=tuple(calls))


def _without_lag(snapshot: Snapshot) -> Snapshot:
    """The snapshot without the gap that events may still come: everything that was waited for is there."""
    return replace(snapshot, gaps=tuple(gap for gap in snapshot.gaps if gap.reason != MAY_LAG))


def _kept(base: Snapshot, found: Snapshot) -> Snapshot:
    """The facts from before the wait with the record of every look so far; one that failed counts only if it is last.

    A log group that is not there at the first look is there once the function has run.
    """
    looked = found.calls[len(base.calls) :]
    return replace(base, calls=(*base.calls, *(call for call in looked if call.error is None)))
