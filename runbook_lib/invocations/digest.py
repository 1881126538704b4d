"""From log events to the few records that decide, per log stream.

Most lines say nothing about how an invocation went; they are looked at once and dropped. That keeps a million events
small. What is kept of a line without a failure is only that its request was there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from runbook_lib.invocations.applications import Line, Sign, Strength, application_line, is_quiet
from runbook_lib.invocations.base import ErrorClass, LogEvent
from runbook_lib.invocations.glance import continues, has_hint, looks_cut, request_of
from runbook_lib.invocations.platform import Kind, Record, Report, text_record, usual_report
from runbook_lib.invocations.wording import brief, speaks_of_another_attempt

__all__ = ["Digest", "Entry", "Mention", "digest_of"]


class Entry(NamedTuple):
    """One record that decides; `order` is the place of its line in the input.

    `is_guess` says that the request id is only some id in the text, `seconds` is the time a timed-out task was given.
    """

    time_ms: int | None
    kind: Kind
    order: int
    request_id: str | None = None
    report: Report | None = None
    sign: Sign | None = None
    seconds: float | None = None
    is_cold: bool = True
    is_guess: bool = False
    was_killed: bool = False


class Mention(NamedTuple):
    """Where and when a request was first named by a line of the application."""

    stream: str | None
    time_ms: int | None


class Digest(NamedTuple):
    """What was kept: entries per log stream in the order of the input, first mentions by request id, lines read."""

    entries: dict[str | None, list[Entry]]
    mentions: dict[str, Mention]
    lines: int


def digest_of(events: Iterable[LogEvent]) -> Digest:
    """Read all events once. A line in the place of a line that was cut is read together with it."""
    kept: dict[str | None, list[Entry]] = {}
    mentions: dict[str, Mention] = {}
    reader = _Reader(mentions)
    entries: list[Entry] = []
    current: object = reader
    before = _NOTHING
    order = -1
    for order, event in enumerate(events):
        message, time_ms, stream, _ = event
        if stream is not current:
            current = stream
            entries = kept.setdefault(stream, [])
        # the kinds of lines nearly all of a log consists of; every other one takes the long way
        if message.startswith("[INFO]\t") and message[31:69:37] == "\t\t" and not has_hint(message, is_quiet=True):
            if message[32:68] not in mentions:
                mentions[message[32:68]] = Mention(stream, time_ms)
        elif message.startswith("START RequestId: ") and message[53:54] == " ":
            entries.append(_entry(time_ms, Kind.START, order, message[17:53], None))
        elif message.startswith("END RequestId: ") and len(message) in (51, 52):
            entries.append(_entry(time_ms, Kind.END, order, message[15:51], None))
        elif message.startswith("REPORT") and (usual := usual_report(message)) is not None:
            _end(entries, _entry(time_ms, Kind.REPORT, order, usual[0], usual[1]))
        else:
            reader.line(event, order, before, entries)
        before = event
    return Digest(kept, mentions, order + 1)


def _entry(time_ms: int | None, kind: Kind, order: int, request_id: str, report: Report | None) -> Entry:
    return _make(Entry, (time_ms, kind, order, request_id, report, None, None, True, False, False))


def _end(entries: list[Entry], report: Entry) -> None:
    """Add a REPORT; the END right before it says nothing more."""
    if entries and entries[-1][1] is Kind.END and entries[-1][3:5] == (report[3], None) and entries[-1][0] == report[0]:
        entries[-1] = _make(Entry, (*report[:2], entries[-1][2], *report[3:]))
    else:
        entries.append(report)


_make = tuple.__new__
_NOTHING = LogEvent("", -1, "")


class _Reader:
    """Reads the lines that need a closer look.

    `last` is the one it read last, `head` the line a stack trace began with, `cut` the entry of a line that breaks off.
    """

    def __init__(self, mentions: dict[str, Mention]) -> None:
        self.mentions = mentions
        self.entries: list[Entry] = []
        self.before = self.last = self.head = _NOTHING
        self.cut: Entry | None = None

    def line(self, event: LogEvent, order: int, before: LogEvent, entries: list[Entry]) -> None:
        """Look at one line; `before` is the one before it in the input, `entries` those of its stream."""
        message, time_ms, _, _ = event
        first = message[:1]
        self.entries, self.before = entries, before
        if before is not self.last:
            self.head, self.cut = before, None
        self.last = event
        record = text_record(message) if first in _LEADS or " Task timed out " in message else None
        if record is not None and (record.request_id or record.kind < Kind.START):
            self.cut = None
            self._record(record, message, time_ms, order)
            self.head = event
            return
        line = _read(message, first)
        if before[1:3] == event[1:3]:
            line = self._in_context(line, event, order)
        else:
            self.cut = None
        self._application(line, event, order)
        if not continues(message):
            self.head = event

    def _record(self, record: Record, message: str, time_ms: int | None, order: int) -> None:
        sign, was_killed = None, False
        if record.kind is Kind.FAULT:
            was_killed = "signal: killed" in message or "exit status 137" in message
            sign = Sign(Strength.LAMBDA, record.error_class or ErrorClass.RUNTIME_EXIT, None, brief(message))
        elif record.report is not None and record.report.has_failed:
            named = (record.report.error_type or record.report.status or "").lower()
            sign = Sign(Strength.LAMBDA, record.report.error_class, None, brief(message, named))
        entry = Entry(
            time_ms=record.time_ms if time_ms is None else time_ms,
            kind=record.kind,
            order=order,
            request_id=record.request_id,
            report=record.report,
            sign=sign,
            seconds=record.seconds,
            is_cold=record.counts_as_cold,
            was_killed=was_killed,
        )
        _end(self.entries, entry) if entry.kind is Kind.REPORT else self.entries.append(entry)
        if record.report is not None and not record.report.is_whole:
            self.cut = entry

    def _application(self, line: Line, event: LogEvent, order: int) -> None:
        if line.record is not None:
            self._record(line.record, event.message, event.timestamp_ms, order)
            return
        time_ms = line.time_ms if event.timestamp_ms is None else event.timestamp_ms
        if line.request_id is not None and not line.is_guess and line.request_id not in self.mentions:
            self.mentions[line.request_id] = Mention(event.stream, time_ms)
        if line.sign is not None:
            self.entries.append(
                Entry(time_ms, Kind.NOTE, order, line.request_id, sign=line.sign, is_guess=line.is_guess)
            )
        if line.is_cut:
            self.cut = Entry(time_ms, Kind.CUT, order, line.request_id, is_guess=line.is_guess)
            self.entries.append(self.cut)

    def _in_context(self, line: Line, event: LogEvent, order: int) -> Line:
        """The line in the light of the line before, of the same stream and millisecond."""
        message = event.message
        begins = message.startswith(_BEGINNINGS)
        if not begins and (self.cut is not None or not (message[:1] in "[{" or message[:4].isdigit())):
            whole = self._joined(message)
            if whole is not None:
                self._resolve(whole, event, order)
                if line.sign is None:
                    line = Line(line.request_id or whole.request_id, whole.sign, is_guess=line.is_guess)
        if line.sign is None or line.sign.strength > Strength.LOGGED or not continues(message):
            return line
        head = self.head.message
        most = Strength.LOGGED
        if is_quiet(head):
            most = Strength.QUIET
        elif head is not message and speaks_of_another_attempt(head):
            most = Strength.DOUBTFUL
        return line._replace(sign=line.sign._replace(strength=min(line.sign.strength, most)))

    def _joined(self, message: str) -> Line | None:
        """The line before and this one, read as one line; None when that tells nothing."""
        before = self.before.message
        whole = before + message
        if not before.endswith("\n") and (self.cut is not None or text_record(before) is None):
            record = text_record(whole)
            if record is not None:
                return Line(record=record)
        return _read(whole, whole[:1]) if self.cut is not None or has_hint(whole) else None

    def _resolve(self, whole: Line, event: LogEvent, order: int) -> None:
        """What was cut is whole again: forget the piece, or record what it turns out to be."""
        if whole.record is not None:
            self._record(whole.record, self.before.message + event.message, event.timestamp_ms, order)
        is_told = whole.record is not None or whole.sign is not None or self.before.message.startswith("{")
        if self.cut is not None and is_told and not whole.is_cut and self.cut in self.entries[-4:]:
            self.entries.remove(self.cut) if self.cut.kind is Kind.CUT else None
        self.cut = None


_LEADS = frozenset("ERIS")
_BEGINNINGS = ("START RequestId", "END RequestId", "REPORT RequestId", "RequestId: ", "INIT_", "RESTORE_")


def _read(message: str, first: str) -> Line:
    """What a line of the application tells; lines without a hint are not looked at closely."""
    if first == "{" and '"platform.' in message:
        return application_line(message)
    has_quiet_level = _QUIET_LEVEL.search(message, 0, 160) is not None
    if not has_hint(message, has_quiet_level):
        return Line(request_of(message), is_cut=not has_quiet_level and looks_cut(message))
    line = application_line(message)
    is_vague = line.sign is None or line.sign.strength <= Strength.DOUBTFUL
    return line._replace(is_cut=not has_quiet_level and (line.is_cut or (is_vague and looks_cut(message))))


_QUIET_LEVEL = re.compile(r"[\[\t](?:INFO|DEBUG|info|dbug)[\]\t]|\"level\": ?\"(?:INFO|DEBUG|info|debug)\"")
