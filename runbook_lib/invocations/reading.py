"""Log events out of a file, without holding the file: JSON of filter-log-events, lines of JSON, CSV, plain text, gzip.

Recognised by what the text begins with. The JSON of https://docs.aws.amazon.com/cli/latest/reference/logs/
filter-log-events.html may be one document, several pages one after the other, a list of events, or one event per
line; get-log-events, Logs Insights (`@timestamp`, `@message`, get-query-results), the batches of a subscription and of
the Telemetry API are taken too. JSON objects that are no events are the lines a function with the JSON log format
writes.
"""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO, Any, cast

from runbook_lib.errors import UsageError
from runbook_lib.invocations.base import LogEvent
from runbook_lib.invocations.jsonstream import Scanner
from runbook_lib.invocations.platform import millis
from runbook_lib.invocations.tables import looks_tabular, table_events, time_of
from runbook_lib.invocations.textlines import looks_logged, text_events

__all__ = ["SavedLog", "events_of", "read_events"]

_PAGE_KEYS = frozenset(
    {
        "events",
        "searchedLogStreams",
        "nextToken",
        "NextToken",
        "nextForwardToken",
        "nextBackwardToken",
        "ResponseMetadata",
        "queryLanguage",
        "results",
        "statistics",
        "messageType",
        "logEvents",
    }
)
# A token of get-log-events says nothing: it comes with the last page too.
_TOKENS = ("nextToken", "NextToken")
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


@dataclass(frozen=True, slots=True)
class SavedLog:
    """The events of a file, or of a binary stream, in their order; nothing is held but the part being read.

    Reading raises UsageError, with the line where there is one, for a file that cannot be read or holds no log events,
    and for JSON that is broken, or ends in the middle: what is missing might tell of failures. `gaps` is filled by
    reading to the end: it says why events are missing from a file that is whole.
    """

    source: Path | str | IO[bytes]
    gaps: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[LogEvent]:
        self.gaps.clear()
        if isinstance(self.source, Path | str):
            try:
                with open(self.source, "rb") as file:
                    yield from _events(file, str(self.source), self.gaps)
            except OSError as refused:
                raise UsageError(f"{self.source} cannot be read: {refused.strerror or refused}") from None
        else:
            yield from _events(self.source, getattr(self.source, "name", "") or "the log", self.gaps)

    def is_complete(self) -> bool:
        """Whether nothing said, up to where it was read, that there is more than the file holds."""
        return not self.gaps


def read_events(source: Path | str | IO[bytes]) -> SavedLog:
    """The events of a file, or of a binary stream; read while they are asked for."""
    return SavedLog(source)


def _events(file: IO[bytes], name: str, gaps: list[str]) -> Iterator[LogEvent]:
    buffered = file if isinstance(file, io.BufferedReader) else io.BufferedReader(cast(io.RawIOBase, file))
    if buffered.peek(2)[:2] != _GZIP:
        yield from _decoded(buffered, name, gaps)
        return
    try:
        with gzip.GzipFile(fileobj=buffered) as packed:
            unpacked = io.BufferedReader(cast(io.RawIOBase, packed))
            if unpacked.peek(2)[:2] == _GZIP:
                raise UsageError(f"{name} is packed with gzip twice; unpack it once")
            yield from _decoded(unpacked, name, gaps)
    except (EOFError, zlib.error, gzip.BadGzipFile) as broken:
        raise UsageError(f"{name} is not a whole gzip file: {broken}") from None


_GZIP = b"\x1f\x8b"


def _decoded(buffered: io.BufferedReader[Any], name: str, gaps: list[str]) -> Iterator[LogEvent]:
    encoding = _encoding(buffered.peek(4)[:4])
    text = io.TextIOWrapper(buffered, encoding=encoding, errors="replace", newline=None)
    yield from _parsed(text, name, gaps)
    text.detach()


