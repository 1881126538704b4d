"""Adds to a snapshot what happened over a window of time: log events, metrics, flow logs, and the limits in force."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from runbook_lib.collect.calls import Answer, Call, Caller
from runbook_lib.collect.connection import Clients, Connection
from runbook_lib.collect.details import QUOTAS, function_name
from runbook_lib.collect.failures import CALL_FAILURES, UNREACHABLE, call_error
from runbook_lib.collect.flow_records import interfaces_of, record_calls, records_listing, watching
from runbook_lib.collect.insights import GB, Insights, is_large, scan_estimate
from runbook_lib.collect.limits import Limits, Observed
from runbook_lib.collect.log_events import (
    Reading,
    age_gaps,
    delivery_gap,
    event_calls,
    events_listing,
    group_call,
    reading_of,
)
from runbook_lib.collect.metric_queries import metric_calls, metric_series, zones_of
from runbook_lib.collect.operation import Per
from runbook_lib.collect.operations import OPERATIONS
from runbook_lib.collect.told import gaps_of, listing_from, record, role_calls
from runbook_lib.model.fact import Scope
from runbook_lib.model.gateways import NatGateway
from runbook_lib.model.interfaces import Function, NetworkInterface
from runbook_lib.model.kinds import action_of
from runbook_lib.model.log_group import log_group_of
from runbook_lib.model.observations import (
    EVENTS_KEY,
    FLOW_LOG_RECORDS_KEY,
    FlowLog,
    LogGroup,
    MetricSeries,
)
from runbook_lib.model.progress import Progress, silent
from runbook_lib.model.snapshot import Gap, Listing, Snapshot

__all__ = ["Observed", "observe"]


def observe(
    connection: Connection,
    snapshot: Snapshot,
    wanted: Observed,
    limits: Limits | None = None,
    progress: Progress = silent,
    *,
    clock: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
    now: datetime | None = None,
) -> Snapshot:
    """The snapshot with what was observed in place of earlier observations, every call recorded.

    What could not be read leaves no listing or an incomplete one, and a gap that names its IAM action. The number of
    calls depends on the time and what happened in it, not on how many functions there are. Raises UsageError for bad
    credentials and an unreachable endpoint.
    """
    limits = limits or Limits()
    clients = connection.clients(limits)
    caller = Caller(clients, limits, progress, clock)
    return _Work(clients, caller, pause, snapshot, wanted, now or datetime.now(UTC)).run()


class _Work:
    """One observation: what was asked for, and what has been found so far."""

    def __init__(
        self,
        clients: Clients,
        caller: Caller,
        pause: Callable[[float], None],
        snapshot: Snapshot,
        wanted: Observed,
        now: datetime,
    ) -> None:
        self._clients, self._caller, self._pause = clients, caller, pause
        self._snapshot, self._wanted, self._now = snapshot, wanted, now
        self._scope = Scope(account=snapshot.origin.account, region=snapshot.origin.region)
        self._name = function_name(wanted.function) if wanted.function else None
        self._group = wanted.log_group or (log_group_of(snapshot, self._name) if self._name else None)
        self._found: dict[str, Listing | None] = {}
        self._gaps: list[Gap] = []
        self._answers: list[Answer] = []

    def run(self) -> Snapshot:
        first = self._make([call for call in self._first_calls() if self._is_wanted(call.operation.key)])
        errors = [answer.error for answer in first if answer.error]
        is_new = not any(call.error is None for call in self._snapshot.calls)
        if first and is_new and len(errors) == len(first) and all(error.code in UNREACHABLE for error in errors):
            raise self._clients.problem(errors[0])
        told: dict[Per, list[Answer]] = {}
        for answer in first:
            told.setdefault(answer.call.operation.per, []).append(answer)
        for per in (Per.QUOTA, Per.OBSERVATION, Per.OBSERVED_FUNCTION):
            for key in dict.fromkeys(answer.call.operation.key for answer in told.get(per, ())):
                self._plain(key, [answer for answer in told[per] if answer.call.operation.key == key])
        if self._is_wanted(MetricSeries.KEY):
            self._metrics(told.get(Per.METRICS, []))
        if self._is_wanted(EVENTS_KEY):
            self._logs(self._log_group(told.get(Per.LOG_GROUP, [])))
        return self._whole()

    def _is_wanted(self, key: str) -> bool:
        # The description of the log group goes with its events.
        named = EVENTS_KEY if key == LogGroup.KEY else key
        return not self._wanted.keys or named in self._wanted.keys

    def _first_calls(self) -> list[Call]:
        calls = [group_call(self._group)] if self._group else []
        calls += metric_calls(self._wanted.window, self._name, self._gateways(), self._now)
        for row in OPERATIONS if self._name else ():
            if row.per is Per.OBSERVATION:
                calls.append(Call(operation=row, request=row.request))
            elif row.per is Per.OBSERVED_FUNCTION:
                calls.append(Call(operation=row, request={"FunctionName": self._name}))
            elif row.per is Per.QUOTA:
                calls += [
                    Call(operation=row, request={"ServiceCode": service, "QuotaCode": code}, about=code)
                    for service, code in QUOTAS
                ]
        return calls

    def _make(self, calls: Sequence[Call]) -> list[Answer]:
        answers = self._caller.make(calls)
        self._answers.extend(answers)
        return answers

    def _gateways(self) -> Iterator[NatGateway]:
        known = {fact.id: fact for fact in self._snapshot.all(NatGateway)}
        for id_ in self._wanted.nat_gateway_ids:
            if id_ not in known:
                self._lack(f"{MetricSeries.KEY}/{id_}", "not asked for: the NAT gateway is not known", NatGateway.KEY)
            elif known[id_].is_regional and not zones_of(known[id_]):
                reason = "not asked for: the Availability Zones of the regional NAT gateway are not known"
                self._lack(f"{MetricSeries.KEY}/{id_}", reason, NatGateway.KEY)
            else:
                yield known[id_]

    def _lack(self, what: str, reason: str, key: str) -> None:
        self._gaps.append(Gap(what=what, reason=reason, action=action_of(key)))

    def _plain(self, key: str, answers: Sequence[Answer]) -> None:
        """One key that its answers fill as they are; not read when all of them failed."""
        self._gaps.extend(gap for answer in answers for gap in gaps_of(answer, self._scope))
        self._found[key] = None
        if any(answer.ok for answer in answers):
            self._found[key], problems = listing_from(key, self._scope, answers)
            self._gaps.extend(problems)

    def _metrics(self, answers: Sequence[Answer]) -> None:
        if not answers and not self._wanted.nat_gateway_ids:
            return
        for answer in answers:
            asked, answer.items = len(answer.call.request["MetricDataQueries"]), metric_series(answer)
            if answer.ok and len(answer.items) < asked:
                answer.truncated = answer.truncated or f"{asked - len(answer.items)} of {asked} metrics have no answer"
        self._plain(MetricSeries.KEY, answers)
        for item in (item for answer in answers for item in answer.items):
            if item.get("StatusCode") != "Complete":
                what = f"{MetricSeries.KEY}/{item['Id']}"
                self._lack(what, f"AWS marked the data as {item.get('StatusCode')}", MetricSeries.KEY)

    def _log_group(self, answers: Sequence[Answer]) -> LogGroup | None:
        """The log group as described; None when it could not be described or is not there (then nothing is read)."""
        for answer in answers:
            answer.items = [item for item in answer.items if item.get("logGroupName") == self._group]
            if answer.items:
                answer.truncated = None
            self._plain(LogGroup.KEY, [answer])
            listing = self._found[LogGroup.KEY]
            if listing is not None and listing.incomplete is None and not listing.facts:
                self._lack(f"{EVENTS_KEY}/{self._group}", f"log group {self._group} does not exist", EVENTS_KEY)
                self._group = None
            for fact in listing.facts if listing else ():
                if isinstance(fact, LogGroup):
                    return fact
        return None

    def _logs(self, group: LogGroup | None) -> None:
        window, events = self._wanted.window, self._wanted.max_events
        by_query, refused = self._may_query(group)
        calls = event_calls(self._group, window, events) if self._group and not by_query else []
        rejected = self._record_calls() if self._is_wanted(FLOW_LOG_RECORDS_KEY) else []
        answers = self._make([*calls, *rejected])
        if rejected:
            listing, gaps = records_listing(answers[len(calls) :], window, self._scope)
            self._found[FLOW_LOG_RECORDS_KEY] = listing
            self._gaps.extend(gaps)
        if self._group:
            reading = self._query() if by_query else reading_of(answers[: len(calls)], self._scope, events)
            self._events(self._group, group, reading)
            found = self._found[EVENTS_KEY]
            if refused and (found is None or found.incomplete):
                self._gaps.append(refused)

    def _events(self, name: str, group: LogGroup | None, reading: Reading) -> None:
        if group and reading.is_read:
            for gap, lost in age_gaps(group, self._wanted.window, self._now):
                reading.gaps.append(gap)
                if lost:
                    reading.flaws.append(gap.reason)
        if reading.is_read:
            reading.gaps.extend(delivery_gap(name, self._wanted.window, self._now))
        listing, gaps = events_listing(reading, name, self._wanted.window, self._scope, self._wanted.max_events)
        self._found[EVENTS_KEY] = listing
        self._gaps.extend(gaps)

    def _may_query(self, group: LogGroup | None) -> tuple[bool, Gap | None]:
        """Whether to ask Logs Insights: it is allowed, gains something, and costs no more than allowed.

        If not, the gap tells what it could have helped with, for the case that FilterLogEvents does not give all.
        """
        if group is None:
            return False, None
        kind = group.raw.get("logGroupClass") or "STANDARD"
        estimate = scan_estimate(group, self._wanted.window, self._now)
        if kind == "STANDARD" and not is_large(estimate):
            return False, None
        size = "an unknown number of bytes" if estimate is None else f"about {estimate / GB:.1f} GB"
        limit = self._wanted.max_insights_gb
        if not self._wanted.allow_logs_insights:
            reason = f"not allowed; it would scan {size}"
        elif estimate is None or estimate > limit * GB:
            reason = f"not asked: it would scan {size}, more than the {limit:g} GB allowed"
        else:
            return True, None
        told = f"the log group is of class {kind}; Logs Insights was {reason}"
        return False, Gap(what=f"{EVENTS_KEY}/{group.id}", reason=told, action="logs:StartQuery")

    def _query(self) -> Reading:
        insights = Insights(
            caller=self._caller,
            stop=self._stop,
            pause=self._pause,
            group=str(self._group),
            wanted=self._wanted,
            scope=self._scope,
        )
        reading = insights.read()
        self._answers.extend(reading.answers)
        return reading

    def _stop(self, query: str) -> Answer:
        row = next(row for row in OPERATIONS if row.name == "StopQuery")
        answer = Answer(call=Call(operation=row, request={"queryId": query}, about=str(self._group)))
        try:
            self._clients.get("logs").stop_query(queryId=query)
            answer.pages = 1
        except CALL_FAILURES as error:
            answer.error = call_error(error, self._clients.secrets)
        return answer

    def _record_calls(self) -> list[Call]:
        listing = self._found.get(FlowLog.KEY)
        function = next((fact for fact in self._snapshot.all(Function) if fact.id == self._name), None)
        if listing is None or function is None:
            return []
        interfaces = interfaces_of(function, self._snapshot.all(NetworkInterface))
        logs = [fact for fact in listing.facts if isinstance(fact, FlowLog)]
        return record_calls(watching(logs, function, interfaces), interfaces, self._wanted.window)

    def _whole(self) -> Snapshot:
        listings = {at: listing for at, listing in self._snapshot.listings.items() if at[1] not in self._found}
        listings.update({(self._scope, key): listing for key, listing in self._found.items() if listing})
        calls = (*self._snapshot.calls, *role_calls(self._clients, self._scope))
        return replace(
            self._snapshot,
            listings=listings,
            calls=(*calls, *(record(answer, self._scope) for answer in self._answers)),
            gaps=tuple(dict.fromkeys([*self._snapshot.gaps, *self._gaps])),
        )
