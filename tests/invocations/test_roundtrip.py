"""What is printed is read back; whatever is done to the events, nothing crashes and no failure becomes a success."""

from __future__ import annotations

import io
import json
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from runbook_lib.errors import UsageError
from runbook_lib.invocations.assemble import invocations_of
from runbook_lib.invocations.base import Invocation, LogEvent, Outcome
from runbook_lib.invocations.reading import read_events
from tests.invocations.printer import FAILURES, Told, lines, stream

RUNTIMES = ("python", "node", "java", "go", "json")
MANY = settings(deadline=None, max_examples=40)
Log = tuple[list[Told], list[LogEvent]]


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Invocations in a few environments, one after the other in each, and their events in the order of time."""
    runtime = draw(st.sampled_from(RUNTIMES))
    clock: dict[int, int] = defaultdict(int)
    told: list[Told] = []
    events: list[LogEvent] = []
    for number in range(draw(st.integers(1, 8))):
        lane = draw(st.integers(0, 2))
        one = Told(
            number=number,
            stream=lane,
            start_ms=clock[lane] + draw(st.integers(1, 5000)),
            duration_ms=draw(st.integers(1, 60_000)),
            failure=draw(st.none() | st.sampled_from(FAILURES)),
            init_ms=draw(st.none() | st.integers(1, 9000)),
            memory_mb=draw(st.integers(1, 127)),
            chatter=draw(st.integers(0, 2)),
        )
        clock[lane] = one.end_ms
        told.append(one)
        events += [LogEvent(text, at_ms, stream(lane)) for at_ms, text in lines(one, runtime)]
    return told, sorted(events, key=lambda event: event.timestamp_ms or 0)


def rows(events: list[LogEvent]) -> tuple[Invocation, ...]:
    return invocations_of(events).invocations


def assert_no_failure_became_a_success(told: list[Told], found: tuple[Invocation, ...]) -> None:
    failed = {one.id for one in told if one.failure}
    assert [row for row in found if row.request_id in failed and row.outcome is Outcome.SUCCESS] == []


@MANY
@given(logs())
def test_printed_and_read_back_it_is_the_same(log: Log) -> None:
    told, events = log

    found = invocations_of(events)

    expected = sorted((one.row() for one in told), key=lambda row: (row["start"], row["request_id"]))
    assert [row.to_json() for row in found.invocations] == expected
    assert found.gaps == ()


@MANY
@given(logs(), st.randoms(use_true_random=False))
def test_shuffled_and_doubled(log: Log, random: object) -> None:
    told, events = log
    mixed = [*events, *random.choices(events, k=len(events) // 2)]  # type: ignore[attr-defined]
    random.shuffle(mixed)  # type: ignore[attr-defined]

    found = rows(mixed)

    assert_no_failure_became_a_success(told, found)
    assert sorted(row.request_id for row in found) == sorted(one.id for one in told)


@MANY
@given(logs(), st.data())
def test_doubled_events_change_nothing(log: Log, data: st.DataObject) -> None:
    _, events = log
    times = data.draw(st.lists(st.integers(1, 2), min_size=len(events), max_size=len(events)))

    assert rows([event for event, count in zip(events, times, strict=True) for _ in range(count)]) == rows(events)


@MANY
@given(logs(), st.data())
def test_the_end_of_the_log_is_missing(log: Log, data: st.DataObject) -> None:
    told, events = log
    kept = events[: data.draw(st.integers(0, len(events)))]

    found = rows(kept)

    assert_no_failure_became_a_success(told, found)
    ended = {event.message.split("\t")[0].split(": ")[-1] for event in kept if event.message.startswith("REPORT")}
    ended |= {json.loads(event.message)["record"]["requestId"] for event in kept if "platform.report" in event.message}
    assert {row.request_id for row in found if row.outcome is Outcome.SUCCESS} <= ended


@MANY
@given(logs(), st.data())
def test_events_cut_in_two(log: Log, data: st.DataObject) -> None:
    told, events = log
    pieces: list[LogEvent] = []
    for event in events:
        at = data.draw(st.none() | st.integers(1, len(event.message) - 1))
        for text in (event.message,) if at is None else (event.message[:at], event.message[at:]):
            pieces.append(event._replace(message=text))

    assert_no_failure_became_a_success(told, rows(pieces))


@MANY
@given(logs(), st.data())
def test_only_the_first_half_of_events_is_left(log: Log, data: st.DataObject) -> None:
    told, events = log
    halves = [
        event._replace(message=event.message[: len(event.message) // 2]) if data.draw(st.booleans()) else event
        for event in events
    ]

    assert_no_failure_became_a_success(told, rows(halves))


@MANY
@given(logs(), st.integers(-5000, 5000))
def test_a_clock_that_is_wrong_in_one_environment(log: Log, skew_ms: int) -> None:
    told, events = log
    skewed = [
        event._replace(timestamp_ms=(event.timestamp_ms or 0) + skew_ms) if event.stream == stream(0) else event
        for event in events
    ]

    assert {row.request_id: row.outcome for row in rows(skewed)} == {
        one.id: Outcome.FAILURE if one.failure else Outcome.SUCCESS for one in told
    }


@settings(deadline=None, max_examples=300)
@given(st.lists(st.text(max_size=80), max_size=8), st.booleans())
def test_any_text_is_read_or_refused_in_one_line(texts: list[str], as_json: bool) -> None:
    content = json.dumps(texts) if as_json else "\n".join(texts)

    assert "\n" not in str(refusal(content))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.builds(LogEvent, st.text(max_size=120), st.none() | st.integers(), st.none() | st.text(max_size=3))))
def test_any_event_is_taken(events: list[LogEvent]) -> None:
    invocations_of(events)


@MANY
@given(logs(), st.data())
def test_a_document_that_ends_in_the_middle_is_refused(log: Log, data: st.DataObject) -> None:
    _, events = log
    whole = json.dumps({"events": [{"timestamp": e.timestamp_ms, "message": e.message} for e in events]}, indent=1)
    cut = data.draw(st.integers(1, len(whole) - 1))

    assert "line" in str(refusal(whole[:cut]))


def refusal(content: str) -> UsageError | None:
    """Read a text; the error if it is refused."""
    try:
        invocations_of(read_events(io.BytesIO(content.encode("utf-8", "surrogatepass"))))
    except UsageError as refused:
        return refused
    return None
