"""Log events: every page of every slice, each event once, and an honest word about what is missing."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from runbook_lib.collect.files import load
from runbook_lib.collect.limits import Limits, Observed
from runbook_lib.collect.log_events import slices
from runbook_lib.collect.observe import observe
from runbook_lib.model.fact import Scope
from runbook_lib.model.snapshot import Gap, Listing, Snapshot
from runbook_lib.model.window import Window

from .fake_aws import FakeAws, always, failure, first, raises, response
from .fake_logs import GROUP, HERE, NOW, WINDOW, describe, event, events, pages_of, snapshot

UPLOAD = Observed(window=WINDOW, function="upload")
WHAT = f"Events/{GROUP}"
FILTER = "logs:FilterLogEvents"


@pytest.fixture
def logs(aws: FakeAws) -> FakeAws:
    aws.answers[FILTER] = pages_of(events(240), size=10)
    return aws


def look(aws: FakeAws, limits: Limits, wanted: Observed = UPLOAD, **more: Any) -> Snapshot:
    return observe(aws.connection, snapshot(), wanted, limits, now=NOW, **more)


def read(found: Snapshot) -> tuple[list[str], str | None]:
    listing = found.listings[(HERE, "Events")]
    return [raw["eventId"] for raw in listing.raws], listing.incomplete


def ids(*numbers: int) -> list[str]:
    return [f"{number:056}" for number in numbers]


@pytest.mark.parametrize(
    ("length", "count"),
    [
        (timedelta(seconds=1), 1),
        (timedelta(seconds=119), 1),
        (timedelta(minutes=2), 2),
        (timedelta(minutes=12), 12),
        (timedelta(hours=3), 12),
        (timedelta(days=14, microseconds=7), 12),
    ],
)
def test_slices_cover_the_window_without_overlap(length: timedelta, count: int) -> None:
    window = Window(start=NOW - length, end=NOW)
    parts = slices(window)
    assert len(parts) == count
    assert (parts[0].start, parts[-1].end) == (window.start, window.end)
    assert all(one.end == other.start and one.start < one.end for one, other in pairwise(parts))
    assert all(part.start.microsecond == 0 for part in parts[1:])


@pytest.mark.parametrize("empty_first", [False, True])
def test_every_page_of_every_slice_is_read(logs: FakeAws, limits: Limits, empty_first: bool) -> None:
    logs.answers[FILTER] = pages_of(events(240), size=10, empty_first=empty_first)
    found = look(logs, limits)
    assert read(found) == (ids(*range(240)), None)
    assert found.gaps == ()
    assert logs.sent[FILTER] == 12 * (3 if empty_first else 2)


def test_an_event_keeps_what_aws_said_and_gets_its_group(logs: FakeAws, limits: Limits) -> None:
    one = event(7, WINDOW.start, "hello")
    logs.answers[FILTER] = pages_of([{**one, "extra": 1}])
    assert look(logs, limits).listings[(HERE, "Events")].raws == ({**one, "logGroupName": GROUP},)


def test_an_event_told_twice_is_one_event(logs: FakeAws, limits: Limits) -> None:
    logs.answers[FILTER] = pages_of([*events(5), *events(5)], size=1)
    assert read(look(logs, limits)) == (ids(*range(5)), None)


def test_an_event_told_in_different_words_is_left_out(logs: FakeAws, limits: Limits) -> None:
    at = WINDOW.start
    logs.answers[FILTER] = pages_of([event(1, at), event(1, at, "other"), event(2, at)])
    found = look(logs, limits)
    told, incomplete = read(found)
    assert told == ids(2)
    assert ids(1)[0] in (incomplete or "")
    assert [gap.what for gap in found.gaps] == [f"Events/{ids(1)[0]}"]


def test_events_outside_the_window_are_left_out_whatever_the_server_says(logs: FakeAws, limits: Limits) -> None:
    edge = timedelta(milliseconds=1)
    told = [
        event(1, WINDOW.start - edge),
        event(2, WINDOW.start),
        event(3, WINDOW.end - edge),
        event(4, WINDOW.end),
    ]
    logs.answers[FILTER] = lambda asked: {"events": told}
    assert read(look(logs, limits)) == (ids(2, 3), None)


def test_an_event_without_a_time_is_told(logs: FakeAws, limits: Limits) -> None:
    short = replace(UPLOAD, window=replace(WINDOW, start=WINDOW.end - timedelta(seconds=30)))
    logs.answers[FILTER] = lambda asked: {"events": [{"eventId": "1", "message": "x"}]}
    found = look(logs, limits, short)
    assert read(found) == ([], "1 events have no time")
    assert found.gaps == (Gap(what=WHAT, reason="1 events have no time", action=FILTER),)


@pytest.mark.parametrize(("cap", "kept", "whole"), [(240, 240, True), (239, 239, False), (25, 25, False)])
def test_a_cap_keeps_the_earliest_and_says_so(logs: FakeAws, limits: Limits, cap: int, kept: int, whole: bool) -> None:
    found = look(logs, limits, replace(UPLOAD, max_events=cap))
    told, incomplete = read(found)
    assert told == ids(*range(kept))
    assert (incomplete is None, found.gaps == ()) == (whole, whole)
    if not whole:
        (gap,) = found.gaps
        assert gap.action == FILTER
        assert gap.reason == incomplete
        assert gap.reason.startswith(f"truncated: more than {cap} events; the earliest are kept, until 2026-03-04T11:")
    assert logs.sent[FILTER] <= 24
    if cap != 239:  # one page more than the cap may be read or not
        assert any(call.truncated for call in found.calls) != whole


@pytest.mark.parametrize("workers", [1, 3, 16])
def test_what_a_cap_keeps_does_not_depend_on_timing(logs: FakeAws, limits: Limits, workers: int) -> None:
    found = look(logs, replace(limits, workers=workers), replace(UPLOAD, max_events=57))
    assert read(found)[0] == ids(*range(57))


DENIED = always("logs", 400, "AccessDeniedException", "not authorized to perform: logs:FilterLogEvents")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (DENIED, "logs:FilterLogEvents denied: not authorized"),
        (always("logs", 400, "ThrottlingException", "Rate exceeded"), "failed (ThrottlingException): Rate exceeded"),
        (always("logs", 500, "InternalFailure"), "failed (InternalFailure)"),
        (always("logs", 400, "ResourceNotFoundException"), "does not exist (logs:FilterLogEvents"),
        (lambda request, attempt: response(200, "{}"), "MalformedAnswer"),
        (lambda request, attempt: response(200, "<html>sorry"), "failed ("),
        (raises(NotImplementedError("not here")), "NotImplementedError"),
    ],
)
def test_a_log_that_cannot_be_read_is_not_an_empty_log(logs: FakeAws, limits: Limits, fault: Any, said: str) -> None:
    logs.faults[FILTER] = fault
    found = look(logs, limits)
    assert (HERE, "Events") not in found.listings
    (gap,) = found.gaps
    assert (gap.what, gap.action) == (WHAT, FILTER)
    assert said in gap.reason


def test_a_throttled_page_is_read_later(logs: FakeAws, limits: Limits) -> None:
    logs.faults[FILTER] = first(3, "logs", 400, "ThrottlingException")
    found = look(logs, limits)
    assert read(found) == (ids(*range(240)), None)
    assert sum(call.retries for call in found.calls) == 3


def test_a_slice_that_fails_halfway_keeps_its_pages_and_is_told(logs: FakeAws, limits: Limits) -> None:
    def fail_once(request: Any, attempt: int) -> Any:
        return failure("logs", 400, "AccessDeniedException") if attempt == 2 else None

    logs.faults[FILTER] = fail_once
    found = look(logs, replace(limits, workers=1))
    told, incomplete = read(found)
    assert told == ids(*range(10), *range(20, 240))
    (gap,) = found.gaps
    assert gap.reason == incomplete
    assert (
        "logs:FilterLogEvents denied: no (in 1 of 12 parts of the time, the first from 2026-03-04T11:00" in gap.reason
    )


def test_a_group_that_does_not_exist_was_not_read(logs: FakeAws, limits: Limits) -> None:
    logs.answers["logs:DescribeLogGroups"] = describe({"logGroupName": f"{GROUP}-2", "creationTime": 0})
    found = look(logs, limits)
    assert (HERE, "Events") not in found.listings
    assert found.listings[(HERE, "LogGroups")].raws == ()
    assert found.gaps == (Gap(what=WHAT, reason=f"log group {GROUP} does not exist", action=FILTER),)
    assert logs.sent[FILTER] == 0


def test_a_group_that_may_not_be_described_is_read_all_the_same(logs: FakeAws, limits: Limits) -> None:
    logs.faults["logs:DescribeLogGroups"] = always("logs", 400, "AccessDeniedException")
    found = look(logs, limits)
    assert len(read(found)[0]) == 240
    assert (HERE, "LogGroups") not in found.listings
    assert [(gap.what, gap.action) for gap in found.gaps] == [(f"LogGroups/{GROUP}", "logs:DescribeLogGroups")]


def group(**more: Any) -> dict[str, Any]:
    return {"logGroupName": GROUP, "creationTime": 0, **more}


@pytest.mark.parametrize(("early_s", "whole"), [(0, True), (1, False)])
def test_retention_shorter_than_the_window(logs: FakeAws, limits: Limits, early_s: int, whole: bool) -> None:
    logs.answers["logs:DescribeLogGroups"] = describe(group(retentionInDays=1))
    start = NOW - timedelta(days=1, seconds=early_s)
    found = look(logs, limits, replace(UPLOAD, window=replace(WINDOW, start=start)))
    told, incomplete = read(found)
    assert len(told) == 240
    assert (incomplete is None, found.gaps == ()) == (whole, whole)
    if not whole:
        (gap,) = found.gaps
        assert "keeps events for 1 days, the window starts before that" in gap.reason
        assert gap.action == FILTER


@pytest.mark.parametrize(("late_ms", "whole"), [(0, True), (1, False)])
def test_a_group_younger_than_the_window(logs: FakeAws, limits: Limits, late_ms: int, whole: bool) -> None:
    logs.answers["logs:DescribeLogGroups"] = describe(group(creationTime=WINDOW.start_ms + late_ms))
    found = look(logs, limits)
    assert [gap.what for gap in found.gaps] == ([] if whole else [WHAT])
    assert all("was created at 2026-03-04T11:00:00Z, after the window starts" in gap.reason for gap in found.gaps)


class Clock:
    """Time that moves when told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_deadline_keeps_what_was_read_and_says_so(logs: FakeAws, limits: Limits) -> None:
    clock = Clock()

    def take_long(request: Any, attempt: int) -> None:
        clock.now += 61 if attempt == 3 else 0

    logs.faults[FILTER] = take_long
    found = look(logs, replace(limits, workers=1), clock=clock)
    told, incomplete = read(found)
    assert told == ids(*range(30))
    assert "60 s set for the whole collection were over" in (incomplete or "")
    assert {gap.action for gap in found.gaps} == {FILTER}


