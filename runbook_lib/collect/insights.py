"""Reads log events through Logs Insights: for log groups too large for FilterLogEvents, when it is allowed.

What it gains: one query gives up to 100,000 events, where a page of FilterLogEvents holds 1 MB at most; and it reads
log groups of the classes that offer fewer ways to read them. What it costs: money for every byte scanned. No event is
left out by a condition: an error that no condition expected would then look like success.

Sources (read 2026-11): https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html,
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from runbook_lib.collect.calls import Answer, Call, Caller
from runbook_lib.collect.limits import Observed
from runbook_lib.collect.log_events import Reading, slices
from runbook_lib.collect.operation import Operation
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.collect.told import gaps_of
from runbook_lib.model.fact import Raw, Scope
from runbook_lib.model.observations import EVENTS_KEY, LogGroup
from runbook_lib.model.snapshot import Gap
from runbook_lib.model.window import Window

__all__ = ["GB", "Insights", "is_large", "scan_estimate"]

GB = 1_000_000_000
# A hundred pages of FilterLogEvents, which hold 1 MB at most.
_LARGE_BYTES = 100_000_000
_MOST_ROWS = 100_000
_QUERY = "fields @timestamp, @ingestionTime, @logStream, @message | sort @timestamp asc"
_RUNNING = frozenset({"Scheduled", "Running"})
_PAUSE_S = 1.0
_ACTION = "logs:StartQuery"
_BY_NAME: Mapping[str, Operation] = {row.name: row for row in OPERATIONS if row.service == "logs"}


def scan_estimate(group: LogGroup, window: Window, now: datetime) -> float | None:
    """About how many bytes a query over the window scans: the share of the stored bytes that its length has.

    None when AWS does not say how many bytes are stored or since when. A window with more traffic than usual holds
    more than its share, so what queries report to have scanned is watched too.
    """
    stored = group.raw.get("storedBytes")
    if not isinstance(stored, int) or group.created is None:
        return None
    oldest = now - timedelta(days=group.retention_days) if group.retention_days else group.created
    since = max(oldest, group.created)
    if now <= since:
        return float(stored)
    overlap = max(timedelta(), min(window.end, now) - max(window.start, since))
    return stored * min(1.0, overlap / (now - since))


def is_large(estimate: float | None) -> bool:
    """Whether reading that many bytes by FilterLogEvents takes more than a hundred pages."""
    return estimate is not None and estimate > _LARGE_BYTES


@dataclass(slots=True)
class Insights:
    """Queries over one log group. `stop` ends a query by its id, `pause` waits for some seconds."""

    caller: Caller
    stop: Callable[[str], Answer]
    pause: Callable[[float], None]
    group: str
    wanted: Observed
    scope: Scope
    _reading: Reading = field(default_factory=Reading)
    _running: dict[str, Window] = field(default_factory=dict)
    _scanned: float = 0.0

    def read(self) -> Reading:
        """All events of the window, in the shape of FilterLogEvents; what is missing has a flaw and a gap."""
        todo = list(slices(self.wanted.window))
        done = 0
        try:
            while todo:
                finished = self._run(todo)
                done += len(finished)
                todo = [half for window, answer in finished for half in self._take(window, answer)]
        finally:
            for query in list(self._running):
                self._reading.answers.append(self.stop(query))
        self._reading.is_read = done > 0
        return self._reading

    def _run(self, windows: Sequence[Window]) -> list[tuple[Window, Answer]]:
        """Run one query per window to its end; those that failed are noted and left out."""
        self._start(windows)
        finished: list[tuple[Window, Answer]] = []
        while self._running:
            self.pause(_PAUSE_S)
            polled = list(self._running)
            for query, answer in zip(polled, self._results(polled), strict=True):
                status = str(answer.items[0].get("status")) if answer.items else ""
                if status in _RUNNING:
                    continue
                window = self._running.pop(query)
                if status == "Complete":
                    finished.append((window, answer))
                elif status:
                    self._lack(window, f"the query ended as {status}")
                else:
                    self._lose(answer)
        return self._whole(finished)

    def _start(self, windows: Sequence[Window]) -> None:
        asked = [
            Call(
                operation=_BY_NAME["StartQuery"],
                request={
                    "logGroupName": self.group,
                    "startTime": int(window.start.timestamp()),
                    "endTime": int(window.end.timestamp()),
                    "queryString": _QUERY,
                    "limit": _MOST_ROWS,
                },
                about=self.group,
            )
            for window in windows
        ]
        for window, answer in zip(windows, self._make(asked), strict=True):
            if answer.ok:
                self._running[str(answer.items[0]["queryId"])] = window
            else:
                self._note(answer)

    def _results(self, queries: Sequence[str]) -> list[Answer]:
        row = _BY_NAME["GetQueryResults"]
        return self._make([Call(operation=row, request={"queryId": query}, about=self.group) for query in queries])

    def _whole(self, finished: Sequence[tuple[Window, Answer]]) -> list[tuple[Window, Answer]]:
        """Ask again where several pages were read: the first may date from before the query was complete."""
        again = [str(answer.call.request["queryId"]) for _, answer in finished if answer.pages > 1]
        fresh = dict(zip(again, self._results(again), strict=True)) if again else {}
        return [(window, fresh.get(str(answer.call.request["queryId"]), answer)) for window, answer in finished]

    def _lose(self, answer: Answer) -> None:
        """The results of a query cannot be had: it need not go on."""
        self._note(answer)
        self._reading.answers.append(self.stop(str(answer.call.request["queryId"])))

    def _note(self, answer: Answer) -> None:
        for gap in gaps_of(answer, self.scope):
            self._reading.gaps.append(gap)
            self._reading.flaws.append(gap.reason)

    def _take(self, window: Window, answer: Answer) -> list[Window]:
        """Keep the events of a finished query; or the halves that must be asked about, when there were too many."""
        if not answer.items:
            self._note(answer)
            return []
        told = answer.items[0]
        statistics = told.get("statistics") or {}
        self._scanned += float(statistics.get("bytesScanned") or 0)
        rows = [_event(row) for row in told["results"]]
        is_whole = int(statistics.get("recordsMatched") or 0) <= len(rows) < _MOST_ROWS
        halves = _halves(window)
        if not is_whole and len(halves) > 1 and self._may_go_on():
            return halves
        self._reading.items.extend(rows)
        if not is_whole:
            self._lack(window, f"truncated: the query gave {len(rows):,} events of more")
        return []

    def _may_go_on(self) -> bool:
        return self._scanned < self.wanted.max_insights_gb * GB and len(self._reading.items) <= self.wanted.max_events

    def _lack(self, window: Window, why: str) -> None:
        said = window.to_json()
        reason = f"Logs Insights, {said['since']} to {said['until']}: {why}"
        self._reading.flaws.append(reason)
        self._reading.gaps.append(Gap(what=f"{EVENTS_KEY}/{self.group}", reason=reason, action=_ACTION))

    def _make(self, calls: Sequence[Call]) -> list[Answer]:
        answers = self.caller.make(calls)
        self._reading.answers.extend(answers)
        return answers


def _halves(window: Window) -> list[Window]:
    middle = (window.start + window.length / 2).replace(microsecond=0)
    if not window.start < middle < window.end:
        return [window]
    return [Window(start=window.start, end=middle), Window(start=middle, end=window.end)]


def _event(row: Sequence[Raw]) -> dict[str, Any]:
    """An event in the shape of FilterLogEvents; `@ptr` identifies it. A time that is none stays away."""
    told = {str(cell.get("field")): str(cell.get("value")) for cell in row}
    event: dict[str, Any] = {
        name: told[field] for name, field in (("eventId", "@ptr"), ("logStreamName", "@logStream")) if field in told
    }
    for name, field_name in (("timestamp", "@timestamp"), ("ingestionTime", "@ingestionTime")):
        moment = _milliseconds(told.get(field_name, ""))
        if moment is not None:
            event[name] = moment
    return {**event, "message": told.get("@message", "")}


def _milliseconds(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
