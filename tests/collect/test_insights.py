"""Logs Insights: only when allowed, only when it gains something, never above the cost, and never half an answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from runbook_lib.collect.insights import scan_estimate
from runbook_lib.collect.limits import Limits, Observed
from runbook_lib.collect.observe import observe
from runbook_lib.model.observations import LogGroup
from runbook_lib.model.snapshot import Gap, Snapshot

from .fake_aws import FakeAws, always
from .fake_logs import GROUP, HERE, NOW, WINDOW, describe, event, pages_of, snapshot

# One query per minute-long window keeps the tests small.
SHORT = replace(WINDOW, start=WINDOW.end - timedelta(seconds=64))
ASKED = Observed(window=SHORT, function="upload", allow_logs_insights=True)
LARGE = {"logGroupName": GROUP, "creationTime": SHORT.start_ms, "storedBytes": 2_000_000_000}
WHAT = f"Events/{GROUP}"


class Queries:
    """Answers StartQuery, GetQueryResults and StopQuery over events; each query runs for `polls` polls."""

    def __init__(self, events: list[dict[str, Any]], most: int = 100_000, polls: int = 0, page: int = 10_000) -> None:
        self.events, self.most, self.polls, self.page = events, most, polls, page
        self.status = "Complete"
        self.started: list[tuple[int, int]] = []
        self.stopped: list[str] = []
        self._numbers = count()

    def install(self, aws: FakeAws) -> None:
        aws.answers["logs:StartQuery"] = self.start
        aws.answers["logs:GetQueryResults"] = self.results
        aws.answers["logs:StopQuery"] = self.stop

    def start(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.started.append((asked["startTime"], asked["endTime"]))
        return {"queryId": f"{next(self._numbers)}-{asked['startTime']}-{asked['endTime']}"}

    def results(self, asked: dict[str, Any]) -> dict[str, Any]:
        _, start, end = asked["queryId"].split("-")
        found = [item for item in self.events if int(start) * 1000 <= item["timestamp"] <= int(end) * 1000]
        statistics = {"recordsMatched": float(len(found)), "bytesScanned": 1000.0 * len(found)}
        if self.polls:
            self.polls -= 1
            return {"results": [], "statistics": statistics, "status": "Running"}
        given = found[: self.most]
        first = int(asked.get("nextToken", 0))
        more = {"nextToken": str(first + self.page)} if len(given) > first + self.page else {}
        rows = [row(item) for item in given[first : first + self.page]]
        return {"results": rows, "statistics": statistics, "status": self.status, **more}

    def stop(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.stopped.append(asked["queryId"])
        return {"success": True}


def row(item: dict[str, Any]) -> list[dict[str, str]]:
    told = {
        "@timestamp": text(item["timestamp"]),
        "@ingestionTime": text(item["ingestionTime"]),
        "@logStream": item["logStreamName"],
        "@message": item["message"],
        "@ptr": item["eventId"],
    }
    return [{"field": name, "value": value} for name, value in told.items()]


def text(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


EVENTS = [event(number, SHORT.start + timedelta(milliseconds=500 * number)) for number in range(128)]


@pytest.fixture
def aws(aws: FakeAws) -> FakeAws:
    aws.answers["logs:DescribeLogGroups"] = describe(LARGE)
    aws.answers["logs:FilterLogEvents"] = pages_of(EVENTS)
    return aws


def look(aws: FakeAws, limits: Limits, wanted: Observed = ASKED, **more: Any) -> Snapshot:
    return observe(aws.connection, snapshot(), wanted, limits, now=NOW, pause=lambda seconds: None, **more)


def read(found: Snapshot) -> tuple[list[int], str | None]:
    listing = found.listings[(HERE, "Events")]
    return [int(raw["eventId"]) for raw in listing.raws], listing.incomplete


def test_a_query_gives_the_same_events_as_the_pages(aws: FakeAws, limits: Limits) -> None:
    queries = Queries(EVENTS, polls=2, page=50)
    queries.install(aws)
    found = look(aws, limits)
    by_pages = look(aws, limits, replace(ASKED, allow_logs_insights=False))
    assert found.listings[(HERE, "Events")] == by_pages.listings[(HERE, "Events")]
    assert (found.gaps, by_pages.gaps) == ((), ())
    assert aws.sent["logs:FilterLogEvents"] == 2
    assert (len(queries.started), queries.stopped) == (1, [])
    told = [call.operation for call in found.calls if "Query" in call.operation]
    assert told == ["logs:StartQuery"] + ["logs:GetQueryResults"] * 4


def test_too_many_rows_are_asked_for_in_halves(aws: FakeAws, limits: Limits) -> None:
    queries = Queries(EVENTS, most=40)
    queries.install(aws)
    found = look(aws, limits)
    assert read(found) == (list(range(128)), None)
    assert len(queries.started) == 1 + 2 + 4


def test_rows_that_no_half_can_hold_are_truncated(aws: FakeAws, limits: Limits) -> None:
    crowd = [event(number, SHORT.start) for number in range(10)]
    queries = Queries(crowd, most=4)
    queries.install(aws)
    found = look(aws, limits)
    told, incomplete = read(found)
    assert told == [0, 1, 2, 3]
    assert "truncated: the query gave 4 events of more" in (incomplete or "")
    (gap,) = found.gaps
    assert (gap.what, gap.action) == (WHAT, "logs:StartQuery")


def test_halves_stop_at_the_cost(aws: FakeAws, limits: Limits) -> None:
    queries = Queries(EVENTS, most=40)
    queries.install(aws)
    group = {**LARGE, "storedBytes": 200_000_000, "creationTime": 0}
    aws.answers["logs:DescribeLogGroups"] = describe({**group, "logGroupClass": "INFREQUENT_ACCESS"})
    found = look(aws, limits, replace(ASKED, max_insights_gb=0.0001))
    told, incomplete = read(found)
    assert len(queries.started) == 1
    assert (told, incomplete is None) == (list(range(40)), False)


@pytest.mark.parametrize("status", ["Failed", "Cancelled", "Timeout", "Unknown"])
def test_a_query_that_did_not_end_well_is_no_empty_answer(aws: FakeAws, limits: Limits, status: str) -> None:
    queries = Queries([])
    queries.status = status
    queries.install(aws)
    found = look(aws, limits)
    assert (HERE, "Events") not in found.listings
    (gap,) = found.gaps
    assert f"the query ended as {status}" in gap.reason


@pytest.mark.parametrize("name", ["StartQuery", "GetQueryResults"])
def test_denied(aws: FakeAws, limits: Limits, name: str) -> None:
    queries = Queries(EVENTS)
    queries.install(aws)
    aws.faults[f"logs:{name}"] = always("logs", 400, "AccessDeniedException")
    found = look(aws, limits)
    assert (HERE, "Events") not in found.listings
    (gap,) = found.gaps
    assert (gap.what, gap.reason, gap.action) == (WHAT, f"logs:{name} denied: no", f"logs:{name}")
    assert len(queries.stopped) == (name == "GetQueryResults")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_query_that_runs_too_long_is_stopped(aws: FakeAws, limits: Limits) -> None:
    clock = Clock()
    queries = Queries(EVENTS, polls=1000)
    queries.install(aws)

    def pass_by(request: Any, attempt: int) -> None:
        clock.now += 10

    aws.faults["logs:GetQueryResults"] = pass_by
    found = look(aws, limits, clock=clock)
    assert (HERE, "Events") not in found.listings
    assert "DeadlineExceeded" in found.gaps[0].reason
    assert len(queries.stopped) == 1
    assert found.calls[-1].operation == "logs:StopQuery"


def test_an_interrupt_stops_the_query(aws: FakeAws, limits: Limits) -> None:
    queries = Queries(EVENTS, polls=1000)
    queries.install(aws)

    def interrupt(seconds: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        observe(aws.connection, snapshot(), ASKED, limits, now=NOW, pause=interrupt)
    assert len(queries.stopped) == 1


def test_what_would_scan_too_much_is_not_asked(aws: FakeAws, limits: Limits) -> None:
    Queries(EVENTS).install(aws)
    found = look(aws, limits, replace(ASKED, max_insights_gb=0.1))
    assert aws.sent["logs:StartQuery"] == 0
    assert (read(found), found.gaps) == ((list(range(128)), None), ())
    found = look(aws, limits, replace(ASKED, max_insights_gb=0.1, max_events=100))
    reason = (
        "the log group is of class STANDARD; Logs Insights was not asked: "
        "it would scan about 0.2 GB, more than the 0.1 GB allowed"
    )
    assert found.gaps[-1] == Gap(what=WHAT, reason=reason, action="logs:StartQuery")
    assert "truncated" in found.gaps[0].reason


@pytest.mark.parametrize(
    ("more", "asked"),
    [
        ({"storedBytes": 1_000_000_000}, False),
        ({"storedBytes": 2_000_000_000}, True),
        ({"storedBytes": 10, "logGroupClass": "INFREQUENT_ACCESS"}, True),
    ],
)
def test_only_large_groups_and_those_of_other_classes_are_queried(
    aws: FakeAws, limits: Limits, more: dict[str, Any], asked: bool
) -> None:
    Queries(EVENTS).install(aws)
    aws.answers["logs:DescribeLogGroups"] = describe({**LARGE, **more})
    found = look(aws, limits)
    assert (aws.sent["logs:StartQuery"] == 1, found.gaps) == (asked, ())
    assert read(found) == (list(range(128)), None)


def test_without_permission_to_spend_nothing_is_spent(aws: FakeAws, limits: Limits) -> None:
    Queries(EVENTS).install(aws)
    aws.answers["logs:DescribeLogGroups"] = describe({**LARGE, "logGroupClass": "INFREQUENT_ACCESS"})
    aws.faults["logs:FilterLogEvents"] = always("logs", 400, "InvalidOperationException", "not for this class")
    found = look(aws, limits, replace(ASKED, allow_logs_insights=False))
    assert aws.sent["logs:StartQuery"] == 0
    assert (HERE, "Events") not in found.listings
    assert "not for this class" in found.gaps[0].reason
    assert "class INFREQUENT_ACCESS; Logs Insights was not allowed" in found.gaps[1].reason


def group(**more: Any) -> LogGroup:
    created = int((NOW - timedelta(days=10)).timestamp() * 1000)
    raw = {"logGroupName": GROUP, "creationTime": created, "storedBytes": 1000, **more}
    return LogGroup.read(raw, HERE, "")


@pytest.mark.parametrize(
    ("more", "days", "estimate"),
    [
        ({}, (1, 0), 100.0),
        ({}, (10, 0), 1000.0),
        ({}, (20, 0), 1000.0),
        ({"retentionInDays": 5}, (1, 0), 200.0),
        ({"retentionInDays": 5}, (9, 6), 0.0),
        ({"storedBytes": None}, (1, 0), None),
        ({"creationTime": None}, (1, 0), None),
    ],
)
def test_estimate(more: dict[str, Any], days: tuple[int, int], estimate: float | None) -> None:
    window = replace(WINDOW, start=NOW - timedelta(days=days[0]), end=NOW - timedelta(days=days[1]))
    assert scan_estimate(group(**more), window, NOW) == estimate
