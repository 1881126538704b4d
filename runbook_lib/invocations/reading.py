"""Log events out of a file, without holding the file: JSON of filter-log-events, lines of JSON, CSV, plain text, gzip.

Recognised by what the text begins with. The JSON of https://docs.aws.amazon.com/cli/latest/reference/logs/
filter-log-events.html may be one document, several pages one after the other, a list of events, or one event per
line; get-log-events and Logs Insights (`@timestamp`, `@message`) are taken too. JSON objects that are no events are the
lines a function with the JSON log format writes.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

from runbook_lib.errors import UsageError
from runbook_lib.invocations.base import LogEvent
from runbook_lib.invocations.jsonstream import Scanner
from runbook_lib.invocations.platform import millis
from runbook_lib.invocations.textlines import looks_logged, text_events

__all__ = ["events_of", "read_events"]

_PAGE_KEYS = frozenset(
    {
        "events",
        "searchedLogStreams",
        "nextToken",
        "NextToken",
        "nextForwardToken",
        "nextBackwardToken",
        "ResponseMetadata",
    }
)
_EVENT_KEYS = ("timestamp", "logStreamName", "eventId", "ingestionTime")
_LOG_LINE_KEYS = frozenset(
    {
        *("type", "record", "level", "log_level", "severity", "message", "msg", "requestId", "AWSRequestId"),
        *("time", "timestamp", "errorMessage", "errorType", "function_request_id", "aws_request_id"),
    }
)
_EXPECTED = (
    "expected what `aws logs filter-log-events` prints, lines of such events, or text lines as the console exports them"
)


def events_of(items: Iterable[Mapping[str, Any]]) -> Iterator[LogEvent]:
    """The events of a snapshot, as FilterLogEvents gave them; an item without a message is skipped."""
    for item in items:
        message = item.get("message")
        if isinstance(message, str):
            time_ms = item.get("timestamp")
            yield LogEvent(
                message, time_ms if type(time_ms) is int else None, item.get("logStreamName"), item.get("eventId")
            )


def read_events(source: Path | str | IO[bytes]) -> Iterator[LogEvent]:
    """The events of a file, or of a binary stream, in their order; nothing is held but the part being read.

    Raises UsageError, with the line where there is one, for a file that cannot be read or holds no log events, and for
    JSON that is broken, or ends in the middle: what is missing might tell of failures.
    """
    if isinstance(source, Path | str):
        try:
            with open(source, "rb") as file:
                yield from _events(file, str(source))
        except OSError as refused:
            raise UsageError(f"{source} cannot be read: {refused.strerror or refused}") from None
    else:
        yield from _events(source, getattr(source, "name", "") or "the log")


def _events(file: IO[bytes] | gzip.GzipFile, name: str) -> Iterator[LogEvent]:
    buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file))
    start = buffered.peek(4)[:4]
    if start[:2] == b"\x1f\x8b":
        try:
            with gzip.GzipFile(fileobj=buffered) as unpacked:
                yield from _events(unpacked, name)
        except (EOFError, zlib.error, gzip.BadGzipFile) as broken:
            raise UsageError(f"{name} is not a whole gzip file: {broken}") from None
        return
    is_wide = start[:2] in {b"\xff\xfe", b"\xfe\xff"}
    text = io.TextIOWrapper(
        buffered,
        encoding="utf-16" if is_wide else "utf-8-sig",
        errors="replace",
        newline=None,
    )
    yield from _parsed(text, name)
    text.detach()


def _parsed(text: IO[str], name: str) -> Iterator[LogEvent]:
    """The events, by the form the text begins with."""
    begun = text.readline(_FIRST)
    while begun and not begun.strip():
        begun = text.readline(_FIRST)
    lead = begun.lstrip()
    if not lead:
        raise UsageError(f"{name} is empty; {_EXPECTED}")
    if (lead.startswith("{") and not _is_log_line(lead)) or (lead[0] == "[" and lead[1:].lstrip()[:1] in _LIST):
        yield from _json_events(Scanner(text, name, begun))
    elif lead.strip().lower().replace('"', "") in {"timestamp,message", "@timestamp,@message"}:
        yield from _csv_events(text, name)
    else:
        rest = text.readline() if not begun.endswith("\n") else ""
        yield from text_events(_checked(chain([begun + rest], text), name))


_FIRST = 1 << 16
_LIST = frozenset({"", "{", "]"})


def _is_log_line(line: str) -> bool:
    """Whether a line is a JSON object by itself, and none of an export: a line of the JSON log format."""
    try:
        item = json.loads(line)
    except (ValueError, RecursionError):
        return False
    if not isinstance(item, dict) or "@message" in item or _PAGE_KEYS.intersection(item):
        return False
    is_event = "message" in item and (
        type(item.get("timestamp")) is int or any(name in item for name in _EVENT_KEYS[1:])
    )
    return not is_event and bool(_LOG_LINE_KEYS.intersection(item))


def _checked(lines: Iterable[str], name: str) -> Iterator[str]:
    """The lines; UsageError for binary content, and at the end if no line at all looks like one of a log."""
    is_log = False
    number = 0
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            raise UsageError(f"{name} line {number} is no text; {_EXPECTED}")
        is_log = is_log or looks_logged(line)
        yield line
    if not is_log:
        raise UsageError(f"{name} line {number}: none of its lines is one of a Lambda log; {_EXPECTED}")


def _json_events(scanner: Scanner) -> Iterator[LogEvent]:
    new = tuple.__new__
    for item in scanner.values(_PAGE_KEYS):
        try:
            message, time_ms = item["message"], item["timestamp"]
        except (KeyError, TypeError):
            yield from _other_shape(item, scanner)
            continue
        if type(time_ms) is int and type(message) is str:
            yield new(LogEvent, (message, time_ms, item.get("logStreamName"), item.get("eventId")))
        else:
            yield from _other_shape(item, scanner)


def _other_shape(item: Any, scanner: Scanner) -> Iterator[LogEvent]:
    """What is JSON but no event of filter-log-events: a page inside a list, a row of Logs Insights, a log line."""
    if isinstance(item, list):
        for inner in item:
            yield from _other_shape(inner, scanner)
    elif not isinstance(item, dict):
        raise scanner.fail(f"{type(item).__name__} instead of an event")
    elif isinstance(item.get("events"), list):
        yield from events_of(inner for inner in item["events"] if isinstance(inner, dict))
    elif isinstance(item.get("@message"), str):
        time_ms = millis(str(item.get("@timestamp", "")).replace(" ", "T", 1))
        yield LogEvent(item["@message"], time_ms, item.get("@logStream"))
    elif isinstance(item.get("message"), str) and any(name in item for name in _EVENT_KEYS[1:]):
        yield from events_of([item])
    elif _LOG_LINE_KEYS.intersection(item):
        yield LogEvent(json.dumps(item, ensure_ascii=False))
    else:
        raise scanner.fail("an object that is no log event")


def _csv_events(text: IO[str], name: str) -> Iterator[LogEvent]:
    """The CSV the console downloads: a time and a message a row."""
    csv.field_size_limit(1 << 24)
    rows = csv.reader(text)
    try:
        for row in rows:
            if len(row) >= 2:
                time_ms = int(row[0]) if row[0].isdigit() and len(row[0]) < 15 else millis(row[0].replace(" ", "T", 1))
                yield LogEvent(row[1], time_ms, row[2] if len(row) > 2 else None)
    except csv.Error as broken:
        raise UsageError(f"{name} line {rows.line_num + 1}: {broken}") from None