def test_a_saved_command_output_is_taken(tmp_path: Path) -> None:
    told = '{"events": [{"eventId": "1", "timestamp": 5, "message": "pwd=canary"}], "searchedLogStreams": []}'
    (tmp_path / "events.json").write_text(told)
    found = load(tmp_path)
    listing: Listing = found.listings[(Scope(), "Events")]
    assert listing.raws == ({"eventId": "1", "timestamp": 5, "message": "pwd=REDACTED"},)
    assert (listing.incomplete, found.unknown_keys) == (None, ())


def test_a_saved_page_is_truncated(tmp_path: Path) -> None:
    (tmp_path / "events.json").write_text('{"events": [], "nextToken": "more"}')
    found = load(tmp_path)
    assert "truncated" in (found.listings[(Scope(), "Events")].incomplete or "")


def test_saved_limits_are_taken_as_the_command_prints_them(tmp_path: Path) -> None:
    quota = '{"ServiceCode": "lambda", "QuotaCode": "L-B99A9384", "Value": 1000.0}'
    (tmp_path / "quota.json").write_text(f'{{"Quota": {quota}}}')
    limit = '{"ConcurrentExecutions": 10, "UnreservedConcurrentExecutions": 9}'
    (tmp_path / "limit.json").write_text(f'{{"AccountLimit": {limit}}}')
    found = load(tmp_path)
    assert [len(found.listings[(Scope(), key)].facts) for key in ("Quotas", "AccountLimit")] == [1, 1]
    assert found.unknown_keys == ()