def _encoding(start: bytes) -> str:
    """UTF-8, or UTF-16 as Windows writes it: with a mark, or with a zero in every other byte."""
    if start[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "utf-16"
    wide = {(False, True, False, True): "utf-16-le", (True, False, True, False): "utf-16-be"}
    zeros: tuple[bool, ...] = tuple(byte == 0 for byte in start)
    return next((name for pattern, name in wide.items() if pattern == zeros), "utf-8-sig")


def _parsed(text: IO[str], name: str, gaps: list[str]) -> Iterator[LogEvent]:
    """The events, by the form the text begins with."""
    begun = text.readline(_FIRST)
    while begun and not begun.strip():
        begun = text.readline(_FIRST)
    lead = begun.lstrip()
    if not lead:
        raise UsageError(f"{name} is empty; {_EXPECTED}")
    if (lead.startswith("{") and not _is_log_line(lead)) or (lead[0] == "[" and lead[1:].lstrip()[:1] in _LIST):
        scanner = Scanner(text, name, begun)
        yield from _json_events(scanner)
        gaps.extend(_left(scanner.page))
    elif looks_tabular(lead):
        yield from table_events(text, begun if begun.endswith("\n") else begun + text.readline(), name)
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
    is_event = "message" in item and _is_event(item)
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


def _left(page: Mapping[str, Any]) -> Iterator[str]:
    """What the last page says about events that did not fit."""
    if any(page.get(token) for token in _TOKENS):
        yield "the file ends with a page token: there are more log events than it holds (--max-items cuts so)"
    if page.get("status") not in (None, "Complete") and "results" in page:
        yield f"the query of Logs Insights was not complete: its status is {page['status']}"


def _json_events(scanner: Scanner) -> Iterator[LogEvent]:
    new = tuple.__new__
    for item in scanner.values(_PAGE_KEYS):
        try:
            message, time_ms, stream = item["message"], item["timestamp"], item.get("logStreamName")
        except (KeyError, TypeError):
            yield from _other_shape(item, scanner)
            continue
        if type(time_ms) is int and type(message) is str and type(stream) is str:
            yield new(LogEvent, (message, time_ms, stream, item.get("eventId")))
        else:
            yield from _other_shape(item, scanner)


def _other_shape(item: Any, scanner: Scanner) -> Iterator[LogEvent]:
    """What is JSON but no event of filter-log-events: a page inside a list, a row of Logs Insights, a log line."""
    if isinstance(item, list):
        row = _row(item)
        for inner in [row] if row else item:
            yield from _other_shape(inner, scanner)
    elif not isinstance(item, dict):
        raise scanner.fail(f"{type(item).__name__} instead of an event")
    elif isinstance(inside := item.get("events", item.get("logEvents")), list):
        scanner.page = {name: value for name, value in item.items() if value is not inside}
        for inner in inside:
            yield from _other_shape(inner, scanner)
    elif "@message" in item:
        yield LogEvent(_text(item["@message"]), _time(item.get("@timestamp")), item.get("@logStream"))
    elif isinstance(item.get("message"), str) and _is_event(item):
        yield _event(item, scanner)
    elif item.get("type") in {"function", "extension"} and "record" in item:
        yield LogEvent(_text(item["record"]), millis(item.get("time")))
    elif _LOG_LINE_KEYS.intersection(item):
        yield LogEvent(json.dumps(item, ensure_ascii=False))
    else:
        raise scanner.fail("an object that is no log event")


def _is_event(item: Mapping[str, Any]) -> bool:
    return type(item.get("timestamp")) is int or any(name in item for name in _EVENT_KEYS[1:])


def _event(item: Mapping[str, Any], scanner: Scanner) -> LogEvent:
    """An event of filter-log-events, or one of a subscription, where the batch names the stream."""
    time_ms, stream = item.get("timestamp"), item.get("logStreamName", scanner.page.get("logStream"))
    if not isinstance(stream, str | None):
        raise scanner.fail(f"a {type(stream).__name__} as logStreamName instead of text")
    return LogEvent(
        item["message"], time_ms if type(time_ms) is int else None, stream, item.get("eventId", item.get("id"))
    )


def _row(cells: list[Any]) -> dict[str, Any]:
    """A row of get-query-results, a list of fields with values; empty for another list."""
    if not all(isinstance(cell, dict) and isinstance(cell.get("field"), str) for cell in cells):
        return {}
    return {cell["field"]: cell.get("value") for cell in cells}


def _text(message: Any) -> str:
    """The message as it was logged: Logs Insights and the Telemetry API give an object for a line of JSON."""
    return message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)


def _time(value: Any) -> int | None:
    return value if type(value) is int else time_of(str(value))
