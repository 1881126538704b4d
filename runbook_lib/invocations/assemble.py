"""From log events to invocations: one row per attempt of a request, and what could not be told.

An execution environment writes to one log stream and runs one invocation at a time, so a line without a request id
belongs to the invocation that was open in its stream. Where streams are not told apart and several were open, an error
belongs to the one that ends with the very next line; failing that, to nobody, and none of them counts as a success.

A request that Lambda retried keeps its id: a second START of the same id, later or in another stream, is an invocation
of its own. https://docs.aws.amazon.com/lambda/latest/operatorguide/log-structure.html
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import itemgetter
from typing import NamedTuple

from runbook_lib.invocations.applications import Sign
from runbook_lib.invocations.attempts import Attempt, Timeline
from runbook_lib.invocations.base import NO_TIMES, Invocation, LogEvent, Outcome
from runbook_lib.invocations.digest import Digest, Entry, digest_of

__all__ = ["Assembled", "invocations_of"]


class Assembled(NamedTuple):
    """Invocations ordered by start, then request id; those without any time come last, in the order of the input.

    `gaps` say in words what the log does not tell; `hides_successes` is True when no START of anything was seen, so
    that an invocation which went well may have left no line at all. `unplaced` are errors of which it is certain that
    an invocation failed with them, and not told which: they have no request id, and are none of `invocations`.
    """

    invocations: tuple[Invocation, ...]
    gaps: tuple[str, ...]
    hides_successes: bool = False
    unplaced: tuple[Invocation, ...] = ()


def invocations_of(events: Iterable[LogEvent], *, complete: bool | Callable[[], bool] = True) -> Assembled:
    """Put events together, in whatever order they come.

    With `complete` False some of the log was not read: then an invocation without a visible failure is unknown, because
    the line that tells of it may be among those. A function is asked after the last event.
    """
    with _no_search_for_cycles():
        digest = digest_of(events)
        return _assembled(digest, complete() if callable(complete) else complete)


@contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Many small objects and no cycle among them: the search for cycles would take a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _assembled(digest: Digest, complete: bool) -> Assembled:
    known = _known(digest)
    counts: Counter[str] = Counter()
    rows: list[Invocation] = []
    seen: set[str] = set()
    unplaced: list[Invocation] = []
    for stream in list(digest.entries):
        entries, is_ordered = _in_order(digest.entries.pop(stream))
        timeline = Timeline(stream, known, is_ordered=is_ordered)
        for entry in entries:
            timeline.take(entry)
        for attempt in timeline.finish(counts):
            seen.add(attempt.request_id)
            rows.append(_row(attempt, complete, counts))
        unplaced.extend(_unplaced(timeline, complete))
    rows.extend(_mentioned(digest, seen, counts))
    rows.sort(key=_by_start)
    counts["unplaced"] = len(unplaced)
    gaps = tuple(_gaps(digest.lines, rows, counts, complete))
    return Assembled(tuple(rows), gaps, bool(rows) and counts["no start"] == len(rows), tuple(unplaced))


def _unplaced(timeline: Timeline, complete: bool) -> Iterator[Invocation]:
    """Errors that none of the invocations they may belong to accounts for; one that came twice counts once."""
    told: set[tuple[int | None, Sign]] = set()
    for entry, candidates in timeline.unplaced:
        has_failed = any(attempt.verdict(complete).outcome is Outcome.FAILURE for attempt in candidates)
        if entry.sign is None or has_failed or (entry.time_ms, entry.sign) in told:
            continue
        told.add((entry.time_ms, entry.sign))
        yield Invocation(
            request_id="",
            end=_moment(entry.time_ms),
            outcome=Outcome.FAILURE,
            error_class=entry.sign.error_class,
            destination=entry.sign.destination,
            log_stream=timeline.stream,
            detail=entry.sign.detail,
        )


def _known(digest: Digest) -> frozenset[str]:
    """The request ids of the log. They are only needed to tell whether an id in a text is one."""
    entries = [entry for of_stream in digest.entries.values() for entry in of_stream]
    if not any(entry.is_guess for entry in entries):
        return frozenset()
    named = {entry.request_id for entry in entries if entry.request_id and not entry.is_guess}
    return frozenset(named | digest.mentions.keys())


_time_ms = itemgetter(0)


def _in_order(entries: list[Entry]) -> tuple[list[Entry], bool]:
    """The entries by time, and whether the input had them so already.

    A stream of which some line has no time keeps the order of the input: that is all there is.
    """
    times = list(map(_time_ms, entries))
    if None in times or times == sorted(times):
        return entries, True
    return sorted(entries, key=lambda entry: (entry.time_ms or 0, entry.kind, entry.order)), False


def _row(attempt: Attempt, complete: bool, counts: Counter[str]) -> Invocation:
    verdict = attempt.verdict(complete)
    start_ms, end_ms = attempt.times()
    report = attempt.report
    if not (attempt.has_start and attempt.has_end) or attempt.is_cut or attempt.is_skewed:
        counts["no start"] += not attempt.has_start
        counts["no end"] += not attempt.has_end
        counts["cut"] += attempt.is_cut
        counts["skewed"] += attempt.is_skewed
    if verdict.outcome is Outcome.UNKNOWN and verdict.detail and attempt.has_end and not attempt.is_cut:
        counts["in doubt"] += 1
    return Invocation(
        request_id=attempt.request_id,
        start=_moment(start_ms),
        end=_moment(end_ms),
        duration_ms=attempt.duration_ms,
        billed_ms=report.billed_ms,
        init_ms=attempt.init_ms,
        memory_used_mb=report.memory_used_mb,
        memory_size_mb=report.memory_size_mb,
        cold=attempt.is_cold,
        outcome=verdict.outcome,
        error_class=verdict.error_class,
        destination=verdict.destination,
        log_stream=attempt.stream,
        detail=verdict.detail,
    )


def _mentioned(digest: Digest, seen: set[str], counts: Counter[str]) -> Iterator[Invocation]:
    """Requests of which only lines of the application were seen, none of them a failure."""
    for request_id, mention in digest.mentions.items():
        if request_id not in seen:
            counts["no start"] += 1
            counts["no end"] += 1
            yield Invocation(request_id=request_id, start=_moment(mention.time_ms), log_stream=mention.stream)


def _by_start(row: Invocation) -> tuple[datetime, str]:
    return (row.start, row.request_id) if row.start else (_LAST, "")


_LAST = datetime.max.replace(tzinfo=UTC)


def _moment(time_ms: float | None) -> datetime | None:
    try:
        return None if time_ms is None else datetime.fromtimestamp(time_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _gaps(lines: int, rows: list[Invocation], counts: Counter[str], complete: bool) -> Iterator[str]:
    total = len(rows)
    if not total:
        yield f"no invocation was recognised in {lines} log lines" if lines else "the log has no lines"
        return
    if not complete:
        unknown = sum(row.outcome is Outcome.UNKNOWN for row in rows)
        yield f"the log was not read completely: {unknown} of {total} invocations show no failure, which proves nothing"
    if counts["no start"] == total:
        yield (
            f"no START of any of {total} invocations was seen: the system log level WARN leaves it out, and the REPORT "
            "of a success with it; their start is estimated"
        )
    elif counts["no start"]:
        yield f"the START of {counts['no start']} of {total} invocations was not seen; their start is estimated"
    if counts["no end"]:
        yield (
            f"the end of {counts['no end']} of {total} invocations was not seen: still running, killed, outside the "
            "window, or not yet delivered"
        )
    if counts["in doubt"]:
        yield (
            f"{counts['in doubt']} of {total} invocations ended normally but logged an error that may or may not have "
            "been handled"
        )
    if counts["cut"]:
        yield f"lines of {counts['cut']} of {total} invocations break off; a failure may have been in the rest"
    if counts["ambiguous"]:
        yield (
            f"{counts['ambiguous']} error lines carry no request id and belong to one of several invocations that ran "
            "at the same time; an export with log streams tells them apart"
        )
    if counts["unplaced"]:
        yield "at least one of these invocations failed: such an error ends the one it belongs to, whichever that is"
    if counts["orphans"]:
        yield f"{counts['orphans']} error lines belong to no invocation that was seen"
    if counts["skewed"]:
        yield f"the clock of {counts['skewed']} of {total} invocations runs backwards; the end follows the duration"
    if any(row.start is None for row in rows):
        yield NO_TIMES
